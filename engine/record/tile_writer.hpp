// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "engine/record/hdf5.hpp"

namespace gbid {

/// A float64 dataset on its way into the file, tile by tile.
struct TiledVariable {
  h5::Id dataset;
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> tile;  ///< of the same rank
  int level = 0;                   ///< of deflate; 0: stored as it is
  /// Fills a box of the variable, NaN outside it; called by several threads at once.
  std::function<void(std::span<const std::int64_t> origin, std::span<const std::int64_t> box,
                     std::span<double> out)>
      gather;
};

/// The level for a dataset of this shape: none where deflating would take longer than it is worth.
int deflate_level(std::span<const std::int64_t> shape, int wanted);

/// Writes all tiles of all variables: packed by all threads, written by this one, always in the
/// same order.
void write_tiles(const std::vector<TiledVariable>& variables);

}  // namespace gbid
