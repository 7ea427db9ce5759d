// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/classical/classical_game.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "engine/core/error.hpp"
#include "engine/stepping/blocks.hpp"

namespace gbid::classical {
namespace {

// Agents whose totals are added up by one task, and again when one of them moves.
constexpr Index kAgentsABlock = 1024;

/// Of x and of |x|.
std::array<double, 2> sums(const double* x, Index begin, Index end) {
  std::array<double, 2> sums{};
  for (Index i = begin; i < end; ++i) {
    sums[0] += x[i];
    sums[1] += std::fabs(x[i]);
  }
  return sums;
}

/// Where a slope points out of the bounds there is nothing to be gained.
double projected(double slope, double x, double lower, double upper) {
  return (x <= lower && slope < 0.0) || (x >= upper && slope > 0.0) ? 0.0 : slope;
}

}  // namespace

ClassicalGame::ClassicalGame(std::shared_ptr<const Game> game, GameUse use)
    : game_(std::move(game)),
      use_(std::move(use)),
      n_(game_->agents()),
      raw_(n_, 1),
      x_(static_cast<std::size_t>(n_)),
      partials_(static_cast<std::size_t>(block_count(n_, kAgentsABlock))),
      sums_(partials_.size()) {
  if (use_.records(kPseudoGradientArray)) {
    everyone_.resize(x_.size());
    std::iota(everyone_.begin(), everyone_.end(), Index{0});
    slopes_.resize(x_.size());
  }
  payoffs_.resize(x_.size());
  if (use_.records(kGradientPathArray)) keep_gradients();
  if (use_.records(kDistanceArray)) {
    equilibrium_ = game_->equilibrium();
    if (const std::vector<double> known = equilibrium_; !known.empty()) {
      const Profile at = game_->profile(known);
      for (Index i = 0; i < n_; ++i)
        equilibrium_[static_cast<std::size_t>(i)] = game_->effective(at, i);
    }
  }
}

void ClassicalGame::observe(Index agent, Observation channel, std::span<double> out) const {
  const double n = static_cast<double>(n_);
  switch (channel) {
    case Observation::kConstant:
      out[0] = 1.0;
      break;
    case Observation::kPrices:
      out[0] = has_cleared_ ? sum_ / n : 0.0;
      break;
    case Observation::kRankings:
      out[0] = has_cleared_ && modulus_ > 0.0
                   ? std::fabs(x_[static_cast<std::size_t>(agent)]) / modulus_
                   : 1.0 / n;
      break;
    case Observation::kOwnPayoff:
      game_->payoffs(profile(), agent, agent + 1, out.data());
      if (!has_cleared_) out[0] = 0.0;
      break;
  }
}

void ClassicalGame::clear(const Movers& moved) {
  if (moved.is_everyone) {
    for_blocks(n_, kAgentsABlock, [&](Index block, Index begin, Index end) {
      game_->project(raw_.row(0), raw_.stride(), begin, end, x_.data());
      add_up(block);
    });
  } else {
    // Movers ascend: those of a block follow each other.
    Index last = -1;
    for (const Index agent : moved.agents) {
      game_->project(raw_.row(0), raw_.stride(), agent, agent + 1, x_.data());
      if (last >= 0 && agent / kAgentsABlock != last) add_up(last);
      last = agent / kAgentsABlock;
    }
    if (last >= 0) add_up(last);
  }
  fold();
  has_cleared_ = true;
}

/// The totals of a block of agents.
void ClassicalGame::add_up(Index block) {
  const Index begin = block * kAgentsABlock, end = std::min(n_, begin + kAgentsABlock);
  const auto b = static_cast<std::size_t>(block);
  partials_[b] = game_->partial(x_.data(), begin, end);
  sums_[b] = sums(x_.data(), begin, end);
}

void ClassicalGame::fold() {
  totals_ = {};
  sum_ = modulus_ = 0.0;
  for (std::size_t block = 0; block < partials_.size(); ++block) {
    for (std::size_t k = 0; k < totals_.size(); ++k) totals_[k] += partials_[block][k];
    sum_ += sums_[block][0];
    modulus_ += sums_[block][1];
  }
  game_->finish(x_.data(), totals_);
}

void ClassicalGame::differentiate(const Aim& aim, const Movers& movers, PaddedMatrix& gradient) {
  const bool is_own = !aim.is_common();
  const double share = 1.0 / static_cast<double>(n_);
  for_blocks(movers.count(), kAgentsABlock, [&](Index, Index begin, Index end) {
    const auto agents = movers.agents.subspan(static_cast<std::size_t>(begin),
                                              static_cast<std::size_t>(end - begin));
    if (is_own)
      game_->own_slopes(profile(), agents, gradient.row(begin), gradient.stride());
    else
      game_->social_slopes(profile(), agents, gradient.row(begin), gradient.stride());
    for (Index r = begin; r < end; ++r) {
      double& slope = *gradient.row(r);
      if (!is_own) slope *= share;
      if (!std::isfinite(slope))
        throw NumericError(fmt::format("payoff: the slope of agent {} is not finite",
                                       movers.agents[static_cast<std::size_t>(r)]));
    }
  });
}

double ClassicalGame::own_payoff(Index agent) {
  double payoff = 0.0;
  game_->payoffs(profile(), agent, agent + 1, &payoff);
  return payoff;
}

bool ClassicalGame::best_response(Index agent, std::span<double> raw) {
  raw[0] = game_->best_response(profile(), agent);
  return true;
}

double ClassicalGame::squared_residual(Index agent, std::span<const double> gradient) {
  const double slope = projected(gradient[0], x_[static_cast<std::size_t>(agent)],
                                 game_->lower(agent), game_->upper(agent));
  return slope * slope;
}

}  // namespace gbid::classical
