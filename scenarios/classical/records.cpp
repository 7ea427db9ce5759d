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

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

double* copy_or_unknown(const std::vector<double>& values, Index count, double* out) {
  if (values.empty()) return std::fill_n(out, count, kUnknown);
  return std::copy(values.begin(), values.end(), out);
}

double known_price_of_anarchy(const Game& game) {
  const auto equilibrium = game.equilibrium(), optimum = game.optimum();
  if (equilibrium.empty() || optimum.empty()) return kUnknown;
  const double anarchy = game.welfare(equilibrium), planned = game.welfare(optimum);
  return anarchy > 0.0 ? planned / anarchy : kUnknown;
}

}  // namespace

std::vector<Variable> ClassicalGame::trajectory_variables() {
  return {
      {"welfare", "social welfare by the number of agents", "payoff", {}},
      {"distance_to_equilibrium",
       "largest distance of a strategy from the known equilibrium; NaN where none is known",
       "1",
       {}},
      {"pseudo_gradient", "norm of the projected pseudo-gradient", "1", {}},
      {"payoff", "payoff", "payoff", {"agent"}},
      {"strategies", "strategy along the way, within its bounds", "1", {"agent"}},
  };
}

std::vector<Variable> ClassicalGame::final_variables() {
  return {
      {"strategy", "strategy at the end, within its bounds", "1", {"agent"}},
      {"known_equilibrium",
       "closed form of the equilibrium; NaN where none is known",
       "1",
       {"agent"}},
      {"known_optimum", "closed form of an optimum; NaN where none is known", "1", {"agent"}},
      {"known_price_of_anarchy",
       "welfare of the known optimum by that of the known equilibrium",
       "1",
       {}},
  };
}

Recordables ClassicalGame::recordables() {
  Recordables all{trajectory_variables(),
                  {},
                  {"welfare", "payoff", "distance_to_equilibrium"},
                  {"strategy", "known_equilibrium", "known_optimum", "known_price_of_anarchy"}};
  for (const Variable& variable : final_variables())
    all.final.emplace_back(variable.name,
                           variable.long_name + (variable.dimensions.empty() ? "" : " (agent)"));
  return all;
}

double ClassicalGame::distance_to_equilibrium() const {
  if (equilibrium_.empty()) return kUnknown;
  double largest = 0.0;
  for (std::size_t i = 0; i < x_.size(); ++i)
    largest = std::max(largest, std::fabs(x_[i] - equilibrium_[i]));
  return largest;
}

double ClassicalGame::residual() {
  game_->own_slopes(state(), everyone_, slopes_.data(), 1);
  double sum = 0.0;
  for (const Index agent : everyone_)
    sum += squared_residual(agent, std::span(&slopes_[static_cast<std::size_t>(agent)], 1));
  return std::sqrt(sum);
}

void ClassicalGame::record(std::span<double> out) {
  welfare_ = game_->society(state()) / static_cast<double>(n_);
  double* next = out.data();
  for (const std::string& name : use_.trajectory) {
    if (name == "welfare") {
      *next++ = welfare_;
    } else if (name == "distance_to_equilibrium") {
      *next++ = distance_to_equilibrium();
    } else if (name == "pseudo_gradient") {
      *next++ = residual();
    } else if (name == "payoff") {
      game_->payoffs(state(), 0, n_, next);
      next += n_;
    } else {
      next = std::copy(x_.begin(), x_.end(), next);
    }
  }
}

void ClassicalGame::record_final(std::span<double> out) {
  double* next = out.data();
  for (const std::string& name : use_.final) {
    if (name == "known_equilibrium")
      next = copy_or_unknown(game_->equilibrium(), n_, next);
    else if (name == "known_optimum")
      next = copy_or_unknown(game_->optimum(), n_, next);
    else if (name == "known_price_of_anarchy")
      *next++ = known_price_of_anarchy(*game_);
    else
      next = std::copy(x_.begin(), x_.end(), next);
  }
}

}  // namespace gbid::classical
