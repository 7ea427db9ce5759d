// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// Trials that are computed side by side have, bit by bit, the numbers that each has alone: one after
// the other by BidMatrixGame, which knows nothing of lanes.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <set>

#include "scenarios/bidding/bid_block.hpp"
#include "tests/conformance/small_scenario.hpp"

using namespace gbid;
using gbid::test::is_same;

namespace {

struct Kept final : Recorder {
  std::vector<double> values, last;
  void trajectory(Index, Index, std::span<const double> block) override {
    values.insert(values.end(), block.begin(), block.end());
  }
  void final(std::span<const double> block) override { last.assign(block.begin(), block.end()); }
};

std::vector<RunResult> run(Simulation& simulation, std::vector<Kept>& kept) {
  kept.resize(static_cast<std::size_t>(simulation.market().trials()));
  std::vector<Recorder*> recorders;
  for (Kept& trial : kept) recorders.push_back(&trial);
  std::atomic<std::int64_t> done = 0;
  const std::atomic<bool> stop = false;
  return simulation.run(recorders, stop, done);
}

/// An experiment as it is published, made short, with one regime and every bid, gradient and end recorded.
Scenario scenario(const std::string& preset, const std::vector<std::string>& more) {
  config::Document document =
      config::Document::from_file(GBID_SOURCE_DIR "/scenarios/bid_matrix/" + preset + ".toml");
  for (const char* set :
       {"trials=5", "steps=25", "record.every=1", "certify=false",
        "record.trajectory=[\"payoff\",\"raw_bid_path\",\"bid_path\",\"gradient_path\",\"ranking\","
        "\"emission\",\"updates\",\"distance_travelled\"]",
        "record.final=[\"bids\",\"mask\",\"interranking\"]"})
    document.set(set);
  for (const std::string& set : more) document.set(set);
  return Scenario::load(document);
}

std::string regime(const std::string& objective, const std::string& schedule) {
  return "regimes={play={objective=\"" + objective + "\",schedule=" + schedule + "}}";
}

/// Plays all trials as one block and each alone. @return how they ended.
std::vector<RunResult> check_same(const Scenario& scenario) {
  std::vector<Kept> together;
  const auto block = scenario.block(0, 0, scenario.trials());
  REQUIRE(dynamic_cast<BidBlock*>(&block->market()) != nullptr);
  const std::vector<RunResult> results = run(*block, together);
  for (Index trial = 0; trial < scenario.trials(); ++trial) {
    CAPTURE(trial);
    std::vector<Kept> alone;
    const auto single = scenario.simulation(0, trial);
    REQUIRE(dynamic_cast<BidBlock*>(&single->market()) == nullptr);
    const RunResult result = run(*single, alone).front();
    const auto t = static_cast<std::size_t>(trial);
    CHECK(results[t].end == result.end);
    CHECK(results[t].steps == result.steps);
    CHECK(results[t].message == result.message);
    CHECK(is_same(together[t].values, alone[0].values));
    CHECK(is_same(together[t].last, alone[0].last));
    CHECK(!together[t].values.empty());
  }
  return results;
}

const std::vector<std::string> kPresets{"price_of_anarchy", "poa", "nash", "divergence", "rank"};
const std::vector<std::string> kSchedules{"\"all_agents\"", "\"one_random\"", "\"round_robin\"",
                                          "{kind=\"random_subset\",size=3}"};

}  // namespace

TEST_CASE("lanes: every experiment, objective and schedule has the bits of its trials alone") {
  for (const std::string& preset : kPresets)
    for (const char* objective : {"own_payoff", "mean_payoff", "mean_utility"})
      for (const std::string& schedule : kSchedules) {
        CAPTURE(preset);
        CAPTURE(objective);
        CAPTURE(schedule);
        check_same(scenario(preset, {regime(objective, schedule)}));
      }
}

TEST_CASE("lanes: every learner has the bits of its trials alone") {
  for (const auto& learner : learner_kinds().core().all()) {
    if (learner.name == "best_response" || learner.name == "natural")
      continue;  // of other games only
    for (const std::string& schedule : kSchedules) {
      CAPTURE(learner.name);
      CAPTURE(schedule);
      check_same(scenario("price_of_anarchy", {"learning.learner=\"" + learner.name + "\"",
                                               regime("own_payoff", schedule)}));
    }
  }
}

TEST_CASE("lanes: markets of other sizes have the bits of their trials alone") {
  // From one entry to whole vectors and more; from 16 agents on two of a subset are carried along,
  // above 32 sums are folded from two blocks of agents.
  for (const char* agents : {"2", "3", "4", "7", "8", "13", "16", "24", "33", "64"})
    for (const char* objective : {"own_payoff", "mean_payoff"})
      for (const char* schedule :
           {"\"all_agents\"", "\"one_random\"", "{kind=\"random_subset\",size=2}"}) {
        CAPTURE(agents);
        CAPTURE(objective);
        CAPTURE(schedule);
        check_same(scenario(
            "price_of_anarchy",
            {"market.agents=" + std::string(agents), "trials=2",
             "market.alpha={kind=\"random\",low=0.1,high=0.9}", "market.bids.shift=\"column_mean\"",
             "steps=12", "market.payoff.weighted_ranking=0.5", regime(objective, schedule)}));
      }
}

