// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>

#include "engine/core/error.hpp"
#include "engine/text/text_file.hpp"
#include "engine/text/utf8.hpp"
#include "tests/temporary_folder.hpp"

using namespace gbid;
using namespace std::string_literals;
using test::message_of;

namespace {

std::string error_of(const std::string& bytes) {
  return message_of<DataError>([&] { plain_text(bytes, "x"); });
}

}  // namespace

TEST_CASE("text: marks, UTF-16 and ends of lines of all systems are read as meant") {
  CHECK(plain_text("a\nb", "x") == "a\nb");
  CHECK(plain_text("\xEF\xBB\xBF"
                   "a\r\nb\rc\r\r\n",
                   "x") == "a\nb\nc\n\n");
  CHECK(plain_text("\xFF\xFE"
                   "a\0\r\0\n\0b\0"s,
                   "x") == "a\nb");
  CHECK(plain_text("\xFE\xFF"
                   "\0a\0\r\0b"s,
                   "x") == "a\nb");
  // e with an acute accent, the euro sign, and a character beyond 16 bits.
  CHECK(plain_text("\xFF\xFE\xE9\x00\xAC\x20\x3D\xD8\x00\xDE"s, "x") ==
        "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
  CHECK(plain_text("", "x").empty());
}

TEST_CASE("text: what is none is refused with its line") {
  CHECK(error_of("a\r\n\0"s) == "x:2: expected text, got a zero byte; save the file as UTF-8");
  CHECK(error_of("a\0b\0"s).starts_with("x:1: expected text"));  // UTF-16 without a mark
  CHECK(error_of("\xFF\xFE\0\0a\0\0\0"s).starts_with("x:1: expected text"));  // UTF-32
  const std::string half = "x: expected UTF-16 as its byte order mark says, got half a character ";
  CHECK(error_of("\xFF\xFE"
                 "a\0b"s) == half + "after 2 bytes of text");
  CHECK(error_of("\xFF\xFE\x3D\xD8"s) == half + "after 0 bytes of text");
  CHECK(error_of("\xFF\xFE\x3D\xD8"
                 "a\0"s) == half + "after 0 bytes of text");
  CHECK(error_of("\xFF\xFE\x00\xDE"s) == half + "after 0 bytes of text");
}

TEST_CASE("text: a file gives the same whether it is mapped or changed") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("x.txt");
  for (const std::string& bytes : {"1\n2\n"s,
                                   "\xEF\xBB\xBF"
                                   "1\n2\n"s,
                                   "1\r2\r"s, "1\r\n2\r\n"s,
                                   "\xFF\xFE"
                                   "1\0\n\0"
                                   "2\0\n\0"s}) {
    test::write_file(path, bytes);
    CHECK(TextFile(path).text() == "1\n2\n");
  }
  test::write_file(path, "1\n\0"s);
  CHECK_THROWS_AS(TextFile{path}, DataError);
  CHECK_THROWS_AS(TextFile{folder.file("none")}, MissingInputError);
  CHECK(lower_ending("a.b/DATA.CSV") == ".csv");
}

TEST_CASE("names have letters of any alphabet, digits and _") {
  for (const char* name : {"a", "_1", "competitive", "\u00e9go\u00efste", "\u03b1", "\u738b",
                           "\u0441\u0432\u043e\u0431\u043e\u0434\u043d\u044b\u0439", "\u00df2"})
    CHECK_MESSAGE(is_name(name), name);
  // Empty, a digit first, signs, marks apart from their letters, symbols, damaged bytes.
  for (const char* name : {"", "2nd", "a b", "a-b", "a/b", "a.b", "e\u0301go", "\u20ac", "a\u00a0b",
                           "\u2013", "\U0001F600", "\xC3", "\xE9go", "a\nb"})
    CHECK_MESSAGE(!is_name(name), name);
}

TEST_CASE("words of the user's are shown in quotes, printable and short") {
  CHECK(quoted_word("x4") == "\"x4\"");
  CHECK(quoted_word("a\rb\x1b") == "\"a?b?\"");
  CHECK(character_count(quoted_word(std::string(1000, 'a'))) == 42);
}
