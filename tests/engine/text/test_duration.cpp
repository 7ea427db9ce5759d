// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>

#include "engine/text/duration.hpp"

using gbid::duration_of;

TEST_CASE("durations: numbers with units, added; anything else is none") {
  CHECK(duration_of("30s")->count() == 30000);
  CHECK(duration_of("3h50m")->count() == 13800000);
  CHECK(duration_of("1d 2h 3min 4s 5ms")->count() == 93784005);
  CHECK(duration_of("1.5 h")->count() == 5400000);
  for (const char* text : {"", " ", "30", "s", "3h50", "-3s", "3x", "0s", "0.1ms", "inf s", "nan s",
                           "1e3s", "9999999d", "3hs"}) {
    CAPTURE(text);
    CHECK_FALSE(duration_of(text));
  }
}
