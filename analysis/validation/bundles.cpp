// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <fmt/format.h>

#include <cmath>

#include "analysis/validation/learned_auction.hpp"

namespace gbid {
namespace {

/// Of revenues, utilities and prices of anarchy: what bids that are wrong by 0.005 come to.
constexpr double kWelfare = 0.004;

using Measure = std::function<std::vector<Check>(const PlayedTrial&)>;

struct Bundle {
  std::string game, source, market;  ///< lines of [market]
  double rate = 0.01;
  Measure more;
  Index steps = 1500;
  double distance = LearnedAuction{}.distance;
  double relative_loss = LearnedAuction{}.relative_loss;
};

std::vector<Check> play(const Bundle& bundle) {
  const LearnedAuction learned{.market = bundle.market,
                               .steps = bundle.steps,
                               .rate = bundle.rate,
                               .distance = bundle.distance,
                               .relative_loss = bundle.relative_loss};
  const PlayedTrial played = gbid::play(learned);
  std::vector<Check> checks = equilibrium_checks(learned, played);
  for (Check& check : bundle.more(played)) checks.push_back(std::move(check));
  return checks;
}

Measure anarchy(double exact, double tolerance = kWelfare) {
  return [=](const PlayedTrial& played) {
    return std::vector<Check>{
        {"price of anarchy", played.scalar("price_of_anarchy"), exact, tolerance}};
  };
}

Bundle double_auction(double k, const std::string& of_k, double gains) {
  return {"double auction, k = " + of_k, "Chatterjee and Samuelson, 1983",
          fmt::format("bidders = 2\nformat = {{ kind = \"double_auction\", k = {} }}\n"
                      "network = {{ hidden = [16] }}",
                      k),
          0.005, [=](const PlayedTrial& played) {
            return std::vector<Check>{
                {"gains from trade", played.scalar("surplus"), gains, 0.001},
                {"price of anarchy", played.scalar("price_of_anarchy"), 1.0 / 6.0 / gains, 0.01}};
          }};
}

/// @param local, global  utilities before values are known.
Bundle llg(const std::string& payment, double local, double global) {
  return {"LLG, " + payment, "Ausubel and Baranov, 2020",
          fmt::format("bidders = 2\nformat = {{ kind = \"llg\", payment = \"{}\" }}", payment),
          0.01, [=](const PlayedTrial& played) {
            const std::vector<double> utility = played.last("utility");
            const double left =
                played.scalar("surplus") - played.scalar("revenue") - utility[0] - utility[1];
            return std::vector<Check>{{"utility of a local", utility[0], local, 0.001},
                                      {"utility of the global", left, global, kWelfare}};
          }};
}

std::vector<Bundle> bundles() {
  const double e = std::exp(1.0);
  const std::string krishna = "Krishna, 2009", demand = "Ausubel et al., 2014";
  std::vector<Bundle> all{
      double_auction(0.5, "1/2", 9.0 / 64.0),
      double_auction(0.0, "0", 0.125),
      double_auction(1.0, "1", 0.125),
      llg("nearest_zero", 0.133993, 1.5 - 3.0 / e + 0.5 / (e * e)),
      llg("nearest_vcg", 0.133166, 0.467340),
      llg("nearest_bid", 0.125, 0.5),
      llg("vcg", 5.0 / 24.0, 7.0 / 24.0),
  };
  all.push_back({"affiliated, first price", krishna, "bidders = 2\nformat = \"affiliated\"", 0.01,
                 anarchy(1.0)});
  // A bid above the known one costs nothing while rivals bid as known, so that what their bids are
  // off by can be gained in the first order: hence the allowance for the loss.
  all.push_back({"mineral rights, n = 3", krishna,
                 "bidders = 3\nformat = \"mineral_rights\"\nnetwork = { same_start = true }", 0.01,
                 anarchy(1.0), 3000, LearnedAuction{}.distance, 0.005});
  const std::string fine = "learning = { nodes = 561 }";  // of a triangle: 33 an edge
  all.push_back({"uniform price, 2 units", demand,
                 "bidders = 2\nformat = \"uniform_price\"\n" + fine, 0.01, anarchy(21.0 / 20.0)});
  all.push_back({"uniform price, 3 units", krishna,
                 "bidders = 2\nformat = { kind = \"uniform_price\", units = 3 }\n"
                 "network = { same_start = true }\n" +
                     fine,
                 0.01, anarchy(1.0), 3000});
  all.push_back({"discriminatory, 2 units", krishna, "bidders = 2\nformat = \"discriminatory\"",
                 0.01, anarchy(1.0)});
  return all;
}

}  // namespace

std::vector<ValidationCase> bundle_cases() {
  std::vector<ValidationCase> cases;
  for (const Bundle& bundle : bundles())
    cases.push_back({"bundles", bundle.game, bundle.source, [bundle] { return play(bundle); }});
  return cases;
}

}  // namespace gbid
