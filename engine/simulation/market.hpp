// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/schedule/movers.hpp"
#include "engine/simulation/state.hpp"

namespace gbid {

/// A block of trials of one regime, being played: what a simulation steps. The trials of a block
/// take the same steps side by side, and one gives the same bits alone or among others.
///
/// A step is five acts, in this order. Nothing allocates in them; the results are the same for any
/// number of threads. An act that fails in a trial leaves the reason in `failure` and the other
/// trials undisturbed; a trial that has failed is given no movers any more.
class Market {
 public:
  virtual ~Market() = default;

  virtual Index trials() const = 0;
  virtual Index agents() const = 0;
  /// All that changes in a trial.
  virtual State& state(Index trial) = 0;
  /// Per trial, why it has failed; empty as long as it has not.
  virtual std::span<const std::string> failures() const = 0;

  /// Every mover sees what the market shows it (prices, a batch of data, its own type) before its
  /// bid in step `step`.
  virtual void observe(Index step, BlockMovers movers) = 0;
  /// Every mover's network answers.
  virtual void bid(BlockMovers movers) = 0;
  /// All bids become an allocation and payoffs; only those of the movers have changed since the
  /// last call.
  virtual void clear(BlockMovers movers) = 0;
  /// Every mover gets the gradient of its group's objective, down to its parameters.
  virtual void differentiate(BlockMovers movers) = 0;
  /// Every mover's learner updates its parameters.
  virtual void learn(BlockMovers movers, int phase) = 0;

  /// Takes `steps` steps in one go, from the state of step `step` as it was cleared to that of step
  /// `step + steps`: for markets that draw their movers themselves, as one on a device does.
  /// @param moves per trial, whether it takes them; one that has failed does not.
  /// @return false, and nothing done, where this market is played act by act.
  virtual bool advance(Index /*step*/, Index /*steps*/, std::span<const std::uint8_t> /*moves*/) {
    return false;
  }
  /// The step in which a trial has failed, where `advance` went past it.
  virtual std::optional<Index> failed_at(Index /*trial*/) const { return std::nullopt; }

  /// Follows the last step of a trial that has come to its end, where its regime refines ends: its
  /// bids may be others from here on.
  virtual void refine(Index trial) = 0;
  /// Fills the derived arrays that a record of a trial after `step` updates, or its end, asks for;
  /// changes nothing else. Safe to call for different trials at once, and so is `refine`.
  virtual void derive(Index trial, Index step, Recorded when) = 0;
  /// Follows a load of a trial's state as it was when step `step` had been cleared: what is derived
  /// follows from the rest again.
  virtual void restore(Index trial, Index step) = 0;
  /// A new stage of a trial begins: its learners are reset.
  virtual void reset_learners(Index trial) = 0;
  /// Whether a trial's agents have come to rest, for markets that know it; it then replaces the
  /// criterion of settled welfare.
  virtual std::optional<bool> is_at_rest(Index trial) const = 0;
};

/// One trial of one regime, being played by itself: the same acts as a block's, see Market.
/// They throw NumericError, which names agent and term.
class TrialMarket {
 public:
  virtual ~TrialMarket() = default;
  virtual Index agents() const = 0;
  State& state() { return state_; }

  virtual void observe(Index step, const Movers& movers) = 0;
  virtual void bid(const Movers& movers) = 0;
  virtual void clear(const Movers& movers) = 0;
  virtual void differentiate(const Movers& movers) = 0;
  virtual void learn(const Movers& movers, int phase) = 0;

  virtual void refine() {}
  virtual void derive(Index step, Recorded when) = 0;
  virtual void restore(Index step) = 0;
  virtual void reset_learners() {}
  virtual std::optional<bool> is_at_rest() const { return std::nullopt; }

 protected:
  State state_;
};

/// A block of trials that are computed one after the other.
class TrialByTrial final : public Market {
 public:
  explicit TrialByTrial(std::vector<std::unique_ptr<TrialMarket>> trials);

  Index trials() const override { return static_cast<Index>(trials_.size()); }
  Index agents() const override { return trials_.front()->agents(); }
  State& state(Index trial) override { return trials_[at(trial)]->state(); }
  std::span<const std::string> failures() const override { return failures_; }

  void observe(Index step, BlockMovers movers) override;
  void bid(BlockMovers movers) override;
  void clear(BlockMovers movers) override;
  void differentiate(BlockMovers movers) override;
  void learn(BlockMovers movers, int phase) override;
  void refine(Index trial) override;
  void derive(Index trial, Index step, Recorded when) override;
  void restore(Index trial, Index step) override { trials_[at(trial)]->restore(step); }
  void reset_learners(Index trial) override { trials_[at(trial)]->reset_learners(); }
  std::optional<bool> is_at_rest(Index trial) const override {
    return trials_[at(trial)]->is_at_rest();
  }

 private:
  static std::size_t at(Index k) { return static_cast<std::size_t>(k); }
  template <class Act>
  void for_movers(BlockMovers movers, const Act& act);

  std::vector<std::unique_ptr<TrialMarket>> trials_;
  std::vector<std::string> failures_;  // per trial
};

}  // namespace gbid
