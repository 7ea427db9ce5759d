// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <variant>
#include <vector>

#include "engine/core/padded_matrix.hpp"
#include "engine/random/stream.hpp"

namespace gbid {

/// The agent's parameters are its raw bids.
struct Table {
  bool operator==(const Table&) const = default;
};

enum class Activation { kTanh, kRelu, kGelu, kIdentity };

/// Layers of y = activation(A x + b), the last one without activation.
struct Mlp {
  std::vector<Index> hidden{16};
  Activation activation = Activation::kTanh;
};

using NetworkKind = std::variant<Table, Mlp>;

/// What an agent owns: a map from what it observes to its raw bids, and the gradient back to its
/// parameters. Stateless: parameters and activations of all agents lie in their cohort's blocks.
class Network {
 public:
  /// @param inputs length of an observation (0 for a table). @param outputs length of a raw bid.
  Network(const NetworkKind& kind, Index inputs, Index outputs);

  Index inputs() const { return sizes_.front(); }
  Index outputs() const { return sizes_.back(); }
  Index parameter_count() const { return parameter_count_; }
  /// Values that `forward` leaves for `pull_back`: the observation and every hidden layer, before
  /// and after its activation.
  Index activation_count() const { return activation_count_; }
  bool is_table() const { return is_table_; }

  /// Starting parameters: a table starts at `start`; an MLP draws weights from U(-1,
  /// 1)/sqrt(fan-in) and takes `start` as the bias of its last layer, so that both kinds of agent
  /// start near the same bids.
  void initialise(Stream&, const double* start, double* parameters) const;

  /// raw = network(observation). The observation stands in activations[0 .. inputs).
  void forward(const double* parameters, double* activations, double* raw) const;

  /// Adds nothing: overwrites `gradient` with d/d parameters, given d/d raw and the activations of
  /// the last `forward`. Observations are taken as given: no gradient flows back through them.
  /// @param scratch (2 x widest layer).
  void pull_back(const double* parameters, const double* activations, const double* raw_gradient,
                 double* gradient, double* scratch) const;

  Index widest_layer() const;

 private:
  bool is_table_;
  Activation activation_ = Activation::kIdentity;
  std::vector<Index> sizes_;  // observation, hidden layers, raw bids
  Index parameter_count_ = 0;
  Index activation_count_ = 0;
};

/// y = activation(x) and dy/dx at x.
double activate(Activation, double x);
double activation_slope(Activation, double x);

}  // namespace gbid
