// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>

#include <cmath>

#include "analysis/validation/validation.hpp"

using namespace gbid;

TEST_CASE("a number that is off by more than is allowed, or is none, does not pass") {
  CHECK(Check{"x", 1.05, 1.0, 0.1}.is_passed());
  CHECK(!Check{"x", 1.2, 1.0, 0.1}.is_passed());
  CHECK(!Check{"x", std::nan(""), 1.0, 0.1}.is_passed());
}
