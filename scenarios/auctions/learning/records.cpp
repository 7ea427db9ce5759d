// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// What can be recorded of an auction. Everything is computed on the grid of evaluation, whose types
// are others than those learned on.
#include "scenarios/auctions/learning/records.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/core/error.hpp"
#include "engine/stepping/blocks.hpp"

namespace gbid::auctions {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
/// A surplus below this share of the best is rounding of one that is zero: no ratio.
constexpr double kLeastSurplus = 1e-9;

std::size_t entry(Index k) { return static_cast<std::size_t>(k); }

/// sum over types of weight x interim utility.
template <class Utility>
double ex_ante(const TypeGrid& grid, const Utility& utility) {
  double sum = 0.0;
  for (Index k = 0; k < grid.count(); ++k) sum += grid.weights[entry(k)] * utility(k);
  return sum;
}

/// Arrays that need best responses.
constexpr const char *kUtilityLossArray = "utility_loss",
                     *kRelativeLossArray = "relative_utility_loss",
                     *kBestResponseArray = "best_response";

}  // namespace

std::vector<Dimension> dimensions(const Game& game) {
  std::vector<Dimension> all{{"agent", game.format->agents(), "agent"},
                             {"node", game.node_count(), "type on the grid of evaluation"}};
  if (game.format->type_dimensions() > 1)
    all.push_back({"part", game.format->type_dimensions(), "number of a type"});
  if (game.format->bids_per_agent() > 1)
    all.push_back({"bid_number", game.format->bids_per_agent(), "bid of an agent"});
  return all;
}

template <class Value>
double* AuctionMarket::copy_types(Index columns, const Value& value, double* out) const {
  const Index nodes = game_->node_count();
  for (Index i = 0; i < agents(); ++i)
    for (Index k = 0; k < nodes; ++k)
      for (Index c = 0; c < columns; ++c)
        *out++ = k < evaluation_.grid(i).count() ? value(i, k, c) : kMissing;
  return out;
}

