// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// What can be recorded of an auction. Everything is computed on the grid of evaluation, whose types
// are others than those learned on.
#include "scenarios/auctions/learning/records.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/stepping/blocks.hpp"

namespace gbid::auctions {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
/// A surplus below this share of the best is rounding of one that is zero: no ratio.
constexpr double kLeastSurplus = 1e-9;

std::size_t at(Index k) { return static_cast<std::size_t>(k); }

/// sum over types of weight x interim utility.
template <class Utility>
double ex_ante(const TypeGrid& grid, const Utility& utility) {
  double sum = 0.0;
  for (Index k = 0; k < grid.count(); ++k) sum += grid.weights[at(k)] * utility(k);
  return sum;
}

/// A matrix of one agent padded with missing rows to `nodes`.
double* copy_rows(const PaddedMatrix& matrix, Index nodes, double* out) {
  for (Index k = 0; k < nodes; ++k)
    for (Index c = 0; c < matrix.columns(); ++c)
      *out++ = k < matrix.rows() ? matrix(k, c) : kMissing;
  return out;
}

}  // namespace

std::vector<Variable> trajectory_variables() {
  return {
      {"welfare", "surplus of all by the number of agents; payments are transfers", "value", {}},
      {"surplus", "expected value of who gets the goods", "value", {}},
      {"efficiency", "surplus by the highest that any allocation could have", "1", {}},
      {"price_of_anarchy",
       "highest surplus by the surplus; missing where nothing is traded",
       "1",
       {}},
      {"revenue", "expected payments", "value", {}},
      {"utility", "expected payoff before types are known", "value", {"agent"}},
      {"l2_distance",
       "root mean square distance of bids to the nearest known equilibrium, over types whose bids "
       "are not free",
       "value",
       {"agent"}},
      {"equilibrium", "which known equilibrium is nearest, from 0", "1", {}},
      {"utility_loss", "utility of the best response above utility", "value", {"agent"}},
      {"relative_utility_loss", "utility loss by the utility of the best response", "1", {"agent"}},
  };
}

std::vector<Dimension> dimensions(const Game& game) {
  std::vector<Dimension> all{{"agent", game.format->agents(), "agent"},
                             {"node", game.node_count(), "type on the grid of evaluation"}};
  if (game.format->type_dimensions() > 1)
    all.push_back({"part", game.format->type_dimensions(), "number of a type"});
  if (game.format->bids_per_agent() > 1)
    all.push_back({"bid_number", game.format->bids_per_agent(), "bid of an agent"});
  return all;
}

std::vector<Variable> final_variables(const std::string& name, const Game& game) {
  std::vector<std::string> types{"agent", "node"}, bids = types;
  if (game.format->type_dimensions() > 1) types.emplace_back("part");
  if (game.format->bids_per_agent() > 1) bids.emplace_back("bid_number");
  if (name == "value") return {{"value", "type", "value", types}};
  if (name == "bid") return {{"bid", "what the type bids", "value", bids}};
  if (name == "known_bid")
    return {{"known_bid", "bid of the nearest known equilibrium; missing where bids are free",
             "value", bids}};
  if (name == "interim_utility")
    return {{"interim_utility", "expected payoff of the type", "value", {"agent", "node"}}};
  if (name == "best_response")
    return {{"best_response_bid", "best bid of the type; missing where to stay out is best",
             "value", bids}};
  return {};
}

Recordables recordables() {
  return {trajectory_variables(),
          {{"value", "types on the grid of evaluation"},
           {"bid", "what they bid"},
           {"known_bid", "what they would bid in the nearest known equilibrium"},
           {"interim_utility", "their expected payoffs"},
           {"best_response", "their best bids, the others as they are"},
           {kCertificate, "gains of best responses: is it an equilibrium?"}},
          {"welfare", "surplus", "efficiency", "price_of_anarchy", "revenue", "utility",
           "l2_distance", "equilibrium", "utility_loss", "relative_utility_loss"},
          {"value", "bid", "known_bid", "interim_utility", "best_response"}};
}

// --- Judging -----------------------------------------------------------------------------------

const Bidding& AuctionMarket::evaluate() {
  for_blocks(agents(), 1, [&](Index, Index i, Index) { evaluation_.bid(i, networks_.row(i)); });
  evaluation_.clear();
  evaluation_.clearing().tabulate();
  for_blocks(agents(), 1, [&](Index, Index i, Index) {
    utility_[at(i)] = ex_ante(evaluation_.grid(i), [&](Index k) {
      return evaluation_.clearing().utility(i, k, evaluation_.bids(i).row_span(k));
    });
  });
  return evaluation_;
}

Losses AuctionMarket::losses() const {
  Losses losses{utility_, std::vector<double>(at(agents())), {}, evaluation_.clearing().is_exact()};
  std::vector<std::vector<double>> best(at(agents()));  // utility
  for (Index i = 0; i < agents(); ++i) {
    const Index nodes = evaluation_.grid(i).count();
    PaddedMatrix& bids = losses.best_responses.emplace_back(nodes, game_->format->bids_per_agent());
    best[at(i)].resize(at(nodes));
    constexpr Index kNodeBlock = 64;
    for_blocks(nodes, kNodeBlock, [&](Index, Index begin, Index end) {
      for (Index k = begin; k < end; ++k) {
        const BestResponse response = evaluation_.clearing().best_response(i, k);
        std::copy(response.bids.begin(), response.bids.end(), bids.row(k));
        // What the agent bids is one of the responses to look at.
        best[at(i)][at(k)] = std::max(response.utility, evaluation_.clearing().utility(
                                                            i, k, evaluation_.bids(i).row_span(k)));
      }
    });
    losses.loss[at(i)] =
        ex_ante(evaluation_.grid(i), [&](Index k) { return best[at(i)][at(k)]; }) - utility_[at(i)];
    losses.loss[at(i)] = std::max(losses.loss[at(i)], 0.0);  // rounding of two sums
  }
  return losses;
}

