// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <cmath>

#include "engine/config/schema.hpp"
#include "engine/core/error.hpp"
#include "scenarios/auctions/formats/llg.hpp"
#include "scenarios/auctions/formats/multi_unit.hpp"
#include "scenarios/auctions/formats/registry.hpp"
#include "scenarios/auctions/truthfulness.hpp"
#include "scenarios/play/play_in_memory.hpp"

using namespace gbid;
using namespace gbid::auctions;

namespace {

std::string scenario(const std::string& market, const std::string& objective = "own_payoff") {
  return fmt::format(
      "steps = 20\n[market]\nstructure = \"auction\"\n{}\n"
      "learning = {{ nodes = 40, cells = 64 }}\nevaluation = {{ nodes = 70, cells = 128 }}\n"
      "[regimes.competitive]\nobjective = \"{}\"\n[record]\nevery = 10\n"
      "final = [\"value\", \"bid\", \"known_bid\", \"best_response\", \"certificate\"]\n",
      market, objective);
}

std::string refused(const std::string& text) {
  try {
    scenario_from_text(text);
  } catch (const ScenarioError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

const char* const kMarkets[] = {
    "bidders = 2\nformat = \"double_auction\"",
    "bidders = 2\nformat = \"double_auction\"\n"
    "prior = { kind = \"uniform\", low = [2.0, 1.0], high = [3.0, 4.0] }",
    "bidders = 2\nformat = \"llg\"\nprior = { kind = \"power\", exponent = [2.0, 0.5] }",
    "bidders = 2\nformat = \"uniform_price\"\nprior = { kind = \"power\", exponent = [2.0] }",
    "bidders = 2\nformat = { kind = \"uniform_price\", units = 3 }",
    "bidders = 2\nformat = \"discriminatory\"",
    "bidders = 2\nformat = \"affiliated\"",
    "bidders = 3\nformat = \"mineral_rights\"\nnetwork = { same_start = true }"};

TEST_CASE("auction formats: the same numbers on one and eight threads") {
  for (const char* market : kMarkets) {
    CAPTURE(market);
    std::string text = scenario(market);
    text.replace(text.find("nodes = 40"), 10, "nodes = 200");  // several blocks
    const Scenario played = scenario_from_text(text);
    const auto on = [&](int threads) {
      PlayedTrial trial;
      const tbb::global_control allowed(tbb::global_control::max_allowed_parallelism, 8);
      tbb::task_arena(threads).execute([&] { trial = play_in_memory(played, 0, 0); });
      return trial.last("bid");
    };
    const std::vector<double> one = on(1);
    for (int again = 0; again < 3; ++again) CHECK(on(8) == one);
  }
}

TEST_CASE(
    "auction formats: every format plays and is judged, at limits and with unlike priors too") {
  for (const char* market : kMarkets) {
    CAPTURE(market);
    const PlayedTrial played = play_in_memory(scenario_from_text(scenario(market)), 0, 0);
    CHECK(played.result.end == RunResult::End::kCompleted);
    for (const char* name : {"welfare", "revenue", "utility", "utility_loss"})
      for (const double value : played.last(name)) CHECK(std::isfinite(value));
    for (const double bid : played.last("bid")) CHECK(std::isfinite(bid));
    CHECK(played.scalar("efficiency") > 0.2);
    CHECK(played.scalar("efficiency") <= 1.0 + 2e-3);  // 70 nodes, of a triangle 10 an edge
  }
}

TEST_CASE("auction formats: every entry of the registry plays with its defaults") {
  const auto& kinds = format_kinds().core().all();
  CHECK(kinds.size() == std::variant_size_v<FormatConfig>);
  for (const auto& kind : kinds) {
    CAPTURE(kind.name);
    const FormatConfig config = OverFormats<config::Kinds>::starting_point(kind.slot, nullptr);
    const FormatEntry& entry = entry_of(config);
    CHECK(kind.name == entry.name);
    const std::string market = fmt::format("bidders = {}\nformat = \"{}\"",
                                           std::max(Index{2}, entry.least_bidders), kind.name);
    const PlayedTrial played = play_in_memory(scenario_from_text(scenario(market)), 0, 0);
    CHECK(played.scalar("surplus") > 0.0);
  }
}

TEST_CASE("auction formats: equal starts keep like bidders alike to the last bit") {
  const auto bids = [](bool same) {
    const std::string market = fmt::format(
        "bidders = 3\nformat = \"mineral_rights\"\nnetwork = {{ same_start = {} }}", same);
    return play_in_memory(scenario_from_text(scenario(market)), 0, 0).last("bid");
  };
  const std::vector<double> alike = bids(true), apart = bids(false);
  const std::size_t nodes = alike.size() / 3;
  bool differ = false;
  for (std::size_t k = 0; k < nodes; ++k) {
    CHECK(alike[k] == alike[k + nodes]);
    CHECK(alike[k] == alike[k + 2 * nodes]);
    differ |= apart[k] != apart[k + nodes];
  }
  CHECK(differ);
}

TEST_CASE("auction formats: a format that fixes bidders or signals refuses others, and says so") {
  const auto says = [](const std::string& text, const std::string& fragment) {
    const std::string message = refused(text);
    CAPTURE(message);
    CHECK(message.find(fragment) != std::string::npos);
  };
  says(scenario("bidders = 3\nformat = \"double_auction\""), "expected 2 in this format, got 3");
  says(scenario("bidders = 2\nformat = \"mineral_rights\""), "expected 3 in this format, got 2");
  says(scenario("bidders = 2\nformat = \"affiliated\"\nprior = { kind = \"power\" }"),
       "expected none: this format draws signals by its own rules");
  says(scenario("bidders = 2\nformat = \"discriminatory\"\n"
                "prior = { kind = \"uniform\", high = [1.0, 2.0] }"),
       "expected one prior of both bidders");
  says(scenario("bidders = 2\nformat = { kind = \"double_auction\", k = 1.5 }"), "k");
  says(scenario("bidders = 2\nformat = \"llg\"", "mean_payoff"), "no common gradient");
}

TEST_CASE("LLG: no misreport gains under VCG payments, and some do under all others") {
  for (const LocalPayment payment : {LocalPayment::kNearestZero, LocalPayment::kNearestVcg,
                                     LocalPayment::kNearestBid, LocalPayment::kVcg}) {
    const auto report = truthfulness(*llg({.payment = payment}));
    REQUIRE(report.has_value());
    CHECK(report->compared > 1e4);
    if (payment == LocalPayment::kVcg)
      CHECK(report->largest_gain < 1e-12);
    else
      CHECK(report->largest_gain > 0.1);
  }
}

TEST_CASE("uniform price: a misreport of the second value gains up to the price it sets") {
  const auto report = truthfulness(*multi_unit({}), 5);
  REQUIRE(report.has_value());
  CHECK(report->largest_gain > 0.1);
}
