// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/mixture_of_experts/market.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "agents/network/initialise.hpp"
#include "engine/core/error.hpp"
#include "engine/stepping/blocks.hpp"
#include "scenarios/data/take.hpp"

namespace gbid::mixture_of_experts {
namespace {

double softplus(double x) { return x > 30.0 ? x : std::log1p(std::exp(x)); }
double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }

std::size_t count(Index a, Index b = 1) { return static_cast<std::size_t>(a * b); }

}  // namespace

template <class T>
ExpertMarket<T>::ExpertMarket(std::shared_ptr<const Game> game, const RegimePlan& plan,
                              StreamKey key)
    : PlannedMarket(plan, game->shape.agents()),
      game_(std::move(game)),
      shape_(game_->shape),
      key_(key),
      bidders_(shape_.bidders, shape_.bidder_parameters, plan.largest_learner()),
      sellers_(shape_.sellers, shape_.seller_parameters, plan.largest_learner()),
      updates_(count(shape_.agents()), 0),
      batch_(count(shape_.bidders)),
      samples_(count(shape_.bidders), shape_.batch),
      x_(shape_.bidders * shape_.batch * shape_.pixels),
      labels_(count(shape_.bidders, shape_.batch)),
      noise_(shape_.bidders * shape_.batch * shape_.sellers),
      scores_(shape_.bidders * shape_.batch * shape_.score_columns),
      chosen_(count(shape_.most_rows())),
      gates_(shape_.most_rows()),
      dispatch_(shape_),
      gate_sums_(count(shape_.bidders, shape_.sellers)),
      importance_(gate_sums_.size()),
      weights_(count(shape_.bidders, shape_.sellers + 1)),
      bids_(gate_sums_.size()),
      prices_(count(shape_.sellers)),
      mask_(gate_sums_.size()),
      loss_(count(shape_.bidders)),
      accuracy_(count(shape_.bidders)),
      gathered_(shape_.most_rows() * shape_.pixels),
      joint_(Dispatch::most_runs(shape_) * (shape_.answer().inputs + 1) * shape_.class_columns),
      d_joint_(joint_.size()),
      votes_(shape_.most_rows() * shape_.class_columns),
      d_votes_(votes_.size()),
      logits_(shape_.bidders * shape_.batch * shape_.class_columns),
      d_gates_(shape_.most_rows()),
      d_mask_(gate_sums_.size()),
      d_gate_sums_(gate_sums_.size()),
      d_self_(count(shape_.bidders)),
      is_active_(count(shape_.agents()), 0) {
  key_.regime = 0;
  const Index blocks = block_count(shape_.batch, kSampleRows);
  block_sums_.resize(count(shape_.bidders * blocks, shape_.sellers));
  block_losses_.resize(count(shape_.bidders, blocks));
  for (std::size_t l = 0; l + 1 < shape_.layers.size(); ++l) {
    outputs_.emplace_back(shape_.most_rows() * shape_.layers[l].outputs);
    d_outputs_.emplace_back(shape_.most_rows() * shape_.layers[l].outputs);
  }
  for (Index c = 0; c < shape_.bidders; ++c) {
    StreamKey order = key_;
    order.agent = static_cast<std::uint64_t>(c);
    batches_.emplace_back(order, game_->training[at(c)], shape_.batch);
  }
  if (!shape_.ask_layers.empty()) {
    asks_.resize(count(shape_.sellers), Ask(*shape_.ask));
    // The neutral market: importance spread evenly, the self weight at its start.
    const double even = 1.0 / std::sqrt(static_cast<double>(shape_.sellers));
    const double share = static_cast<double>(shape_.top_k) / static_cast<double>(shape_.sellers);
    for (Index i = 0; i < shape_.sellers; ++i)
      seen_.insert(seen_.end(), {even / std::sqrt(2.0), share, 1.0});
  }
  for (const std::string& name : plan.trajectory) wants_evaluation_ |= name.starts_with("held_out");
  reserve_evaluation();
  reserve_gradient_tasks();
  draw_start();
  bind_all(arrays(&shape_), state_, *this);
  bidders_.declare(state_, "bidder_", "bidder");
  sellers_.declare(state_, "seller_", "seller");
  state_.add(updates_spec(), updates_);
  state_.add(
      {{"seen", "what sellers that ask see: mean bid, load, one", "1", {"seller", "ask_input"}},
       Role::kCarried},
      seen_);
  state_.add({{"last_evaluation", "step of the last evaluation", "1", {}}, Role::kCounter},
             last_evaluation_);
}

