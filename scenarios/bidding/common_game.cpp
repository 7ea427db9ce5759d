// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/bidding/common_game.hpp"

#include <numeric>

namespace gbid {

CommonGame::CommonGame(std::unique_ptr<BidGame> game, Objective objective,
                       std::vector<Index> members)
    : game_(std::move(game)), objective_(objective), members_(std::move(members)) {
  if (!members_.empty() && objective_ == Objective::kGroupPayoff) return;
  members_.resize(static_cast<std::size_t>(game_->agents()));
  std::iota(members_.begin(), members_.end(), Index{0});
}

void CommonGame::own_gradient(const Movers& alone, PaddedMatrix& gradient) {
  game_->differentiate(Aim(objective_, members_), alone, gradient);
}

double CommonGame::own_payoff(Index) {
  double total = 0.0;
  for (const Index i : members_) total += game_->own_payoff(i);
  return total / static_cast<double>(members_.size());
}

}  // namespace gbid
