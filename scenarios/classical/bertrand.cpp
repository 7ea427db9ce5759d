// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// Bertrand with goods that replace each other: q_i = a - p_i + s m_i, m_i the mean price of the
// others; u_i = (p_i - c_i) q_i. Demand is that of a consumer with a quadratic utility, whose
// surplus is n q^2 / (2 (1 - s)) + sum_i (q_i - q)^2 / (2 (1 + s / (n - 1))), q the mean quantity;
// its slope in p_i is -q_i. Society is the sum of profits, and the surplus if society = "everyone".
//   d u_i / d p_i     = q_i - (p_i - c_i)
//   d society / d p_i = q_i - (p_i - c_i) + s mean of the others' (p_j - c_j), less q_i if "everyone"
// counts. Bounds: 0 <= p_i <= a / (1 - s), the price at which nothing is sold.
#include "scenarios/classical/game_of.hpp"

namespace gbid::classical {
namespace {

struct BertrandRules {
  Index agents;
  double a, s;
  std::vector<double> costs;
  double cost_sum;
  bool is_everyone;

  double n() const { return static_cast<double>(agents); }
  double weight() const { return s / (n() - 1.0); }  // of one other price
  double cost(Index i) const { return costs[static_cast<std::size_t>(i)]; }
  double lower(Index) const { return 0.0; }
  double upper(Index) const { return a / (1.0 - s); }
  void add(double p, Index i, Totals& totals) const {
    totals[0] += p;
    totals[1] += p * p;
    totals[2] += cost(i) * p;
  }
  double quantity(const Profile& state, Index i) const {
    return a - state.x[i] + weight() * (state.totals[0] - state.x[i]);
  }
  double payoff(const Profile& state, Index i) const {
    return (state.x[i] - cost(i)) * quantity(state, i);
  }
  double own_slope(const Profile& state, Index i) const {
    return quantity(state, i) - (state.x[i] - cost(i));
  }
  double social_slope(const Profile& state, Index i) const {
    const double margin = state.x[i] - cost(i);
    const double others = weight() * ((state.totals[0] - cost_sum) - margin);
    return (is_everyone ? 0.0 : quantity(state, i)) - margin + others;
  }
  double society(const Profile& state) const {
    const auto [sum, squares, costly] = state.totals;
    const double w = weight();
    // sum of p_i q_i and of c_i q_i, with q_i = a + w sum - (1 + w) p_i.
    const double base = a + w * sum;
    const double profit = base * sum - (1.0 + w) * squares - (base * cost_sum - (1.0 + w) * costly);
    if (!is_everyone) return profit;
    const double mean_price = sum / n(), mean = a - (1.0 - s) * mean_price;
    const double spread = squares - sum * mean_price;
    return profit + n() * mean * mean / (2.0 * (1.0 - s)) + 0.5 * (1.0 + w) * spread;
  }
  double best_response(const Profile& state, Index i) const {
    return 0.5 * (a + cost(i) + weight() * (state.totals[0] - state.x[i]));
  }

  std::vector<double> equilibrium() const {
    const double sum = (n() * a + cost_sum) / (2.0 - s);
    return within_bounds([&](double c) { return (a + c + weight() * sum) / (2.0 + weight()); });
  }
  std::vector<double> optimum() const {
    if (is_everyone) return within_bounds([](double c) { return c; });
    const double w = weight(), sum = (n() * a + cost_sum * (1.0 - s)) / (2.0 * (1.0 - s));
    return within_bounds([&](double c) {
      return (a + c * (1.0 + w) + w * (2.0 * sum - cost_sum)) / (2.0 + 2.0 * w);
    });
  }
  /// Bounds that bind make another game, whose answer is not known.
  template <class Price>
  std::vector<double> within_bounds(const Price& price) const {
    std::vector<double> prices;
    for (const double c : costs) prices.push_back(price(c));
    for (const double p : prices)
      if (p > upper(0)) return {};
    return prices;
  }
};

}  // namespace

std::unique_ptr<Game> make_game(const Bertrand& config, std::vector<double> costs) {
  double sum = 0.0;
  for (const double c : costs) sum += c;
  return std::make_unique<GameOf<BertrandRules>>(
      BertrandRules{config.agents, config.intercept, config.substitution, std::move(costs), sum,
                    config.society == Society::kEveryone});
}

std::optional<Bound> bound(const Bertrand&) { return std::nullopt; }

}  // namespace gbid::classical
