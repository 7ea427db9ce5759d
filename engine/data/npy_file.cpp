// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include "engine/core/error.hpp"
#include "engine/core/posix_file.hpp"
#include "engine/data/array_file.hpp"

namespace gbid {
namespace {

static_assert(std::endian::native == std::endian::little,
              "numbers are taken as they lie in the file");

struct NpyHeader {
  std::string type;  // "<f8"
  bool is_fortran_order = false;
  std::vector<std::int64_t> shape;
};

/// Parses the header's Python dictionary: exactly the keys descr, fortran_order and shape, in any
/// order.
class HeaderParser {
 public:
  HeaderParser(const std::string& path, std::string_view text) : path_(path), text_(text) {}

  NpyHeader parse() {
    expect('{');
    bool has_type = false, has_order = false, has_shape = false;
    while (peek() != '}') {
      const std::string key = quoted();
      expect(':');
      if (key == "descr" && !std::exchange(has_type, true)) {
        if (peek() == '[') fail("holds records, expected plain numbers");
        header_.type = quoted();
      } else if (key == "fortran_order" && !std::exchange(has_order, true)) {
        header_.is_fortran_order = boolean();
      } else if (key == "shape" && !std::exchange(has_shape, true)) {
        header_.shape = tuple();
      } else {
        fail("unexpected key \"" + key + "\" in its header");
      }
      if (peek() != '}') expect(',');
    }
    expect('}');
    skip_blanks();
    if (!text_.empty()) fail("its header goes on after the dictionary");
    if (!has_type || !has_order || !has_shape) {
      fail("its header lacks one of descr, fortran_order and shape");
    }
    return header_;
  }

 private:
  void skip_blanks() {
    while (!text_.empty() && (text_.front() == ' ' || text_.front() == '\n'))
      text_.remove_prefix(1);
  }
  char peek() {
    skip_blanks();
    if (text_.empty()) fail("its header ends too early");
    return text_.front();
  }
  void expect(char wanted) {
    if (peek() != wanted) fail(std::string("expected '") + wanted + "' in its header");
    text_.remove_prefix(1);
  }
  std::string quoted() {
    const char quote = peek();
    if (quote != '\'' && quote != '"') fail("expected a quoted word in its header");
    const std::size_t end = text_.find(quote, 1);
    if (end == std::string_view::npos) fail("its header ends too early");
    const std::string word(text_.substr(1, end - 1));
    text_.remove_prefix(end + 1);
    return word;
  }
  bool boolean() {
    peek();
    for (const bool value : {true, false}) {
      const std::string_view word = value ? "True" : "False";
      if (text_.substr(0, word.size()) == word) {
        text_.remove_prefix(word.size());
        return value;
      }
    }
    fail("expected True or False for fortran_order");
  }
  std::vector<std::int64_t> tuple() {
    constexpr std::size_t kMostAxes = 32;  // NumPy's own limit
    std::vector<std::int64_t> lengths;
    expect('(');
    while (peek() != ')') {
      if (lengths.size() == kMostAxes) fail("has more than 32 axes");
      lengths.push_back(length());
      if (peek() != ')') expect(',');
    }
    expect(')');
    return lengths;
  }
  std::int64_t length() {
    std::int64_t value = 0;
    std::size_t digits = 0;
    peek();
    while (digits < text_.size() && text_[digits] >= '0' && text_[digits] <= '9') {
      if (__builtin_mul_overflow(value, 10, &value) ||
          __builtin_add_overflow(value, text_[digits] - '0', &value)) {
        fail("a length in its shape is too large");
      }
      ++digits;
    }
    if (digits == 0) fail("expected a length in its shape");
    text_.remove_prefix(digits);
    return value;
  }
  [[noreturn]] void fail(const std::string& reason) const {
    throw DataError(path_ + ": " + reason);
  }

