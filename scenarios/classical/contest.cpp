// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/classical/contest.hpp"

#include <algorithm>
#include <cstddef>

namespace gbid::classical {

std::vector<double> contest_equilibrium(const std::vector<double>& values) {
  std::vector<double> sorted = values;
  std::sort(sorted.rbegin(), sorted.rend());
  double inverses = 0.0, total = 0.0;
  for (std::size_t k = 0; k < sorted.size(); ++k) {
    // An agent whose value is at most the total bid of the others stays out.
    if (k >= 2 && sorted[k] <= total) break;
    inverses += 1.0 / sorted[k];
    total = static_cast<double>(k) / inverses;
  }
  std::vector<double> x;
  for (const double value : values)
    x.push_back(value > total ? total * (1.0 - total / value) : 0.0);
  return x;
}

}  // namespace gbid::classical
