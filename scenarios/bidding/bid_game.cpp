// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/bidding/bid_game.hpp"

#include <algorithm>
#include <limits>

namespace gbid {

void BidGame::note_gradient(const Movers& movers, const PaddedMatrix& gradient, bool is_new_step) {
  if (last_gradient_.empty()) return;
  if (is_new_step) forget_gradients();
  for (Index r = 0; r < movers.count(); ++r)
    std::copy_n(gradient.row(r), last_gradient_.columns(),
                last_gradient_.row(movers.agents[static_cast<std::size_t>(r)]));
}

void BidGame::forget_gradients() {
  for (Index i = 0; i < last_gradient_.rows(); ++i)
    std::fill_n(last_gradient_.row(i), last_gradient_.columns(),
                std::numeric_limits<double>::quiet_NaN());
}

}  // namespace gbid
