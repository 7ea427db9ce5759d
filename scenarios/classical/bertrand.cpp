// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// Bertrand with goods that replace each other, whose buyers are one consumer with a quadratic utility
// who buys no negative amounts. With w = s / (n - 1) and e_j the price of good j or, if it is not
// bought, its choke price h, at which demand for it ends (Shubik and Levitan, 1980):
//   q_i = a - p_i + s mean of the others' e_j = (1 + w)(h - p_i) if p_i < h, and 0 otherwise
//   (1 + w) h = a + w sum_j min(p_j, h);   u_i = (p_i - c_i) q_i
// With k goods that are not bought, h moves by eta = w / (1 + w - w k) as the price of a bought good
// moves by one; M is the sum of p_j - c_j over the bought goods.
//   d u_i / d p_i     = q_i - (1 + w)(1 - eta)(p_i - c_i)
//   d society / d p_i = q_i - (1 + w)(p_i - c_i - eta M), less q_i if society = "everyone"
// A firm that sells nothing has a flat payoff; where a price below h would be better, its slope is
// that of a price just below h, so that gradients lead back into the market.
// Bounds: 0 <= p_i <= U = a / (1 - s), which is the highest price at which anything can be sold.
// Society is the sum of profits, and the consumer's surplus as well if society = "everyone".
#include <algorithm>
#include <limits>
#include <numeric>

#include "scenarios/classical/game_of.hpp"

namespace gbid::classical {
namespace {

struct BertrandRules {
  Index agents;
  double a, s;
  std::vector<double> costs;
  bool is_everyone;

  enum Total { kChoke, kMargins, kBought };  // h, M, and how many goods are bought

  double n() const { return static_cast<double>(agents); }
  double weight() const { return s / (n() - 1.0); }  // w
  double cost(Index i) const { return costs[static_cast<std::size_t>(i)]; }
  double lower(Index) const { return 0.0; }
  double upper(Index) const { return a / (1.0 - s); }
  /// 1 + w - w k, by which all prices together move h, if so many goods are bought.
  double rigidity(double bought) const { return 1.0 + weight() - weight() * (n() - bought); }
  /// eta
  double pull(double bought) const { return weight() / rigidity(bought); }

  /// The choke price: Newton's method on a convex function from the right, which ends exactly.
  double choke_price(const double* p) const {
    double h = 0.0, bought = n();
    for (bool is_first = true;; is_first = false) {
      double sum = 0.0, below = 0.0;
      for (Index j = 0; j < agents; ++j)
        if (is_first || p[j] < h) sum += p[j], below += 1.0;
      if (!is_first && below >= bought) return h;  // above only by rounding
      bought = below;
      h = (a + weight() * sum) / rigidity(bought);
    }
  }
  void add(double, Index, Totals&) const {}
  void finish(const double* p, Totals& totals) const {
    const double h = choke_price(p);
    totals = {h, 0.0, 0.0};
    for (Index j = 0; j < agents; ++j)
      if (p[j] < h) totals[kMargins] += p[j] - cost(j), totals[kBought] += 1.0;
  }

  double effective(const Profile& state, Index i) const {
    return std::min(state.x[i], state.totals[kChoke]);
  }
  double quantity(const Profile& state, Index i) const {
    return (1.0 + weight()) * (state.totals[kChoke] - effective(state, i));
  }
  double payoff(const Profile& state, Index i) const {
    return (state.x[i] - cost(i)) * quantity(state, i);
  }
  double own_slope(const Profile& state, Index i) const {
    const double margin = effective(state, i) - cost(i), q = quantity(state, i);
    const double bought = state.totals[kBought] + (q > 0.0 ? 0.0 : 1.0);
    const double slope = q - (1.0 + weight()) * (1.0 - pull(bought)) * margin;
    return q > 0.0 ? slope : std::min(slope, 0.0);
  }
  double social_slope(const Profile& state, Index i) const {
    const double margin = effective(state, i) - cost(i), q = quantity(state, i);
    const double bought = state.totals[kBought] + (q > 0.0 ? 0.0 : 1.0);
    const double margins = state.totals[kMargins] + (q > 0.0 ? 0.0 : margin);
    const double slope =
        (is_everyone ? 0.0 : q) - (1.0 + weight()) * (margin - pull(bought) * margins);
    return q > 0.0 ? slope : std::min(slope, 0.0);
  }
  double society(const Profile& state) const {
    double profit = 0.0, sum = 0.0, squares = 0.0;
    for (Index i = 0; i < agents; ++i) {
      const double q = quantity(state, i);
      profit += (state.x[i] - cost(i)) * q;
      sum += q;
      squares += q * q;
    }
    const double surplus = (squares + weight() / (1.0 - s) * sum * sum) / (2.0 * (1.0 + weight()));
    return is_everyone ? profit + surplus : profit;
  }

