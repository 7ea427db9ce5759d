// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/validation/played.hpp"

namespace gbid {
namespace {

// Plain gradients contract at a rate per step that the steps below bring under 1e-9; the answers
// themselves are rounded at 1e-15.
constexpr double kTolerance = 1e-6;

/// How a game is played: the [market] table, and the step sizes of both regimes.
struct Play {
  std::string market;
  double rate, planner_rate;
  int steps = 4000;
  std::string start = "{ kind = \"uniform\", low = 0.1, high = 0.4 }";
  int seed = 1;
  std::string learner = "sgd";  ///< of the competitive regime
};

PlayedPair play(const Play& play) {
  return play_pair(fmt::format(R"(
seed = {}
steps = {}
certify = true
[market]
{}
[agents]
initial_bids = {}
[regimes.competitive]
learner = {{ kind = "{}", rate = {} }}
[regimes.coordinated]
objective = "mean_payoff"
learner = {{ kind = "sgd", rate = {} }}
[record]
every = {}
)",
                               play.seed, play.steps, play.market, play.start, play.learner,
                               play.rate, play.planner_rate, std::max(1, play.steps)));
}

double distance(const std::vector<double>& x, const std::vector<double>& y) {
  double largest = x.size() == y.size() ? 0.0 : HUGE_VAL;
  for (std::size_t i = 0; i < x.size() && i < y.size(); ++i)
    largest = std::max(largest, std::fabs(x[i] - y[i]));
  return largest;
}

/// A game whose answer is written here.
ValidationCase given(const std::string& game, const std::string& source, const Play& how,
                     const std::vector<double>& strategies, double price_of_anarchy) {
  return {"classical", game, source, [=] {
            const PlayedPair ends = play(how);
            return std::vector<Check>{
                {"strategies", distance(ends.competitive.last("strategy"), strategies), 0.0,
                 kTolerance},
                {"price of anarchy", ends.price_of_anarchy(), price_of_anarchy, kTolerance},
                {"largest gain", ends.competitive.scalar("largest_gain"), 0.0, kTolerance}};
          }};
}

std::vector<double> equal(int n, double value) {
  return std::vector<double>(static_cast<std::size_t>(n), value);
}

/// A game with random numbers, whose answer is the closed form that the market records.
ValidationCase drawn(const std::string& game, const std::string& source, const Play& how) {
  return {"classical", game, source, [=] {
            const PlayedPair ends = play(how);
            return std::vector<Check>{
                {"strategies", ends.competitive.scalar("distance_to_equilibrium"), 0.0, kTolerance},
                {"price of anarchy", ends.price_of_anarchy(),
                 ends.competitive.scalar("known_price_of_anarchy"), kTolerance},
                {"largest gain", ends.competitive.scalar("largest_gain"), 0.0, kTolerance}};
          }};
}

std::string list(const std::vector<double>& values) {
  return fmt::format("{{ values = [{:.17g}] }}", fmt::join(values, ", "));
}

void add_shares(std::vector<ValidationCase>& cases) {
  const std::string source = "Johari and Tsitsiklis, 2004";
  const auto market = [](std::size_t n, const std::string& slopes) {
    return fmt::format("structure = \"proportional_share\"\nagents = {}\nslopes = {}", n, slopes);
  };
  cases.push_back(given("proportional share, a = (1, 1/2)", source,
                        {market(2, list({1.0, 0.5})), 0.1, 1.0}, {2.0 / 9.0, 1.0 / 9.0}, 1.2));
  for (const int followers : {1, 2, 9, 99}) {
    const double n = followers, t = std::sqrt(n * n + n) - n;
    std::vector<double> slopes = equal(followers + 1, t), bids;
    slopes[0] = 1.0;
    const double price = n * t / (t + n);
    for (const double a : slopes) bids.push_back(price * (1.0 - price / a));
    cases.push_back(given(fmt::format("proportional share, worst slopes, {} followers", followers),
                          source,
                          {market(slopes.size(), list(slopes)), 0.2 / (n + 1.0), 0.5 * (n + 1.0),
                           followers > 50 ? 20000 : 4000},
                          bids, 1.0 / (1.0 - n * t * (1.0 - t) / (t + n))));
  }
  for (const int seed : {1, 2, 3})
    cases.push_back(drawn(fmt::format("proportional share, n = 8, random slopes {}", seed), source,
                          {market(8, "{ kind = \"random\", low = 0.5, high = 2.0 }"), 0.05, 2.0,
                           8000, "{ kind = \"uniform\", low = 0.1, high = 0.4 }", seed}));
}

void add_contests(std::vector<ValidationCase>& cases) {
  const std::string source = "Tullock, 1980";
  const auto market = [](std::size_t n, const std::string& prizes, double exponent,
                         const std::string& effort) {
    return fmt::format(
        "structure = \"tullock\"\nagents = {}\nprizes = {}\nexponent = {}\n"
        "effort = \"{}\"",
        n, prizes, exponent, effort);
  };
  struct Contest {
    int n;
    double prize, exponent;
  };
  for (const auto& [n, prize, r] :
       {Contest{2, 1.0, 1.0}, Contest{5, 10.0, 1.0}, Contest{10, 1.0, 1.0}, Contest{2, 1.0, 1.5},
        Contest{3, 1.0, 0.5}}) {
    const double share = r * (n - 1.0) / n;
    const Play wasted{
        market(static_cast<std::size_t>(n), fmt::format("{:.1f}", prize), r, "wasted"),
        0.3 * prize / n, 0.1 * n * prize};
    cases.push_back(given(fmt::format("Tullock, n = {}, V = {}, r = {}, wasted", n, prize, r),
                          source, wasted, equal(n, share / n * prize), 1.0 / (1.0 - share)));
  }
  cases.push_back(given("Tullock, n = 2, effort a transfer", source,
                        {market(2, "1.0", 1.0, "transfer"), 0.1, 0.1}, equal(2, 0.25), 1.0));
  cases.push_back(given("Tullock, V = (1, 1/2), effort a transfer", source,
                        {market(2, list({1.0, 0.5}), 1.0, "transfer"), 0.1, 1.0},
                        {2.0 / 9.0, 1.0 / 9.0}, 1.2));
  for (const int seed : {1, 2})
    cases.push_back(
        drawn(fmt::format("Tullock, n = 6, random prizes {}", seed), source,
              {market(6, "{ kind = \"random\", low = 0.5, high = 2.0 }", 1.0, "transfer"), 0.05,
               2.0, 8000, "{ kind = \"uniform\", low = 0.1, high = 0.4 }", seed}));
}

void add_firms(std::vector<ValidationCase>& cases) {
  const auto cournot = [](int n, const std::string& society) {
    return fmt::format(
        "structure = \"cournot\"\nagents = {}\nintercept = 2.0\nslope = 0.5\n"
        "costs = 0.5\nsociety = \"{}\"",
        n, society);
  };
  for (const int n : {1, 2, 3, 10}) {
    const double all = (n + 1.0) * (n + 1.0);
    const std::vector<double> q = equal(n, 1.5 / (0.5 * (n + 1.0)));
    const double rate = 2.0 / (n + 1.0), planner = 1.0;
    cases.push_back(given(fmt::format("Cournot, n = {}, society \"everyone\"", n), "Cournot, 1838",
                          {cournot(n, "everyone"), rate, planner}, q, all / (n * (n + 2.0))));
    cases.push_back(given(fmt::format("Cournot, n = {}, society \"firms\"", n), "Cournot, 1838",
                          {cournot(n, "firms"), rate, planner}, q, all / (4.0 * n)));
  }
  for (const int seed : {1, 2, 3})
    for (const std::string society : {"everyone", "firms"})
      cases.push_back(
          drawn(fmt::format("Cournot, n = 6, random costs {}, society \"{}\"", seed, society),
                "Cournot, 1838",
                {fmt::format("structure = \"cournot\"\nagents = 6\ncosts = {{ kind = \"random\", "
                             "low = 0.0, high = 0.6 }}\nsociety = \"{}\"",
                             society),
                 0.2, 0.8, 20000, "{ kind = \"uniform\", low = 0.1, high = 0.4 }", seed}));
  for (const double s : {0.0, 0.5, 0.8}) {
    const auto market = [&](const char* society) {
      return fmt::format("structure = \"bertrand\"\nsubstitution = {:.1f}\nsociety = \"{}\"", s,
                         society);
    };
    const double price = 1.0 / (2.0 - s), w = price * price;
    cases.push_back(given(fmt::format("Bertrand, s = {}, society \"firms\"", s), "linear demand",
                          {market("firms"), 0.4, 0.5}, equal(2, price),
                          1.0 / (4.0 * (1.0 - s) * w)));
    cases.push_back(given(fmt::format("Bertrand, s = {}, society \"everyone\"", s), "linear demand",
                          {market("everyone"), 0.4, 0.5}, equal(2, price),
                          1.0 / (w * (3.0 - 2.0 * s))));
  }
  for (const int seed : {1, 2})
    for (const std::string society : {"everyone", "firms"})
      cases.push_back(drawn(
          fmt::format("Bertrand, n = 5, random costs {}, society \"{}\"", seed, society),
          "linear demand",
          {fmt::format("structure = \"bertrand\"\nagents = 5\nsubstitution = 0.6\ncosts = {{ kind "
                       "= \"random\", low = 0.1, high = 0.4 }}\nsociety = \"{}\"",
                       society),
           0.4, 1.0, 4000, "{ kind = \"uniform\", low = 0.1, high = 0.4 }", seed}));
}

/// Firms whose cost is above demand, a = 1 and s = 1/2: they sell nothing, at whatever price.
void add_firms_that_sell_nothing(std::vector<ValidationCase>& cases) {
  struct Firms {
    std::string what;
    std::vector<double> costs;
    double of_firms, of_everyone;  ///< prices of anarchy
    const char* learner;
    double rate;
  };
  // Two firms that sell at p have q = (1 + w)(h - p), w = s / (n - 1), h the choke price.
  const std::vector<Firms> all = {
      // p = 1 of a monopoly: profit 3/4 and 3/8 for the consumer, of 3/4 and of 3/2 at most.
      {"one of two sells", {0.0, 1.6}, 1.0, 4.0 / 3.0, "sgd", 0.4},
      // p = 9/10 keeps the other out: q = 33/40. There the payoff has a kink, around which plain
      // gradients circle.
      {"one of two keeps the other out",
       {0.0, 1.45},
       100.0 / 99.0,
       1.5 / (0.9 * 0.825 + 2.0 / 3.0 * 0.825 * 0.825),
       "best_response",
       1.0},
      // p = 4/5, q = 3/4 each: 6/5 of 5/4; and the planner gives 5/2 where they give 21/10.
      {"two of three sell", {0.0, 0.0, 1.6}, 25.0 / 24.0, 25.0 / 21.0, "sgd", 0.4}};
  for (const Firms& firms : all)
    for (const std::string society : {"firms", "everyone"}) {
      const Play how{
          fmt::format("structure = \"bertrand\"\nagents = {}\ncosts = {}\nsociety = \"{}\"",
                      firms.costs.size(), list(firms.costs), society),
          firms.rate,
          0.5,
          4000,
          "{ kind = \"uniform\", low = 0.1, high = 0.4 }",
          1,
          firms.learner};
      const double price = society == "firms" ? firms.of_firms : firms.of_everyone;
      cases.push_back(
          {"classical", fmt::format("Bertrand, {}, society \"{}\"", firms.what, society),
           "Shubik and Levitan, 1980", [=] {
             const PlayedPair ends = play(how);
             return std::vector<Check>{
                 {"strategies", ends.competitive.scalar("distance_to_equilibrium"), 0.0,
                  kTolerance},
                 {"price of anarchy", ends.price_of_anarchy(), price, kTolerance},
                 {"largest gain", ends.competitive.scalar("largest_gain"), 0.0, kTolerance}};
           }});
    }
}

void add_others(std::vector<ValidationCase>& cases) {
  for (const int n : {2, 5, 10})
    cases.push_back(
        given(fmt::format("common pool, n = {}", n), "Gordon, 1954",
              {fmt::format("structure = \"common_pool\"\nagents = {}", n), 1.0 / (n + 1.0), 0.4},
              equal(n, 1.0 / (n + 1.0)), (n + 1.0) * (n + 1.0) / (4.0 * n)));
  for (const double d : {0.5, 1.0, 2.0, -0.45}) {
    const int n = 5;
    cases.push_back(given(fmt::format("linear-quadratic, n = 5, D = {}", d), "linear system",
                          {fmt::format("structure = \"linear_quadratic\"\nagents = {}\n"
                                       "interaction = {:.17g}",
                                       n, d / (n - 1.0)),
                           0.5, 1.0, 4000},
                          equal(n, 1.0 / (1.0 + d)), (1.0 + d) * (1.0 + d) / (1.0 + 2.0 * d)));
  }
  for (const int seed : {1, 2, 3})
    cases.push_back(drawn(fmt::format("linear-quadratic, n = 6, random benefits {}", seed),
                          "linear system",
                          {"structure = \"linear_quadratic\"\nagents = 6\ninteraction = 0.3\n"
                           "benefits = { kind = \"random\", low = 0.5, high = 1.5 }",
                           0.5, 1.5, 4000, "{ kind = \"uniform\", low = 0.1, high = 0.4 }", seed}));
}

}  // namespace

std::vector<ValidationCase> classical_cases() {
  std::vector<ValidationCase> cases;
  add_shares(cases);
  add_contests(cases);
  add_firms(cases);
  add_firms_that_sell_nothing(cases);
  add_others(cases);
  return cases;
}

}  // namespace gbid
