// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <vector>

#include "agents/network/initialise.hpp"

namespace gbid::auctions {

/// What a bidder owns: a map from its type to what it adds to its first bids, for all nodes of its
/// types at once, with a linear skip beside the layers.
class BidNetwork : public Mlp<double> {
 public:
  BidNetwork(Index inputs, const std::vector<Index>& hidden, Index outputs, Activation activation)
      : Mlp(inputs, {hidden, activation}, outputs, Skip::kLinear) {}

  void initialise(Stream& stream, double* parameters) const {
    initialise_bending(*this, stream, parameters);
  }
};

}  // namespace gbid::auctions
