// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace gbid {

/// Bytes of a full tile: large enough to be written fast, small enough to read a corner of a
/// dataset.
inline constexpr std::int64_t kTileBytes = 256 * 1024;

/// How a (trial, step, dimensions...) dataset is cut. A trial of an eighth of kTileBytes or more is
/// cut into tiles of its own, as nearly cubic as its axes allow; of smaller trials, whole ones
/// share a tile.
/// @return a tile of the same rank; its axes are no longer than those of the shape.
std::vector<std::int64_t> tile_shape(std::span<const std::int64_t> shape);

/// The chunk of a one-dimensional dataset: 4096 values, or all if there are fewer.
std::int64_t tile_length(std::int64_t length);

/// One chunk as HDF5's filters "shuffle, deflate" would leave it.
struct PackedChunk {
  std::vector<std::byte> bytes;
  std::uint32_t skipped_filters =
      0;  ///< both bits set if the values do not shrink: they are then stored as they are
};

/// Shuffles and deflates (zlib). At level 0, or without a gain of at least 1/64, the values are
/// stored as they are.
PackedChunk pack_chunk(std::span<const double> values, int level);

}  // namespace gbid
