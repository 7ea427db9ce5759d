// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/classical/game.hpp"

namespace gbid::classical {

double Game::welfare(const std::vector<double>& x) const {
  return society(Profile{x.data(), partial(x.data(), 0, agents())});
}

}  // namespace gbid::classical
