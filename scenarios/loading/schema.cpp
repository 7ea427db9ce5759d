// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <fmt/format.h>

#include "engine/device/device.hpp"
#include "scenarios/loading/sections.hpp"
#include "scenarios/structure/agents_schema.hpp"

namespace gbid {

using config::Kinds;
using config::Schema;

ScenarioConfig::ScenarioConfig() = default;
ScenarioConfig::ScenarioConfig(const ScenarioConfig&) = default;
ScenarioConfig::ScenarioConfig(ScenarioConfig&&) noexcept = default;
ScenarioConfig& ScenarioConfig::operator=(const ScenarioConfig&) = default;
ScenarioConfig& ScenarioConfig::operator=(ScenarioConfig&&) noexcept = default;
ScenarioConfig::~ScenarioConfig() = default;

const Structures::Of<Kinds>& market_kinds() {
  static const auto kinds = Structures::kinds().tag("structure");
  return kinds;
}

const Schema<ScenarioConfig>& scenario_schema() {
  static const auto schema =
      Schema<ScenarioConfig>("scenario",
                             "A market, the regimes it is played in, and what is kept of it.")
          .text("title", &ScenarioConfig::title, "one line, for tables and figures")
          .integer("seed", &ScenarioConfig::seed, {0, {}}, "of all random numbers")
          .integer("trials", &ScenarioConfig::trials, {1, 100000000},
                   "independent repetitions; in `gbid run` also \"auto\", see until_interval")
          .elsewhere(
              "until_interval",
              "what `gbid run` plays trials = \"auto\" until: { welfare_gap = WIDTH } or { "
              "price_of_anarchy = WIDTH }, the widest 95% interval of its median; first_trials "
              "= 16 are played before it is looked at, most_trials = 10000 at most")
          .integer("starts", &ScenarioConfig::starts, {1, 100000000},
                   "trials in a row that play the same game, each from a start of its own; divides "
                   "trials")
          .integer("steps", &ScenarioConfig::steps, {0, 1000000000000},
                   "length of a run, see learning.budget")
          .text("device", &ScenarioConfig::device,
                "what computes the steps: cpu, cuda or cuda:K (a card), or auto (a "
                "card where one pays); results agree to rounding")
          .boolean("device_fallback", &ScenarioConfig::device_fallback,
                   "whether the CPU plays what the device cannot, which is otherwise refused")
          .one_of("market", &ScenarioConfig::market, market_kinds(),
                  "the market: its agents, rules and payoffs")
          .optional_table("agents", &ScenarioConfig::agents, agents_schema(),
                          "what an agent is; for markets with one kind of agent")
          .table("learning", &ScenarioConfig::learning, learning_schema(),
                 "how agents learn, and for how long")
          .named("regimes", &ScenarioConfig::regimes, regime_schema(), {},
                 "ways to play the market, compared")
          .table("record", &ScenarioConfig::record, record_schema(), "what the file keeps")
          .boolean("certify", &ScenarioConfig::certify,
                   "whether every end is certified: what each agent could still gain; the same as "
                   "\"certificate\" in record.final")
          .table("certificate", &ScenarioConfig::certificate, certificate_schema(),
                 "how certificates are made and read")
          .elsewhere("sweep",
                     "what `gbid sweep` varies: [sweep.over] with KEY = [values] or \"0:1:0.25\", "
                     "zip = true, seeds = \"independent\" or \"common\"; `gbid run` plays the "
                     "file as it is")
          .required("market")
          .check([](const ScenarioConfig& scenario, const config::Checker& checker) {
            if (scenario.trials % scenario.starts != 0)
              checker.fail("starts", fmt::format("expected a divisor of the {} trials, got {}",
                                                 scenario.trials, scenario.starts));
            if (!device_choice(scenario.device))
              checker.fail("device", fmt::format("expected cpu, cuda, cuda:K or auto, got \"{}\"",
                                                 scenario.device));
            if (scenario.regimes.empty())
              checker.fail("regimes",
                           "expected at least one regime, such as [regimes.competitive], got none");
          });
  return schema;
}

}  // namespace gbid
