// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/text/utf8.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>

namespace gbid {
namespace {

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

/// Bytes that a lead byte announces; 0 if no character starts with it.
std::size_t announced_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead < 0xE0) return 2;
  if (lead >= 0xE0 && lead < 0xF0) return 3;
  if (lead >= 0xF0 && lead < 0xF5) return 4;
  return 0;
}

std::uint32_t code_of(std::string_view character) {
  constexpr std::uint32_t kBitsOfLead[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
  std::uint32_t code = static_cast<unsigned char>(character[0]) & kBitsOfLead[character.size()];
  for (const char c : character.substr(1))
    code = code << 6 | (static_cast<unsigned char>(c) & 0x3FU);
  return code;
}

/// Whether a character beyond ASCII is a letter of a name: all but the blocks of marks, signs and
/// symbols, and letters that are parts of others.
bool is_letter_beyond_ascii(std::uint32_t code) {
  struct Block {
    std::uint32_t first, last;
  };
  constexpr Block kNoLetters[] = {{0x80, 0xA9},       {0xAB, 0xB4},       {0xB6, 0xB9},
                                  {0xBB, 0xBF},       {0xD7, 0xD7},       {0xF7, 0xF7},
                                  {0x2B9, 0x2FF},     {0x300, 0x36F},     {0x1100, 0x11FF},
                                  {0x1AB0, 0x1AFF},   {0x1DC0, 0x1DFF},   {0x2000, 0x2BFF},
                                  {0x2E00, 0x3004},   {0x3008, 0x3040},   {0x3099, 0x309C},
                                  {0xD7B0, 0xD7FF},   {0xE000, 0xF8FF},   {0xFE00, 0x10FFF},
                                  {0x1D000, 0x1DFFF}, {0x1F000, 0x1FFFF}, {0xE0000, 0x10FFFF}};
  return std::none_of(std::begin(kNoLetters), std::end(kNoLetters), [&](const Block& block) {
    return code >= block.first && code <= block.last;
  });
}

}  // namespace

std::size_t utf8_character_length(std::string_view text) {
  if (text.empty()) return 0;
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t length = announced_length(lead);
  if (length < 2 || text.size() < length) return length == 1 ? 1 : 0;
  if (!std::all_of(text.begin() + 1, text.begin() + static_cast<std::ptrdiff_t>(length),
                   is_continuation)) {
    return 0;
  }
  const auto second = static_cast<unsigned char>(text[1]);
  const bool is_overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
  const bool is_surrogate = lead == 0xED && second >= 0xA0;
  const bool is_beyond = lead == 0xF4 && second >= 0x90;
  return is_overlong || is_surrogate || is_beyond ? 0 : length;
}

bool is_name(std::string_view text) {
  if (text.empty() || (text[0] >= '0' && text[0] <= '9')) return false;
  while (!text.empty()) {
    const std::size_t length = utf8_character_length(text);
    if (length == 0) return false;
    const char c = text[0];
    const bool is_plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    if (!is_plain && (length == 1 || !is_letter_beyond_ascii(code_of(text.substr(0, length)))))
      return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string printable(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = utf8_character_length(text.substr(i));
    const auto first = static_cast<unsigned char>(text[i]);
    const bool is_c0 = first < 0x20 || first == 0x7F;
    const bool is_c1 =
        length == 2 && first == 0xC2 && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (length == 0 || is_c0 || is_c1) {
      result += '?';
    } else {
      result += text.substr(i, length);
    }
    i += std::max<std::size_t>(length, 1);
  }
  return result;
}

std::string quoted_word(std::string_view word) {
  constexpr std::size_t kMostShown = 40;
  return '"' + clipped(printable(word), kMostShown) + '"';
}

std::size_t character_count(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !is_continuation(c); }));
}

std::string clipped(std::string_view text, std::size_t limit) {
  if (character_count(text) <= limit) return std::string(text);
  std::string result;
  for (std::size_t taken = 0; taken + 3 < limit; ++taken) {
    const std::size_t length = std::max<std::size_t>(utf8_character_length(text), 1);
    result += text.substr(0, length);
    text.remove_prefix(length);
  }
  return result + "...";
}

}  // namespace gbid
