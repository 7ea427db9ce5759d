// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "scenarios/classical/config.hpp"

namespace gbid::classical {

/// What all payoffs of a game depend on, as a rule sums over agents; what they are is the game's own
/// business.
using Totals = std::array<double, 3>;

/// Strategies of all agents, and the totals of them.
struct Profile {
  const double* x;
  Totals totals;
};

/// A game of n agents with one number each, x_i in [lower_i, upper_i], as pure functions of the
/// vector x. Work goes by blocks of agents, O(1) an agent: what an agent needs of all others is in
/// the totals. Thread-safe.
class Game {
 public:
  virtual ~Game() = default;

  virtual Index agents() const = 0;
  /// Bounds of the strategy of an agent; infinite where there is none.
  virtual double lower(Index agent) const = 0;
  virtual double upper(Index agent) const = 0;
  /// Of an agent's strategies, above 0: the width of their bounds, or where there are none what the
  /// numbers of the game say.
  virtual double scale(Index agent) const = 0;
  /// x_i = the strategies cut to their bounds, of agents [begin, end); raw is one row of `stride`
  /// numbers an agent, whose first is cut as well.
  virtual void project(double* raw, Index stride, Index begin, Index end, double* x) const = 0;

  /// The share of agents [begin, end) in the totals of x.
  virtual Totals partial(const double* x, Index begin, Index end) const = 0;
  /// Completes the sum of all shares by what is no sum: O(n), for games that have such totals.
  virtual void finish(const double* x, Totals& totals) const = 0;
  /// The strategy that an agent's has the effect of: another only where several have the same.
  virtual double effective(const Profile&, Index agent) const = 0;
  /// Payoffs of agents [begin, end), one after the other.
  virtual void payoffs(const Profile&, Index begin, Index end, double* out) const = 0;
  /// d payoff_i / d x_i of every agent named, the others held fixed.
  virtual void own_slopes(const Profile&, std::span<const Index> agents, double* out,
                          Index stride) const = 0;
  /// d society / d x_i of every agent named.
  virtual void social_slopes(const Profile&, std::span<const Index> agents, double* out,
                             Index stride) const = 0;
  /// Social welfare: the sum of all payoffs that count.
  virtual double society(const Profile&) const = 0;
  /// The agent's exact best response to the others'.
  virtual double best_response(const Profile&, Index agent) const = 0;

  /// Strategies of the Nash equilibrium in closed form; empty where none is known.
  virtual std::vector<double> equilibrium() const = 0;
  /// Strategies of a social optimum in closed form, one where there are several; empty where none
  /// is known.
  virtual std::vector<double> optimum() const = 0;

  /// Any strategies with their totals.
  Profile profile(const std::vector<double>& x) const;
  /// Social welfare of any strategies.
  double welfare(const std::vector<double>& x) const;
};

/// What theory says of the price of anarchy of a game, for any numbers.
struct Bound {
  double value;
  const char* source;
};

// The games, one file each. @param numbers one an agent, where the game has such; empty otherwise.
std::unique_ptr<Game> make_game(const ProportionalShare&, std::vector<double> slopes);
std::unique_ptr<Game> make_game(const Tullock&, std::vector<double> prizes);
std::unique_ptr<Game> make_game(const Cournot&, std::vector<double> costs);
std::unique_ptr<Game> make_game(const Bertrand&, std::vector<double> costs);
std::unique_ptr<Game> make_game(const CommonPool&, std::vector<double>);
std::unique_ptr<Game> make_game(const LinearQuadratic&, std::vector<double> benefits);
std::unique_ptr<Game> make_game(const Bilinear&, std::vector<double>);

std::optional<Bound> bound(const ProportionalShare&);
std::optional<Bound> bound(const Tullock&);
std::optional<Bound> bound(const Cournot&);
std::optional<Bound> bound(const Bertrand&);
std::optional<Bound> bound(const CommonPool&);
std::optional<Bound> bound(const LinearQuadratic&);
std::optional<Bound> bound(const Bilinear&);

}  // namespace gbid::classical
