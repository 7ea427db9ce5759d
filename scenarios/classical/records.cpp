// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// What can be recorded of a classical game.
#include <algorithm>
#include <cmath>
#include <limits>

#include "scenarios/classical/classical_game.hpp"

namespace gbid::classical {
namespace {

constexpr const char* kKnownOptimum = "known_optimum";
constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

double known_price_of_anarchy(const Game& game) {
  const auto equilibrium = game.equilibrium(), optimum = game.optimum();
  if (equilibrium.empty() || optimum.empty()) return kUnknown;
  const double anarchy = game.welfare(equilibrium), planned = game.welfare(optimum);
  return anarchy > 0.0 ? planned / anarchy : kUnknown;
}

/// What `welfare` would be at the known optimum.
double known_optimum_welfare(const Game& game) {
  const auto optimum = game.optimum();
  return optimum.empty() ? kUnknown : game.welfare(optimum) / static_cast<double>(game.agents());
}

}  // namespace

const std::vector<ArrayRow<ClassicalGame>>& ClassicalGame::arrays() {
  using M = ClassicalGame;
  const std::vector<std::string> each{"agent"};
  const auto spec = [](Recorded recorded, Variable variable, Role role = Role::kDerived,
                       const char* group = "") {
    return ArraySpec{std::move(variable), role, recorded, group};
  };
  const auto number = [&](Recorded recorded, Variable variable, double (*value)(const M&)) {
    return derived<M>(spec(recorded, std::move(variable)), [value](const M& m, double* out) {
      *out = value(m);
      return out + 1;
    });
  };
  constexpr auto kAlong = Recorded::kTrajectory, kEnd = Recorded::kFinal;
  static const std::vector<ArrayRow<M>> rows{
      number(kAlong, {"welfare", "social welfare divided by the number of agents", "payoff", {}},
             [](const M& m) { return m.welfare_; }),
      number(
          kAlong,
          {kDistanceArray,
           "largest distance of a strategy from the known equilibrium, prices at which nothing is "
           "sold counted alike; NaN where none is known",
           "1",
           {}},
          [](const M& m) { return m.distance_; }),
      number(kAlong, {kPseudoGradientArray, "norm of the projected pseudo-gradient", "1", {}},
             [](const M& m) { return m.residual_; }),
      stored<M>(
          spec(kAlong, {"payoff", "payoff", "payoff", each}),
          [](M & m) -> auto& { return m.payoffs_; }),
      derived<M>(
          spec(kAlong, {"strategies", "strategy along the way, within its bounds", "1", each}),
          [](const M& m, double* out) { return std::copy(m.x_.begin(), m.x_.end(), out); }),
      stored<M>(
          spec(kAlong,
               {kGradientPathArray,
                "d objective / d strategy that the update before this record followed; NaN of "
                "agents "
                "that did not move",
                "1", each},
               Role::kCarried),
          [](M & m) -> auto& { return m.last_gradient_; }),
      stored<M>(
          spec(kEnd, {"strategy", "strategy at the end, within its bounds", "1", each},
               Role::kCarried),
          [](M & m) -> auto& { return m.x_; }),
      derived<M>(spec(kEnd, {"known_equilibrium",
                             "closed form of the equilibrium; NaN where none is known", "1", each}),
                 [](const M& m, double* out) { return m.copy_known(m.game_->equilibrium(), out); }),
      derived<M>(
          spec(kEnd,
               {"known_optimum", "closed form of an optimum; NaN where none is known", "1", each},
               Role::kDerived, kKnownOptimum),
          [](const M& m, double* out) { return m.copy_known(m.game_->optimum(), out); }),
      derived<M>(
          spec(kEnd, {"known_optimum_welfare", "welfare there: no state has more", "payoff", {}},
               Role::kDerived, kKnownOptimum),
          [](const M& m, double* out) {
            *out = known_optimum_welfare(*m.game_);
            return out + 1;
          }),
      number(kEnd,
             {"known_price_of_anarchy",
              "welfare of the known optimum divided by that of the known equilibrium",
              "1",
              {}},
             [](const M& m) { return known_price_of_anarchy(*m.game_); }),
  };
  return rows;
}

void ClassicalGame::declare(State& state) {
  bind_all(arrays(), state, *this);
  state.add({{"raw_bids", "raw bids", "1", {"agent", "bid"}}}, raw_);
}

void ClassicalGame::restore() {
  for (Index block = 0; block < static_cast<Index>(partials_.size()); ++block) add_up(block);
  fold();
  has_cleared_ = true;
}

Recordables ClassicalGame::recordables() {
  Recordables all{{},
                  {},
                  {"welfare", "payoff", kDistanceArray},
                  {"strategy", "known_equilibrium", "known_optimum", "known_price_of_anarchy"}};
  all.add(specs_of(arrays()),
          {{kKnownOptimum, "closed form of an optimum, and its welfare; NaN where none is known"}});
  return all;
}

double* ClassicalGame::copy_known(const std::vector<double>& known, double* out) const {
  if (known.empty()) return std::fill_n(out, n_, kUnknown);
  return std::copy(known.begin(), known.end(), out);
}

double ClassicalGame::distance_to_equilibrium() const {
  if (equilibrium_.empty()) return kUnknown;
  double largest = 0.0;
  for (std::size_t i = 0; i < x_.size(); ++i)
    largest = std::max(
        largest, std::fabs(game_->effective(profile(), static_cast<Index>(i)) - equilibrium_[i]));
  return largest;
}

double ClassicalGame::residual() {
  game_->own_slopes(profile(), everyone_, slopes_.data(), 1);
  double sum = 0.0;
  for (const Index agent : everyone_)
    sum += squared_residual(agent, std::span(&slopes_[static_cast<std::size_t>(agent)], 1));
  return std::sqrt(sum);
}

void ClassicalGame::derive(Recorded when) {
  if (when == Recorded::kFinal) return;
  welfare_ = game_->society(profile()) / static_cast<double>(n_);
  distance_ = distance_to_equilibrium();
  if (!everyone_.empty()) residual_ = residual();
  game_->payoffs(profile(), 0, n_, payoffs_.data());
}

}  // namespace gbid::classical
