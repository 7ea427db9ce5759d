// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// Trials whose steps a card computes have the numbers of BidMatrixGame, to rounding: by the card's
// kernels as plain loops everywhere, and on the card itself where there is one.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <set>

#include "engine/core/error.hpp"
#include "scenarios/bidding/bid_card.hpp"
#include "scenarios/play/run_device.hpp"
#include "tests/conformance/small_scenario.hpp"

using namespace gbid;
using gbid::test::is_same;

namespace {

struct CardRecord final : Recorder {
  std::vector<double> values, last;
  void trajectory(Index, Index, std::span<const double> block) override {
    values.insert(values.end(), block.begin(), block.end());
  }
  void final(std::span<const double> block) override { last.assign(block.begin(), block.end()); }
};

struct CardRun {
  std::vector<RunResult> results;
  std::vector<CardRecord> records;
  std::string saved;
};

/// Plays a block to its end, or from a saved state, or until a step.
CardRun play_block_on(const Scenario& scenario, const Device& device, Index first, Index count,
                      const std::string& from = "", Index until = -1) {
  const auto block = scenario.block(0, first, count, device);
  if (!from.empty()) block->load(from);
  if (until >= 0) block->stop_at(until);
  CardRun run;
  run.records.resize(static_cast<std::size_t>(count));
  std::vector<Recorder*> recorders;
  for (CardRecord& record : run.records) recorders.push_back(&record);
  std::atomic<std::int64_t> done = 0;
  const std::atomic<bool> stop = false;
  run.results = block->run(recorders, stop, done);
  run.saved = block->save();
  return run;
}

std::vector<Device> devices() {
  std::vector<Device> all{{Device::Kind::kLoops, 0}};
  if (!cards().empty()) all.push_back({Device::Kind::kCuda, 0});
  return all;
}

const std::vector<std::string> kRecorded{
    "record.trajectory=[\"payoff\",\"raw_bid_path\",\"bid_path\",\"mask_path\",\"utility\","
    "\"ranking\",\"emission\",\"self_bid\",\"price\",\"mask_density\",\"mean_utility\","
    "\"updates\"]",
    "record.final=[\"bids\",\"mask\",\"interranking\"]", "certify=false",
    "learning.budget=\"steps\"", "learning.until=\"steps\""};

Scenario card_scenario(const std::string& preset, const std::vector<std::string>& more) {
  config::Document document =
      config::Document::from_file(GBID_SOURCE_DIR "/scenarios/bid_matrix/" + preset + ".toml");
  for (const std::string& set : kRecorded) document.set(set);
  for (const std::string& set : more) document.set(set);
  return Scenario::load(document);
}

std::string card_regime(const std::string& objective, const std::string& schedule) {
  return "regimes={play={objective=\"" + objective + "\",schedule=\"" + schedule + "\"}}";
}

/// The largest difference relative to the values, which are of the order of one.
double distance(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.size() != b.size() || a.empty()) return std::numeric_limits<double>::infinity();
  double most = 0.0;
  for (std::size_t k = 0; k < a.size(); ++k) {
    if (a[k] == b[k] || (std::isnan(a[k]) && std::isnan(b[k]))) continue;  // infinities, too
    const double off = std::fabs(a[k] - b[k]) / std::max(1e-2, std::fabs(a[k]));
    most = off <= most ? most : off;  // NaN is far away
    if (std::isnan(off)) return off;
  }
  return most;
}

// Two programs in float64 drift apart by 1e-14 to 1e-13 over 200 steps that are not chaotic.
constexpr double kSame = 1e-9;

/// Plays all trials on the CPU, one by one, and as a block on every device.
void check_agrees(const Scenario& scenario) {
  REQUIRE(scenario.structure().missing_on_card(scenario.plan(0)) == "");
  for (const Device& device : devices()) {
    CAPTURE(device.name());
    const CardRun together = play_block_on(scenario, device, 0, scenario.trials());
    for (Index trial = 0; trial < scenario.trials(); ++trial) {
      CAPTURE(trial);
      const CardRun alone = play_block_on(scenario, {}, trial, 1);
      const auto t = static_cast<std::size_t>(trial);
      CHECK(together.results[t].end == alone.results[0].end);
      CHECK(together.results[t].steps == alone.results[0].steps);
      CHECK(together.results[t].message == alone.results[0].message);
      CHECK(distance(alone.records[0].values, together.records[t].values) < kSame);
      if (alone.results[0].end != RunResult::End::kFailed)
        CHECK(distance(alone.records[0].last, together.records[t].last) < kSame);
    }
  }
}

