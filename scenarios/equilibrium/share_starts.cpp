// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/equilibrium/share_starts.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace gbid {
namespace {

// Sets of choices are all tried where there are no more than this many.
constexpr std::size_t kMostSets = 1023;
// Of more choices, single ones and pairs of the first so many are tried, and grown.
constexpr std::size_t kMostFavourites = 40;
constexpr std::size_t kGrown = 8, kLargestGrown = 12;
// A start keeps this share for choices outside of its set, so that they can grow.
constexpr double kSpread = 1e-3;
// Pairs are also spent on by powers of ten down to this one, so many to ten; of more choices than
// this only pairs with the agent itself.
constexpr double kLeastOfPair = 1e-9;
constexpr int kPowersToTen = 3;
constexpr std::size_t kMostPaired = 16;
// Amounts by which the least columns are raised to a level.
constexpr int kAmounts = 20;
// Points over all shares; those of half of them differ by so many powers of ten.
constexpr std::size_t kSpreadOut = 2048;
constexpr double kWidestSpread = 12.0;
// Starts that differ by less than the first of these, in eighth roots, wait until there
// is no other; those that differ by less than the second are the same.
constexpr double kUnlike = 0.4, kNearest = 1e-3;

using Set = std::vector<std::size_t>;

class ShareCandidates {
 public:
  explicit ShareCandidates(SharePayoff& payoff) : payoff_(payoff) {}

  void add_sets() {
    const std::size_t m = payoff_.choices();
    if (m < 64 && (std::size_t{1} << m) - 1 <= kMostSets) {
      for (std::size_t mask = 1; mask < std::size_t{1} << m; ++mask) {
        Set set;
        for (std::size_t k = 0; k < m; ++k)
          if (mask >> k & 1) set.push_back(k);
        spend_on(set);
      }
      return;
    }
    Set all(m);
    std::iota(all.begin(), all.end(), std::size_t{0});
    spend_on(all);
    grow(std::min(m, payoff_.less_of(kMostFavourites)));
  }

  /// Evenly over all shares, and half of them over their logarithms, by a Kronecker sequence (Roberts, "The
  /// unreasonable effectiveness of quasirandom sequences", 2018).
  void add_spread_out() {
    const std::size_t m = payoff_.choices();
    double ratio = 2.0;  // x^(m+1) = x + 1
    for (int k = 0; k < 40; ++k) ratio = std::pow(1.0 + ratio, 1.0 / static_cast<double>(m + 1));
    for (std::size_t point = 1; point <= payoff_.less_of(kSpreadOut) && m > 1; ++point) {
      Shares shares(m);
      double total = 0.0, offset = 1.0;
      for (double& share : shares) {
        offset /= ratio;
        const double u = std::fmod(0.5 + static_cast<double>(point) * offset, 1.0);
        total += share =
            point % 2 == 0 ? std::pow(10.0, -kWidestSpread * u) : -std::log(std::max(u, 1e-9));
      }
      for (double& share : shares) share /= total;
      add(std::move(shares));
    }
  }

  void add_pairs() {
    const std::size_t m = payoff_.choices();
    for (std::size_t most = 0; most < m; ++most)
      for (std::size_t least = 0; least < m; ++least) {
        if (most == least || (m > kMostPaired && !payoff_.is_itself(least))) continue;
        for (double kept = 0.5; kept > kLeastOfPair; kept *= std::pow(0.1, 1.0 / kPowersToTen)) {
          Shares shares(m, 0.0);
          shares[most] = 1.0 - kept;
          shares[least] = kept;
          add(std::move(shares));
        }
      }
  }

  /// Ridges of rankings are where columns share a minimum: raised to a level, and what other agents
  /// do, since two that do the same have the same column.
  void add_ridges() {
    const std::size_t m = payoff_.choices();
    for (int k = 1; k <= kAmounts; ++k) {
      const double amount = static_cast<double>(k) / kAmounts;
      Shares shares(m, 0.0);
      for (std::size_t j = 0; j < m; ++j)
        if (payoff_.is_itself(j)) shares[j] = 1.0 - amount;
      raise(shares, amount, std::vector<char>(m));
    }
    for (Shares& shares : payoff_.mirrored()) add(std::move(shares));
  }

  std::vector<SharePoint> points;

 private:
  void raise(const Shares& shares, double amount, const std::vector<char>& is_kept) {
    if (Shares raised = payoff_.raised(shares, amount, is_kept); !raised.empty())
      add(std::move(raised));
  }

  double add(Shares shares) {
    const double payoff = payoff_.value(shares);
    points.push_back({std::move(shares), payoff});
    return payoff;
  }

