// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// What structures need of a scenario besides their own market section.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "agents/network/kind.hpp"
#include "scenarios/data/array_source.hpp"

namespace gbid {

/// An agent's network as a scenario names it.
struct MlpConfig {
  std::vector<std::int64_t> hidden{16};
  Activation activation = Activation::kTanh;
  std::vector<std::string> observe{"constant"};
};
using NetworkConfig = std::variant<Table, MlpConfig>;

/// Raw bids at the start: U[low, high), rows of scaled normal numbers, or a file.
using InitialBids = std::variant<RandomBetween, MinmaxRows, FileArray>;

/// The section [agents], of structures whose agents bid by a network of their own.
struct AgentsConfig {
  NetworkConfig network = Table{};
  InitialBids initial_bids = RandomBetween{};
  bool paired_start = false;
};

/// What every structure needs of a scenario.
struct Setup {
  std::uint64_t seed = 1;
  Index trials = 1;
  Index starts = 1;  ///< trials in a row that play the same game
  AgentsConfig agents = {};
};

}  // namespace gbid
