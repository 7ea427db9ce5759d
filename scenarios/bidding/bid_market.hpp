// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "agents/cohort.hpp"
#include "engine/simulation/market.hpp"
#include "scenarios/bidding/bid_game.hpp"
#include "scenarios/bidding/path_meter.hpp"
#include "scenarios/equilibrium/best_response_search.hpp"

namespace gbid {

/// A cohort of agents, each owning a network from what it observes to its raw bids, in a market
/// that takes such bids.
class BidMarket final : public Market {
 public:
  /// @param observe what the networks see, one after the other.
  /// @param start (agents x bids per agent) raw bids to start from.
  /// @param key seed, regime and trial; purposes are filled in here.
  BidMarket(std::unique_ptr<BidGame> market, const NetworkKind& network,
            std::vector<Observation> observe, const RegimePlan& plan, const PaddedMatrix& start,
            StreamKey key);

  /// Lets the final record end with the certificate of the state.
  void certify_with(GameFactory factory, const SearchConfig& search) {
    factory_ = std::move(factory);
    search_ = search;
  }

  Index agents() const override { return market_->agents(); }
  const std::vector<Index>& updates() const override { return agents_.updates(); }
  void clear(const Movers& changed) override;
  void climb(Index step, const Movers& movers) override;
  void record(Index step, std::span<double> out) override;
  double welfare() const override { return market_->welfare(); }
  void record_final(std::span<double> out) override;

 private:
  void observe_and_bid(const Movers& bidders);
  /// What pulls the movers' bids towards their best responses: the way there, as a price.
  void respond(const Movers& movers);

  std::unique_ptr<BidGame> market_;
  std::vector<Observation> observe_;
  Objective objective_;
  Learner learner_;
  Cohort agents_;
  PaddedMatrix price_;
  std::vector<std::string>
      path_trajectory_;  // path variables that are recorded, after the market's
  bool records_cycling_;
  std::optional<PathMeter> path_;  // where any of it is recorded
  GameFactory factory_;            // null: no certificate is asked for
  SearchConfig search_;
};

/// Length of what an agent sees.
template <class Source>
Index observation_size(const Source& source, const std::vector<Observation>& channels) {
  Index total = 0;
  for (const Observation channel : channels) total += source.observation_size(channel);
  return total;
}

}  // namespace gbid
