// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>

#include <cstdlib>
#include <stdexcept>

#include "engine/cli/terminal.hpp"

using namespace gbid::cli;

TEST_CASE("table: numbers to the right, words to the left, under a ruled header") {
  TextTable table({"regime", "welfare", "note"});
  table.add_row({"coordinated", "1.25", "settled"});
  table.add_row({"free", "-10", ""});
  CHECK(table.render() ==
        "regime       welfare  note\n"
        "-----------  -------  -------\n"
        "coordinated     1.25  settled\n"
        "free             -10\n");
}

TEST_CASE("table: what counts as a number") {
  TextTable table({"a", "b", "c"});
  table.add_row({"1e-06", "95%", "v1"});
  table.add_row({"nan", "", "22"});
  table.add_row({"-inf", "-", "3"});
  CHECK(table.render() ==
        "    a    b  c\n"
        "-----  ---  --\n"
        "1e-06  95%  v1\n"
        "  nan       22\n"
        " -inf    -  3\n");
}

TEST_CASE("table: letters of several bytes and colours keep the columns straight") {
  TextTable table({"name", "x"});
  table.add_row({"caf\xC3\xA9", "1"});
  table.add_row({Paint(true)(Tone::kRed, "abcd"), "10"});
  CHECK(table.render() ==
        "name   x\n"
        "----  --\n"
        "caf\xC3\xA9   1\n"
        "\x1b[31mabcd\x1b[0m  10\n");
}

TEST_CASE("table: the last column is wrapped at words below itself") {
  TextTable table({"key", "help"});
  table.add_row({"rate", "the step size of every agent in the market"});
  CHECK(table.render(30) ==
        "key   help\n"
        "----  ------------------------\n"
        "rate  the step size of every\n"
        "      agent in the market\n");
  CHECK(table.render(200) == table.render());
}

TEST_CASE("table: a narrow terminal and a long word still give whole words") {
  TextTable table({"key", "help"});
  table.add_row({"rate", "a " + std::string(30, 'x') + " b"});
  CHECK(table.render(10) ==
        "key   help\n"
        "----  --------------------\n"
        "rate  a\n"
        "      " +
            std::string(30, 'x') +
            "\n"
            "      b\n");
}

TEST_CASE("table: without rows the header alone; short rows are filled, long ones refused") {
  TextTable table({"a", "b"});
  CHECK(table.empty());
  CHECK(table.render() == "a  b\n-  -\n");
  table.add_row({"x"});
  CHECK(table.render() == "a  b\n-  -\nx\n");
  CHECK_THROWS_AS(table.add_row({"1", "2", "3"}), std::logic_error);
}

TEST_CASE("width: letters, not bytes, and no colours") {
  CHECK(display_width("") == 0);
  CHECK(display_width("caf\xC3\xA9") == 4);
  CHECK(display_width("\x1b[1mab\x1b[0m") == 2);
}

TEST_CASE("paint: off leaves the text alone, on wraps it") {
  CHECK(Paint(false)(Tone::kBold, "x") == "x");
  CHECK(Paint(true)(Tone::kBold, "x") == "\x1b[1mx\x1b[0m");
  CHECK(Paint(true)(Tone::kBold, "").empty());
}

TEST_CASE("paint: NO_COLOR switches it off") {
  const char* old = std::getenv("NO_COLOR");
  const std::string kept = old ? old : "";
  setenv("NO_COLOR", "1", 1);
  CHECK_FALSE(Paint::for_stdout().is_on());
  CHECK_FALSE(Paint::for_stderr().is_on());
  if (old)
    setenv("NO_COLOR", kept.c_str(), 1);
  else
    unsetenv("NO_COLOR");
}

TEST_CASE("terminal: it always has some columns") { CHECK(terminal_columns() > 0); }
