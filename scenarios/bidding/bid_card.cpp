// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/bidding/bid_card.hpp"

#include "engine/core/error.hpp"
#include "engine/stepping/blocks.hpp"

namespace gbid {
namespace {

// Trials that one task hands over, or whose acts it computes.
constexpr Index kCardTrials = 16;

template <class Body>
void for_card_trials(std::size_t trials, const Body& body) {
  for_blocks(static_cast<Index>(trials), kCardTrials, [&](Index, Index begin, Index end) {
    for (Index trial = begin; trial < end; ++trial) body(trial);
  });
}

}  // namespace

BidCard::BidCard(std::vector<std::unique_ptr<BidMarket>> markets, std::unique_ptr<BidGameCard> card,
                 const StreamKey& movers)
    : BidMarketBlock(std::move(markets)),
      card_(std::move(card)),
      movers_(movers),
      failed_at_(markets_.size()),
      places_(markets_.size(), Place::kHost),
      has_failed_(markets_.size()) {}

template <class Act>
void BidCard::act(BlockMovers movers, const Act& act) {
  for_card_trials(markets_.size(), [&](Index trial) {
    const Movers& own_movers = movers[at(trial)];
    if (own_movers.agents.empty() || !failures_[at(trial)].empty()) return;
    own(trial);
    try_act(at(trial), [&](BidMarket& market) { act(market, own_movers); });
  });
}

BidMarket& BidCard::seen(Index trial) {
  Place& place = places_[at(trial)];
  if (place == Place::kDevice) {
    card_->give(trial);
    place = Place::kBoth;
  }
  return *markets_[at(trial)];
}

BidMarket& BidCard::own(Index trial) {
  BidMarket& market = seen(trial);
  places_[at(trial)] = Place::kHost;
  return market;
}

void BidCard::observe(Index step, BlockMovers movers) {
  act(movers, [&](BidMarket& market, const Movers& own) { market.observe(step, own); });
}
void BidCard::bid(BlockMovers movers) {
  act(movers, [](BidMarket& market, const Movers& own) { market.bid(own); });
}
void BidCard::clear(BlockMovers movers) {
  act(movers, [](BidMarket& market, const Movers& own) { market.clear(own); });
}
void BidCard::differentiate(BlockMovers movers) {
  act(movers, [](BidMarket& market, const Movers& own) { market.differentiate(own); });
}
void BidCard::learn(BlockMovers movers, int phase) {
  act(movers, [&](BidMarket& market, const Movers& own) { market.learn(own, phase); });
}

bool BidCard::advance(Index step, Index steps, std::span<const std::uint8_t> moves) {
  // 1. Trials that have ended keep their state; the others' goes to where they are played.
  for_card_trials(markets_.size(), [&](Index trial) {
    if (moves[at(trial)] == 0) {
      if (failures_[at(trial)].empty()) seen(trial);
    } else if (places_[at(trial)] == Place::kHost) {
      card_->take(trial);
    }
  });
  // 2. The steps.
  card_->play(step, steps, moves, has_failed_);
  for (std::size_t trial = 0; trial < markets_.size(); ++trial)
    if (moves[trial] != 0) places_[trial] = Place::kDevice;
  // 3. Those that did not come through.
  for_card_trials(markets_.size(), [&](Index trial) {
    if (moves[at(trial)] != 0 && has_failed_[at(trial)] != 0) replay(trial, step, steps);
  });
  return true;
}

void BidCard::replay(Index trial, Index step, Index steps) {
  BidMarket& market = own(trial);
  StreamKey key = movers_;
  key.trial += static_cast<std::uint64_t>(trial);
  MoverSequence sequence(market.plan().group().schedule, agents(), key);
  std::optional<Index>& now = failed_at_[at(trial)];
  try_act(at(trial), [&](BidMarket&) {
    for (now = step; *now < step + steps;) {
      Movers movers = sequence.at(*now);
      movers.clock = *now + 1;
      market.differentiate(movers);
      market.learn(movers, 0);
      ++*now;
      market.observe(*now, movers);
      market.bid(movers);
      market.clear(movers);
    }
  });
  if (failures_[at(trial)].empty()) now.reset();  // rounding: it goes on
}

void BidCard::restore(Index trial, Index step) {
  markets_[at(trial)]->restore(step);
  places_[at(trial)] = Place::kHost;
}

}  // namespace gbid
