// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// Tullock's contest: u_i = V_i p_i - x_i with p_i = x_i^r / T, T = sum_j x_j^r. Where no agent
// makes an effort, every agent's chance is 1/n.
//   d u_i / d x_i     = V_i r x_i^(r-1) (T - x_i^r) / T^2 - 1
//   d society / d x_i = r x_i^(r-1) (V_i - sum_j V_j p_j) / T - (1 if effort is wasted)
// Bounds: least_effort <= x_i <= V_i. With equal prizes the optimum is no effort at all. With
// unequal ones it is the highest prize's by no effort of the others, if effort is a transfer and the
// least effort 0; if it is wasted, the least effort keeps the optimum from being one that is only approached.
#include <algorithm>
#include <boost/math/tools/minima.hpp>
#include <cmath>
#include <limits>
#include <numeric>

#include "scenarios/classical/contest.hpp"
#include "scenarios/classical/game_of.hpp"

namespace gbid::classical {
namespace {

// The derivative of x^r for r < 1 is infinite at 0: an effort counts as no less than this share of
// the mean prize.
constexpr double kLeastSloped = 1e-9;
// A best response to nothing at all: this share of the prize.
constexpr double kLeastEffort = 1e-12;

struct TullockRules {
  Index agents;
  std::vector<double> prizes;
  double r;
  bool is_wasted;
  double least;
  double mean_prize;

  double prize(Index i) const { return prizes[static_cast<std::size_t>(i)]; }
  bool is_linear() const { return r == 1.0; }
  double power(double x) const { return is_linear() ? x : std::pow(x, r); }
  double power_slope(double x) const {
    return is_linear() ? 1.0 : r * std::pow(std::max(x, kLeastSloped * mean_prize), r - 1.0);
  }

  double lower(Index i) const { return std::min(least, prize(i)); }
  double upper(Index i) const { return prize(i); }
  void add(double x, Index i, Totals& totals) const {
    const double chance = power(x);
    totals[0] += chance;
    totals[1] += prize(i) * chance;
    totals[2] += x;
  }
  double payoff_at(double x, double others, Index i) const {
    const double chance = power(x), total = others + chance;
    const double p = total > 0.0 ? chance / total : 1.0 / static_cast<double>(agents);
    return prize(i) * p - x;
  }
  double others(const Profile& s, Index i) const {
    return std::max(0.0, s.totals[0] - power(s.x[i]));
  }
  double payoff(const Profile& s, Index i) const { return payoff_at(s.x[i], others(s, i), i); }
  double own_slope(const Profile& s, Index i) const {
    const double total = s.totals[0];
    // The payoff jumps up where no agent makes an effort: any positive gradient has the right sign.
    if (!(total > 0.0)) return prize(i);
    return prize(i) * power_slope(s.x[i]) * others(s, i) / (total * total) - 1.0;
  }
  double social_slope(const Profile& s, Index i) const {
    const double total = s.totals[0], waste = is_wasted ? 1.0 : 0.0;
    if (!(total > 0.0)) return prize(i) - mean_prize - waste;
    return power_slope(s.x[i]) * (prize(i) - s.totals[1] / total) / total - waste;
  }
  double society(const Profile& s) const {
    const double won = s.totals[0] > 0.0 ? s.totals[1] / s.totals[0] : mean_prize;
    return is_wasted ? won - s.totals[2] : won;
  }

  double best_response(const Profile& s, Index i) const {
    const double rest = others(s, i);
    if (!(rest > 0.0)) return std::max(lower(i), kLeastEffort * prize(i));
    if (is_linear()) return std::sqrt(prize(i) * rest) - rest;
    return search(rest, i);
  }
  /// The payoff has at most one maximum inside, and another at the lower bound if r > 1: the best
  /// of a grid, geometric because small efforts matter, then Brent's method beside it.
  double search(double rest, Index i) const {
    constexpr int kPoints = 120;
    const double low = std::max(lower(i), kLeastSloped * prize(i)), high = upper(i);
    const auto at = [&](int k) {
      return low * std::pow(high / low, static_cast<double>(std::clamp(k, 0, kPoints)) / kPoints);
    };
    int best = 0;
    for (int k = 1; k <= kPoints; ++k)
      if (payoff_at(at(k), rest, i) > payoff_at(at(best), rest, i)) best = k;
    const auto [x, loss] = boost::math::tools::brent_find_minima(
        [&](double effort) { return -payoff_at(effort, rest, i); }, at(best - 1), at(best + 1),
        std::numeric_limits<double>::digits / 2);
    return payoff_at(lower(i), rest, i) >= -loss ? lower(i) : x;
  }

