// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// Certificates of markets of networks: agents that climb on alone do what one mover of a market
// does, and what they gain is what that market says.
#include <doctest/doctest.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <cmath>

#include "scenarios/layered_flow/deviations.hpp"
#include "scenarios/mixture_of_experts/deviations.hpp"
#include "tests/play_step.hpp"
#include "tests/scenarios/layered_flow/layered_flow_fixture.hpp"
#include "tests/scenarios/mixture_of_experts/expert_market_fixture.hpp"

using namespace gbid;

namespace {

using test::play_step;
constexpr Index kSteps = 5;
const std::vector<Learner> kLearners{Adam{.rate = 0.02}, Sgd{.rate = 0.3},
                                     Extragradient{.rate = 0.3}};

/// Moves everybody a few steps, so that the state is no start.
template <class Market>
void play_on(Market& market, Index steps) {
  const test::Everyone everyone(market.agents());
  for (Index step = 0; step < steps; ++step) play_step(market, step, everyone.movers());
}

void climb_all(NetworkDeviations& deviations, Index climb) {
  deviations.restart(climb);
  for (Index step = 0; step < kSteps; ++step) deviations.climb(step, 1.0);
}

std::vector<double> payoffs(NetworkDeviations& deviations) {
  std::vector<double> found(static_cast<std::size_t>(deviations.agents()));
  deviations.payoffs(found);
  return found;
}

std::vector<double> state_payoffs(NetworkDeviations& deviations) {
  std::vector<double> found(static_cast<std::size_t>(deviations.agents()));
  deviations.state_payoffs(found);
  return found;
}

std::vector<Index> all_of(Index agents) { return examined_agents(agents, {}); }

// --- Mixture of experts ------------------------------------------------------------------------

using ExpertMarket = mixture_of_experts::ExpertMarket<double>;
using ExpertDeviations = mixture_of_experts::ExpertDeviations<double>;

std::shared_ptr<const mixture_of_experts::Game> expert_game(
    const mixture_of_experts::Price& price = mixture_of_experts::MeanBidPrice{},
    double payment = 0.0) {
  test::ExpertConfig config = test::tiny_market();
  config.gating.noise = false;  // deviations and markets draw it apart
  config.bids.price = price;
  config.payoff.balance = -0.1;
  config.payoff.payment = payment;
  return mixture_of_experts::make_game(config, test::random_images(60, 30, 3, 3, 4));
}

RegimePlan expert_plan(const Learner& learner) {
  RegimePlan plan;
  plan.group().learner = learner;
  plan.recorded_steps = {0, 1000};
  return plan;
}

std::unique_ptr<ExpertMarket> expert_state(
    const std::shared_ptr<const mixture_of_experts::Game>& game, const Learner& learner) {
  auto market = std::make_unique<ExpertMarket>(game, expert_plan(learner), test::first_trial());
  test::shake(*market);
  return market;
}

ExpertDeviations expert_deviations(const std::shared_ptr<const mixture_of_experts::Game>& game,
                                   const Learner& learner) {
  return {expert_state(game, learner), game, learner, all_of(game->shape.agents())};
}

double own_payoff(const ExpertMarket& market, Index agent) {
  const Index bidders = market.shape().bidders;
  return agent < bidders ? market.payoff(agent) : market.seller_payoff(agent - bidders);
}

// --- Layered flow ------------------------------------------------------------------------------

namespace flow = test::flows;
using FlowMarket = layered_flow::FlowMarket<double>;
using FlowDeviations = layered_flow::FlowDeviations<double>;
using FlowGame = std::shared_ptr<const layered_flow::Game>;

FlowGame flow_game(std::vector<Index> hidden, layered_flow::Squash squash) {
  layered_flow::MarketConfig config;
  config.hidden = std::move(hidden);
  config.batch = 12;
  config.activation = Activation::kTanh;
  config.flows.squash = squash;
  config.flows.spread = squash == layered_flow::Squash::kL1 ? 0.5 : 2.0;
  config.flows.scale = layered_flow::Scale::kKeepSignal;
  config.payoff.flow = -1e-3;
  return layered_flow::make_game(config, flow::random_images(40, 5, 4, 3));
}

std::unique_ptr<FlowMarket> flow_state(const FlowGame& game, const Learner& learner) {
  return std::make_unique<FlowMarket>(game, flow::plan_of(learner), flow::kKey,
                                      layered_flow::Path::kDense);
}

FlowDeviations flow_deviations(const FlowGame& game, const Learner& learner) {
  return {flow_state(game, learner), learner, all_of(game->shape.agents())};
}

double held_out_payoff(FlowMarket& market, const layered_flow::PayoffConfig& payoff) {
  return payoff.loss * market.evaluate().loss + payoff.flow * market.norm_sum();
}

}  // namespace

