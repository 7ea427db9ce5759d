// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// Auctions of one item.
#include <fmt/format.h>

#include <iterator>

#include "analysis/validation/played.hpp"

namespace gbid {
namespace {

/// A computed number is filled in once the auction has been learned.
Check expected(const char* variable, double exact, double tolerance) {
  return {variable, 0.0, exact, tolerance};
}

std::string market(Index bidders, const std::string& format, const std::string& more = "") {
  return fmt::format("bidders = {}\nformat = {}\n{}", bidders, format, more);
}

/// Values that are uniform from 0 to 1, unless the market says otherwise.
std::vector<LearnedAuction> known_auctions() {
  const std::string krishna = "Krishna, 2009", unlike = "Plum, 1992";
  std::vector<LearnedAuction> all;
  for (const Index n : {2, 5, 10}) {
    const auto count = static_cast<double>(n);
    all.push_back({.game = fmt::format("first price, n = {}", n),
                   .source = krishna,
                   .market = market(n, "\"first_price\""),
                   .more = recorded({expected("revenue", (count - 1.0) / (count + 1.0), 1e-3),
                                     expected("price_of_anarchy", 1.0, 1e-5)})});
  }
  const std::vector<LearnedAuction> rest = {
      {.game = "first price, n = 2, F = v^2",
       .source = krishna,
       .market = market(2, "\"first_price\"", "prior = { kind = \"power\", exponent = [2.0] }"),
       .distance = 0.001},
      {.game = "first price, n = 2, risk exponent 1/2",
       .source = krishna,
       .market = market(2, "{ kind = \"first_price\", risk_exponent = 0.5 }"),
       .more = recorded({expected("revenue", 4.0 / 9.0, 1e-3)})},
      {.game = "first price, n = 2, reserve 1/2",
       .source = krishna,
       .market = market(2, "{ kind = \"first_price\", reserve = 0.5 }"),
       .more = recorded({expected("revenue", 5.0 / 12.0, 1e-3)})},
      {.game = "first price, n = 2, reserve 7/10",
       .source = krishna,
       .market = market(2, "{ kind = \"first_price\", reserve = 0.7 }"),
       // int_R^1 (2 v - 1) 2 v dv, the mean of the highest virtual value.
       .more = recorded({expected("revenue", 1.0 / 3.0 + 0.49 - 4.0 / 3.0 * 0.343, 1e-3)})},
      {.game = "first price, n = 2, F = v^(1/2)",
       .source = krishna,
       .market = market(2, "\"first_price\"", "prior = { kind = \"power\", exponent = [0.5] }")},
      {.game = "first price, values to 3/10 and 1",
       .source = unlike,
       .market = market(2, "\"first_price\"", "prior = { kind = \"uniform\", high = [0.3, 1.0] }"),
       .more = recorded({expected("price_of_anarchy", 1.023628, 1e-3)}),
       .steps = 3000,
       .distance = 0.001},
      {.game = "first price, values to 1/2 and 1",
       .source = unlike,
       .market = market(2, "\"first_price\"", "prior = { kind = \"uniform\", high = [0.5, 1.0] }"),
       .more = recorded(
           {expected("revenue", 0.229503, 1e-3), expected("price_of_anarchy", 1.019286, 1e-3)}),
       .steps = 3000},
      {.game = "first price, values to 4/5 and 4/3",
       .source = unlike,
       .market = market(2, "\"first_price\"",
                        "prior = { kind = \"uniform\", high = [0.8, 1.3333333333333333] }"),
       .more = recorded(
           {expected("revenue", 0.339390, 1e-3), expected("price_of_anarchy", 1.013994, 1e-3)}),
       .steps = 3000},
      // The strong bidder's bids rise by 0.4 over the lowest hundredth of its values. The bids go up
      // to 13/3.
      {.game = "first price, values in [0, 5] and [6, 7]",
       .source = "Kaplan and Zamir, 2012",
       .market = market(2, "\"first_price\"",
                        "prior = { kind = \"uniform\", low = [0.0, 6.0], high = [5.0, 7.0] }"),
       .steps = 3000,
       .distance = 0.04,
       .relative_loss = 0.003},
      {.game = "second price, n = 2",
       .source = "Vickrey, 1961",
       .market = market(2, "\"second_price\""),
       .more = recorded({expected("revenue", 1.0 / 3.0, 1e-3)})},
      {.game = "third price, n = 3",
       .source = "Kagel and Levin, 1993",
       .market = market(3, "\"third_price\""),
       .more = recorded({expected("revenue", 0.5, 1e-3)})},
  };
  all.insert(all.end(), rest.begin(), rest.end());
  all.push_back({.game = "third price, n = 3, values in [1, 2]",
                 .source = "Kagel and Levin, 1993",
                 .market = market(3, "\"third_price\"",
                                  "prior = { kind = \"uniform\", low = [1.0], high = [2.0] }"),
                 .more = recorded({expected("revenue", 1.5, 1e-3)})});
  // Each bids v (v - 1)^2 - (v - 1)^3 / 3, and pays 1/2 in the mean.
  all.push_back({.game = "all-pay, n = 3, values in [1, 2]",
                 .source = krishna,
                 .market = market(3, "\"all_pay\"",
                                  "prior = { kind = \"uniform\", low = [1.0], high = [2.0] }"),
                 .more = recorded({expected("revenue", 1.5, 2e-3)}),
                 .steps = 3000});
  for (const Index n : {2, 3}) {
    const auto count = static_cast<double>(n);
    all.push_back({.game = fmt::format("all-pay, n = {}", n),
                   .source = krishna,
                   .market = market(n, "\"all_pay\""),
                   .more = recorded({expected("revenue", (count - 1.0) / (count + 1.0), 1e-3)})});
  }
  return all;
}

/// The seller's bid is its reserve.
std::vector<Check> learned_reserve(Index bidders, double first, double revenue) {
  std::vector<Check> checks =
      learn({.market = market(bidders, fmt::format("{{ kind = \"second_price\", reserve = {}, "
                                                   "learned_reserve = true }}",
                                                   first)),
             .more = recorded({expected("revenue", revenue, 1e-3)}),
             .steps = 2000});
  // The largest distance is the seller's, or that of bidders: within 1% of 1/2 either way.
  checks.front().quantity = "bids and reserve, L2";
  return checks;
}

}  // namespace

std::vector<ValidationCase> auction_cases() {
  std::vector<ValidationCase> cases = learned_cases("auctions", known_auctions());
  cases.push_back({"auctions", "second price, n = 2, the seller learns", "Myerson, 1981",
                   [] { return learned_reserve(2, 0.2, 5.0 / 12.0); }});
  cases.push_back({"auctions", "one bidder, the seller learns", "Myerson, 1981",
                   [] { return learned_reserve(1, 0.0, 0.25); }});
  return cases;
}

}  // namespace gbid
