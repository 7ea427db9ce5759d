// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/record/tiles.hpp"

#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

#include "engine/core/error.hpp"

namespace gbid {
namespace {

constexpr std::int64_t kTileValues = kTileBytes / static_cast<std::int64_t>(sizeof(double));

// Byte k of every value, for k = 0 .. 7: the slowly varying signs and exponents come to lie
// together.
std::vector<std::byte> shuffled(std::span<const double> values) {
  const std::span<const std::byte> bytes = std::as_bytes(values);
  std::vector<std::byte> planes(bytes.size());
  for (std::size_t k = 0; k < sizeof(double); ++k) {
    std::byte* const plane = planes.data() + k * values.size();
    for (std::size_t i = 0; i < values.size(); ++i) plane[i] = bytes[i * sizeof(double) + k];
  }
  return planes;
}

}  // namespace

std::vector<std::int64_t> tile_shape(std::span<const std::int64_t> shape) {
  std::vector<std::int64_t> tile(shape.begin(), shape.end());
  const std::int64_t per_trial =
      std::accumulate(shape.begin() + 1, shape.end(), std::int64_t{1}, std::multiplies<>());
  if (per_trial <= kTileValues / 8) {
    tile[0] = std::min(shape[0], kTileValues / per_trial);
    return tile;
  }
  tile[0] = 1;
  // Short axes first: what they do not use of their share, the longer ones get.
  std::vector<std::size_t> axes(shape.size() - 1);
  std::iota(axes.begin(), axes.end(), std::size_t{1});
  std::stable_sort(axes.begin(), axes.end(),
                   [&](std::size_t a, std::size_t b) { return shape[a] < shape[b]; });
  std::int64_t room = kTileValues;
  for (std::size_t k = 0; k < axes.size(); ++k) {
    const double share =
        std::pow(static_cast<double>(room), 1.0 / static_cast<double>(axes.size() - k));
    const std::int64_t longest = std::max<std::int64_t>(1, std::llround(std::floor(share + 1e-9)));
    const std::int64_t length = shape[axes[k]];
    const std::int64_t pieces = (length + longest - 1) / longest;
    tile[axes[k]] = (length + pieces - 1) / pieces;  // equal pieces: no sliver at the edge
    room /= tile[axes[k]];
  }
  return tile;
}

std::int64_t tile_length(std::int64_t length) {
  constexpr std::int64_t kLength = 4096;
  return std::min(length, kLength);
}

PackedChunk pack_chunk(std::span<const double> values, int level) {
  const std::span<const std::byte> plain = std::as_bytes(values);
  PackedChunk chunk;
  if (level > 0) {
    const std::vector<std::byte> planes = shuffled(values);
    uLongf length = compressBound(plain.size());
    chunk.bytes.resize(length);
    const int status =
        compress2(reinterpret_cast<Bytef*>(chunk.bytes.data()), &length,
                  reinterpret_cast<const Bytef*>(planes.data()), planes.size(), level);
    if (status != Z_OK) throw Error(ExitCode::kInternal, "zlib cannot compress");
    chunk.bytes.resize(length);
    if (length <= plain.size() - plain.size() / 64) return chunk;
    chunk.skipped_filters = 0b11;
  }
  chunk.bytes.assign(plain.begin(), plain.end());
  return chunk;
}

}  // namespace gbid
