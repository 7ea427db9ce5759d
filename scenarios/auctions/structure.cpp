// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/auctions/structure.hpp"

#include <fmt/format.h>

#include "scenarios/auctions/distributions/prior.hpp"
#include "scenarios/auctions/formats/bundle_formats.hpp"
#include "scenarios/auctions/formats/single_item.hpp"
#include "scenarios/auctions/learning/records.hpp"
#include "scenarios/auctions/schema.hpp"

namespace gbid::auctions {
namespace {

SingleItemRules rules_of(const FirstPrice& format) {
  return {Payment::kOwnBid, format.reserve, false, format.risk_exponent};
}
SingleItemRules rules_of(const SecondPrice& format) {
  return {Payment::kSecondBid, format.reserve, format.learned_reserve, 1.0};
}
SingleItemRules rules_of(const ThirdPrice&) { return {.payment = Payment::kThirdBid}; }
SingleItemRules rules_of(const AllPay&) { return {.payment = Payment::kAllPay}; }

std::unique_ptr<const Format> make_single_item(const SingleItemRules& rules,
                                               const std::vector<Prior>& priors,
                                               ArrayLoader& loader) {
  double top = 0.0;
  for (const Prior& prior : priors) top = std::max(top, prior.high());
  if (!(rules.reserve < top))
    loader.fail("market.format.reserve",
                fmt::format("expected less than the highest value {}, got {}", top, rules.reserve));
  return std::make_unique<SingleItem>(rules, priors);
}

class AuctionStructure final : public Structure {
 public:
  AuctionStructure(const MarketConfig& config, const Setup& setup, ArrayLoader& loader)
      : seed_(setup.seed),
        game_(std::make_shared<const Game>(config, make_format(config, loader))) {}

  Index agents() const override { return game_->format->agents(); }
  double parameter_count() const override {
    return static_cast<double>(agents()) * static_cast<double>(game_->network().parameter_count());
  }
  std::vector<Dimension> dimensions() const override { return auctions::dimensions(*game_); }
  std::vector<Variable> trajectory_variables() const override {
    return auctions::trajectory_variables();
  }
  std::vector<Variable> final_variables(const std::string& name) const override {
    return auctions::final_variables(name, *game_);
  }
  bool has_shared_game() const override { return true; }

  double play_bytes(const RegimePlan& plan) const override {
    const BidNetwork network = game_->network();
    const auto n = static_cast<double>(agents());
    constexpr double kTables = 6.0;  // of a bidder, at the edges of cells
    double bytes = ParameterBlock<double>::bytes(agents(), network.parameter_count(), plan.learner);
    for (const Resolution& resolution : {game_->config.learning, game_->config.evaluation})
      bytes += n * (Bidding::bytes(network, resolution.nodes) +
                    8.0 * kTables * static_cast<double>(resolution.cells));
    if (std::holds_alternative<ThirdPrice>(game_->config.format))
      bytes += 8.0 * n * n * static_cast<double>(game_->config.evaluation.cells);
    return bytes;
  }
  double step_flops(const RegimePlan& plan) const override {
    // Forward, and back to the weights and to the layer below: three times as much as forward.
    constexpr double kPasses = 3.0;
    const auto movers = static_cast<double>(movers_per_step(plan.schedule, agents()));
    const double nodes = static_cast<double>(game_->config.learning.nodes);
    constexpr double kOdds = 20.0;  // flops for one rival at one bid
    return movers * nodes *
           (2.0 * kPasses * game_->network().multiply_adds() +
            kOdds * static_cast<double>(agents()));
  }

  void load_regime(const std::optional<InitialBids>& initial_bids, const RegimePlan& plan,
                   ArrayLoader& loader) override {
    const std::string key = "regimes." + plan.name;
    if (initial_bids)
      loader.fail(key + ".initial_bids",
                  "expected none: bids of an auction start from a share of the value");
    if (plan.objective == Objective::kMeanUtility)
      loader.fail(key + ".objective",
                  "expected own_payoff or mean_payoff, got mean_utility: without the seller's "
                  "payoff there is nothing to keep bids up");
    if (plan.objective == Objective::kMeanPayoff && !game_->format->has_planner())
      loader.fail(key + ".objective",
                  "expected own_payoff, got mean_payoff: this format has no common gradient");
  }

  const Format& format() const { return *game_->format; }
  std::unique_ptr<Market> market(std::size_t, const RegimePlan& plan, Index trial) const override {
    return std::make_unique<AuctionMarket>(
        game_, plan, StreamKey{.seed = seed_, .trial = static_cast<std::uint64_t>(trial)});
  }

 private:
  std::uint64_t seed_;
  std::shared_ptr<const Game> game_;
};

}  // namespace

std::unique_ptr<const Format> make_format(const MarketConfig& config, ArrayLoader& loader) {
  const std::vector<Prior> priors = make_priors(config.prior, config.bidders, loader);
  return std::visit(
      [&](const auto& format) -> std::unique_ptr<const Format> {
        if constexpr (requires { rules_of(format); })
          return make_single_item(rules_of(format), priors, loader);
        else
          return make_bundle(format, priors, loader);
      },
      config.format);
}

const Format* format_of(const Structure& structure) {
  const auto* auction = dynamic_cast<const AuctionStructure*>(&structure);
  return auction ? &auction->format() : nullptr;
}

namespace {

std::unique_ptr<Structure> make(const MarketConfig& config, const Setup& setup,
                                ArrayLoader& loader) {
  return std::make_unique<AuctionStructure>(config, setup, loader);
}

constexpr const char* kExample = R"(
title = "A first-price auction"
steps = 1500

[market]
structure = "auction"

[learning]
learner = { kind = "adam", rate = 0.01, beta1 = 0.5, beta2 = 0.99 }

[regimes.competitive]
objective = "own_payoff"

[regimes.coordinated]
objective = "mean_payoff"

[record]
every = 100
)";

}  // namespace

EntryOf<MarketConfig> entry() {
  return {{.name = "auction",
           .help = "bidders with private values that learn what to bid, judged by known equilibria",
           .example = kExample,
           .recordables = auctions::recordables()},
          market_schema(),
          make};
}

}  // namespace gbid::auctions
