// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "agents/cohort.hpp"
#include "engine/stepping/blocks.hpp"
#include "scenarios/data/batches.hpp"
#include "scenarios/data/images.hpp"
#include "scenarios/layered_flow/kernels.hpp"
#include "scenarios/layered_flow/shape.hpp"
#include "scenarios/networks/networks.hpp"
#include "scenarios/structure/evaluator.hpp"
#include "scenarios/structure/planned_market.hpp"

namespace gbid::layered_flow {

/// Values side by side in the caller's memory.
template <class T>
using Values = Eigen::Map<Eigen::Array<T, Eigen::Dynamic, 1>>;
template <class T>
using ConstValues = Eigen::Map<const Eigen::Array<T, Eigen::Dynamic, 1>>;

/// What all simulations of a scenario share: its rules and its task.
struct Game {
  MarketConfig config;
  Shape shape;
  std::shared_ptr<const Images> images;
  std::shared_ptr<const std::vector<Index>> training;  ///< images of the training set that are used
};

/// How a layer's products are computed.
enum class Path {
  kByDensity,  ///< sparse below kSparseDensity
  kDense,
  kSparse,
};

/// Share of open connections from which on dense products are the faster ones. A training step of
/// nearly nothing but such layers (tests/bench: float32, batch 256, Adam, AVX2, one core of an AMD
/// EPYC of the third generation), sparse against dense in ms by the share that is open:
///
///   open             0.6        0.5        0.45       0.4        0.3        0.1
///   784 x 256    6.3 / 5.6  5.2 / 5.5  5.0 / 5.5  4.6 / 5.5  3.8 / 5.4  1.9 / 5.4
///   256 x 256    8.5 / 6.6  7.6 / 6.6  7.4 / 6.6  6.3 / 6.3  5.4 / 6.8  2.5 / 6.7
inline constexpr double kSparseDensity = 0.4;

/// Samples that one task takes through all layers: a product of this width is within 5 per cent of
/// its full speed, and two threads share a batch of 256 evenly.
inline constexpr Index kSampleBlock = 128;

template <class T>
class FlowDeviations;

/// A feed-forward network whose neurons bid on their inputs: neuron j of a layer spreads a flow
/// over all inputs i and reads those that get more than the mean.
///
///   F_ij    = f_ij / sum_k |f_kj|, or softmax over i
///   mask_ij = relu(F_ij - mean_i F_ij), or scaled to mean square one over i
///   y_j     = activation(sum_i x_i w_ij mask_ij + b_j); the last layer without activation
///   payoff  = loss coefficient x cross-entropy + flow coefficient x sum |f|
///
/// Agents are the neurons, layer by layer; each owns its column of f and w and its bias. All have
/// the same payoff. A connection whose mask is zero is not computed where enough of them are.
/// Activations are (features x samples), so that the batch lies in the lanes of a vector.
/// Source: the experiment "FFNN bidding".
template <class T>
class FlowMarket final : public PlannedMarket {
 public:
  /// @param key seed and trial: starts and batches are the same for all regimes.
  FlowMarket(std::shared_ptr<const Game> game, const RegimePlan& plan, StreamKey key,
             Path path = Path::kByDensity);

  Index agents() const override { return shape_.agents(); }
  // One batch for all neurons, whichever of them move.
  void observe(Index step, const Movers&) override { observe(step); }
  void bid(const Movers&) override { bid(); }
  void clear(const Movers&) override { clear(); }
  void differentiate(const Movers&) override { differentiate(); }
  void learn(const Movers& movers, int phase) override { learn(movers, phase, movers.clock); }
  void derive(Index step, Recorded when) override;
  void restore(Index step) override;
  void reset_learners() override;
  Certificate certify() override;
  bool load_recorded(const StateReader& read) override {
    return load_networks(state_, *this, read);
  }
  /// Takes over one variable of "networks" as it is recorded, value by value; false if it is none,
  /// or of another size.
  bool load(const std::string& variable, std::span<const double> values);

  static std::vector<ArrayRow<FlowMarket>> arrays(const Shape* shape);

  /// Takes the batch of a training step.
  void observe(Index step);
  /// From flows to masks, and to the weights that are left.
  void bid();
  /// From images to the loss.
  void clear();
  /// What every neuron's output is worth.
  void differentiate();
  void learn(const Movers& movers, int phase, Index clock);

  const Shape& shape() const { return shape_; }
  Cohort<T>& neurons(std::size_t layer) { return layers_[layer].neurons; }
  // In the state last bid or cleared.
  T mask(std::size_t layer, Index input, Index neuron) const;
  bool is_sparse(std::size_t layer) const { return layers_[layer].is_sparse; }
  Index open_connections(std::size_t layer) const { return layers_[layer].open; }
  double loss() const { return loss_; }
  double norm_sum() const;
  double payoff() const;
  double multiply_adds() const;

