// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/bid_matrix/lanes/bid_matrix_lanes.hpp"

#include <algorithm>
#include <limits>

#include "engine/core/error.hpp"
#include "engine/math/ordered_product.hpp"
#include "engine/math/vector_math.hpp"
#include "scenarios/bid_matrix/bids.hpp"
#include "scenarios/bid_matrix/scratch.hpp"

namespace gbid::bid_matrix {
bool BidMatrixLanes::can_play(const MarketConfig& config, const GameUse& use) {
  const bool has_softmax = std::any_of(
      config.payoff.begin(), config.payoff.end(),
      [&](const auto& paid) { return term_entry(paid.first).is_softmax_over_agents(config); });
  return config.agents <= kSmallProduct && std::holds_alternative<graph::Complete>(config.graph) &&
         use.observe.empty() && !has_softmax;
}

BidMatrixLanes::BidMatrixLanes(std::vector<BidMatrixGame*> games)
    : games_(std::move(games)),
      n_(first().n_),
      has_interranking_(first().price_needs_interranking_),
      bids_(n_ * n_),
      bid_totals_(n_),
      bid_sums_(n_),
      shift_(n_),
      shift_feedback_(n_),
      interranking_(has_interranking_ ? n_ : 0),
      raw_row_(n_),
      fresh_row_(n_),
      bids_row_(n_),
      mask_(n_),
      slope_(n_),
      visits_row_(n_),
      d_mask_(n_),
      d_bids_(n_),
      d_bid_sums_(n_),
      d_visits_(n_),
      d_visit_sums_(n_),
      partials_{d_mask_.data(), d_bids_.data(), d_bid_sums_.data(), d_visits_.data(),
                d_visit_sums_.data()} {
  for (std::size_t k = 0; k < first().items_.size(); ++k) {
    const BidMatrixGame::Item& of_first = first().items_[k];
    Item item{nullptr, of_first.is_utility, WideBuffer(n_), WideBuffer(n_)};
    std::vector<Term*> terms;
    for (std::size_t lane = 0; lane < games_.size(); ++lane) {
      const BidMatrixGame::Item& of_trial = games_[lane]->items_[k];
      terms.push_back(of_trial.term);
      for (Index i = 0; i < n_; ++i)
        item.weights.at(i, static_cast<Index>(lane)) = of_trial.weights[i];
    }
    item.term = of_first.term->in_lanes(terms, n_);
    items_.push_back(std::move(item));
  }
  const bool wants_every_row = first().has_every_row_;
  if (wants_every_row && first().use_.movers_per_step < n_) gradient_ = WideBuffer(n_ * n_);
  if (wants_every_row && has_interranking_) {
    visits_ = WideBuffer(n_ * n_);
    z_ = WideBuffer(n_ * n_);
    t_ = WideBuffer(n_ * n_);
    tau_ = WideBuffer(n_);
  }
  if (wants_every_row) folded_ = WideBuffer(2 * n_);
  for (Index j = 0; j < n_; ++j) {
    shift_feedback_[j] = wide(first().shift_feedback_[j]);
    if (!first().shift_moves_) shift_[j] = wide(first().constant_shift(j));
  }
}

const WideInMemory* BidMatrixLanes::raw_row(const LaneAgents& agents) {
  return row_of(raw_, agents, n_, raw_row_.data());
}

void BidMatrixLanes::squash(const LaneAgents& agents, WideInMemory* bids, LaneSet& lanes,
                            std::span<std::string> failures) {
  const WideInMemory* raw = raw_row(agents);
  const Wide zero{}, one = wide(1.0);
  switch (first().config_.bids.squash) {
    case Squash::kSigmoid:
      for (Index j = 0; j < n_; ++j) bids[j] = sigmoid(raw[j]);
      break;
    case Squash::kClip:
      for (Index j = 0; j < n_; ++j) {
        const Wide above = choose(greater(raw[j], zero), raw[j], zero);
        bids[j] = choose(greater(one, above), above, one);
      }
      break;
    case Squash::kSoftmax: {
      Wide highest = raw[0];
      for (Index j = 1; j < n_; ++j) highest = choose(greater(raw[j], highest), raw[j], highest);
      for (Index j = 0; j < n_; ++j) bids[j] = exp(raw[j] - highest);
      break;
    }
  }
  const Wide total = lane_sum(bids, n_);
  const WideIntegers is_defined =
      greater(total, zero) & greater(wide(std::numeric_limits<double>::infinity()), total);
  for (LaneSet bad = lanes & ~set_of(is_defined); bad != 0; bad &= bad - 1) {
    const int lane = __builtin_ctz(bad);
    failures[static_cast<std::size_t>(lane)] = undefined_shares(agents.in(lane), total[lane]);
    lanes &= ~(1U << lane);
  }
  put(bid_totals_.data(), agents, total);
  const Wide scale = 1.0 / total;
  for (Index j = 0; j < n_; ++j) bids[j] = bids[j] * scale;
}

void BidMatrixLanes::take_bids(const LaneAgents& agents, LaneSet& lanes,
                               std::span<std::string> failures) {
  squash(agents, fresh_row_.data(), lanes, failures);
  const WideIntegers places = agents.places(n_);
  const WideInMemory* const fresh = fresh_row_.data();
  WideInMemory *const sums = bid_sums_.data(), *const bids = bids_.data();
  for (Index j = 0; j < n_; ++j) {
    double* const at = doubles(bids + j);
    sums[j] = sums[j] + (fresh[j] - gather(at, places));
    scatter(at, places, fresh[j]);
  }
}

void BidMatrixLanes::sum_bids() {
  const WideInMemory* const bids = bids_.data();
  for (Index j = 0; j < n_; ++j) {
    Wide total{};
    for (Index i = 0; i < n_; ++i) total = total + bids[i * n_ + j];
    bid_sums_[j] = total;
  }
  rows_since_sums_ = 0;
}

void BidMatrixLanes::update_shift() {
  if (!first().shift_moves_) return;  // as it was set
  const WideInMemory* const sums = bid_sums_.data();
  const double* const share = first().bidder_share_.data();
  WideInMemory* const shift = shift_.data();
  for (Index j = 0; j < n_; ++j) shift[j] = sums[j] * share[j];
}

void BidMatrixLanes::refresh(LaneSet lanes, std::span<std::string> failures) {
  std::array<Index, static_cast<std::size_t>(kWideLanes)> singular;
  interranking_.refresh(bids_, lanes, singular);
  for (std::size_t t = 0; t < games_.size(); ++t)
    if (contains(lanes, static_cast<Index>(t)) && singular[t] >= 0)
      failures[t] = endless_walk(singular[t]);
}

void BidMatrixLanes::clear(BlockMovers moved, std::span<std::string> failures) {
  LaneSet lanes = lanes_with(moved, failures);
  if (lanes == 0) return;
  const Movers& some = some_movers(moved, lanes);
  const Index count = some.count();
  // 1. Bids and their column sums; see BidMatrixGame::clear.
  if (some.is_everyone) {
    for (Index i = 0; i < n_; ++i)
      squash(LaneAgents::all(i), bids_.data() + i * n_, lanes, failures);
    sum_bids();
  } else {
    for (Index r = 0; r < count; ++r) take_bids(movers_at(moved, r, lanes), lanes, failures);
    rows_since_sums_ += count;
    if (rows_since_sums_ > 4 * n_) sum_bids();
  }
  update_shift();
  terms_are_prepared_ = false;
  if (!has_interranking_) return;
  // 2. The inter-ranking: carried along where few moved, otherwise and where that would not be
  // exact enough made afresh.
  const bool is_carried = interranking_is_current_ && count <= few(n_);
  interranking_is_current_ = true;
  if (!is_carried) return refresh(lanes, failures);
  LaneSet stale = interranking_.count_updates(count, lanes);
  LaneAgents agents;
  for (Index r = 0; r < count && stale != lanes; ++r) {
    agents = movers_at(moved, r, lanes);
    stale |= interranking_.replace_row(bids_, agents, lanes & ~stale);
  }
  if (stale != lanes) stale |= interranking_.broken(bids_, agents, lanes & ~stale);
  if (stale != 0) refresh(stale, failures);
}

LaneColumns BidMatrixLanes::columns() const {
  return {n_, bid_sums_.data(), has_interranking_ ? interranking_.visit_column_sums() : nullptr};
}

void BidMatrixLanes::prepare_terms() {
  if (terms_are_prepared_) return;
  for (Item& item : items_) item.term->prepare(columns());
  terms_are_prepared_ = true;
}

void BidMatrixLanes::give(Index trial) {
  BidMatrixGame& game = *games_[static_cast<std::size_t>(trial)];
  for (Index i = 0; i < n_; ++i) {
    for (Index j = 0; j < n_; ++j) {
      game.raw_(i, j) = doubles(raw_ + i * n_ + j)[trial];
      game.bids_(i, j) = bids_.at(i * n_ + j, trial);
    }
    game.bid_totals_[i] = bid_totals_.at(i, trial);
    game.bid_sums_[i] = bid_sums_.at(i, trial);
    game.shift_[i] = shift_.at(i, trial);
  }
  game.rows_since_sums_ = rows_since_sums_;
  game.has_cleared_ = true;
  game.terms_are_prepared_ = false;
  game.interranking_is_current_ = has_interranking_ && interranking_is_current_;
  if (has_interranking_) interranking_.give(trial, game.interranking_);
}

void BidMatrixLanes::take(Index trial) {
  const BidMatrixGame& game = *games_[static_cast<std::size_t>(trial)];
  for (Index i = 0; i < n_; ++i) {
    for (Index j = 0; j < n_; ++j) bids_.at(i * n_ + j, trial) = game.bids_(i, j);
    bid_totals_.at(i, trial) = game.bid_totals_[i];
    bid_sums_.at(i, trial) = game.bid_sums_[i];
    shift_.at(i, trial) = game.shift_[i];
  }
  rows_since_sums_ = game.rows_since_sums_;
  terms_are_prepared_ = false;
  interranking_is_current_ = game.interranking_is_current_;
  if (has_interranking_) interranking_.take(trial, game.interranking_);
}

}  // namespace gbid::bid_matrix
