// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// The memory that `gbid check` foresees is what a trial sets aside.
#include <doctest/doctest.h>

#include <map>
#include <numeric>

#include "tests/allocation_counter.hpp"
#include "tests/conformance/small_scenario.hpp"
#include "tests/play_step.hpp"

using namespace gbid;

namespace {

/// Bytes that a trial holds once it has made two steps.
double bytes_of_a_trial(const Scenario& scenario) {
  std::vector<Index> everyone(static_cast<std::size_t>(scenario.structure().agents()));
  std::iota(everyone.begin(), everyone.end(), Index{0});
  const std::int64_t before = test::allocated_bytes();
  const auto market = scenario.structure().trial_market(0, scenario.plan(0), 0);
  for (Index step = 0; step < 2; ++step) test::play_step(*market, step, {everyone, true});
  return static_cast<double>(test::allocated_bytes() - before);
}

/// So large that what is not foreseen one by one (names, tables of arrays) hardly counts. The other
/// structures' examples are, or have two players (bilinear).
const std::map<std::string, std::string> kLarge{
    {"bid_matrix", "market.agents=300"},
    {"proportional_share", "market.agents=5000"},
    {"tullock", "market.agents=5000"},
    {"cournot", "market.agents=5000"},
    {"bertrand", "market.agents=5000"},
    {"common_pool", "market.agents=5000"},
    {"linear_quadratic", "market.agents=5000"},
    {"selfish_routing", "market.network={kind=\"grid\",rows=30,columns=30}"},
};

}  // namespace

TEST_CASE("every structure: the memory foreseen is the memory held") {
  if (test::allocated_bytes() < 0) return;  // the sanitizers' own allocator is not counted
  for (const StructureEntry& entry : structures())
    for (const char* learner : {"sgd", "adam"}) {
      CAPTURE(entry.name);
      CAPTURE(learner);
      std::vector<std::string> sets{
          "learning.learner={kind=\"" + std::string(learner) + "\",rate=1e-6}",
          "regimes={play={}}"};
      if (const auto large = kLarge.find(entry.name); large != kLarge.end())
        sets.push_back(large->second);
      const Scenario scenario = test::small(entry, sets);
      bytes_of_a_trial(scenario);  // what threads keep for themselves is there
      const double held = bytes_of_a_trial(scenario), foreseen = scenario.simulation_bytes(0);
      constexpr double kSmall = 32 * 1024;
      CHECK(foreseen + kSmall >= held);
      CHECK(foreseen <= 2.0 * held + kSmall);
    }
}
