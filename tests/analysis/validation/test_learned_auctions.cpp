// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// What auctions of one item leave to gain, learned with the defaults.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <tuple>

#include "analysis/validation/played.hpp"

using namespace gbid;

TEST_CASE("all-pay: values that differ by little of their size are learned, and those of many") {
  for (const auto& [n, prior, width] :
       {std::tuple{2, "low = [10.0], high = [10.3], exponent = [1.0]", 0.3},
        std::tuple{5, "low = [10.0], high = [10.3], exponent = [2.0]", 0.3},
        std::tuple{5, "low = [1.0], high = [2.0], exponent = [2.0]", 1.0}}) {
    CAPTURE(n);
    CAPTURE(prior);
    CHECK(learned_loss(fmt::format("bidders = {}\nformat = \"all_pay\"\nprior = {{ kind = "
                                   "\"power\", {} }}",
                                   n, prior),
                       0.01 * width / n, 1000, 2) < 1e-3);
  }
}

TEST_CASE("first price: bidders of unlike values find their common highest bid") {
  for (const char* high : {"0.3, 1.0", "3.0, 1.0, 1.0"}) {
    CAPTURE(high);
    CHECK(
        learned_loss(fmt::format("bidders = {}\nformat = \"first_price\"\nprior = {{ kind = "
                                 "\"uniform\", high = [{}] }}",
                                 1 + std::count(high, high + std::string(high).size(), ','), high),
                     0.0, 2000, 2) < 2e-3);
  }
}

TEST_CASE("third price: ten bidders learn values of which low ones are likely, and unlike ones") {
  // Below the first of the cells that bids are counted in lies a tenth of them: what is paid there
  // must be right, though hardly ever all rivals bid as little.
  CHECK(learned_loss(
            "bidders = 10\nformat = \"third_price\"\nprior = { kind = \"power\", low = [1.0], "
            "high = [2.0], exponent = [0.5] }",
            1e-3, 1500, 2) < 1e-3);
  CHECK(learned_loss("bidders = 3\nformat = \"third_price\"\nprior = { kind = \"uniform\", high = "
                     "[2.0, 1.0, 1.0] }",
                     0.0, 1000, 2) < 1e-3);
}
