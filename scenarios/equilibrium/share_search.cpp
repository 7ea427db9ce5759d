// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/equilibrium/share_search.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "engine/core/error.hpp"
#include "scenarios/equilibrium/quasi_newton.hpp"

namespace gbid {
namespace {

// Sets of choices are all tried where there are no more than this many.
constexpr std::size_t kMostSets = 1023;
// Of more choices, single ones and pairs of the first so many are tried, and grown.
constexpr std::size_t kMostFavourites = 40;
constexpr std::size_t kGrown = 8, kLargestGrown = 12;
// A start keeps this share for choices outside of its set, so that they can grow.
constexpr double kSpread = 1e-3;
// Points over all shares fill up to so many starts; some of them differ by so many powers of ten.
constexpr std::size_t kMostStarts = 1024;
constexpr double kWidestSpread = 12.0;
// Starts that differ by less than the first of these, in the sum of all shares, wait until there is
// no other; those that differ by less than the second are the same.
constexpr double kUnlike = 0.4, kNearest = 1e-3;
// Exchanges: between so many choices; the longest, those around every end, and the shortest.
constexpr std::size_t kMostExchanged = 16;
constexpr double kLongest = 0.5, kCoarse = 0.02, kShortest = 1e-7;
constexpr int kSweeps = 8, kRounds = 4;
// No share below this is exchanged.
constexpr double kLeastShare = 1e-9;
// The first step of an ascent, as a share of the length of all square roots, which is one.
constexpr double kFirstStep = 0.05;
// Steps of the first ascent from every start.
constexpr Index kRoughIterations = 30;
// Of more choices than this less is tried, as many times less as there are more.
constexpr std::size_t kFewChoices = 100;
// Shares of the range of payoffs: a rise by less is none, roughly and in the end; ends that are
// nearer than the last are the same.
constexpr double kRoughIdle = 1e-5, kIdle = 1e-11, kSamePayoff = 1e-6;
// Powers of ten by which single shares are multiplied, and the share that nothing counts as.
constexpr double kWidestScale = 8.0, kNarrowestScale = 0.01, kLeastScaled = 1e-15;

using Shares = std::vector<double>;

struct Candidate {
  Shares shares;
  double payoff;
  std::vector<std::size_t> set;  // numbers of choices that it spends on; empty: as in the state
};

class ShareSearch {
 public:
  ShareSearch(DeviationGame& game, Index agent, std::span<const Index> choices,
              const SearchConfig& config)
      : game_(game),
        agent_{agent},
        choices_(choices),
        config_(config),
        raw_(static_cast<std::size_t>(game.bids_per_agent())),
        gradient_(1, game.bids_per_agent()) {
    for (const Index choice : choices) corners_.push_back(game.share_corners(agent, choice));
  }

  Response run(std::span<const double> state, double payoff) {
    std::vector<Candidate> starts{{Shares(state.begin(), state.end()), payoff, {}}};
    add_sets(starts);
    add_spread_out(starts);
    double low = payoff, high = payoff;
    for (const Candidate& start : starts) {
      if (!std::isfinite(start.payoff)) continue;
      low = std::min(low, start.payoff);
      high = std::max(high, start.payoff);
    }
    range_ = high - low;
    keep_unlike(starts, less_of(static_cast<std::size_t>(config_.starts)));
    const auto count = static_cast<Index>(starts.size());
    // Roughly from all of them, then to the end from the best.
    least_rise_ = kRoughIdle * range_;
    for (Candidate& start : starts) {
      if (!std::isfinite(start.payoff)) continue;
      climb(start, kRoughIterations);
      if (config_.exchanges && exchange(start, kCoarse)) climb(start, kRoughIterations);
    }
    least_rise_ = kIdle * range_;
    keep_apart(starts);
    for (Candidate& end : starts) {
      climb(end, config_.iterations);
      if (config_.exchanges && rescale(end)) climb(end, config_.iterations);
    }
    sort_from(starts, 0);
    Candidate best = starts.front();
    for (int round = 0; config_.exchanges && round < kRounds && exchange(best, kShortest); ++round)
      climb(best, config_.iterations);
    Response response{Shares(raw_.size()), best.payoff, count};
    game_.raw_of_shares(agent_[0], best.shares, response.raw);
    return response;
  }