  /// The best payoff of the ways to spend on a set.
  double spend_on(const Set& set) {
    const std::size_t m = payoff_.choices();
    double best = -HUGE_VAL;
    Shares shares(m, 0.0);
    for (const std::size_t k : set) shares[k] = 1.0 / static_cast<double>(set.size());
    if (set.size() == 1) best = std::fmax(best, add(shares));
    for (double& share : shares) share = (1.0 - kSpread) * share + kSpread / static_cast<double>(m);
    best = std::fmax(best, add(shares));
    // Up to the corners above which more buys nothing; what is left is spent evenly, or raises the
    // least other columns.
    double total = 0.0;
    for (const std::size_t k : set) {
      if (payoff_.corners(k).empty()) return best;
      total += payoff_.corners(k).back();
    }
    if (!(total > 0.0)) return best;
    std::fill(shares.begin(), shares.end(), 0.0);
    std::vector<char> is_kept(m);
    for (const std::size_t k : set) {
      shares[k] = payoff_.corners(k).back() / std::max(1.0, total);
      is_kept[k] = true;
    }
    const double left = std::max(0.0, 1.0 - total);
    if (left > 0.0) raise(shares, left, is_kept);
    for (const std::size_t k : set) shares[k] += left / static_cast<double>(set.size());
    return std::fmax(best, add(shares));
  }

  /// Single choices and pairs of the first `few`, and the best sets with one choice more, again and
  /// again.
  void grow(std::size_t few) {
    struct Tried {
      Set set;
      double payoff;
    };
    std::vector<Tried> front;
    const auto try_set = [&](Set set, std::vector<Tried>& out) {
      const double payoff = spend_on(set);
      out.push_back({std::move(set), payoff});
    };
    for (std::size_t a = 0; a < few; ++a) {
      try_set({a}, front);
      for (std::size_t b = a + 1; b < few; ++b) try_set({a, b}, front);
    }
    for (std::size_t size = 2; size < std::min(few, kLargestGrown); ++size) {
      std::stable_sort(front.begin(), front.end(),
                       [](const Tried& a, const Tried& b) { return a.payoff > b.payoff; });
      front.resize(std::min(front.size(), kGrown));
      std::vector<Tried> grown;
      for (const Tried& base : front)
        for (std::size_t more = 0; more < few; ++more) {
          Set set = base.set;
          const auto place = std::lower_bound(set.begin(), set.end(), more);
          if (place != set.end() && *place == more) continue;
          set.insert(place, more);
          if (std::none_of(grown.begin(), grown.end(),
                           [&](const Tried& other) { return other.set == set; }))
            try_set(std::move(set), grown);
        }
      front = std::move(grown);
    }
  }

  SharePayoff& payoff_;
};

/// The first, and the best of the others, but those near to better ones last.
void keep_unlike(std::vector<SharePoint>& points, std::size_t count) {
  sort_by_payoff(std::span(points).subspan(1));
  std::vector<Shares> roots;
  for (const SharePoint& point : points) roots.push_back(eighth_roots(point.shares));
  std::vector<std::size_t> kept;
  std::vector<char> is_kept(points.size());
  for (double apart = kUnlike; apart > kNearest && kept.size() < count; apart *= 0.5)
    for (std::size_t k = 0; k < points.size() && kept.size() < count; ++k) {
      if (is_kept[k] || !std::isfinite(points[k].payoff)) continue;
      const bool is_unlike = std::all_of(kept.begin(), kept.end(), [&](std::size_t other) {
        return are_apart(roots[k], roots[other], apart);
      });
      if (!is_unlike) continue;
      is_kept[k] = true;
      kept.push_back(k);
    }
  std::vector<SharePoint> out;
  for (const std::size_t k : kept) out.push_back(std::move(points[k]));
  points = std::move(out);
}

}  // namespace

ShareStarts share_starts(SharePayoff& payoff, const SharePoint& state, std::size_t count) {
  ShareCandidates candidates(payoff);
  candidates.points.push_back(state);
  candidates.add_sets();
  candidates.add_pairs();
  candidates.add_spread_out();
  candidates.add_ridges();
  ShareStarts starts{std::move(candidates.points)};
  double low = state.payoff, high = state.payoff;
  for (const SharePoint& point : starts.points) {
    if (!std::isfinite(point.payoff)) continue;
    low = std::min(low, point.payoff);
    high = std::max(high, point.payoff);
  }
  starts.payoff_range = high - low;
  keep_unlike(starts.points, count);
  return starts;
}

}  // namespace gbid
