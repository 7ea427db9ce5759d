// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/layered_flow/market.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "agents/network/initialise.hpp"
#include "engine/core/error.hpp"
#include "engine/stepping/blocks.hpp"

namespace gbid::layered_flow {
namespace {

// Neurons whose masks one task cuts, or whose bids one task learns: a row of 784 connections takes
// about a microsecond.
constexpr Index kNeuronBlock = 32;

}  // namespace

template <class T>
FlowMarket<T>::FlowMarket(std::shared_ptr<const Game> game, const RegimePlan& plan, StreamKey key,
                          Path path)
    : PlannedMarket(plan, game->shape.agents()),
      game_(std::move(game)),
      shape_(game_->shape),
      key_(key),
      path_(path),
      stride_(sample_stride<T>(shape_.batch)),
      updates_(at(shape_.agents()), 0),
      batches_(StreamKey{.seed = key.seed, .trial = key.trial}, game_->training, shape_.batch),
      x_(shape_.pixels * stride_),
      labels_(at(padded_samples(shape_.batch))),
      logits_(padded_samples(shape_.batch) * padded_columns(shape_.classes)),
      block_losses_(at(block_count(shape_.batch, kSampleBlock))),
      is_mover_(at(shape_.agents()), 0),
      held_out_(at(shape_.batch)) {
  key_.regime = 0;
  constexpr T kWhite{255};
  for (std::size_t k = 0; k < grey_.size(); ++k) grey_[k] = static_cast<T>(k) / kWhite;
  layers_.reserve(shape_.layers.size());
  for (std::size_t l = 0; l < shape_.layers.size(); ++l) {
    const Layer& layer = shape_.layers[l];
    const Index room = layer.outputs * layer.capacity();
    LayerState& state = layers_.emplace_back();
    state.neurons = Cohort<T>(layer.outputs, layer.parameters(), plan.largest_learner());
    state.shares = Buffer<T>(room);
    state.bids.resize(at(layer.outputs));
    state.counts.resize(at(layer.outputs));
    state.weights = Buffer<T>(room);
    state.d_weights = Buffer<T>(room);
    state.inputs.resize(at(room));
    if (l > 0) {
      state.outgoing_weights = Buffer<T>(layer.inputs * layer.outputs);
      state.outgoing_neurons.resize(at(layer.inputs * layer.outputs));
      state.outgoing_counts.resize(at(layer.inputs));
    }
    state.y = Buffer<T>(layer.outputs * stride_);
    state.d_y = Buffer<T>(layer.outputs * stride_);
    for (Index begin = 0; begin < layer.outputs; begin += kNeuronBlock)
      neuron_tasks_.push_back({l, begin, std::min(begin + kNeuronBlock, layer.outputs)});
  }
  learn_tasks_.reserve(neuron_tasks_.size());
  for (const std::string& name : plan.trajectory) wants_evaluation_ |= name.starts_with("held_out");
  draw_start();
  bind_all(arrays(&shape_), state_, *this);
  for (std::size_t l = 0; l < layers_.size(); ++l)
    layers_[l].neurons.declare(state_, "layer_" + std::to_string(l) + "_", "neuron");
  state_.add(updates_spec(), updates_);
  state_.add({{"last_evaluation", "step of the last evaluation", "1", {}}, Role::kCounter},
             last_evaluation_);
}

template <class T>
void FlowMarket<T>::restore(Index step) {
  observe(step);
  bid();
  clear();
}

template <class T>
void FlowMarket<T>::reset_learners() {
  for (LayerState& layer : layers_) layer.neurons.forget();
}

template <class T>
void FlowMarket<T>::draw_start() {
  const Init init = game_->config.init;
  StreamKey key = key_;
  key.purpose = Purpose::kNetwork;
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const Layer& layer = shape_.layers[l];
    Cohort<T>& neurons = layers_[l].neurons;
    key.agent = static_cast<std::uint64_t>(l);
    Stream stream(key);
    const auto fill = [&](Index offset, double deviation) {
      for (Index i = 0; i < layer.inputs; ++i)
        for (Index j = 0; j < layer.outputs; ++j)
          neurons.row(j)[offset + i] = static_cast<T>(truncated_normal(stream, deviation));
    };
    fill(0, game_->config.flows.spread);
    fill(layer.weights(), start_deviation(init, layer.inputs));
    for (Index j = 0; j < layer.outputs; ++j)
      neurons.row(j)[layer.bias()] = static_cast<T>(start_bias(init));
  }
}

template <class T>
template <class Body>
void FlowMarket<T>::for_neuron_blocks(const Body& body) {
  for_blocks(static_cast<Index>(neuron_tasks_.size()), 1, [&](Index k, Index, Index) {
    const NeuronTask& task = neuron_tasks_[at(k)];
    body(task.layer, task.begin, task.end);
  });
}

// --- Observe -----------------------------------------------------------------------------------

