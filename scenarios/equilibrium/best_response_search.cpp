// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/equilibrium/best_response_search.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "engine/core/error.hpp"
#include "engine/stepping/blocks.hpp"
#include "scenarios/equilibrium/payoff_range.hpp"
#include "scenarios/equilibrium/quasi_newton.hpp"
#include "scenarios/equilibrium/share_bound.hpp"
#include "scenarios/equilibrium/share_search.hpp"

namespace gbid {
namespace {

// A block makes a market and clears it once, which is little beside a search; many agents, who are
// most likely to have exact responses, share.
Index agents_a_block(Index agents) { return std::max<Index>(1, agents / 64); }

constexpr int kPowerIterations = 24;
// Gradients are compared this share of the bids' scale apart.
constexpr double kDifference = 1e-5;
// Length of the first step of an ascent, in that scale.
constexpr double kFirstBidStep = 0.1;

double length(std::span<const double> vector) {
  return std::sqrt(std::inner_product(vector.begin(), vector.end(), vector.begin(), 0.0));
}

/// One agent in a market of its own, free to try other bids.
class Deviator {
 public:
  Deviator(DeviationGame& market, const SearchConfig& config)
      : market_(market), config_(config), gradient_(1, market.bids_per_agent()) {}

  void examine(Index agent, Certificate& certificate, double& squared_residual) {
    agent_[0] = agent;
    const auto i = static_cast<std::size_t>(agent);
    const auto row = market_.raw_bids().row_span(agent);
    const std::vector<double> state(row.begin(), row.end());
    const double payoff = market_.own_payoff(agent);
    if (!std::isfinite(payoff))
      throw NumericError(fmt::format("certificate: the payoff of agent {} is not finite", agent));
    const auto gradient = price();
    squared_residual = market_.squared_residual(agent, gradient);
    certificate.curvature[i] = curvature(state);
    move(state);
    const Response response = best_response(market_, agent, config_);
    certificate.gain[i] = std::max(0.0, response.payoff - payoff);
    if (response.is_exact) certificate.bound[i] = certificate.gain[i];
    starts_ = starts_ == 0 ? response.starts : std::min(starts_, response.starts);
    exact_ = exact_ && response.is_exact;
  }

  /// That no payoff of the agent is above; see `bound_shares`.
  double bound(Index agent, double enough) {
    const std::vector<Index> choices = market_.share_choices(agent);
    if (choices.empty()) return std::numeric_limits<double>::infinity();
    return bound_shares(market_, agent, choices, enough, config_.cells);
  }

  bool is_exact() const { return exact_; }
  /// Of the search that had fewest; 0: there was none.
  Index starts() const { return starts_; }

 private:
  Movers movers() const { return Movers{agent_, market_.agents() == 1}; }

  void move(std::span<const double> raw) {
    std::copy(raw.begin(), raw.end(), market_.raw_bids().row(agent_[0]));
    market_.clear(movers());
  }
  std::span<double> price() {
    market_.own_gradient(movers(), gradient_);
    return gradient_.row_span(0);
  }

  /// Largest eigenvalue of the Hessian: of H, or if the one of largest modulus is negative, of
  /// H - that, plus that.
  double curvature(std::span<const double> state) {
    try {
      const double first = leading_eigenvalue(state, 0.0);
      return first >= 0.0 ? first : leading_eigenvalue(state, first) + first;
    } catch (const NumericError&) {
      return Certificate::kUnknown;
    }
  }

  /// Eigenvalue of largest modulus of H - shift.
  double leading_eigenvalue(std::span<const double> state, double shift) {
    const std::size_t size = state.size();
    std::vector<double> vector(size), image(size), moved(size);
    // Any vector that is unlikely to be orthogonal to the one sought.
    for (std::size_t j = 0; j < size; ++j)
      vector[j] = std::cos(1.0 + 2.399963 * static_cast<double>(j));  // the golden angle
    double scale = market_.bid_scale(agent_[0]);
    for (const double value : state) scale = std::max(scale, std::fabs(value));
    const double h = kDifference * scale;
    double eigenvalue = 0.0;
    for (int iteration = 0; iteration < (size == 1 ? 1 : kPowerIterations); ++iteration) {
      const double norm = length(vector);
      if (!(norm > 0.0)) return 0.0;
      for (double& value : vector) value /= norm;
      for (const double sign : {1.0, -1.0}) {
        for (std::size_t j = 0; j < size; ++j) moved[j] = state[j] + sign * h * vector[j];
        move(moved);
        const auto gradient = price();
        for (std::size_t j = 0; j < size; ++j)
          image[j] = (sign > 0.0 ? 0.0 : image[j]) + sign * gradient[j] / (2.0 * h);
      }
      for (std::size_t j = 0; j < size; ++j) image[j] -= shift * vector[j];
      eigenvalue = std::inner_product(vector.begin(), vector.end(), image.begin(), 0.0);
      vector = image;
    }
    return eigenvalue;
  }

