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

namespace gbid {
namespace {

// A block makes a market and clears it once, which is little beside a search; many agents, who are
// most likely to have exact responses, share.
Index agents_a_block(Index agents) { return std::max<Index>(1, agents / 64); }

// Raw bids move by at most this much in a step: a start far from its maximum does not jump past it.
constexpr double kLongestStep = 4.0;
// Share of the rise that the slope promises which a step must keep (Armijo's rule).
constexpr double kArmijo = 1e-4;
constexpr int kHalvings = 40;
// A climb ends when this many steps in a row gain less than this share of the payoff.
constexpr int kIdleSteps = 3;
constexpr double kIdle = 1e-13;
constexpr int kPowerIterations = 24;
// Gradients are compared this share of the bids' scale apart.
constexpr double kDifference = 1e-5;
// Exchanges: how often they alternate with climbs, how often a reach is tried again, and the last.
constexpr int kRounds = 4;
constexpr int kSweeps = 8;
constexpr double kCoarseReach = 0.05;
constexpr double kShortestReach = 1e-7;

double length(std::span<const double> vector) {
  return std::sqrt(std::inner_product(vector.begin(), vector.end(), vector.begin(), 0.0));
}

/// One agent in a market of its own, free to try other bids.
class Deviator {
 public:
  /// @param payoff_range see payoff_range().
  Deviator(DeviationGame& market, const SearchConfig& config, double payoff_range)
      : market_(market),
        config_(config),
        payoff_range_(payoff_range),
        bids_(static_cast<std::size_t>(market.bids_per_agent())),
        gradient_(1, market.bids_per_agent()) {}

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
    // The state as it was found: an exact response is to the others, a search starts from it.
    move(state);
    std::vector<double> response(bids_);
    const bool is_exact = market_.best_response(agent, response);
    certificate.gain[i] =
        std::max(0.0, (is_exact ? market_.payoff_if(agent, response) : search(state)) - payoff);
    exact_ = exact_ && is_exact;
    move(state);
  }

  bool is_exact() const { return exact_; }

 private:
  Movers movers() const { return Movers{agent_, market_.agents() == 1}; }

  void move(std::span<const double> raw) {
    std::copy(raw.begin(), raw.end(), market_.raw_bids().row(agent_[0]));
    market_.clear(movers());
  }
  double payoff_at(std::span<const double> raw) { return market_.payoff_if(agent_[0], raw); }
  std::span<double> price() {
    market_.own_gradient(movers(), gradient_);
    return gradient_.row_span(0);
  }

  /// The highest payoff that climbs from several starts reach.
  double search(std::span<const double> state) {
    struct Start {
      std::vector<double> raw;
      double payoff;
    };
    std::vector<Start> starts;
    std::vector<double> raw(state.begin(), state.end());
    for (Index k = 0; market_.deviation_start(agent_[0], k, raw); ++k)
      starts.push_back({raw, payoff_at(raw)});
    if (starts.empty()) starts.push_back({{state.begin(), state.end()}, payoff_at(state)});
    // Its own bids first, then the others from the best down.
    std::stable_sort(starts.begin() + 1, starts.end(),
                     [](const Start& a, const Start& b) { return a.payoff > b.payoff; });
    Start best{{}, -std::numeric_limits<double>::infinity()};
    const auto climbs = std::min(starts.size(), static_cast<std::size_t>(config_.climbs));
    for (std::size_t k = 0; k < climbs; ++k) {
      Start& start = starts[k];
      if (!std::isfinite(start.payoff)) continue;
      start.payoff = climb(start.raw, start.payoff);
      if (config_.exchanges) start.payoff = exchange(start.raw, start.payoff, kCoarseReach);
      if (start.payoff > best.payoff) best = start;
    }
    // What no slope shows, finely: around the best end, and on from there.
    for (int round = 0; config_.exchanges && round < kRounds; ++round) {
      const double before = best.payoff;
      best.payoff = exchange(best.raw, best.payoff, kShortestReach);
      if (!(best.payoff > before)) break;
      best.payoff = climb(best.raw, best.payoff);
    }
    return best.payoff;
  }

  /// Takes every neighbour that is better, at shorter and shorter reach.
  double exchange(std::vector<double>& raw, double payoff, double shortest) {
    for (double reach = 0.5; reach > shortest; reach *= 0.5) {
      bool is_better = true;
      for (int sweep = 0; sweep < kSweeps && is_better; ++sweep) {
        is_better = false;
        move(raw);
        for (Index k = 0; market_.deviation_neighbour(agent_[0], k, reach, bids_); ++k) {
          const double reached = payoff_at(bids_);
          if (reached > payoff + kIdle * std::max(payoff_range_, std::fabs(payoff))) {
            raw = bids_;
            payoff = reached;
            is_better = true;
            move(raw);
          }
        }
      }
    }
    return payoff;
  }

