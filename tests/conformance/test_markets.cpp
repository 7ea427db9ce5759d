// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// What every registered market must do: a new one is tested here without an edit.
#include <doctest/doctest.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/core/error.hpp"
#include "engine/random/stream.hpp"
#include "scenarios/bidding/bid_structure.hpp"
#include "scenarios/loading/registry.hpp"
#include "scenarios/play/play_in_memory.hpp"

using namespace gbid;

namespace {

bool is_data_market(const std::string& text) {
  return text.find("[market.data") != std::string::npos ||
         text.find("\ndata = ") != std::string::npos;
}

/// The example of a structure, made small.
Scenario small(const StructureEntry& entry, const std::vector<std::string>& more = {}) {
  const std::string text = scenario_schema().to_toml(example_of(entry));
  config::Document document = config::Document::from_text(text, entry.name, ".");
  for (const char* set : {"trials=1", "steps=12", "record.every=4"}) document.set(set);
  if (is_data_market(text))
    for (const char* set :
         {"market.data={kind=\"synthetic\",train=100,held_out=20}", "market.batch=10"})
      document.set(set);
  for (const std::string& set : more) document.set(set);
  return Scenario::load(document);
}

/// The market of the example, where agents bid by networks of their own.
std::unique_ptr<Structure> structure_of_example(const StructureEntry& entry,
                                                config::Document& document,
                                                config::Diagnostics& diagnostics) {
  ArrayLoader loader(document, diagnostics);
  return make_structure(example_of(entry), loader);
}

/// Bytes: NaN equals NaN.
bool is_same(const std::vector<double>& a, const std::vector<double>& b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](double x, double y) {
           return x == y || (std::isnan(x) && std::isnan(y));
         });
}

}  // namespace

TEST_CASE("every market: its scenario, spelled out, is read back as it is") {
  for (const StructureEntry& entry : structures()) {
    CAPTURE(entry.name);
    const std::string once = small(entry).resolved();
    CHECK(scenario_from_text(once).resolved() == once);
  }
}

TEST_CASE("every market: the same numbers on one, two and eight threads, all of them finite") {
  for (const StructureEntry& entry : structures()) {
    CAPTURE(entry.name);
    const Scenario scenario = small(entry);
    for (std::size_t regime = 0; regime < scenario.regime_count(); ++regime) {
      CAPTURE(regime);
      const auto on = [&](int threads) {
        PlayedTrial played;
        const tbb::global_control allowed(tbb::global_control::max_allowed_parallelism, 8);
        tbb::task_arena(threads).execute([&] { played = play_in_memory(scenario, regime, 0); });
        return played;
      };
      const PlayedTrial one = on(1);
      REQUIRE(one.result.end != RunResult::End::kFailed);
      CHECK(one.trajectory.at("welfare").size() >= 2);
      for (const auto* variables : {&one.trajectory, &one.final})
        for (const auto& [name, values] : *variables) {
          CAPTURE(name);
          // NaN where there is no closed form, and where networks were not tested, or best
          // responses not searched, at a record.
          const bool may_be_unknown =
              name.starts_with("known_") || name.starts_with("distance_to") ||
              name.starts_with("held_out_") || name.ends_with("utility_loss");
          CHECK((may_be_unknown || std::all_of(values.begin(), values.end(),
                                               [](double v) { return std::isfinite(v); })));
        }
      for (const int threads : {2, 8}) {
        const PlayedTrial many = on(threads);
        for (const auto& [name, values] : one.trajectory)
          CHECK_MESSAGE(is_same(many.trajectory.at(name), values), name);
        for (const auto& [name, values] : one.final)
          CHECK_MESSAGE(is_same(many.final.at(name), values), name);
      }
    }
  }
}