std::vector<ArrayRow<AuctionMarket>> AuctionMarket::arrays(const Game* game) {
  using M = AuctionMarket;
  const auto spec = [](Recorded recorded, Variable variable, const char* group = "") {
    return ArraySpec{std::move(variable), Role::kDerived, recorded, group};
  };
  const auto number = [&](Variable variable, auto value) {
    return derived<M>(spec(Recorded::kTrajectory, std::move(variable)),
                      [value](const M& m, double* out) {
                        *out = value(m, m.evaluation_.clearing());
                        return out + 1;
                      });
  };
  const auto of_agents = [&](Variable variable, auto value) {
    return derived<M>(spec(Recorded::kTrajectory, std::move(variable)),
                      [value](const M& m, double* out) {
                        for (std::size_t i = 0; i < entry(m.agents()); ++i) *out++ = value(m, i);
                        return out;
                      });
  };
  const std::vector<std::string> each{"agent"};
  std::vector<std::string> types{"agent", "node"}, bids = types;
  if (game && game->format->type_dimensions() > 1) types.emplace_back("part");
  if (game && game->format->bids_per_agent() > 1) bids.emplace_back("bid_number");
  // The types' values, `columns(market)` each.
  const auto of_types = [&](ArraySpec array, auto columns, auto value) {
    return derived<M>(std::move(array), [columns, value](const M& m, double* out) {
      return m.copy_types(
          columns(*m.game_->format), [&](Index i, Index k, Index c) { return value(m, i, k, c); },
          out);
    });
  };
  const auto bid_columns = [](const Format& format) { return format.bids_per_agent(); };
  using C = const Clearing&;
  return {
      number(
          {"welfare",
           "surplus of all by the number of agents; payments are transfers",
           "value",
           {}},
          [](const M& m, C c) { return m.money(c.surplus()) / static_cast<double>(m.agents()); }),
      number({"surplus", "expected value of who gets the goods", "value", {}},
             [](const M& m, C c) { return m.money(c.surplus()); }),
      number({"efficiency", "surplus by the highest that any allocation could have", "1", {}},
             [](const M& m, C c) { return c.surplus() / m.game_->format->first_best(); }),
      number({"price_of_anarchy",
              "highest surplus by the surplus; missing where nothing is traded",
              "1",
              {}},
             [](const M& m, C c) {
               const double best = m.game_->format->first_best();
               return c.surplus() > kLeastSurplus * best ? best / c.surplus() : kMissing;
             }),
      number({"revenue", "expected payments", "value", {}},
             [](const M& m, C c) { return m.money(c.revenue()); }),
      of_agents({"utility", "expected payoff before types are known", "value", each},
                [](const M& m, std::size_t i) { return m.payoff(m.utility_[i]); }),
      of_agents({"l2_distance",
                 "root mean square distance of bids to the nearest known equilibrium, over types "
                 "whose bids are not free",
                 "value", each},
                [](const M& m, std::size_t i) { return m.money(m.distances_[i]); }),
      number({"equilibrium", "which known equilibrium is nearest, from 0", "1", {}},
             [](const M& m, C) { return m.distances_.back(); }),
      of_agents({kUtilityLossArray, "utility of the best response above utility", "value", each},
                [](const M& m, std::size_t i) { return m.payoff(m.losses_.loss[i]); }),
      of_agents({kRelativeLossArray, "utility loss by the utility of the best response", "1", each},
                [](const M& m, std::size_t i) {
                  return m.losses_.loss[i] / (m.utility_[i] + m.losses_.loss[i]);
                }),
      derived<M>(spec(Recorded::kFinal,
                      {"known_optimum_welfare", "welfare of the best allocation", "value", {}}),
                 [](const M& m, double* out) {
                   *out = m.money(m.game_->format->first_best()) / static_cast<double>(m.agents());
                   return out + 1;
                 }),
      of_types(
          spec(Recorded::kFinal, {"value", "type", "value", types}),
          [](const Format& format) { return format.type_dimensions(); },
          [](const M& m, Index i, Index k, Index c) {
            return m.money(m.evaluation_.grid(i).type(k)[entry(c)]);
          }),
      of_types(spec(Recorded::kFinal, {"bid", "what the type bids", "value", bids}), bid_columns,
               [](const M& m, Index i, Index k, Index c) {
                 return m.money(m.evaluation_.bids(i)(k, c));
               }),
      of_types(
          spec(Recorded::kFinal,
               {"known_bid", "bid of the nearest known equilibrium; missing where bids are free",
                "value", bids}),
          bid_columns,
          [](const M& m, Index i, Index k, Index c) {
            const double which = m.distances_.back();
            return std::isnan(which)
                       ? kMissing
                       : m.money(m.game_->known[static_cast<std::size_t>(which)][entry(i)](k, c));
          }),
      of_types(
          spec(Recorded::kFinal,
               {"interim_utility", "expected payoff of the type", "value", {"agent", "node"}}),
          [](const Format&) { return Index{1}; },
          [](const M& m, Index i, Index k, Index) {
            return m.payoff(
                m.evaluation_.clearing().utility(i, k, m.evaluation_.bids(i).row_span(k)));
          }),
      of_types(spec(Recorded::kFinal,
                    {"best_response_bid", "best bid of the type; missing where to stay out is best",
                     "value", bids},
                    kBestResponseArray),
               bid_columns,
               [](const M& m, Index i, Index k, Index c) {
                 return m.money(m.losses_.best_responses[entry(i)](k, c));
               }),
  };
}

Recordables recordables() {
  Recordables all{{},
                  {},
                  {"welfare", "surplus", "efficiency", "price_of_anarchy", "revenue", "utility",
                   "l2_distance", "equilibrium", kUtilityLossArray, kRelativeLossArray},
                  {"known_optimum_welfare", "value", "bid", "known_bid", "interim_utility",
                   kBestResponseArray}};
  all.add(specs_of(AuctionMarket::arrays(nullptr)),
          {{"value", "types on the grid of evaluation"},
           {"bid", "what they bid"},
           {"known_bid", "what they would bid in the nearest known equilibrium"},
           {"interim_utility", "their expected payoffs"},
           {kBestResponseArray, "their best bids, the others as they are"}});
  all.add(specs_of(certificate_rows()),
          {{kCertificate, "gains of best responses: is it an equilibrium?"}});
  return all;
}

// --- Judging -----------------------------------------------------------------------------------

const Bidding& AuctionMarket::evaluate() {
  for_blocks(agents(), 1, [&](Index, Index i, Index) { evaluation_.bid(i, networks_.row(i)); });
  evaluation_.clear();
  evaluation_.clearing().tabulate();
  for_blocks(agents(), 1, [&](Index, Index i, Index) {
    utility_[entry(i)] = ex_ante(evaluation_.grid(i), [&](Index k) {
      return evaluation_.clearing().utility(i, k, evaluation_.bids(i).row_span(k));
    });
  });
  return evaluation_;
}

