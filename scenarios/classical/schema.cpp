// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/classical/schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "scenarios/data/array_source_schema.hpp"

namespace gbid::classical {
namespace {

using config::Checker;
using config::Choice;
using config::Kinds;
using config::Range;
using config::Schema;

constexpr Range kPositive{.min = 0.0, .max = {}, .min_open = true};
constexpr Range kNotNegative{.min = 0.0};
// The estimate refuses what cannot fit; this only bounds arithmetic.
constexpr std::int64_t kMostAgents = 100000000;

Kinds<ConstantArray, RandomBetween, ListArray, FileArray> numbers_kinds() {
  return Kinds<ConstantArray, RandomBetween, ListArray, FileArray>()
      .kind("constant",
            Schema<ConstantArray>("constant", "the same for all")
                .number("value", &ConstantArray::value, {}, "the number"),
            "the same for all agents")
      .kind("random", random_between_schema(), "drawn uniformly for every game")
      .kind("list",
            Schema<ListArray>("list", "one number per agent")
                .number_list("values", &ListArray::values, {}, "one number per agent")
                .required("values"),
            "one number per agent, in their order")
      .kind("file", file_array_schema(), "one number per agent, from a file")
      .number_means(&ConstantArray::value)
      .key_means<ListArray>("values")
      .key_means<FileArray>("file");
}

/// What of numbers shows before a file is read: how many there are, and that none is too small.
void check_numbers(const Numbers& numbers, Index agents, const std::string& key, bool is_positive,
                   const Checker& checker) {
  const auto check = [&](double value, const std::string& where) {
    if (is_positive ? !(value > 0.0) : !(value >= 0.0))
      checker.fail(where, fmt::format("expected a number {} 0, got {}",
                                      is_positive ? "above" : "of at least", value));
  };
  if (const auto* constant = std::get_if<ConstantArray>(&numbers)) check(constant->value, key);
  if (const auto* between = std::get_if<RandomBetween>(&numbers)) check(between->low, key + ".low");
  const auto* list = std::get_if<ListArray>(&numbers);
  if (!list) return;
  if (list->values.size() != static_cast<std::size_t>(agents))
    checker.fail(key, fmt::format("expected a number for each of {} agents, got {}", agents,
                                  list->values.size()));
  for (const double value : list->values) check(value, key);
}

/// Whether all agents have the same number, as far as is known before a file is read.
bool may_be_alike(const Numbers& numbers) {
  if (const auto* list = std::get_if<ListArray>(&numbers)) return are_alike(list->values);
  return !std::holds_alternative<RandomBetween>(numbers);
}

template <class Config>
void check_alike(const Config& game, const Numbers& numbers, const Checker& checker) {
  if (const auto fault = fault_of(game, may_be_alike(numbers)))
    checker.fail(fault->key, fault->message);
}

std::vector<Choice<Society>> society_choices() {
  return {{Society::kEveryone, "everyone", "firms and consumers: total surplus"},
          {Society::kFirms, "firms", "the firms alone: the sum of profits"}};
}

}  // namespace

bool are_alike(const std::vector<double>& numbers) {
  return std::adjacent_find(numbers.begin(), numbers.end(), std::not_equal_to<>()) == numbers.end();
}

std::optional<Fault> fault_of(const Tullock& game, bool are_alike) {
  if (are_alike || game.effort != Effort::kWasted || game.least_effort > 0.0) return std::nullopt;
  return Fault{"least_effort",
               "expected more than 0: where prizes differ and effort is wasted, the planner's "
               "optimum is only approached by the highest prize's effort going to 0; or effort = "
               "\"transfer\""};
}

std::optional<Fault> fault_of(const LinearQuadratic& game, bool are_alike) {
  const double least = -0.5 / static_cast<double>(game.agents - 1), g = game.interaction;
  if (g > least && (are_alike ? g <= 0.5 : g < 0.5)) return std::nullopt;
  return Fault{
      "interaction",
      fmt::format("expected a number above -1/(2(n - 1)) = {} and {} 0.5, beyond which the "
                  "common payoff has no maximum, got {}",
                  least, are_alike ? "at most" : "below", g)};
}

Schema<ProportionalShare> proportional_share_schema() {
  return Schema<ProportionalShare>("proportional_share",
                                   "A resource is shared in proportion to payments (Kelly).")
      .integer("agents", &ProportionalShare::agents, {2, kMostAgents}, "number of agents n")
      .one_of("slopes", &ProportionalShare::slopes, numbers_kinds(),
              "a_i: what all of the resource is worth to the agent")
      .check([](const ProportionalShare& game, const Checker& checker) {
        check_numbers(game.slopes, game.agents, "slopes", true, checker);
      });
}

Schema<Tullock> tullock_schema() {
  return Schema<Tullock>("tullock", "A prize is won with a probability that grows with effort.")
      .integer("agents", &Tullock::agents, {2, kMostAgents}, "number of agents n")
      .one_of("prizes", &Tullock::prizes, numbers_kinds(), "V_i: what the prize is worth")
      .number("exponent", &Tullock::exponent, kPositive,
              "r: win probabilities are in proportion to effort^r; equal agents have a pure "
              "equilibrium up "
              "to n / (n - 1)")
      .choice("effort", &Tullock::effort,
              {{Effort::kWasted, "wasted", "effort is gone: welfare is the sum of payoffs"},
               {Effort::kTransfer, "transfer",
                "effort is received by others: welfare is the winner's prize"}},
              "what happens to effort")
      .number("least_effort", &Tullock::least_effort, kNotNegative,
              "efforts are at least this; above 0 where prizes differ and effort is wasted, since "
              "the optimum is attained by no efforts otherwise")
      .check([](const Tullock& game, const Checker& checker) {
        check_numbers(game.prizes, game.agents, "prizes", true, checker);
        check_alike(game, game.prizes, checker);
      });
}

Schema<Cournot> cournot_schema() {
  return Schema<Cournot>("cournot", "Firms choose quantities; the price falls with their sum.")
      .integer("agents", &Cournot::agents, {1, kMostAgents}, "number of firms n")
      .number("intercept", &Cournot::intercept, kPositive, "a: price at quantity 0")
      .number("slope", &Cournot::slope, kPositive, "b: fall of the price with the total quantity")
      .one_of("costs", &Cournot::costs, numbers_kinds(), "c_i: cost of a unit")
      .choice("society", &Cournot::society, society_choices(), "whose payoffs make up the welfare")
      .check([](const Cournot& game, const Checker& checker) {
        check_numbers(game.costs, game.agents, "costs", false, checker);
      });
}

Schema<Bertrand> bertrand_schema() {
  return Schema<Bertrand>("bertrand", "Firms choose prices of goods that replace each other.")
      .integer("agents", &Bertrand::agents, {2, kMostAgents}, "number of firms n")
      .number("intercept", &Bertrand::intercept, kPositive, "a: demand at prices 0")
      .number("substitution", &Bertrand::substitution,
              {.min = 0.0, .max = 1.0, .min_open = false, .max_open = true},
              "s: demand gained when the mean price of the others rises by one")
      .one_of("costs", &Bertrand::costs, numbers_kinds(), "c_i: cost of a unit")
      .choice("society", &Bertrand::society, society_choices(), "whose payoffs make up the welfare")
      .check([](const Bertrand& game, const Checker& checker) {
        check_numbers(game.costs, game.agents, "costs", false, checker);
      });
}

Schema<CommonPool> common_pool_schema() {
  return Schema<CommonPool>("common_pool", "The yield of a common good falls with its use.")
      .integer("agents", &CommonPool::agents, {1, kMostAgents}, "number of agents n")
      .number("capacity", &CommonPool::capacity, kPositive, "K: use at which nothing is left");
}

Schema<LinearQuadratic> linear_quadratic_schema() {
  return Schema<LinearQuadratic>("linear_quadratic", "Efforts that help or hinder all others.")
      .integer("agents", &LinearQuadratic::agents, {2, kMostAgents}, "number of agents n")
      .one_of("benefits", &LinearQuadratic::benefits, numbers_kinds(),
              "a_i: worth of a unit of the agent's own effort")
      .number("interaction", &LinearQuadratic::interaction, {},
              "g: what a unit of another's effort takes from it; negative where efforts help each "
              "other")
      .check([](const LinearQuadratic& game, const Checker& checker) {
        check_numbers(game.benefits, game.agents, "benefits", false, checker);
        check_alike(game, game.benefits, checker);
      });
}

Schema<Bilinear> bilinear_schema() {
  return Schema<Bilinear>("bilinear", "Pairs of opponents: matching pennies.")
      .integer("agents", &Bilinear::agents, {2, kMostAgents},
               "number of agents n, even: 0 against 1, 2 against 3, ...")
      .number("stake", &Bilinear::stake, kPositive, "a: what a match moves from one to the other")
      .number("damping", &Bilinear::damping, kNotNegative,
              "d: cost of a strategy other than 0; at d = 0 the game is zero-sum")
      .check([](const Bilinear& game, const Checker& checker) {
        if (game.agents % 2 != 0)
          checker.fail("agents", fmt::format("expected an even number, got {}", game.agents));
      });
}

}  // namespace gbid::classical
