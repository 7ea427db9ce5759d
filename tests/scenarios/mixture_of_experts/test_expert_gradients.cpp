// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "tests/scenarios/mixture_of_experts/expert_market_fixture.hpp"

using namespace gbid;
using namespace gbid::mixture_of_experts;
using namespace gbid::test;

namespace {

using Market = ExpertMarket<double>;

/// What an agent climbs, computed from the cleared market and not from its gradients.
double climbed(const Market& market, Objective objective, Index agent, bool is_ask,
               double loss_coefficient) {
  const Shape& shape = market.shape();
  double losses = 0.0, payoffs = 0.0;
  for (Index c = 0; c < shape.bidders; ++c) {
    losses += loss_coefficient * market.loss(c);
    payoffs += market.payoff(c);
  }
  for (Index i = 0; i < shape.sellers; ++i) payoffs += market.earnings(i);
  if (objective == Objective::kMeanUtility) return losses;
  if (objective == Objective::kMeanPayoff) return payoffs;
  if (agent < shape.bidders) return market.payoff(agent);
  return is_ask ? market.earnings(agent - shape.bidders) : losses;
}

void clear(Market& market) {
  market.observe(0, Purpose::kGatingNoise, 0);
  market.bid();
  market.clear();
}

struct Worst {
  double error = 0.0, largest = 0.0;
  Index nonzero = 0, compared = 0;
};

/// Compares every parameter's gradient with a central difference.
Worst compare(const ExpertConfig& config, Objective objective) {
  RegimePlan plan;
  plan.group().objective = objective;
  plan.group().learner = Sgd{0.0};  // computes gradients and moves nobody
  plan.recorded_steps = {0};
  Market market(make_game(config, random_images(40, 10, 3, 2, 3)), plan, first_trial());
  shake(market);
  clear(market);
  market.differentiate(objective);
  const Everyone everyone(market.agents());
  market.learn(everyone.movers(), 0, 1);
  const Shape& shape = market.shape();
  Worst worst;
  const auto check = [&](Index agent, double* parameter, double gradient, bool is_ask) {
    constexpr double kStep = 1e-6;
    const double kept = *parameter;
    *parameter = kept + kStep;
    clear(market);
    const double above = climbed(market, objective, agent, is_ask, config.payoff.loss);
    *parameter = kept - kStep;
    clear(market);
    const double below = climbed(market, objective, agent, is_ask, config.payoff.loss);
    *parameter = kept;
    worst.error = std::max(worst.error, std::fabs((above - below) / (2.0 * kStep) - gradient));
    worst.largest = std::max(worst.largest, std::fabs(gradient));
    worst.nonzero += gradient != 0.0;
    ++worst.compared;
  };
  for (Index c = 0; c < shape.bidders; ++c)
    for (Index k = 0; k < shape.bidder_parameters; ++k) {
      const bool is_padding =
          k < shape.self_weight
              ? k % shape.score_columns >= 2 * shape.sellers
              : k > shape.self_weight &&
                    (k < shape.head_weights ||
                     (k - shape.head_weights) % shape.class_columns >= shape.classes);
      const double gradient = market.bidders().gradient(c)[k];
      if (is_padding)
        REQUIRE(gradient == 0.0);
      else
        check(c, market.bidders().row(c) + k, gradient, false);
    }
  const Index first_ask = shape.layers.back().end();
  for (Index i = 0; i < shape.sellers; ++i) {
    clear(market);
    for (Index k = 0; k < shape.seller_parameters; ++k)
      check(shape.bidders + i, market.sellers().row(i) + k, market.sellers().gradient(i)[k],
            k >= first_ask);
  }
  return worst;
}

void require_gradients(const ExpertConfig& config, Objective objective) {
  const Worst worst = compare(config, objective);
  CAPTURE(worst.largest);
  CAPTURE(worst.nonzero);
  CAPTURE(worst.compared);
  // Central differences of step 1e-6 leave about 1e-10 of rounding and 1e-12 of curvature.
  CHECK(worst.error < 2e-8);
  CHECK(worst.largest > 1e-3);
  CHECK(worst.nonzero > worst.compared / 4);
}

}  // namespace

TEST_CASE("expert market: every gradient is that of a central difference, for every objective") {
  std::vector<std::pair<std::string, ExpertConfig>> markets;
  const auto add = [&](const std::string& name) -> ExpertConfig& {
    return markets.emplace_back(name, tiny_market()).second;
  };
  add("mean bid as price, noisy gates, load balance").payoff.balance = -0.3;
  {
    ExpertConfig& config = add("fixed price, gates without noise, every seller kept");
    config.bids.price = FixedPrice{0.1};
    config.gating.noise = false;
    config.gating.top_k = 4;
  }
  {
    ExpertConfig& config = add("sellers that set an ask and are paid");
    config.bids.price = AskPrice{{3}};
    config.payoff.payment = -0.7;
  }
  {
    ExpertConfig& config = add("published: one bidder, masks off by one, linear experts");
    config.bidders = 1;
    config.sellers = 3;
    config.gating.top_k = 3;
    config.bids = {FixedPrice{0.2}, Alignment::kPublished};
    config.experts = {{4, 5}, 3, Activation::kIdentity, Init::kPublished};
  }
  {
    ExpertConfig& config = add("relu experts, other coefficients");
    config.experts.activation = Activation::kRelu;
    config.payoff = {.loss = -2.0, .revenue = 0.5, .balance = 0.1};
  }
  for (const auto& [name, config] : markets)
    for (const Objective objective :
         {Objective::kOwnPayoff, Objective::kMeanPayoff, Objective::kMeanUtility}) {
      CAPTURE(name);
      CAPTURE(static_cast<int>(objective));
      require_gradients(config, objective);
    }
}