template <class T>
void FlowMarket<T>::take(const ImageSet& set, const Index* images, Index count) {
  samples_ = count;
  // Samples behind the last are those of an earlier batch: nothing is worth anything in them.
  for_blocks(count, kSampleGroup, [&](Index, Index begin, Index end) {
    std::array<const std::uint8_t*, kSampleGroup> pixels;
    for (Index b = begin; b < end; ++b) {
      pixels[at(b - begin)] = set.pixels.data() + images[b] * shape_.pixels;
      labels_[at(b)] = set.labels[at(images[b])];
    }
    for (Index i = 0; i < shape_.pixels; ++i)
      for (Index b = begin; b < end; ++b) x_[i * stride_ + b] = grey_[pixels[at(b - begin)][i]];
  });
}

template <class T>
void FlowMarket<T>::observe(Index step) {
  take(game_->images->train, batches_.at(step).data(), shape_.batch);
}

// --- Bid ---------------------------------------------------------------------------------------

/// From a neuron's flows to its shares, and what they must exceed.
template <class T>
void FlowMarket<T>::share_out(const Layer& layer, LayerState& state, Index neuron) {
  const FlowsConfig& flows = game_->config.flows;
  const T* row = std::as_const(state.neurons).row(neuron);
  const ConstValues<T> f(row, layer.inputs);
  T* share = state.shares.data() + neuron * layer.capacity();
  Values<T> shares(share, layer.inputs);
  Bid& bid = state.bids[at(neuron)];
  const T inputs = static_cast<T>(layer.inputs);
  // 1. Squash.
  bid.norm = f.abs().sum();
  bid.checked = ConstValues<T>(row + layer.weights(), layer.inputs).sum() + row[layer.bias()];
  if (flows.squash == Squash::kL1) {
    shares = f / bid.norm;
    bid.mean = shares.sum() / inputs;
  } else {
    shares = (f - f.maxCoeff()).exp();
    shares /= shares.sum();
    bid.mean = T{1} / inputs;
  }
  // 2. What exceeds the mean.
  Index count = 0;
  for (Index i = 0; i < layer.inputs; ++i) count += share[i] > bid.mean;
  state.counts[at(neuron)] = count;
  // 3. Scale.
  bid.scale = T{1};
  if (flows.scale == Scale::kKeepSignal && count > 0)
    bid.scale = std::sqrt(inputs / (shares - bid.mean).max(T{0}).square().sum());
}

/// The weights that the mask leaves: all with their zeros, or those of open connections alone.
template <class T>
void FlowMarket<T>::cut(const Layer& layer, LayerState& state, Index neuron) {
  const Bid& bid = state.bids[at(neuron)];
  const T* share = std::as_const(state.shares).data() + neuron * layer.capacity();
  const T* weight = std::as_const(state.neurons).row(neuron) + layer.weights();
  T* left = state.weights.data() + neuron * layer.capacity();
  if (!state.is_sparse) {
    Values<T>(left, layer.inputs) = (ConstValues<T>(share, layer.inputs) - bid.mean).max(T{0}) *
                                    bid.scale * ConstValues<T>(weight, layer.inputs);
    return;
  }
  std::int32_t* input = state.inputs.data() + neuron * layer.capacity();
  const T mean = bid.mean, scale = bid.scale;
  Index next = 0;
  for (Index i = 0; i < layer.inputs; ++i) {  // without a branch: closed ones are overwritten
    input[next] = static_cast<std::int32_t>(i);
    next += share[i] > mean;
  }
  for (Index k = 0; k < next; ++k) left[k] = (share[input[k]] - mean) * scale * weight[input[k]];
}

template <class T>
void FlowMarket<T>::bid() {
  // 1. The shares of all neurons.
  for_neuron_blocks([&](std::size_t l, Index begin, Index end) {
    for (Index j = begin; j < end; ++j) share_out(shape_.layers[l], layers_[l], j);
  });
  refuse_undefined_bids();
  // 2. Which layers are worth a sparse product; their counts alone decide.
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    LayerState& state = layers_[l];
    state.open = 0;
    for (const Index count : state.counts) state.open += count;
    state.is_sparse = path_ == Path::kSparse ||
                      (path_ == Path::kByDensity &&
                       static_cast<double>(state.open) <
                           kSparseDensity * static_cast<double>(shape_.layers[l].connections()));
  }
  // 3. What is left of the weights.
  for_neuron_blocks([&](std::size_t l, Index begin, Index end) {
    for (Index j = begin; j < end; ++j) cut(shape_.layers[l], layers_[l], j);
  });
}

/// Flows that nothing can be shared out by.
template <class T>
bool FlowMarket<T>::is_zero(const Bid& bid) const {
  return bid.norm == T{0} && game_->config.flows.squash == Squash::kL1;
}

template <class T>
bool FlowMarket<T>::is_defined(const Bid& bid) const {
  return !is_zero(bid) && std::isfinite(bid.norm) && std::isfinite(bid.scale) &&
         std::isfinite(bid.checked);
}

