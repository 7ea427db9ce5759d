// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <string>
#include <string_view>

#include "engine/core/padded_matrix.hpp"

namespace gbid::routing {

/// Reads one line word by word. Words end at blanks; ':' and ';' are words of their own. All
/// mistakes are DataError "expected X, got Y", without a place.
class Words {
 public:
  /// @param form what the whole line should look like, for messages; may be empty.
  explicit Words(std::string_view text, std::string form = "");

  bool is_at_end() const { return rest_.empty(); }
  /// The next word without taking it; empty at the end.
  std::string_view peek() const;
  std::string_view take();
  /// Takes the next word if it is this one, in upper or lower case.
  bool take_if(std::string_view word);
  void expect(std::string_view word);
  void expect_end() const;
  Index integer(const std::string& what, Index low, Index high);
  /// A finite number of at least `low`.
  double number(const std::string& what, double low);

 private:
  [[noreturn]] void fail(const std::string& expected) const;

  std::string_view rest_;
  std::string form_;
};

/// What a BPR function can be: a capacity above 0 unless b is 0, and a power that is 0 or at least
/// 1, since others have no slope at zero flow. @throws DataError
void check_bpr(double b, double capacity, double power);

}  // namespace gbid::routing
