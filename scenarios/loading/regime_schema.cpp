// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/data/array_source_schema.hpp"
#include "scenarios/loading/sections.hpp"
#include "scenarios/structure/agents_schema.hpp"

namespace gbid {

using config::Choice;
using config::Kinds;
using config::Schema;

const std::vector<Choice<Objective>>& objective_choices() {
  static const std::vector<Choice<Objective>> choices{
      {Objective::kOwnPayoff, "own_payoff",
       "its own payoff, the others held fixed: the competitive game"},
      {Objective::kMeanPayoff, "mean_payoff", "the mean payoff of all agents: the planner"},
      {Objective::kMeanUtility, "mean_utility", "the mean utility of all agents, for any payoff"},
      {Objective::kGroupPayoff, "group_payoff",
       "the mean payoff of its group: a coalition; without groups the planner"},
      {Objective::kFixed, "fixed", "nothing: its bids stay as they started"}};
  return choices;
}

const Kinds<AllAgents, OneRandom, RoundRobin, RandomSubset, FileArray>& schedule_kinds() {
  static const auto kinds = Kinds<AllAgents, OneRandom, RoundRobin, RandomSubset, FileArray>()
                                .kind("all_agents", Schema<AllAgents>("all_agents", "all"),
                                      "all agents move at once, from the same state")
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

const Kinds<BetterResponses>& refine_kinds() {
  static const auto kinds = Kinds<BetterResponses>().kind(
      "better_responses",
      Schema<BetterResponses>("better_responses", "one agent after the other")
          .choice("order", &BetterResponses::order,
                  {{BetterResponses::Order::kRandom, "random", "drawn anew for every round"},
                   {BetterResponses::Order::kInTurn, "in_turn",
                    "by number; where they come back to bids of an earlier round, it is a cycle"}},
                  "of the agents in a round")
          .integer("rounds", &BetterResponses::rounds, {1, 1000000},
                   "in which every agent has its turn, at most")
          .integer("starts", &BetterResponses::starts, {1, 1000000},
                   "of a planner, whose best end is kept: the end of learning, and where agents "
                   "come to by better responses of their own, from there and from random bids"),
      "agents move one after the other to the best bids that the search of certificates finds, "
      "until none gains more than the tolerance, they run in a cycle, or the rounds are over. "
      "These moves are recorded apart from learning");
  return kinds;
}

Schema<RegimeConfig> regime_schema() {
  const auto group =
      Schema<GroupConfig>("group", "Agents that want, move or learn otherwise than the others.")
          .integer_list("agents", &GroupConfig::agents, {0, 1000000000},
                        "the group's agents, from 0; each in one group at most")
          .choice("objective", &GroupConfig::objective, objective_choices(),
                  "what the group's agents maximise")
          .one_of("schedule", &GroupConfig::schedule, schedule_kinds(),
                  "which of the group's agents move when")
          .optional_one_of("learner", &GroupConfig::learner, learner_kinds(),
                           "instead of the regime's learner")
          .required("agents");
  const auto stage =
      Schema<StageConfig>("stage", "A part of the run that follows the learning.")
          .integer("steps", &StageConfig::steps, {1, 1000000000000}, "its length, at most")
          .optional_one_of("schedule", &StageConfig::schedule, schedule_kinds(),
                           "instead of all groups' schedules")
          .optional_one_of("learner", &StageConfig::learner, learner_kinds(),
                           "instead of all groups' learners; all learners start afresh");
  return Schema<RegimeConfig>("regime", "One way to play the market.")
      .choice("objective", &RegimeConfig::objective, objective_choices(), "what agents maximise")
      .one_of("schedule", &RegimeConfig::schedule, schedule_kinds(), "who moves when")
      .optional_one_of("learner", &RegimeConfig::learner, learner_kinds(),
                       "instead of [learning] learner")
      .optional_one_of("initial_bids", &RegimeConfig::initial_bids, initial_bids_kinds(),
                       "instead of [agents] initial_bids")
      .named("groups", &RegimeConfig::groups, group, {},
             "agents with an objective, a schedule or a learner of their own; all others are as "
             "the regime says",
             false)
      .named("stages", &RegimeConfig::stages, stage, {},
             "what follows the learning, in order: refinement with another learner, say. A stage "
             "begins once the one before has settled or has done its steps",
             false)
      .optional_one_of("refine", &RegimeConfig::refine, refine_kinds(),
                       "what follows the last stage: moves by search in place of gradients");
}

}  // namespace gbid
