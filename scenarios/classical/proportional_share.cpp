// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// Proportional share (Kelly): u_i = a_i d_i - w_i with d_i = w_i / S, S = sum_j w_j. Payments are a
// transfer, so that social welfare is sum_i a_i d_i. Where no agent pays, every agent has 1/n.
//   d u_i / d w_i     = a_i (S - w_i) / S^2 - 1
//   d society / d w_i = (a_i - sum_j a_j d_j) / S
// Optimum: all to the highest a_i; attained, since others may pay 0. Bounds: 0 <= w_i <= a_i.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "scenarios/classical/contest.hpp"
#include "scenarios/classical/game_of.hpp"

namespace gbid::classical {
namespace {

// Where all others pay nothing, a payment however small gets everything: this share of a_i.
constexpr double kLeastPayment = 1e-12;

struct ProportionalShareRules {
  Index agents;
  std::vector<double> slopes;
  double mean_slope;

  double slope(Index i) const { return slopes[static_cast<std::size_t>(i)]; }
  double lower(Index) const { return 0.0; }
  double upper(Index i) const { return slope(i); }
  void add(double w, Index i, Totals& totals) const {
    totals[0] += w;
    totals[1] += slope(i) * w;
  }
  double payoff(const Profile& s, Index i) const {
    const double share =
        s.totals[0] > 0.0 ? s.x[i] / s.totals[0] : 1.0 / static_cast<double>(agents);
    return slope(i) * share - s.x[i];
  }
  double own_slope(const Profile& s, Index i) const {
    const double total = s.totals[0];
    // The payoff jumps up where no agent pays: any positive gradient has the right sign.
    if (!(total > 0.0)) return slope(i);
    return slope(i) * (total - s.x[i]) / (total * total) - 1.0;
  }
  double social_slope(const Profile& s, Index i) const {
    const double total = s.totals[0];
    return total > 0.0 ? (slope(i) - s.totals[1] / total) / total : slope(i) - mean_slope;
  }
  double society(const Profile& s) const {
    return s.totals[0] > 0.0 ? s.totals[1] / s.totals[0] : mean_slope;
  }
  double best_response(const Profile& s, Index i) const {
    const double others = std::max(0.0, s.totals[0] - s.x[i]);
    if (!(others > 0.0)) return kLeastPayment * slope(i);
    return std::sqrt(slope(i) * others) - others;
  }
  std::vector<double> equilibrium() const { return contest_equilibrium(slopes); }
  std::vector<double> optimum() const {
    std::vector<double> x(slopes.size(), 0.0);
    const auto best = std::max_element(slopes.begin(), slopes.end());
    x[static_cast<std::size_t>(best - slopes.begin())] = *best;
    return x;
  }
};

}  // namespace

std::unique_ptr<Game> make_game(const ProportionalShare& config, std::vector<double> slopes) {
  const double mean =
      std::accumulate(slopes.begin(), slopes.end(), 0.0) / static_cast<double>(config.agents);
  return std::make_unique<GameOf<ProportionalShareRules>>(
      ProportionalShareRules{config.agents, std::move(slopes), mean});
}

std::optional<Bound> bound(const ProportionalShare&) {
  return Bound{4.0 / 3.0, "Johari and Tsitsiklis, 2004: every concave utility"};
}

}  // namespace gbid::classical