 private:
  /// As much where choices are few, less where they are many, but not less than four.
  std::size_t less_of(std::size_t count) const {
    constexpr std::size_t kLeast = 4;
    if (choices_.size() <= kFewChoices) return count;
    return std::min(count, std::max(kLeast, count * kFewChoices / choices_.size()));
  }
  std::size_t at(std::size_t choice) const { return static_cast<std::size_t>(choices_[choice]); }

  double payoff_at(const Shares& shares) {
    game_.raw_of_shares(agent_[0], shares, raw_);
    return game_.payoff_if(agent_[0], raw_);
  }

  static void sort_from(std::vector<Candidate>& candidates, std::ptrdiff_t first) {
    std::stable_sort(
        candidates.begin() + first, candidates.end(), [](const Candidate& a, const Candidate& b) {
          return a.payoff > b.payoff || (std::isnan(b.payoff) && !std::isnan(a.payoff));
        });
  }

  /// The first, and the best of the others, but those near to better ones last.
  void keep_unlike(std::vector<Candidate>& starts, std::size_t count) const {
    sort_from(starts, 1);
    std::vector<Candidate> kept;
    for (double apart = kUnlike; apart > kNearest && kept.size() < count; apart *= 0.5)
      for (Candidate& start : starts) {
        if (kept.size() == count) break;
        if (start.shares.empty() || !std::isfinite(start.payoff)) continue;
        const bool is_unlike = std::all_of(kept.begin(), kept.end(), [&](const Candidate& other) {
          double distance = 0.0;
          for (std::size_t j = 0; j < start.shares.size() && distance < apart; ++j)
            distance += std::fabs(start.shares[j] - other.shares[j]);
          return distance >= apart;
        });
        if (is_unlike) kept.push_back(std::move(start));
      }
    starts = std::move(kept);
  }

  /// The best ends, of those that came to the same payoff only one.
  void keep_apart(std::vector<Candidate>& ends) const {
    sort_from(ends, 0);
    std::vector<Candidate> kept;
    for (Candidate& end : ends) {
      if (kept.size() == static_cast<std::size_t>(config_.climbs) || !std::isfinite(end.payoff))
        break;
      if (kept.empty() || kept.back().payoff - end.payoff > kSamePayoff * range_)
        kept.push_back(std::move(end));
    }
    ends = std::move(kept);
  }

  // 1. Candidates.

  void add_sets(std::vector<Candidate>& out) {
    const std::size_t m = choices_.size();
    if (m < 64 && (std::size_t{1} << m) - 1 <= kMostSets) {
      for (std::size_t mask = 1; mask < std::size_t{1} << m; ++mask) {
        std::vector<std::size_t> set;
        for (std::size_t k = 0; k < m; ++k)
          if (mask >> k & 1) set.push_back(k);
        add_ways(set, out);
      }
      return;
    }
    std::vector<std::size_t> all(m);
    std::iota(all.begin(), all.end(), std::size_t{0});
    add_ways(all, out);
    const std::size_t few = std::min(m, less_of(kMostFavourites));
    std::vector<Candidate> tried;
    for (std::size_t a = 0; a < few; ++a) {
      add_ways({a}, tried);
      for (std::size_t b = a + 1; b < few; ++b) add_ways({a, b}, tried);
    }
    std::vector<Candidate> front = tried;
    for (std::size_t size = 2; size < std::min(few, kLargestGrown); ++size) {
      keep_best(front, kGrown);
      std::vector<Candidate> grown;
      for (const Candidate& base : front)
        for (std::size_t more = 0; more < few; ++more) {
          if (std::find(base.set.begin(), base.set.end(), more) != base.set.end()) continue;
          std::vector<std::size_t> set = base.set;
          set.push_back(more);
          std::sort(set.begin(), set.end());
          add_ways(set, grown);
        }
      tried.insert(tried.end(), grown.begin(), grown.end());
      front = std::move(grown);
    }
    out.insert(out.end(), tried.begin(), tried.end());
  }

