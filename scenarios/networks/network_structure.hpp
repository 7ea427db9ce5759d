// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// What all markets of networks share: their numbers in single or double precision, and the test of networks that a
// finished run recorded.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "scenarios/networks/networks.hpp"
#include "scenarios/networks/task.hpp"

namespace gbid {

/// A market whose networks are loaded to be tested: no agent learns.
template <class Market>
class NetworkEvaluator final : public Evaluator {
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
  Result evaluate() override { return market_.test(); }

 private:
  mutable Market market_;
};

/// A structure whose trials are played by `Market<float>` or `Market<double>`, as the scenario says.
/// A `Game` has its `config`, `shape` and `images`.
template <template <class> class Market, class Game>
class NetworkStructure : public TaskStructure {
 public:
  NetworkStructure(const Setup& setup, std::shared_ptr<const Game> game)
      : seed_(setup.seed), game_(std::move(game)) {}

  Index agents() const override { return game_->shape.agents(); }

  std::unique_ptr<PlannedMarket> trial_market(std::size_t, const RegimePlan& plan,
                                              Index trial) const override {
    const StreamKey key{.seed = seed_, .trial = static_cast<std::uint64_t>(trial)};
    return in_precision([&]<class T>(T) -> std::unique_ptr<PlannedMarket> {
      return std::make_unique<Market<T>>(game_, plan, key);
    });
  }
  std::unique_ptr<Evaluator> evaluator() const override {
    return in_precision([&]<class T>(T) -> std::unique_ptr<Evaluator> {
      return std::make_unique<NetworkEvaluator<Market<T>>>(game_);
    });
  }

 protected:
  const Game& game() const { return *game_; }
  /// Bytes of a number of a network.
  double value_bytes() const {
    return in_precision([]<class T>(T) { return static_cast<double>(sizeof(T)); });
  }

 private:
  const Images& images() const override { return *game_->images; }
  template <class Body>
  auto in_precision(const Body& body) const {
    return game_->config.precision == Precision::kFloat32 ? body(float{}) : body(double{});
  }

  std::uint64_t seed_;
  std::shared_ptr<const Game> game_;
};

}  // namespace gbid
