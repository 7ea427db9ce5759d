// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <algorithm>
#include <vector>

#include "engine/stepping/blocks.hpp"
#include "scenarios/auctions/distributions/common_signals.hpp"
#include "scenarios/auctions/formats/format.hpp"

namespace gbid::auctions {

/// The clearing of agents whose types are signals from one interval, with curves of bids over it:
/// what the formats with common values share.
class SignalClearing : public Clearing {
 public:
  explicit SignalClearing(const std::vector<TypeGrid>& grids) : grids_(grids) {
    Index longest = 0;
    for (const TypeGrid& grid : grids_) {
      bids_.emplace_back(static_cast<std::size_t>(grid.count()));
      longest = std::max(longest, grid.count());
    }
    blocks_ = block_count(longest, kNodesPerBlock);
    losers_.resize(2 * grids_.size() * static_cast<std::size_t>(blocks_));
    for (Losers& losers : losers_) losers.crossings.reserve(static_cast<std::size_t>(longest));
  }

  void prepare(const Strategies& strategies) override {
    for (std::size_t agent = 0; agent < bids_.size(); ++agent)
      for (std::size_t node = 0; node < bids_[agent].size(); ++node)
        bids_[agent][node] = strategies[agent](static_cast<Index>(node), 0);
  }

  double revenue() const override {
    double sum = surplus();
    for (std::size_t agent = 0; agent < grids_.size(); ++agent)
      for (std::size_t node = 0; node < bids_[agent].size(); ++node)
        sum -=
            grids_[agent].weights[node] *
            utility(static_cast<Index>(agent), static_cast<Index>(node), {&bids_[agent][node], 1});
    return sum;
  }

 protected:
  SignalBids curve(Index agent) const {
    const auto a = static_cast<std::size_t>(agent);
    return {grids_[a].types, bids_[a]};
  }
  const TypeGrid& grid(Index agent) const { return grids_[static_cast<std::size_t>(agent)]; }
  double signal(Index agent, Index node) const { return grid(agent).type(node)[0]; }
  double weight(Index agent, Index node) const {
    return grid(agent).weights[static_cast<std::size_t>(node)];
  }
  double bid(Index agent, Index node) const {
    return bids_[static_cast<std::size_t>(agent)][static_cast<std::size_t>(node)];
  }
  /// Room for the losers of a rival, for a block of an agent's nodes.
  Losers& room(Index agent, Index block, Index rival) const {
    return losers_[static_cast<std::size_t>(2 * (agent * blocks_ + block) + rival)];
  }

  static constexpr double kFlattest = 1e-4;  // bids per signal
  static constexpr Index kNodesPerBlock = 32;

 private:
  std::vector<TypeGrid> grids_;
  std::vector<std::vector<double>> bids_;
  Index blocks_ = 0;
  mutable std::vector<Losers>
      losers_;  // a pair for every block of every agent: they run side by side
};

}  // namespace gbid::auctions