TEST_CASE("every market that takes bids: slopes are those of its payoffs and of its welfare") {
  for (const StructureEntry& entry : structures()) {
    CAPTURE(entry.name);
    config::Document document = config::Document::from_text("", "example", ".");
    config::Diagnostics diagnostics;
    const auto structure = structure_of_example(entry, document, diagnostics);
    const auto* bidding = dynamic_cast<const BidStructure*>(structure.get());
    if (!bidding) continue;
    for (const Objective objective : {Objective::kOwnPayoff, Objective::kMeanPayoff}) {
      CAPTURE(static_cast<int>(objective));
      const Index n = bidding->agents();
      const auto market = bidding->bid_game(0, {objective, n, {}, {"welfare"}, {}});
      std::vector<Index> everyone(static_cast<std::size_t>(n));
      std::iota(everyone.begin(), everyone.end(), Index{0});
      const Movers all{everyone, true};
      PaddedMatrix& raw = market->raw_bids();
      // Inside of the bounds of all games there are, and not alike.
      Stream stream({.seed = 3, .purpose = Purpose::kInitialBids});
      for (Index i = 0; i < n; ++i)
        for (double& bid : raw.row_span(i)) bid = 0.1 + 0.3 * stream.uniform();
      market->clear(all);
      PaddedMatrix gradient(n, market->bids_per_agent());
      market->price(objective, all, gradient);
      const auto value = [&](Index agent) {
        market->clear(all);
        double welfare = 0.0;
        market->record(std::span(&welfare, 1));
        return objective == Objective::kOwnPayoff ? market->own_payoff(agent) : welfare;
      };
      double largest = 0.0;
      for (Index i = 0; i < n; ++i)
        for (Index k = 0; k < market->bids_per_agent(); ++k) {
          const double bid = raw(i, k), h = 1e-5;
          raw(i, k) = bid + h;
          const double above = value(i);
          raw(i, k) = bid - h;
          const double below = value(i);
          raw(i, k) = bid;
          largest = std::max(
              largest, std::fabs(gradient(i, k)) *
                           (objective == Objective::kMeanPayoff ? static_cast<double>(n) : 1.0));
          // Differences are off by h^2 of a third derivative of order one, and 1e-16 / h.
          CHECK(gradient(i, k) ==
                doctest::Approx((above - below) / (2.0 * h)).epsilon(1e-6).scale(1e-2));
        }
      // A zero-sum game has nothing to coordinate on.
      if (entry.name != "bilinear" || objective == Objective::kOwnPayoff) CHECK(largest > 1e-3);
    }
  }
}

TEST_CASE("every market plays with every learner, or says why not") {
  for (const StructureEntry& entry : structures()) {
    for (const auto& learner : learner_kinds().core().all()) {
      CAPTURE(entry.name);
      CAPTURE(learner.name);
      const std::vector<std::string> sets = {"learning.learner=\"" + learner.name + "\"",
                                             "regimes={play={learner=\"" + learner.name + "\"}}"};
      try {
        const Scenario scenario = small(entry, sets);
        const PlayedTrial played = play_in_memory(scenario, 0, 0);
        CHECK(played.result.end != RunResult::End::kFailed);
        CHECK(std::isfinite(played.scalar("welfare")));
      } catch (const Error& error) {
        CHECK(std::string(error.what()).find("learner") != std::string::npos);
      }
    }
  }
}

TEST_CASE("every market with a known equilibrium: nobody gains there, and its example gets there") {
  for (const StructureEntry& entry : structures()) {
    CAPTURE(entry.name);
    const auto& finals = entry.recordables.final;
    const auto knows = [&](const std::string& name) {
      return std::any_of(finals.begin(), finals.end(),
                         [&](const auto& each) { return each.first == name; });
    };
    if (!knows("known_equilibrium") || !knows("certificate")) continue;
    const Scenario scenario = small(
        entry, {"steps=4000", "record.final=[\"strategy\",\"known_equilibrium\",\"certificate\"]"});
    const PlayedTrial played = play_in_memory(scenario, "competitive", 0);
    const std::vector<double> known = played.last("known_equilibrium");
    const auto at_known = scenario.certify(0, 0, [&](const std::string& name) {
      return name == "strategy" ? known : std::vector<double>();
    });
    REQUIRE(at_known);
    CHECK(at_known->is_exact);
    CHECK(at_known->largest_gain() < 1e-12);  // rounding
    CHECK(at_known->residual < 1e-9);
    // Plain gradients go in circles in the zero-sum game: that is what it is there to show.
    if (entry.name == "bilinear") continue;
    CHECK(played.scalar("largest_gain") < 1e-9);
    CHECK(played.scalar("distance_to_equilibrium") < 1e-6);
  }
}
