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

void ascend_shares(SharePayoff& payoff, SharePoint& point, Index iterations, double least_rise,
                   const std::vector<std::size_t>& ridge) {
  // 1. What moves: on a ridge its choices by equal amounts, and each of the others alone. `fixed` is
  // what has to remain for columns to stay level: of the ridge all but the least of its shares.
  std::vector<std::vector<std::size_t>> units;
  if (!ridge.empty()) units.push_back(ridge);
  for (std::size_t k = 0; k < payoff.choices(); ++k)
    if (std::find(ridge.begin(), ridge.end(), k) == ridge.end()) units.push_back({k});
  Shares fixed(payoff.choices(), 0.0);
  double free = 1.0, least = std::numeric_limits<double>::infinity();
  for (const std::size_t k : ridge) least = std::min(least, point.shares[k]);
  for (const std::size_t k : ridge) free -= fixed[k] = point.shares[k] - least;
  if (!(free > 0.0)) return;
  // 2. What is free is spent by z_u^2 / |z|^2.
  const std::size_t m = units.size();
  std::vector<double> z(m), spent(m), unit_slopes(m), slopes(payoff.choices());
  for (std::size_t u = 0; u < m; ++u)
    for (const std::size_t k : units[u]) z[u] += point.shares[k] - fixed[k];
  for (double& root : z) root = std::sqrt(std::max(root, 0.0));
  double squared = 1.0;
  const auto spread = [&](std::span<const double> at) {
    squared = std::inner_product(at.begin(), at.end(), at.begin(), 0.0);
    for (std::size_t u = 0; u < m; ++u) {
      spent[u] = at[u] * at[u] / squared;
      const double each = free * spent[u] / static_cast<double>(units[u].size());
      for (const std::size_t k : units[u]) point.shares[k] = fixed[k] + each;
    }
  };
  const Ascended function{[&](std::span<const double> at) {
                            spread(at);
                            return squared > 0.0 ? payoff.value(point.shares)
                                                 : std::numeric_limits<double>::quiet_NaN();
                          },
                          [&](std::span<const double> at, std::span<double> out) {
                            spread(at);
                            if (!payoff.gradient(point.shares, slopes)) return false;
                            for (std::size_t u = 0; u < m; ++u) {
                              unit_slopes[u] = 0.0;
                              for (const std::size_t k : units[u]) unit_slopes[u] += slopes[k];
                              unit_slopes[u] *= free / static_cast<double>(units[u].size());
                            }
                            const double mean = std::inner_product(
                                unit_slopes.begin(), unit_slopes.end(), spent.begin(), 0.0);
                            for (std::size_t u = 0; u < m; ++u)
                              out[u] = 2.0 * at[u] / squared * (unit_slopes[u] - mean);
                            return true;
                          }};
  point.payoff =
      ascend(function, z, point.payoff,
             {.first_step = kFirstStep, .iterations = iterations, .least_rise = least_rise});
  spread(z);
}

bool follow_ridges(SharePayoff& payoff, SharePoint& point, Index iterations, double least_rise) {
  const double before = point.payoff;
  for (const std::vector<std::size_t>& ridge : payoff.nearly_level(point.shares)) {
    SharePoint there{payoff.levelled(point.shares, ridge), 0.0};
    if (there.shares.empty()) continue;
    there.payoff = payoff.value(there.shares);
    if (!std::isfinite(there.payoff)) continue;
    ascend_shares(payoff, there, iterations, least_rise, ridge);
    if (there.payoff > point.payoff + least_rise) point = std::move(there);
  }
  return point.payoff > before;
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
