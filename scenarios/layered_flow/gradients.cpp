// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// The way back, from the payoff to every parameter. G is the gradient of what is climbed, which is
// the same for all: a game of common interest.
//
//   logits        G = loss coefficient / B (p - [label])                       left by `clear`
//   output        G_x = (w o mask) G_y, times the slope of the activation below
//   w o mask      G_ij = sum_b x_bi G_bj, of open connections alone
//   w, mask       G_ij mask_ij;  u_ij = G_ij w_ij [mask_ij > 0]
//   keep signal   mask' = c mask, c = sqrt(n)/|mask|:  u = c (u' - mask' <u', mask'> / n)
//   share         u_ij - mean_i u_ij
//   flow, softmax F (u - <F, u>): F sums to one, so that the mean's part cancels
//   flow, l1      (u - mean u - sign(f) <F, u - mean u>) / sum |f|
//   penalty       flow coefficient x sign(f)
#include <algorithm>
#include <array>

#include "engine/stepping/blocks.hpp"
#include "scenarios/layered_flow/market.hpp"

namespace gbid::layered_flow {
namespace {

// Neurons whose gradient one task computes, and which then learn while it is in the cache. A dense
// product packs its other factor anew for every task; a sparse one packs nothing.
constexpr Index kDenseNeurons = 128, kSparseNeurons = 32;
// Inputs whose activations, of a batch of 256 floats, take half of a second-level cache of 512 KiB.
constexpr Index kCachedInputs = 256;
// Inputs whose outgoing connections one task lists.
constexpr Index kInputBlock = 64;

}  // namespace

// --- Differentiate -------------------------------------------------------------------------------------

template <class T>
void FlowMarket<T>::list_outgoing(const Layer& layer, LayerState& state, Index begin, Index end) {
  std::fill(state.outgoing_counts.begin() + begin, state.outgoing_counts.begin() + end, 0);
  for (Index j = 0; j < layer.outputs; ++j) {
    const std::int32_t* inputs = state.inputs.data() + j * layer.capacity();
    const std::int32_t* last = inputs + state.counts[at(j)];
    const T* weights = state.weights.data() + j * layer.capacity();
    for (const std::int32_t* input = std::lower_bound(inputs, last, begin);
         input != last && *input < end; ++input) {
      const Index to = *input * layer.outputs + state.outgoing_counts[at(*input)]++;
      state.outgoing_neurons[at(to)] = static_cast<std::int32_t>(j);
      state.outgoing_weights[to] = weights[input - inputs];
    }
  }
}

template <class T>
void FlowMarket<T>::pull_back(Index begin, Index end) {
  const Index samples = end - begin;
  for (std::size_t l = layers_.size() - 1; l > 0; --l) {
    const Layer& layer = shape_.layers[l];
    const LayerState& state = layers_[l];
    LayerState& below = layers_[l - 1];
    const T* d_y = state.d_y.data() + begin;
    T* d_x = below.d_y.data() + begin;
    if (state.is_sparse)
      sparse_product(SparseRows<T>{state.outgoing_neurons.data(), state.outgoing_weights.data(),
                                   state.outgoing_counts.data(), layer.outputs},
                     0, layer.inputs, d_y, stride_, d_x, stride_, samples);
    else
      multiply_tn<T>(rows_of<T>(std::as_const(state.weights).data(), layer.outputs, layer.inputs,
                                layer.capacity()),
                     rows_of<T>(d_y, layer.outputs, samples, stride_),
                     rows_of(d_x, layer.inputs, samples, stride_));
    for (Index i = 0; i < layer.inputs; ++i)
      multiply_by_slope(shape_.layers[l - 1].activation, below.y.data() + i * stride_ + begin,
                        d_x + i * stride_, samples);
  }
}

template <class T>
void FlowMarket<T>::differentiate() {
  for (std::size_t l = 1; l < layers_.size(); ++l)
    if (layers_[l].is_sparse)
      for_blocks(shape_.layers[l].inputs, kInputBlock, [&](Index, Index begin, Index end) {
        list_outgoing(shape_.layers[l], layers_[l], begin, end);
      });
  for_sample_blocks([&](Index, Index begin, Index end) { pull_back(begin, end); });
}

// --- Learn -------------------------------------------------------------------------------------

/// The gradient of w o mask for some neurons: dense for all of them, sparse for those that move.
template <class T>
void FlowMarket<T>::weight_gradients(const NeuronTask& task) {
  const Layer& layer = shape_.layers[task.layer];
  LayerState& state = layers_[task.layer];
  const T* x = input(task.layer);
  const T* d_y = std::as_const(state.d_y).data();
  const Index samples = padded_samples(samples_), capacity = layer.capacity();
  if (state.is_sparse) {
    // Neuron after neuron for a few inputs at a time, which stay in the cache meanwhile.
    std::array<Index, kSparseNeurons> done{};
    for (Index last = kCachedInputs; last < layer.inputs + kCachedInputs; last += kCachedInputs)
      for (Index j = task.begin; j < task.end; ++j) {
        if (!is_mover_[at(layer.first_agent + j)]) continue;
        const std::int32_t* inputs = state.inputs.data() + j * capacity;
        Index& from = done[at(j - task.begin)];
        const Index to =
            std::lower_bound(inputs + from, inputs + state.counts[at(j)], last) - inputs;
        sampled_products(d_y + j * stride_, x, stride_, samples, inputs + from, to - from,
                         state.d_weights.data() + j * capacity + from);
        from = to;
      }
    return;
  }
  const Index count = task.end - task.begin;
  multiply_nt<T>(
      rows_of<T>(d_y + task.begin * stride_, count, samples, stride_),
      rows_of<T>(x, layer.inputs, samples, stride_),
      rows_of(state.d_weights.data() + task.begin * capacity, count, layer.inputs, capacity));
}

/// From the gradient of w o mask to that of the neuron's flows, weights and bias.
template <class T>
void FlowMarket<T>::pull_back_bid(const Layer& layer, LayerState& state, Index neuron) {
  const MarketConfig& config = game_->config;
  const Bid& bid = state.bids[at(neuron)];
  const Index n = layer.inputs, first = neuron * layer.capacity();
  const T* f = std::as_const(state.neurons).row(neuron);
  const T* w = f + layer.weights();
  const T* share = std::as_const(state.shares).data() + first;
  const T* g = std::as_const(state.d_weights).data() + first;
  T* __restrict d_f = state.neurons.gradient(neuron);
  T* __restrict d_w = d_f + layer.weights();
  // 1. The gradient of w o mask, zero where it was not computed, becomes that of w and of the mask.
  if (state.is_sparse) {
    std::fill_n(d_w, n, T{0});
    for (Index k = 0; k < state.counts[at(neuron)]; ++k) d_w[state.inputs[at(first + k)]] = g[k];
  } else {
    std::copy_n(g, n, d_w);
  }
  const T mean = bid.mean, mask_scale = bid.scale;
  for (Index i = 0; i < n; ++i) {
    const T excess = share[i] - mean, product = d_w[i];
    d_f[i] = excess > T{0} ? product * w[i] : T{0};
    d_w[i] = excess > T{0} ? product * (excess * mask_scale) : T{0};
  }
  // 2. Scale: what lies along the mask does not count.
  Values<T> u(d_f, n);
  const ConstValues<T> shares(share, n);
  if (config.flows.scale == Scale::kKeepSignal) {
    const auto mask = (shares - bid.mean).max(T{0}) * bid.scale;
    const T along = (u * mask).sum() / static_cast<T>(n);
    u = bid.scale * (u - along * mask);
  }
  // 3. Shares and flows; what the sum of |f| is worth, in the penalty and below the l1 share, has
  // the sign of f.
  T norm_price = static_cast<T>(config.payoff.flow);
  if (config.flows.squash == Squash::kSoftmax) {
    u = shares * (u - (shares * u).sum());
  } else {
    u -= u.sum() / static_cast<T>(n);
    norm_price -= (shares * u).sum() / bid.norm;
    u /= bid.norm;
  }
  for (Index i = 0; i < n; ++i)
    d_f[i] += f[i] > T{0} ? norm_price : f[i] < T{0} ? -norm_price : T{0};
  // 4. Bias.
  d_f[layer.bias()] =
      ConstValues<T>(std::as_const(state.d_y).data() + neuron * stride_, padded_samples(samples_))
          .sum();
}

template <class T>
void FlowMarket<T>::learn(const Movers& movers, int phase, Index clock) {
  // 1. Who moves.
  std::fill(is_mover_.begin(), is_mover_.end(), movers.is_everyone);
  const bool is_last = phase + 1 == layers_.front().neurons.phases();
  std::size_t l = 0;
  for (const Index agent : movers.agents) {
    is_mover_[at(agent)] = 1;
    while (agent >= shape_.layers[l].first_agent + shape_.layers[l].outputs) ++l;
    if (!is_last) continue;
    ++updates_[at(agent)];
    layers_[l].neurons.count_update(agent - shape_.layers[l].first_agent);
  }
  // 2. Blocks of neurons with at least one that does.
  learn_tasks_.clear();
  for (l = 0; l < layers_.size(); ++l) {
    const Layer& layer = shape_.layers[l];
    const Index block = layers_[l].is_sparse ? kSparseNeurons : kDenseNeurons;
    for (Index begin = 0; begin < layer.outputs; begin += block) {
      const Index end = std::min(begin + block, layer.outputs);
      const auto first = is_mover_.begin() + layer.first_agent;
      if (std::find(first + begin, first + end, 1) != first + end)
        learn_tasks_.push_back({l, begin, end});
    }
  }
  // 3. Gradients and updates. No other block reads these parameters in this act.
  for_blocks(static_cast<Index>(learn_tasks_.size()), 1, [&](Index k, Index, Index) {
    const NeuronTask& task = learn_tasks_[at(k)];
    const Layer& layer = shape_.layers[task.layer];
    LayerState& state = layers_[task.layer];
    weight_gradients(task);
    learn_neurons(layer, state, phase, clock, [&, j = task.begin]() mutable {
      while (j < task.end && !is_mover_[at(layer.first_agent + j)]) ++j;
      return j < task.end ? j++ : Index{-1};
    });
  });
}

#define GBID_INSTANTIATE(T)                                                                    \
  template void FlowMarket<T>::differentiate();                                                \
  template void FlowMarket<T>::pull_back_bid(const Layer&, FlowMarket<T>::LayerState&, Index); \
  template void FlowMarket<T>::learn(const Movers&, int, Index)
GBID_INSTANTIATE(float);
GBID_INSTANTIATE(double);
#undef GBID_INSTANTIATE

}  // namespace gbid::layered_flow
