// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "analysis/price_of_anarchy.hpp"

namespace gbid::test {

inline NumberTable table(std::initializer_list<std::vector<double>> rows) {
  NumberTable result;
  for (const auto& row : rows) {
    result.rows += 1;
    result.columns = static_cast<std::int64_t>(row.size());
    result.values.insert(result.values.end(), row.begin(), row.end());
  }
  return result;
}

/// A regime that recorded steps 0 and 1 and stood still: both columns of welfare hold the end
/// value.
inline RegimeRecord still_regime(std::string name, std::string objective,
                                 const std::vector<double>& ends) {
  RegimeRecord regime;
  regime.name = std::move(name);
  regime.objective = std::move(objective);
  regime.schedule = "all_agents";
  regime.steps = {0, 1};
  regime.welfare = {static_cast<std::int64_t>(ends.size()), 2, {}};
  for (const double end : ends) regime.welfare.values.insert(regime.welfare.values.end(), 2, end);
  regime.outcome.assign(ends.size(), TrialStatus::kCompleted);
  return regime;
}

/// A coordinated and a competitive regime with these end points.
inline PriceOfAnarchyInput two_regimes(const std::vector<double>& coordinated,
                                       const std::vector<double>& competitive,
                                       bool is_game_shared = true) {
  PriceOfAnarchyInput input;
  input.title = "A market";
  input.seed = 3;
  input.is_game_shared = is_game_shared;
  input.regimes = {still_regime("coordinated", "mean_payoff", coordinated),
                   still_regime("competitive", "own_payoff", competitive)};
  return input;
}

}  // namespace gbid::test
