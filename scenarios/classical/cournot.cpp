// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// Cournot: u_i = (a - b Q - c_i) q_i, Q = sum_j q_j. The price may become negative; no best response
// makes it so. Society is
//   "everyone": a Q - b Q^2 / 2 - sum c_i q_i, total surplus;   "firms": a Q - b Q^2 - sum c_i q_i.
//   d u_i / d q_i     = a - b Q - b q_i - c_i
//   d society / d q_i = a - b Q - c_i ("everyone"), a - 2 b Q - c_i ("firms")
// Bounds: 0 <= q_i <= a / b.
#include <algorithm>

#include "scenarios/classical/game_of.hpp"

namespace gbid::classical {
namespace {

struct CournotRules {
  Index agents;
  double a, b;
  std::vector<double> costs;
  bool is_everyone;

  double cost(Index i) const { return costs[static_cast<std::size_t>(i)]; }
  double lower(Index) const { return 0.0; }
  double upper(Index) const { return a / b; }
  void add(double q, Index i, Totals& totals) const {
    totals[0] += q;
    totals[1] += cost(i) * q;
  }
  double payoff(const Profile& s, Index i) const {
    return (a - b * s.totals[0] - cost(i)) * s.x[i];
  }
  double own_slope(const Profile& s, Index i) const {
    return a - b * s.totals[0] - b * s.x[i] - cost(i);
  }
  double social_slope(const Profile& s, Index i) const {
    return a - (is_everyone ? 1.0 : 2.0) * b * s.totals[0] - cost(i);
  }
  double society(const Profile& s) const {
    const double q = s.totals[0];
    return (a - (is_everyone ? 0.5 : 1.0) * b * q) * q - s.totals[1];
  }
  double best_response(const Profile& s, Index i) const {
    return (a - cost(i) - b * (s.totals[0] - s.x[i])) / (2.0 * b);
  }

  /// The k cheapest produce: p = (a + sum of their costs) / (k + 1), q_i = (p - c_i) / b.
  std::vector<double> equilibrium() const {
    std::vector<double> sorted = costs;
    std::sort(sorted.begin(), sorted.end());
    double sum = 0.0, price = a;
    for (std::size_t k = 0; k < sorted.size() && sorted[k] < price; ++k) {
      sum += sorted[k];
      price = (a + sum) / static_cast<double>(k + 2);
    }
    std::vector<double> q;
    for (const double c : costs) q.push_back(std::max(0.0, (price - c) / b));
    return q;
  }
  /// The cheapest produce, each the same.
  std::vector<double> optimum() const {
    const double least = *std::min_element(costs.begin(), costs.end());
    const auto count = static_cast<double>(std::count(costs.begin(), costs.end(), least));
    const double total = std::max(0.0, a - least) / ((is_everyone ? 1.0 : 2.0) * b);
    std::vector<double> q;
    for (const double c : costs) q.push_back(c == least ? total / count : 0.0);
    return q;
  }
};

}  // namespace

std::unique_ptr<Game> make_game(const Cournot& config, std::vector<double> costs) {
  return std::make_unique<GameOf<CournotRules>>(CournotRules{config.agents, config.intercept,
                                                             config.slope, std::move(costs),
                                                             config.society == Society::kEveryone});
}

std::optional<Bound> bound(const Cournot& config) {
  if (config.society != Society::kEveryone) return std::nullopt;
  return Bound{1.5, "Johari and Tsitsiklis, 2005: affine demand, convex costs"};
}

}  // namespace gbid::classical
