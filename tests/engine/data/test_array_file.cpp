// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "engine/core/error.hpp"
#include "engine/data/array_file.hpp"
#include "tests/temporary_folder.hpp"

using namespace gbid;
using test::message_of;
using Shape = std::vector<std::int64_t>;
using Values = std::vector<double>;

namespace {

const test::TemporaryFolder& folder() {
  static const test::TemporaryFolder made;
  return made;
}

std::string npy(const std::string& header, const std::string& data, char major = 1) {
  std::string bytes = "\x93NUMPY";
  bytes += major;
  bytes += '\0';
  const std::size_t length = header.size();
  bytes += static_cast<char>(length & 0xFF);
  bytes += static_cast<char>(length >> 8);
  if (major > 1) bytes += std::string(2, '\0');
  return bytes + header + data;
}

Array read_text(const std::string& text) {
  test::write_file(folder().file("x.csv"), text);
  return read_array(folder().file("x.csv"));
}

// What is said after the file's name.
std::string npy_error(const std::string& bytes) {
  const std::string path = folder().file("x.npy");
  test::write_file(path, bytes);
  const std::string message = message_of<DataError>([&] { read_array(path); });
  return message.substr(std::min(message.size(), path.size() + 2));
}

std::string csv_error(const std::string& text) {
  const std::string message = message_of<DataError>([&] { read_text(text); });
  const std::size_t length = folder().file("x.csv").size() + 1;
  return message.substr(std::min(message.size(), length));
}

}  // namespace

TEST_CASE("csv: commas, semicolons, blanks, comments, signs and line ends") {
  const Array commas = read_text("\xEF\xBB\xBF# a, b\n1, +2.5 ,-3e2\r\n\n4,5,6 # the last\n");
  CHECK(commas.shape == Shape{2, 3});
  CHECK(commas.values == Values{1, 2.5, -300, 4, 5, 6});
  CHECK(read_text("1;2\n3;4").values == Values{1, 2, 3, 4});
  CHECK(read_text("  1\t2   3\n").shape == Shape{1, 3});
  CHECK(read_text("1\n2\n").shape == Shape{2, 1});
}

TEST_CASE("csv: faults are told with line and column") {
  CHECK(csv_error("1,2\n3,x4\n") == "2:3: expected a number, got \"x4\"");
  CHECK(csv_error("1,2\n3\n") == "2:1: expected 2 numbers as in the rows before, got 1");
  CHECK(csv_error("1,,2\n") == "1:3: expected a number, got nothing");
  CHECK(csv_error("1,2\n3,\n") == "2:3: expected a number, got nothing");
  CHECK(csv_error("1,2,\n3,4\n") ==
        "2:4: expected ',' at the end of the row as in the rows before");
  CHECK(csv_error("# nothing\n") == " holds no numbers");
  CHECK(csv_error("") == " holds no numbers");
  CHECK(csv_error("1e999\n") == "1:1: \"1e999\" is beyond float64");
  CHECK(csv_error("1,5;2,5\n") == "1:1: expected a number with a decimal point, got \"1,5\"");
  CHECK(csv_error("\"1,5\"\n") == "1:2: expected a number with a decimal point, got \"1,5\"");
  CHECK(csv_error("1,\"2\n") == "1:3: expected a quote at the end of \"\"2\"");
  CHECK(csv_error("1 2\x1b[31m\n") == "1:3: expected a number, got \"2?[31m\"");
  CHECK(csv_error("a,b\n") == " holds no numbers");
  CHECK(csv_error("a,1\n1,2\n") == "1:1: expected a number, got \"a\"");
  CHECK(csv_error("a,b\n1,2,3\n") == "2:1: expected 2 numbers as in the header, got 3");
  CHECK(
      csv_error(",a,b\n0,1,2\n") ==
      "1:1: expected a name for every column, got none; leave out a column that numbers the rows");
  CHECK(csv_error("+-1\n") == "1:1: expected a number, got \"+-1\"");
}

