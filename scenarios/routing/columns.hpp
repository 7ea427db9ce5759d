// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <array>
#include <string_view>
#include <vector>

namespace gbid::routing {

/// What a line of NAME_net.tntp says of a link, in the order of the format.
enum class Column { kFrom, kTo, kCapacity, kLength, kTime, kB, kPower, kSpeed, kToll, kType, kEnd };

/// In which place every column of the links stands.
class Columns {
 public:
  /// In the order of the format.
  Columns();
  /// As a header names them: "init_node term_node capacity ... ;", or words that others use for them,
  /// such as "fft" or "Free Flow Time (min)". Names with blanks inside are kept apart by tabs, or
  /// known as a whole; columns of other names are left alone.
  /// @throws DataError without a place, where a column that every link needs is missing, or one
  /// comes twice.
  explicit Columns(std::string_view header);

  /// Whether a comment names columns: most of it are such names, and there are three or more.
  static bool is_header(std::string_view comment);

  bool has(Column column) const { return place(column) >= 0; }
  /// The word in that column; empty where the line is shorter.
  std::string_view word(Column column, const std::vector<std::string_view>& words) const;

 private:
  int place(Column column) const { return places_[static_cast<std::size_t>(column)]; }

  std::array<int, static_cast<std::size_t>(Column::kEnd)> places_{};  // -1: not there
};

}  // namespace gbid::routing
