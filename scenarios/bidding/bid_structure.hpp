// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <memory>
#include <vector>

#include "scenarios/bidding/bid_block.hpp"
#include "scenarios/bidding/bid_card.hpp"
#include "scenarios/structure/structure.hpp"

namespace gbid {

/// A structure whose agents each own a network from what it observes to a vector of raw bids: what
/// [agents] says, and the bids that every trial starts from.
class BidStructure : public Structure {
 public:
  explicit BidStructure(const Setup& setup);

  double parameter_count() const override;
  double trial_bytes(const RegimePlan& plan) const override;
  double step_flops(const RegimePlan& plan) const override { return step_flops(use(plan)); }
  double final_flops(const RegimePlan& plan) const override;
  void load_regime(const std::optional<InitialBids>& initial_bids, const RegimePlan& plan,
                   ArrayLoader& loader) override;
  std::unique_ptr<PlannedMarket> trial_market(std::size_t regime, const RegimePlan& plan,
                                              Index trial) const override;
  /// Side by side where the games of the structure can be and the regime's agents are one group.
  std::unique_ptr<Market> market(std::size_t regime, const RegimePlan& plan, Index first,
                                 Index count) const override;
  Index block_size(const RegimePlan& plan) const override;
  std::string missing_on_card(const RegimePlan& plan) const override;
  CardBytes card_bytes(const RegimePlan& plan, Index count) const override {
    return card_bytes(plan, use(plan), count);
  }
  std::unique_ptr<Market> card_market(std::size_t regime, const RegimePlan& plan, Index first,
                                      Index count, const Device& device) const override;
  /// Those of the game, of the bids' path and of the certificate.
  std::vector<ArraySpec> arrays() const override;

  bool can_refine() const override { return true; }

  /// The game of a trial on its own, for any caller that looks at its rules.
  virtual std::unique_ptr<BidGame> bid_game(Index trial, GameUse use) const = 0;

 protected:
  /// How many games of this use are computed side by side at most; one: each by itself.
  virtual Index lane_count(const GameUse&) const { return 1; }
  /// Those games, side by side. @param games of `bid_game`, at most `lane_count`.
  virtual std::unique_ptr<BidGameLanes> in_lanes(std::span<BidGame* const> games) const;
  /// What a card lacks to play a game of this use; empty: nothing.
  virtual std::string missing_on_card(const GameUse&) const { return "markets of this structure"; }
  virtual CardBytes card_bytes(const RegimePlan&, const GameUse&, Index /*count*/) const {
    return {};
  }
  /// Those games with their agents' tables, one a trial, on a device.
  virtual std::unique_ptr<BidGameCard> on_card(const CardPlay& play) const;
  /// Raw bids (agents x bids per agent) of a finished trial, from what it recorded; false if that
  /// does not hold them. By default the variable raw_bids.
  virtual bool read_raw_bids(const StateReader& read, PaddedMatrix& raw) const;
  virtual std::vector<ArraySpec> game_arrays() const = 0;
  virtual Index bids_per_agent() const = 0;
  virtual Index observation_size(Observation) const = 0;
  /// Bytes that one market sets aside, and floating-point operations of one of its steps.
  virtual double game_bytes(const GameUse& use) const = 0;
  virtual double step_flops(const GameUse& use) const = 0;
  template <class Source>
  friend Index observation_size(const Source&, const std::vector<Observation>&);

  std::uint64_t seed() const { return seed_; }
  /// Trials of one game draw the same numbers.
  Index game_of(Index trial) const { return trial / starts_; }
  Index starts() const { return starts_; }

 private:
  GameUse use(const RegimePlan& plan) const;
  std::unique_ptr<BidMarket> bid_market(std::size_t regime, const RegimePlan& plan, Index trial,
                                        std::unique_ptr<BidGame> game) const;
  Network network() const;
  PaddedMatrix start(std::size_t regime, const RegimePlan& plan, Index trial) const;

  AgentsConfig agents_config_;
  std::uint64_t seed_;
  Index trials_, starts_;
  NetworkKind network_ = Table{};
  std::vector<Observation> observe_;
  std::vector<InitialBids> initial_bids_;  // per regime
  std::vector<Array> given_bids_;          // per regime; empty where drawn
};

}  // namespace gbid
