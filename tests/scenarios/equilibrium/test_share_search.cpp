// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "scenarios/bid_matrix/bids.hpp"
#include "scenarios/equilibrium/best_response_search.hpp"
#include "scenarios/equilibrium/share_bound.hpp"
#include "tests/scenarios/bid_matrix/bid_matrix_fixture.hpp"

using namespace gbid;
using namespace gbid::test;

namespace {

PaddedMatrix matrix(std::initializer_list<std::initializer_list<double>> rows) {
  PaddedMatrix out(static_cast<Index>(rows.size()), static_cast<Index>(rows.begin()->size()));
  Index i = 0;
  for (const auto& row : rows) std::copy(row.begin(), row.end(), out.row(i++));
  return out;
}

/// (H + H') / 2, as the market keeps it.
PaddedMatrix symmetric(const PaddedMatrix& h) {
  PaddedMatrix out(h.rows(), h.columns());
  for (Index i = 0; i < h.rows(); ++i)
    for (Index j = 0; j < h.columns(); ++j) out(i, j) = 0.5 * (h(i, j) + h(j, i));
  return out;
}

/// The market of the Divergence experiment: everything is bought a little, and rankings have ridges
/// where two columns share the minimum.
MarketConfig ranked_market(Index agents) {
  MarketConfig config;
  config.agents = agents;
  config.bids.shift = ColumnMeanShift{};
  config.bids.mask = Mask::kSigmoid;
  config.utility.kind = UtilityKind::kQuadratic;
  config.utility.scale = PerAgent::kAlpha;
  config.ranking.normalise = Normalise::kMinmax;
  config.payoff = {{"utility", {1.0}}, {"ranking", {1.0}}};
  return config;
}

GameFactory factory_of(const MarketConfig& config, const Game& game) {
  auto shared = std::make_shared<Game>(copy(game));
  return [config, shared] { return std::make_unique<BidMatrixGame>(config, shared, GameUse{}); };
}

struct Combination {
  Mask mask;
  Normalise normalise;
  Source source;
};

std::vector<Combination> combinations() {
  std::vector<Combination> all;
  for (const Mask mask : {Mask::kRelu, Mask::kHard, Mask::kSigmoid, Mask::kRelu6})
    for (const Normalise normalise : {Normalise::kL1, Normalise::kMinmax, Normalise::kSoftmax})
      for (const Source source : {Source::kBids, Source::kInterRanking})
        all.push_back({mask, normalise, source});
  return all;
}

/// Quadratic utility, every ranking, emission and divergence.
MarketConfig market_of_all_terms(Index agents, const Combination& of) {
  MarketConfig config;
  config.agents = agents;
  config.bids.shift = ColumnMeanShift{};
  config.bids.mask = of.mask;
  config.utility.kind = UtilityKind::kQuadratic;
  config.ranking.normalise = of.normalise;
  config.ranking.source = of.source;
  config.payoff = {{"utility", {1.0}},
                   {"emission", {0.5}},
                   {"ranking", {1.0}},
                   {"weighted_ranking", {-0.3}},
                   {"divergence", {-0.2}}};
  return config;
}

/// A random point between corners.
std::vector<double> between(const PaddedMatrix& corners, Stream& stream) {
  std::vector<double> weights(static_cast<std::size_t>(corners.rows())),
      point(static_cast<std::size_t>(corners.columns()), 0.0);
  double total = 0.0;
  for (double& weight : weights) total += weight = -std::log(1.0 - stream.uniform());
  for (Index k = 0; k < corners.rows(); ++k)
    for (Index j = 0; j < corners.columns(); ++j)
      point[static_cast<std::size_t>(j)] +=
          weights[static_cast<std::size_t>(k)] / total * corners(k, j);
  return point;
}

}  // namespace

TEST_CASE(
    "a search finds the highest point of a ridge between two columns that share the minimum") {
  const MarketConfig config = ranked_market(3);
  Game game{PaddedMatrix(3, 3), {}, {0.0, 1.0, 0.13}};
  for (const PaddedMatrix& h :
       {matrix({{0.71, 0.08, 0.21}, {0.55, 0.32, 0.13}, {0.30, 0.70, 0.0}}),
        matrix({{0.25, 0.44, 0.31}, {0.12, 0.66, 0.22}, {0.46, 0.0, 0.54}}),
        matrix({{0.42, 0.21, 0.37}, {0.56, 0.0, 0.44}, {0.45, 0.15, 0.39}})})
    game.hessians.push_back(symmetric(h));
  const PaddedMatrix raw = matrix({{-1.2, -1.2, 0.2}, {2.5, -0.6, -2.2}, {-1.6, 3.6, -0.7}});
  const Certificate found = certify(factory_of(config, game), raw);
  // Shares (0, 0.446201250564, 0.553798749436): where columns 0 and 1 of the inter-ranking are
  // equal, in 40 digits. A grid of 11,000 points of the simplex comes to 0.9931.
  CHECK(found.payoff[2] == doctest::Approx(0.04617212265).epsilon(1e-9));
  CHECK(found.gain[2] == doctest::Approx(1.00091006616).epsilon(1e-5));
  CHECK(found.gain[2] < 1.00091007);
}

