// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <span>
#include <vector>

#include "scenarios/auctions/distributions/type_grid.hpp"

namespace gbid::auctions {

/// What a bidder with a known bid function bids: a histogram over equal cells of [low, top].
///
/// Bids are linear between the nodes of the types, rising or falling: a segment of types spreads
/// its prior mass uniformly between the bids of its ends, a triangle of types (two numbers) in a
/// hat over the bids of its corners. Every cell gets its exact share. Inside of a cell mass is
/// uniform; a piece that is flat spreads over the cell that it lies in, which is how wide an atom
/// is taken to be. The density is linear between the cells' midpoints, so that it has no jumps
/// below the top. Bids below `low` lose to any from there on, and so do those at a `low` of zero,
/// which are no bids.
class BidDistribution {
 public:
  explicit BidDistribution(Index cells);

  /// Empty cells over another range. Nothing here allocates.
  /// @param top > low; no bid that is added is above it.
  /// @param cells  at most those that it was made with.
  void clear(double low, double top, Index cells);
  void clear(double low, double top) { clear(low, top, static_cast<Index>(masses_.size())); }
  /// @param type  mean type of those who bid there.
  void add_segment(double from, double to, double mass, double type);
  void add_triangle(double first, double second, double third, double mass);
  /// All segments of a bid function. @param bids (node x bid), of which one column counts.
  void add_curve(const TypeGrid& grid, const PaddedMatrix& bids, Index column = 0);
  /// After the last `add_...`.
  void finish();

  /// The cells are the same in all distributions of one range: bid -> cell and place in it.
  struct Place {
    Index cell;    ///< 0 .. cells - 1
    double share;  ///< of the cell that lies below the bid; > 1 above the top
  };
  /// @param bid >= low.
  Place place(double bid) const;
  /// Whether the bid is above the top, by more than rounding.
  static bool is_above(Place at) {
    constexpr double kRounding = 1e-9;
    return at.share > 1.0 + kRounding;
  }

  /// Probability of bids below: piecewise linear; its gradient in a cell is its mean density.
  double below(Place at) const {
    const double share = at.share < 1.0 ? at.share : 1.0;
    const std::size_t k = static_cast<std::size_t>(at.cell);
    return edges_[k] + share * (edges_[k + 1] - edges_[k]);
  }
  /// The same where bids in one cell with a flat piece tie with it, and win half of its ties.
  double below_with_ties(Place at) const {
    if (is_above(at)) return below(at);
    return edges_[static_cast<std::size_t>(at.cell)] + at.share * rising_mass(at.cell) +
           0.5 * flat_mass(at.cell);
  }
  /// int of `below` from `low` to the bid.
  double integral(Place at) const;
  /// Without the atom; zero above the top.
  double density(Place at) const { return between_midpoints(masses_, at) / width_; }
  /// Density times the mean type of those who bid there; of segments.
  double type_density(Place at) const { return between_midpoints(type_masses_, at) / width_; }
  /// Mass of bids that lose to any.
  double atom() const { return edges_[0]; }
  /// Per cell: mass, that of pieces which are flat (equal bids), and mass times its mean type.
  double mass(Index cell) const { return masses_[static_cast<std::size_t>(cell)]; }
  double flat_mass(Index cell) const { return flat_masses_[static_cast<std::size_t>(cell)]; }
  double rising_mass(Index cell) const { return mass(cell) - flat_mass(cell); }
  double type_mass(Index cell) const { return type_masses_[static_cast<std::size_t>(cell)]; }
  /// Probability of bids below the cells' edges (cells + 1).
  std::span<const double> edges() const { return edges_; }

 private:
  double between_midpoints(const std::vector<double>& masses, Place at) const;
  template <class Share>
  void spread(double low, double high, double mass, double type, const Share& share_below);

  Index cells_;
  double low_ = 0.0, width_ = 1.0;
  std::vector<double> masses_, flat_masses_, type_masses_;  // per cell
  std::vector<double> edges_, integrals_;                   // per edge
};

}  // namespace gbid::auctions
