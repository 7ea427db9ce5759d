// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <span>
#include <vector>

#include "scenarios/auctions/distributions/type_grid.hpp"

namespace gbid::auctions {

/// What a bidder with a known bid function bids: its distribution over equal cells of [low, top].
///
/// Bids are straight lines between the nodes of the types, rising or falling, so that a piece
/// between two nodes spreads its prior mass evenly between its ends' bids. Every cell gets its
/// exact share. Inside of cells mass is even; a piece that is flat spreads over the cell that it
/// lies in, which is how wide an atom is taken to be. The density is straight between the cells'
/// middles, so that it has no jumps below the top. Bids at `low` or less count as mass there: an
/// atom, that any bid above beats.
class BidDistribution {
 public:
  explicit BidDistribution(Index cells);

  /// @param top > low; no bid is above it. 1 pass over nodes and cells; nothing allocates.
  void build(const TypeGrid& grid, std::span<const double> bids, double low, double top);

  /// The cells that all distributions of one clearing share: bid -> cell and place in it.
  struct Place {
    Index cell;    ///< 0 .. cells - 1
    double share;  ///< of the cell that lies below the bid; > 1 above the top
  };
  Place place(double bid) const;

  /// Probability of bids below: piecewise linear; its slope in a cell is its mean density.
  double below(Place at) const {
    const double share = at.share < 1.0 ? at.share : 1.0;
    const std::size_t k = static_cast<std::size_t>(at.cell);
    return edges_[k] + share * (edges_[k + 1] - edges_[k]);
  }
  /// Zero above the top.
  double density(Place at) const { return between_middles(masses_, at) / width_; }
  /// Density times the mean type of those who bid there.
  double type_density(Place at) const { return between_middles(type_masses_, at) / width_; }
  /// Probability of bids below the cells' edges (cells + 1).
  std::span<const double> edges() const { return edges_; }

 private:
  double between_middles(const std::vector<double>& masses, Place at) const;
  void spread(double from, double to, double mass, double type);

  Index cells_;
  double low_ = 0.0, top_ = 1.0, width_ = 1.0;
  std::vector<double> masses_, type_masses_;  // per cell
  std::vector<double> edges_;
};

}  // namespace gbid::auctions
