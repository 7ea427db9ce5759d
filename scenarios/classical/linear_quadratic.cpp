// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// Linear-quadratic: u_i = a_i x_i - x_i^2 / 2 - g x_i (X - x_i), X = sum_j x_j; society is the sum.
//   d u_i / d x_i     = a_i - x_i - g (X - x_i)
//   d society / d x_i = a_i - x_i - 2 g (X - x_i)
// No bounds. Both are linear: X follows from the sum over agents, x_i from X.
#include <algorithm>
#include <cmath>
#include <limits>

#include "scenarios/classical/game_of.hpp"

namespace gbid::classical {
namespace {

struct LinearQuadraticRules {
  Index agents;
  double g;
  std::vector<double> benefits;

  double benefit(Index i) const { return benefits[static_cast<std::size_t>(i)]; }
  double lower(Index) const { return -std::numeric_limits<double>::infinity(); }
  double upper(Index) const { return std::numeric_limits<double>::infinity(); }
  double scale() const {
    double largest = 0.0;
    for (const double a : benefits) largest = std::max(largest, std::fabs(a));
    return largest > 0.0 ? largest : 1.0;  // without benefits all units are alike
  }
  void add(double x, Index i, Totals& totals) const {
    totals[0] += x;
    totals[1] += x * x;
    totals[2] += benefit(i) * x;
  }
  double payoff(const Profile& s, Index i) const {
    const double x = s.x[i];
    return x * (benefit(i) - 0.5 * x - g * (s.totals[0] - x));
  }
  double own_slope(const Profile& s, Index i) const {
    return benefit(i) - s.x[i] - g * (s.totals[0] - s.x[i]);
  }
  double social_slope(const Profile& s, Index i) const {
    return benefit(i) - s.x[i] - 2.0 * g * (s.totals[0] - s.x[i]);
  }
  double society(const Profile& s) const {
    const auto [sum, squares, worth] = s.totals;
    return worth - 0.5 * squares - g * (sum * sum - squares);
  }
  double best_response(const Profile& s, Index i) const {
    return benefit(i) - g * (s.totals[0] - s.x[i]);
  }
  /// (I + k (J - I)) x = a; where k = 1 only the sum is determined: all agents choose the same.
  std::vector<double> solve(double k) const {
    const auto n = static_cast<double>(agents);
    double sum = 0.0;
    for (const double a : benefits) sum += a;
    const double total = sum / (1.0 + k * (n - 1.0));
    std::vector<double> x;
    for (const double a : benefits) x.push_back(k == 1.0 ? total / n : (a - k * total) / (1.0 - k));
    return x;
  }
  std::vector<double> equilibrium() const { return solve(g); }
  std::vector<double> optimum() const { return solve(2.0 * g); }
};

}  // namespace

std::unique_ptr<Game> make_game(const LinearQuadratic& config, std::vector<double> benefits) {
  return std::make_unique<GameOf<LinearQuadraticRules>>(
      LinearQuadraticRules{config.agents, config.interaction, std::move(benefits)});
}

std::optional<Bound> bound(const LinearQuadratic&) { return std::nullopt; }

}  // namespace gbid::classical
