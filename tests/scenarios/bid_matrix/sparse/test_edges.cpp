// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// The bid-matrix market on edges against the same market with a matrix of all bids, which shares none of
// its arithmetic but squash and mask: whole runs, variable by variable.
#include <doctest/doctest.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <numeric>

#include "engine/core/error.hpp"
#include "scenarios/play/play_in_memory.hpp"
#include "tests/allocation_counter.hpp"
#include "tests/conformance/small_scenario.hpp"
#include "tests/play_step.hpp"
#include "tests/scenarios/bid_matrix/sparse/edge_scenario.hpp"

using namespace gbid;
using namespace gbid::test;

namespace {

double largest_of(const std::vector<double>& values) {
  double largest = 0.0;
  for (const double value : values) largest = std::max(largest, std::fabs(value));
  return largest;
}

/// Every variable of both runs, those of edges at their place in the matrix. @param tolerance of
/// each relative to its largest value.
void check_alike(const std::vector<std::string>& more, double tolerance = 1e-9) {
  for (const std::string& set : more) CAPTURE(set);
  const Scenario on_edges = edge_scenario(kExactEdges, more),
                 in_matrix = edge_scenario(kMatrix, more);
  const PlayedTrial edges = play_in_memory(on_edges, 0, 0),
                    matrix = play_in_memory(in_matrix, 0, 0);
  REQUIRE(edges.result.message == "");
  REQUIRE(matrix.result.message == "");
  for (const auto& [name, values] : matrix.trajectory) {
    CAPTURE(name);
    const std::vector<double>& others = edges.trajectory.at(name);
    REQUIRE(others.size() == values.size());
    double off = 0.0;
    for (std::size_t k = 0; k < values.size(); ++k)
      off = std::max(off, std::fabs(values[k] - others[k]));
    CHECK(off <= tolerance * largest_of(values));
    if (name != "dead_gradient_share") CHECK(largest_of(values) > 0.0);
  }
  const auto n = static_cast<std::size_t>(in_matrix.structure().agents());
  const std::vector<double>&source = edges.final.at("source"), &target = edges.final.at("target");
  for (const char* name : {"bids", "raw_bids", "mask"}) {
    CAPTURE(name);
    const std::vector<double>&all = matrix.final.at(name), &some = edges.final.at(name);
    double off = 0.0, total = 0.0;
    std::size_t count = 0;
    for (std::size_t e = 0; e < some.size() && !std::isnan(source[e]); ++e, ++count) {
      const auto at = static_cast<std::size_t>(source[e]) * n + static_cast<std::size_t>(target[e]);
      off = std::max(off, std::fabs(all[at] - some[e]));
      total += some[e];
    }
    CHECK(off <= tolerance * largest_of(all));
    if (name == std::string("bids")) CHECK(total == doctest::Approx(static_cast<double>(n)));
    CHECK(count > n);
  }
}

std::string message_of(const std::vector<std::string>& more, const char* storage = "\"edges\"") {
  try {
    edge_scenario(storage, more);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

const char* const kOwn = "regimes.play.objective=\"own_payoff\"";

}  // namespace

TEST_CASE("edges: every graph gives the run of the matrix, planned and competitive") {
  for (const char* graph :
       {"{kind=\"random_out\",links=4}", "{kind=\"small_world\",neighbours=6,rewire=0.2}",
        "{kind=\"scale_free\",links=3}", "{kind=\"erdos_renyi\",probability=0.1}",
        "{kind=\"grid\",wrap=true}", "{kind=\"ring\",neighbours=4}", "\"complete\""})
    for (const char* objective : {"mean_payoff", "own_payoff"}) {
      CAPTURE(graph);
      CAPTURE(objective);
      check_alike({"market.agents=24", "market.graph=" + std::string(graph),
                   "regimes.play.objective=\"" + std::string(objective) + "\""});
    }
}

TEST_CASE("edges: larger markets give the run of the matrix") {
  // Pushes as exact as these pass all bids hundreds of times; a few steps are enough.
  for (const char* play :
       {"{objective=\"mean_payoff\"}", "{objective=\"own_payoff\",schedule=\"one_random\"}"})
    check_alike({"market.agents=500", "market.graph.links=8", "market.payoff.ranking.weight=200.0",
                 "regimes.play=" + std::string(play)});
  check_alike({"market.agents=200", "market.graph.links=8", "market.payoff.ranking.weight=80.0",
               "steps=3", "record.every=1", kOwn});
}

TEST_CASE("edges: every squash, shift and mask gives the run of the matrix") {
  for (const char* squash : {"sigmoid", "softmax", "clip"})
    for (const char* shift : {"\"row_mean\"", "\"column_mean\"", "0.1"})
      for (const char* mask : {"relu", "sigmoid", "relu6"})
        for (const char* objective : {"mean_payoff", "own_payoff", "mean_utility"}) {
          const bool is_clip = squash == std::string("clip");
          check_alike({"market.agents=20", "market.graph.links=4",
                       "market.bids.squash=\"" + std::string(squash) + "\"",
                       "market.bids.shift=" + std::string(shift),
                       "market.bids.mask=\"" + std::string(mask) + "\"",
                       "regimes.play.objective=\"" + std::string(objective) + "\"",
                       // Bids that clip to zero end walks; a few small steps leave all inside.
                       is_clip ? "learning.learner={kind=\"sgd\",rate=0.001}" : "steps=10",
                       is_clip ? "agents.initial_bids={low=0.3,high=0.7}" : "seed=2"});
        }
}

TEST_CASE("edges: every ranking gives the run of the matrix, planned and competitive") {
  for (const char* source : {"bids", "interranking"})
    for (const char* normalise : {"l1", "minmax", "softmax"})
      for (const char* term : {"ranking", "weighted_ranking"})
        for (const char* objective : {"mean_payoff", "own_payoff"}) {
          check_alike(
              {"market.agents=30",
               "market.ranking={source=\"" + std::string(source) + "\",normalise=\"" + normalise +
                   "\",offset=0.01}",
               "market.alpha={kind=\"random\",low=0.1,high=0.6}",
               "market.payoff={utility=1.0," + std::string(term) + "={weight=20.0,by=\"alpha\"}}",
               "regimes.play.objective=\"" + std::string(objective) + "\""},
              1e-8);
        }
}

TEST_CASE("edges: emissions and several rankings give the run of the matrix") {
  check_alike({kOwn,
               "market.payoff={utility=1.0,emission={weight=1.0,by=\"alpha\"},ranking=10.0,"
               "weighted_ranking=5.0}",
               "market.alpha={kind=\"random\",low=0.1,high=0.6}",
               "record.trajectory=[\"payoff\",\"emission\",\"ranking\"]"});
}

TEST_CASE("edges: schedules, learners and groups give the run of the matrix") {
  for (const char* schedule :
       {"\"one_random\"", "\"round_robin\"", "{kind=\"random_subset\",size=7}"})
    for (const char* objective : {"mean_payoff", "own_payoff"})
      check_alike({"regimes.play={objective=\"" + std::string(objective) +
                   "\",schedule=" + schedule + "}"});
  for (const char* learner : {"sgd", "momentum", "optimistic", "extragradient", "two_timescale"})
    check_alike({kOwn, "learning.learner=\"" + std::string(learner) + "\""});
  check_alike({"learning.learner={kind=\"adam\",clock=\"per_agent\"}",
               "regimes.play.schedule={kind=\"random_subset\",size=7}"});
  check_alike(
      {"regimes.play={objective=\"own_payoff\",groups={friends={agents=[1,2,3,10,20],objective="
       "\"group_payoff\"},fixed={agents=[4,5],objective=\"fixed\"},planner={agents=[6,7],"
       "objective=\"mean_payoff\",learner=\"sgd\"}}}"});
}

TEST_CASE("edges: the error of pushes is measured at the end, below the one asked for") {
  const auto errors = [](double push_error) {
    const PlayedTrial played = play_in_memory(
        edge_scenario("{kind=\"edges\",push_error=" + std::to_string(push_error) + "}",
                      {kOwn, "steps=3", "record.final=[\"push_errors\"]"}),
        0, 0);
    return std::pair(played.scalar("push_entry_error"), played.scalar("push_square_error"));
  };
  const auto [entry, square] = errors(0.5);
  const auto [closer_entry, closer_square] = errors(0.01);
  CHECK(entry > 1e-4);
  CHECK(entry < 0.5);
  CHECK(square > 1e-5);
  CHECK(closer_entry < 0.01);
  CHECK(closer_entry < 0.1 * entry);
  CHECK(closer_square < 0.1 * square);
}

TEST_CASE("edges: a run that is stopped and resumed at any step has the same bits") {
  for (const char* objective : {"mean_payoff", "own_payoff"})
    for (const char* schedule : {"\"all_agents\"", "\"one_random\""}) {
      const Scenario scenario = edge_scenario(
          "\"edges\"", {"steps=12", "record.every=3", "market.payoff.utility=0.7",
                        "record.trajectory=[\"payoff\",\"raw_bid_path\",\"bid_path\",\"mask_path\","
                        "\"gradient_path\",\"emission\"]",
                        "regimes.play={objective=\"" + std::string(objective) +
                            "\",schedule=" + schedule + "}"});
      struct Memory final : Recorder {
        std::vector<double> values, last;
        void trajectory(Index, Index, std::span<const double> block) override {
          values.insert(values.end(), block.begin(), block.end());
        }
        void final(std::span<const double> block) override {
          last.assign(block.begin(), block.end());
        }
      };
      const auto run = [](Simulation& simulation, Memory& memory) {
        std::atomic<std::int64_t> done = 0;
        const std::atomic<bool> stop = false;
        return simulation.run(memory, stop, done);
      };
      Memory whole;
      run(*scenario.simulation(0, 0), whole);
      REQUIRE(!whole.last.empty());
      for (const Index stop : {0, 3, 5, 11}) {
        CAPTURE(stop);
        Memory parts;
        const auto part = scenario.simulation(0, 0), rest = scenario.simulation(0, 0);
        part->stop_at(stop);
        run(*part, parts);
        rest->load(part->save());
        run(*rest, parts);
        CHECK(is_same(parts.values, whole.values));
        CHECK(is_same(parts.last, whole.last));
      }
    }
}

TEST_CASE("edges: the same bits at any number of threads, whatever else is recorded") {
  for (const char* objective : {"mean_payoff", "own_payoff"}) {
    const std::vector<std::string> sets{
        "market.agents=5000", "steps=4", "record.every=2",
        "regimes.play.objective=\"" + std::string(objective) + "\""};
    const Scenario scenario = edge_scenario(kLooseEdges, sets);
    std::vector<std::string> more = sets;
    more.push_back("record.every=1");
    const Scenario denser = edge_scenario(kLooseEdges, more);
    PlayedTrial alone, beside;
    tbb::task_arena(1).execute([&] { alone = play_in_memory(scenario, 0, 0); });
    tbb::task_arena(4).execute([&] { beside = play_in_memory(scenario, 0, 0); });
    CHECK(alone.trajectory == beside.trajectory);
    CHECK(alone.final == beside.final);
    CHECK(alone.final == play_in_memory(denser, 0, 0).final);
    CHECK(largest_of(alone.final.at("mask")) > 0.0);
  }
}

TEST_CASE("edges: what they cannot do is refused, with its key and the reason") {
  const auto refuses = [](const std::vector<std::string>& more, const std::string& key,
                          const std::string& reason) {
    const std::string message = message_of(more);
    CAPTURE(message);
    CHECK(message.find(key) != std::string::npos);
    CHECK(message.find(reason) != std::string::npos);
  };
  CHECK(message_of({}) == "");
  refuses({"market.payoff.divergence=-0.5"}, "market.payoff.divergence", "for up to about");
  refuses({"market.payoff.emission=1.0"}, "regimes.play.objective", "diagonal");
  refuses({"market.utility.kind=\"quadratic\""}, "market.utility.kind", "linear");
  refuses({"agents.network=\"mlp\""}, "agents.network", "table");
  refuses({"agents.initial_bids=\"minmax_rows\""}, "agents.initial_bids", "low, high");
  refuses({"record.final=[\"interranking\"]"}, "record.final", "interranking");
  refuses({"record.trajectory=[\"divergence\"]"}, "record.trajectory", "divergence");
  refuses({"certify=true"}, "record.final", "certificate");
  refuses({"regimes.play.refine=\"better_responses\""}, "regimes.play.refine", "best responses");
  refuses({"market.agents=20000", "market.utility.contribution=\"random\""},
          "market.utility.contribution", "random_bids");
  refuses({"market.agents=100000000", "market.graph.links=64"}, "market.graph", "bids");
}

TEST_CASE("edges: the memory foreseen is the memory held, and few numbers an edge") {
  if (allocated_bytes() < 0) return;  // the sanitizers' own allocator is not counted
  for (const auto& [objective, most] : {std::pair("mean_payoff", 70.0), {"own_payoff", 80.0}}) {
    CAPTURE(objective);
    const Scenario scenario =
        edge_scenario(kLooseEdges, {"market.agents=3000", "market.graph.links=16",
                                    "regimes.play.objective=\"" + std::string(objective) + "\""});
    std::vector<Index> everyone(3000);
    std::iota(everyone.begin(), everyone.end(), Index{0});
    const auto held = [&] {
      const std::int64_t before = allocated_bytes();
      const auto market = scenario.structure().trial_market(0, scenario.plan(0), 0);
      for (Index step = 0; step < 2; ++step) play_step(*market, step, {everyone, true});
      return static_cast<double>(allocated_bytes() - before);
    };
    held();  // what threads keep for themselves is there
    const double foreseen = scenario.structure().trial_bytes(scenario.plan(0)), bytes = held();
    constexpr double kSmall = 32 * 1024;
    CHECK(foreseen + kSmall >= bytes);
    CHECK(foreseen <= 1.5 * bytes);
    CHECK(bytes <= most * 3000 * 17);  // of links and bids on oneself
  }
}