TEST_CASE("a search finds shares that count although they are millionths, where others' are") {
  const MarketConfig config = ranked_market(3);
  Game game{PaddedMatrix(3, 3), {}, {0.8, 1.0, 0.0}};
  for (const PaddedMatrix& h :
       {matrix({{0.44, 0.19, 0.37}, {0.37, 0.35, 0.28}, {0.0, 0.69, 0.31}}),
        matrix({{0.35, 0.28, 0.37}, {0.0, 0.31, 0.69}, {0.17, 0.23, 0.60}}),
        matrix({{0.52, 0.22, 0.26}, {0.46, 0.35, 0.19}, {0.0, 0.53, 0.47}})})
    game.hessians.push_back(symmetric(h));
  const double one = 1e-6;
  PaddedMatrix raw(3, 3);
  const PaddedMatrix shares = matrix(
      {{one, 1.0 - 2.0 * one, one}, {one, 1.0 - 2.0 * one, one}, {one, one, 1.0 - 2.0 * one}});
  for (Index i = 0; i < 3; ++i) raw_from_shares(config.bids.squash, shares.row(i), 3, raw.row(i));
  const Certificate found = certify(factory_of(config, game), raw);
  // All on itself is 0.98944 better in 40 digits; so are 2507 millionths on itself, 705 on agent 2
  // and the rest on agent 0, by 0.3246799, the best of a scan of powers; a ridge is a little higher.
  CHECK(found.gain[0] == doctest::Approx(0.98944).epsilon(1e-5));
  CHECK(found.gain[1] >= 0.32467);
  CHECK(found.gain[1] <= 0.32480);
}

TEST_CASE("a ranking of columns that are equal up to rounding is none, and no better response") {
  // All bid on themselves but for 1e-16: what columns differ by is lost to rounding, and shares of
  // ranks that follow from it, such as 1/3 exactly, are noise.
  const MarketConfig config = ranked_market(4);
  const Game game = random_game(4, 3);
  PaddedMatrix raw(4, 4);
  for (const double spent : {1e-16, 1e-4}) {
    CAPTURE(spent);
    for (Index i = 0; i < 4; ++i) {
      std::vector<double> shares(4, i == 0 ? spent : 1e-16);
      shares[static_cast<std::size_t>(i)] = 1.0;
      raw_from_shares(config.bids.squash, shares.data(), 4, raw.row(i));
    }
    ClearedMarket market(config, game, raw, Objective::kOwnPayoff, 1);
    CHECK(std::isnan(market->own_payoff(0)) == (spent < 1e-15));
    CHECK(std::isnan(market->payoff_of_shares(0, std::vector<double>{1.0, 0.0, 0.0, 0.0})));
  }
}

TEST_CASE("payoffs of shares are those of the raw bids that spend them") {
  Stream stream({.seed = 5, .purpose = Purpose::kContribution});
  for (const Squash squash : {Squash::kSigmoid, Squash::kSoftmax, Squash::kClip})
    for (const Combination& of : combinations()) {
      MarketConfig config = market_of_all_terms(4, of);
      config.bids.squash = squash;
      ClearedMarket market(config, random_game(4, 8), random_matrix(4, 9, 0.1, 0.9),
                           Objective::kOwnPayoff, 1);
      const std::vector<double> shares =
          between(matrix({{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}}), stream);
      std::vector<double> raw(4);
      market->raw_of_shares(2, shares, raw);
      CHECK(market->payoff_of_shares(2, shares) ==
            doctest::Approx(market->payoff_if(2, raw)).epsilon(1e-12));
    }
}

TEST_CASE("a search finds a pair of bids that pays among single ones that pay little") {
  MarketConfig config;
  config.agents = 8;
  config.bids.shift = FixedShift{0.25};
  config.bids.mask = Mask::kHard;
  config.utility.kind = UtilityKind::kQuadratic;
  config.payoff = {{"utility", {1.0}}};
  PaddedMatrix h(8, 8), raw(8, 8);
  for (Index i = 0; i < 8; ++i)
    for (Index j = 0; j < 8; ++j) {
      h(i, j) = i == j ? (i < 2 ? -1.0 : 0.02) : (i + j == 1 ? 10.0 : -3.0);
      raw(i, j) = j == 3 ? 30.0 : -30.0;
    }
  Game game{PaddedMatrix(8, 8), {}, std::vector<double>(8, 0.0)};
  game.hessians.push_back(std::move(h));
  const Certificate found = certify(factory_of(config, game), raw);
  // Half on each of the pair: (-1 + 2 x 10 - 1) / 2 = 9, against 0.02 / 2 on agent 3.
  for (const double gain : found.gain) CHECK(gain == doctest::Approx(8.99).epsilon(1e-9));
}