  struct Evaluation {
    double loss, accuracy;
  };
  /// Loss and accuracy on the held-out images.
  Evaluation evaluate();
  Evaluator::Result test();

 private:
  friend class FlowDeviations<T>;  // the same neurons, each in a market of its own

  /// What a neuron bids: mask = max(share - mean, 0) scale.
  struct Bid {
    T norm;  ///< sum |f|
    T mean;  ///< of its shares
    T scale;
    T checked;  ///< finite only if all its weights are
  };
  struct LayerState {
    Cohort<T> neurons;
    Buffer<T> shares;           // (neuron x capacity) F
    std::vector<Bid> bids;      // (neuron)
    std::vector<Index> counts;  // (neuron) open connections
    Index open = 0;
    bool is_sparse = false;
    Buffer<T> weights;    // w o mask: (neuron x capacity); sparse: those open, one by one
    Buffer<T> d_weights;  // its gradient, likewise
    std::vector<std::int32_t> inputs;  // (neuron x capacity) sparse: the inputs of open connections
    Buffer<T> outgoing_weights;        // sparse: the same by inputs, (input x outgoing capacity)
    std::vector<std::int32_t> outgoing_neurons;
    std::vector<Index> outgoing_counts;
    Buffer<T> y, d_y;  // (neuron x sample)
  };
  struct NeuronTask {
    std::size_t layer;
    Index begin, end;  ///< neurons
  };

  static std::size_t at(Index k) { return static_cast<std::size_t>(k); }
  SparseRows<T> incoming(const LayerState& layer, Index capacity) const {
    return {layer.inputs.data(), layer.weights.data(), layer.counts.data(), capacity};
  }
  /// What a layer reads.
  const T* input(std::size_t layer) const {
    return layer == 0 ? x_.data() : layers_[layer - 1].y.data();
  }
  template <class Body>
  void for_neuron_blocks(const Body& body);  // body(layer, begin, end)
  template <class Body>
  void for_sample_blocks(const Body& body) {  // body(block, begin, end)
    for_blocks(padded_samples(samples_), kSampleBlock, body);
  }

  // market.cpp: observe, bid, clear
  void draw_start();
  void take(const ImageSet& set, const Index* images, Index count);
  void share_out(const Layer& layer, LayerState& state, Index neuron);
  void cut(const Layer& layer, LayerState& state, Index neuron);
  bool is_zero(const Bid&) const;
  bool is_defined(const Bid&) const;
  void refuse_undefined_bids() const;
  void forward(Index begin, Index end);
  LossSum judge(Index begin, Index end);
  void run();
  void refuse_undefined_loss() const;

  // gradients.cpp: price, learn
  void list_outgoing(const Layer& layer, LayerState& state, Index begin, Index end);
  void pull_back(Index begin, Index end);
  void weight_gradients(const NeuronTask& task);
  void pull_back_bid(const Layer& layer, LayerState& state, Index neuron);
  /// Calls next() for the numbers of neurons, until there is none (-1), and lets them learn from the
  /// gradients of their weights, a few at a time.
  template <class Next>
  void learn_neurons(const Layer& layer, LayerState& state, int phase, Index clock, Next next);

  // records.cpp
  bool is_evaluation_due(Index step) const;

  std::shared_ptr<const Game> game_;
  const Shape& shape_;
  StreamKey key_;
  Path path_;
  Index stride_;  // of activations
  std::vector<LayerState> layers_;
  std::vector<Index> updates_;
  Batches batches_;
  std::array<T, 256> grey_;  // pixel / 255

  Index samples_ = 0;
  Buffer<T> x_;  // (pixel x sample)
  std::vector<std::uint8_t> labels_;
  Buffer<T> logits_;  // (sample x class column)
  std::vector<LossSum> block_losses_;
  std::vector<NeuronTask> neuron_tasks_;  // all neurons, in blocks
  std::vector<NeuronTask> learn_tasks_;
  std::vector<char> is_mover_;

  LossSum total_;
  double loss_ = 0.0, accuracy_ = 0.0;
  Evaluation evaluation_{};
  std::vector<Index> held_out_;  // a batch of held-out images
  Index last_evaluation_ = -1;
  bool wants_evaluation_ = false;
};

template <class T>
template <class Next>
void FlowMarket<T>::learn_neurons(const Layer& layer, LayerState& state, int phase, Index clock,
                                  Next next) {
  // So few that all that they learn by is still in the cache when their learner reads it.
  std::array<Index, 8> some;
  for (std::size_t count = some.size(); count == some.size();) {
    count = 0;
    for (Index j; count < some.size() && (j = next()) >= 0; some[count++] = j)
      pull_back_bid(layer, state, j);
    state.neurons.learn({some.data(), count}, phase, clock);
  }
}

}  // namespace gbid::layered_flow
