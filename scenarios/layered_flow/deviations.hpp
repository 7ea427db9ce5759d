// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <oneapi/tbb/enumerable_thread_specific.h>

#include <memory>
#include <vector>

#include "scenarios/equilibrium/network_deviations.hpp"
#include "scenarios/layered_flow/market.hpp"

namespace gbid::layered_flow {

/// Neurons of a layered flow, each of which climbs on alone; see NetworkDeviations.
///
/// All of them leave the same state, so that what lies below a neuron is computed once for all, and
/// above it only what its own output moves: with D_b = y'_bj - y_bj, the layer above reads
///
///   z'_bk = z_bk + D_b w_kj mask_kj
///
/// and layers higher up are computed anew. Starts after the first are the state itself at a quarter
/// of the rate of the climb before.
template <class T>
class FlowDeviations final : public NetworkDeviations {
 public:
  /// @param market in the state, all its products dense. @param examined agents, ascending.
  FlowDeviations(std::unique_ptr<FlowMarket<T>> market, const Learner& learner,
                 std::vector<Index> examined);

  Index agents() const override { return shape_.agents(); }
  void state_payoffs(std::span<double> out) override;
  double squared_residual() override;
  void restart(Index climb) override;
  void climb(Index step, double rate_share) override;
  void payoffs(std::span<double> out) override;

 private:
  using LayerState = typename FlowMarket<T>::LayerState;
  struct Neuron {
    std::size_t layer;
    Index number;  ///< within it
  };
  struct Block {
    std::size_t layer;
    Index begin, end;  ///< neurons of it; those examined are first_examined, ...
    std::size_t first_examined, last_examined;
  };
  /// What one neuron's market holds above it.
  struct Above {
    std::vector<Buffer<T>> y, d_y;  // per layer (neuron x sample)
    Buffer<T> logits;               // (sample x class column)
  };

  static std::size_t at(Index k) { return static_cast<std::size_t>(k); }
  const Layer& layer(std::size_t l) const { return shape_.layers[l]; }
  std::size_t last() const { return shape_.layers.size() - 1; }
  Index samples() const { return padded_samples(market_->samples_); }
  ConstRows<T> weights(std::size_t l) const;
  void set_learner(const Learner& learner);
  void forward_state();
  void forward_alone(const Block& block);
  LossSum look_up(const Neuron& neuron, Above& above) const;
  void pull_down(const Neuron& neuron, Above& above);
  template <class Body>
  void for_examined(const Body& body);

  std::unique_ptr<FlowMarket<T>> market_;
  const Shape& shape_;
  Learner learner_;
  std::vector<Index> examined_;
  std::vector<Neuron> neurons_;    // of those examined
  std::vector<Block> blocks_;      // all neurons that share a product with one of them
  std::vector<LayerState> alone_;  // row j of a layer: neuron j where it has got to
  std::vector<Buffer<T>> z_;       // in the state, before activation: per layer (neuron x sample)
  std::vector<double> losses_;     // of those examined
  double rate_ = 1.0;              // of this climb, as a share of the learner's
  tbb::enumerable_thread_specific<Above> above_;
};

}  // namespace gbid::layered_flow