std::vector<double> AuctionMarket::distances() const {
  std::vector<double> nearest(at(agents()) + 1, kMissing);  // the last: which equilibrium
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t e = 0; e < game_->known.size(); ++e) {
    std::vector<double> distance;
    double total = 0.0;
    for (Index i = 0; i < agents(); ++i) {
      const PaddedMatrix &bids = evaluation_.bids(i), &known = game_->known[e][at(i)];
      double sum = 0.0, weight = 0.0;
      for (Index k = 0; k < bids.rows(); ++k)
        for (Index b = 0; b < bids.columns(); ++b) {
          if (std::isnan(known(k, b))) continue;
          const double gap = bids(k, b) - known(k, b);
          sum += evaluation_.grid(i).weights[at(k)] * gap * gap;
          weight += evaluation_.grid(i).weights[at(k)];
        }
      distance.push_back(weight > 0.0 ? std::sqrt(sum / weight) : kMissing);
      total += sum;
    }
    if (!(total < least)) continue;
    least = total;
    distance.push_back(static_cast<double>(e));
    nearest = std::move(distance);
  }
  return nearest;
}

double AuctionMarket::residual() const {
  double sum = 0.0;
  for (const PaddedMatrix& slopes : slopes_)
    for (Index k = 0; k < slopes.rows(); ++k)
      for (const double slope : slopes.row_span(k)) sum += slope * slope;
  return std::sqrt(sum);
}

// --- Records -----------------------------------------------------------------------------------

void AuctionMarket::record(Index step, std::span<double> out) {
  evaluate();
  welfare_ = evaluation_.clearing().surplus() / static_cast<double>(agents());
  const Index every = game_->config.evaluate_every;
  const bool is_due = step == plan_.recorded_steps.back() ||
                      (every > 0 && (last_search_ < 0 || step / every > last_search_ / every));
  const bool is_wanted =
      std::any_of(plan_.trajectory.begin(), plan_.trajectory.end(),
                  [](const std::string& name) { return name.ends_with("utility_loss"); });
  losses_.loss.assign(at(agents()), kMissing);
  if (is_due && is_wanted) {
    losses_ = losses();
    last_search_ = step;
  }
  double* next = out.data();
  for (const std::string& name : plan_.trajectory) next = copy_trajectory(name, next);
}

double* AuctionMarket::copy_trajectory(const std::string& name, double* out) const {
  const auto copy = [&](const std::vector<double>& values) {
    return std::copy_n(values.begin(), agents(), out);
  };
  if (name == "utility") return copy(utility_);
  if (name == "l2_distance") return copy(distances());
  if (name == "utility_loss") return copy(losses_.loss);
  if (name == "relative_utility_loss") {
    for (Index i = 0; i < agents(); ++i)
      *out++ = losses_.loss[at(i)] / (utility_[at(i)] + losses_.loss[at(i)]);
    return out;
  }
  const Clearing& clearing = evaluation_.clearing();
  const double best = game_->format->first_best();
  *out++ = name == "welfare"      ? welfare_
           : name == "surplus"    ? clearing.surplus()
           : name == "efficiency" ? clearing.surplus() / best
           : name == "price_of_anarchy"
               ? (clearing.surplus() > kLeastSurplus * best ? best / clearing.surplus() : kMissing)
           : name == "revenue" ? clearing.revenue()
                               : distances().back();
  return out;
}

void AuctionMarket::record_final(std::span<double> out) {
  evaluate();
  const bool needs_losses = std::any_of(
      plan_.final.begin(), plan_.final.end(),
      [](const std::string& name) { return name == "best_response" || name == kCertificate; });
  const Losses found = needs_losses ? losses() : Losses{};
  double* next = out.data();
  for (const std::string& name : plan_.final) next = copy_final(name, found, next);
}

double* AuctionMarket::copy_final(const std::string& name, const Losses& found, double* out) const {
  if (name == kCertificate) {
    Certificate certificate(agents());
    certificate.payoff = found.utility;
    certificate.gain = found.loss;
    certificate.residual = residual();
    certificate.is_exact = found.is_exact;
    return write_certificate(certificate, out);
  }
  const Index nodes = game_->node_count();
  const double which = name == "known_bid" ? distances().back() : 0.0;
  for (Index i = 0; i < agents(); ++i) {
    const TypeGrid& grid = evaluation_.grid(i);
    PaddedMatrix matrix(grid.count(), name == "value" ? grid.dimensions
                                      : name == "interim_utility"
                                          ? 1
                                          : game_->format->bids_per_agent());
    for (Index k = 0; k < matrix.rows(); ++k)
      for (Index c = 0; c < matrix.columns(); ++c)
        matrix(k, c) = name == "value" ? grid.type(k)[at(c)]
                       : name == "bid" ? evaluation_.bids(i)(k, c)
                       : name == "interim_utility"
                           ? evaluation_.clearing().utility(i, k, evaluation_.bids(i).row_span(k))
                       : name == "best_response" ? found.best_responses[at(i)](k, c)
                       : std::isnan(which)
                           ? kMissing
                           : game_->known[static_cast<std::size_t>(which)][at(i)](k, c);
    out = copy_rows(matrix, nodes, out);
  }
  return out;
}

}  // namespace gbid::auctions
