// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "engine/config/schema.hpp"

/// A small scenario that uses every kind of key; shared by the tests of engine/config.
namespace gbid::config::example {

enum class Mask { kRelu, kHard, kSigmoid, kRelu6 };

struct RowMean {
  bool operator==(const RowMean&) const = default;
};
struct Constant {
  double value = 0.0;
  bool operator==(const Constant&) const = default;
};
struct FromFile {
  std::string file;
  std::string dataset = "contribution";
  bool operator==(const FromFile&) const = default;
};
using Shift = std::variant<RowMean, Constant, FromFile>;

struct Bids {
  std::string squash = "sigmoid";
  Mask mask = Mask::kRelu;
  Shift shift;
  bool operator==(const Bids&) const = default;
};

struct TermWeight {
  double coefficient = 1.0;
  std::string note;
  bool operator==(const TermWeight&) const = default;
};

struct Adam {
  double rate = 0.001;
  double decay = 0.9;
  bool operator==(const Adam&) const = default;
};
struct Sgd {
  double rate = 0.01;
  bool operator==(const Sgd&) const = default;
};

struct Regime {
  std::string objective = "own_payoff";
  std::int64_t movers = 1;
  bool operator==(const Regime&) const = default;
};

struct Market {
  std::int64_t agents = 10;
  std::int32_t cohorts = 1;
  double temperature = 0.05;
  Bids bids;
  std::vector<std::pair<std::string, TermWeight>> payoff = {{"utility", {}}};
  std::optional<Regime> planner;
  bool operator==(const Market&) const = default;
};

struct Scenario {
  std::string title;
  std::int64_t steps = 1000;
  bool is_recorded = true;
  std::optional<std::int64_t> batch;
  std::vector<std::int64_t> hidden = {16};
  std::vector<double> taxes = {0.5};
  std::vector<std::string> final = {"weights"};
  Market market;
  std::variant<Adam, Sgd> learner = Adam{.rate = 0.05};
  std::optional<std::variant<Adam, Sgd>> critic;
  std::vector<std::pair<std::string, Regime>> regimes;
  bool operator==(const Scenario&) const = default;
};

Schema<Bids> bids_schema();
Schema<Regime> regime_schema();
Schema<Market> market_schema();
Schema<Scenario> scenario_schema();

}  // namespace gbid::config::example