  double climb(std::vector<double>& raw, double payoff) {
    double step = 1.0;
    int idle = 0;
    move(raw);
    for (Index iteration = 0; iteration < config_.iterations && idle < kIdleSteps; ++iteration) {
      // 1. Where to go, and how steep it is.
      std::vector<double> direction, slope;
      try {
        const auto gradient = price();
        slope.assign(gradient.begin(), gradient.end());
        market_.ascent_direction(agent_[0], gradient);
        direction.assign(gradient.begin(), gradient.end());
      } catch (const NumericError&) {
        break;
      }
      double longest = 0.0;
      for (const double value : direction) longest = std::max(longest, std::fabs(value));
      const double steepness =
          std::inner_product(slope.begin(), slope.end(), direction.begin(), 0.0);
      if (!(longest > 0.0) || !(steepness > 0.0)) break;
      step = std::min(step, kLongestStep / longest);
      // 2. As far as the payoff rises.
      double reached = std::numeric_limits<double>::quiet_NaN();
      int halvings = 0;
      for (; halvings < kHalvings; ++halvings, step *= 0.5) {
        for (std::size_t j = 0; j < raw.size(); ++j) bids_[j] = raw[j] + step * direction[j];
        reached = payoff_at(bids_);
        if (reached >= payoff + kArmijo * step * steepness) break;
      }
      if (halvings == kHalvings) break;
      idle = reached - payoff <= kIdle * std::max(payoff_range_, std::fabs(payoff)) ? idle + 1 : 0;
      raw = bids_;
      payoff = reached;
      move(raw);
      step *= 2.0;
    }
    return payoff;
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
  double payoff_range_;
  std::vector<Index> agent_{0};
  std::vector<double> bids_;
  PaddedMatrix gradient_;
  bool exact_ = true;
};

}  // namespace

std::vector<Index> examined_agents(Index agents, const SearchConfig& config) {
  const Index count = config.agents == 0 ? agents : std::min(config.agents, agents);
  std::vector<Index> examined(static_cast<std::size_t>(count));
  for (Index k = 0; k < count; ++k)
    examined[static_cast<std::size_t>(k)] = (2 * k + 1) * agents / (2 * count);
  return examined;
}

double certificate_clearings(Index agents, const SearchConfig& config) {
  constexpr double kNeighbours = 256.0, kReaches = 24.0, kTriesAStep = 2.0;
  const auto n = static_cast<double>(agents);
  const auto examined = static_cast<double>(examined_agents(agents, config).size());
  const double starts = 2.0 * std::min(n, 64.0);
  const double climbs = kTriesAStep * static_cast<double>(config.climbs * config.iterations);
  const double exchanges = config.exchanges ? std::min(n * n, kNeighbours) * kReaches : 0.0;
  return examined * (starts + climbs + exchanges + 4.0 * kPowerIterations);
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
  std::vector<Index> everyone(static_cast<std::size_t>(agents));
  std::iota(everyone.begin(), everyone.end(), Index{0});
  certificate.payoff_range = payoff_range(*bid_game(), raw);
  for_blocks(count, a_block, [&](Index block, Index begin, Index end) {
    const std::unique_ptr<DeviationGame> market = bid_game();
    for (Index i = 0; i < agents; ++i)
      std::copy_n(raw.row(i), raw.columns(), market->raw_bids().row(i));
    market->clear(Movers{everyone, true});
    if (block == 0)
      for (Index i = 0; i < agents; ++i)
        certificate.payoff[static_cast<std::size_t>(i)] = market->own_payoff(i);
    Deviator deviator(*market, config, certificate.payoff_range);
    for (Index k = begin; k < end; ++k) {
      const Index i = examined[static_cast<std::size_t>(k)];
      deviator.examine(i, certificate, squared_residuals[static_cast<std::size_t>(i)]);
    }
    exact[static_cast<std::size_t>(block)] = deviator.is_exact();
  });
  certificate.residual =
      std::sqrt(std::accumulate(squared_residuals.begin(), squared_residuals.end(), 0.0));
  certificate.is_exact =
      count == agents && std::all_of(exact.begin(), exact.end(), [](char each) { return each; });
  return certificate;
}

}  // namespace gbid