TEST_CASE("csv: headers, quotes and separators at the end of rows") {
  for (const char* text : {"1,2\n3,4\n", "a,b\n1,2\n3,4\n", "\"1\",\"2\"\n\"3\" , \"4\"\n",
                           "1,2,\n3,4,\n", "\"one, first\";b\n1;2\n3;4\n", "a b\n1 2\n3\t4\n",
                           "1,2\r3,4\r", "a,b,\n1,2,\n3,4,\n", "x_1,x_0\n2,1\n4,3\n"}) {
    CAPTURE(text);
    const Array array = read_text(text);
    CHECK(array.shape == Shape{2, 2});
    CHECK(array.values == Values{1, 2, 3, 4});
  }
  // Columns go by the numbers of their names, also where those have several digits.
  CHECK(read_text("v10,v2,v9\n1,2,3\n").values == Values{2, 3, 1});
  CHECK(read_text("v10,v2,v9\n1,2,3\n").columns == std::vector<std::string>{"v2", "v9", "v10"});
  CHECK(read_text("v1,w0\n1,2\n").values == Values{1, 2});
  CHECK(read_text("v1,v1\n1,2\n").values == Values{1, 2});
  test::write_file(folder().file("UPPER.CSV"), "1,2\n");
  CHECK(read_array(folder().file("UPPER.CSV")).values == Values{1, 2});
}

TEST_CASE("csv: two columns of whole numbers that may be one of decimal commas") {
  const auto shaped = [](const std::string& text, const std::vector<Shape>& allowed) {
    return message_of<DataError>([&] { require_shape(read_text(text), "x.csv", allowed); });
  };
  const Shape any{kAnyLength}, rows{2, kAnyLength}, pair{2}, square{2, 2};
  CHECK(shaped("0,5\n0,75\n", {any, rows}) ==
        "x.csv: expected numbers that can be read in one way, got rows like \"0,5\": two whole "
        "numbers, or one with a decimal comma? Write 0.5, or a blank behind the comma");
  CHECK(shaped("0,5\n0,75\n", {pair}) ==
        "x.csv: expected shape (2), got (2, 2); a number with decimals is written 0.5, not 0,5");
  // Certain: only one reading fits, or the rows are not such.
  for (const char* text : {"0,1\n1,0\n", "0, 5\n0, 75\n"}) CHECK(shaped(text, {square}).empty());
  for (const char* text : {"0, 5\n0, 75\n", "0;5\n0;75\n", "0,5.0\n0,75.0\n", "0,5\n0,-7\n",
                           "0,5,\n0,7,\n", "0,5,6\n0,7,8\n"})
    CHECK_MESSAGE(shaped(text, {any, rows}).empty(), text);
}

TEST_CASE("csv: names of columns are refused where the length of rows is free") {
  const auto shaped = [](const std::string& text, const std::vector<Shape>& allowed) {
    return message_of<DataError>([&] { require_shape(read_text(text), "x.csv", allowed); });
  };
  CHECK(shaped("bidder,value\n0,0.5\n1,0.75\n", {{kAnyLength}, {2, kAnyLength}}) ==
        "x.csv: expected one column or rows without a header, got columns named \"bidder\", "
        "\"value\"");
  CHECK(shaped("value\n0.5\n0.75\n", {{kAnyLength}, {2, kAnyLength}}).empty());
  CHECK(shaped("a,b\n0.5,1\n0.75,1\n", {{2, 2}}).empty());
}

TEST_CASE("npy: halves and both byte orders") {
  const auto with = [](const std::string& type, const std::string& data) {
    const std::string path = folder().file("z.npy");
    test::write_file(path, npy("{'descr': '" + type + "', 'fortran_order': False, 'shape': (" +
                                   std::to_string(data.size() / 2) + ",)}",
                               data));
    return read_array(path).values;
  };
  using namespace std::string_literals;
  // 1, -2, the largest, the smallest above 0, the smallest normal one.
  CHECK(with("<f2", "\x00\x3C\x00\xC0\xFF\x7B\x01\x00\x00\x04"s) ==
        Values{1.0, -2.0, 65504.0, 0x1p-24, 0x1p-14});
  CHECK(with(">f2", "\x3C\x00"s) == Values{1.0});
  CHECK(with(">i2", "\x01\x02\xFF\xFE"s) == Values{258.0, -2.0});
  CHECK(std::isinf(with("<f2", "\x00\x7C"s)[0]));
  CHECK(std::isnan(with("<f2", "\x01\x7C"s)[0]));
}

TEST_CASE("npy: little-endian integers in either order") {
  const std::string path = folder().file("y.npy");
  const std::string data = {1, 0, 2, 0, 3, 0, 4, 0, 5, 0, -1, -1};
  for (const char version : {1, 2, 3}) {
    test::write_file(path, npy("{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3), }   \n",
                               data, version));
    const Array rows = read_array(path);
    CHECK(rows.shape == Shape{2, 3});
    CHECK(rows.values == Values{1, 2, 3, 4, 5, -1});
  }
  test::write_file(path, npy("{'shape': (2, 3), 'fortran_order': True, 'descr': '<i2'}", data));
  CHECK(read_array(path).values == Values{1, 3, 5, 2, 4, -1});
  test::write_file(path, npy("{'shape': (), 'fortran_order': False, 'descr': '|b1'}", "\x01"));
  CHECK(read_array(path).shape.empty());
  CHECK(read_array(path).values == Values{1});
}

