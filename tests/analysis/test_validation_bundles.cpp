// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>

#include "analysis/validation/validation.hpp"

using namespace gbid;

TEST_CASE("auctions of several units, sides and of common values are learned as theory says") {
  for (const ValidationCase& each : bundle_cases()) {
    CAPTURE(each.game);
    for (const Check& check : each.run()) {
      CAPTURE(check.quantity);
      CAPTURE(check.computed);
      CAPTURE(check.exact);
      CHECK(check.is_passed());
    }
  }
}
