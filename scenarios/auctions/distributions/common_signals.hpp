// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <span>
#include <vector>

#include "engine/core/padded_matrix.hpp"

namespace gbid::auctions {

/// A bid function of signals, linear between nodes.
struct SignalBids {
  std::span<const double> signals;  ///< rising
  std::span<const double> bids;     ///< as many
};

/// Where a bid function crosses a bid.
struct Crossing {
  double signal = 0.0;
  double width = 0.0;  ///< |d signal / d bid| there
  bool is_rising = true;
};

/// The signals with which a rival bids less than some bid: up to the first crossing if the first
/// one rises, between pairs of crossings, and so on.
struct Losers {
  std::vector<Crossing> crossings;  ///< with rising signals; room for all is kept between calls
  bool holds_top = false;           ///< the highest signal is one of them

  /// @param flattest  pieces of the bid function that rise or fall less than this per signal count
  /// as that steep.
  void find(const SignalBids& rival, double bid, double flattest);

  /// sum over the intervals of the set of F(end) - F(begin), with F(0) = 0.
  template <class Cumulative>
  double measure(double top, const Cumulative& cumulative) const {
    double sum = holds_top ? cumulative(top) : 0.0;
    for (const Crossing& crossing : crossings)
      sum += (crossing.is_rising ? 1.0 : -1.0) * cumulative(crossing.signal);
    return sum;
  }
};

/// Two bidders with signals X_i = S_i + T, the parts independent U[0, 1]; the item is worth (X_1 +
/// X_2) / 2 to both. Signals are affiliated: a high own one makes a high one of the rival likely.
/// Source: Krishna, "Auction Theory", 2009, example 6.2.
namespace affiliated {
constexpr double kTopSignal = 2.0;

/// Density of a signal: the triangle over [0, 2].
double density(double signal);
/// Density, distribution and first moment up to `other` of the rival's signal, given one's own in
/// (0, 2).
double density_given(double own, double other);
double distribution_given(double own, double other);
double moment_given(double own, double other);

/// First price: U = E[((x + y) / 2 - b) 1{rival bids less} | x] and dU/db.
double utility(double signal, double bid, const Losers& losers);
double d_bid(double signal, double bid, const Losers& losers);
}  // namespace affiliated

/// Mineral rights: three bidders, an item worth V ~ U[0, 1] to each of them, signals X_i ~ U[0, 2V]
/// independent given V. The winner's curse: the winner has the highest signal.
/// Source: Krishna, "Auction Theory", 2009, section 6.
namespace mineral {
constexpr double kTopSignal = 2.0;

/// Density of a signal in (0, 2]: -ln(x / 2) / 2.
double density(double signal);

/// Second price: density(x) dU/db with U = E[(V - max rival bid) 1{both rivals bid less} | x]:
///   sum over either rival's crossings y of its bid function at b of
///   |dy/db| int_{max(x, y) / 2}^1 (V - b) m(V) / (2V)^3 dV,  m(V) = |{z in [0, 2V]: the other bids
///   less}|.
double weighted_d_bid(double signal, double bid, const Losers& first, const Losers& second);
}  // namespace mineral

}  // namespace gbid::auctions
