// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/bidding/bid_block.hpp"

#include "engine/core/error.hpp"

namespace gbid {
namespace {

std::vector<Cohort<double>*> cohorts_of(const std::vector<std::unique_ptr<BidMarket>>& markets) {
  std::vector<Cohort<double>*> cohorts;
  for (const auto& market : markets) cohorts.push_back(&market->cohort());
  return cohorts;
}

}  // namespace

BidBlock::BidBlock(std::vector<std::unique_ptr<BidMarket>> markets,
                   std::unique_ptr<BidGameLanes> lanes)
    : BidMarketBlock(std::move(markets)),
      lanes_(std::move(lanes)),
      tables_(cohorts_of(markets_), markets_.front()->plan().group().learner),
      gradients_(markets_.front()->gradients(0).rows() * markets_.front()->gradients(0).columns()),
      follows_(markets_.front()->follows_steps()),
      is_given_(markets_.size(), true) {
  lanes_->read(tables_.values());
}

template <class Act>
void BidBlock::follow(BlockMovers movers, const Act& act) {
  if (!follows_) return;
  for (std::size_t trial = 0; trial < markets_.size(); ++trial)
    if (!movers[trial].agents.empty() && failures_[trial].empty())
      try_act(trial,
              [&](BidMarket& market) { act(static_cast<Index>(trial), market, movers[trial]); });
}

BidMarket& BidBlock::own(Index trial) {
  if (!is_given_[at(trial)]) {
    tables_.give(trial);
    lanes_->give(trial);
  }
  is_given_[at(trial)] = true;
  return *markets_[at(trial)];
}

void BidBlock::observe(Index step, BlockMovers movers) {
  follow(movers, [&](Index, BidMarket& market, const Movers& own) { market.observe(step, own); });
}

void BidBlock::clear(BlockMovers movers) {
  for (std::size_t trial = 0; trial < markets_.size(); ++trial)
    if (!movers[trial].agents.empty()) is_given_[trial] = false;
  lanes_->clear(movers, failures_);
  follow(movers, [&](Index trial, BidMarket& market, const Movers& own) {
    tables_.give(trial, own.agents);
    market.bid(own);
    market.follow(own);
  });
}

void BidBlock::differentiate(BlockMovers movers) {
  // A trial that has ended keeps its state, and its lane goes on without meaning.
  for (std::size_t trial = 0; trial < markets_.size(); ++trial)
    if (movers[trial].agents.empty() && failures_[trial].empty()) own(static_cast<Index>(trial));
  lanes_->differentiate(markets_.front()->plan().group().aim(), movers, gradients_.data(),
                        failures_);
  follow(movers, [&](Index trial, BidMarket& market, const Movers& own) {
    PaddedMatrix& gradients = market.gradients(0);
    for (Index r = 0; r < own.count(); ++r)
      for (Index j = 0; j < gradients.columns(); ++j)
        gradients(r, j) = gradients_.at(r * gradients.columns() + j, trial);
    market.note_gradient(own);
  });
}

void BidBlock::learn(BlockMovers movers, int phase) {
  const LaneSet lanes = lanes_with(movers, failures_);
  if (lanes == 0) return;
  for (Index trial = 0; trial < trials(); ++trial)
    if (contains(lanes, trial)) is_given_[at(trial)] = false;
  tables_.learn(movers, lanes, gradients_.data(), phase, failures_);
}

void BidBlock::reset_learners(Index trial) {
  own(trial).reset_learners();
  tables_.take(trial);
}

void BidBlock::restore(Index trial, Index step) {
  markets_[at(trial)]->restore(step);
  tables_.take(trial);
  lanes_->take(trial);
  is_given_[at(trial)] = true;
}

}  // namespace gbid