TEST_CASE("npy: every field of the header is looked at") {
  const auto with = [](const std::string& descr, const std::string& order, const std::string& shape,
                       const std::string& data = std::string(16, '\0')) {
    return npy_error(
        npy("{'descr': " + descr + ", 'fortran_order': " + order + ", 'shape': " + shape + ", }\n",
            data));
  };
  CHECK(with("'<f8'", "False", "(2,)") == "");
  CHECK(with("'>f8'", "False", "(2,)") == "");
  CHECK(with("'|O'", "False", "(2,)") == "expected floats or integers, got type \"|O\"");
  CHECK(with("'|f8'", "False", "(2,)") == "expected floats or integers, got type \"|f8\"");
  CHECK(with("[('a', '<f8')]", "False", "(2,)") == "holds records, expected plain numbers");
  CHECK(with("'<f8'", "0", "(2,)") == "expected True or False for fortran_order");
  CHECK(with("'<f8'", "False", "(-2,)") == "expected a length in its shape");
  CHECK(with("'<f8'", "False", "(3,)") ==
        "its shape (3) needs 3 numbers of 8 bytes, but it holds 16 bytes");
  CHECK(with("'<f8'", "False", "(1,)") ==
        "its shape (1) needs 1 numbers of 8 bytes, but it holds 16 bytes");
  CHECK(with("'<f8'", "False", "(99999999999999999999,)") == "a length in its shape is too large");
  CHECK(with("'<f8'", "False", "(4294967296, 4294967296, 4294967296)").find("is too large") !=
        std::string::npos);
  CHECK(with("'<f8'", "False", "(2305843009213693954,)").find("is too large") != std::string::npos);
  CHECK(npy_error("\x93NUMPX") == "is not a .npy file");
  CHECK(npy_error(npy("{}", "", 4)) == ".npy version 4.0, expected 1.0 to 3.0");
  CHECK(npy_error(npy("{'shape': (1,)}", "")) ==
        "its header lacks one of descr, fortran_order and shape");
  CHECK(npy_error(npy("{'shape': (1,), 'shape': (1,)}", "")) ==
        "unexpected key \"shape\" in its header");
  CHECK(npy_error(npy("{'descr': '<f8", "")) == "its header ends too early");
  const std::string whole =
      npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1,)}", "12345678");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    REQUIRE(npy_error(whole.substr(0, length)) != "");
  }
  CHECK(with("'<u8'", "False", "(2,)", std::string(16, '\xFF')) == "holds an integer beyond 2^53");
}

TEST_CASE("arrays: missing files, unknown endings and datasets out of place") {
  CHECK_THROWS_AS(read_array(folder().file("none.npy")), MissingInputError);
  CHECK_THROWS_AS(read_array(folder().file("none.h5"), "x"), MissingInputError);
  CHECK_THROWS_AS(read_array(folder().file("x.xls")), DataError);
  CHECK_THROWS_AS(read_array(folder().file("x.csv"), "x"), DataError);
  CHECK_THROWS_AS(read_array("/dev/zero"), DataError);
}

TEST_CASE("require_shape: exact, squeezed and with any length") {
  const auto shaped = [](Shape shape) {
    Array array{std::move(shape), {}};
    array.values.resize(static_cast<std::size_t>(element_count(array.shape, "x")));
    return array;
  };
  CHECK(require_shape(shaped({3, 4}), "x", {{3}, {3, 4}}).shape == Shape{3, 4});
  CHECK(require_shape(shaped({1, 3}), "x", {{3}, {3, 3}}).shape == Shape{3});
  CHECK(require_shape(shaped({3, 1}), "x", {{3}}).shape == Shape{3});
  CHECK(require_shape(shaped({1, 1}), "x", {{}}).shape == Shape{});
  CHECK(require_shape(shaped({1}), "x", {{1, 1}}).shape == Shape{1, 1});
  CHECK(require_shape(shaped({5}), "x", {{kAnyLength, 1}}).shape == Shape{5, 1});
  CHECK(require_shape(shaped({1, 5}), "x", {{kAnyLength, 5}}).shape == Shape{1, 5});
  CHECK(message_of<DataError>([&] {
          require_shape(shaped({2, 3}), "weights", {{3}, {3, 3}});
        }) == "weights: expected shape (3) or (3, 3), got (2, 3)");
}
