// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/classical/game.hpp"

namespace gbid::classical {

Profile Game::profile(const std::vector<double>& x) const {
  Profile profile{x.data(), partial(x.data(), 0, agents())};
  finish(x.data(), profile.totals);
  return profile;
}

double Game::welfare(const std::vector<double>& x) const { return society(profile(x)); }

}  // namespace gbid::classical