/// Every update from the CPU's state, which a checkpoint carries over, and back.
void check_agrees_update_by_update(const Scenario& scenario, Index steps) {
  for (const Device& device : devices()) {
    CAPTURE(device.name());
    std::string state = play_block_on(scenario, {}, 0, 2, "", 0).saved;
    for (Index step = 0; step < steps; ++step) {
      CAPTURE(step);
      const CardRun on_cpu = play_block_on(scenario, {}, 0, 2, state, step + 1);
      const CardRun on_card = play_block_on(scenario, device, 0, 2, state, step + 1);
      for (std::size_t t = 0; t < 2; ++t) {
        CHECK(on_card.results[t].message == on_cpu.results[t].message);
        if (on_cpu.results[t].end == RunResult::End::kFailed) return;
        CHECK(distance(on_cpu.records[t].values, on_card.records[t].values) < kSame);
      }
      state = on_cpu.saved;
    }
  }
}

const std::vector<std::string> kCardPresets{"price_of_anarchy", "poa", "nash", "divergence",
                                            "rank"};
const std::vector<std::string> kCardSchedules{"all_agents", "one_random", "round_robin"};
const std::vector<std::string> kCardObjectives{"own_payoff", "mean_payoff", "mean_utility"};

/// Runs in which rounding grows to the size of the bids.
bool is_chaotic(const std::string& preset, const std::string& objective,
                const std::string& schedule) {
  return preset == "nash" || (objective == "own_payoff" && schedule == "all_agents" &&
                              (preset == "divergence" || preset == "poa"));
}

}  // namespace

TEST_CASE("card: every experiment, objective and schedule agrees with the CPU") {
  for (const std::string& preset : kCardPresets)
    for (const std::string& objective : kCardObjectives)
      for (const std::string& schedule : kCardSchedules) {
        CAPTURE(preset);
        CAPTURE(objective);
        CAPTURE(schedule);
        const std::string regime = card_regime(objective, schedule);
        if (is_chaotic(preset, objective, schedule))
          check_agrees_update_by_update(
              card_scenario(preset, {regime, "trials=2", "steps=60", "record.every=1"}), 30);
        else
          check_agrees(card_scenario(preset, {regime, "trials=3", "steps=200", "record.every=20"}));
      }
}

TEST_CASE("card: every learner agrees with the CPU") {
  for (const char* learner :
       {"\"sgd\"", "\"momentum\"", "\"adam\"", "{kind=\"adam\",clock=\"per_agent\",beta2=0.9}"})
    for (const std::string& schedule : kCardSchedules) {
      CAPTURE(learner);
      CAPTURE(schedule);
      check_agrees(card_scenario("price_of_anarchy",
                                 {card_regime("own_payoff", schedule), "trials=2", "steps=150",
                                  "learning.learner=" + std::string(learner)}));
    }
}

TEST_CASE("card: markets of all sizes agree with the CPU") {
  for (const char* agents : {"2", "3", "5", "8", "13", "16", "17", "24", "33", "64"})
    for (const char* objective : {"own_payoff", "mean_payoff"})
      for (const char* schedule : {"all_agents", "one_random"}) {
        CAPTURE(agents);
        CAPTURE(objective);
        CAPTURE(schedule);
        check_agrees(card_scenario(
            "price_of_anarchy",
            {"market.agents=" + std::string(agents), "trials=4", "steps=15",
             "market.alpha={kind=\"random\",low=0.1,high=0.9}", "market.bids.shift=\"column_mean\"",
             "market.payoff.weighted_ranking=0.5", "record.every=5",
             card_regime(objective, schedule)}));
      }
  check_agrees(card_scenario("poa", {"market.agents=40", "trials=2", "steps=6", "record.every=2",
                                     card_regime("own_payoff", "all_agents")}));
}

