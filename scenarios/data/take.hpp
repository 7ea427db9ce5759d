// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include "scenarios/data/images.hpp"

namespace gbid {

/// Writes an image's pixels / 255 and returns its label.
template <class T>
std::uint8_t take_image(const ImageSet& set, Index image, T* out) {
  constexpr T kWhite{255};
  const Index pixels = set.pixel_count();
  const std::uint8_t* in = set.pixels.data() + image * pixels;
  for (Index k = 0; k < pixels; ++k) out[k] = static_cast<T>(in[k]) / kWhite;
  return set.labels[static_cast<std::size_t>(image)];
}

}  // namespace gbid
