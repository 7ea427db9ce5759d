// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/layered_flow/deviations.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "engine/stepping/blocks.hpp"

namespace gbid::layered_flow {
namespace {

// Neurons whose own rows one task multiplies, and neurons whose markets one task computes.
constexpr Index kRows = 64, kMarkets = 4;

}  // namespace

template <class T>
FlowDeviations<T>::FlowDeviations(std::unique_ptr<FlowMarket<T>> market, const Learner& learner,
                                  std::vector<Index> examined)
    : market_(std::move(market)),
      shape_(market_->shape()),
      learner_(learner),
      examined_(std::move(examined)),
      losses_(examined_.size()),
      above_([this] {
        Above above;
        for (const Layer& each : shape_.layers) {
          above.y.emplace_back(each.outputs * market_->stride_);
          above.d_y.emplace_back(each.outputs * market_->stride_);
        }
        above.logits = Buffer<T>(market_->logits_.size());
        return above;
      }) {
  market_->bid();
  std::size_t l = 0;
  for (const Index agent : examined_) {
    while (agent >= layer(l).first_agent + layer(l).outputs) ++l;
    neurons_.push_back({l, agent - layer(l).first_agent});
  }
  std::size_t next = 0;
  for (l = 0; l <= last(); ++l) {
    const Index room = layer(l).outputs * layer(l).capacity();
    LayerState& state = alone_.emplace_back();
    state.neurons = Cohort<T>(layer(l).outputs, layer(l).parameters(), learner_);
    state.shares = Buffer<T>(room);
    state.bids.resize(at(layer(l).outputs));
    state.counts.resize(at(layer(l).outputs));
    state.weights = Buffer<T>(room);
    state.d_weights = Buffer<T>(room);
    state.y = Buffer<T>(layer(l).outputs * market_->stride_);
    state.d_y = Buffer<T>(layer(l).outputs * market_->stride_);
    z_.emplace_back(layer(l).outputs * market_->stride_);
    for (Index begin = 0; begin < layer(l).outputs; begin += kRows) {
      Block block{l, begin, std::min(begin + kRows, layer(l).outputs), next, next};
      while (next < neurons_.size() && neurons_[next].layer == l &&
             neurons_[next].number < block.end)
        block.last_examined = ++next;
      if (block.last_examined > block.first_examined) blocks_.push_back(block);
    }
  }
}

template <class T>
ConstRows<T> FlowDeviations<T>::weights(std::size_t l) const {
  return rows_of<T>(std::as_const(market_->layers_[l].weights).data(), layer(l).outputs,
                    layer(l).inputs, layer(l).capacity());
}

template <class T>
void FlowDeviations<T>::set_learner(const Learner& learner) {
  for (LayerState& state : alone_) state.neurons.set_learner(learner);
}

template <class T>
template <class Body>
void FlowDeviations<T>::for_examined(const Body& body) {
  for_blocks(static_cast<Index>(neurons_.size()), kMarkets, [&](Index, Index begin, Index end) {
    Above& above = above_.local();
    for (Index k = begin; k < end; ++k) body(at(k), above);
  });
}

/// The whole batch through the network as it is in the state.
template <class T>
void FlowDeviations<T>::forward_state() {
  const Index stride = market_->stride_;
  for_blocks(samples(), kSampleBlock, [&](Index, Index begin, Index end) {
    for (std::size_t l = 0; l <= last(); ++l) {
      T* y = market_->layers_[l].y.data() + begin;
      multiply<T>(weights(l),
                  rows_of<T>(market_->input(l) + begin, layer(l).inputs, end - begin, stride),
                  rows_of(y, layer(l).outputs, end - begin, stride));
      for (Index j = 0; j < layer(l).outputs; ++j) {
        T* row = y + j * stride;
        Values<T>(row, end - begin) +=
            std::as_const(market_->layers_[l].neurons).row(j)[layer(l).bias()];
        std::copy_n(row, end - begin, z_[l].data() + j * stride + begin);
        activate_in_place(layer(l).activation, row, end - begin);
      }
    }
  });
}

/// What neurons that have left the state put out; they read what they read in it.
template <class T>
void FlowDeviations<T>::forward_alone(const Block& block) {
  const Layer& of = layer(block.layer);
  LayerState& state = alone_[block.layer];
  const Index stride = market_->stride_, count = block.end - block.begin;
  for (std::size_t k = block.first_examined; k < block.last_examined; ++k) {
    market_->share_out(of, state, neurons_[k].number);
    market_->cut(of, state, neurons_[k].number);
  }
  multiply<T>(rows_of<T>(std::as_const(state.weights).data() + block.begin * of.capacity(), count,
                         of.inputs, of.capacity()),
              rows_of<T>(market_->input(block.layer), of.inputs, samples(), stride),
              rows_of(state.y.data() + block.begin * stride, count, samples(), stride));
  for (Index j = block.begin; j < block.end; ++j) {
    Values<T>(state.y.data() + j * stride, samples()) +=
        std::as_const(state.neurons).row(j)[of.bias()];
    activate_in_place(of.activation, state.y.data() + j * stride, samples());
  }
}

/// From a neuron's output to the loss of its market, and to what logits are worth in their place.
template <class T>
LossSum FlowDeviations<T>::look_up(const Neuron& neuron, Above& above) const {
  const Index stride = market_->stride_, n = samples(), j = neuron.number;
  const std::size_t l = neuron.layer;
  const ConstValues<T> own(alone_[l].y.data() + j * stride, n);
  // 1. The layer above, by what has changed.
  if (l == last()) {
    std::copy_n(z_[l].data(), layer(l).outputs * stride, above.y[l].data());
    Values<T>(above.y[l].data() + j * stride, n) = own;
  } else {
    const ConstValues<T> before(std::as_const(market_->layers_[l].y).data() + j * stride, n);
    const auto of = weights(l + 1);
    for (Index k = 0; k < layer(l + 1).outputs; ++k) {
      T* y = above.y[l + 1].data() + k * stride;
      Values<T>(y, n) =
          ConstValues<T>(z_[l + 1].data() + k * stride, n) + of(k, j) * (own - before);
      activate_in_place(layer(l + 1).activation, y, n);
    }
  }
  // 2. Those higher up, anew.
  for (std::size_t m = l + 2; m <= last(); ++m) {
    multiply<T>(weights(m),
                rows_of<T>(std::as_const(above.y[m - 1]).data(), layer(m).inputs, n, stride),
                rows_of(above.y[m].data(), layer(m).outputs, n, stride));
    for (Index k = 0; k < layer(m).outputs; ++k) {
      T* y = above.y[m].data() + k * stride;
      Values<T>(y, n) += std::as_const(market_->layers_[m].neurons).row(k)[layer(m).bias()];
      activate_in_place(layer(m).activation, y, n);
    }
  }
  // 3. The loss.
  const T* logits = above.y[last()].data();
  const Index classes = shape_.classes, columns = padded_columns(classes);
  for (Index b = 0; b < market_->samples_; ++b)
    for (Index c = 0; c < classes; ++c) above.logits[b * columns + c] = logits[c * stride + b];
  return softmax_cross_entropy(
      above.logits.data(), market_->samples_, classes, columns, market_->labels_.data(),
      static_cast<T>(market_->game_->config.payoff.loss / static_cast<double>(market_->samples_)));
}

/// From logits to what the neuron's output is worth.
template <class T>
void FlowDeviations<T>::pull_down(const Neuron& neuron, Above& above) {
  const Index stride = market_->stride_, n = samples(), j = neuron.number;
  const std::size_t l = neuron.layer;
  const Index classes = shape_.classes, columns = padded_columns(classes);
  T* worth = alone_[l].d_y.data() + j * stride;
  const auto read = [&](Index c, T* to) {
    for (Index b = 0; b < market_->samples_; ++b) to[b] = above.logits[b * columns + c];
    std::fill(to + market_->samples_, to + n, T{0});
  };
  if (l == last()) {
    read(j, worth);
    return;
  }
  for (Index c = 0; c < classes; ++c) read(c, above.d_y[last()].data() + c * stride);
  for (std::size_t m = last(); m > l + 1; --m) {
    multiply_tn<T>(weights(m),
                   rows_of<T>(std::as_const(above.d_y[m]).data(), layer(m).outputs, n, stride),
                   rows_of(above.d_y[m - 1].data(), layer(m).inputs, n, stride));
    for (Index k = 0; k < layer(m).inputs; ++k)
      multiply_by_slope(layer(m - 1).activation, above.y[m - 1].data() + k * stride,
                        above.d_y[m - 1].data() + k * stride, n);
  }
  Values<T> own(worth, n);
  own.setZero();
  const auto of = weights(l + 1);
  for (Index k = 0; k < layer(l + 1).outputs; ++k)
    own += of(k, j) * ConstValues<T>(above.d_y[l + 1].data() + k * stride, n);
  multiply_by_slope(layer(l).activation, alone_[l].y.data() + j * stride, worth, n);
}

template <class T>
void FlowDeviations<T>::state_payoffs(std::span<double> out) {
  restart(0);
  payoffs(out);
  // All share one payoff.
  const double of_all = out[at(examined_.front())];
  std::fill(out.begin(), out.end(), of_all);
}

template <class T>
double FlowDeviations<T>::squared_residual() {
  std::vector<Index> everyone(at(shape_.agents()));
  std::iota(everyone.begin(), everyone.end(), Index{0});
  MeanGradient mean(neurons_.size());
  // No neuron moves, and gradients remain.
  for (LayerState& state : market_->layers_) state.neurons.set_learner(Sgd{.rate = 0.0});
  for (Index batch = 0; batch < MeanGradient::kBatches; ++batch) {
    market_->observe(batch);
    market_->clear();
    market_->differentiate();
    market_->learn(Movers{everyone, true}, 0, 1);
    for (std::size_t k = 0; k < neurons_.size(); ++k) {
      const auto [l, j] = neurons_[k];
      const T* gradient = market_->layers_[l].neurons.gradient(j);
      mean.add(batch, k, std::span<const T>(gradient, at(layer(l).parameters())));
    }
  }
  return mean.squared_norm();
}

template <class T>
void FlowDeviations<T>::restart(Index climb) {
  rate_ = std::pow(kSlowerClimb, static_cast<double>(climb));
  for (std::size_t l = 0; l <= last(); ++l) {
    alone_[l].neurons.forget();
    for (Index j = 0; j < layer(l).outputs; ++j)
      std::copy_n(std::as_const(market_->layers_[l].neurons).row(j), layer(l).parameters(),
                  alone_[l].neurons.row(j));
  }
}

template <class T>
void FlowDeviations<T>::climb(Index step, double rate_share) {
  set_learner(with_rate(learner_, rate_share * rate_));
  const int phases = alone_.front().neurons.phases();
  market_->observe(step);
  forward_state();
  for (int phase = 0; phase < phases; ++phase) {
    if (phase + 1 == phases)
      for (const Neuron& neuron : neurons_)
        alone_[neuron.layer].neurons.count_update(neuron.number);
    for_blocks(static_cast<Index>(blocks_.size()), 1,
               [&](Index b, Index, Index) { forward_alone(blocks_[at(b)]); });
    for_examined([&](std::size_t k, Above& above) {
      look_up(neurons_[k], above);
      pull_down(neurons_[k], above);
    });
    for_blocks(static_cast<Index>(blocks_.size()), 1, [&](Index b, Index, Index) {
      const Block& block = blocks_[at(b)];
      const Layer& of = layer(block.layer);
      LayerState& state = alone_[block.layer];
      const Index count = block.end - block.begin, stride = market_->stride_;
      multiply_nt<T>(rows_of<T>(std::as_const(state.d_y).data() + block.begin * stride, count,
                                samples(), stride),
                     rows_of<T>(market_->input(block.layer), of.inputs, samples(), stride),
                     rows_of(state.d_weights.data() + block.begin * of.capacity(), count, of.inputs,
                             of.capacity()));
      market_->learn_neurons(of, state, phase, step + 1, [&, k = block.first_examined]() mutable {
        return k < block.last_examined ? neurons_[k++].number : Index{-1};
      });
    });
  }
}

template <class T>
void FlowDeviations<T>::payoffs(std::span<double> out) {
  std::fill(losses_.begin(), losses_.end(), 0.0);
  const ImageSet& set = market_->game_->images->held_out;
  for (Index begin = 0; begin < set.count; begin += shape_.batch) {
    const Index count = std::min(shape_.batch, set.count - begin);
    std::iota(market_->held_out_.begin(), market_->held_out_.begin() + count, begin);
    market_->take(set, market_->held_out_.data(), count);
    forward_state();
    for_blocks(static_cast<Index>(blocks_.size()), 1,
               [&](Index b, Index, Index) { forward_alone(blocks_[at(b)]); });
    for_examined(
        [&](std::size_t k, Above& above) { losses_[k] += look_up(neurons_[k], above).loss; });
  }
  const PayoffConfig& payoff = market_->game_->config.payoff;
  const double norm_sum = market_->norm_sum();
  std::fill(out.begin(), out.end(), std::numeric_limits<double>::quiet_NaN());
  for (std::size_t k = 0; k < neurons_.size(); ++k) {
    const auto [l, j] = neurons_[k];
    const auto& bid = alone_[l].bids[at(j)];
    const double change =
        static_cast<double>(bid.norm) - static_cast<double>(market_->layers_[l].bids[at(j)].norm);
    const double reached = payoff.loss * losses_[k] / static_cast<double>(set.count) +
                           payoff.flow * (norm_sum + change);
    if (market_->is_defined(bid) && std::isfinite(reached)) out[at(examined_[k])] = reached;
  }
}

template class FlowDeviations<float>;
template class FlowDeviations<double>;

}  // namespace gbid::layered_flow