TEST_CASE("card: forms of bids, masks and terms agree with the CPU") {
  for (const char* more :
       {"market.bids.squash=\"softmax\"", "market.bids.squash=\"clip\"", "market.bids.shift=0.07",
        "market.bids.mask=\"relu6\"", "market.bids.mask=\"sigmoid\"", "market.bids.mask=\"hard\"",
        "market.divergence.source=\"bids\"", "market.utility.scale=\"one_minus_alpha\"",
        "market.payoff={utility=1.0}", "market.payoff={emission=2.0,ranking=1.0}",
        "market.ranking.normalise=\"minmax\"", "market.ranking.normalise=\"softmax\"", "starts=3"})
    for (const std::string& schedule : kCardSchedules) {
      CAPTURE(more);
      CAPTURE(schedule);
      check_agrees(card_scenario(
          "price_of_anarchy",
          {"market.alpha={kind=\"random\",low=0.0,high=0.9}", "trials=3", "steps=25",
           "market.payoff.weighted_ranking=0.3", card_regime("own_payoff", schedule), more}));
    }
}

TEST_CASE("card: an inverse that is thin or old is made afresh") {
  check_agrees(card_scenario("price_of_anarchy",
                             {"trials=8", "steps=300", "learning.learner={kind=\"sgd\",rate=0.6}",
                              "market.payoff={utility=1.0,divergence=-0.2,ranking=2.0}",
                              card_regime("own_payoff", "one_random")}));
}

TEST_CASE(
    "card: a trial that fails says what it says on the CPU; one that settles ends where it does") {
  // Steps so long that bids are cut to zero within a few updates. All agents move, so that zeros of the inverse are
  // exact: where it is carried along, rounding decides in which step one is met.
  const Scenario failing = card_scenario(
      "price_of_anarchy",
      {"trials=8", "steps=8", "record.every=4", "learning.learner={kind=\"sgd\",rate=10.0}",
       "market.bids.squash=\"clip\"", card_regime("own_payoff", "all_agents")});
  check_agrees(failing);
  std::set<Index> steps;
  for (const RunResult& result : play_block_on(failing, devices().front(), 0, 8).results)
    if (result.end == RunResult::End::kFailed) steps.insert(result.steps);
  CHECK(steps.size() > 1);
  const Scenario settling = card_scenario(
      "price_of_anarchy", {"trials=8", "steps=2000", "learning.until=\"settled\"",
                           "learning.settled={window=10,tolerance=1e-3}", "record.every=10",
                           card_regime("mean_payoff", "all_agents")});
  check_agrees(settling);
  steps.clear();
  for (const RunResult& result : play_block_on(settling, devices().front(), 0, 8).results)
    steps.insert(result.steps);
  CHECK(steps.size() > 1);
}

TEST_CASE("card: a trial has the same bits in any block, with any records, and through a stop") {
  for (const std::string& schedule : kCardSchedules)
    for (const Device& device : devices()) {
      CAPTURE(schedule);
      CAPTURE(device.name());
      const std::vector<std::string> sets{card_regime("own_payoff", schedule), "trials=7",
                                          "steps=90", "record.every=90"};
      const Scenario scenario = card_scenario("price_of_anarchy", sets);
      const CardRun all = play_block_on(scenario, device, 0, 7);
      CHECK(
          is_same(play_block_on(scenario, device, 0, 7).records[6].values, all.records[6].values));
      for (const auto& [first, count] : {std::pair<Index, Index>{0, 1}, {1, 3}, {4, 3}}) {
        const CardRun part = play_block_on(scenario, device, first, count);
        for (Index k = 0; k < count; ++k)
          CHECK(is_same(part.records[static_cast<std::size_t>(k)].values,
                        all.records[static_cast<std::size_t>(first + k)].values));
      }
      std::vector<std::string> often = sets;
      often.back() = "record.every=1";
      const CardRun every = play_block_on(card_scenario("price_of_anarchy", often), device, 0, 7);
      const CardRun begin = play_block_on(scenario, device, 0, 7, "", 37);
      const CardRun end = play_block_on(scenario, device, 0, 7, begin.saved);
      for (std::size_t t = 0; t < 7; ++t) {
        CHECK(is_same(every.records[t].last, all.records[t].last));
        CHECK(is_same(end.records[t].last, all.records[t].last));
      }
    }
}