  /// Demand for the good is linear between the prices at which another good is just bought, and
  /// concave over them, since it falls faster the more goods are bought: the first maximum of a
  /// piece that lies within it is the best price. A piece costs O(n).
  double best_response(const Profile& state, Index i) const {
    constexpr double kNone = std::numeric_limits<double>::infinity();
    // From the highest price of the good down, at which others that cost `bar` or more are not bought.
    for (double bar = kNone;;) {
      double bought = 1.0, sum = 0.0, dearest = -kNone;
      for (Index j = 0; j < agents; ++j)
        if (const double p = state.x[j]; j != i && p < bar) {
          bought += 1.0;
          sum += p;
          dearest = std::max(dearest, p);
        }
      // h = base + eta p as long as it is at most the bar, and more than the dearest below it.
      const double eta = pull(bought), base = (a + weight() * sum) / rigidity(bought);
      const double own_choke = base / (1.0 - eta), best = 0.5 * (own_choke + cost(i));
      const auto price_at = [&](double choke) {
        return eta > 0.0 ? (choke - base) / eta : (choke < base ? 0.0 : upper(i));
      };
      const double high = std::min(own_choke, bar == kNone ? upper(i) : price_at(bar));
      const double low = dearest == -kNone ? 0.0 : std::max(0.0, price_at(dearest));
      if (high >= low && best >= high) return best > own_choke ? cost(i) : high;
      if (high >= low && best >= low) return best;
      if (dearest == -kNone) return low;
      bar = dearest;
    }
  }

  /// The choke price at which the firms of lowest cost play if no other sells.
  /// @param cost_sum of theirs.
  double choke_of(double bought, double cost_sum) const {
    const double eta = pull(bought), w = weight();
    return (a + w * (1.0 - eta) * cost_sum / (2.0 - eta)) /
           (rigidity(bought) - w * bought / (2.0 - eta));
  }
  /// The firms of lowest cost share the market; those whose cost is at least the choke price sell
  /// nothing and ask their cost. Between the two a firm may be kept out by prices below those that
  /// the others would choose without it: one such firm's price is known, several may share the
  /// burden in many ways.
  std::vector<double> equilibrium() const {
    std::vector<double> sorted = costs;
    std::sort(sorted.begin(), sorted.end());
    double sum = std::accumulate(sorted.begin(), sorted.end(), 0.0);
    for (std::size_t m = sorted.size(); m > 0; sum -= sorted[--m]) {
      const double bought = static_cast<double>(m), eta = pull(bought), h = choke_of(bought, sum);
      const bool has_rival = m < sorted.size();
      if (!(sorted[m - 1] < h)) continue;
      if (!has_rival || sorted[m] >= h)
        return ask([&](double c) { return c < h ? (h + (1.0 - eta) * c) / (2.0 - eta) : c; });
      if (m > 1) return {};
      const double limit = (rigidity(1.0) * sorted[1] - a) / weight();
      return ask([&](double c) { return c == sorted[0] ? limit : c; });
    }
    return ask([](double c) { return c; });
  }
  /// Where the planner sells nothing of a good, these prices are above its choke price.
  std::vector<double> optimum() const {
    return ask([&](double c) { return is_everyone ? c : 0.5 * (upper(0) + c); });
  }
  template <class Price>
  std::vector<double> ask(const Price& price) const {
    std::vector<double> prices;
    for (const double c : costs) prices.push_back(std::min(price(c), upper(0)));
    return prices;
  }
};

}  // namespace

std::unique_ptr<Game> make_game(const Bertrand& config, std::vector<double> costs) {
  return std::make_unique<GameOf<BertrandRules>>(
      BertrandRules{config.agents, config.intercept, config.substitution, std::move(costs),
                    config.society == Society::kEveryone});
}

std::optional<Bound> bound(const Bertrand&) { return std::nullopt; }

}  // namespace gbid::classical
