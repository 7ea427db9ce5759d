// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "agents/bidders.hpp"
#include "scenarios/bidding/bid_game.hpp"
#include "scenarios/bidding/path_meter.hpp"
#include "scenarios/equilibrium/best_response_search.hpp"
#include "scenarios/equilibrium/better_responses.hpp"
#include "scenarios/structure/planned_market.hpp"

namespace gbid {

/// Makes a game in which one agent at a time tries other bids.
using DeviationFactory = std::function<std::unique_ptr<BidGame>(Objective)>;

/// A cohort of agents, each owning a network from what it observes to its raw bids, in a game that
/// takes such bids.
class BidMarket final : public PlannedMarket {
 public:
  /// @param observe what the networks see, one after the other.
  /// @param start (agents x bids per agent) raw bids to start from.
  /// @param key seed, regime and trial; purposes are filled in here.
  /// @param deviation_game makes the game in which best responses are searched for, given what
  /// agents want.
  /// @param read_raw_bids see load_recorded.
  BidMarket(std::unique_ptr<BidGame> game, const NetworkKind& network,
            std::vector<Observation> observe, const RegimePlan& plan, const PaddedMatrix& start,
            StreamKey key, DeviationFactory deviation_game,
            std::function<bool(const StateReader&, PaddedMatrix&)> read_raw_bids);

  Index agents() const override { return game_->agents(); }
  void observe(Index step, const Movers& movers) override;
  void bid(const Movers& movers) override { agents_.bid(movers, game_->raw_bids()); }
  void clear(const Movers& movers) override;
  void differentiate(const Movers& movers) override;
  void learn(const Movers& movers, int phase) override;
  void refine() override;
  void derive(Index step, Recorded when) override;
  void restore(Index step) override;
  void reset_learners() override { agents_.forget(); }

  // The parts of an act that are left where games of several trials are computed side by side.
  /// What follows the clearing of the game: cuts of bids, and their path.
  void follow(const Movers& movers);
  /// What follows the gradient of the game: its record.
  void note_gradient(const Movers& movers);
  /// Whether what is recorded needs these two at every step.
  bool follows_steps() const { return path_ || game_->keeps_gradients(); }
  Cohort<double>& cohort() { return agents_.cohort(); }
  /// Of a group, (mover x bid).
  PaddedMatrix& gradients(std::size_t group) { return gradients_[group]; }

  Certificate certify() override;
  /// The game in the state of these raw bids; nothing else of an end counts for its certificate.
  bool load_recorded(const StateReader& read) override {
    return read_raw_bids_(read, game_->raw_bids());
  }

 private:
  /// The agents of a group, and a game in which their payoff is what the group wants.
  std::vector<Index> everyone() const;
  Refiners refiners(Objective objective, const std::vector<Index>& agents) const;
  /// What pulls the movers' bids towards their best responses: the way there, as a gradient.
  void respond(const Movers& movers, PaddedMatrix& direction);

  std::unique_ptr<BidGame> game_;
  std::vector<Observation> observe_;
  Bidders agents_;
  std::vector<PaddedMatrix> gradients_;  // per group, (mover x bid)
  bool is_new_step_ = false, is_new_update_ = false;
  std::optional<PathMeter> path_;  // where any of it is recorded
  Refinement refinement_;
  StreamKey key_;  // of seed, regime and trial
  DeviationFactory deviation_game_;
  std::function<bool(const StateReader&, PaddedMatrix&)> read_raw_bids_;
};

/// Length of what an agent sees.
template <class Source>
Index observation_size(const Source& source, const std::vector<Observation>& channels) {
  Index total = 0;
  for (const Observation channel : channels) total += source.observation_size(channel);
  return total;
}

}  // namespace gbid
