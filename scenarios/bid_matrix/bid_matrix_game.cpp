// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/bid_matrix/bid_matrix_game.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/core/error.hpp"
#include "engine/math/pack.hpp"
#include "engine/stepping/blocks.hpp"
#include "scenarios/bid_matrix/bids.hpp"
#include "scenarios/bid_matrix/lanes/bid_matrix_lanes.hpp"
#include "scenarios/bid_matrix/scratch.hpp"

namespace gbid::bid_matrix {
namespace {

/// Matrices of a trial that is computed beside others, besides its own: bids, inverses, gradients
/// and what they are made of, and a term's.
constexpr double kLaneMatrices = 10.0;

/// What of a market's configuration decides how much a run takes.
struct Shape {
  bool has_interranking = false;  // a price depends on it
  bool records_interranking = false;
  bool has_softmax = false;
  bool wants_every_row = false;
};

bool has_common(const GameUse& use) {
  return std::any_of(use.objectives.begin(), use.objectives.end(),
                     [](Objective objective) { return objective != Objective::kOwnPayoff; });
}
bool has_own(const GameUse& use) {
  return std::find(use.objectives.begin(), use.objectives.end(), Objective::kOwnPayoff) !=
         use.objectives.end();
}
Shape shape_of(const MarketConfig& config, const GameUse& use) {
  Shape shape;
  for (const auto& [name, coefficient] : config.payoff) {
    shape.has_interranking |= term_entry(name).needs_interranking(config);
    shape.has_softmax |= term_entry(name).is_softmax_over_agents(config);
  }
  for (const TermEntry& term : term_registry())
    shape.records_interranking |= use.records(term.name) && term.needs_interranking(config);
  shape.records_interranking |= use.records(kInterRankingArray);
  shape.wants_every_row =
      has_common(use) || use.movers_per_step > few(config.agents) || shape.has_softmax;
  return shape;
}

}  // namespace

BidMatrixGame::BidMatrixGame(const MarketConfig& config, std::shared_ptr<const Game> instance,
                             GameUse use, std::span<const TermEntry> terms)
    : config_(config),
      game_(std::move(instance)),
      use_(std::move(use)),
      n_(config.agents),
      stride_(padded(n_)) {
  const Game& game = *game_;
  for (const Observation channel : use_.observe) {
    observes_rankings_ |= channel == Observation::kRankings;
    observes_payoff_ |= channel == Observation::kOwnPayoff;
  }
  if (observes_rankings_) {
    seen_ranking_.emplace(config.ranking, game, PerAgent::kOne);
    price_needs_interranking_ |= config.ranking.source == Source::kInterRanking;
  }
  // 1. The terms: which of them make the payoff, and which are measured.
  bool has_softmax = false;
  for (const TermEntry& entry : terms) {
    terms_.push_back(entry.make(config, game));
    Term* term = terms_.back().get();
    const bool is_softmax = entry.is_softmax_over_agents(config);
    const auto in_payoff = std::find_if(config.payoff.begin(), config.payoff.end(),
                                        [&](const auto& paid) { return paid.first == entry.name; });
    const bool is_paid = in_payoff != config.payoff.end();
    if (is_paid) {
      Item item{&entry,
                term,
                is_softmax,
                entry.is_utility,
                in_payoff->second,
                AlignedBuffer(stride_),
                AlignedBuffer(stride_)};
      for (Index i = 0; i < n_; ++i)
        item.weights[i] = item.coefficient.weight * game.factor(item.coefficient.by, i);
      items_.push_back(std::move(item));
      price_needs_interranking_ |= entry.needs_interranking(config);
      has_softmax |= is_softmax;
    }
    const bool is_watched = entry.is_utility && use_.records(kMeanUtilityArray);
    if (is_paid || is_watched || use_.records(entry.name)) {
      measured_.push_back({&entry, term, is_softmax, AlignedBuffer(stride_)});
      record_needs_interranking_ |= entry.needs_interranking(config);
    }
  }
  record_needs_interranking_ |= use_.records(kInterRankingArray);

  // 2. The state.
  raw_ = PaddedMatrix(n_, n_);
  bids_ = PaddedMatrix(n_, n_);
  for (AlignedBuffer* row :
       {&bid_totals_, &bid_sums_, &shift_, &fresh_row_, &tau_, &softmax_, &shares_})
    *row = AlignedBuffer(stride_);
  if (use_.records(kGradientPathArray)) keep_gradients();
  set_means();
  scratch_rows_ = PaddedMatrix(kScratchRows * block_count(n_, kAgentRows), n_);

  // 3. Work matrices, only where whole gradients will be asked for.
  has_every_row_ = has_common(use_) || use_.movers_per_step > few(n_) || has_softmax;
  if (has_every_row_) {
    if (price_needs_interranking_) z_ = PaddedMatrix(n_, n_), t_ = PaddedMatrix(n_, n_);
    if (price_needs_interranking_ && has_own(use_)) visits_ = PaddedMatrix(n_, n_);
    if (use_.movers_per_step < n_ || use_.objectives.size() > 1) every_row_ = PaddedMatrix(n_, n_);
    if (has_softmax) feedback_ = PaddedMatrix(n_, n_);
  }
  if (price_needs_interranking_ || record_needs_interranking_)
    interranking_ = InterRanking(n_, z_.empty() ? nullptr : &z_);
}

BidMatrixGame::~BidMatrixGame() = default;

void BidMatrixGame::set_means() {
  row_mean_ = AlignedBuffer(stride_);
  bidder_share_ = AlignedBuffer(stride_);
  shift_feedback_ = AlignedBuffer(stride_);
  shift_moves_ = std::holds_alternative<ColumnMeanShift>(config_.bids.shift);
  const double equal = 1.0 / static_cast<double>(n_);
  for (Index j = 0; j < n_; ++j) {
    row_mean_[j] = game_->graph ? game_->graph->row_mean[j] : equal;
    bidder_share_[j] = game_->graph ? game_->graph->bidder_share[j] : equal;
    shift_feedback_[j] = shift_moves_ ? 1.0 - bidder_share_[j] : 1.0;
  }
}

Index BidMatrixGame::observation_size(Observation channel, Index agents) {
  return channel == Observation::kPrices || channel == Observation::kRankings ? agents : 1;
}

void BidMatrixGame::observe(Index agent, Observation channel, std::span<double> out) const {
  const double equal = 1.0 / static_cast<double>(n_);
  switch (channel) {
    case Observation::kConstant:
      out[0] = 1.0;
      break;
    case Observation::kPrices:
      for (Index j = 0; j < n_; ++j)
        out[static_cast<std::size_t>(j)] = has_cleared_ ? bid_sums_[j] * bidder_share_[j] : equal;
      break;
    case Observation::kRankings:
      for (std::size_t j = 0; j < out.size(); ++j)
        out[j] = has_cleared_ ? seen_ranking_->values()[j] : equal;
      break;
    case Observation::kOwnPayoff:
      out[0] = has_cleared_ ? payoff(agent) : 0.0;
      break;
  }
}

void BidMatrixGame::take_bids(Index agent) {
  bid_totals_[agent] = squash_row(config_.bids.squash, raw_.row(agent), allowed(agent), agent, n_,
                                  stride_, fresh_row_.data());
  double* row = bids_.row(agent);
  for (Index j = 0; j < stride_; j += kLanes) {
    const Pack fresh = load(fresh_row_.data() + j);
    store(bid_sums_.data() + j, load(bid_sums_.data() + j) + (fresh - load(row + j)));
    store(row + j, fresh);
  }
}

void BidMatrixGame::sum_bids() {
  constexpr Index kColumns = 128;  // of one task
  for_blocks(stride_, kColumns, [&](Index, Index begin, Index end) {
    std::fill(bid_sums_.data() + begin, bid_sums_.data() + end, 0.0);
    for (Index i = 0; i < n_; ++i)
      for (Index j = begin; j < end; j += kLanes)
        store(bid_sums_.data() + j, load(bid_sums_.data() + j) + load(bids_.row(i) + j));
  });
  rows_since_sums_ = 0;
}

void BidMatrixGame::update_shift() {
  for (Index j = 0; j < n_; ++j)
    shift_[j] = shift_moves_ ? bid_sums_[j] * bidder_share_[j] : constant_shift(j);
}

double BidMatrixGame::constant_shift(Index counterpart) const {
  const auto* fixed = std::get_if<FixedShift>(&config_.bids.shift);
  return fixed ? fixed->value : row_mean_[counterpart];
}

void BidMatrixGame::clear(const Movers& moved) {
  // 1. Bids and their column sums; the carried sums are made afresh as often as the inter-ranking.
  if (moved.is_everyone) {
    for_blocks(n_, kAgentRows, [&](Index, Index begin, Index end) {
      for (Index i = begin; i < end; ++i)
        bid_totals_[i] =
            squash_row(config_.bids.squash, raw_.row(i), allowed(i), i, n_, stride_, bids_.row(i));
    });
    sum_bids();
  } else {
    for (const Index agent : moved.agents) take_bids(agent);
    rows_since_sums_ += moved.count();
    if (rows_since_sums_ > 4 * n_) sum_bids();
  }
  update_shift();
  // 2. The inter-ranking: carried along where few moved, fresh otherwise, and put off where no
  // price depends on it.
  const bool is_carried = interranking_is_current_ && moved.count() <= few(n_);
  interranking_is_current_ = false;
  if (price_needs_interranking_) {
    if (is_carried)
      interranking_.replace_rows(bids_, moved.agents);
    else
      interranking_.refresh(bids_);
    interranking_is_current_ = true;  // unless it threw
  }
  terms_are_prepared_ = false;
  has_cleared_ = true;
  show();
}

/// What agents observe of the state.
void BidMatrixGame::show() {
  if (observes_payoff_) measure();
  if (observes_rankings_) seen_ranking_->prepare(columns());
}

void BidMatrixGame::require_interranking() {
  if (interranking_is_current_) return;
  interranking_.refresh(bids_);
  interranking_is_current_ = true;
}

Columns BidMatrixGame::columns() const {
  return {n_, stride_, bid_sums_.data(),
          interranking_is_current_ ? interranking_.visit_column_sums() : nullptr};
}

void BidMatrixGame::prepare_terms() {
  if (terms_are_prepared_) return;
  const Columns state = columns();
  for (const Item& item : items_) item.term->prepare(state);
  terms_are_prepared_ = true;
}

BidMatrixGame::Scratch BidMatrixGame::scratch(Index block) {
  const auto row = [&](Index k) { return scratch_rows_.row(block * kScratchRows + k); };
  return {row(0), row(1), row(2), row(3), {row(4), row(5), row(6), row(7), row(8)}, stride_};
}

Row BidMatrixGame::look(Index agent, const Scratch& rows, bool with_visits) const {
  mask_row(config_.bids.mask, bids_.row(agent), shift_.data(), allowed(agent), n_, stride_,
           rows.mask, rows.slope);
  if (with_visits) interranking_.visits_row(agent, rows.visits);
  return {agent, bids_.row(agent), rows.mask, with_visits ? rows.visits : nullptr, rows.spare};
}

bool BidMatrixGame::wants_every_row(const Aim& aim, const Movers& movers) const {
  return aim.is_common() || movers.count() > few(n_) || !feedback_.empty();
}

double BidMatrixGame::estimated_bytes(const MarketConfig& config, const GameUse& use) {
  const Shape shape = shape_of(config, use);
  double matrices =
      2.0 + static_cast<double>(kScratchRows) / kAgentRows;  // raw bids, bids, scratch
  if (use.records(kGradientPathArray)) matrices += 1.0;
  if (shape.has_interranking || shape.records_interranking) matrices += 2.0;
  if (shape.wants_every_row) {
    if (shape.has_interranking) matrices += has_own(use) ? 2.0 : 1.0;
    if (use.movers_per_step < config.agents || use.objectives.size() > 1) matrices += 1.0;
    if (shape.has_softmax) matrices += 1.0;
  }
  if (BidMatrixLanes::can_play(config, use)) matrices += kLaneMatrices;
  return matrices * static_cast<double>(config.agents) *
         static_cast<double>(padded(config.agents)) * sizeof(double);
}

double BidMatrixGame::step_flops(const MarketConfig& config, const GameUse& use) {
  const Shape shape = shape_of(config, use);
  const double n = static_cast<double>(config.agents),
               movers = static_cast<double>(use.movers_per_step);
  const double transcendental = 30.0;  // flops of an exponential or a logarithm
  const double utility = config.utility.kind == UtilityKind::kQuadratic ? 2.0 * n * n : 2.0 * n;
  const double elementwise = movers * (n * (4.0 * transcendental) + utility);
  if (!shape.has_interranking) return elementwise;
  if (!shape.wants_every_row) return elementwise + movers * 10.0 * n * n;
  return elementwise + n * n * (3.0 * transcendental) + (has_common(use) ? 6.0 : 5.0) * n * n * n;
}

void BidMatrixGame::differentiate(const Aim& aim, const Movers& movers, PaddedMatrix& gradient) {
  prepare_terms();
  if (!wants_every_row(aim, movers)) {
    for (Index r = 0; r < movers.count(); ++r)
      own_gradient_row(movers.agents[static_cast<std::size_t>(r)], gradient.row(r));
  } else {
    PaddedMatrix& out = movers.is_everyone ? gradient : every_row_;
    if (aim.is_common())
      common_gradient(aim, out);
    else
      own_gradients(out);
    if (!movers.is_everyone)
      for (Index r = 0; r < movers.count(); ++r)
        std::copy_n(out.row(movers.agents[static_cast<std::size_t>(r)]), stride_, gradient.row(r));
  }
  for_blocks(movers.count(), kAgentRows, [&](Index, Index begin, Index end) {
    for (Index r = begin; r < end; ++r)
      finish_gradient(movers.agents[static_cast<std::size_t>(r)], gradient.row(r));
  });
}

}  // namespace gbid::bid_matrix