TEST_CASE("no payoff between corners is above their bound, and bounds of small cells are narrow") {
  int finite = 0;
  for (const Combination& of : combinations()) {
    CAPTURE(static_cast<int>(of.mask));
    CAPTURE(static_cast<int>(of.normalise));
    CAPTURE(static_cast<int>(of.source));
    const MarketConfig config = market_of_all_terms(4, of);
    ClearedMarket market(config, random_game(4, 6), random_matrix(4, 7, -2.0, 2.0),
                         Objective::kOwnPayoff, 1);
    Stream stream({.seed = 11, .purpose = Purpose::kContribution});
    std::vector<double> raw(4);
    const auto payoff = [&](const std::vector<double>& shares) {
      market->raw_of_shares(1, shares, raw);
      return market->payoff_if(1, raw);
    };
    PaddedMatrix corners = matrix({{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}});
    for (int depth = 0; depth < 12; ++depth) {
      const double bound = market->payoff_bound(1, corners);
      double highest = -1e300;
      for (int k = 0; k < 50; ++k) highest = std::max(highest, payoff(between(corners, stream)));
      CHECK(highest <= bound + 1e-12);
      finite += std::isfinite(bound);
      // Towards a random point inside: half the size.
      const std::vector<double> centre = between(corners, stream);
      for (Index k = 0; k < 4; ++k)
        for (Index j = 0; j < 4; ++j)
          corners(k, j) = 0.5 * (corners(k, j) + centre[static_cast<std::size_t>(j)]);
      // Cells of 1/4096: payoffs are of order one with slopes of order ten.
      if (depth == 11) CHECK(bound - highest < 0.05);
    }
  }
  CHECK(finite > 24 * 10);
}

TEST_CASE("branch and bound proves what a search finds, from above") {
  for (const Mask mask : {Mask::kHard, Mask::kSigmoid}) {
    MarketConfig config = ranked_market(3);
    config.bids.mask = mask;
    config.ranking.normalise = Normalise::kL1;
    const Game game = random_game(3, 21);
    const PaddedMatrix raw = random_matrix(3, 22, -1.0, 1.0);
    ClearedMarket market(config, game, raw, Objective::kOwnPayoff, 1);
    const Response found = best_response(*market, 0, {});
    const std::vector<Index> choices{0, 1, 2};
    const double bound = bound_shares(*market, 0, choices, found.payoff + 1e-3, 200000);
    CHECK(bound >= found.payoff - 1e-12);
    CHECK(bound <= found.payoff + 1e-3);
    // What is not true is not proved.
    CHECK(bound_shares(*market, 0, choices, found.payoff - 1e-3, 20000) > found.payoff - 1e-12);
  }
}

TEST_CASE(
    "a certificate bounds gains where a proof may take cells, and says how many starts it had") {
  MarketConfig config = ranked_market(3);
  config.ranking.normalise = Normalise::kL1;
  const GameFactory game = factory_of(config, random_game(3, 21));
  PaddedMatrix raw = random_matrix(3, 22, -1.0, 1.0);
  // To rest by best responses.
  for (int round = 0; round < 20; ++round)
    for (Index i = 0; i < 3; ++i) {
      ClearedMarket market(config, random_game(3, 21), raw, Objective::kOwnPayoff, 1);
      const Response response = best_response(*market, i, {});
      std::copy(response.raw.begin(), response.raw.end(), raw.row(i));
    }
  const Certificate searched = certify(game, raw);
  REQUIRE(searched.relative_gain() < 1e-6);
  CHECK(std::isnan(searched.largest_bound()));
  CHECK(searched.starts == 64);
  SearchConfig proof;
  proof.cells = 200000;
  const Certificate proved = certify(game, raw, proof);
  CHECK(proved.relative_bound() <= proof.tolerance);
  for (std::size_t i = 0; i < 3; ++i) CHECK(proved.bound[i] >= proved.gain[i]);
  // Where there is something to gain nothing is proved.
  raw(0, 0) += 1.0;
  CHECK(std::isnan(certify(game, random_matrix(3, 22, -1.0, 1.0), proof).largest_bound()));
}