TEST_CASE("a bidder or seller that climbs on alone does what the market's only mover does") {
  for (const mixture_of_experts::Price& price :
       {mixture_of_experts::Price{mixture_of_experts::MeanBidPrice{}},
        mixture_of_experts::Price{mixture_of_experts::FixedPrice{.value = 0.1}}}) {
    for (const Learner& learner : kLearners) {
      const auto game = expert_game(price);
      ExpertDeviations deviations = expert_deviations(game, learner);
      const std::vector<double> before = state_payoffs(deviations);
      climb_all(deviations, 0);
      const std::vector<double> found = payoffs(deviations);
      for (Index agent = 0; agent < deviations.agents(); ++agent) {
        CAPTURE(agent);
        const auto market = expert_state(game, learner);
        market->evaluate();
        CHECK(before[static_cast<std::size_t>(agent)] == own_payoff(*market, agent));
        for (Index step = 0; step < kSteps; ++step)
          play_step(*market, step, Movers{{&agent, 1}, false});
        market->evaluate();
        CHECK(found[static_cast<std::size_t>(agent)] ==
              doctest::Approx(own_payoff(*market, agent)).epsilon(1e-10));
      }
      CHECK(found != before);
    }
  }
}

TEST_CASE("a bidder that turns to another seller sends it all its demand") {
  const auto game = expert_game();
  ExpertDeviations deviations = expert_deviations(game, Sgd{.rate = 0.0});
  const std::vector<double> before = state_payoffs(deviations);
  deviations.restart(1);
  const std::vector<double> found = payoffs(deviations);
  // The same by hand: gates of the seller second in the bidder's bids alone.
  const auto market = expert_state(game, Sgd{.rate = 0.0});
  const std::vector<double> bids = market->evaluate().bid;
  const Index n = game->shape.sellers;
  const auto first = bids.begin(), last = bids.begin() + n;
  std::vector<double> sorted(first, last);
  std::sort(sorted.rbegin(), sorted.rend());
  const Index second = std::find(first, last, sorted[1]) - first;
  double brightness = 0.0;
  for (const std::uint8_t pixel : game->images->held_out.pixels) brightness += pixel / 255.0;
  const double weight = 3.0 * static_cast<double>(game->images->held_out.count) / brightness;
  double* row = market->bidders().row(0);
  for (Index p = 0; p < game->shape.pixels; ++p)
    for (Index k = 0; k < game->shape.score_columns; ++k)
      row[p * game->shape.score_columns + k] = k == second ? weight : 0.0;
  market->evaluate();
  CHECK(found[0] == doctest::Approx(market->payoff(0)).epsilon(1e-12));
  CHECK(found[0] != before[0]);
  // Sellers have nobody to turn to.
  CHECK(found[static_cast<std::size_t>(game->shape.bidders)] ==
        before[static_cast<std::size_t>(game->shape.bidders)]);
}

TEST_CASE("an ask's gain is that of the best ask of a fine grid, and climbing leaves asks alone") {
  const auto game = expert_game(mixture_of_experts::AskPrice{.hidden = {2}}, -0.7);
  const Learner learner = Adam{.rate = 0.02};
  ExpertDeviations deviations = expert_deviations(game, learner);
  const std::vector<double> before = state_payoffs(deviations);
  climb_all(deviations, 0);
  const std::vector<double> found = payoffs(deviations);
  const auto market = expert_state(game, learner);
  for (Index look = 0; look < 3; ++look) {  // as sellers do before anybody moves
    market->observe(look, Purpose::kDeviationNoise, look);
    market->bid();
    market->clear();
    market->observe_prices();
  }
  const std::vector<double> bids = market->evaluate().bid;
  double largest = 0.0;
  for (Index i = 0; i < game->shape.sellers; ++i) {
    double best = 0.0;
    constexpr int kPoints = 200000;
    for (int k = 0; k <= kPoints; ++k) {
      const double ask = static_cast<double>(k) / kPoints;
      double sold = 0.0;
      for (Index c = 0; c < game->shape.bidders; ++c)
        sold += std::max(0.0, bids[static_cast<std::size_t>(c * game->shape.sellers + i)] - ask);
      best = std::max(best, 0.7 * ask * sold);
    }
    const Index agent = game->shape.bidders + i;
    CHECK(deviations.separate_gain(agent) ==
          doctest::Approx(best - market->earnings(i)).epsilon(1e-6));
    largest = std::max(largest, deviations.separate_gain(agent));
    // Whatever the expert has become, it earns what it did: only losses may differ.
    CHECK(std::isfinite(found[static_cast<std::size_t>(agent)]));
  }
  CHECK(largest > 1e-3);
  CHECK(before == state_payoffs(deviations));
}

