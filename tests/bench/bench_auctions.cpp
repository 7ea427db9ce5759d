// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// Seconds to learn an equilibrium, from the first bids to the verdict: one run of each auction, of
// so many steps that it ends within an L2 distance of 0.005 and a relative utility loss of 0.001,
// which the counters show.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>

#include "scenarios/play/play_in_memory.hpp"

namespace {

using namespace gbid;

void learn(benchmark::State& state, const std::string& market, Index steps, double rate) {
  const Scenario scenario = scenario_from_text(fmt::format(
      "steps = {0}\n[market]\nstructure = \"auction\"\n{1}\n[learning]\nlearner = {{ kind = "
      "\"adam\", rate = {2}, beta1 = 0.5, beta2 = 0.99 }}\n[regimes.competitive]\n[record]\nevery "
      "= {0}\nfinal = [\"bid\"]\n",
      steps, market, rate));
  const auto largest = [](const std::vector<double>& values) {
    return *std::max_element(values.begin(), values.end());
  };
  for (auto _ : state) {
    const PlayedTrial played = play_in_memory(scenario, 0, 0);
    state.counters["l2"] = largest(played.last("l2_distance"));
    state.counters["relative_loss"] = largest(played.last("relative_utility_loss"));
  }
}

const std::string kUnlike = "prior = { kind = \"uniform\", high = [0.5, 1.0] }";
const std::string kWide = "format = \"all_pay\"\nnetwork = { hidden = [24, 24] }\n";

const std::string kFine = "learning = { nodes = 561, cells = 512 }\n";

#define GBID_LEARN(name, market, steps, rate)         \
  BENCHMARK_CAPTURE(learn, name, market, steps, rate) \
      ->Unit(benchmark::kMillisecond)                 \
      ->MeasureProcessCPUTime()                       \
      ->UseRealTime()
GBID_LEARN(first_price_2, "bidders = 2", 500, 0.01);
GBID_LEARN(first_price_5, "bidders = 5", 800, 0.01);
GBID_LEARN(first_price_10, "bidders = 10", 1500, 0.01);
GBID_LEARN(second_price_2, "format = \"second_price\"", 500, 0.01);
GBID_LEARN(unlike, kUnlike, 2000, 0.01);
GBID_LEARN(all_pay_2, kWide + "bidders = 2", 5000, 0.003);
GBID_LEARN(all_pay_3, kWide + "bidders = 3", 5000, 0.003);
GBID_LEARN(double_auction, "format = \"double_auction\"\nnetwork = { hidden = [16] }", 1000, 0.005);
GBID_LEARN(llg_nearest_zero, "format = { kind = \"llg\", payment = \"nearest_zero\" }", 200, 0.01);
GBID_LEARN(llg_nearest_vcg, "format = { kind = \"llg\", payment = \"nearest_vcg\" }", 200, 0.01);
GBID_LEARN(llg_nearest_bid, "format = { kind = \"llg\", payment = \"nearest_bid\" }", 200, 0.01);
GBID_LEARN(affiliated, "format = \"affiliated\"", 500, 0.01);
GBID_LEARN(discriminatory, "format = \"discriminatory\"", 500, 0.01);
GBID_LEARN(uniform_price, kFine + "format = \"uniform_price\"", 300, 0.01);
GBID_LEARN(uniform_price_three,
           kFine +
               "format = { kind = \"uniform_price\", units = 3 }\nnetwork = { same_start = true }",
           3000, 0.01);
// 3e-3 of its utility is left to be gained.
GBID_LEARN(mineral_rights,
           "bidders = 3\nformat = \"mineral_rights\"\nnetwork = { same_start = true }", 3000, 0.01);
#undef GBID_LEARN

}  // namespace