  bool has_equal_prizes() const {
    return std::all_of(prizes.begin(), prizes.end(), [&](double v) { return v == prizes[0]; });
  }

  std::vector<double> equilibrium() const {
    std::vector<double> x;
    const auto n = static_cast<double>(agents);
    if (has_equal_prizes() && r <= n / (n - 1.0)) {
      x.assign(prizes.size(), r * (n - 1.0) / (n * n) * prizes[0]);
    } else if (is_linear()) {
      x = contest_equilibrium(prizes);
    } else if (agents == 2) {
      // The winning probabilities are as V_i^r : V_j^r. It is an equilibrium if the lower prize is not better off
      // without effort.
      const double first = std::pow(prizes[0], r), second = std::pow(prizes[1], r);
      const double spread = first * second / ((first + second) * (first + second));
      if (r <= 1.0 + std::min(first, second) / std::max(first, second))
        x = {r * prizes[0] * spread, r * prizes[1] * spread};
    }
    // Bounds that bind make another game.
    for (const double effort : x)
      if (effort < least) return {};
    return x;
  }

  /// sum V x / sum x rises with the effort of exactly those whose prize is above it: from the highest
  /// prize down, such agents go to their bound. Without a least effort that is the first alone.
  void raise_above_mean(std::vector<double>& x) const {
    std::vector<std::size_t> order(x.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return prizes[a] > prizes[b]; });
    double total = std::accumulate(x.begin(), x.end(), 0.0);
    double worth = std::inner_product(x.begin(), x.end(), prizes.begin(), 0.0);
    for (const std::size_t i : order) {
      if (prizes[i] * total <= worth && total > 0.0) break;
      worth += prizes[i] * (prizes[i] - x[i]);
      total += prizes[i] - x[i];
      x[i] = prizes[i];
    }
  }

  std::vector<double> optimum() const {
    std::vector<double> x;
    for (Index i = 0; i < agents; ++i) x.push_back(lower(i));
    if (has_equal_prizes()) return x;
    const auto best = std::max_element(prizes.begin(), prizes.end());
    double& top = x[static_cast<std::size_t>(best - prizes.begin())];
    if (!is_wasted) {
      if (least > 0.0 && !is_linear()) return {};
      raise_above_mean(x);
      return x;
    }
    if (!is_linear() || std::count(prizes.begin(), prizes.end(), *best) > 1) return {};
    // d/dx of (V x + B) / (x + M) - x = 0: the others make the least effort, M in all, and would
    // have B = sum V_j least of it.
    const double idle = least * static_cast<double>(agents - 1);
    const double worth = least * (mean_prize * static_cast<double>(agents) - *best);
    top = std::max(least, std::sqrt(*best * idle - worth) - idle);
    return x;
  }
};

}  // namespace

std::unique_ptr<Game> make_game(const Tullock& config, std::vector<double> prizes) {
  const double mean =
      std::accumulate(prizes.begin(), prizes.end(), 0.0) / static_cast<double>(config.agents);
  return std::make_unique<GameOf<TullockRules>>(
      TullockRules{config.agents, std::move(prizes), config.exponent,
                   config.effort == Effort::kWasted, config.least_effort, mean});
}

std::optional<Bound> bound(const Tullock& config) {
  if (config.effort != Effort::kTransfer || config.exponent != 1.0) return std::nullopt;
  return Bound{4.0 / 3.0, "Johari and Tsitsiklis, 2004: the same as proportional shares"};
}

}  // namespace gbid::classical
