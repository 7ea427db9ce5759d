// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <fmt/format.h>

#include <algorithm>

#include "analysis/validation/learned_auction.hpp"

namespace gbid {
namespace {

struct Auction {
  std::string game, source, market;  ///< lines of [market]
  Index steps = 1500;
  double rate = 0.01;
  std::vector<Check> more = {};  ///< name of a variable in `quantity`, its value and tolerance
  double relative_loss = LearnedAuction{}.relative_loss;
  double distance = LearnedAuction{}.distance;
};

std::vector<Check> play(const Auction& auction) {
  const LearnedAuction learned{.market = auction.market,
                               .steps = auction.steps,
                               .rate = auction.rate,
                               .distance = auction.distance,
                               .relative_loss = auction.relative_loss};
  const PlayedTrial played = gbid::play(learned);
  std::vector<Check> checks = equilibrium_checks(learned, played);
  for (Check check : auction.more) {
    check.computed = played.scalar(check.quantity);
    std::replace(check.quantity.begin(), check.quantity.end(), '_', ' ');
    checks.push_back(check);
  }
  return checks;
}

std::string uniform(Index bidders, const std::string& format) {
  return fmt::format("bidders = {}\nformat = {}\n", bidders, format);
}

std::vector<Auction> known_auctions() {
  const std::string krishna = "Krishna, 2009";
  std::vector<Auction> all;
  for (const Index n : {2, 5, 10}) {
    const auto count = static_cast<double>(n);
    all.push_back({fmt::format("first price, n = {}", n),
                   krishna,
                   uniform(n, "\"first_price\""),
                   1500,
                   0.01,
                   {{"revenue", 0.0, (count - 1.0) / (count + 1.0), 1e-3},
                    {"price_of_anarchy", 0.0, 1.0, 1e-5}}});
  }
  all.push_back({"first price, n = 2, F = v^2", krishna,
                 uniform(2, "\"first_price\"") + "prior = { kind = \"power\", exponent = [2.0] }"});
  all.push_back({"first price, n = 2, risk exponent 1/2",
                 krishna,
                 uniform(2, "{ kind = \"first_price\", risk_exponent = 0.5 }"),
                 1500,
                 0.01,
                 {{"revenue", 0.0, 4.0 / 9.0, 1e-3}}});
  // Types just above the reserve bid it to second order, so that an error of 1e-3 in bids shuts out
  // values within 0.02 to 0.03 of it: hence the allowance for loss and revenue.
  all.push_back({"first price, n = 2, reserve 1/2",
                 krishna,
                 uniform(2, "{ kind = \"first_price\", reserve = 0.5 }"),
                 3000,
                 0.01,
                 {{"revenue", 0.0, 5.0 / 12.0, 0.01}},
                 0.002});
  const std::string unlike = "Plum, 1992";
  all.push_back(
      {"first price, values to 1/2 and 1",
       unlike,
       uniform(2, "\"first_price\"") + "prior = { kind = \"uniform\", high = [0.5, 1.0] }",
       3000,
       0.01,
       {{"revenue", 0.0, 0.229503, 1e-3}, {"price_of_anarchy", 0.0, 1.019286, 1e-3}}});
  all.push_back({"first price, values to 4/5 and 4/3",
                 unlike,
                 uniform(2, "\"first_price\"") +
                     "prior = { kind = \"uniform\", high = [0.8, 1.3333333333333333] }",
                 3000,
                 0.01,
                 {{"revenue", 0.0, 0.339390, 1e-3}, {"price_of_anarchy", 0.0, 1.013994, 1e-3}}});
  // The strong bidder's bids rise by 0.4 over the lowest hundredth of its values: no smooth network
  // of this size follows them there. The bids go up to 13/3.
  all.push_back({"first price, values in [0, 5] and [6, 7]",
                 "Kaplan and Zamir, 2012",
                 uniform(2, "\"first_price\"") +
                     "prior = { kind = \"uniform\", low = [0.0, 6.0], high = [5.0, 7.0] }",
                 3000,
                 0.01,
                 {},
                 0.01,
                 0.06});
  all.push_back({"second price, n = 2",
                 "Vickrey, 1961",
                 uniform(2, "\"second_price\""),
                 1500,
                 0.01,
                 {{"revenue", 0.0, 1.0 / 3.0, 1e-3}}});
  all.push_back({"third price, n = 3",
                 "Kagel and Levin, 1993",
                 uniform(3, "\"third_price\""),
                 3000,
                 0.02,
                 {{"revenue", 0.0, 0.5, 1e-3}}});
  for (const Index n : {2, 3}) {
    const auto count = static_cast<double>(n);
    all.push_back({fmt::format("all-pay, n = {}", n),
                   krishna,
                   uniform(n, "\"all_pay\"") + "network = { hidden = [24, 24] }",
                   5000,
                   0.003,
                   {{"revenue", 0.0, (count - 1.0) / (count + 1.0), 5e-3}}});
  }
  return all;
}

/// The seller's bid is its reserve.
std::vector<Check> learned_reserve() {
  std::vector<Check> checks =
      play({"",
            "",
            uniform(2, "{ kind = \"second_price\", reserve = 0.2, learned_reserve = true }"),
            2000,
            0.01,
            {{"revenue", 0.0, 5.0 / 12.0, 0.01 * 5.0 / 12.0}}});
  // The largest distance is the seller's, or that of bidders: within 1% of 1/2 either way.
  checks.front().quantity = "bids and reserve, L2";
  return checks;
}

}  // namespace

std::vector<ValidationCase> auction_cases() {
  std::vector<ValidationCase> cases;
  for (const Auction& auction : known_auctions())
    cases.push_back(
        {"auctions", auction.game, auction.source, [auction] { return play(auction); }});
  cases.push_back(
      {"auctions", "second price, n = 2, the seller learns", "Myerson, 1981", learned_reserve});
  return cases;
}

}  // namespace gbid
