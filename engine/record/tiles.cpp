// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/record/tiles.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <numbers>
#include <numeric>
#include <utility>

#include "engine/core/error.hpp"

namespace gbid {
namespace {

constexpr std::int64_t kTileValues = kTileBytes / static_cast<std::int64_t>(sizeof(double));

// Byte k of every value, for k = 0 .. 7: the slowly varying signs and exponents come to lie
// together.
void shuffle(std::span<const double> values, std::vector<std::byte>& planes) {
  const std::span<const std::byte> bytes = std::as_bytes(values);
  planes.resize(bytes.size());
  for (std::size_t k = 0; k < sizeof(double); ++k) {
    std::byte* const plane = planes.data() + k * values.size();
    for (std::size_t i = 0; i < values.size(); ++i) plane[i] = bytes[i * sizeof(double) + k];
  }
}

/// A zlib stream that frees itself.
class Deflater {
 public:
  Deflater() { check(deflateInit(&stream_, level_)); }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;
  ~Deflater() { deflateEnd(&stream_); }

  /// Everything that follows goes to `out`, which must be large enough for it uncompressed.
  void start(std::vector<std::byte>& out, int level) {
    check(deflateReset(&stream_));
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    set_level(level);
  }
  void set_level(int level) {
    if (level != std::exchange(level_, level)) {
      check(deflateParams(&stream_, level, Z_DEFAULT_STRATEGY));
    }
  }
  void put(std::span<const std::byte> bytes) { run(bytes, Z_NO_FLUSH, Z_OK); }
  /// @return bytes written since start().
  std::size_t finish() {
    run({}, Z_FINISH, Z_STREAM_END);
    return stream_.total_out;
  }

 private:
  static void check(int status, int expected = Z_OK) {
    if (status != expected) throw Error(ExitCode::kInternal, "zlib cannot compress");
  }
  void run(std::span<const std::byte> bytes, int flush, int expected) {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
    check(deflate(&stream_, flush), expected);
  }

  z_stream stream_{};
  int level_ = 1;
};

/// What a plane holds that a deflater could make less of, from a sample: bytes that are more frequent
/// than others, and sequences that come again.
class Sample {
 public:
  /// The end of a plane is where a market that comes to rest repeats itself.
  static std::span<const std::byte> of(std::span<const std::byte> plane) {
    constexpr std::size_t kLongest = 4096, kPart = 8;
    return plane.last(std::clamp(plane.size() / kPart, kSmallest / 2, kLongest));
  }
  static constexpr std::size_t kSmallest = 1024;  // planes of fewer bytes are deflated all the same

  /// Whether deflating gains less than a quarter: bits a byte by the entropy of bytes (Miller's estimate,
  /// 1955), of those that are in no sequence of four that came before.
  bool is_noise(std::span<const std::byte> sample) {
    counts_.fill(0);
    last_.fill(0);
    std::size_t repeated = 0;
    std::uint32_t four = 0;
    for (std::size_t k = 0; k < sample.size(); ++k) {
      const auto byte = std::to_integer<std::uint32_t>(sample[k]);
      ++counts_[byte];
      four = four << 8 | byte;
      constexpr std::uint32_t kSpread = 2654435761;  // 2^32 by the golden ratio (Knuth)
      std::uint32_t& last = last_[(four * kSpread) >> (32 - kSlotBits)];
      repeated += last == four;
      last = four;
    }
    const auto size = static_cast<double>(sample.size());
    double information = 0.0, kinds = -1.0;
    for (const std::uint32_t count : counts_)
      if (count > 0) {
        information -= count * std::log2(count / size);
        kinds += 1.0;
      }
    const double bits = information / size + kinds / (2.0 * std::numbers::ln2 * size);
    const double fresh = 1.0 - static_cast<double>(repeated) / size;
    return fresh * bits > 8.0 * (1.0 - kLeastGain);
  }

 private:
  // Planes that gain less take most of the time: without them files of trajectories are 0.3% larger
  // and packed a third faster.
  static constexpr double kLeastGain = 0.25;
  static constexpr int kSlotBits = 11;
  std::array<std::uint32_t, 256> counts_;
  std::array<std::uint32_t, std::size_t{1} << kSlotBits> last_;
};

}  // namespace

struct ChunkPacker::Workspace {
  Deflater deflater;
  Sample sample;
  std::vector<std::byte> planes;

  bool is_noise(std::span<const std::byte> plane) {
    return plane.size() >= Sample::kSmallest && sample.is_noise(Sample::of(plane));
  }

  // A zlib stream of all planes; those of noise as they are.  @return its bytes.
  std::size_t deflate_planes(int level, std::vector<std::byte>& stream) {
    deflater.start(stream, level);
    const std::size_t size = planes.size() / sizeof(double);
    for (std::size_t k = 0; k < sizeof(double); ++k) {
      const auto plane = std::span<const std::byte>(planes).subspan(k * size, size);
      deflater.set_level(is_noise(plane) ? 0 : level);
      deflater.put(plane);
    }
    return deflater.finish();
  }
};

ChunkPacker::ChunkPacker() : workspace_(std::make_unique<Workspace>()) {}
ChunkPacker::ChunkPacker(ChunkPacker&&) noexcept = default;
ChunkPacker::~ChunkPacker() = default;

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

void ChunkPacker::pack(std::span<const double> values, int level, PackedChunk& chunk) {
  constexpr std::size_t kRoomPerPlane = 1024;  // for block headers, at each change of level
  const std::span<const std::byte> plain = std::as_bytes(values);
  const std::size_t room = compressBound(plain.size()) + sizeof(double) * kRoomPerPlane;
  if (chunk.room.size() < room) chunk.room.resize(room);
  const auto take = [&](std::size_t size, std::uint32_t skipped_filters) {
    chunk.bytes = std::span<const std::byte>(chunk.room).first(size);
    chunk.skipped_filters = skipped_filters;
  };
  if (level > 0) {
    shuffle(values, workspace_->planes);
    const std::size_t size = workspace_->deflate_planes(level, chunk.room);
    if (size <= plain.size() - plain.size() / 64) return take(size, 0);
  }
  std::copy(plain.begin(), plain.end(), chunk.room.begin());
  take(plain.size(), level > 0 ? 0b11U : 0U);
}

}  // namespace gbid
