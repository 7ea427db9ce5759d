// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// Matching pennies in pairs, 0 against 1, 2 against 3, ...: for x of the even and y of the odd
// agent
//   u_even = a x y - d x^2 / 2,  u_odd = -a x y - d y^2 / 2
// Society is the sum, -d/2 times all squares: zero-sum where d = 0, when every state is an optimum.
//   d u_even / d x = a y - d x,  d u_odd / d y = -a x - d y,  d society / d x_i = -d x_i
// Bounds: [-1, 1].
#include <cmath>

#include "scenarios/classical/game_of.hpp"

namespace gbid::classical {
namespace {

struct BilinearRules {
  Index agents;
  double stake, damping;

  double lower(Index) const { return -1.0; }
  double upper(Index) const { return 1.0; }
  void add(double x, Index, Totals& totals) const { totals[0] += x * x; }
  /// Slope of the agent's payoff but for its own damping.
  double pull(const Profile& s, Index i) const {
    return i % 2 == 0 ? stake * s.x[i + 1] : -stake * s.x[i - 1];
  }
  double payoff(const Profile& s, Index i) const {
    return s.x[i] * (pull(s, i) - 0.5 * damping * s.x[i]);
  }
  double own_slope(const Profile& s, Index i) const { return pull(s, i) - damping * s.x[i]; }
  double social_slope(const Profile& s, Index i) const { return -damping * s.x[i]; }
  double society(const Profile& s) const { return -0.5 * damping * s.totals[0]; }
  double best_response(const Profile& s, Index i) const {
    const double towards = pull(s, i);
    if (damping > 0.0) return towards / damping;
    return towards == 0.0 ? s.x[i] : std::copysign(1.0, towards);  // all are as good: it stays
  }
  std::vector<double> equilibrium() const {
    return std::vector<double>(static_cast<std::size_t>(agents), 0.0);
  }
  std::vector<double> optimum() const { return equilibrium(); }
};

}  // namespace

std::unique_ptr<Game> make_game(const Bilinear& config, std::vector<double>) {
  return std::make_unique<GameOf<BilinearRules>>(
      BilinearRules{config.agents, config.stake, config.damping});
}

std::optional<Bound> bound(const Bilinear&) { return std::nullopt; }

}  // namespace gbid::classical
