// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <vector>

namespace gbid::classical {

/// The equilibrium of u_i = v_i x_i / sum_j x_j - x_i: with S = sum_j x_j,
/// x_i = S (1 - S / v_i) for the k highest values, 0 for all others, S = (k - 1) / sum of their
/// 1 / v_i, where k is the largest number for which the k-th highest value exceeds S.
/// @param values v_i > 0, at least two.  @return x, (agents).
std::vector<double> contest_equilibrium(const std::vector<double>& values);

}  // namespace gbid::classical
