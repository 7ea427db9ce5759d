// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gbid::cli {

/// Whether the stream is a terminal that understands control sequences (TERM is not "dumb").
bool stdout_is_terminal();
bool stderr_is_terminal();

/// Columns of the terminal behind standard error, 80 if they are not known.
std::size_t terminal_columns();

enum class Tone { kBold, kDim, kRed, kGreen, kYellow };

/// Colours text, or leaves it as it is.
class Paint {
 public:
  explicit Paint(bool is_on) : is_on_(is_on) {}
  /// On for terminals, unless the environment has a NO_COLOR that is not empty (no-color.org).
  static Paint for_stdout();
  static Paint for_stderr();

  bool is_on() const { return is_on_; }
  std::string operator()(Tone tone, std::string_view text) const;

 private:
  bool is_on_;
};

/// Columns that the text takes: letters of UTF-8, without colours. Wide and combining letters count
/// as one.
std::size_t display_width(std::string_view text);

/// A curve in one line, from the lowest to the highest of its values: "▁▂▄▇█"; a blank for NaN.
/// @param columns  at most so many letters: values in between are left out, the last one stays.
std::string sparkline(std::span<const double> values, std::size_t columns);

/// Plain text in columns under a ruled header:
///
///     point  agents  price of anarchy
///     -----  ------  ----------------
///         0      10            1.0312
///
/// Columns in which every cell is a number (or empty, or "-") stand to the right, the others to the
/// left.
class TextTable {
 public:
  explicit TextTable(std::vector<std::string> headers) : headers_(std::move(headers)) {}

  /// Missing cells are empty; more cells than headers are std::logic_error.
  void add_row(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }

  /// @param columns  if not 0, the last column is wrapped at words so that lines keep within this
  /// many, as far as the other columns leave it 20.
  std::string render(std::size_t columns = 0, const Paint& paint = Paint(false)) const;

 private:
  std::vector<std::size_t> widths() const;
  bool is_numeric(std::size_t column) const;

  std::vector<std::string> headers_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace gbid::cli
