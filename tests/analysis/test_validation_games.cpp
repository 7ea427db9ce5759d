// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>

#include "analysis/validation/validation.hpp"

using namespace gbid;

TEST_CASE("classical games and learning dynamics end where theory says") {
  for (const auto family : {classical_cases, dynamics_cases})
    for (const ValidationCase& each : family()) {
      CAPTURE(each.game);
      for (const Check& check : each.run()) {
        CAPTURE(check.quantity);
        CAPTURE(check.computed);
        CAPTURE(check.exact);
        CHECK(check.is_passed());
      }
    }
}
