// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>

#include "engine/config/difference.hpp"

using gbid::config::differences;

TEST_CASE("differences: a line for every key that changed, came or went") {
  CHECK(differences("a = 1\n[t]\nb = [1, 2]\n", "# the same\n[t]\nb = [1,2]\n") ==
        std::vector<std::string>{"a: 1 before, nothing now"});
  CHECK(differences("[t]\nb = 'x'\nc = 1.5\n", "[t]\nb = 'y'\nd = { e = true }\n") ==
        std::vector<std::string>{"t.b: 'x' before, 'y' now", "t.c: 1.5 before, nothing now",
                                 "t.d.e: nothing before, true now"});
  CHECK(differences("a = []", "a = []").empty());
}
