// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/equilibrium/share_moves.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "scenarios/equilibrium/quasi_newton.hpp"

namespace gbid {
namespace {

// The first step of an ascent, as a share of the length of all square roots, which is one.
constexpr double kFirstStep = 0.05;
// Exchanges are between so many choices, the longest first; so many times each.
constexpr std::size_t kMostExchanged = 16;
constexpr double kLongest = 0.5;
constexpr int kSweeps = 8;
// No share below this is exchanged.
constexpr double kLeastShare = 1e-9;
// The widest power of ten by which shares are multiplied, and the share that none counts as.
constexpr double kWidest = 8.0, kLeastScaled = 1e-15;

/// The choices with most, then itself, then the first.
std::vector<std::size_t> moved_choices(const SharePayoff& payoff, const Shares& shares) {
  std::vector<std::size_t> order(payoff.choices());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const double x = shares[a] > kLeastShare ? shares[a] : 0.0,
                 y = shares[b] > kLeastShare ? shares[b] : 0.0;
    return x != y ? x > y : payoff.is_itself(a) > payoff.is_itself(b);
  });
  order.resize(std::min(order.size(), payoff.less_of(kMostExchanged)));
  return order;
}

/// Goes to `shares` if that is better.
bool accept(SharePayoff& payoff, SharePoint& point, const Shares& shares, double least_rise) {
  const double reached = payoff.value(shares);
  if (!(reached > point.payoff + least_rise)) return false;
  point = {shares, reached};
  return true;
}

}  // namespace

void ascend_shares(SharePayoff& payoff, SharePoint& point, Index iterations, double least_rise) {
  const std::size_t m = payoff.choices();
  // Shares are z_j^2 / |z|^2.
  std::vector<double> z(m), slopes(m);
  for (std::size_t k = 0; k < m; ++k) z[k] = std::sqrt(point.shares[k]);
  double squared = 1.0;
  const auto spread = [&](std::span<const double> at) {
    squared = std::inner_product(at.begin(), at.end(), at.begin(), 0.0);
    for (std::size_t k = 0; k < m; ++k) point.shares[k] = at[k] * at[k] / squared;
  };
  const Ascended function{[&](std::span<const double> at) {
                            spread(at);
                            return squared > 0.0 ? payoff.value(point.shares)
                                                 : std::numeric_limits<double>::quiet_NaN();
                          },
                          [&](std::span<const double> at, std::span<double> out) {
                            spread(at);
                            if (!payoff.gradient(point.shares, slopes)) return false;
                            const double mean = std::inner_product(slopes.begin(), slopes.end(),
                                                                   point.shares.begin(), 0.0);
                            for (std::size_t k = 0; k < m; ++k)
                              out[k] = 2.0 * at[k] / squared * (slopes[k] - mean);
                            return true;
                          }};
  point.payoff =
      ascend(function, z, point.payoff,
             {.first_step = kFirstStep, .iterations = iterations, .least_rise = least_rise});
  spread(z);
}

bool exchange_shares(SharePayoff& payoff, SharePoint& point, double shortest, double least_rise) {
  const double before = point.payoff;
  Shares tried;
  const auto exchange = [&](std::size_t from, std::size_t to, double amount) {
    amount = std::min(amount, point.shares[from]);
    if (!(amount > 0.0)) return false;
    tried = point.shares;
    tried[from] -= amount;
    tried[to] += amount;
    return accept(payoff, point, tried, least_rise);
  };
  for (double reach = kLongest; reach > shortest; reach *= 0.5) {
    bool has_risen = true;
    for (int sweep = 0; sweep < kSweeps && has_risen; ++sweep) {
      has_risen = false;
      const std::vector<std::size_t> some = moved_choices(payoff, point.shares);
      for (const std::size_t a : some)
        for (const std::size_t b : some) {
          if (a == b || !(point.shares[a] > kLeastShare)) continue;
          has_risen |= exchange(a, b, reach);
          if (reach != kLongest) continue;
          for (const double corner : payoff.corners(a))
            has_risen |= exchange(a, b, point.shares[a] - corner);
          for (const double corner : payoff.corners(b))
            has_risen |= exchange(a, b, corner - point.shares[b]);
        }
    }
  }
  return point.payoff > before;
}

bool rescale_shares(SharePayoff& payoff, SharePoint& point, double narrowest, double least_rise) {
  const double before = point.payoff;
  Shares tried;
  const std::vector<std::size_t> some = moved_choices(payoff, point.shares);
  const auto rescale = [&](std::size_t k, double share) {
    tried = point.shares;
    tried[k] = share;
    const double total = std::accumulate(tried.begin(), tried.end(), 0.0);
    if (!(total > 0.0)) return;
    for (double& each : tried) each /= total;
    accept(payoff, point, tried, least_rise);
  };
  for (const std::size_t k : some) rescale(k, 0.0);
  for (double power = kWidest; power >= narrowest; power *= 0.5)
    for (const std::size_t k : some)
      for (const double factor : {std::pow(10.0, power), std::pow(10.0, -power)})
        rescale(k, std::max(point.shares[k], kLeastScaled) * factor);
  return point.payoff > before;
}

}  // namespace gbid