template <class T>
void ExpertMarket<T>::draw_start() {
  const Init init = game_->config.experts.init;
  StreamKey key = key_;
  key.purpose = Purpose::kNetwork;
  for (Index agent = 0; agent < shape_.agents(); ++agent) {
    key.agent = static_cast<std::uint64_t>(agent);
    Stream stream(key);
    if (agent < shape_.bidders) {  // gates start at zero: all sellers get equal demand
      T* row = bidders_.row(agent);
      row[shape_.self_weight] = T{1};
      for (Index e = 0; e < shape_.embedding; ++e)
        fill_truncated_normal(stream, start_deviation(init, shape_.embedding),
                              row + shape_.head_weights + e * shape_.class_columns, shape_.classes);
      std::fill_n(row + shape_.head_bias, shape_.classes, static_cast<T>(start_bias(init)));
      continue;
    }
    T* row = sellers_.row(agent - shape_.bidders);
    initialise_normal(shape_.layers, init, stream, row);
    // An ask above every bid sells nothing and learns nothing, so it starts where a monopolist
    // would in the neutral market: at half the bid, whatever its hidden layers say.
    for (const Layer& layer : shape_.ask_layers) {
      if (layer.end() != shape_.seller_parameters) {
        fill_truncated_normal(stream, 1.0 / std::sqrt(static_cast<double>(layer.inputs)),
                              row + layer.weights, layer.inputs * layer.outputs);
        continue;
      }
      const double ask = 0.5 * seen_[0];
      row[layer.bias] = static_cast<T>(std::log(ask / (1.0 - ask)));
    }
  }
}

// --- Observe -----------------------------------------------------------------------------------

template <class T>
void ExpertMarket<T>::take(Index bidder, Index begin, Index end, const ImageSet& set,
                           const Index* images) {
  const Index first = bidder * shape_.batch;
  for (Index b = begin; b < end; ++b)
    labels_[at(first + b)] = take_image(set, images[b], x_.data() + (first + b) * shape_.pixels);
}

template <class T>
void ExpertMarket<T>::observe(Index step, Purpose noise, Index noise_step) {
  std::fill(samples_.begin(), samples_.end(), shape_.batch);
  noise_is_fresh_ = true;
  // One more task per bidder draws its noise, which is one sequence.
  const Index blocks = block_count(shape_.batch, kSampleRows);
  for_blocks(shape_.bidders, 1, [&](Index bidder, Index, Index) {
    batch_[at(bidder)] = batches_[at(bidder)].at(step);
  });
  for_blocks(shape_.bidders * (blocks + 1), 1, [&](Index task, Index, Index) {
    const Index bidder = task / (blocks + 1), block = task % (blocks + 1);
    if (block < blocks) {
      const Index begin = block * kSampleRows;
      take(bidder, begin, std::min(begin + kSampleRows, shape_.batch), game_->images->train,
           batch_[at(bidder)].data());
    } else if (game_->config.gating.noise) {
      StreamKey key = key_;
      key.purpose = noise;
      key.agent = static_cast<std::uint64_t>(bidder);
      key.step = static_cast<std::uint64_t>(noise_step);
      Stream stream(key);
      T* out = noise_.data() + bidder * shape_.batch * shape_.sellers;
      for (Index k = 0; k < shape_.batch * shape_.sellers; ++k)
        out[k] = static_cast<T>(stream.normal());
    }
  });
}

// --- Bid ---------------------------------------------------------------------------------------

template <class T>
void ExpertMarket<T>::gate(bool with_noise) {
  noise_is_fresh_ = false;
  for_sample_blocks([&](Index bidder, Index block, Index begin, Index end) {
    gate_rows(bidder, block, begin, end, with_noise);
  });
}

