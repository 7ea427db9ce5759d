// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include "scenarios/data/images.hpp"

namespace gbid {

inline constexpr Index kSyntheticClasses = 10;
inline constexpr Index kSyntheticSide = 28;  ///< rows and columns, as in MNIST

/// The two parts draw apart: no image of one is ever an image of the other.
enum class SyntheticPart : std::uint64_t { kTrain = 0, kHeldOut = 1 };

ImageSet draw_images(SyntheticPart part, Index count);

}  // namespace gbid
