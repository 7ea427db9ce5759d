// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/auctions/schema.hpp"

#include <fmt/format.h>

namespace gbid::auctions {
namespace {

using config::Checker;
using config::Schema;

void check_format(const MarketConfig& market, const Checker& checker) {
  const FormatEntry& format = entry_of(market.format);
  const bool is_fixed = format.least_bidders == format.most_bidders;
  if (market.bidders < format.least_bidders || market.bidders > format.most_bidders)
    checker.fail("bidders",
                 fmt::format("expected {}{} in this format, got {}", is_fixed ? "" : "at least ",
                             format.least_bidders, market.bidders));
  if (format.draws_types && market.prior != PriorConfig{})
    checker.fail("prior", "expected none: this format draws signals by its own rules");
  if (format.draws_types && market.strategies == StrategyKind::kMixed)
    checker.fail("strategies", "expected pure: no two signals of this format are equal");
}

Schema<Resolution> resolution_schema(const char* name, const char* help) {
  return Schema<Resolution>(name, help)
      .integer("nodes", &Resolution::nodes, {16, 100000},
               "types at which every bid function is taken, equally likely each")
      .integer(
          "cells", &Resolution::cells, {16, 1000000},
          "of a distribution of bids, between the lowest and the highest; for one item and with "
          "decay, learning starts with half as many as nodes and doubles them as its rate falls");
}

Schema<BidderNetwork> network_schema() {
  return Schema<BidderNetwork>("network", "From value to bid.")
      .integer_list("hidden", &BidderNetwork::hidden, {1, 4096}, "widths of the hidden layers")
      .choice("activation", &BidderNetwork::activation,
              {{Activation::kTanh, "tanh", "hyperbolic tangent"},
               {Activation::kRelu, "relu", "max(x, 0)"}},
              "of the hidden layers")
      .boolean(
          "same_start", &BidderNetwork::same_start,
          "whether all bidders start from one network, for games with many equilibria, of which "
          "a symmetric one is looked for");
}

}  // namespace

Learner MarketConfig::default_learner() const {
  return entry_of(format).learns_naturally ? Learner{Natural{}} : Learner{kUsualAdam};
}

Schema<MarketConfig> market_schema() {
  return Schema<MarketConfig>("auction",
                              "Bidders with private values that learn what to bid for them.")
      .integer("bidders", &MarketConfig::bidders, {1, 1000}, "number of bidders")
      .one_of("format", &MarketConfig::format, format_kinds(), "who wins, and who pays what")
      .one_of("prior", &MarketConfig::prior, prior_kinds(), "what values are drawn from")
      .choice("strategies", &MarketConfig::strategies,
              {{StrategyKind::kPure, "pure", "equal values bid the same"},
               {StrategyKind::kMixed, "mixed",
                "networks see a uniform number beside the value, so that equal values may bid "
                "differently: for priors with atoms"}},
              "what a bid depends on")
      .table("network", &MarketConfig::network, network_schema(), "from value to bid")
      .table("learning", &MarketConfig::learning,
             resolution_schema("learning", "What gradients are computed on."),
             "what gradients are computed on")
      .table("evaluation", &MarketConfig::evaluation,
             resolution_schema("evaluation", "What is recorded and evaluated on."),
             "what is recorded and evaluated on")
      .integer("evaluate_every", &MarketConfig::evaluate_every, {0, 1000000000},
               "steps from one search for best responses to the next; 0: at the end only")
      .choice("decay", &MarketConfig::decay,
              {{Decay::kNone, "none", "the learner's rate to the end"},
               {Decay::kCosine, "cosine", "half a cosine from the learner's rate to zero"}},
              "how the learner's rate falls over a run")
      .check(check_format);
}

}  // namespace gbid::auctions
