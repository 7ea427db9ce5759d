// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <vector>

#include "agents/network/batch.hpp"
#include "engine/random/stream.hpp"

namespace gbid::auctions {

/// What a bidder owns: a map from its type to what it adds to its first bids, for all nodes of its
/// types at once. Layers of tanh or relu, and a straight line beside them:
///   h_0 = x,  h_{l+1} = activation(h_l W_l + b_l),  y = h_last W + b + x S
/// Stateless, like `Network`: whoever calls keeps parameters and activations.
class BidNetwork {
 public:
  BidNetwork(Index inputs, const std::vector<Index>& hidden, Index outputs, Activation activation);

  Index inputs() const { return sizes_.front(); }
  Index outputs() const { return sizes_.back(); }
  Index parameter_count() const { return parameter_count_; }
  /// Values that `forward` leaves for `pull_back`, and scratch that `pull_back` needs, of a batch.
  Index activation_count(Index nodes) const { return nodes * hidden_width_; }
  Index scratch_count(Index nodes) const { return 2 * nodes * widest_; }
  /// Multiply-adds of `forward` for one node.
  double multiply_adds() const;

  /// Hidden layers that bend all over [-1, 1]; an output that is small and has no line.
  void initialise(Stream& stream, double* parameters) const;

  /// @param x (nodes x inputs). @param y (nodes x outputs).
  void forward(const double* parameters, const ConstRows<double>& x, double* activations,
               Rows<double> y) const;
  /// Overwrites `gradient` with d/d parameters of the sum over nodes of y . d_y.
  void pull_back(const double* parameters, const ConstRows<double>& x, const double* activations,
                 const ConstRows<double>& d_y, double* gradient, double* scratch) const;

 private:
  std::vector<Index> sizes_;  // inputs, hidden layers, outputs
  Activation activation_;
  Index parameter_count_ = 0, hidden_width_ = 0, widest_ = 0;
};

}  // namespace gbid::auctions
