// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <fmt/format.h>

#include "engine/simulation/simulation.hpp"
#include "scenarios/data/array_source_schema.hpp"
#include "scenarios/loading/config.hpp"
#include "scenarios/loading/registry.hpp"

namespace gbid {

using config::Choice;
using config::Kinds;
using config::Schema;

const std::vector<Choice<Objective>>& objective_choices() {
  static const std::vector<Choice<Objective>> choices{
      {Objective::kOwnPayoff, "own_payoff",
       "its own payoff, the others held fixed: the competitive game"},
      {Objective::kMeanPayoff, "mean_payoff", "the mean payoff of all agents: the planner"},
      {Objective::kMeanUtility, "mean_utility",
       "the mean utility of all agents, whatever the payoff"}};
  return choices;
}

const std::vector<Choice<std::string>>& observation_choices() {
  static const std::vector<Choice<std::string>> choices{
      {"constant", "constant", "the number 1"},
      {"prices", "prices", "mean bid on every agent"},
      {"rankings", "rankings", "ranking of every agent"},
      {"own_payoff", "own_payoff", "its own payoff when the market last cleared"}};
  return choices;
}

const Kinds<Table, MlpConfig>& network_kinds() {
  static const auto mlp =
      Schema<MlpConfig>("mlp", "layers of activation(A x + b)")
          .integer_list("hidden", &MlpConfig::hidden, {1, 1000000}, "width of every hidden layer")
          .choice("activation", &MlpConfig::activation,
                  {{Activation::kTanh, "tanh", "hyperbolic tangent"},
                   {Activation::kRelu, "relu", "max(x, 0)"},
                   {Activation::kGelu, "gelu", "x times the normal distribution function of x"},
                   {Activation::kIdentity, "identity", "x"}},
                  "between the layers")
          .text_list("observe", &MlpConfig::observe, observation_choices(),
                     "what the network sees, one after the other")
          .check([](const MlpConfig& network, const config::Checker& checker) {
            if (network.observe.empty())
              checker.fail("observe", "expected at least one of constant, prices, ...");
          });
  static const auto kinds =
      Kinds<Table, MlpConfig>()
          .kind("table", Schema<Table>("table", "parameters are the raw bids"),
                "the parameters are the raw bids themselves")
          .kind("mlp", mlp,
                "a multi-layer perceptron from what the agent observes to its raw bids");
  return kinds;
}

const Kinds<Sgd, Momentum, Adam, Optimistic, Extragradient, TwoTimescale, BestResponse>&
learner_kinds() {
  const config::Range positive{.min = 0.0, .max = {}, .min_open = true};
  const config::Range decay{.min = 0.0, .max = 1.0, .min_open = false, .max_open = true};
  const std::string rate = "step size";
  static const auto kinds =
      Kinds<Sgd, Momentum, Adam, Optimistic, Extragradient, TwoTimescale, BestResponse>()
          .kind("sgd",
                Schema<Sgd>("sgd", "plain gradient").number("rate", &Sgd::rate, positive, rate),
                "plain gradient ascent; cycles in games that are not nearly potential games")
          .kind("momentum",
                Schema<Momentum>("momentum", "heavy ball")
                    .number("rate", &Momentum::rate, positive, rate)
                    .number("beta", &Momentum::beta, decay,
                            "share of the last direction that is kept"),
                "gradient ascent with momentum: smoother, and quicker to cycle")
          .kind("adam",
                Schema<Adam>("adam", "Adam")
                    .number("rate", &Adam::rate, positive, rate)
                    .number("beta1", &Adam::beta1, decay, "decay of the mean gradient")
                    .number("beta2", &Adam::beta2, decay, "decay of the mean square")
                    .number("epsilon", &Adam::epsilon, positive, "added to the root mean square")
                    .choice("clock", &Adam::clock,
                            {{Clock::kShared, "shared", "steps of the run"},
                             {Clock::kPerAgent, "per_agent", "the agent's own updates"}},
                            "what the bias correction counts"),
                "steps scaled per parameter; the learner of the published experiments")
          .kind("optimistic",
                Schema<Optimistic>("optimistic", "optimistic gradient")
                    .number("rate", &Optimistic::rate, positive, rate),
                "optimistic gradient: settles in zero-sum-like games where plain gradients cycle; "
                "one gradient a step")
          .kind("extragradient",
                Schema<Extragradient>("extragradient", "extragradient")
                    .number("rate", &Extragradient::rate, positive, rate),
                "extragradient: like optimistic, more robust; two gradients a step")
          .kind("two_timescale",
                Schema<TwoTimescale>("two_timescale", "two groups, two rates")
                    .number("rate", &TwoTimescale::rate, positive, "step size of agents 0, 2, ...")
                    .number("ratio", &TwoTimescale::ratio, positive,
                            "step size of agents 1, 3, ... by that of the others"),
                "plain gradients of which every other agent takes smaller steps: settles some "
                "games of leaders and followers where equal steps cycle, but no game that is "
                "zero-sum through and through")
          .kind("best_response",
                Schema<BestResponse>("best_response", "towards the best response")
                    .number("rate", &BestResponse::rate, {.min = 0.0, .max = 1.0, .min_open = true},
                            "share of the way to the best response")
                    .choice("averaging", &BestResponse::averaging,
                            {{Averaging::kNone, "none", "the same share at every update"},
                             {Averaging::kFictitiousPlay, "fictitious_play",
                              "rate / t at an agent's t-th update"}},
                            "how the share changes with the updates"),
                "a share of the way to the exact best response to the others as they are: few "
                "steps where the share is small enough for the game; competitive regimes of "
                "markets with exact best responses only");
  return kinds;
}

const Kinds<AllAgents, OneRandom, RoundRobin, RandomSubset, FileArray>& schedule_kinds() {
  static const auto kinds = Kinds<AllAgents, OneRandom, RoundRobin, RandomSubset, FileArray>()
                                .kind("all_agents", Schema<AllAgents>("all_agents", "all"),
                                      "everyone moves at once, from the same state")
                                .kind("one_random", Schema<OneRandom>("one_random", "one"),
                                      "one agent a step, drawn uniformly")
                                .kind("round_robin", Schema<RoundRobin>("round_robin", "in turn"),
                                      "one agent a step, in turn")
                                .kind("random_subset",
                                      Schema<RandomSubset>("random_subset", "some")
                                          .integer("size", &RandomSubset::size, {1, 100000000},
                                                   "agents that move in a step"),
                                      "so many different agents a step, drawn uniformly")
                                .kind("file", file_array_schema(),
                                      "one agent a step, from a file: (steps) or (trials x steps)")
                                .key_means<FileArray>("file");
  return kinds;
}

const Kinds<RandomBetween, MinmaxRows, FileArray>& initial_bids_kinds() {
  static const auto kinds =
      Kinds<RandomBetween, MinmaxRows, FileArray>()
          .kind("uniform", random_between_schema(), "uniform between two bounds")
          .kind("minmax_rows", Schema<MinmaxRows>("minmax_rows", "normal rows, scaled"),
                "normal numbers, each agent's row scaled to [0, 1] and divided by its sum")
          .kind("file", file_array_schema(),
                "(agents x bids) for every trial, or (trials x agents x bids)")
          .key_means<FileArray>("file");
  return kinds;
}

const Structures::Of<Kinds>& market_kinds() {
  static const auto kinds = Structures::kinds().tag("structure");
  return kinds;
}

namespace {

/// The names that any structure can record; whether this one can is checked with its market.
std::vector<Choice<std::string>> recordable_choices(bool is_final) {
  std::vector<Choice<std::string>> choices;
  const auto add = [&](const std::string& name, const std::string& help) {
    for (const auto& choice : choices)
      if (choice.name == name) return;
    choices.push_back({name, name, help});
  };
  for (const StructureEntry& structure : structures()) {
    if (is_final)
      for (const auto& [name, help] : structure.recordables.final) add(name, help);
    else
      for (const Variable& variable : structure.recordables.trajectory)
        add(variable.name, variable.long_name);
  }
  if (!is_final) add(updates_variable().name, updates_variable().long_name);
  return choices;
}

Schema<AgentsConfig> agents_schema() {
  return Schema<AgentsConfig>("agents", "What an agent is.")
      .one_of("network", &AgentsConfig::network, network_kinds(),
              "from what an agent sees to its raw bids")
      .one_of("initial_bids", &AgentsConfig::initial_bids, initial_bids_kinds(),
              "raw bids at the start")
      .boolean(
          "paired_start", &AgentsConfig::paired_start,
          "whether the regimes of a trial start from the same bids; otherwise each draws its own");
}

Schema<LearningConfig> learning_schema() {
  const auto settled =
      Schema<SettleCriterion>("settled", "When a run counts as settled.")
          .integer("window", &SettleCriterion::window, {2, 1000000}, "records that are looked at")
          .number("tolerance", &SettleCriterion::tolerance,
                  {.min = 0.0, .max = {}, .min_open = true},
                  "welfare stays within this share of its mean over the window");
  return Schema<LearningConfig>("learning", "How agents climb, and for how long.")
      .one_of("learner", &LearningConfig::learner, learner_kinds(), "how a gradient becomes a step")
      .choice("budget", &LearningConfig::budget,
              {{Budget::kSteps, "steps",
                "every regime plays `steps` steps, however many agents move in one"},
               {Budget::kUpdatesPerAgent, "updates_per_agent",
                "every regime plays until each agent has had `steps` updates on average"}},
              "what `steps` counts")
      .choice("until", &LearningConfig::until,
              {{Until::kSteps, "steps", "to the last step"},
               {Until::kSettled, "settled", "until welfare has settled, at most to the last step"}},
              "when a run ends")
      .table("settled", &LearningConfig::settled, settled, "criterion for until = \"settled\"");
}

Schema<RegimeConfig> regime_schema() {
  return Schema<RegimeConfig>("regime", "One way to play the market.")
      .choice("objective", &RegimeConfig::objective, objective_choices(), "what agents climb")
      .one_of("schedule", &RegimeConfig::schedule, schedule_kinds(), "who moves when")
      .optional_one_of("learner", &RegimeConfig::learner, learner_kinds(),
                       "instead of [learning] learner")
      .optional_one_of("initial_bids", &RegimeConfig::initial_bids, initial_bids_kinds(),
                       "instead of [agents] initial_bids");
}

Schema<RecordConfig> record_schema() {
  return Schema<RecordConfig>("record", "What the file keeps.")
      .integer("every", &RecordConfig::every, {1, 1000000000000},
               "steps from one record to the next")
      .text_list("trajectory", &RecordConfig::trajectory, recordable_choices(false),
                 "kept at every record; welfare always is")
      .text_list("final", &RecordConfig::final, recordable_choices(true), "kept once, at the end")
      .integer("compression", &RecordConfig::compression, {0, 9},
               "gzip level of the file; 0 is none");
}

Schema<CertificateConfig> certificate_schema() {
  const auto search = Schema<SearchConfig>("search", "How best responses are looked for.")
                          .integer("agents", &SearchConfig::agents, {0, 1000000000},
                                   "agents that are examined, spread evenly over all; 0: every "
                                   "one. Their gains are lower bounds of all agents' gains")
                          .integer("climbs", &SearchConfig::climbs, {1, 1000000},
                                   "starts that a search climbs from: the agent's own bids and the "
                                   "most promising others; networks also climb at lower rates")
                          .integer("iterations", &SearchConfig::iterations, {1, 1000000000},
                                   "steps of one climb: at most, or of networks so many")
                          .boolean("exchanges", &SearchConfig::exchanges,
                                   "whether bids next to the best are tried that no slope leads "
                                   "to; half of the work or more");
  return Schema<CertificateConfig>("certificate", "How certificates are made and read.")
      .table("search", &CertificateConfig::search, search,
             "how best responses are looked for where the market has no exact ones")
      .number(
          "tolerance", &CertificateConfig::tolerance, {.min = 0.0},
          "an end is an equilibrium if no agent's gain is above this share of the mean absolute "
          "payoff");
}

}  // namespace

const Schema<ScenarioConfig>& scenario_schema() {
  static const auto schema =
      Schema<ScenarioConfig>("scenario",
                             "A market, the regimes it is played in, and what is kept of it.")
          .text("title", &ScenarioConfig::title, "one line, for tables and figures")
          .integer("seed", &ScenarioConfig::seed, {0, {}}, "of all random numbers")
          .integer("trials", &ScenarioConfig::trials, {1, 100000000}, "independent repetitions")
          .integer("starts", &ScenarioConfig::starts, {1, 100000000},
                   "trials in a row that play the same game, each from a start of its own; divides "
                   "trials")
          .integer("steps", &ScenarioConfig::steps, {0, 1000000000000},
                   "length of a run, see learning.budget")
          .one_of("market", &ScenarioConfig::market, market_kinds(),
                  "who trades, and what it is worth")
          .optional_table("agents", &ScenarioConfig::agents, agents_schema(),
                          "what an agent is; of markets whose agents are all alike")
          .table("learning", &ScenarioConfig::learning, learning_schema(),
                 "how agents climb, and for how long")
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
            if (scenario.regimes.empty())
              checker.fail("regimes",
                           "expected at least one regime, such as [regimes.competitive], got none");
          });
  return schema;
}

}  // namespace gbid
