// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/bid_matrix/card/bid_matrix_card.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/core/error.hpp"
#include "engine/math/pack.hpp"
#include "scenarios/bid_matrix/bids.hpp"

namespace gbid::bid_matrix {
namespace {

std::size_t place(Index k) { return static_cast<std::size_t>(k); }

}  // namespace

std::string BidMatrixCard::missing(const MarketConfig& config, const GameUse& use,
                                   const BidMatrixGame& game) {
  if (config.agents > kMostCardAgents)
    return fmt::format("markets of more than {} agents", kMostCardAgents);
  if (!std::holds_alternative<graph::Complete>(config.graph)) return "graphs that are not complete";
  if (!use.observe.empty()) return "agents that observe the market";
  for (const BidMatrixGame::Item& item : game.items_) {
    CardTerm term;
    std::vector<double> weights(place(game.n_)), constants;
    if (item.is_softmax || !item.term->on_card(term, weights, constants))
      return fmt::format("payoffs with {}{}", item.entry->name,
                         item.is_softmax ? " as a softmax over agents" : "");
  }
  return "";
}

CardGame BidMatrixCard::describe(const BidMatrixGame& game, const RegimePlan& plan) {
  const GroupPlan& group = plan.group();
  CardGame out;
  out.agents = static_cast<int>(game.n_);
  out.has_interranking = game.price_needs_interranking_;
  out.is_common = group.aim().is_common();
  out.squash = game.config_.bids.squash;
  out.mask = game.config_.bids.mask;
  out.shift_moves = game.shift_moves_;
  out.shift = out.shift_moves ? 0.0 : game.constant_shift(0);
  out.share = 1.0 / static_cast<double>(game.n_);
  out.feedback = game.shift_feedback_[0];
  if (std::holds_alternative<OneRandom>(group.schedule)) out.movers = CardMovers::kOneRandom;
  if (std::holds_alternative<RoundRobin>(group.schedule)) out.movers = CardMovers::kRoundRobin;
  if (const auto* momentum = std::get_if<Momentum>(&group.learner)) {
    out.learner = CardLearner::kMomentum;
    out.keep1 = momentum->beta;
  }
  if (const auto* adam = std::get_if<Adam>(&group.learner)) {
    out.learner = CardLearner::kAdam;
    out.keep1 = 1.0 - adam->beta1;
    out.keep2 = 1.0 - adam->beta2;
    out.epsilon = adam->epsilon;
    out.has_own_clock = adam->clock == Clock::kPerAgent;
  }
  return out;
}

void BidMatrixCard::add_terms(const BidMatrixGame& game, const RegimePlan& plan, CardGame& out,
                              std::vector<double>& constants) {
  const std::size_t begin = constants.size();
  const Objective objective = plan.group().objective;
  const double share = 1.0 / static_cast<double>(game.n_);
  out.term_count = 0;
  std::vector<double> own;
  for (const BidMatrixGame::Item& item : game.items_) {
    // The weights of what is ascended, see BidMatrixGame::common_gradient.
    if (objective == Objective::kMeanUtility && !item.is_utility) continue;
    std::vector<double> weights(place(game.n_));
    for (Index i = 0; i < game.n_; ++i)
      weights[place(i)] = objective == Objective::kMeanUtility ? share
                          : plan.group().aim().is_common()     ? share * item.weights[i]
                                                               : item.weights[i];
    CardTerm& term = out.terms[out.term_count++];
    term = {};
    if (!item.term->on_card(term, weights, own))
      throw Error(ExitCode::kInternal, fmt::format("no card computes {}", item.entry->name));
    term.weights = static_cast<int>(own.size());
    own.insert(own.end(), weights.begin(), weights.end());
    out.has_quadratic = out.has_quadratic || term.kind == CardTerm::kQuadraticUtility;
    out.has_ranking = out.has_ranking || term.kind == CardTerm::kRanking;
  }
  constants.insert(constants.end(), own.begin(), own.end());
  out.constant_count = static_cast<int>(constants.size() - begin);
}

std::vector<double> BidMatrixCard::rates_of(const RegimePlan& plan) {
  const Learner& learner = plan.group().learner;
  if (const auto* sgd = std::get_if<Sgd>(&learner)) return {sgd->rate};
  if (const auto* momentum = std::get_if<Momentum>(&learner)) return {momentum->rate};
  const Adam& adam = std::get<Adam>(learner);
  const double last = std::max(
      1.0, std::min(adam.last_correction(), static_cast<double>(plan.recorded_steps.back())));
  std::vector<double> rates(place(static_cast<Index>(last)));
  for (std::size_t k = 0; k < rates.size(); ++k)
    rates[k] = adam.corrected_rate(static_cast<Index>(k) + 1);
  return rates;
}

Structure::CardBytes BidMatrixCard::bytes(const BidMatrixGame& game, const RegimePlan& plan,
                                          Index count) {
  CardGame described = describe(game, plan);
  std::vector<double> constants;
  add_terms(game, plan, described, constants);
  const double trial = static_cast<double>(constants.size()) +
                       2.0 * static_cast<double>(CardState(described.agents).count());
  const auto* adam = std::get_if<Adam>(&plan.group().learner);
  const double steps =
      plan.recorded_steps.empty() ? 1.0 : static_cast<double>(plan.recorded_steps.back());
  const double rates = adam ? std::min(adam->last_correction(), steps) : 1.0;
  constexpr double kContext = 5e8;  // of the driver
  return {kContext + sizeof(double) * (trial * static_cast<double>(count) + rates),
          sizeof(double) * static_cast<double>(CardShape(described, described.agents).values())};
}

BidMatrixCard::BidMatrixCard(const CardPlay& play)
    : cohorts_(play.cohorts), is_taken_(play.games.size()) {
  for (BidGame* game : play.games) games_.push_back(static_cast<BidMatrixGame*>(game));
  game_ = describe(*games_.front(), play.plan);
  std::vector<double> constants;
  for (const BidMatrixGame* game : games_) add_terms(*game, play.plan, game_, constants);
  const std::vector<double> rates = rates_of(play.plan);
  game_.rate_count = static_cast<int>(rates.size());
  game_.seed = play.key.seed;
  game_.purpose = static_cast<std::uint64_t>(play.key.purpose) | play.key.regime << 16;
  game_.first_trial = play.key.trial;
  const auto trials = static_cast<Index>(games_.size());
  backend_ = play.device.kind == Device::Kind::kCuda
                 ? card_of_cuda(play.device.index, game_, trials, constants, rates)
                 : card_of_loops(game_, trials, constants, rates);
}

void BidMatrixCard::fetch() {
  const std::lock_guard lock(fetching_);
  if (is_fetched_) return;
  backend_->fetch();
  is_fetched_ = true;
}

void BidMatrixCard::play(Index step, Index steps, std::span<const std::uint8_t> moves,
                         std::span<std::uint8_t> failed) {
  // Trials that were looked at and changed, runs of them in one piece.
  const auto trials = static_cast<Index>(games_.size());
  for (Index first = 0, count = 0; first < trials; first += std::max<Index>(count, 1)) {
    for (count = 0; first + count < trials && is_taken_[place(first + count)] != 0;) ++count;
    if (count > 0) backend_->send(first, count);
  }
  std::fill(is_taken_.begin(), is_taken_.end(), std::uint8_t{0});
  backend_->play(step, steps, moves, failed);
  is_fetched_ = false;
}

void BidMatrixCard::take(Index trial) {
  fetch();  // before this row is newer
  BidMatrixGame& game = *games_[place(trial)];
  Cohort<double>& cohort = *cohorts_[place(trial)];
  const CardState at(game_.agents);
  double* const row = backend_->row(trial);
  const Index n = game.n_;
  const auto copy = [&](const auto& source, int to) {
    for (Index i = 0; i < n; ++i) std::copy_n(source(i), n, row + to + i * n);
  };
  copy([&](Index i) { return cohort.row(i); }, at.raw());
  for (int k = 0; k < cohort.moment_count(); ++k)
    copy([&](Index i) { return cohort.moment(k, i); }, at.moment(k));
  if (game_.has_interranking) {
    const PaddedMatrix& inverse = game.interranking_.inverse();
    copy([&](Index i) { return inverse.row(i); }, at.inverse());
    row[at.updates_since_refresh()] =
        static_cast<double>(game.interranking_.updates_since_refresh_);
    row[at.refreshes()] = static_cast<double>(game.interranking_.refreshes_);
  }
  for (Index i = 0; i < n; ++i) {
    row[at.bid_sums() + i] = game.bid_sums_[i];
    row[at.updates() + i] = static_cast<double>(cohort.updates()[place(i)]);
  }
  row[at.rows_since_sums()] = static_cast<double>(game.rows_since_sums_);
  is_taken_[place(trial)] = 1;
}

void BidMatrixCard::give(Index trial) {
  fetch();
  BidMatrixGame& game = *games_[place(trial)];
  Cohort<double>& cohort = *cohorts_[place(trial)];
  const CardState at(game_.agents);
  const double* const row = backend_->row(trial);
  const Index n = game.n_;
  // 1. Agents.
  for (Index i = 0; i < n; ++i) {
    std::copy_n(row + at.raw() + i * n, n, cohort.row(i));
    std::copy_n(row + at.raw() + i * n, n, game.raw_.row(i));
    for (int k = 0; k < cohort.moment_count(); ++k)
      std::copy_n(row + at.moment(k) + i * n, n, cohort.moment(k, i));
    cohort.updates()[place(i)] = static_cast<Index>(row[at.updates() + i]);
  }
  // 2. What follows from their bids.
  for (Index i = 0; i < n; ++i) {
    game.bid_totals_[i] = squash_row(game.config_.bids.squash, game.raw_.row(i), nullptr, i, n,
                                     game.stride_, game.bids_.row(i));
    game.bid_sums_[i] = row[at.bid_sums() + i];
  }
  game.rows_since_sums_ = static_cast<Index>(row[at.rows_since_sums()]);
  game.update_shift();
  game.has_cleared_ = true;
  game.terms_are_prepared_ = false;
  game.interranking_is_current_ = game_.has_interranking;
  if (!game_.has_interranking) return;
  // 3. The inter-ranking.
  InterRanking& ranking = game.interranking_;
  for (Index i = 0; i < n; ++i) {
    std::copy_n(row + at.inverse() + i * n, n, ranking.inverse_.row(i));
    ranking.row_sums_[i] = sum(ranking.inverse_.row(i), ranking.inverse_.stride());
  }
  ranking.pending_ = false;
  ranking.column_agent_ = -1;
  ranking.updates_since_refresh_ = static_cast<Index>(row[at.updates_since_refresh()]);
  ranking.refreshes_ = static_cast<Index>(row[at.refreshes()]);
  ranking.sum_columns();
}

}  // namespace gbid::bid_matrix
