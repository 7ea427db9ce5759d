// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "engine/schedule/movers.hpp"

namespace gbid {

/// The agents of one regime and trial in their market: what a simulation steps.
///
/// A step has five acts. `clear` holds the first three (observe, bid, clear), `climb` the other two
/// (price, learn). Agents that learn from batches of data see a batch only where they learn from
/// it, so that all five of their acts lie in `climb`. Nothing allocates between construction and
/// `record_final`; the results are the same for any number of threads.
class Market {
 public:
  virtual ~Market() = default;

  virtual Index agents() const = 0;
  /// Updates that every agent has made.
  virtual const std::vector<Index>& updates() const = 0;

  /// Observe, bid, clear. Only `changed` have learned since the last call; the first call names
  /// everyone.  @throws NumericError naming agent and term.
  virtual void clear(const Movers& changed) = 0;
  /// Price and learn: the update that leads from the state after `step` updates to the next.
  /// @throws NumericError naming agent and term.
  virtual void climb(Index step, const Movers& movers) = 0;

  /// All trajectory variables of the regime, one after the other, after `step` updates.
  /// @throws NumericError naming agent and term.
  virtual void record(Index step, std::span<double> out) = 0;
  /// Mean payoff in the state last recorded: what settles, and what regimes are compared by.
  virtual double welfare() const = 0;
  /// Whether the agents have come to rest, of markets that can tell; it then stands in for settled
  /// welfare.
  virtual std::optional<bool> is_at_rest() const { return std::nullopt; }
  /// All final variables of the regime, one after the other. Nobody learns any more.
  virtual void record_final(std::span<double> out) = 0;
};

}  // namespace gbid
