// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// Formats in which a bidder sells, wants several items or units, or does not know its value.
#include <fmt/format.h>

#include <cmath>

#include "analysis/validation/played.hpp"

namespace gbid {
namespace {

/// Of revenues, utilities and prices of anarchy: what bids that are wrong by 0.005 come to.
constexpr double kWelfare = 0.004;

Measure anarchy(double exact, double tolerance = kWelfare) {
  return recorded({{"price_of_anarchy", 0.0, exact, tolerance}});
}

LearnedAuction double_auction(double k, const std::string& of_k, double gains) {
  return {
      .game = "double auction, k = " + of_k,
      .source = "Chatterjee and Samuelson, 1983",
      .market = fmt::format("bidders = 2\nformat = {{ kind = \"double_auction\", k = {} }}\n"
                            "network = {{ hidden = [16] }}",
                            k),
      .more =
          [=](const PlayedTrial& played) {
            return std::vector<Check>{
                {"gains from trade", played.scalar("surplus"), gains, 0.001},
                {"price of anarchy", played.scalar("price_of_anarchy"), 1.0 / 6.0 / gains, 0.01}};
          },
      .rate = 0.005};
}

/// @param local, global  utilities before values are known.
LearnedAuction llg(const std::string& payment, double local, double global) {
  return {.game = "LLG, " + payment,
          .source = "Ausubel and Baranov, 2020",
          .market =
              fmt::format("bidders = 2\nformat = {{ kind = \"llg\", payment = \"{}\" }}", payment),
          .more = [=](const PlayedTrial& played) {
            const std::vector<double> utility = played.last("utility");
            const double left =
                played.scalar("surplus") - played.scalar("revenue") - utility[0] - utility[1];
            return std::vector<Check>{{"utility of a local", utility[0], local, 0.001},
                                      {"utility of the global", left, global, kWelfare}};
          }};
}

std::vector<LearnedAuction> known_formats() {
  const double e = std::exp(1.0);
  const std::string krishna = "Krishna, 2009", demand = "Ausubel et al., 2014";
  const std::string fine = "learning = { nodes = 561, cells = 512 }";  // of a triangle: 33 an edge
  return {
      double_auction(0.5, "1/2", 9.0 / 64.0),
      double_auction(0.0, "0", 0.125),
      double_auction(1.0, "1", 0.125),
      llg("nearest_zero", 0.133993, 1.5 - 3.0 / e + 0.5 / (e * e)),
      llg("nearest_vcg", 0.133166, 0.467340),
      llg("nearest_bid", 0.125, 0.5),
      llg("vcg", 5.0 / 24.0, 7.0 / 24.0),
      {.game = "affiliated, first price",
       .source = krishna,
       .market = "bidders = 2\nformat = \"affiliated\"",
       .more = anarchy(1.0)},
      {.game = "mineral rights, n = 3",
       .source = krishna,
       .market = "bidders = 3\nformat = \"mineral_rights\"",
       .more = anarchy(1.0),
       .steps = 3000},
      {.game = "uniform price, 2 units",
       .source = demand,
       .market = "bidders = 2\nformat = \"uniform_price\"\n" + fine,
       .more = anarchy(21.0 / 20.0)},
      {.game = "uniform price, 3 units",
       .source = krishna,
       .market = "bidders = 2\nformat = { kind = \"uniform_price\", units = 3 }\n" + fine,
       .more = anarchy(1.0),
       .steps = 3000,
       .distance = 0.005},
      {.game = "discriminatory, 2 units",
       .source = krishna,
       .market = "bidders = 2\nformat = \"discriminatory\"",
       .more = anarchy(1.0)},
  };
}

}  // namespace

std::vector<ValidationCase> format_cases() {
  std::vector<LearnedAuction> auctions = known_formats();
  for (LearnedAuction& auction : auctions)
    if (auction.rate == 0.0) auction.rate = 0.01;  // of the shipped files
  return learned_cases("formats", auctions);
}

}  // namespace gbid