Losses AuctionMarket::losses() const {
  Losses losses{
      utility_, std::vector<double>(entry(agents())), {}, evaluation_.clearing().is_exact()};
  std::vector<std::vector<double>> best(entry(agents()));  // utility
  for (Index i = 0; i < agents(); ++i) {
    const Index nodes = evaluation_.grid(i).count();
    PaddedMatrix& bids = losses.best_responses.emplace_back(nodes, game_->format->bids_per_agent());
    best[entry(i)].resize(entry(nodes));
    constexpr Index kNodeBlock = 64;
    for_blocks(nodes, kNodeBlock, [&](Index, Index begin, Index end) {
      for (Index k = begin; k < end; ++k) {
        const BestResponse response = evaluation_.clearing().best_response(i, k);
        std::copy(response.bids.begin(), response.bids.end(), bids.row(k));
        // What the agent bids is one of the responses to look at.
        best[entry(i)][entry(k)] =
            std::max(response.utility,
                     evaluation_.clearing().utility(i, k, evaluation_.bids(i).row_span(k)));
      }
    });
    losses.loss[entry(i)] =
        ex_ante(evaluation_.grid(i), [&](Index k) { return best[entry(i)][entry(k)]; }) -
        utility_[entry(i)];
    losses.loss[entry(i)] = std::max(losses.loss[entry(i)], 0.0);  // rounding of two sums
  }
  return losses;
}

std::vector<double> AuctionMarket::distances() const {
  std::vector<double> nearest(entry(agents()) + 1, kMissing);  // the last: which equilibrium
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t e = 0; e < game_->known.size(); ++e) {
    std::vector<double> distance;
    double total = 0.0;
    for (Index i = 0; i < agents(); ++i) {
      const PaddedMatrix &bids = evaluation_.bids(i), &known = game_->known[e][entry(i)];
      double sum = 0.0, weight = 0.0;
      for (Index k = 0; k < bids.rows(); ++k)
        for (Index b = 0; b < bids.columns(); ++b) {
          if (std::isnan(known(k, b))) continue;
          const double gap = bids(k, b) - known(k, b);
          sum += evaluation_.grid(i).weights[entry(k)] * gap * gap;
          weight += evaluation_.grid(i).weights[entry(k)];
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

bool AuctionMarket::is_search_due(Index step) const {
  if (!plan_.records(Recorded::kTrajectory, kUtilityLossArray) &&
      !plan_.records(Recorded::kTrajectory, kRelativeLossArray))
    return false;
  const Index every = game_->config.evaluate_every;
  return step == plan_.recorded_steps.back() ||
         (every > 0 && (last_search_ < 0 || step / every > last_search_ / every));
}

/// Of second order in the spaces between the nodes, or a space times the jump of values over it,
/// where they have atoms.
double Game::surplus_error() const {
  constexpr double kCurvature = 4.0;  // of win probabilities, times the square of their range
  const auto dimensions = static_cast<double>(format->type_dimensions());
  double space = 0.0, jump = 0.0;
  for (const TypeGrid& grid : evaluation) {
    if (grid.count() < 2) continue;
    space = std::max(space, std::pow(static_cast<double>(grid.count()), -1.0 / dimensions));
    for (Index k = 1; grid.dimensions == 1 && k < grid.count(); ++k)
      jump = std::max(jump, (grid.types[entry(k)] - grid.types[entry(k - 1)]) / grid.types.back());
  }
  return std::max(kCurvature, static_cast<double>(format->agents())) * space *
         std::max(space, jump);
}

/// No allocation is worth more than the best one, beyond the error of quadrature.
void AuctionMarket::check_surplus() const {
  const double best = game_->format->first_best(), surplus = evaluation_.clearing().surplus();
  if (!(surplus <= best * (1.0 + game_->surplus_error())))
    throw NumericError(
        fmt::format("surplus: {} is more than the highest of any allocation, {}; internal error, "
                    "please report",
                    money(surplus), money(best)));
}

void AuctionMarket::derive(Index step, Recorded when) {
  evaluate();
  check_surplus();
  distances_ = distances();
  if (when == Recorded::kFinal) {
    if (plan_.records(when, kCertificate))
      derive_certificate();
    else if (plan_.records(when, kBestResponseArray))
      losses_ = losses();
    return;
  }
  losses_.loss.assign(entry(agents()), kMissing);
  if (!is_search_due(step)) return;
  losses_ = losses();
  last_search_ = step;
}

/// Of the state as last evaluated.
Certificate AuctionMarket::certify() {
  losses_ = losses();
  Certificate certificate(agents());
  for (std::size_t i = 0; i < entry(agents()); ++i) {
    certificate.payoff[i] = payoff(losses_.utility[i]);
    certificate.gain[i] = payoff(losses_.loss[i]);
  }
  certificate.payoff_range = payoff(1.0);  // that of the highest value
  certificate.residual = residual();
  certificate.is_exact = losses_.is_exact;
  return certificate;
}

}  // namespace gbid::auctions