TEST_CASE("card: a checkpoint of one device goes on on the other") {
  const Scenario scenario = card_scenario(
      "price_of_anarchy",
      {card_regime("own_payoff", "one_random"), "trials=3", "steps=120", "record.every=20"});
  const CardRun whole = play_block_on(scenario, {}, 0, 3);
  for (const Device& device : devices())
    for (const auto& [from, to] : {std::pair<Device, Device>{{}, device}, {device, {}}}) {
      const CardRun begin = play_block_on(scenario, from, 0, 3, "", 50);
      const CardRun end = play_block_on(scenario, to, 0, 3, begin.saved);
      for (std::size_t t = 0; t < 3; ++t)
        CHECK(distance(whole.records[t].last, end.records[t].last) < kSame);
    }
}

TEST_CASE("card: what it does not play is refused with what is missing") {
  const std::pair<const char*, const char*> cases[] = {
      {"market.agents=65", "more than 64 agents"},
      {"market.graph={kind=\"ring\",neighbours=4}", "graphs that are not complete"},
      {"agents.network={kind=\"mlp\",hidden=[3]}", "networks"},
      {"market.divergence.form=\"softmax\"", "divergence as a softmax"},
      {"learning.learner=\"optimistic\"", "learners"},
      {"regimes.play.schedule={kind=\"random_subset\",size=3}", "schedules"},
      {"record.trajectory=[\"gradient_path\"]", "records of the path"},
      {"regimes.play.groups={a={agents=[0,1]}}", "several groups"}};
  for (const auto& [set, missing] : cases) {
    CAPTURE(set);
    const Scenario scenario = card_scenario(
        "price_of_anarchy", {"regimes={play={schedule=\"all_agents\"}}", "trials=50", set});
    CHECK(scenario.structure().missing_on_card(scenario.plan(0)).find(missing) !=
          std::string::npos);
    std::string why;
    CHECK_THROWS_AS(device_of_run(scenario, "x.toml", "cuda", 1, why), ScenarioError);
    CHECK(device_of_run(scenario, "x.toml", "auto", 1, why).is_cpu());
    CHECK(why.find(missing) != std::string::npos);
    CHECK(device_of_run(scenario, "x.toml", "cpu", 1, why).is_cpu());
  }
  const Scenario falls_back =
      card_scenario("price_of_anarchy", {"market.agents=65", "device_fallback=true"});
  std::string why;
  CHECK(device_of_run(falls_back, "x.toml", "cuda", 1, why).is_cpu());
  const Scenario plays = card_scenario("price_of_anarchy", {"trials=50"});
  if (cards().empty()) {
    CHECK_THROWS_WITH_AS(device_of_run(plays, "x.toml", "cuda", 1, why),
                         doctest::Contains(why_no_card().c_str()), ScenarioError);
  } else {
    CHECK(device_of_run(plays, "x.toml", "auto", 1, why) == Device{Device::Kind::kCuda, 0});
    CHECK_THROWS_WITH_AS(device_of_run(plays, "x.toml", "cuda:99", 1, why),
                         doctest::Contains("no cuda:99"), ScenarioError);
    const Scenario large = card_scenario("poa", {"market.agents=64", "trials=100000"});
    CHECK_THROWS_WITH_AS(device_of_run(large, "x.toml", "cuda", 1, why), doctest::Contains("GB"),
                         ScenarioError);
  }
}

TEST_CASE("device: names") {
  CHECK(device_choice("auto")->is_auto);
  CHECK(device_choice("cpu")->device.is_cpu());
  CHECK(device_choice("cuda")->device == Device{Device::Kind::kCuda, 0});
  CHECK(device_choice("cuda:3")->device == Device{Device::Kind::kCuda, 3});
  for (const char* wrong : {"", "gpu", "cuda:", "cuda:-1", "cuda:x", "cuda3", "loops"})
    CHECK(!device_choice(wrong));
}
