// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "scenarios/auctions/distributions/type_grid.hpp"

namespace gbid::auctions {

/// What every agent bids at the nodes of its grid: per agent (node x bid).
using Strategies = std::vector<PaddedMatrix>;

/// The best response of an agent with a type to the bids of the others.
struct BestResponse {
  std::vector<double> bids;
  double utility = 0.0;  ///< interim, of these bids
};

/// A network's output x becomes the bid max(lowest, start + step x) of a type that starts from
/// `start`. Its gradient is d/d bid times `pull`: the step, or another positive number, where types
/// with small steps are to learn as fast as others.
struct BidRange {
  double lowest = -std::numeric_limits<double>::infinity();
  double step = 1.0;
  double pull = step;
};

/// An auction of strategies that are known for all types: the state of one run, on one set of
/// grids. All members but `prepare` are const and may be called from several threads. Nothing
/// allocates in `prepare`, `gradient` and the sums.
class Clearing {
 public:
  virtual ~Clearing() = default;

  /// Takes over the bids of all agents: the distributions that each agent competes with.
  virtual void prepare(const Strategies& strategies) = 0;

  /// The pseudo-gradient: row k of `out` becomes weight x scale x d(interim utility)/d(bids) at the
  /// agent's node k. The scale, positive, may depend on agent and type: it leaves the best
  /// responses what they are.
  virtual void gradient(Index agent, PaddedMatrix& out) const = 0;
  /// The same for the total surplus, for a planner; only where `Format::has_planner`.
  virtual void common_gradient(Index /*agent*/, PaddedMatrix& /*out*/) const {}

  /// Whether the agent wins with no type, though with the bids `start` it would earn something: a
  /// gradient that is zero does not say so. False where a format does not tell.
  virtual bool is_shut_out(Index /*agent*/, const PaddedMatrix& /*start*/) const { return false; }

  /// From the next `prepare` on, distributions of bids have `cells` cells: at most those that the
  /// clearing was made with. Nothing where a format has no such choice.
  virtual void coarsen(Index /*cells*/) {}

  /// Makes ready for everything below, after `prepare`.
  virtual void tabulate() {}

  /// Interim utility of an agent with the type of a node that bids `bids`, against the rest.
  virtual double utility(Index agent, Index node, std::span<const double> bids) const = 0;
  /// The best bids for a node's type, NaN where staying out is best; exact up to the accuracy of
  /// `utility`, if `is_exact` says so.
  virtual BestResponse best_response(Index agent, Index node) const = 0;
  virtual bool is_exact() const { return true; }

  /// Expected payments to the seller, and the total surplus: values of agents that get an item,
  /// less costs of agents that sell one; payments are transfers.
  virtual double revenue() const = 0;
  virtual double surplus() const = 0;
};

/// The rules of an auction with its numbers filled in; immutable.
class Format {
 public:
  virtual ~Format() = default;

  virtual Index agents() const = 0;
  /// Bidders that are no agents: they bid their types, in `types(agents())` and so on, and their
  /// bids stand behind those of the agents in `ex_post`.
  virtual Index truthful_bidders() const { return 0; }
  virtual Index type_dimensions() const { return 1; }
  virtual Index bids_per_agent() const { return 1; }
  virtual Interval types(Index agent) const = 0;  ///< of every dimension
  /// The types between which a network distinguishes: others gain nothing, whatever they bid.
  virtual Interval active_types(Index agent) const { return types(agent); }
  virtual Interval bids(Index agent) const = 0;
  virtual BidRange bid_range(Index agent, std::span<const double> /*type*/) const {
    return {.step = bids(agent).width()};
  }
  /// Money is counted in units of the highest value; a utility is in units of that power of them.
  virtual double utility_power() const { return 1.0; }

  /// @param nodes wanted; an agent whose type is known has one.
  virtual TypeGrid grid(Index agent, Index nodes) const = 0;
  /// @param cells  that distributions of bids are divided into.
  virtual std::unique_ptr<Clearing> clearing(const std::vector<TypeGrid>& grids,
                                             Index cells) const = 0;
  /// Memory of such a clearing's tables.
  virtual double clearing_bytes(Index cells) const {
    constexpr double kTables = 7.0;  // of an agent, at the edges of cells
    return 8.0 * kTables * static_cast<double>(agents() * cells);
  }

  /// What an agent's network starts near: a plain rule of thumb, far from an equilibrium.
  virtual void start(Index agent, std::span<const double> type, std::span<double> bids) const = 0;

  /// Whether there is a common gradient, that of the surplus, for the objective mean_payoff.
  virtual bool has_planner() const { return false; }
  /// Highest surplus that any allocation could have.
  virtual double first_best() const = 0;

  /// Known equilibria, by name; several if the game has several. Empty: unknown.
  virtual std::vector<std::string> equilibria() const { return {}; }
  /// What a report has to say of the game, if it may have no equilibrium; else empty.
  virtual std::string caveat() const { return {}; }
  /// @return false where the type's bids are free: it never wins, or never trades. A single bid of
  /// several that is free becomes NaN.
  virtual bool known_bids(std::size_t /*equilibrium*/, Index /*agent*/,
                          std::span<const double> /*type*/, std::span<double> /*bids*/) const {
    return false;
  }

  /// Complete information, for the check of truthfulness: the utility of an agent with this type if
  /// it reports `own` (as a bid) and the others report `others` (agent x bid, its own row ignored),
  /// ties broken against it. @return nothing if the format does not say.
  virtual std::optional<double> ex_post(Index /*agent*/, std::span<const double> /*type*/,
                                        std::span<const double> /*own*/,
                                        const PaddedMatrix& /*others*/) const {
    return std::nullopt;
  }
};

}  // namespace gbid::auctions
