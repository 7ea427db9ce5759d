// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// Every term, own and common gradient, against central differences of the recorded payoffs. The
// payoffs are computed from a fresh inverse and share no code with the gradients but the masks and
// the bids.
#include <doctest/doctest.h>

#include <functional>

#include "scenarios/bid_matrix/terms/registry.hpp"
#include "tests/scenarios/bid_matrix/bid_matrix_differences.hpp"

using namespace gbid;
using namespace gbid::test;

namespace {

MarketConfig base(Index n) {
  MarketConfig config;
  config.agents = n;
  config.bids.shift = ColumnMeanShift{};
  return config;
}

std::vector<Case> cases(Index n) {
  std::vector<Case> all;
  const auto add = [&](std::string name, const std::function<void(MarketConfig&)>& change) {
    MarketConfig config = base(n);
    change(config);
    all.push_back({std::move(name), config});
  };
  const std::pair<const char*, Mask> masks[] = {{"relu", Mask::kRelu},
                                                {"hard", Mask::kHard},
                                                {"sigmoid", Mask::kSigmoid},
                                                {"relu6", Mask::kRelu6}};
  for (const auto& [name, mask] : masks)
    for (const UtilityKind kind : {UtilityKind::kLinear, UtilityKind::kQuadratic})
      for (const Shift& shift :
           {Shift{RowMeanShift{}}, Shift{ColumnMeanShift{}}, Shift{FixedShift{0.05}}})
        add(std::string("utility ") + name, [&, m = mask](MarketConfig& c) {
          c.bids.mask = m;
          c.bids.shift = shift;
          c.utility = {kind, PerAgent::kAlpha, {}, {}};
          c.payoff = {{"utility", {1.3}}};
        });
  add("emission", [](MarketConfig& c) { c.payoff = {{"emission", {1.0}}}; });
  for (const Source source : {Source::kBids, Source::kInterRanking}) {
    const std::string of = source == Source::kBids ? " of bids" : " of interranking";
    for (const DivergenceForm form : {DivergenceForm::kCrossEntropy, DivergenceForm::kSoftmax})
      add((form == DivergenceForm::kSoftmax ? "softmax divergence" : "divergence") + of,
          [&](MarketConfig& c) {
            c.divergence = {source, form};
            c.payoff = {{"divergence", {-0.5, PerAgent::kAlpha}}};
          });
    for (const Normalise normalise : {Normalise::kL1, Normalise::kMinmax, Normalise::kSoftmax})
      for (const char* term : {"ranking", "weighted_ranking"})
        add(std::string(term) + of, [&](MarketConfig& c) {
          c.ranking = {source, normalise, 1e-5};
          c.payoff = {{term, {1.0, PerAgent::kOneMinusAlpha}}};
        });
  }
  // Every registered term as it comes, so that a new one is checked without an edit here.
  for (const TermEntry& term : term_registry())
    add(std::string("registered ") + term.name, [&](MarketConfig& c) {
      c.payoff = {{term.name, {1.0, PerAgent::kAlpha}}};
    });
  add("everything", [](MarketConfig& c) {
    c.ranking = {Source::kBids, Normalise::kMinmax, 0.0};
    c.divergence = {Source::kInterRanking, DivergenceForm::kSoftmax};
    c.payoff = {
        {"utility", {1.0}}, {"emission", {0.7}}, {"ranking", {0.3}}, {"divergence", {-0.5}}};
  });
  return all;
}

}  // namespace

TEST_CASE("every term's own and common gradient agrees with central differences and is not zero") {
  for (const Index n : {5, 17})
    for (const Case& c : cases(n)) {
      if (n == 17 && c.name != "everything" && c.name != "divergence of interranking") continue;
      check_gradients(c, random_game(n, 5), random_matrix(n, 9, -1.0, 1.0));
    }
}

TEST_CASE("clip and softmax squash pull gradients back as the differences say") {
  for (const Squash squash : {Squash::kClip, Squash::kSoftmax, Squash::kSigmoid}) {
    Case c{"everything", base(6)};
    c.config.bids.squash = squash;
    c.config.payoff = {{"utility", {1.0}}, {"emission", {0.7}}, {"divergence", {-0.5}}};
    check_gradients(c, random_game(6, 5), random_matrix(6, 4, -0.2, 1.2));
  }
}
