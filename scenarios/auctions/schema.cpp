// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/auctions/schema.hpp"

#include <algorithm>

#include "scenarios/auctions/formats/bundle_formats.hpp"
#include "scenarios/data/array_source_schema.hpp"

namespace gbid::auctions {
namespace {

using config::Checker;
using config::Kinds;
using config::Schema;

using FormatKinds =
    Kinds<FirstPrice, SecondPrice, ThirdPrice, AllPay, DoubleAuction, LocalLocalGlobal,
          UniformPrice, Discriminatory, AffiliatedFirstPrice, MineralRights>;

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

Schema<LocalLocalGlobal> local_local_global_schema() {
  using Payment = LocalPayment;
  return Schema<LocalLocalGlobal>("llg", "two locals against a global")
      .choice("payment", &LocalLocalGlobal::payment,
              {{Payment::kNearestZero, "nearest_zero", "the core point nearest to zero"},
               {Payment::kNearestVcg, "nearest_vcg", "the core point nearest to VCG payments"},
               {Payment::kNearestBid, "nearest_bid", "the core point nearest to the bids"},
               {Payment::kVcg, "vcg", "what the others lose by the bidder: truthful"}},
              "what locals that win pay");
}

const FormatKinds& format_kinds() {
  static const char* reserve = "lowest bid that can win";
  static const auto kinds =
      FormatKinds()
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
          .kind("all_pay", Schema<AllPay>("all_pay", "everybody pays"), "everybody pays its bid")
          .kind("double_auction",
                Schema<DoubleAuction>("double_auction", "one buyer, one seller")
                    .number("k", &DoubleAuction::k, {.min = 0.0, .max = 1.0},
                            "price = k bid + (1 - k) ask"),
                "a buyer and a seller trade if the bid is not below the ask; priors of value and "
                "cost")
          .kind("llg", local_local_global_schema(),
                "two locals want one item each, a truthful global both")
          .kind("uniform_price",
                Schema<UniformPrice>("uniform_price", "the highest losing bid for each unit")
                    .integer("units", &UniformPrice::units, {2, 3}, "for sale"),
                "two bidders want two units, the second less; winners pay the highest losing bid")
          .kind("discriminatory", Schema<Discriminatory>("discriminatory", "bids are paid"),
                "two units, two bidders want both, the second as much; winners pay what they bid")
          .kind("affiliated",
                Schema<AffiliatedFirstPrice>("affiliated", "first price with affiliated signals"),
                "first price, two signals with a common part, the item worth their mean")
          .kind("mineral_rights", Schema<MineralRights>("mineral_rights", "the winner's curse"),
                "second price, three signals of U[0, twice the value that the item has to all]");
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
              "of the hidden layers")
      .boolean(
          "same_start", &BidderNetwork::same_start,
          "whether all bidders start from one network, for games with many equilibria, of which "
          "a symmetric one is looked for");
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
        check_bundle(market, checker);
      });
}

}  // namespace gbid::auctions
