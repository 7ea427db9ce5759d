// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "engine/core/padded_matrix.hpp"

namespace gbid {

/// A function that is maximised: its value, and its gradient where the value was asked for last.
struct Ascended {
  std::function<double(std::span<const double>)> value;  ///< NaN where it is not defined
  /// False where there is no finite gradient.
  std::function<bool(std::span<const double>, std::span<double>)> gradient;
};

struct AscentConfig {
  double first_step = 0.1;  ///< length of the first step
  Index iterations = 200;   ///< at most
  double least_rise = 0.0;  ///< ends where five steps in a row gain no more
};

/// Ascends from `point` by BFGS with a weak Wolfe line search, which also follows the ridges of a
/// piecewise smooth function: at a ridge the differences of gradients make the metric steep across
/// it and leave it flat along it. No choice is random.
/// @param point in: the start, where the value is finite; out: the highest point reached.
/// @return the value there.
/// Source: Lewis and Overton, "Nonsmooth optimization via quasi-Newton methods", 2013.
double ascend(const Ascended& function, std::vector<double>& point, double value,
              const AscentConfig& config);

}  // namespace gbid
