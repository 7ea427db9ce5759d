// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/auctions/schema.hpp"

#include <algorithm>

#include "scenarios/array_source_schema.hpp"

namespace gbid::auctions {
namespace {

using config::Checker;
using config::Kinds;
using config::Schema;

constexpr config::Range kPositive{.min = 0.0, .max = {}, .min_open = true};

template <class Prior>
Schema<Prior> bounded(const char* name, const char* help) {
  return Schema<Prior>(name, help)
      .number_list("low", &Prior::low, {.min = 0.0}, "lowest value, of all bidders or of each")
      .number_list("high", &Prior::high, {.min = 0.0}, "highest value")
      .check([](const Prior& prior, const Checker& checker) {
        for (std::size_t k = 0; k < std::max(prior.low.size(), prior.high.size()); ++k)
          if (!prior.low.empty() && !prior.high.empty() &&
              !(prior.low[std::min(k, prior.low.size() - 1)] <
                prior.high[std::min(k, prior.high.size() - 1)]))
            return checker.fail("high", "expected more than low");
      });
}

const Kinds<UniformPrior, PowerPrior, GaussianPrior, FileArray>& prior_kinds() {
  static const auto kinds =
      Kinds<UniformPrior, PowerPrior, GaussianPrior, FileArray>()
          .kind("uniform", bounded<UniformPrior>("uniform", "as likely everywhere"),
                "uniform between low and high")
          .kind("power",
                bounded<PowerPrior>("power", "F(v) = ((v - low) / (high - low))^exponent")
                    .number_list("exponent", &PowerPrior::exponent, kPositive,
                                 "above one: high values are likelier"),
                "F(v) = ((v - low) / (high - low))^exponent")
          .kind("gaussian",
                bounded<GaussianPrior>("gaussian", "normal, cut")
                    .number_list("mean", &GaussianPrior::mean, {}, "before the cut")
                    .number_list("deviation", &GaussianPrior::deviation, kPositive,
                                 "standard deviation before the cut"),
                "normal, cut to [low, high]")
          .kind("file", file_array_schema(),
                "numbers as likely each, straight lines between them: (values) for all bidders or "
                "(bidders x values)")
          .key_means<FileArray>("file");
  return kinds;
}

const Kinds<FirstPrice, SecondPrice, ThirdPrice, AllPay>& format_kinds() {
  static const char* reserve = "lowest bid that can win";
  static const auto kinds =
      Kinds<FirstPrice, SecondPrice, ThirdPrice, AllPay>()
          .kind("first_price",
                Schema<FirstPrice>("first_price", "the winner pays its bid")
                    .number("reserve", &FirstPrice::reserve, {.min = 0.0}, reserve)
                    .number("risk_exponent", &FirstPrice::risk_exponent,
                            {.min = 0.0, .max = 1.0, .min_open = true},
                            "utility (value - bid)^exponent; below one: averse to risk"),
                "the winner pays its bid")
          .kind("second_price",
                Schema<SecondPrice>("second_price", "the winner pays the second highest bid")
                    .number("reserve", &SecondPrice::reserve, {.min = 0.0},
                            "lowest bid that can win; where a learned one starts")
                    .boolean("learned_reserve", &SecondPrice::learned_reserve,
                             "whether the seller is an agent too, who climbs revenue by the "
                             "reserve: the last agent"),
                "the winner pays the second highest bid, or the reserve")
          .kind("third_price", Schema<ThirdPrice>("third_price", "the winner pays the third bid"),
                "the winner pays the third highest bid; at least three bidders")
          .kind("all_pay", Schema<AllPay>("all_pay", "everybody pays"), "everybody pays its bid");
  return kinds;
}

Schema<Resolution> resolution_schema(const char* name, const char* help) {
  return Schema<Resolution>(name, help)
      .integer("nodes", &Resolution::nodes, {16, 100000},
               "types at which every bid function is taken, equally likely each")
      .integer("cells", &Resolution::cells, {16, 1000000},
               "of a distribution of bids, between the lowest and the highest");
}

Schema<BidderNetwork> network_schema() {
  return Schema<BidderNetwork>("network", "From value to bid.")
      .integer_list("hidden", &BidderNetwork::hidden, {1, 4096}, "widths of the hidden layers")
      .choice("activation", &BidderNetwork::activation,
              {{Activation::kTanh, "tanh", "hyperbolic tangent"},
               {Activation::kRelu, "relu", "max(x, 0)"}},
              "of the hidden layers");
}

}  // namespace

Schema<MarketConfig> market_schema() {
  return Schema<MarketConfig>("auction",
                              "Bidders with private values that learn what to bid for them.")
      .integer("bidders", &MarketConfig::bidders, {1, 1000}, "number of bidders")
      .one_of("format", &MarketConfig::format, format_kinds(), "who wins, and who pays what")
      .one_of("prior", &MarketConfig::prior, prior_kinds(), "what values are drawn from")
      .table("network", &MarketConfig::network, network_schema(), "from value to bid")
      .table("learning", &MarketConfig::learning,
             resolution_schema("learning", "What gradients are computed on."),
             "what gradients are computed on")
      .table("evaluation", &MarketConfig::evaluation,
             resolution_schema("evaluation", "What is recorded and judged on."),
             "what is recorded and judged on")
      .integer("evaluate_every", &MarketConfig::evaluate_every, {0, 1000000000},
               "steps from one search for best responses to the next; 0: at the end alone")
      .choice("decay", &MarketConfig::decay,
              {{Decay::kNone, "none", "the learner's rate to the end"},
               {Decay::kCosine, "cosine", "half a cosine from the learner's rate to nothing"}},
              "how the learner's rate falls over a run")
      .check([](const MarketConfig& market, const Checker& checker) {
        if (std::holds_alternative<ThirdPrice>(market.format) && market.bidders < 3)
          checker.fail("bidders", "expected at least 3 where the winner pays the third bid");
      });
}

}  // namespace gbid::auctions