TEST_CASE("lanes: forms of bids, masks, terms and starts have the bits of their trials alone") {
  for (const char* more :
       {"market.bids.squash=\"softmax\"", "market.bids.squash=\"clip\"", "market.bids.shift=0.07",
        "market.bids.mask=\"relu6\"", "market.bids.mask=\"sigmoid\"",
        "market.divergence.source=\"bids\"", "market.utility.scale=\"one_minus_alpha\"",
        "market.payoff={utility=1.0}", "market.payoff={emission=2.0,ranking=1.0}",
        "learning.learner={kind=\"adam\",clock=\"per_agent\"}", "starts=5"})
    for (const std::string& schedule : kSchedules) {
      CAPTURE(more);
      CAPTURE(schedule);
      check_same(scenario("price_of_anarchy", {"market.alpha={kind=\"random\",low=0.0,high=0.9}",
                                               regime("own_payoff", schedule), more}));
    }
}

TEST_CASE("lanes: an inverse that is thin or old is made afresh in its own trial") {
  // Steps so long that some agents' bids on themselves vanish; and 300 of them, past every refresh.
  const auto results = check_same(scenario(
      "price_of_anarchy", {"trials=8", "steps=300", "learning.learner={kind=\"adam\",rate=0.6}",
                           "market.payoff={utility=1.0,divergence=-0.2,ranking=2.0}",
                           regime("own_payoff", "\"one_random\"")}));
  CHECK(results.size() == 8);
}

TEST_CASE("lanes: a trial that fails or settles leaves the others undisturbed") {
  std::set<Index> steps;
  // 1. Bids cut to zero, of which a divergence is endless, at another step in every trial.
  std::size_t failed = 0;
  for (const RunResult& result : check_same(
           scenario("price_of_anarchy",
                    {"trials=8", "steps=200", "learning.learner={kind=\"sgd\",rate=3.0}",
                     "market.bids.squash=\"clip\"", regime("own_payoff", "\"one_random\"")}))) {
    failed += result.end == RunResult::End::kFailed;
    steps.insert(result.steps);
  }
  CHECK(failed > 0);
  CHECK(steps.size() > 1);
  // 2. Welfare that has settled.
  steps.clear();
  for (const RunResult& result : check_same(scenario(
           "price_of_anarchy", {"trials=8", "steps=2000", "learning.until=\"settled\"",
                                "learning.settled={window=10,tolerance=1e-3}", "record.every=10",
                                regime("mean_payoff", "\"all_agents\"")}))) {
    CHECK(result.end != RunResult::End::kFailed);
    steps.insert(result.steps);
  }
  CHECK(steps.size() > 1);
}

TEST_CASE("lanes: a block resumed from its table goes on with the same bits, and so does a trial") {
  for (const std::string& schedule : kSchedules) {
    CAPTURE(schedule);
    const Scenario all = scenario("price_of_anarchy", {regime("own_payoff", schedule)});
    std::vector<Kept> whole;
    run(*all.block(0, 0, 5), whole);
    const auto part = all.block(0, 0, 5);
    part->stop_at(11);
    std::vector<Kept> begin, end;
    run(*part, begin);
    const std::string saved = part->save();
    const auto rest = all.block(0, 0, 5);
    rest->load(saved);
    run(*rest, end);
    for (std::size_t t = 0; t < 5; ++t) {
      std::vector<double> values = begin[t].values;
      values.insert(values.end(), end[t].values.begin(), end[t].values.end());
      CHECK(is_same(values, whole[t].values));
      CHECK(is_same(end[t].last, whole[t].last));
    }
  }
}

TEST_CASE("lanes: what they cannot compute is played one trial after the other") {
  for (const char* more :
       {"agents.network={kind=\"mlp\",hidden=[3]}", "market.graph={kind=\"ring\",neighbours=4}",
        "market.divergence.form=\"softmax\"", "market.agents=65",
        "regimes={play={groups={a={agents=[0,1],objective=\"group_payoff\"},"
        "b={agents=[2,3,4,5,6,7,8,9]}}}}"}) {
    CAPTURE(more);
    const Scenario all =
        scenario("price_of_anarchy", {"steps=2", regime("own_payoff", "\"all_agents\""), more});
    const auto block = all.block(0, 0, 2);
    CHECK(dynamic_cast<BidBlock*>(&block->market()) == nullptr);
    std::vector<Kept> kept;
    CHECK(run(*block, kept).front().end == RunResult::End::kCompleted);
    CHECK(all.structure().block_size(all.plan(0)) == 1);
  }
}
