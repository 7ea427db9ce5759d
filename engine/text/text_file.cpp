// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/text/text_file.hpp"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <filesystem>

#include "engine/core/error.hpp"

namespace gbid {
namespace {

constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF", kLittleMark = "\xFF\xFE",
                           kBigMark = "\xFE\xFF";

void append_utf8(std::string& text, std::uint32_t code) {
  const auto rest = [&](int shift) { text += static_cast<char>(0x80U | (code >> shift & 0x3FU)); };
  if (code < 0x80) {
    text += static_cast<char>(code);
  } else if (code < 0x800) {
    text += static_cast<char>(0xC0U | code >> 6);
    rest(0);
  } else if (code < 0x10000) {
    text += static_cast<char>(0xE0U | code >> 12);
    rest(6), rest(0);
  } else {
    text += static_cast<char>(0xF0U | code >> 18);
    rest(12), rest(6), rest(0);
  }
}

/// @param bytes  behind the mark.
std::string utf8_of_utf16(std::string_view bytes, bool is_little, const std::string& name) {
  const auto unit = [&](std::size_t at) {
    const auto first = static_cast<unsigned char>(bytes[at]),
               second = static_cast<unsigned char>(bytes[at + 1]);
    return is_little ? std::uint32_t{first} | std::uint32_t{second} << 8
                     : std::uint32_t{first} << 8 | std::uint32_t{second};
  };
  const auto is_first_half = [](std::uint32_t code) { return code >= 0xD800 && code < 0xDC00; };
  const auto is_second_half = [](std::uint32_t code) { return code >= 0xDC00 && code < 0xE000; };
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += 2) {
    const auto fail = [&] {
      throw DataError(name +
                      ": expected UTF-16 as its byte order mark says, got half a character " +
                      "after " + std::to_string(at) + " bytes of text");
    };
    if (at + 1 == bytes.size()) fail();
    std::uint32_t code = unit(at);
    if (is_first_half(code)) {
      if (at + 3 >= bytes.size() || !is_second_half(unit(at + 2))) fail();
      code = 0x10000 + ((code - 0xD800) << 10 | (unit(at + 2) - 0xDC00));
      at += 2;
    } else if (is_second_half(code)) {
      fail();
    }
    append_utf8(text, code);
  }
  return text;
}

std::string with_plain_line_ends(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\r' && text.substr(at + 1).starts_with('\n')) continue;
    plain += text[at] == '\r' ? '\n' : text[at];
  }
  return plain;
}

bool is_utf16(std::string_view bytes) {
  return bytes.starts_with(kLittleMark) || bytes.starts_with(kBigMark);
}

std::string_view without_mark(std::string_view text) {
  return text.starts_with(kUtf8Mark) ? text.substr(kUtf8Mark.size()) : text;
}

void refuse_zero_bytes(std::string_view text, const std::string& name) {
  const std::size_t at = text.find('\0');
  if (at == std::string_view::npos) return;
  const auto lines = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
  throw DataError(name + ":" + std::to_string(lines + 1) +
                  ": expected text, got a zero byte; save the file as UTF-8");
}

}  // namespace

std::string plain_text(std::string_view bytes, const std::string& name) {
  const std::string text = is_utf16(bytes) ? utf8_of_utf16(bytes.substr(kLittleMark.size()),
                                                           bytes.starts_with(kLittleMark), name)
                                           : std::string(without_mark(bytes));
  std::string plain = with_plain_line_ends(text);
  refuse_zero_bytes(plain, name);
  return plain;
}

TextFile::TextFile(const std::string& path) : file_(path) {
  const auto bytes = file_.bytes();
  const std::string_view raw(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  text_ = without_mark(raw);
  if (is_utf16(raw) || raw.find('\r') != std::string_view::npos) {
    changed_ = plain_text(raw, path);
    text_ = changed_;
  }
  refuse_zero_bytes(text_, path);
}

std::string lower_ending(const std::string& path) {
  std::string ending = std::filesystem::path(path).extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return ending;
}

}  // namespace gbid
