// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>

#include <cmath>
#include <set>

#include "analysis/validation/validation.hpp"

using namespace gbid;

TEST_CASE("every game with a known answer is learned as theory says") {
  std::set<std::string> families;
  for (const ValidationCase& each : validation_cases()) {
    families.insert(each.family);
    CAPTURE(each.game);
    const std::vector<Check> checks = each.run();
    CHECK(!checks.empty());
    for (const Check& check : checks) {
      CAPTURE(check.quantity);
      CAPTURE(check.computed);
      CAPTURE(check.exact);
      CHECK(check.is_passed());
    }
  }
  CHECK(families == std::set<std::string>{"auctions", "classical", "dynamics", "formats", "markets",
                                          "routing"});
}

TEST_CASE("a number that is off by more than is allowed, or is none, does not pass") {
  CHECK(Check{"x", 1.05, 1.0, 0.1}.is_passed());
  CHECK(!Check{"x", 1.2, 1.0, 0.1}.is_passed());
  CHECK(!Check{"x", std::nan(""), 1.0, 0.1}.is_passed());
}
