// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// How good the search for best responses is, by brute force: for random bids and for ends of
// learning of bid-matrix scenarios with few agents, the search's gain of every agent beside that of
// a grid over all its shares (three and four agents) or of thousands of random starts, polished
// without gradients. It shares with the search the payoff of given bids and nothing else. Run by
// hand; see README.md.
//
//   gbid_best_responses SCENARIO [--agents N] [--random COUNT] [--rested COUNT] [--steps STEPS]
//                       [--set KEY=VALUE]...
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "scenarios/bidding/bid_structure.hpp"
#include "scenarios/equilibrium/best_response_search.hpp"
#include "scenarios/play/play_in_memory.hpp"

using namespace gbid;

namespace {

using Point = std::vector<double>;
using Clock = std::chrono::steady_clock;

/// One agent's payoff as a function of its shares.
class OwnPayoff {
 public:
  OwnPayoff(BidGame& game, Index agent)
      : game_(game), agent_(agent), raw_(static_cast<std::size_t>(game.bids_per_agent())) {}
  double operator()(const Point& shares) {
    game_.raw_of_shares(agent_, shares, raw_);
    const double payoff = game_.payoff_if(agent_, raw_);
    return std::isnan(payoff) ? -std::numeric_limits<double>::infinity() : payoff;
  }

