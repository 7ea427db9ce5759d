// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
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
  std::span<const std::byte> bytes = {};
  std::uint32_t skipped_filters =
      0;  ///< both bits set if the values do not shrink: they are then stored as they are
  std::vector<std::byte> room = {};  ///< where the bytes lie; kept for the next chunk
};

/// Makes chunks; holds the memory for that, so that the next costs no allocation. One per thread.
class ChunkPacker {
 public:
  ChunkPacker();
  ChunkPacker(ChunkPacker&&) noexcept;
  ~ChunkPacker();

  /// Shuffles and deflates (zlib). Byte planes that a sample shows to be noise are passed through,
  /// which is where zlib would spend nearly all its time. At level 0, or without a gain of at least
  /// 1/64, the values are stored as they are. The same values give the same bytes.
  /// @param level 0 to 9. @param chunk  overwritten.
  void pack(std::span<const double> values, int level, PackedChunk& chunk);

 private:
  struct Workspace;
  std::unique_ptr<Workspace> workspace_;
};

}  // namespace gbid
