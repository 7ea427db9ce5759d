// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/layered_flow/schema.hpp"

#include "scenarios/networks/task_schema.hpp"

namespace gbid::layered_flow {
namespace {

using config::Schema;

Schema<FlowsConfig> flows_schema() {
  return Schema<FlowsConfig>("flows", "From flows to masks.")
      .choice("squash", &FlowsConfig::squash,
              {{Squash::kL1, "l1", "f / sum |f| over a neuron's inputs"},
               {Squash::kSoftmax, "softmax", "e^f / sum e^f over a neuron's inputs"}},
              "from flows to the shares of a neuron's inputs")
      .number("spread", &FlowsConfig::spread, {.min = 0.0, .max = {}, .min_open = true},
              "standard deviation that flows start with; under softmax, a large one leaves few "
              "shares above their mean")
      .choice("scale", &FlowsConfig::scale,
              {{Scale::kNone, "none", "masks as they are, about one over the number of inputs"},
               {Scale::kKeepSignal, "keep_signal",
                "times sqrt(inputs) / l2 norm of the neuron's mask"}},
              "what is done to masks before they multiply weights");
}

Schema<PayoffConfig> payoff_schema() {
  return Schema<PayoffConfig>("payoff", "payoff = sum of coefficient x term.")
      .number("loss", &PayoffConfig::loss, {}, "of the cross-entropy")
      .number("flow", &PayoffConfig::flow, {}, "of the sum of |f| over all layers");
}

}  // namespace

Schema<MarketConfig> market_schema() {
  Schema<MarketConfig> schema(
      "layered_flow",
      "Layers of neurons that bid flows on their inputs; what is not bid on above "
      "the mean is cut.");
  schema
      .integer_list("hidden", &MarketConfig::hidden, {1, 1000000}, "neurons in every hidden layer")
      .choice("activation", &MarketConfig::activation, batch_activation_choices(),
              "between the layers")
      .choice("init", &MarketConfig::init, init_choices(), "how weights and biases start");
  return add_task(schema)
      .table("flows", &MarketConfig::flows, flows_schema(), "from flows to masks")
      .table("payoff", &MarketConfig::payoff, payoff_schema(),
             "payoff = sum of coefficient x term");
}

}  // namespace gbid::layered_flow