  /// The best ones of different sets.
  static void keep_best(std::vector<Candidate>& candidates, std::size_t count) {
    sort_from(candidates, 0);
    std::vector<Candidate> kept;
    for (Candidate& each : candidates) {
      if (kept.size() == count) break;
      if (std::none_of(kept.begin(), kept.end(),
                       [&](const Candidate& other) { return other.set == each.set; }))
        kept.push_back(std::move(each));
    }
    candidates = std::move(kept);
  }

  void add_ways(const std::vector<std::size_t>& set, std::vector<Candidate>& out) {
    Shares shares(raw_.size(), 0.0);
    const auto add = [&] {
      const double payoff = payoff_at(shares);
      out.push_back({shares, payoff, set});
    };
    for (const std::size_t k : set) shares[at(k)] = 1.0 / static_cast<double>(set.size());
    if (set.size() == 1) add();
    for (double& share : shares) share *= 1.0 - kSpread;
    for (std::size_t k = 0; k < choices_.size(); ++k)
      shares[at(k)] += kSpread / static_cast<double>(choices_.size());
    add();
    // Up to the corners above which more buys nothing; what is left is spent evenly.
    double total = 0.0;
    for (const std::size_t k : set) {
      if (corners_[k].empty()) return;
      total += corners_[k].back();
    }
    if (!(total > 0.0)) return;
    std::fill(shares.begin(), shares.end(), 0.0);
    const double left = std::max(0.0, 1.0 - total) / static_cast<double>(set.size());
    for (const std::size_t k : set)
      shares[at(k)] = corners_[k].back() / std::max(1.0, total) + left;
    add();
  }

  /// Evenly over all shares, and some over their logarithms, by a Kronecker sequence (Roberts, "The
  /// unreasonable effectiveness of quasirandom sequences", 2018).
  void add_spread_out(std::vector<Candidate>& out) {
    const std::size_t m = choices_.size();
    double ratio = 2.0;  // x^(m+1) = x + 1
    for (int k = 0; k < 40; ++k) ratio = std::pow(1.0 + ratio, 1.0 / static_cast<double>(m + 1));
    for (std::size_t point = 1; out.size() < kMostStarts && m > 1; ++point) {
      Shares shares(raw_.size(), 0.0);
      double total = 0.0, offset = 1.0;
      for (std::size_t k = 0; k < m; ++k) {
        offset /= ratio;
        const double u = std::fmod(0.5 + static_cast<double>(point) * offset, 1.0);
        total += shares[at(k)] =
            point % 4 == 0 ? std::pow(10.0, -kWidestSpread * u) : -std::log(std::max(u, 1e-9));
      }
      for (double& share : shares) share /= total;
      out.push_back({shares, payoff_at(shares), {}});
    }
  }

  // 2. Ascents, in z with shares z_j^2 / |z|^2.

  void climb(Candidate& from, Index iterations) {
    const std::size_t m = choices_.size();
    std::vector<double> z(m);
    for (std::size_t k = 0; k < m; ++k) z[k] = std::sqrt(from.shares[at(k)]);
    Shares shares(raw_.size(), 0.0);
    double squared = 1.0;
    const auto spread = [&](std::span<const double> point) {
      squared = std::inner_product(point.begin(), point.end(), point.begin(), 0.0);
      for (std::size_t k = 0; k < m; ++k) shares[at(k)] = point[k] * point[k] / squared;
    };
    const Ascended function{[&](std::span<const double> point) {
                              spread(point);
                              return squared > 0.0 ? payoff_at(shares)
                                                   : std::numeric_limits<double>::quiet_NaN();
                            },
                            [&](std::span<const double> point, std::span<double> out) {
                              spread(point);
                              if (!differentiate(shares)) return false;
                              double mean = 0.0;
                              for (std::size_t k = 0; k < m; ++k) mean += shares[at(k)] * slope(k);
                              for (std::size_t k = 0; k < m; ++k)
                                out[k] = 2.0 * point[k] / squared * (slope(k) - mean);
                              return true;
                            }};
    from.payoff =
        ascend(function, z, from.payoff,
               {.first_step = kFirstStep, .iterations = iterations, .least_rise = least_rise_});
    spread(z);
    from.shares = shares;
  }

