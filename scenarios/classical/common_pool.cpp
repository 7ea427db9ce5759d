// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// Common pool: u_i = x_i (K - X), X = sum_j x_j; society is all of it, X (K - X).
//   d u_i / d x_i     = K - X - x_i
//   d society / d x_i = K - 2 X
// Bounds: 0 <= x_i <= K. The optimum is any use of K / 2 in all.
#include "scenarios/classical/game_of.hpp"

namespace gbid::classical {
namespace {

struct CommonPoolRules {
  Index agents;
  double capacity;

  double n() const { return static_cast<double>(agents); }
  double lower(Index) const { return 0.0; }
  double upper(Index) const { return capacity; }
  void add(double x, Index, Totals& totals) const { totals[0] += x; }
  double payoff(const Profile& s, Index i) const { return s.x[i] * (capacity - s.totals[0]); }
  double own_slope(const Profile& s, Index i) const { return capacity - s.totals[0] - s.x[i]; }
  double social_slope(const Profile& s, Index) const { return capacity - 2.0 * s.totals[0]; }
  double society(const Profile& s) const { return s.totals[0] * (capacity - s.totals[0]); }
  double best_response(const Profile& s, Index i) const {
    return 0.5 * (capacity - (s.totals[0] - s.x[i]));
  }
  std::vector<double> uniform(double x) const {
    return std::vector<double>(static_cast<std::size_t>(agents), x);
  }
  std::vector<double> equilibrium() const { return uniform(capacity / (n() + 1.0)); }
  std::vector<double> optimum() const { return uniform(0.5 * capacity / n()); }
};

}  // namespace

std::unique_ptr<Game> make_game(const CommonPool& config, std::vector<double>) {
  return std::make_unique<GameOf<CommonPoolRules>>(CommonPoolRules{config.agents, config.capacity});
}

std::optional<Bound> bound(const CommonPool&) { return std::nullopt; }

}  // namespace gbid::classical
