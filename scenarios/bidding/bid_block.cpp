// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/bidding/bid_block.hpp"

#include "engine/core/error.hpp"

namespace gbid {

BidBlock::BidBlock(std::vector<std::unique_ptr<BidMarket>> markets,
                   std::unique_ptr<BidGameLanes> lanes)
    : markets_(std::move(markets)),
      lanes_(std::move(lanes)),
      failures_(markets_.size()),
      is_given_(markets_.size(), true) {
  for (const auto& market : markets_) {
    gradients_.push_back(&market->gradients(0));
    market->share_clock(&clock_memo_);
  }
}

template <class Act>
void BidBlock::try_act(std::size_t trial, const Act& act) {
  try {
    act(*markets_[trial]);
  } catch (const NumericError& error) {
    failures_[trial] = error.what();
  }
}

template <class Act>
void BidBlock::for_movers(BlockMovers movers, const Act& act) {
  for (std::size_t trial = 0; trial < markets_.size(); ++trial)
    if (!movers[trial].agents.empty() && failures_[trial].empty())
      try_act(trial, [&](BidMarket& market) { act(market, movers[trial]); });
}

BidMarket& BidBlock::own(Index trial) {
  if (!is_given_[at(trial)]) lanes_->give(trial);
  is_given_[at(trial)] = true;
  return *markets_[at(trial)];
}

State& BidBlock::state(Index trial) { return own(trial).state(); }

void BidBlock::observe(Index step, BlockMovers movers) {
  for_movers(movers, [&](BidMarket& market, const Movers& own) { market.observe(step, own); });
}

void BidBlock::bid(BlockMovers movers) {
  for_movers(movers, [&](BidMarket& market, const Movers& own) { market.bid(own); });
}

void BidBlock::clear(BlockMovers movers) {
  // A trial that has ended keeps its state, and its lane goes on without meaning.
  for (std::size_t trial = 0; trial < markets_.size(); ++trial) {
    if (movers[trial].agents.empty() && failures_[trial].empty())
      own(static_cast<Index>(trial));
    else
      is_given_[trial] = false;
  }
  lanes_->clear(movers, failures_);
  for_movers(movers, [&](BidMarket& market, const Movers& own) { market.follow(own); });
}

void BidBlock::differentiate(BlockMovers movers) {
  lanes_->differentiate(markets_.front()->plan().group().aim(), movers, gradients_, failures_);
  for_movers(movers, [&](BidMarket& market, const Movers& own) { market.note_gradient(own); });
}

void BidBlock::learn(BlockMovers movers, int phase) {
  for_movers(movers, [&](BidMarket& market, const Movers& own) { market.learn(own, phase); });
}

void BidBlock::refine(Index trial) {
  own(trial);
  try_act(at(trial), [](BidMarket& market) { market.refine(); });
}

void BidBlock::derive(Index trial, Index step, Recorded when) {
  own(trial);
  try_act(at(trial), [&](BidMarket& market) { market.derive(step, when); });
}

void BidBlock::restore(Index trial, Index step) {
  markets_[at(trial)]->restore(step);
  lanes_->take(trial);
  is_given_[at(trial)] = true;
}

}  // namespace gbid
