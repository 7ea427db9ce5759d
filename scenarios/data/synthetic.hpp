// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstdint>

#include "scenarios/data/images.hpp"

namespace gbid {

inline constexpr Index kSyntheticClasses = 10;
inline constexpr Index kSyntheticSide = 28;  ///< rows and columns, as in MNIST

/// The two parts draw apart: no image of one is ever an image of the other.
enum class SyntheticPart : std::uint64_t { kTrain = 0, kHeldOut = 1 };

/// The first `count` images of a part: ten signs, bright on dark, shifted, turned, scaled, sheared
/// and bent, in strokes of varying width and brightness, among stray strokes and grain. The class
/// of image k is k mod 10.
///
/// Image k depends on part and k alone, not on `count`, seed or run: all runs have the same images.
/// It is made of additions, multiplications, divisions and square roots in single precision, so its
/// bits are the same on every processor and on any number of threads.
///
/// How hard: trained on 20000 images and judged by 4000 others, a softmax regression on the pixels
/// names 84% of them rightly at its best, a relu network 784-256-256-10 97.5% after five epochs
/// (both by Adam, rate 0.001, batches of 64).
/// @param count  at least 0, below 2^32.
ImageSet draw_images(SyntheticPart part, Index count);

}  // namespace gbid