template <class T>
void FlowMarket<T>::refuse_undefined_bids() const {
  for (std::size_t l = 0; l < layers_.size(); ++l)
    for (std::size_t j = 0; j < layers_[l].bids.size(); ++j) {
      const Bid& bid = layers_[l].bids[j];
      if (is_defined(bid)) continue;
      const char* term = is_zero(bid) || !std::isfinite(bid.norm) ? "flow"
                         : !std::isfinite(bid.scale)              ? "mask"
                                                                  : "weight";
      throw NumericError(fmt::format("{}: the {}s of neuron {} of layer {} (agent {}) are {}", term,
                                     term, j, l,
                                     shape_.layers[l].first_agent + static_cast<Index>(j),
                                     is_zero(bid) ? "all zero" : "not finite"));
    }
}

template <class T>
T FlowMarket<T>::mask(std::size_t layer, Index input, Index neuron) const {
  const LayerState& state = layers_[layer];
  const Bid& bid = state.bids[at(neuron)];
  const T share = state.shares[neuron * shape_.layers[layer].capacity() + input];
  return std::max(share - bid.mean, T{0}) * bid.scale;
}

// --- Clear -------------------------------------------------------------------------------------

template <class T>
void FlowMarket<T>::forward(Index begin, Index end) {
  const Index samples = end - begin;
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const Layer& layer = shape_.layers[l];
    LayerState& state = layers_[l];
    const T* x = input(l) + begin;
    T* y = state.y.data() + begin;
    if (state.is_sparse)
      sparse_product(incoming(state, layer.capacity()), 0, layer.outputs, x, stride_, y, stride_,
                     samples);
    else
      multiply<T>(rows_of<T>(std::as_const(state.weights).data(), layer.outputs, layer.inputs,
                             layer.capacity()),
                  rows_of<T>(x, layer.inputs, samples, stride_),
                  rows_of(y, layer.outputs, samples, stride_));
    for (Index j = 0; j < layer.outputs; ++j) {
      Values<T>(y + j * stride_, samples) += std::as_const(state.neurons).row(j)[layer.bias()];
      activate_in_place(layer.activation, y + j * stride_, samples);
    }
  }
}

/// The loss, and what the outputs of the last layer are worth.
template <class T>
LossSum FlowMarket<T>::judge(Index begin, Index end) {
  const Index rows = std::min(end, samples_) - begin, columns = padded_columns(shape_.classes);
  const Index classes = shape_.classes;
  T* logits = logits_.data() + begin * columns;
  const T* y = layers_.back().y.data() + begin;
  T* d_y = layers_.back().d_y.data() + begin;
  for (Index b = 0; b < rows; ++b)
    for (Index c = 0; c < classes; ++c) logits[b * columns + c] = y[c * stride_ + b];
  const LossSum sum = softmax_cross_entropy(
      logits, rows, classes, columns, labels_.data() + begin,
      static_cast<T>(game_->config.payoff.loss / static_cast<double>(samples_)));
  for (Index c = 0; c < classes; ++c) {
    for (Index b = 0; b < rows; ++b) d_y[c * stride_ + b] = logits[b * columns + c];
    std::fill(d_y + c * stride_ + rows, d_y + c * stride_ + end - begin, T{0});
  }
  return sum;
}

template <class T>
void FlowMarket<T>::run() {
  for_sample_blocks([&](Index block, Index begin, Index end) {
    forward(begin, end);
    block_losses_[at(block)] = judge(begin, end);
  });
  total_ = {};
  for (Index block = 0; block < block_count(samples_, kSampleBlock); ++block) {
    total_.loss += block_losses_[at(block)].loss;
    total_.correct += block_losses_[at(block)].correct;
  }
  refuse_undefined_loss();
}

template <class T>
void FlowMarket<T>::clear() {
  run();
  loss_ = total_.loss / static_cast<double>(samples_);
  accuracy_ = static_cast<double>(total_.correct) / static_cast<double>(samples_);
}

template <class T>
void FlowMarket<T>::refuse_undefined_loss() const {
  if (std::isfinite(total_.loss)) return;
  for (std::size_t l = 0; l < layers_.size(); ++l)
    for (Index j = 0; j < shape_.layers[l].outputs; ++j)
      for (Index b = 0; b < samples_; ++b)
        if (!std::isfinite(layers_[l].y[j * stride_ + b]))
          throw NumericError(
              fmt::format("loss: the outputs of neuron {} of layer {} (agent {}) are not finite", j,
                          l, shape_.layers[l].first_agent + j));
  throw NumericError("loss: the cross-entropy is not finite");
}

template <class T>
double FlowMarket<T>::norm_sum() const {
  double total = 0.0;
  for (const LayerState& layer : layers_)
    for (const Bid& bid : layer.bids) total += static_cast<double>(bid.norm);
  return total;
}

template <class T>
double FlowMarket<T>::payoff() const {
  const PayoffConfig& payoff = game_->config.payoff;
  return payoff.loss * loss_ + payoff.flow * norm_sum();
}

template <class T>
double FlowMarket<T>::multiply_adds() const {
  double total = 0.0;
  for (std::size_t l = 0; l < layers_.size(); ++l)
    // Dense products go through closed connections, too.
    total += shape_.multiply_adds(
        l, layers_[l].is_sparse ? layers_[l].open : shape_.layers[l].connections());
  return total;
}

template class FlowMarket<float>;
template class FlowMarket<double>;

}  // namespace gbid::layered_flow
