// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <Eigen/Cholesky>
#include <span>
#include <vector>

#include "agents/network/mlp.hpp"
#include "engine/core/padded_matrix.hpp"

namespace gbid::auctions {

/// The natural gradient of one bidder's network. Wanted changes d_k of its outputs at the types k
/// become those changes of its parameters that come nearest to them:
///
///   argmin_u sum_k w_k (J_k u - d_k)^2 + lambda |u|^2 = J' (J J' + lambda W^-1)^-1 d,
///
/// J (type x parameter) the slopes of the outputs, lambda = damping x mean |J_k|^2. Network and J
/// change slowly: the inverse is of the network as last taken over. Nothing allocates after the
/// first `take_over`. Source: Amari, "Natural gradient works efficiently in learning", 1998.
class NaturalGradient {
 public:
  /// @param inputs (type x input). @param weights (type) > 0, of mean one. The network has one output.
  void take_over(const Mlp<double>& network, const double* parameters, const PaddedMatrix& inputs,
                 std::span<const double> weights, double damping);
  /// d becomes (J J' + lambda W^-1)^-1 d, whose pull-back through the network is the natural gradient.
  void solve(std::span<double> wanted) const;

  static double bytes(const Mlp<double>& network, Index types);

 private:
  Eigen::MatrixXd slopes_, kernel_;  // (parameter x type), (type x type)
  Eigen::LLT<Eigen::MatrixXd> inverse_;
  std::vector<double> activations_, scratch_;  // of one type
};

}  // namespace gbid::auctions
