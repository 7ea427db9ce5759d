// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <memory>
#include <vector>

#include "scenarios/bid_dynamics.hpp"
#include "scenarios/structure.hpp"

namespace gbid {

/// A structure whose agents each own a network from what it observes to a vector of raw bids: what
/// [agents] says, and the bids that every trial starts from.
class BidStructure : public Structure {
 public:
  BidStructure(const ScenarioConfig& config);

  double parameter_count() const override;
  double dynamics_bytes(const RegimePlan& plan) const override;
  double step_flops(const RegimePlan& plan) const override { return step_flops(use(plan)); }
  double final_flops(const RegimePlan& plan) const override;
  void load_regime(const RegimeConfig& config, const RegimePlan& plan,
                   ArrayLoader& loader) override;
  std::unique_ptr<Dynamics> dynamics(std::size_t regime, const RegimePlan& plan,
                                     Index trial) const override;

  std::optional<Certificate> certify(const RegimePlan& plan, Index trial,
                                     const StateReader& read) const override;

  /// A market of a trial on its own, for whoever looks at its rules.
  std::unique_ptr<Market> make_market(Index trial, MarketUse use) const {
    return market(trial, std::move(use));
  }

 protected:
  /// Raw bids (agents x bids per agent) of a finished trial, from what it recorded; false if that
  /// does not hold them. By default the variable raw_bids.
  virtual bool read_raw_bids(const StateReader& read, PaddedMatrix& raw) const;
  virtual Index bids_per_agent() const = 0;
  virtual Index observation_size(Observation) const = 0;
  virtual std::unique_ptr<Market> market(Index trial, MarketUse use) const = 0;
  /// Bytes that one market sets aside, and floating-point operations of one of its steps.
  virtual double market_bytes(const MarketUse& use) const = 0;
  virtual double step_flops(const MarketUse& use) const = 0;
  template <class Source>
  friend Index observation_size(const Source&, const std::vector<Observation>&);

  std::uint64_t seed() const { return seed_; }
  /// Trials that play the same game draw it alike.
  Index game_of(Index trial) const { return trial / starts_; }
  Index starts() const { return starts_; }

 private:
  MarketUse use(const RegimePlan& plan) const;
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
