// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>

#include "engine/core/error.hpp"
#include "engine/sweep/grid.hpp"
#include "engine/sweep/value_list.hpp"

using namespace gbid;
using Texts = std::vector<std::string>;

TEST_CASE("values: lists, words and TOML") {
  CHECK(parse_value_list("10,20, 50") == Texts{"10", "20", "50"});
  CHECK(parse_value_list("relu,hard") == Texts{"\"relu\"", "\"hard\""});
  CHECK(parse_value_list("true,1e-3,'a,b',\"c:d\"") == Texts{"true", "1e-3", "'a,b'", "\"c:d\""});
  CHECK(parse_value_list("[1, 2],{ kind = \"adam\", rate = 0.1 }") ==
        Texts{"[1, 2]", "{ kind = \"adam\", rate = 0.1 }"});
}

TEST_CASE("values: ranges are written out, and meet their stop") {
  CHECK(parse_value_list("1:4:1") == Texts{"1", "2", "3", "4"});
  CHECK(parse_value_list("10:1:-4") == Texts{"10", "6", "2"});
  CHECK(parse_value_list("-1:0:0.25") == Texts{"-1.0", "-0.75", "-0.5", "-0.25", "0.0"});
  // In binary 3 x 0.1 is not 0.3.
  CHECK(parse_value_list("0:0.5:0.1") == Texts{"0.0", "0.1", "0.2", "0.3", "0.4", "0.5"});
  CHECK(parse_value_list("log:1:1000:4") == Texts{"1", "10", "100", "1000"});
  CHECK(parse_value_list("lin:0:1:5") == Texts{"0.0", "0.25", "0.5", "0.75", "1.0"});
  CHECK(parse_value_list("2,10:30:10") == Texts{"2", "10", "20", "30"});
  CHECK(parse_value_list("5:5:1") == Texts{"5"});
  CHECK(parse_value_list("lin:10:20:2") == Texts{"10", "20"});
  CHECK(parse_value_list("log:1:100:4") ==
        Texts{"1.0", "4.64158883361278", "21.5443469003188", "100.0"});
  CHECK(parse_value_list("1e1:3e1:1e1") == Texts{"10", "20", "30"});
  CHECK(parse_value_list("9007199254740993:9007199254740994:1") ==
        Texts{"9007199254740993", "9007199254740994"});
}

TEST_CASE("values: what is no range and no value is refused") {
  for (const char* text :
       {"", "1,,2", "1:2", "1:2:0", "1:2:-1", "1:x:1", "log:0:1:3", "log:1:2:1", "log:1:2", "log:1",
        "lin:1:2:3:4", "[1", "{a=", "\"open", "0:1:1e-9", "log:1:2:2000000"})
    CHECK_THROWS_AS(parse_value_list(text), UsageError);
}

TEST_CASE("grid: every combination once, the last axis fastest") {
  SweepGrid grid;
  grid.axes = {{"a", {"1", "2"}, ""}, {"b", {"x", "y", "z"}, ""}};
  REQUIRE(grid.size() == 6);
  CHECK(grid.assignments(0) == Texts{"a=1", "b=x"});
  CHECK(grid.assignments(1) == Texts{"a=1", "b=y"});
  CHECK(grid.assignments(5) == Texts{"a=2", "b=z"});
}

TEST_CASE("grid: zipped axes run together") {
  SweepGrid grid;
  grid.axes = {{"a", {"1", "2"}, ""}, {"b", {"x", "y"}, ""}};
  grid.is_zipped = true;
  REQUIRE(grid.size() == 2);
  CHECK(grid.assignments(1) == Texts{"a=2", "b=y"});
  CHECK_NOTHROW(check_grid(grid));
  grid.axes[1].values.push_back("z");
  CHECK_THROWS_WITH_AS(check_grid(grid), doctest::Contains("equally long"), UsageError);
}

TEST_CASE("grid: a value is the same in whatever way it is written") {
  const auto fault = [](const Texts& values) {
    SweepGrid grid;
    grid.axes.push_back({"a", values, "--over"});
    try {
      check_grid(grid);
    } catch (const UsageError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(fault({"10", "20", "1e1"}) == "--over: a: the value 1e1 stands there twice");
  CHECK(fault({"0.5", "5e-1"}) == "--over: a: the value 5e-1 stands there twice");
  CHECK(fault({"9007199254740992", "9007199254740993"}).empty());
  CHECK(fault({"\"1\"", "1"}).empty());
}

TEST_CASE("grid: more points than can be counted are refused, not overflowed") {
  SweepGrid grid;
  const Texts many = parse_value_list("1:100000:1");
  for (const char* key : {"a", "b", "c", "d"}) grid.axes.push_back({key, many, ""});
  CHECK(grid.size() == kMostPoints + 1);
  CHECK_THROWS_AS(check_grid(grid), UsageError);
}

TEST_CASE("grid: [sweep] keeps the order of the file") {
  const auto document = config::Document::from_text(
      "[sweep]\nzip = true\n[sweep.over]\nz.y = [1, 2]\n\"a.b\" = \"3:4:1\"\n"
      "[sweep.over.m]\nn = [{ kind = \"x\", r = 1 }, \"w\"]\n",
      "s.toml");
  const SweepGrid grid = sweep_of(document);
  REQUIRE(grid.axes.size() == 3);
  CHECK(grid.is_zipped);
  CHECK(grid.axes[0].key == "z.y");
  CHECK(grid.axes[1].key == "a.b");
  CHECK(grid.axes[1].values == Texts{"3", "4"});
  CHECK(grid.axes[2].key == "m.n");
  CHECK(grid.axes[2].values[1] == "\"w\"");
  CHECK(grid.axes[1].where == "s.toml:5:9");
}

TEST_CASE("grid: a column is of numbers where all values are") {
  const auto type = [](const char* text) {
    return axis_column({"k", parse_value_list(text), ""}).type;
  };
  CHECK(type("1,2") == AxisColumn::Type::kInteger);
  CHECK(type("1,2.5") == AxisColumn::Type::kNumber);
  CHECK(type("1,x") == AxisColumn::Type::kText);
  CHECK(type("true,false") == AxisColumn::Type::kText);
  CHECK(axis_column({"k", {"1", "2.5"}, ""}).numbers == std::vector<double>{1.0, 2.5});
}
