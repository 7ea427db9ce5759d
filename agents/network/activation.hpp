// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include "engine/core/padded_matrix.hpp"

namespace gbid {

/// Between the layers of a network. kSigmoid is 1 / (1 + e^-x), for outputs in (0, 1).
enum class Activation { kTanh, kRelu, kGelu, kIdentity, kSigmoid };

/// Whether a slope follows from x only. All others follow from y = activation(x), so that x need
/// not be kept.
constexpr bool slope_needs_input(Activation activation) { return activation == Activation::kGelu; }

/// y = activation(y) in place, over `count` values. T is double or float.
template <class T>
void activate_in_place(Activation, T* y, Index count);

/// gradient *= activation'(x). relu'(0) = 0.
/// @param at  y = activation(x), or x itself where `slope_needs_input`.
template <class T>
void multiply_by_slope(Activation, const T* at, T* gradient, Index count);

}  // namespace gbid
