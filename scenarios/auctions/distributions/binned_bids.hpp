// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <vector>

#include "engine/core/padded_matrix.hpp"

namespace gbid::auctions {

/// The distribution of one bid of a bidder whose types have one or two dimensions, in equal bins of
/// [0, top].
///
/// Bids are straight between the nodes of the types: a segment of types spreads its mass evenly
/// between its ends' bids, a triangle in a hat over its corners' bids. Each bin gets its exact
/// share; inside of bins mass is even, and the density is straight between the bins' middles.
///
/// What is bid at zero exactly is an atom. The distribution jumps there; for the density alone it
/// is spread over [0, atom width], so that a slope tells whoever bids about as little that there is
/// a crowd to be passed.
class BinnedBids {
 public:
  /// @param top > 0. @param bins >= 2. @param atom_width > 0.
  BinnedBids(double top, Index bins, double atom_width);

  void clear();
  void add_segment(double from, double to, double mass);
  void add_triangle(double first, double second, double third, double mass);
  /// After the last `add`.
  void finish();

  /// Mass of bids below `bid`, half of it at `bid` itself.
  double distribution(double bid) const;
  double density(double bid) const;
  /// int_0^bid of the distribution.
  double integral(double bid) const;
  double top() const { return top_; }

 private:
  template <class Share>
  void spread(double low, double high, double mass, const Share& share_below);

  double top_, width_, atom_width_;
  double atom_ = 0.0;
  std::vector<double> mass_;      // per bin
  std::vector<double> below_;     // mass below a bin's lower end
  std::vector<double> integral_;  // of the distribution up to a bin's lower end
};

}  // namespace gbid::auctions