TEST_CASE("a neuron that climbs on alone does what the market's only mover does") {
  for (const auto squash : {layered_flow::Squash::kL1, layered_flow::Squash::kSoftmax})
    for (const std::vector<Index>& hidden :
         {std::vector<Index>{}, std::vector<Index>{6}, std::vector<Index>{7, 5, 4}})
      for (const Learner& learner : kLearners) {
        const FlowGame game = flow_game(hidden, squash);
        FlowDeviations deviations = flow_deviations(game, learner);
        const std::vector<double> before = state_payoffs(deviations);
        climb_all(deviations, 0);
        const std::vector<double> found = payoffs(deviations);
        for (Index agent = 0; agent < deviations.agents(); ++agent) {
          CAPTURE(agent);
          const auto market = flow_state(game, learner);
          CHECK(before[static_cast<std::size_t>(agent)] ==
                doctest::Approx(held_out_payoff(*market, game->config.payoff)).epsilon(1e-10));
          for (Index step = 0; step < kSteps; ++step)
            play_step(*market, step, Movers{{&agent, 1}, false});
          CHECK(found[static_cast<std::size_t>(agent)] ==
                doctest::Approx(held_out_payoff(*market, game->config.payoff)).epsilon(1e-10));
        }
        CHECK(found != before);
      }
}

TEST_CASE("the residual is the gradient's norm where every batch is the whole set") {
  const Learner learner = Sgd{.rate = 0.0};
  SUBCASE("layered flow") {
    layered_flow::MarketConfig config;
    config.hidden = {5};
    config.batch = 40;
    const auto game = layered_flow::make_game(config, flow::random_images(40, 5, 4, 3));
    FlowDeviations deviations = flow_deviations(game, learner);
    const auto market = flow_state(game, learner);
    play_on(*market, 1);
    double square = 0.0;
    for (std::size_t l = 0; l < game->shape.layers.size(); ++l)
      for (Index j = 0; j < game->shape.layers[l].outputs; ++j)
        for (Index k = 0; k < game->shape.layers[l].parameters(); ++k)
          square += std::pow(market->neurons(l).gradient(j)[k], 2);
    CHECK(square > 1e-6);
    CHECK(deviations.squared_residual() == doctest::Approx(square).epsilon(1e-10));
  }
  SUBCASE("mixture of experts") {
    test::ExpertConfig config = test::tiny_market();
    config.gating.noise = false;
    config.batch = 60;
    const auto game = mixture_of_experts::make_game(config, test::random_images(60, 30, 3, 3, 4));
    ExpertDeviations deviations = expert_deviations(game, learner);
    const auto market = expert_state(game, learner);
    play_on(*market, 1);
    double square = 0.0;
    for (Index c = 0; c < game->shape.bidders; ++c)
      for (Index k = 0; k < game->shape.bidder_parameters; ++k)
        square += std::pow(market->bidders().gradient(c)[k], 2);
    for (Index i = 0; i < game->shape.sellers; ++i)
      for (Index k = 0; k < game->shape.seller_parameters; ++k)
        square += std::pow(market->sellers().gradient(i)[k], 2);
    CHECK(square > 1e-6);
    CHECK(deviations.squared_residual() == doctest::Approx(square).epsilon(1e-10));
  }
}