  DeviationGame& market_;
  const SearchConfig& config_;
  std::vector<Index> agent_{0};
  PaddedMatrix gradient_;
  bool exact_ = true;
  Index starts_ = 0;
};

}  // namespace

std::vector<Index> examined_agents(Index agents, const SearchConfig& config) {
  const Index count = examined_count(agents, config);
  std::vector<Index> examined(static_cast<std::size_t>(count));
  for (Index k = 0; k < count; ++k)
    examined[static_cast<std::size_t>(k)] = (2 * k + 1) * agents / (2 * count);
  return examined;
}

double certificate_clearings(Index agents, const SearchConfig& config) {
  constexpr double kCandidates = 2048.0, kStepsAStart = 90.0, kTriesAStep = 3.0, kExchanges = 8e3;
  const auto examined = static_cast<double>(examined_count(agents, config));
  const double starts = kStepsAStart * static_cast<double>(config.starts);
  const double climbs = kTriesAStep * static_cast<double>(config.climbs * config.iterations);
  const double exchanges = config.exchanges ? kExchanges : 0.0;
  return examined * (kCandidates + starts + climbs + exchanges + 4.0 * kPowerIterations);
}

Response best_response(DeviationGame& game, Index agent, const SearchConfig& config) {
  const auto row = game.raw_bids().row_span(agent);
  const std::vector<double> state(row.begin(), row.end());
  const std::vector<Index> mover{agent};
  const Movers alone{mover, game.agents() == 1};
  const auto move = [&](std::span<const double> raw) {
    std::copy(raw.begin(), raw.end(), row.begin());
    game.clear(alone);
  };
  Response response{state, game.own_payoff(agent), 1};
  if (game.best_response(agent, response.raw)) {
    response = {response.raw, game.payoff_if(agent, response.raw), 0, true};
  } else if (const auto choices = game.share_choices(agent); !choices.empty()) {
    std::vector<double> shares(state.size());
    game.shares(agent, shares);
    response = search_shares(game, agent, choices, shares, response.payoff, config);
  } else {
    PaddedMatrix gradient(1, game.bids_per_agent());
    const Ascended function{[&](std::span<const double> raw) { return game.payoff_if(agent, raw); },
                            [&](std::span<const double> raw, std::span<double> out) {
                              try {
                                move(raw);
                                game.own_gradient(alone, gradient);
                              } catch (const NumericError&) {
                                return false;
                              }
                              std::copy_n(gradient.row(0), out.size(), out.begin());
                              return true;
                            }};
    response.payoff = ascend(
        function, response.raw, response.payoff,
        {.first_step = kFirstBidStep * game.bid_scale(agent), .iterations = config.iterations});
  }
  move(state);
  return response;
}

Certificate certify(const GameFactory& bid_game, const PaddedMatrix& raw,
                    const SearchConfig& config) {
  const Index agents = raw.rows();
  const std::vector<Index> examined = examined_agents(agents, config);
  const auto count = static_cast<Index>(examined.size()), a_block = agents_a_block(count);
  Certificate certificate(agents);
  const Index blocks = block_count(count, a_block);
  std::vector<double> squared_residuals(static_cast<std::size_t>(agents));
  std::vector<char> exact(static_cast<std::size_t>(blocks));
  std::vector<Index> starts(static_cast<std::size_t>(blocks));
  std::vector<Index> everyone(static_cast<std::size_t>(agents));
  std::iota(everyone.begin(), everyone.end(), Index{0});
  certificate.payoff_range = payoff_range(*bid_game(), raw);
  const auto game = [&] {
    std::unique_ptr<DeviationGame> market = bid_game();
    for (Index i = 0; i < agents; ++i)
      std::copy_n(raw.row(i), raw.columns(), market->raw_bids().row(i));
    market->clear(Movers{everyone, true});
    return market;
  };
  for_blocks(count, a_block, [&](Index block, Index begin, Index end) {
    const std::unique_ptr<DeviationGame> market = game();
    if (block == 0)
      for (Index i = 0; i < agents; ++i)
        certificate.payoff[static_cast<std::size_t>(i)] = market->own_payoff(i);
    Deviator deviator(*market, config);
    for (Index k = begin; k < end; ++k) {
      const Index i = examined[static_cast<std::size_t>(k)];
      deviator.examine(i, certificate, squared_residuals[static_cast<std::size_t>(i)]);
    }
    exact[static_cast<std::size_t>(block)] = deviator.is_exact();
    starts[static_cast<std::size_t>(block)] = deviator.starts();
  });
  if (!starts.empty()) certificate.starts = *std::min_element(starts.begin(), starts.end());
  certificate.residual =
      std::sqrt(std::accumulate(squared_residuals.begin(), squared_residuals.end(), 0.0));
  certificate.is_exact =
      count == agents && std::all_of(exact.begin(), exact.end(), [](char each) { return each; });
  // Only what may be an equilibrium is worth a proof.
  if (certificate.is_exact || config.cells == 0 || certificate.relative_gain() > config.tolerance)
    return certificate;
  const double allowed = config.tolerance * certificate.scale();
  for_blocks(count, a_block, [&](Index, Index begin, Index end) {
    const std::unique_ptr<DeviationGame> market = game();
    Deviator deviator(*market, config);
    for (Index k = begin; k < end; ++k) {
      const auto i = static_cast<std::size_t>(examined[static_cast<std::size_t>(k)]);
      if (!std::isnan(certificate.bound[i])) continue;
      const double bound =
          deviator.bound(examined[static_cast<std::size_t>(k)], certificate.payoff[i] + allowed);
      if (std::isfinite(bound))
        certificate.bound[i] = std::max(certificate.gain[i], bound - certificate.payoff[i]);
    }
  });
  return certificate;
}

}  // namespace gbid
