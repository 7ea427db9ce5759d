// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/record/tile_writer.hpp"

#include <oneapi/tbb/enumerable_thread_specific.h>
#include <oneapi/tbb/parallel_for.h>

#include <algorithm>
#include <numeric>

#include "engine/record/tiles.hpp"

namespace gbid {
namespace {

// Above this, a dataset is stored as it is: deflating it would take longer than the run is worth.
constexpr std::int64_t kLargestDeflated = std::int64_t{64} << 20;

std::int64_t product(std::span<const std::int64_t> shape) {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

struct Tile {
  const TiledVariable* variable = nullptr;
  std::vector<std::int64_t> origin;
  PackedChunk packed;
};

// All tiles of all variables, in the order in which they are written.
std::vector<Tile> list_tiles(const std::vector<TiledVariable>& variables) {
  std::vector<Tile> tiles;
  for (const TiledVariable& variable : variables) {
    std::vector<std::int64_t> origin(variable.shape.size(), 0);
    for (bool is_done = false; !is_done;) {
      tiles.push_back({&variable, origin, {}});
      std::size_t axis = origin.size();
      is_done = true;
      while (is_done && axis-- > 0) {
        origin[axis] += variable.tile[axis];
        is_done = origin[axis] >= variable.shape[axis];
        if (is_done) origin[axis] = 0;
      }
    }
  }
  return tiles;
}

struct Worker {
  ChunkPacker packer;
  std::vector<double> values;

  void pack(Tile& tile) {
    const TiledVariable& variable = *tile.variable;
    values.resize(static_cast<std::size_t>(product(variable.tile)));
    variable.gather(tile.origin, variable.tile, values);
    tile.packed = packer.pack(values, variable.level);
  }
};

}  // namespace

int deflate_level(std::span<const std::int64_t> shape, int wanted) {
  return product(shape) * static_cast<std::int64_t>(sizeof(double)) < kLargestDeflated ? wanted : 0;
}

void write_tiles(const std::vector<TiledVariable>& variables) {
  constexpr std::size_t kBatch = 64;  // of 256 KiB each
  std::vector<Tile> tiles = list_tiles(variables);
  tbb::enumerable_thread_specific<Worker> workers;
  for (std::size_t first = 0; first < tiles.size(); first += kBatch) {
    const std::size_t last = std::min(tiles.size(), first + kBatch);
    tbb::parallel_for(first, last, [&](std::size_t k) { workers.local().pack(tiles[k]); });
    for (std::size_t k = first; k < last; ++k) {
      const Tile& tile = tiles[k];
      h5::write_chunk(tile.variable->dataset.get(), tile.origin, tile.packed.skipped_filters,
                      tile.packed.bytes);
      tiles[k] = {};
    }
  }
}

}  // namespace gbid