 private:
  BidGame& game_;
  Index agent_;
  std::vector<double> raw_;
};

/// Moves to better points: by pairs of shares and in random directions, by steps that are halved
/// once none is better.
double polish(OwnPayoff& payoff, Point& point, double value, double longest, double shortest,
              std::mt19937_64& random) {
  const std::size_t n = point.size();
  std::normal_distribution<double> normal;
  Point there(n), along(n);
  const auto accept = [&] {
    const double reached = payoff(there);
    if (!(reached > value)) return false;
    value = reached;
    point = there;
    return true;
  };
  for (double reach = longest; reach > shortest; reach *= 0.5) {
    bool has_risen = true;
    for (int sweep = 0; sweep < 12 && has_risen; ++sweep) {
      has_risen = false;
      for (std::size_t a = 0; a < n; ++a)
        for (std::size_t b = 0; b < n; ++b) {
          const double amount = std::min(reach, point[a]);
          if (a == b || !(amount > 0.0)) continue;
          there = point;
          there[a] -= amount;
          there[b] += amount;
          has_risen |= accept();
        }
      for (std::size_t a = 0; a < n; ++a)
        for (const double factor : {std::exp2(16.0 * reach), std::exp2(-16.0 * reach), 0.0}) {
          there = point;
          there[a] *= factor;
          const double total = std::accumulate(there.begin(), there.end(), 0.0);
          if (!(total > 0.0)) continue;
          for (double& share : there) share /= total;
          has_risen |= accept();
        }
      for (std::size_t k = 0; k < 4 * n; ++k) {
        double mean = 0.0, length = 0.0;
        for (double& value_of : along) mean += value_of = normal(random);
        for (double& value_of : along) {
          value_of -= mean / static_cast<double>(n);
          length += value_of * value_of;
        }
        double total = 0.0;
        for (std::size_t j = 0; j < n; ++j)
          total += there[j] = std::max(0.0, point[j] + reach * along[j] / std::sqrt(length));
        for (double& share : there) share /= total;
        has_risen |= accept();
      }
    }
  }
  return value;
}

struct Tried {
  double payoff;
  Point shares;
};

void keep_best(std::vector<Tried>& tried, std::size_t count) {
  count = std::min(count, tried.size());
  std::partial_sort(tried.begin(), tried.begin() + static_cast<std::ptrdiff_t>(count), tried.end(),
                    [](const Tried& a, const Tried& b) { return a.payoff > b.payoff; });
  tried.resize(count);
}

/// All shares that are multiples of 1 / points.
void add_grid(OwnPayoff& payoff, Index n, Index points, std::vector<Tried>& out) {
  Point shares(static_cast<std::size_t>(n));
  const auto fill = [&](const auto& self, std::size_t k, Index left) -> void {
    if (k + 1 == shares.size()) {
      shares[k] = static_cast<double>(left) / static_cast<double>(points);
      out.push_back({payoff(shares), shares});
      return;
    }
    for (Index here = 0; here <= left; ++here) {
      shares[k] = static_cast<double>(here) / static_cast<double>(points);
      self(self, k + 1, left - here);
    }
  };
  fill(fill, 0, points);
}

/// Shares that differ by powers of ten: what an agent spends on others may matter however little it
/// is, where others spend as little.
void add_scales(OwnPayoff& payoff, Index n, std::vector<Tried>& out) {
  constexpr int kLeast = 15;
  std::vector<int> powers(static_cast<std::size_t>(n), 0);
  for (std::size_t k = 0; k < powers.size();) {
    if (*std::min_element(powers.begin(), powers.end()) == 0) {
      Point shares;
      for (const int power : powers) shares.push_back(power == kLeast ? 0.0 : std::pow(10, -power));
      const double total = std::accumulate(shares.begin(), shares.end(), 0.0);
      for (double& share : shares) share /= total;
      out.push_back({payoff(shares), shares});
    }
    for (k = 0; k < powers.size() && ++powers[k] > kLeast; ++k) powers[k] = 0;
  }
}

/// The highest payoff of an agent by brute force.
Tried brute_force(BidGame& game, Index agent, const Point& state, std::mt19937_64& random) {
  OwnPayoff payoff(game, agent);
  const Index n = game.bids_per_agent();
  std::vector<Tried> tried;
  std::size_t polished = 60;
  if (n <= 4) {
    add_grid(payoff, n, n == 3 ? 200 : 60, tried);
    keep_best(tried, 200);
    std::vector<Tried> scales;
    add_scales(payoff, n, scales);
    keep_best(scales, 100);
    tried.insert(tried.end(), scales.begin(), scales.end());
  } else {
    // Shares of random sets of counterparts, of Gamma variables of random shape.
    for (int k = 0; k < 2000; ++k) {
      Point shares(static_cast<std::size_t>(n), 0.0);
      std::gamma_distribution<double> gamma(std::exp2(static_cast<double>(random() % 6) - 3.0));
      double total = 0.0;
      while (!(total > 0.0))
        for (double& share : shares)
          total += share = random() % 2 == 0 ? 0.0
                           : k % 4 == 0      ? std::pow(10, -static_cast<int>(random() % 15))
                                             : gamma(random) + 1e-9;
      for (double& share : shares) share /= total;
      tried.push_back({payoff(shares), shares});
    }
  }
  tried.push_back({payoff(state), state});
  for (Tried& each : tried)
    each.payoff = polish(payoff, each.shares, each.payoff, 0.2, 4e-3, random);
  keep_best(tried, polished);
  for (Tried& each : tried)
    each.payoff = polish(payoff, each.shares, each.payoff, 4e-3, 1e-8, random);
  keep_best(tried, 1);
  return tried.front();
}

struct Tally {
  Index ends = 0, agents = 0, with_gain = 0, understated = 0, better = 0, wrong = 0;
  double worst = 1.0;      // gain found / true gain, the least
  double most_missed = 0;  // of the mean |payoff|
  double seconds = 0.0;    // of the certificates
};

void compare(const BidStructure& structure, Index trial, const PaddedMatrix& raw,
             const std::string& what, Tally& tally) {
  constexpr double kTolerance = 1e-3, kShare = 0.01;
  const GameFactory factory = [&] { return structure.bid_game(trial, GameUse{}); };
  const auto begin = Clock::now();
  const Certificate found = certify(factory, raw);
  tally.seconds += std::chrono::duration<double>(Clock::now() - begin).count();
  const std::unique_ptr<BidGame> game = structure.bid_game(trial, GameUse{});
  const Index n = raw.rows();
  std::vector<Index> all(static_cast<std::size_t>(n));
  std::iota(all.begin(), all.end(), Index{0});
  for (Index i = 0; i < n; ++i) std::copy_n(raw.row(i), n, game->raw_bids().row(i));
  game->clear(Movers{all, true});
  double scale = 0.0, true_largest = 0.0;
  for (const double payoff : found.payoff) scale += std::fabs(payoff) / static_cast<double>(n);
  std::mt19937_64 random(static_cast<std::uint64_t>(trial + 1));
  for (Index i = 0; i < n; ++i) {
    const auto k = static_cast<std::size_t>(i);
    Point state(static_cast<std::size_t>(n));
    game->shares(i, state);
    const Tried best = brute_force(*game, i, state, random);
    const double gain = std::max(best.payoff - found.payoff[k], 0.0);
    true_largest = std::max({true_largest, gain, found.gain[k]});
    ++tally.agents;
    if (gain <= kTolerance * scale) continue;
    ++tally.with_gain;
    tally.worst = std::min(tally.worst, found.gain[k] / gain);
    tally.most_missed = std::max(tally.most_missed, (gain - found.gain[k]) / scale);
    tally.better += found.gain[k] > gain * (1.0 + kShare);
    if (found.gain[k] >= gain * (1.0 - kShare)) continue;
    ++tally.understated;
    fmt::print(
        "  understated: {} trial {} agent {}: found {:.8g}, true at least {:.8g} (mean |payoff| "
        "{:.4g})\n",
        what, trial, i, found.gain[k], gain, scale);
    fmt::print("    at shares {:.6g}, from {:.6g}\n", fmt::join(best.shares, " "),
               fmt::join(state, " "));
  }
  ++tally.ends;
  if (found.largest_gain() > kTolerance * scale || true_largest <= kTolerance * scale) return;
  ++tally.wrong;
  fmt::print("  wrong verdict: {} trial {}: found {:.4g}, true at least {:.4g}\n", what, trial,
             found.relative_gain(), true_largest / scale);
}

Scenario load(const std::string& path, const std::vector<std::string>& sets) {
  config::Document document = config::Document::from_file(path);
  for (const std::string& set : sets) document.set(set);
  return Scenario::load(document);
}

void play(const std::string& path, std::vector<std::string> sets, Index ends, Index steps,
          const std::string& what) {
  sets.push_back(fmt::format("trials={}", ends));
  sets.push_back(fmt::format("steps={}", steps));
  sets.push_back("record.every=1000000");
  sets.push_back(R"(record.final=["raw_bids"])");
  const Scenario scenario = load(path, sets);
  const auto& structure = dynamic_cast<const BidStructure&>(scenario.structure());
  Tally tally;
  for (Index trial = 0; trial < ends; ++trial) {
    const PlayedTrial played = play_in_memory(scenario, scenario.regime_count() - 1, trial);
    if (played.final.empty()) continue;
    const std::vector<double> raw = played.last("raw_bids");
    const Index n = structure.agents();
    PaddedMatrix bids(n, n);
    for (Index i = 0; i < n; ++i) std::copy_n(raw.data() + i * n, n, bids.row(i));
    compare(structure, trial, bids, what, tally);
  }
  fmt::print(
      "{} n={} {}: {} ends, {} agents, {} with a gain, {} understated by more than 1% (least "
      "{:.4f} of "
      "it, most {:.3g} of the mean |payoff|), {} better than brute force, {} wrong verdicts; "
      "{:.3g} ms a "
      "certificate\n",
      path, structure.agents(), what, tally.ends, tally.agents, tally.with_gain, tally.understated,
      tally.worst, tally.most_missed, tally.better, tally.wrong,
      1e3 * tally.seconds / static_cast<double>(std::max<Index>(1, tally.ends)));
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> sets;
  std::string path;
  Index random = 0, rested = 0, steps = 3000;
  for (int k = 1; k < argc; ++k) {
    const std::string word = argv[k];
    if (word.rfind("--", 0) != 0 || k + 1 == argc) {
      path = word;
      continue;
    }
    const std::string value = argv[++k];
    if (word == "--set") sets.push_back(value);
    if (word == "--agents") sets.push_back("market.agents=" + value);
    if (word == "--random") random = std::stol(value);
    if (word == "--rested") rested = std::stol(value);
    if (word == "--steps") steps = std::stol(value);
  }
  if (random > 0) play(path, sets, random, 0, "random");
  if (rested > 0) play(path, sets, rested, steps, "rested");
}