  double slope(std::size_t choice) const { return gradient_(0, choices_[choice]); }

  bool differentiate(const Shares& shares) {
    try {
      game_.raw_of_shares(agent_[0], shares, game_.raw_bids().row_span(agent_[0]));
      const Movers alone{agent_, game_.agents() == 1};
      game_.clear(alone);
      game_.own_gradient(alone, gradient_);
    } catch (const NumericError&) {
      return false;
    }
    game_.share_gradient(agent_[0], gradient_.row_span(0));
    return true;
  }

  // 3. Exchanges.

  /// The choices with most, then itself, then the first.
  std::vector<std::size_t> exchanged(const Shares& shares) const {
    std::vector<std::size_t> order(choices_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      const double x = shares[at(a)] > kLeastShare ? shares[at(a)] : 0.0,
                   y = shares[at(b)] > kLeastShare ? shares[at(b)] : 0.0;
      return x != y ? x > y : (choices_[a] == agent_[0]) > (choices_[b] == agent_[0]);
    });
    order.resize(std::min(order.size(), less_of(kMostExchanged)));
    return order;
  }

  /// Whether any exchange was better.
  bool exchange(Candidate& from, double shortest) {
    const double before = from.payoff;
    Shares tried;
    const auto is_better = [&](std::size_t a, std::size_t b, double amount) {
      amount = std::min(amount, from.shares[at(a)]);
      if (!(amount > 0.0)) return false;
      tried = from.shares;
      tried[at(a)] -= amount;
      tried[at(b)] += amount;
      const double reached = payoff_at(tried);
      if (!(reached > from.payoff + least_rise_)) return false;
      from.shares = tried;
      from.payoff = reached;
      return true;
    };
    for (double reach = kLongest; reach > shortest; reach *= 0.5) {
      bool has_risen = true;
      for (int sweep = 0; sweep < kSweeps && has_risen; ++sweep) {
        has_risen = false;
        const std::vector<std::size_t> some = exchanged(from.shares);
        for (const std::size_t a : some)
          for (const std::size_t b : some) {
            if (a == b || !(from.shares[at(a)] > kLeastShare)) continue;
            has_risen |= is_better(a, b, reach);
            if (reach != kLongest) continue;
            for (const double corner : corners_[a])
              has_risen |= is_better(a, b, from.shares[at(a)] - corner);
            for (const double corner : corners_[b])
              has_risen |= is_better(a, b, corner - from.shares[at(b)]);
          }
      }
    }
    return from.payoff > before;
  }

  /// Multiplies single shares by powers of ten: what is spent on a choice may matter however little
  /// it is, where the others spend as little. Whether any was better.
  bool rescale(Candidate& from) {
    const double before = from.payoff;
    Shares tried;
    const std::vector<std::size_t> some = exchanged(from.shares);
    for (double power = kWidestScale; power > kNarrowestScale; power *= 0.5)
      for (const std::size_t k : some)
        for (const double factor : {std::pow(10.0, power), std::pow(10.0, -power)}) {
          tried = from.shares;
          tried[at(k)] = std::max(tried[at(k)], kLeastScaled) * factor;
          const double total = std::accumulate(tried.begin(), tried.end(), 0.0);
          for (double& share : tried) share /= total;
          const double reached = payoff_at(tried);
          if (!(reached > from.payoff + least_rise_)) continue;
          from.shares = tried;
          from.payoff = reached;
        }
    return from.payoff > before;
  }

  DeviationGame& game_;
  std::vector<Index> agent_;
  std::span<const Index> choices_;
  const SearchConfig& config_;
  std::vector<double> raw_;
  PaddedMatrix gradient_;
  std::vector<std::vector<double>> corners_;  // of every choice, ascending
  double range_ = 0.0, least_rise_ = 0.0;
};

}  // namespace

Response search_shares(DeviationGame& game, Index agent, std::span<const Index> choices,
                       std::span<const double> shares, double payoff, const SearchConfig& config) {
  return ShareSearch(game, agent, choices, config).run(shares, payoff);
}

}  // namespace gbid
