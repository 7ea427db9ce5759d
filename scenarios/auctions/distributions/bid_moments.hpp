// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <vector>

#include "scenarios/auctions/distributions/type_grid.hpp"

namespace gbid::auctions {

/// The distribution of an agent's bids and its partial moments, exact for a bid function that is
/// linear between the nodes of a grid of one dimension, rising or not.
///
/// Every piece between two nodes spreads its mass uniformly between its ends' bids, so the density
/// is constant between neighbouring ends. Flat pieces are spread over `flattest`, around their bid.
/// Building costs a sort of the ends; a look-up, a binary search.
class BidMoments {
 public:
  /// Room for bid functions of that many nodes. @param flattest > 0, in units of bids.
  BidMoments(Index nodes, double flattest);

  /// Nothing allocates. @param bids (node x bid), of which one column counts.
  void build(const TypeGrid& grid, const PaddedMatrix& bids, Index column = 0);

  /// Bids below a bid: their density there, and int_{c < bid} c^k dG for k = 0, 1, 2.
  struct Below {
    double density = 0.0, mass = 0.0, first = 0.0, second = 0.0;
  };
  Below below(double bid) const;
  double lowest() const { return pieces_.front().from; }
  double highest() const { return pieces_.back().from; }
  double mean() const { return pieces_.back().at.first; }
  double mean_square() const { return pieces_.back().at.second; }

 private:
  struct Piece {
    double from;
    Below at;  ///< density from here on, moments up to here
  };
  struct End {
    double bid, density;  ///< what is added to the density from this bid on
  };

  double flattest_;
  std::vector<End> ends_;
  std::vector<Piece> pieces_;
};

}  // namespace gbid::auctions
