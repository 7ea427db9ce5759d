// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// What every registered market must do: a new one is tested here without an edit.
#include <doctest/doctest.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "engine/core/error.hpp"
#include "engine/random/stream.hpp"
#include "scenarios/bidding/bid_structure.hpp"
#include "scenarios/loading/registry.hpp"
#include "scenarios/play/play_in_memory.hpp"
#include "tests/allocation_counter.hpp"
#include "tests/conformance/small_scenario.hpp"

using namespace gbid;
using gbid::test::is_same;
using gbid::test::small;

namespace {

/// The market of the example, where agents bid by networks of their own.
std::unique_ptr<Structure> structure_of_example(const StructureEntry& entry,
                                                config::Document& document,
                                                config::Diagnostics& diagnostics) {
  ArrayLoader loader(document, diagnostics);
  return make_structure(example_of(entry), loader);
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
          // NaN where there is no closed form or no bound, and where networks were not tested, or best
          // responses not searched, at a record.
          const bool may_be_unknown = name.starts_with("known_") ||
                                      name.starts_with("distance_to") ||
                                      name.starts_with("held_out_") ||
                                      name.ends_with("utility_loss") || name.ends_with("_bound");
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

namespace {

/// Structures whose agents do not hand in raw bids, and where their gradients are checked instead.
const std::map<std::string, std::string> kOtherGradients{
    {"mixture_of_experts", "of parameters: test_expert_gradients.cpp, all objectives and prices"},
    {"layered_flow", "of parameters: test_layered_flow.cpp, all squashes, scales and products"},
    {"selfish_routing", "no parameters: a shift is a projected Newton step, test_routing.cpp"},
    {"auction", "of bid functions: test_auction_mathematics.cpp, every format"},
};

}  // namespace

TEST_CASE("every market: gradients are those of its payoffs and of its welfare") {
  for (const StructureEntry& entry : structures()) {
    CAPTURE(entry.name);
    config::Document document = config::Document::from_text("", "example", ".");
    config::Diagnostics diagnostics;
    const auto structure = structure_of_example(entry, document, diagnostics);
    const auto* bidding = dynamic_cast<const BidStructure*>(structure.get());
    CHECK((bidding != nullptr) != (kOtherGradients.count(entry.name) > 0));
    if (!bidding) continue;
    for (const Objective objective : {Objective::kOwnPayoff, Objective::kMeanPayoff}) {
      CAPTURE(static_cast<int>(objective));
      const Index n = bidding->agents();
      const auto market = bidding->bid_game(0, {{objective}, n, {}, {"welfare"}});
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
      market->differentiate(objective, all, gradient);
      const auto value = [&](Index agent) {
        market->clear(all);
        market->derive(Recorded::kTrajectory);
        return objective == Objective::kOwnPayoff ? market->own_payoff(agent) : market->welfare();
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

namespace {

/// Learners that a structure refuses.
bool is_refused(const std::string& structure, const std::string& learner) {
  const std::set<std::string> without_responses{"bid_matrix", "mixture_of_experts", "layered_flow",
                                                "selfish_routing", "auction"};
  return (learner == "best_response" && without_responses.count(structure) > 0) ||
         (learner == "natural" && structure != "auction");
}

}  // namespace

TEST_CASE("every market plays with every learner but those that it refuses") {
  for (const StructureEntry& entry : structures()) {
    for (const auto& learner : learner_kinds().core().all()) {
      CAPTURE(entry.name);
      CAPTURE(learner.name);
      const std::vector<std::string> sets = {"learning.learner=\"" + learner.name + "\"",
                                             "regimes={play={learner=\"" + learner.name + "\"}}"};
      if (is_refused(entry.name, learner.name)) {
        try {
          small(entry, sets);
          FAIL_CHECK("expected a refusal");
        } catch (const ScenarioError& error) {
          CHECK(std::string(error.what()).find("regimes.play.learner: expected a learner that") !=
                std::string::npos);
        }
        continue;
      }
      const PlayedTrial played = play_in_memory(small(entry, sets), 0, 0);
      CHECK(played.result.end != RunResult::End::kFailed);
      CHECK(std::isfinite(played.scalar("welfare")));
    }
  }
}

TEST_CASE("every market: a step allocates nothing") {
  if (test::allocation_count() < 0) return;  // the sanitizers' own allocator is not counted
  struct Ignore final : Recorder {
    void trajectory(Index, Index, std::span<const double>) override {}
    void final(std::span<const double>) override {}
  } recorder;
  for (const StructureEntry& entry : structures())
    for (const char* schedule : {"all_agents", "one_random"}) {
      CAPTURE(entry.name);
      CAPTURE(schedule);
      // A run of more steps allocates as often: all is set aside before the first. Routing finds
      // its paths in the first steps.
      std::vector<std::int64_t> allocations;
      for (const char* steps : {"steps=40", "steps=80"}) {
        const Scenario scenario =
            small(entry, {steps, "record.every=1000",
                          std::string("regimes={play={schedule=\"") + schedule + "\"}}"});
        const auto simulation = scenario.simulation(0, 0);
        const std::atomic<bool> stop = false;
        std::atomic<std::int64_t> done = 0;
        tbb::task_arena arena(1);
        arena.execute([&] {
          const std::int64_t before = test::allocation_count();
          simulation->run(recorder, stop, done);
          allocations.push_back(test::allocation_count() - before);
        });
      }
      CHECK(allocations[0] == allocations[1]);
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
