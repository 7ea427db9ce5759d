// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// What all markets of networks do with networks that a finished run recorded.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "scenarios/structure/evaluator.hpp"
#include "scenarios/structure/planned_market.hpp"

namespace gbid {

/// The name in [record] final that stands for all parameters.
inline constexpr const char* kNetworks = "networks";

/// Loads a market's networks from what a finished trial recorded; false if that does not hold them
/// all.
template <class Market>
bool load_networks(const State& state, Market& market, const StateReader& read) {
  for (const std::size_t array : state.recorded({kNetworks}, Recorded::kFinal)) {
    const std::string& name = state.spec(array).name();
    if (!market.load(name, read(name))) return false;
  }
  return true;
}

/// A market whose networks are loaded to be tested: no agent learns.
template <class Market>
class NetworkEvaluator : public Evaluator {
 public:
  template <class Game>
  explicit NetworkEvaluator(std::shared_ptr<const Game> game)
      : market_(std::move(game), plan_of_a_test(), {}) {}

  std::vector<Variable> variables() const override {
    std::vector<Variable> all;
    State& state = market_.state();
    for (const std::size_t array : state.recorded({kNetworks}, Recorded::kFinal))
      all.push_back(state.spec(array).variable);
    return all;
  }
  void load(const std::string& variable, std::span<const double> values) override {
    market_.load(variable, values);
  }

 protected:
  mutable Market market_;
};

}  // namespace gbid
