// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "scenarios/bidding/bid_structure.hpp"
#include "scenarios/classical/classical_game.hpp"
#include "scenarios/classical/game.hpp"
#include "scenarios/classical/schema.hpp"

namespace gbid::classical {
namespace {

/// The numbers that a game has one of for every agent; null for games without.
struct NumbersKey {
  const Numbers* numbers = nullptr;
  const char* key = "";
  double least = 0.0;  ///< and above it if 0 makes no game
  bool is_positive = false;
};
NumbersKey numbers_of(const ProportionalShare& game) { return {&game.slopes, "slopes", 0.0, true}; }
NumbersKey numbers_of(const Tullock& game) { return {&game.prizes, "prizes", 0.0, true}; }
NumbersKey numbers_of(const Cournot& game) { return {&game.costs, "costs"}; }
NumbersKey numbers_of(const Bertrand& game) { return {&game.costs, "costs"}; }
NumbersKey numbers_of(const LinearQuadratic& game) { return {&game.benefits, "benefits"}; }
NumbersKey numbers_of(const CommonPool&) { return {}; }
NumbersKey numbers_of(const Bilinear&) { return {}; }

template <class Config>
class ClassicalStructure final : public BidStructure {
 public:
  ClassicalStructure(const Config& config, const Setup& setup, ArrayLoader& loader)
      : BidStructure(setup), config_(config) {
    const NumbersKey key = numbers_of(config_);
    if (const auto* file = key.numbers ? std::get_if<FileArray>(key.numbers) : nullptr)
      read_ = read(*file, key, loader);
  }

  Index agents() const override { return config_.agents; }
  std::vector<Dimension> dimensions() const override {
    return {{"agent", config_.agents, "agent"}};
  }
  bool has_shared_game() const override {
    const Numbers* numbers = numbers_of(config_).numbers;
    return !numbers || !std::holds_alternative<RandomBetween>(*numbers);
  }
  bool gives(Signal signal) const override { return signal != Signal::kNaturalGradient; }
  std::map<std::string, std::string> attributes() const override {
    const std::optional<Bound> bound = classical::bound(config_);
    if (!bound) return {};
    return {{"theory_bound", fmt::format("{}", bound->value)}, {"theory_source", bound->source}};
  }

  std::unique_ptr<BidGame> bid_game(Index trial, GameUse use) const override {
    return std::make_unique<ClassicalGame>(make_game(config_, numbers(trial)), std::move(use));
  }

 protected:
  std::vector<ArraySpec> game_arrays() const override { return specs_of(ClassicalGame::arrays()); }
  Index bids_per_agent() const override { return 1; }
  Index observation_size(Observation) const override { return 1; }
  double game_bytes(const GameUse&) const override {
    // Raw bids, strategies, numbers, known answers and what they are sorted in.
    constexpr double kVectors = 6.0;
    return static_cast<double>(agents()) * (static_cast<double>(padded(1)) + kVectors) *
           sizeof(double);
  }
  double step_flops(const GameUse& use) const override {
    constexpr double kAnAgent = 20.0;
    return kAnAgent * (static_cast<double>(use.movers_per_step) +
                       std::min(1024.0, static_cast<double>(agents())));
  }
  bool read_raw_bids(const StateReader& read, PaddedMatrix& raw) const override {
    const std::vector<double> strategies = read("strategy");
    if (strategies.size() != static_cast<std::size_t>(raw.rows())) return false;
    for (Index i = 0; i < raw.rows(); ++i) raw(i, 0) = strategies[static_cast<std::size_t>(i)];
    return true;
  }

 private:
  /// The numbers of a file, which must make a game.
  std::vector<double> read(const FileArray& file, const NumbersKey& key,
                           ArrayLoader& loader) const {
    const std::string where = fmt::format("market.{}", key.key);
    std::vector<double> values = loader.load(file, where, {{agents()}}).values;
    for (const double value : values)
      if (key.is_positive ? !(value > key.least) : !(value >= key.least)) {
        loader.fail(where,
                    fmt::format("{}: expected numbers {} {}, got {}", file.file,
                                key.is_positive ? "above" : "of at least", key.least, value));
        break;
      }
    if constexpr (requires { fault_of(config_, true); })
      if (const auto fault = fault_of(config_, are_alike(values)))
        loader.fail("market." + fault->key, fault->message);
    return values;
  }