template <class T>
void ExpertMarket<T>::gate_rows(Index bidder, Index block, Index begin, Index end,
                                bool with_noise) {
  const Index n = shape_.sellers, k = shape_.top_k, columns = shape_.score_columns;
  const Index first = bidder * shape_.batch + begin, rows = end - begin;
  // 1. Clean scores, and the scale of their noise.
  multiply<T>(rows_of<T>(std::as_const(x_).data() + first * shape_.pixels, rows, shape_.pixels,
                         shape_.pixels),
              rows_of<T>(std::as_const(bidders_).row(bidder) + shape_.gating_weights(),
                         shape_.pixels, columns, columns),
              rows_of(scores_.data() + first * columns, rows, columns, columns));
  double* sums = block_sums_.data() + (bidder * block_count(shape_.batch, kSampleRows) + block) * n;
  std::fill_n(sums, n, 0.0);
  for (Index sample = first; sample < first + rows; ++sample) {
    T* score = scores_.data() + sample * columns;
    if (with_noise) {
      T* noise = noise_.data() + sample * n;
      for (Index i = 0; i < n; ++i) {
        const auto raw = static_cast<double>(score[n + i]);
        score[i] += noise[i] * static_cast<T>(softplus(raw) + game_->config.gating.noise_floor);
        noise[i] *= static_cast<T>(sigmoid(raw));  // d score / d raw, for the way back
      }
    }
    // 2. The k highest scores, by repeated argmax; of equal ones the first.
    Index* chosen = chosen_.data() + sample * k;
    T* gate = gates_.data() + sample * k;
    for (Index slot = 0; slot < k; ++slot) {
      chosen[slot] = std::max_element(score, score + n) - score;
      gate[slot] = score[chosen[slot]];
      score[chosen[slot]] = -std::numeric_limits<T>::infinity();
    }
    // 3. Their softmax.
    const T highest = gate[0];
    T total{0};
    for (Index slot = 0; slot < k; ++slot) total += gate[slot] = std::exp(gate[slot] - highest);
    for (Index slot = 0; slot < k; ++slot) {
      gate[slot] /= total;
      sums[chosen[slot]] += static_cast<double>(gate[slot]);
    }
  }
}

template <class T>
void ExpertMarket<T>::sum_gates() {
  const Index n = shape_.sellers, blocks = block_count(shape_.batch, kSampleRows);
  for (Index c = 0; c < shape_.bidders; ++c)
    for (Index block = 0; block < block_count(samples_[at(c)], kSampleRows); ++block)
      for (Index i = 0; i < n; ++i)
        gate_sums_[at(pair(c, i))] += block_sums_[at((c * blocks + block) * n + i)];
}

template <class T>
void ExpertMarket<T>::set_bids() {
  const Index n = shape_.sellers;
  const Index shift = game_->config.bids.alignment == Alignment::kSeller ? 1 : 0;
  for (Index c = 0; c < shape_.bidders; ++c) {
    const double* sums = gate_sums_.data() + c * n;
    double square = 0.0;
    for (Index i = 0; i < n; ++i) square += sums[i] * sums[i];
    const double norm = std::sqrt(square);
    const auto self = static_cast<double>(bidders_.row(c)[shape_.self_weight]);
    const double length = std::sqrt(self * self + 1.0);  // importance has length one
    double* weights = weights_.data() + c * (n + 1);
    weights[0] = self / length;
    for (Index i = 0; i < n; ++i) {
      importance_[at(pair(c, i))] = sums[i] / norm;
      weights[i + 1] = sums[i] / norm / length;
    }
    for (Index i = 0; i < n; ++i) bids_[at(pair(c, i))] = weights[i + shift];
  }
}

template <class T>
void ExpertMarket<T>::bid(const Movers&) {
  if (!noise_is_fresh_) observe(step_, Purpose::kGatingNoise, step_);
  bid();
}

template <class T>
void ExpertMarket<T>::learn(const Movers& movers, int phase) {
  const Learner& learner = plan_.group_of(movers).learner;
  bidders_.set_learner(learner);
  sellers_.set_learner(learner);
  learn(movers, phase, movers.clock);
  if (phase + 1 == phase_count(learner)) observe_prices();
}

template <class T>
void ExpertMarket<T>::restore(Index step) {
  observe(step, Movers{});
  bid(Movers{});
  clear();
}

template <class T>
void ExpertMarket<T>::reset_learners() {
  bidders_.forget();
  sellers_.forget();
}

template class ExpertMarket<float>;
template class ExpertMarket<double>;

}  // namespace gbid::mixture_of_experts
