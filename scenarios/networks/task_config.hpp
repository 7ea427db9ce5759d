// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include "agents/network/kind.hpp"
#include "scenarios/data/config.hpp"

namespace gbid {

enum class Precision { kFloat32, kFloat64 };

/// The task that a market of networks learns, and in what numbers.
struct TaskConfig {
  DataConfig data = SyntheticData{};
  Index skip = 0;        ///< images at the beginning of the training set that are left out
  Index batch = 256;     ///< images a step
  Index evaluate = 500;  ///< steps between evaluations on the held-out set; 0: the last step only
  Precision precision = Precision::kFloat32;
};

}  // namespace gbid
