// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/structure/structure.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "scenarios/auctions/distributions/prior_config.hpp"
#include "scenarios/auctions/learning/auction_market.hpp"
#include "scenarios/auctions/learning/records.hpp"
#include "scenarios/auctions/schema.hpp"
#include "scenarios/auctions/truthfulness.hpp"

namespace gbid::auctions {
namespace {

class AuctionStructure final : public Structure {
 public:
  AuctionStructure(const MarketConfig& config, const Setup& setup, ArrayLoader& loader)
      : AuctionStructure(config, setup, make_priors(config.prior, config.bidders, loader), loader) {
  }

  Index agents() const override { return game_->format->agents(); }
  double parameter_count() const override {
    return static_cast<double>(agents()) * static_cast<double>(game_->network().parameter_count());
  }
  std::vector<Dimension> dimensions() const override { return auctions::dimensions(*game_); }
  std::vector<ArraySpec> arrays() const override {
    std::vector<ArraySpec> all = specs_of(AuctionMarket::arrays(game_.get()));
    for (const ArrayRow<Certificate>& row : certificate_rows()) all.push_back(row.spec);
    return all;
  }
  bool has_shared_game() const override { return true; }
  bool gives(Signal signal) const override {
    return signal == Signal::kGradient ||
           (signal == Signal::kNaturalGradient && game_->format->bids_per_agent() == 1);
  }

  double trial_bytes(const RegimePlan& plan) const override {
    const Mlp<double> network = game_->network();
    const auto n = static_cast<double>(agents());
    double bytes =
        Cohort<double>::bytes(agents(), network.parameter_count(), plan.largest_learner());
    for (const Resolution* resolution : {&game_->config.learning, &game_->config.evaluation})
      bytes += n * Bidding::bytes(network, resolution->nodes,
                                  learns_naturally(plan) && resolution == &game_->config.learning) +
               game_->format->clearing_bytes(resolution->cells);
    return bytes;
  }
  double step_flops(const RegimePlan& plan) const override {
    // Forward, and back to the weights and to the layer below: three times as much as forward.
    constexpr double kPasses = 3.0;
    const auto movers = static_cast<double>(plan.movers_per_step(agents()));
    const double nodes = static_cast<double>(game_->config.learning.nodes);
    constexpr double kRivalFlops = 20.0;  // for one rival at one bid
    return movers * nodes *
           (2.0 * kPasses * game_->network().multiply_adds() +
            kRivalFlops * static_cast<double>(agents()));
  }

  void load_regime(const std::optional<InitialBids>& initial_bids, const RegimePlan& plan,
                   ArrayLoader& loader) override {
    const std::string key = "regimes." + plan.name;
    if (initial_bids)
      loader.fail(key + ".initial_bids",
                  "expected none: bids of an auction start from a share of the value");
    for (const GroupPlan& group : plan.groups) {
      if (group.objective == Objective::kMeanUtility)
        loader.fail(key + ".objective",
                    "expected own_payoff or mean_payoff, got mean_utility: without the seller's "
                    "payoff there is nothing to keep bids up");
      if (group.objective == Objective::kGroupPayoff)
        loader.fail(key + ".objective",
                    "expected own_payoff or mean_payoff, got group_payoff: an auction has no "
                    "gradient of some bidders' payoffs");
      if (group.objective == Objective::kMeanPayoff && !game_->format->has_planner())
        loader.fail(key + ".objective",
                    "expected own_payoff, got mean_payoff: this format has no common gradient");
    }
  }

  std::map<std::string, std::string> attributes() const override {
    std::map<std::string, std::string> all{
        {"optimum_error", fmt::format("{}", game_->surplus_error())}};
    if (const std::string caveat = game_->format->caveat(); !caveat.empty()) all["caveat"] = caveat;
    if (!has_atoms_ || game_->config.strategies == StrategyKind::kMixed ||
        !game_->format->equilibria().empty())
      return all;
    all["caveat"] =
        "some values have positive probability: in equilibrium bidders mix, and here equal values "
        "bid the same; market.strategies = \"mixed\" lets them mix";
    return all;
  }
  std::optional<TruthfulnessReport> truthfulness(Index points) const override {
    std::optional<TruthfulnessReport> report = auctions::truthfulness(*game_->format, points);
    if (!report) return report;
    report->largest_gain *= game_->utility_unit;
    report->largest_utility *= game_->utility_unit;
    for (std::vector<double>* money : {&report->type, &report->report, &report->others})
      for (double& amount : *money) amount *= game_->unit;
    return report;
  }
  std::unique_ptr<PlannedMarket> trial_market(std::size_t, const RegimePlan& plan,
                                              Index trial) const override {
    return std::make_unique<AuctionMarket>(
        game_, plan, StreamKey{.seed = seed_, .trial = static_cast<std::uint64_t>(trial)});
  }

 private:
  AuctionStructure(const MarketConfig& config, const Setup& setup, const std::vector<Prior>& priors,
                   ArrayLoader& loader)
      : seed_(setup.seed),
        has_atoms_(std::any_of(priors.begin(), priors.end(),
                               [](const Prior& prior) { return prior.has_atoms(); })),
        game_(std::make_shared<const Game>(config, make_format(config.format, priors, loader),
                                           money_unit(priors))) {
    if (config.strategies == StrategyKind::kMixed && game_->format->type_dimensions() > 1)
      loader.fail("market.strategies", "expected pure: types of this format are of two numbers");
  }

  std::uint64_t seed_;
  bool has_atoms_;
  std::shared_ptr<const Game> game_;
};

std::unique_ptr<Structure> make(const MarketConfig& config, const Setup& setup,
                                ArrayLoader& loader) {
  return std::make_unique<AuctionStructure>(config, setup, loader);
}

constexpr const char* kExample = R"(
title = "A first-price auction"
steps = 1500

[market]
structure = "auction"

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
