// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/record/tile_writer.hpp"

#include <oneapi/tbb/enumerable_thread_specific.h>
#include <oneapi/tbb/parallel_pipeline.h>

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
};

// All tiles of all variables, in the order in which they are written.
std::vector<Tile> list_tiles(const std::vector<TiledVariable>& variables) {
  std::vector<Tile> tiles;
  for (const TiledVariable& variable : variables) {
    std::vector<std::int64_t> origin(variable.shape.size(), 0);
    for (bool is_done = false; !is_done;) {
      tiles.push_back({&variable, origin});
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

  void pack(const Tile& tile, PackedChunk& chunk) {
    const TiledVariable& variable = *tile.variable;
    values.resize(static_cast<std::size_t>(product(variable.tile)));
    variable.gather(tile.origin, variable.tile, values);
    packer.pack(values, variable.level, chunk);
  }
};

}  // namespace

int deflate_level(std::span<const std::int64_t> shape, int wanted) {
  return product(shape) * static_cast<std::int64_t>(sizeof(double)) < kLargestDeflated ? wanted : 0;
}

void write_tiles(const std::vector<TiledVariable>& variables) {
  constexpr std::size_t kAtOnce = 64;  // of 256 KiB each
  const std::vector<Tile> tiles = list_tiles(variables);
  if (tiles.empty()) return;
  // The oldest chunk is written before another tile is begun, and leaves its place to it.
  std::vector<PackedChunk> chunks(std::min(kAtOnce, tiles.size()));
  const auto chunk_of = [&](std::size_t k) -> PackedChunk& { return chunks[k % chunks.size()]; };
  tbb::enumerable_thread_specific<Worker> workers;
  std::size_t next = 0;
  using Mode = tbb::filter_mode;
  tbb::parallel_pipeline(
      chunks.size(),
      tbb::make_filter<void, std::size_t>(Mode::serial_in_order, [&](tbb::flow_control& control) {
        if (next == tiles.size()) control.stop();
        return next++;
      }) & tbb::make_filter<std::size_t, std::size_t>(Mode::parallel, [&](std::size_t k) {
        workers.local().pack(tiles[k], chunk_of(k));
        return k;
      }) & tbb::make_filter<std::size_t, void>(Mode::serial_in_order, [&](std::size_t k) {
        const PackedChunk& chunk = chunk_of(k);
        h5::write_chunk(tiles[k].variable->dataset.get(), tiles[k].origin, chunk.skipped_filters,
                        chunk.bytes);
      }));
}

}  // namespace gbid
