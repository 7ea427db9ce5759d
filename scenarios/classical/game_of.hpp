// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <algorithm>
#include <utility>

#include "scenarios/classical/game.hpp"

namespace gbid::classical {

/// A game from its rules, which say everything of one agent; the loops over agents are here, so
/// that nothing is virtual in them. Rules have:
///
///     Index agents;
///     double lower(Index) const, upper(Index) const;
///     double scale() const;                               // of strategies, if they have no bounds
///     void add(double x_i, Index i, Totals&) const;       // an agent's share in the totals
///     double payoff(const Profile&, Index) const;
///     double own_slope(const Profile&, Index) const;
///     double social_slope(const Profile&, Index) const;
///     double society(const Profile&) const;
///     double best_response(const Profile&, Index) const;
///     std::vector<double> equilibrium() const, optimum() const;
///     void finish(const double* x, Totals&) const;        // may be left out
///     double effective(const Profile&, Index) const;      // may be left out
template <class Rules>
class GameOf final : public Game {
 public:
  explicit GameOf(Rules rules) : rules_(std::move(rules)) {}

  Index agents() const override { return rules_.agents; }
  double lower(Index agent) const override { return rules_.lower(agent); }
  double upper(Index agent) const override { return rules_.upper(agent); }
  double scale(Index agent) const override {
    if constexpr (requires { rules_.scale(); })
      return rules_.scale();
    else
      return rules_.upper(agent) - rules_.lower(agent);
  }
  void project(double* raw, Index stride, Index begin, Index end, double* x) const override {
    for (Index i = begin; i < end; ++i)
      x[i] = raw[i * stride] = std::clamp(raw[i * stride], rules_.lower(i), rules_.upper(i));
  }
  Totals partial(const double* x, Index begin, Index end) const override {
    Totals totals{};
    for (Index i = begin; i < end; ++i) rules_.add(x[i], i, totals);
    return totals;
  }
  void finish(const double* x, Totals& totals) const override {
    if constexpr (requires { rules_.finish(x, totals); }) rules_.finish(x, totals);
  }
  double effective(const Profile& state, Index agent) const override {
    if constexpr (requires { rules_.effective(state, agent); })
      return rules_.effective(state, agent);
    else
      return state.x[agent];
  }
  void payoffs(const Profile& state, Index begin, Index end, double* out) const override {
    for (Index i = begin; i < end; ++i) *out++ = rules_.payoff(state, i);
  }
  void own_slopes(const Profile& state, std::span<const Index> agents, double* out,
                  Index stride) const override {
    for (std::size_t r = 0; r < agents.size(); ++r)
      out[static_cast<Index>(r) * stride] = rules_.own_slope(state, agents[r]);
  }
  void social_slopes(const Profile& state, std::span<const Index> agents, double* out,
                     Index stride) const override {
    for (std::size_t r = 0; r < agents.size(); ++r)
      out[static_cast<Index>(r) * stride] = rules_.social_slope(state, agents[r]);
  }
  double society(const Profile& state) const override { return rules_.society(state); }
  double best_response(const Profile& state, Index agent) const override {
    return std::clamp(rules_.best_response(state, agent), rules_.lower(agent), rules_.upper(agent));
  }
  std::vector<double> equilibrium() const override { return rules_.equilibrium(); }
  std::vector<double> optimum() const override { return rules_.optimum(); }

 private:
  Rules rules_;
};

}  // namespace gbid::classical
