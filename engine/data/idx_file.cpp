// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/data/idx_file.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <span>
#include <string_view>

#include "engine/core/array.hpp"
#include "engine/core/error.hpp"
#include "engine/core/posix_file.hpp"

namespace gbid {
namespace {

using Span = std::span<std::uint8_t>;
using ConstSpan = std::span<const std::uint8_t>;

constexpr std::size_t kMagicSize = 4, kLengthSize = 4;
constexpr std::size_t kMostAxes = 8;                        // images have three, in colour four
constexpr std::int64_t kMostBytes = std::int64_t{1} << 31;  // forty times MNIST
constexpr std::uint8_t kUnsignedByte = 0x08;

bool is_gzip(ConstSpan bytes) { return bytes.size() >= 2 && bytes[0] == 0x1F && bytes[1] == 0x8B; }

[[noreturn]] void fail(const std::string& path, const std::string& reason) {
  throw DataError(path + ": " + reason);
}

std::string hexadecimal(ConstSpan bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : bytes) {
    if (!text.empty()) text += ' ';
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::string_view type_name(std::uint8_t type) {
  switch (type) {
    case 0x09:
      return "signed bytes";
    case 0x0B:
      return "16-bit integers";
    case 0x0C:
      return "32-bit integers";
    case 0x0D:
      return "32-bit floats";
    case 0x0E:
      return "64-bit floats";
    default:
      return {};
  }
}

/// Bytes in the order of the file, packed or not.
class Source {
 public:
  virtual ~Source() = default;
  /// Fills `out` as far as there are bytes.  @return how many.  @throws DataError if damaged.
  virtual std::size_t read(Span out) = 0;
};

class PlainSource : public Source {
 public:
  explicit PlainSource(ConstSpan bytes) : bytes_(bytes) {}

  std::size_t read(Span out) override {
    const std::size_t count = std::min(out.size(), bytes_.size() - next_);
    if (count > 0) std::memcpy(out.data(), bytes_.data() + next_, count);
    next_ += count;
    return count;
  }

 private:
  ConstSpan bytes_;
  std::size_t next_ = 0;
};

/// One or several gzip members, one after the other, as `cat` and `gzip` make them.
class GzipSource : public Source {
 public:
  GzipSource(const std::string& path, ConstSpan packed) : path_(path), packed_(packed) {
    constexpr int kGzipOnly = 16;
    if (::inflateInit2(&stream_, kGzipOnly + MAX_WBITS) != Z_OK) throw std::bad_alloc();
  }
  GzipSource(const GzipSource&) = delete;
  GzipSource& operator=(const GzipSource&) = delete;
  ~GzipSource() override { ::inflateEnd(&stream_); }

  std::size_t read(Span out) override {
    std::size_t done = 0;
    while (done < out.size() && !is_at_end_) done += inflate_some(out.subspan(done));
    return done;
  }

 private:
  std::size_t inflate_some(Span out) {
    constexpr std::size_t kMostAtOnce = 1u << 30;  // zlib counts in 32 bits
    const std::size_t given = std::min(packed_.size() - next_, kMostAtOnce);
    const std::size_t wanted = std::min(out.size(), kMostAtOnce);
    stream_.next_in = const_cast<Bytef*>(packed_.data() + next_);  // zlib's habit; it only reads
    stream_.avail_in = static_cast<uInt>(given);
    stream_.next_out = out.data();
    stream_.avail_out = static_cast<uInt>(wanted);
    const int result = ::inflate(&stream_, Z_NO_FLUSH);
    next_ += given - stream_.avail_in;
    const std::size_t got = wanted - stream_.avail_out;
    if (result == Z_STREAM_END) {
      start_next_member();
    } else if (result == Z_MEM_ERROR) {
      throw std::bad_alloc();
    } else if (result == Z_BUF_ERROR || (result == Z_OK && got == 0 && next_ == packed_.size())) {
      fail(path_, "ends within its gzip data, expected it to go on after " +
                      std::to_string(packed_.size()) + " bytes");
    } else if (result != Z_OK) {
      fail(path_, std::string("its gzip data are damaged: ") +
                      (stream_.msg ? stream_.msg : "unreadable") + " near byte " +
                      std::to_string(next_));
    }
    return got;
  }
  void start_next_member() {
    is_at_end_ = next_ == packed_.size();
    if (is_at_end_) return;
    const ConstSpan rest = packed_.subspan(next_);
    if (!is_gzip(rest))
      fail(path_, "expected nothing after its gzip data, got " + std::to_string(rest.size()) +
                      " bytes more");
    ::inflateReset(&stream_);
  }

  const std::string& path_;
  ConstSpan packed_;
  z_stream stream_{};
  std::size_t next_ = 0;
  bool is_at_end_ = false;
};

void read_header(Source& source, Span out, std::string_view what, const std::string& path) {
  const std::size_t got = source.read(out);
  if (got < out.size())
    fail(path, "ends within its header: expected " + std::to_string(out.size()) + " bytes of " +
                   std::string(what) + ", got " + std::to_string(got));
}

std::vector<std::int64_t> read_shape(Source& source, const std::string& path) {
  std::array<std::uint8_t, kMagicSize> magic{};
  read_header(source, magic, "type and axes", path);
  if (magic[0] != 0 || magic[1] != 0 || (magic[2] != kUnsignedByte && type_name(magic[2]).empty()))
    fail(path,
         "is not an IDX file: expected 00 00 08 and the number of axes, got " + hexadecimal(magic));
  if (magic[2] != kUnsignedByte)
    fail(path, "expected unsigned bytes (type 08), got " + std::string(type_name(magic[2])) +
                   " (type " + hexadecimal(Span(magic).subspan(2, 1)) + ")");
  const std::size_t axes = magic[3];
  if (axes < 1 || axes > kMostAxes) fail(path, "expected 1 to 8 axes, got " + std::to_string(axes));
  std::vector<std::uint8_t> lengths(axes * kLengthSize);
  read_header(source, lengths, "lengths", path);
  std::vector<std::int64_t> shape(axes, 0);
  for (std::size_t k = 0; k < lengths.size(); ++k)
    shape[k / kLengthSize] = shape[k / kLengthSize] << 8 | lengths[k];
  return shape;
}

std::size_t checked_count(const std::vector<std::int64_t>& shape, const std::string& path) {
  const std::string text = "its shape " + shape_text(shape);
  for (const std::int64_t length : shape)
    if (length == 0) fail(path, text + " is empty, expected lengths of at least 1");
  const std::int64_t count = element_count(shape, path);
  if (count > kMostBytes)
    fail(path, text + " needs " + std::to_string(count) + " bytes, expected at most " +
                   std::to_string(kMostBytes));
  return static_cast<std::size_t>(count);
}

/// Exactly `count` bytes and no more. Memory is taken as they arrive: a header that claims more
/// than there is costs no more than what there is.
std::vector<std::uint8_t> read_values(Source& source, std::size_t count, const std::string& claim) {
  constexpr std::size_t kFirst = 1u << 20;
  std::vector<std::uint8_t> values;
  while (values.size() < count) {
    const std::size_t held = values.size();
    values.resize(std::min(count, std::max(kFirst, 2 * held)));
    const std::size_t got = source.read(Span(values).subspan(held));
    if (held + got < values.size())
      throw DataError(claim + ", but it holds " + std::to_string(held + got));
  }
  std::array<std::uint8_t, 1> next{};
  if (source.read(next) > 0) throw DataError(claim + ", but it holds more");
  return values;
}

Bytes read_from(Source&& source, const std::string& path) {
  Bytes bytes{read_shape(source, path), {}};
  const std::size_t count = checked_count(bytes.shape, path);
  bytes.values = read_values(source, count,
                             path + ": its shape " + shape_text(bytes.shape) + " needs " +
                                 std::to_string(count) + " bytes");
  return bytes;
}

}  // namespace

Bytes read_idx(const std::string& path) {
  const MappedFile file(path);
  const ConstSpan bytes(reinterpret_cast<const std::uint8_t*>(file.bytes().data()),
                        file.bytes().size());
  if (is_gzip(bytes)) return read_from(GzipSource(path, bytes), path);
  return read_from(PlainSource(bytes), path);
}

}  // namespace gbid
