// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "analysis/report/caveats.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace gbid {
namespace {

using Caveats = std::vector<Caveat>;

constexpr double kBudgetTolerance = 0.01;  // updates per agent closer than this are one budget
// Half of the last of the four digits in which welfare is printed, as a share of it: 0.3333 is not
// above 0.3333. Learned ends of one game differ by no less.
constexpr double kPrintedRounding = 5e-5;

void add_left_out(const PriceOfAnarchyResult& result, Caveats& caveats) {
  for (const RegimeEnd& regime : result.regimes) {
    if (regime.failed > 0) {
      caveats.push_back({fmt::format("{}: {} of {} trials failed and are left out", regime.name,
                                     regime.failed, result.trials),
                         cure::kFailed});
    }
    if (regime.not_started > 0) {
      caveats.push_back({fmt::format("{}: {} of {} trials were not started and are left out",
                                     regime.name, regime.not_started, result.trials),
                         cure::kFinish});
    }
    if (regime.stopped > 0) {
      caveats.push_back({fmt::format("{}: {} of {} trials were stopped before their end; the "
                                     "numbers are those of their last window",
                                     regime.name, regime.stopped, result.trials),
                         cure::kFinish});
    }
    const auto lost = result.trials - regime.counted - regime.failed - regime.not_started;
    if (lost > 0) {
      caveats.push_back({fmt::format("{}: {} of {} trials recorded no welfare and are left out",
                                     regime.name, lost, result.trials),
                         "record it: record.trajectory = [\"welfare\"]"});
    }
  }
}

void add_unsettled(const PriceOfAnarchyResult& result, Caveats& caveats) {
  for (const RegimeEnd& regime : result.regimes) {
    const auto moving = regime.counted - regime.settled - regime.drift_unknown;
    if (moving > 0) {
      caveats.push_back({fmt::format("{} has not settled in {} of {} trials", regime.name, moving,
                                     regime.counted),
                         cure::kPlayLonger});
    }
    if (regime.drift_unknown > 0) {
      caveats.push_back(
          {fmt::format(
               "{}: {} of {} trials recorded too few steps, or had too few updates, to judge "
               "whether they settled",
               regime.name, regime.drift_unknown, regime.counted),
           "record more often, --set record.every=N, or play it longer, --set steps=N"});
    }
  }
}

void add_budgets(const PriceOfAnarchyResult& result, Caveats& caveats) {
  const auto updates_of = [&](const RegimeEnd& regime) {
    return mean(result.of("updates_per_agent", regime.name).values);
  };
  // Of one budget for every agent, a regime that settled needed no more than it had.
  const auto had_enough = [&](const RegimeEnd& regime) {
    return result.budget == "updates_per_agent" && regime.settled == regime.counted;
  };
  const RegimeEnd* most = nullptr;
  const RegimeEnd* least = nullptr;
  for (const RegimeEnd& regime : result.regimes) {
    const double updates = updates_of(regime);
    if (std::isnan(updates)) continue;
    if (!most || updates > updates_of(*most)) most = &regime;
    if (!had_enough(regime) && (!least || updates < updates_of(*least))) least = &regime;
  }
  if (!most || !least) return;
  const double high = updates_of(*most);
  const double low = updates_of(*least);
  if (high - low <= kBudgetTolerance * high) return;
  caveats.push_back(
      {fmt::format("budgets differ: an agent had {:.4g} updates in {} and {:.4g} in {}", high,
                   most->name, low, least->name),
       "give every agent as many updates: --set learning.budget=updates_per_agent"});
}

void add_optimum(const PriceOfAnarchyResult& result, Caveats& caveats) {
  if (result.comparisons.empty()) return;
  const bool is_known = std::all_of(result.optimum.begin(), result.optimum.end(),
                                    [](Optimum each) { return each == Optimum::kClosedForm; });
  if (is_known) {
    // Nothing can be above it.
  } else if (!result.is_game_shared && result.trials_per_game > 1) {
    caveats.push_back(
        {fmt::format(
             "the best known welfare of a game is the best of {} starts per regime; the true "
             "optimum may be higher",
             result.trials_per_game),
         "try more starts a game: --set starts=N"});
  } else if (!result.is_game_shared) {
    caveats.push_back(
        {"every trial is a game of its own: its best known welfare is the best of one start per "
         "regime, so the true optimum may be higher",
         "try several starts a game: --set starts=N"});
  } else {
    caveats.push_back(
        {fmt::format("the best known welfare is the best of {} starts per regime; the "
                     "true optimum may be higher",
                     result.trials),
         "try more starts: --trials N"});
  }
  for (const AnarchyComparison& pair : result.comparisons) {
    const std::int64_t above = trials_above_planner(result, pair);
    if (above == 0) continue;
    caveats.push_back(
        {fmt::format("{} ended above {} in {} of {} trials: there the planner did not "
                     "reach its optimum, and the best known welfare is the higher one",
                     pair.equilibrium, pair.planner, above, pair.counted),
         cure::kPlanner});
  }
}

void add_ratios(const PriceOfAnarchyResult& result, Caveats& caveats) {
  for (const AnarchyComparison& pair : result.comparisons) {
    if (pair.ratio_with_negative > 0) {
      caveats.push_back(
          {fmt::format("the ratio {}/{} divides negative welfare in {} of {} trials: it depends on "
                       "where zero payoff lies and is not a price of anarchy",
                       pair.equilibrium, pair.planner, pair.ratio_with_negative, pair.counted),
           "quote the welfare gap, in the table above"});
    }
    std::int64_t infinite = 0;
    for (const double kl : result.of("ranking_kl", pair.equilibrium).values)
      infinite += std::isinf(kl);
    if (infinite > 0) {
      caveats.push_back(
          {fmt::format("the ranking divergence of {} from {} is infinite in {} trials: "
                       "an agent has rank zero in the latter and not in the former",
                       pair.equilibrium, pair.planner, infinite),
           "quote another distance"});
    }
  }
}

void add_proof(const PriceOfAnarchyResult& result, Caveats& caveats) {
  bool has_equilibrium = false;
  for (const RegimeEnd& regime : result.regimes) {
    if (regime.role != RegimeRole::kEquilibrium) continue;
    has_equilibrium = true;
    const auto certified =
        std::find_if(result.equilibria.regimes.begin(), result.equilibria.regimes.end(),
                     [&](const CertifiedEnds& ends) { return ends.name == regime.name; });
    if (certified == result.equilibria.regimes.end()) {
      caveats.push_back(
          {fmt::format("nothing here certifies that the {} end point is an equilibrium",
                       regime.name),
           cure::kCertify});
      continue;
    }
    if (certified->equilibria < certified->examined)
      caveats.push_back({fmt::format("{} of {} ends of {} are not equilibria",
                                     certified->examined - certified->equilibria,
                                     certified->examined, regime.name),
                         cure::kNotEquilibrium});
    if (!certified->is_exact)
      caveats.push_back(
          {fmt::format(
               "{}: best responses were searched for, not solved for; an end that passed may "
               "still have a better response that the search did not find",
               regime.name),
           "search from more starts: --set certificate.search.starts=N"});
  }
  if (!has_equilibrium) {
    caveats.push_back(
        {"no regime has the objective own_payoff: there is no price of anarchy to compute",
         "add a regime with objective = \"own_payoff\""});
  }
  const bool has_planner =
      std::any_of(result.regimes.begin(), result.regimes.end(),
                  [](const RegimeEnd& regime) { return regime.role == RegimeRole::kPlanner; });
  if (!has_planner) {
    caveats.push_back(
        {"no regime has the objective mean_payoff or mean_utility: there is no planner to compare "
         "with",
         "add a regime with objective = \"mean_payoff\""});
  }
}

}  // namespace

std::int64_t trials_above_planner(const PriceOfAnarchyResult& result,
                                  const AnarchyComparison& pair) {
  const auto welfare_of = [&](const std::string& name) -> const std::vector<double>& {
    return std::find_if(result.regimes.begin(), result.regimes.end(),
                        [&](const RegimeEnd& each) { return each.name == name; })
        ->welfare;
  };
  const std::vector<double>&agents = welfare_of(pair.equilibrium),
        &planner = welfare_of(pair.planner);
  std::int64_t above = 0;
  for (std::size_t t = 0; t < agents.size(); ++t) {
    const double scale = std::max(std::abs(agents[t]), std::abs(planner[t]));
    above += result.optimum[t] != Optimum::kClosedForm &&
             agents[t] > planner[t] + kPrintedRounding * scale;
  }
  return above;
}

std::vector<Caveat> caveats_of(const PriceOfAnarchyResult& result) {
  Caveats caveats;
  for (const std::string& each : result.contradictions) caveats.push_back({each, ""});
  add_left_out(result, caveats);
  add_unsettled(result, caveats);
  add_budgets(result, caveats);
  add_optimum(result, caveats);
  add_ratios(result, caveats);
  add_proof(result, caveats);
  return caveats;
}

}  // namespace gbid
