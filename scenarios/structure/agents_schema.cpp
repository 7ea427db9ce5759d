// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/structure/agents_schema.hpp"

#include "scenarios/data/array_source_schema.hpp"

namespace gbid {

using config::Choice;
using config::Kinds;
using config::Schema;

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

}  // namespace gbid
