// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// How good the search for best responses is, by brute force: for random bids, for ends of learning
// and for ends of better responses of bid-matrix scenarios with few agents, the search's gain of
// every agent beside that of a grid over all its shares (three and four agents) or of thousands of
// random starts, polished without gradients. It shares with the search the payoff of given bids and
// nothing else. One thread. Run by hand; see README.md.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <tbb/global_control.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <filesystem>
#include <numeric>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "scenarios/bidding/bid_structure.hpp"
#include "scenarios/equilibrium/best_response_search.hpp"
#include "scenarios/play/play_in_memory.hpp"

using namespace gbid;

namespace {

using Point = std::vector<double>;

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
  Index ends = 0, agents = 0, with_gain = 0, understated = 0, better = 0, passed = 0, wrong = 0;
  double worst = 1.0;      // gain found / true gain, the least
  double most_missed = 0;  // of the mean |payoff|
  double seconds = 0.0;    // of processor time, of the certificates

  void add(const Tally& more) {
    ends += more.ends;
    agents += more.agents;
    with_gain += more.with_gain;
    understated += more.understated;
    better += more.better;
    passed += more.passed;
    wrong += more.wrong;
    worst = std::min(worst, more.worst);
    most_missed = std::max(most_missed, more.most_missed);
    seconds += more.seconds;
  }
};

/// Certifies an end and, unless only the time is asked for, compares with brute force.
void compare(const BidStructure& structure, Index trial, const PaddedMatrix& raw,
             const std::string& what, bool is_timed_only, Tally& tally) {
  constexpr double kTolerance = 1e-3, kShare = 0.01;
  const GameFactory factory = [&] { return structure.bid_game(trial, GameUse{}); };
  const std::clock_t begin = std::clock();  // of the processor, whatever else runs
  const Certificate found = certify(factory, raw);
  tally.seconds += static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  ++tally.ends;
  tally.passed += found.relative_gain() <= kTolerance;
  if (is_timed_only) return;
  const std::unique_ptr<BidGame> game = structure.bid_game(trial, GameUse{});
  const Index n = raw.rows();
  std::vector<Index> all(static_cast<std::size_t>(n));
  std::iota(all.begin(), all.end(), Index{0});
  for (Index i = 0; i < n; ++i) std::copy_n(raw.row(i), n, game->raw_bids().row(i));
  game->clear(Movers{all, true});
  const double scale = found.scale();
  double true_largest = 0.0;
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
        "{:.4g})\n    at shares {:.6g}, from {:.6g}\n",
        what, trial, i, found.gain[k], gain, scale, fmt::join(best.shares, " "),
        fmt::join(state, " "));
  }
  if (found.relative_gain() > kTolerance || true_largest <= kTolerance * scale) return;
  ++tally.wrong;
  fmt::print("  wrong verdict: {} trial {}: found {:.4g}, true at least {:.4g}\n", what, trial,
             found.relative_gain(), true_largest / scale);
}

void print(const std::string& name, const Tally& tally) {
  const double ends = static_cast<double>(std::max<Index>(1, tally.ends));
  fmt::print(
      "{:<30} {:>4} ends, {:>3} pass; {:>4} of {:>4} agents gain, understated by more than 1%: {}, "
      "wrong verdicts: {}; least found / true {:.4f}, most missed {:.1e} of the mean |payoff|; "
      "above brute force: {}; {:.1f} ms a certificate\n",
      name, tally.ends, tally.passed, tally.with_gain, tally.agents, tally.understated, tally.wrong,
      tally.worst, tally.most_missed, tally.better, 1e3 * tally.seconds / ends);
  std::fflush(stdout);
}

struct Measurement {
  std::vector<std::string> scenarios, sets;
  std::vector<Index> agents;
  Index random = 0, rested = 0, steps = 3000;
  bool is_timed_only = false;
};

/// Random bids, or ends of learning by own payoffs and, of every other trial, of better responses
/// from there.
Tally play(const Measurement& of, const std::string& path, Index agents, bool is_rested) {
  const Index ends = is_rested ? of.rested : of.random;
  config::Document document = config::Document::from_file(path);
  for (const std::string& set : of.sets) document.set(set);
  for (const std::string& set :
       {fmt::format("market.agents={}", agents), fmt::format("trials={}", ends),
        fmt::format("steps={}", is_rested ? of.steps : 0), std::string("record.every=1000000"),
        std::string(R"(record.trajectory=["welfare"])"),
        std::string(R"(record.final=["raw_bids"])"),
        std::string(R"(regimes={learned={objective="own_payoff",schedule="all_agents"},)"
                    R"(refined={objective="own_payoff",schedule="all_agents",)"
                    R"(refine={kind="better_responses",rounds=20}}})")})
    document.set(set);
  const Scenario scenario = Scenario::load(document);
  const auto& structure = dynamic_cast<const BidStructure&>(scenario.structure());
  Tally tally;
  for (Index trial = 0; trial < ends; ++trial) {
    const bool is_refined = is_rested && trial % 2 == 1;
    const PlayedTrial played = play_in_memory(scenario, is_refined ? "refined" : "learned", trial);
    if (played.final.empty()) continue;
    const std::vector<double> raw = played.last("raw_bids");
    PaddedMatrix bids(agents, agents);
    for (Index i = 0; i < agents; ++i) std::copy_n(raw.data() + i * agents, agents, bids.row(i));
    compare(structure, trial, bids,
            is_refined  ? "refined"
            : is_rested ? "learned"
                        : "random",
            of.is_timed_only, tally);
  }
  return tally;
}

constexpr const char* kUsage =
    "gbid_best_responses SCENARIO... --agents N,... [--random COUNT] [--rested COUNT]\n"
    "    [--steps STEPS] [--set KEY=VALUE]... [--time]   # --time: no brute force\n";

/// @throws std::exception where a value is no number.
Measurement measurement(int argc, char** argv) {
  Measurement of;
  for (int k = 1; k < argc; ++k) {
    const std::string word = argv[k];
    if (word.rfind("--", 0) != 0) {
      of.scenarios.push_back(word);
    } else if (word == "--time") {
      of.is_timed_only = true;
    } else {
      const std::string value = k + 1 < argc ? argv[++k] : "";
      std::stringstream list(value);
      if (word == "--set")
        of.sets.push_back(value);
      else if (word == "--random")
        of.random = std::stol(value);
      else if (word == "--rested")
        of.rested = std::stol(value);
      else if (word == "--steps")
        of.steps = std::stol(value);
      else if (word == "--agents")
        for (std::string each; std::getline(list, each, ',');) of.agents.push_back(std::stol(each));
      else
        throw std::invalid_argument(word);
    }
  }
  if (of.scenarios.empty() || of.agents.empty()) throw std::invalid_argument("nothing to play");
  return of;
}

}  // namespace

int main(int argc, char** argv) {
  const tbb::global_control one_thread(tbb::global_control::max_allowed_parallelism, 1);
  Measurement of;
  try {
    of = measurement(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}: {}\n{}", "gbid_best_responses", error.what(), kUsage);
    return 2;
  }
  Tally all;
  for (const std::string& path : of.scenarios)
    for (const Index agents : of.agents)
      for (const bool is_rested : {false, true}) {
        if ((is_rested ? of.rested : of.random) == 0) continue;
        const Tally tally = play(of, path, agents, is_rested);
        const std::string stem = std::filesystem::path(path).stem().string();
        print(fmt::format("{} n={} {}", stem, agents, is_rested ? "rested" : "random"), tally);
        all.add(tally);
      }
  print("all", all);
  return all.understated + all.wrong > 0 ? 1 : 0;
}
