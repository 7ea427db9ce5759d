// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "analysis/equilibria.hpp"

#include <algorithm>
#include <cmath>

#include "analysis/price_of_anarchy.hpp"

namespace gbid {
namespace {

constexpr double kSamePayoffs = 1e-3;  // of the mean |payoff|
// Payoffs nearer to each other than this share of the largest |welfare| differ by rounding: at the
// value of a zero-sum game they vanish.
constexpr double kPayoffRounding = 1e-9;

/// One end that is an equilibrium.
struct End {
  double welfare;
  std::vector<double> payoffs;  // of every agent, or welfare alone
  std::string regime;
  std::int64_t trial;
};

/// The last value of a series that is not missing.
double last_of(std::span<const double> series) {
  for (std::size_t k = series.size(); k-- > 0;)
    if (!std::isnan(series[k])) return series[k];
  return kMissing;
}

/// Of the end that was certified: after better responses, where the regime refines its ends.
double welfare_of(const RegimeRecord& record, std::int64_t trial) {
  const auto t = static_cast<std::size_t>(trial);
  if (!record.refinement.empty() && !std::isnan(record.refinement.welfare[t]))
    return record.refinement.welfare[t];
  return last_of(record.welfare.row(trial));
}

RefinedEnds refined_ends(const RefinementRecord& record) {
  RefinedEnds refined;
  std::vector<double> moves;
  double best = kMissing;
  for (const double welfare : record.welfare) best = std::fmax(best, welfare);
  for (std::size_t t = 0; t < record.end.size(); ++t) {
    if (!(record.end[t] > 0.0)) continue;
    ++refined.ends;
    refined.at_rest += record.end[t] == RefinementRecord::kAtRest;
    refined.cycles += record.end[t] == RefinementRecord::kCycle;
    refined.best_reached += std::fabs(record.welfare[t] - best) <= kSamePayoffs * std::fabs(best);
    moves.push_back(record.moves[t]);
    if (record.reached.empty()) continue;
    refined.starts += record.starts[t];
    refined.starts_reached += record.reached[t];
  }
  if (moves.empty()) return refined;
  std::nth_element(moves.begin(), moves.begin() + static_cast<std::ptrdiff_t>(moves.size() / 2),
                   moves.end());
  refined.median_moves = moves[moves.size() / 2];
  return refined;
}

CertifiedEnds certified_ends(const RegimeRecord& record, const RegimeEnd& end, double tolerance) {
  const CertificateRecord& certificate = record.certificate;
  const std::size_t trials = end.welfare.size();
  CertifiedEnds ends;
  ends.name = record.name;
  ends.is_competitive = end.role == RegimeRole::kEquilibrium;
  ends.agents = certificate.agents;
  ends.examined_agents = certificate.examined;
  ends.epsilon = certificate.largest_gain;
  ends.relative_gain = certificate.relative_gain;
  ends.nash_conv = certificate.nash_conv;
  ends.residual = certificate.residual;
  ends.curvature = certificate.curvature;
  ends.is_equilibrium.assign(trials, false);
  ends.is_proved.assign(trials, false);
  ends.is_exact = true;
  ends.largest_epsilon = ends.largest_bound = kMissing;
  for (std::size_t t = 0; t < trials; ++t) {
    if (std::isnan(end.welfare[t]) || std::isnan(ends.epsilon[t])) {
      for (auto* values :
           {&ends.epsilon, &ends.relative_gain, &ends.nash_conv, &ends.residual, &ends.curvature})
        (*values)[t] = kMissing;
      continue;
    }
    ends.examined += 1;
    ends.is_exact = ends.is_exact && certificate.is_exact[t] == 1.0;
    if (certificate.is_exact[t] != 1.0 && !certificate.search_starts.empty()) {
      const auto starts = static_cast<std::int64_t>(certificate.search_starts[t]);
      ends.search_starts = ends.search_starts == 0 ? starts : std::min(ends.search_starts, starts);
    }
    ends.is_equilibrium[t] = ends.relative_gain[t] <= tolerance;
    ends.unconverged += !ends.is_equilibrium[t] && !end.is_settled[t];
    if (!ends.is_equilibrium[t]) continue;
    ends.equilibria += 1;
    ends.is_proved[t] =
        !certificate.relative_bound.empty() && certificate.relative_bound[t] <= tolerance;
    ends.proved += ends.is_proved[t];
    if (ends.is_proved[t])
      ends.largest_bound = std::fmax(ends.largest_bound, certificate.largest_bound[t]);
    ends.largest_epsilon = std::fmax(ends.largest_epsilon, ends.epsilon[t]);
  }
  ends.is_exact = ends.is_exact && ends.examined > 0;
  if (!record.refinement.empty()) ends.refined = refined_ends(record.refinement);
  return ends;
}

/// @param rounding  of payoffs.
bool is_same(const End& a, const End& b, double rounding) {
  if (a.payoffs.size() != b.payoffs.size()) return false;
  double scale = 0.0, apart = 0.0;
  for (std::size_t i = 0; i < a.payoffs.size(); ++i) {
    scale += std::fabs(a.payoffs[i]);
    apart = std::max(apart, std::fabs(a.payoffs[i] - b.payoffs[i]));
  }
  return apart <= std::max(rounding, kSamePayoffs * scale / static_cast<double>(a.payoffs.size()));
}

/// Ends gathered into distinct equilibria, the first of each standing for it.
std::vector<DistinctEquilibrium> distinct(const std::vector<End>& ends, double rounding) {
  std::vector<DistinctEquilibrium> found;
  std::vector<const End*> first;
  for (const End& end : ends) {
    const auto same = std::find_if(first.begin(), first.end(),
                                   [&](const End* f) { return is_same(*f, end, rounding); });
    if (same != first.end()) {
      found[static_cast<std::size_t>(same - first.begin())].reached += 1;
      continue;
    }
    first.push_back(&end);
    found.push_back({end.welfare, 1, end.regime, end.trial});
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.welfare > b.welfare; });
  return found;
}

End end_of(const RegimeRecord& record, std::int64_t trial) {
  End end{welfare_of(record, trial), {}, record.name, trial};
  if (!record.final_payoff.empty()) {
    const auto row = record.final_payoff.row(trial);
    end.payoffs.assign(row.begin(), row.end());
  } else {
    end.payoffs = {end.welfare};
  }
  return end;
}

GameEquilibria game_of(const PriceOfAnarchyInput& input, const PriceOfAnarchyResult& result,
                       const std::vector<CertifiedEnds>& certified, std::int64_t first,
                       std::int64_t last) {
  GameEquilibria game;
  game.first_trial = first;
  game.trials = last - first;
  game.optimum = game.price_of_anarchy = game.price_of_stability = kMissing;
  game.price_of_anarchy_at_least = game.price_of_stability_at_least = kMissing;
  game.anarchy_gap = game.stability_gap = kMissing;
  game.bound = result.optimum[static_cast<std::size_t>(first)];
  std::vector<End> ends;
  for (std::size_t r = 0; r < input.regimes.size(); ++r) {
    const RegimeRecord& record = input.regimes[r];
    for (std::int64_t trial = first; trial < last; ++trial) {
      const auto t = static_cast<std::size_t>(trial);
      if (std::isnan(result.regimes[r].welfare[t])) continue;
      game.optimum = std::fmax(game.optimum, welfare_of(record, trial));
      for (const CertifiedEnds& regime : certified)
        if (regime.name == record.name && regime.is_equilibrium[t])
          ends.push_back(end_of(record, trial));
    }
  }
  if (game.bound == Optimum::kClosedForm)
    game.optimum = result.best_known[static_cast<std::size_t>(first)];
  game.equilibria = distinct(ends, kPayoffRounding * result.welfare_scale);
  if (game.equilibria.empty()) return game;
  const double best = game.equilibria.front().welfare, worst = game.equilibria.back().welfare;
  game.anarchy_gap = game.optimum - worst;
  game.stability_gap = game.optimum - best;
  const bool is_bound = game.bound == Optimum::kAtLeast;
  (is_bound ? game.price_of_anarchy_at_least : game.price_of_anarchy) =
      price_of(game.optimum, worst, input.is_minus_cost);
  (is_bound ? game.price_of_stability_at_least : game.price_of_stability) =
      price_of(game.optimum, best, input.is_minus_cost);
  return game;
}

}  // namespace

EquilibriumResult equilibria(const PriceOfAnarchyInput& input, const PriceOfAnarchyResult& ends) {
  EquilibriumResult result;
  result.tolerance = input.certificate_tolerance;
  result.theory_bound = input.theory_bound;
  result.theory_source = input.theory_source;
  for (std::size_t r = 0; r < input.regimes.size(); ++r)
    if (!input.regimes[r].certificate.empty())
      result.regimes.push_back(certified_ends(input.regimes[r], ends.regimes[r], result.tolerance));
  if (result.empty()) return result;
  for (std::int64_t first = 0; first < ends.trials; first += ends.trials_per_game) {
    const std::int64_t last = std::min(first + ends.trials_per_game, ends.trials);
    result.games.push_back(game_of(input, ends, result.regimes, first, last));
  }
  return result;
}

}  // namespace gbid
