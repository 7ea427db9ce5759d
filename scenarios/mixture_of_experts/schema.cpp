// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/mixture_of_experts/schema.hpp"

#include <fmt/format.h>

#include "scenarios/networks/task_schema.hpp"

namespace gbid::mixture_of_experts {
namespace {

using config::Kinds;
using config::Schema;

constexpr config::IntRange kWidth{1, 1000000};

Schema<GatingConfig> gating_schema() {
  return Schema<GatingConfig>("gating", "Which sellers a sample is sent to.")
      .integer("top_k", &GatingConfig::top_k, {1, 1000000},
               "sellers that a sample may be sent to: those with the highest scores")
      .boolean("noise", &GatingConfig::noise, "whether scores are noisy while learning")
      .number("noise_floor", &GatingConfig::noise_floor, {.min = 0.0},
              "least standard deviation of the noise");
}

Schema<ExpertsConfig> experts_schema() {
  return Schema<ExpertsConfig>("experts", "The network of a seller.")
      .integer_list("hidden", &ExpertsConfig::hidden, kWidth, "width of every hidden layer")
      .integer("embedding", &ExpertsConfig::embedding, kWidth, "width of a seller's output")
      .choice("activation", &ExpertsConfig::activation, batch_activation_choices(),
              "between the layers")
      .choice("init", &ExpertsConfig::init, init_choices(), "how experts and heads start");
}

Schema<BidsConfig> bids_schema() {
  return Schema<BidsConfig>("bids", "From importance to what is bought.")
      .one_of("price", &BidsConfig::price, price_kinds(), "what a bid must exceed")
      .choice("alignment", &BidsConfig::alignment,
              {{Alignment::kSeller, "seller", "weight i + 1: the importance of seller i"},
               {Alignment::kPublished, "published",
                "weight i: seller 0 is masked by the self weight, as in the published program"}},
              "which weight is the bid on seller i");
}

Schema<PayoffConfig> payoff_schema() {
  return Schema<PayoffConfig>("payoff", "payoff = sum of coefficient x term.")
      .number("loss", &PayoffConfig::loss, {}, "of the cross-entropy")
      .number("revenue", &PayoffConfig::revenue, {}, "of the bidder's weight on itself")
      .number("balance", &PayoffConfig::balance, {},
              "of the squared coefficient of variation of the gates' sums over sellers; a small "
              "negative number spreads demand")
      .number("payment", &PayoffConfig::payment, {},
              "of ask x mask, which the seller earns; only where sellers set an ask");
}

}  // namespace

Kinds<FixedPrice, MeanBidPrice, AskPrice> price_kinds() {
  return Kinds<FixedPrice, MeanBidPrice, AskPrice>()
      .kind("fixed",
            Schema<FixedPrice>("fixed", "a number")
                .number("value", &FixedPrice::value, {}, "the price"),
            "a number")
      .kind("mean_bid", Schema<MeanBidPrice>("mean_bid", "mean bid"), "the mean bid of all bidders")
      .kind("ask",
            Schema<AskPrice>("ask", "the seller's ask")
                .integer_list("hidden", &AskPrice::hidden, kWidth,
                              "width of every hidden layer of the ask's network"),
            "what the seller asks: a small network of its own sets it and maximises its revenue")
      .number_means(&FixedPrice::value);
}

Schema<MarketConfig> market_schema() {
  Schema<MarketConfig> schema("mixture_of_experts",
                              "Bidders that buy the outputs of sellers' expert networks.");
  schema.integer("bidders", &MarketConfig::bidders, {1, 1000000}, "number of bidders")
      .integer("sellers", &MarketConfig::sellers, {1, 1000000}, "number of sellers")
      .boolean("specialise", &MarketConfig::specialise,
               "whether bidder c learns only the classes k with k mod bidders = c");
  schema.choice(
      "idle_sellers", &MarketConfig::idle_sellers,
      {{IdleSellers::kRest, "rest", "it makes no update"},
       {IdleSellers::kDrift, "drift",
        "it learns from a gradient of zero: what Adam or momentum remembers moves it on, as "
        "in the published program"}},
      "a seller that no bidder buys from in a step");
  return add_task(schema)
      .table("gating", &MarketConfig::gating, gating_schema(), "which sellers a sample is sent to")
      .table("experts", &MarketConfig::experts, experts_schema(), "the network of a seller")
      .table("bids", &MarketConfig::bids, bids_schema(), "from importance to what is bought")
      .table("payoff", &MarketConfig::payoff, payoff_schema(), "payoff = sum of coefficient x term")
      .check([](const MarketConfig& market, const config::Checker& checker) {
        if (market.gating.top_k > market.sellers)
          checker.fail("gating.top_k", fmt::format("expected at most the {} sellers, got {}",
                                                   market.sellers, market.gating.top_k));
        if (std::holds_alternative<MeanBidPrice>(market.bids.price) && market.bidders == 1)
          checker.fail("bids.price",
                       "expected a fixed price or an ask: one bidder's bids are the mean of "
                       "themselves, and would buy nothing");
        const bool asks = std::holds_alternative<AskPrice>(market.bids.price);
        if (asks && !(market.payoff.payment < 0.0))
          checker.fail("payoff.payment",
                       "expected less than 0 where sellers set an ask: they earn minus that");
        if (!asks && market.payoff.payment != 0.0)
          checker.fail("payoff.payment", "expected 0 unless bids.price is \"ask\"");
      });
}

}  // namespace gbid::mixture_of_experts