  const std::string& path_;
  std::string_view text_;
  NpyHeader header_;
};

/// IEEE 754's binary16: a sign, 5 bits of exponent, 10 of fraction.
struct Half {
  std::uint16_t bits;
  explicit operator double() const {
    constexpr int kBias = 15, kFractionBits = 10, kLargest = 31;
    const int exponent = bits >> kFractionBits & kLargest, fraction = bits & 0x3FF;
    const double magnitude =
        exponent == kLargest ? (fraction == 0 ? std::numeric_limits<double>::infinity()
                                              : std::numeric_limits<double>::quiet_NaN())
        : exponent == 0      ? std::ldexp(fraction, 1 - kBias - kFractionBits)
                             : std::ldexp(fraction + 0x400, exponent - kBias - kFractionBits);
    return bits >> 15 != 0 ? -magnitude : magnitude;
  }
};

template <class T>
std::vector<double> convert(std::span<const std::byte> bytes, bool is_big_endian,
                            const std::string& path) {
  constexpr double kExact = 9007199254740992.0;  // 2^53: every integer up to it is a float64
  std::vector<double> values(bytes.size() / sizeof(T));
  for (std::size_t k = 0; k < values.size(); ++k) {
    std::array<std::byte, sizeof(T)> stored;
    std::memcpy(stored.data(), bytes.data() + k * sizeof(T), sizeof(T));
    if (is_big_endian) std::reverse(stored.begin(), stored.end());
    const T value = std::bit_cast<T>(stored);
    values[k] = static_cast<double>(value);
    if constexpr (std::is_integral_v<T> && sizeof(T) == 8) {
      if (std::abs(values[k]) > kExact) throw DataError(path + ": holds an integer beyond 2^53");
    }
  }
  return values;
}

struct NumberType {
  std::string_view name;
  std::int64_t size;
  std::vector<double> (*convert)(std::span<const std::byte>, bool, const std::string&);
};

constexpr NumberType kTypes[] = {
    {"f8", 8, convert<double>},        {"f4", 4, convert<float>},
    {"f2", 2, convert<Half>},          {"i8", 8, convert<std::int64_t>},
    {"i4", 4, convert<std::int32_t>},  {"i2", 2, convert<std::int16_t>},
    {"i1", 1, convert<std::int8_t>},   {"u8", 8, convert<std::uint64_t>},
    {"u4", 4, convert<std::uint32_t>}, {"u2", 2, convert<std::uint16_t>},
    {"u1", 1, convert<std::uint8_t>},  {"b1", 1, convert<std::uint8_t>},
};

/// @param name  such as "<f8": the order of bytes ('<', '>', or '|' for single ones), then the type.
const NumberType& find_type(const std::string& name, const std::string& path) {
  for (const NumberType& type : kTypes) {
    const bool has_order = name.starts_with('<') || name.starts_with('>');
    if ((has_order || (name.starts_with('|') && type.size == 1)) && name.substr(1) == type.name)
      return type;
  }
  throw DataError(path + ": expected floats or integers, got type \"" + name + "\"");
}

// Fortran order: the first axis varies fastest. Walks the target in row-major order.
std::vector<double> to_row_major(const std::vector<double>& values,
                                 const std::vector<std::int64_t>& shape) {
  std::vector<double> sorted(values.size());
  std::vector<std::int64_t> index(shape.size(), 0), stride(shape.size(), 1);
  for (std::size_t k = 1; k < shape.size(); ++k) stride[k] = stride[k - 1] * shape[k - 1];
  std::int64_t source = 0;
  for (double& value : sorted) {
    value = values[static_cast<std::size_t>(source)];
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      source += stride[axis];
      if (++index[axis] < shape[axis]) break;
      source -= stride[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return sorted;
}

}  // namespace

Array read_npy(const std::string& path) {
  constexpr std::string_view kMagic = "\x93NUMPY";
  constexpr std::size_t kPrefix = 8;  // magic, major, minor
  const MappedFile file(path);
  std::span<const std::byte> bytes = file.bytes();
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text.size() < kPrefix || text.substr(0, kMagic.size()) != kMagic) {
    throw DataError(path + ": is not a .npy file");
  }
  const int major = static_cast<unsigned char>(text[6]), minor = text[7];
  if (major < 1 || major > 3 || minor != 0) {
    throw DataError(path + ": .npy version " + std::to_string(major) + "." + std::to_string(minor) +
                    ", expected 1.0 to 3.0");
  }
  const std::size_t length_size = major == 1 ? 2 : 4;
  std::uint32_t header_length = 0;
  if (bytes.size() < kPrefix + length_size) throw DataError(path + ": ends within its header");
  std::memcpy(&header_length, bytes.data() + kPrefix, length_size);
  bytes = bytes.subspan(kPrefix + length_size);
  if (header_length > bytes.size()) throw DataError(path + ": ends within its header");
  const NpyHeader header =
      HeaderParser(path, text.substr(kPrefix + length_size, header_length)).parse();
  bytes = bytes.subspan(header_length);

  const NumberType& type = find_type(header.type, path);
  const std::int64_t count = element_count(header.shape, path);
  const auto held = static_cast<std::int64_t>(bytes.size());
  if (held % type.size != 0 || held / type.size != count) {
    throw DataError(path + ": its shape " + shape_text(header.shape) + " needs " +
                    std::to_string(count) + " numbers of " + std::to_string(type.size) +
                    " bytes, but it holds " + std::to_string(held) + " bytes");
  }
  Array array{header.shape, type.convert(bytes, header.type.starts_with('>'), path)};
  if (header.is_fortran_order) array.values = to_row_major(array.values, array.shape);
  return array;
}

}  // namespace gbid