  std::vector<double> numbers(Index trial) const {
    const auto n = static_cast<std::size_t>(agents());
    const Numbers* source = numbers_of(config_).numbers;
    if (!source) return {};
    if (const auto* constant = std::get_if<ConstantArray>(source))
      return std::vector<double>(n, constant->value);
    if (const auto* list = std::get_if<ListArray>(source)) return list->values;
    const auto* between = std::get_if<RandomBetween>(source);
    if (!between) return read_;
    Stream stream({.seed = seed(),
                   .purpose = Purpose::kClassical,
                   .trial = static_cast<std::uint64_t>(game_of(trial))});
    std::vector<double> drawn(n);
    for (double& value : drawn)
      value = between->low + (between->high - between->low) * stream.uniform();
    return drawn;
  }

  Config config_;
  std::vector<double> read_;
};

template <class Config>
std::unique_ptr<Structure> make(const Config& config, const Setup& setup, ArrayLoader& loader) {
  return std::make_unique<ClassicalStructure<Config>>(config, setup, loader);
}

/// What the example of a game says besides what they all do.
struct Example {
  const char* title;
  const char* keys;  ///< of the market
  /// Step sizes: the planner's gradients are those of a mean, and so much smaller.
  double rate, planner_rate;
};

template <class Config>
EntryOf<Config> entry_of(config::Schema<Config> schema, const char* help, const Example& example) {
  constexpr const char* kExample = R"(
title = "{}"

[market]
structure = "{}"
{}

[learning]
learner = {{ kind = "sgd", rate = {} }}

[regimes.competitive]
objective = "own_payoff"

[regimes.coordinated]
objective = "mean_payoff"
learner = {{ kind = "sgd", rate = {} }}

[record]
every = 50
)";
  const std::string name = schema.name();
  return {{.name = name,
           .help = help,
           .example = fmt::format(kExample, example.title, name, example.keys, example.rate,
                                  example.planner_rate),
           .recordables = ClassicalGame::recordables(),
           .has_bidding_agents = true},
          std::move(schema),
          make<Config>};
}

}  // namespace

EntryOf<ProportionalShare> proportional_share() {
  return entry_of(
      proportional_share_schema(),
      "a resource shared in proportion to payments (Kelly): u_i = a_i w_i / sum w - w_i",
      {"Proportional shares of a resource", "slopes = { kind = \"random\", low = 0.5, high = 2.0 }",
       0.05, 2.0});
}
EntryOf<Tullock> tullock() {
  return entry_of(tullock_schema(), "a contest: u_i = V_i x_i^r / sum x^r - x_i",
                  {"A contest for a prize", "", 0.05, 0.25});
}
EntryOf<Cournot> cournot() {
  return entry_of(cournot_schema(), "firms that choose quantities: u_i = (a - b sum q - c_i) q_i",
                  {"Firms that choose quantities", "", 0.25, 0.5});
}
EntryOf<Bertrand> bertrand() {
  return entry_of(bertrand_schema(),
                  "firms that choose prices: u_i = (p_i - c_i) (a - p_i + s mean of the others' p)",
                  {"Firms that choose prices", "", 0.25, 0.5});
}
EntryOf<CommonPool> common_pool() {
  return entry_of(common_pool_schema(), "use of a common good: u_i = x_i (K - sum x)",
                  {"Use of a common pool", "", 0.15, 0.5});
}
EntryOf<LinearQuadratic> linear_quadratic() {
  return entry_of(
      linear_quadratic_schema(),
      "efforts that help or hinder: u_i = a_i x_i - x_i^2 / 2 - g x_i sum of the others'",
      {"Efforts that hinder each other", "", 0.5, 1.0});
}
EntryOf<Bilinear> bilinear() {
  return entry_of(bilinear_schema(),
                  "matching pennies in pairs: u_1 = a x y - d x^2 / 2, u_2 = -a x y - d y^2 / 2",
                  {"Matching pennies", "", 0.1, 0.1});
}

}  // namespace gbid::classical