TEST_CASE("certificates of networks: gains are never negative, and the same for any thread count") {
  const Learner learner = Adam{.rate = 0.02};
  const SearchConfig search{.climbs = 3, .iterations = 10};
  const auto make = [&](int threads) {
    const oneapi::tbb::global_control control(oneapi::tbb::global_control::max_allowed_parallelism,
                                              static_cast<std::size_t>(threads));
    oneapi::tbb::task_arena arena(threads);
    std::vector<Certificate> made;
    arena.execute([&] {
      ExpertDeviations experts = expert_deviations(expert_game(), learner);
      made.push_back(certify(experts, search));
      FlowDeviations neurons =
          flow_deviations(flow_game({9, 6}, layered_flow::Squash::kL1), learner);
      made.push_back(certify(neurons, search));
    });
    return made;
  };
  const auto one = make(1), many = make(8);
  for (std::size_t k = 0; k < one.size(); ++k) {
    CHECK(one[k].gain == many[k].gain);
    CHECK(one[k].payoff == many[k].payoff);
    CHECK(one[k].residual == many[k].residual);
    CHECK(!one[k].is_exact);
    for (const double gain : one[k].gain) CHECK(gain >= 0.0);
    CHECK(one[k].nash_conv() > 0.0);
    CHECK(std::isnan(one[k].curvature.front()));
  }
}

TEST_CASE("those examined gain what they gain among all, and nothing is said of the others") {
  const Learner learner = Adam{.rate = 0.02};
  const SearchConfig all{.climbs = 2, .iterations = 6};
  SearchConfig some = all;
  some.agents = 3;
  const auto check = [&](auto& every, auto& few, Index agents) {
    const Certificate of_all = certify(every, all), of_few = certify(few, some);
    const auto examined = examined_agents(agents, some);
    CHECK(examined.size() == 3);
    CHECK(of_all.payoff == of_few.payoff);
    for (Index agent = 0; agent < agents; ++agent) {
      const auto k = static_cast<std::size_t>(agent);
      if (std::find(examined.begin(), examined.end(), agent) == examined.end())
        CHECK(std::isnan(of_few.gain[k]));
      else
        CHECK(of_few.gain[k] == doctest::Approx(of_all.gain[k]).epsilon(1e-9));
    }
    CHECK(of_few.nash_conv() < of_all.nash_conv());
  };
  SUBCASE("mixture of experts") {
    const auto game = expert_game();
    ExpertDeviations every = expert_deviations(game, learner);
    ExpertDeviations few{expert_state(game, learner), game, learner,
                         examined_agents(game->shape.agents(), some)};
    check(every, few, game->shape.agents());
  }
  SUBCASE("layered flow") {
    const FlowGame game = flow_game({9, 6}, layered_flow::Squash::kSoftmax);
    FlowDeviations every = flow_deviations(game, learner);
    FlowDeviations few{flow_state(game, learner), learner,
                       examined_agents(game->shape.agents(), some)};
    check(every, few, game->shape.agents());
  }
}

TEST_CASE("a bidder whose head was spoiled has the most to gain") {
  const auto game = expert_game();
  const Learner learner = Adam{.rate = 0.05};
  auto market = expert_state(game, learner);
  play_on(*market, 60);
  // A quiet market, and the same with one head turned about.
  const auto certificate = [&](bool is_spoiled) {
    auto state = expert_state(game, learner);
    for (Index c = 0; c < game->shape.bidders; ++c)
      std::copy_n(market->bidders().row(c), game->shape.bidder_parameters, state->bidders().row(c));
    for (Index i = 0; i < game->shape.sellers; ++i)
      std::copy_n(market->sellers().row(i), game->shape.seller_parameters, state->sellers().row(i));
    double* head = state->bidders().row(1) + game->shape.head_weights;
    if (is_spoiled)
      for (Index k = 0; k < game->shape.embedding * game->shape.class_columns; ++k) head[k] *= -1.0;
    ExpertDeviations deviations(std::move(state), game, learner, all_of(game->shape.agents()));
    return certify(deviations, {.climbs = 1, .iterations = 60});
  };
  const Certificate quiet = certificate(false), spoiled = certificate(true);
  CHECK(spoiled.gain[1] > quiet.gain[1] + 0.05);
  CHECK(spoiled.largest_gain() == spoiled.gain[1]);
}

TEST_CASE("agents that are examined are spread evenly over all") {
  CHECK(examined_agents(5, {}) == std::vector<Index>{0, 1, 2, 3, 4});
  CHECK(examined_agents(5, {.agents = 9}).size() == 5);
  CHECK(examined_agents(10, {.agents = 2}) == std::vector<Index>{2, 7});
  CHECK(examined_agents(1000000, {.agents = 1}) == std::vector<Index>{500000});
}
