// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// The way back, from payoffs to every parameter. G is the gradient of what is climbed.
//
//   logits         G = loss coefficient / B (p - [label])                      left by `clear`
//   vote           what a row adds to its sample's logits but for gate and mask: h V + v, with the
//                  joint matrix V = W_last Wt and v = b_last Wt of the pair that trades
//   gate           mask_ci <G_b, vote> + what its sum over the batch is worth
//   mask           g_ci = sum_b gate_bi <G_b, vote>  (- what the bidder pays for it)
//   bid            h_ci = [mask_ci > 0]
//                  own payoff at the mean bid:                  h_ci g_ci (1 - 1/J)
//                  own payoff at a price that others set:       h_ci g_ci
//                  common payoff at the mean bid:               h_ci g_ci - (1/J) sum_c' h_c'i g_c'i
//   weights        l2 norms: d(v/|v|) = (dv - u (u.dv)) / |v|
//   scores         softmax over the kept; the noise's scale by the slope of softplus
//   joint          dV = h' (gate mask G), dv its column sums; then W_last: dV Wt', Wt: W_last' dV
//   hidden         dh = gate mask G V', then layer by layer
#include <algorithm>
#include <cmath>

#include "engine/stepping/blocks.hpp"
#include "scenarios/mixture_of_experts/market.hpp"

namespace gbid::mixture_of_experts {
namespace {

// Rows of a weight matrix that one task computes the gradient of, and learns: high enough for a
// product at full speed, and its gradient is still in the cache when the learner reads it.
constexpr Index kGradientRows = 128;

}  // namespace

template <class T>
void ExpertMarket<T>::differentiate(Objective objective) {
  // 1. From logits to votes: gates and masks get their prices.
  for_sample_blocks([&](Index bidder, Index block, Index begin, Index end) {
    differentiate_answers(bidder, block, begin, end);
  });
  // 2. Through the market: masks, bids, weights, sums of gates.
  std::fill(d_mask_.begin(), d_mask_.end(), 0.0);
  const Index n = shape_.sellers, blocks = block_count(shape_.batch, kSampleRows);
  for (Index c = 0; c < shape_.bidders; ++c)
    for (Index block = 0; block < blocks; ++block)
      for (Index i = 0; i < n; ++i)
        d_mask_[at(pair(c, i))] += block_sums_[at((c * blocks + block) * n + i)];
  differentiate_bids(objective);
  differentiate_asks(objective);
  // 3. Through gates to scores.
  for_sample_blocks([&](Index bidder, Index, Index begin, Index end) {
    differentiate_scores(bidder, begin, end);
  });
  // 4. Through the experts' layers.
  const auto& tasks = dispatch_.tasks();
  for_blocks(static_cast<Index>(tasks.size()), 1,
             [&](Index k, Index, Index) { pull_back(tasks[at(k)]); });
}

template <class T>
void ExpertMarket<T>::differentiate_answers(Index bidder, Index block, Index begin, Index end) {
  const Index k = shape_.top_k, columns = shape_.class_columns;
  const Index first = bidder * shape_.batch + begin, rows = end - begin;
  double* sums = block_sums_.data() +
                 (bidder * block_count(shape_.batch, kSampleRows) + block) * shape_.sellers;
  std::fill_n(sums, shape_.sellers, 0.0);
  for (Index sample = first; sample < first + rows; ++sample) {
    const T* d_logits = logits_.data() + sample * columns;
    for (Index slot = sample * k; slot < (sample + 1) * k; ++slot) {
      const Index row = dispatch_.row(slot), seller = chosen_[at(slot)];
      d_gates_[slot] = T{0};
      if (row < 0) continue;
      const T mask = mask_[at(pair(bidder, seller))], weight = gates_[slot] * mask;
      const T* votes = votes_.data() + row * columns;
      T* d_votes = d_votes_.data() + row * columns;
      T worth{0};
      for (Index j = 0; j < columns; ++j) {
        worth += d_logits[j] * votes[j];
        d_votes[j] = weight * d_logits[j];
      }
      sums[seller] += static_cast<double>(gates_[slot] * worth);
      d_gates_[slot] = mask * worth;
    }
  }
}

template <class T>
void ExpertMarket<T>::differentiate_bids(Objective objective) {
  const Index n = shape_.sellers;
  const PayoffConfig& payoff = game_->config.payoff;
  const double revenue = objective == Objective::kMeanUtility ? 0.0 : payoff.revenue;
  const double balance = objective == Objective::kMeanUtility ? 0.0 : payoff.balance;
  const double payment = objective == Objective::kOwnPayoff ? payoff.payment : 0.0;
  const bool is_mean_price = std::holds_alternative<MeanBidPrice>(game_->config.bids.price);
  const double share = is_mean_price ? 1.0 / static_cast<double>(shape_.bidders) : 0.0;
  // 1. Masks. What is paid is another's earning: it moves only those who climb for themselves.
  for (Index c = 0; c < shape_.bidders; ++c)
    for (Index i = 0; i < n; ++i) {
      double& g = d_mask_[at(pair(c, i))];
      g = mask_[at(pair(c, i))] > T{0} ? g + payment * prices_[at(i)] : 0.0;
    }
  for (Index c = 0; c < shape_.bidders; ++c) {
    const double* weights = weights_.data() + c * (n + 1);
    const double* importance = importance_.data() + c * n;
    const double* sums = gate_sums_.data() + c * n;
    double* d_sums = d_gate_sums_.data() + c * n;
    // 2. Bids, by which price they move.
    const auto d_bid = [&](Index i) {
      double through_price = d_mask_[at(pair(c, i))];
      if (objective != Objective::kOwnPayoff) {
        through_price = 0.0;
        for (Index other = 0; other < shape_.bidders; ++other)
          through_price += d_mask_[at(pair(other, i))];
      }
      return d_mask_[at(pair(c, i))] - share * through_price;
    };
    // 3. Weights: bid i is weight i + 1, or i as published; weight 0 is the revenue.
    const bool is_aligned = game_->config.bids.alignment == Alignment::kSeller;
    const auto d_weight = [&](Index w) {
      const Index i = is_aligned ? w - 1 : w;
      return (i >= 0 && i < n ? d_bid(i) : 0.0) + (w == 0 ? revenue : 0.0);
    };
    // 4. l2([self, importance]), then l2(sums).
    const auto self = static_cast<double>(bidders_.row(c)[shape_.self_weight]);
    const double length = std::sqrt(self * self + 1.0);
    double along = 0.0;
    for (Index w = 0; w <= n; ++w) along += weights[w] * d_weight(w);
    d_self_[at(c)] = (d_weight(0) - weights[0] * along) / length;
    double norm = 0.0, mean = 0.0, along_importance = 0.0;
    for (Index i = 0; i < n; ++i) {
      norm += sums[i] * sums[i];
      mean += sums[i] / static_cast<double>(n);
      d_sums[i] = (d_weight(i + 1) - weights[i + 1] * along) / length;
      along_importance += importance[i] * d_sums[i];
    }
    norm = std::sqrt(norm);
    // 5. Balance: variation^2 = mean of (s - mean)^2 / mean^2.
    const double variation = squared_variation(c), scale = 2.0 / (static_cast<double>(n) * mean);
    for (Index i = 0; i < n; ++i)
      d_sums[i] = (d_sums[i] - importance[i] * along_importance) / norm +
                  balance * scale * ((sums[i] - mean) / mean - variation);
  }
}

template <class T>
void ExpertMarket<T>::differentiate_scores(Index bidder, Index begin, Index end) {
  const Index n = shape_.sellers, k = shape_.top_k, columns = shape_.score_columns;
  const double* d_sums = d_gate_sums_.data() + bidder * n;
  for (Index sample = bidder * shape_.batch + begin; sample < bidder * shape_.batch + end;
       ++sample) {
    T* d_score = scores_.data() + sample * columns;
    std::fill_n(d_score, columns, T{0});
    T mean{0};
    for (Index slot = sample * k; slot < (sample + 1) * k; ++slot) {
      d_gates_[slot] += static_cast<T>(d_sums[chosen_[at(slot)]]);
      mean += gates_[slot] * d_gates_[slot];
    }
    for (Index slot = sample * k; slot < (sample + 1) * k; ++slot) {
      const Index seller = chosen_[at(slot)];
      const T g = gates_[slot] * (d_gates_[slot] - mean);
      d_score[seller] = g;
      if (game_->config.gating.noise) d_score[n + seller] = g * noise_[sample * n + seller];
    }
  }
}

template <class T>
void ExpertMarket<T>::pull_back_run(Index run) {
  const auto& [bidder, seller, begin, end] = dispatch_.runs()[at(run)];
  const Layer& last = shape_.answer();
  const Index columns = shape_.class_columns, rows = end - begin,
              size = (last.inputs + 1) * columns;
  const auto d_votes =
      rows_of<T>(std::as_const(d_votes_).data() + begin * columns, rows, columns, columns);
  // 1. To the joint matrix and its bias.
  T* d_joint = d_joint_.data() + run * size;
  multiply_tn<T>(rows_of<T>(answer_input(seller, begin), rows, last.inputs, last.inputs), d_votes,
                 rows_of(d_joint, last.inputs, columns, columns));
  rows_of(d_joint + last.inputs * columns, 1, columns, columns) = d_votes.colwise().sum();
  // 2. To what the last layer reads, unless that is the image.
  if (d_outputs_.empty()) return;
  multiply_nt<T>(
      d_votes, rows_of<T>(std::as_const(joint_).data() + run * size, last.inputs, columns, columns),
      rows_of(d_outputs_.back().data() + begin * last.inputs, rows, last.inputs, last.inputs));
}

template <class T>
void ExpertMarket<T>::pull_back(const RowTask& task) {
  const Index rows = task.end - task.begin;
  for (Index run = task.first_run; run < task.last_run; ++run) pull_back_run(run);
  for (std::size_t l = d_outputs_.size(); l-- > 0;) {
    const Layer& layer = shape_.layers[l];
    T* dy = d_outputs_[l].data() + task.begin * layer.outputs;
    multiply_by_slope(layer.activation, outputs_[l].data() + task.begin * layer.outputs, dy,
                      rows * layer.outputs);
    if (l == 0) break;
    pull_back_to_input<T>(layer, std::as_const(sellers_).row(task.seller),
                          rows_of<T>(static_cast<const T*>(dy), rows, layer.outputs, layer.outputs),
                          rows_of(d_outputs_[l - 1].data() + task.begin * layer.inputs, rows,
                                  layer.inputs, layer.inputs));
  }
}

/// Earnings are the ask times what is sold at it; for all together only what is bought counts.
template <class T>
void ExpertMarket<T>::differentiate_asks(Objective objective) {
  if (shape_.ask_layers.empty()) return;
  const Mlp<double>& network = *shape_.ask;
  for (Index i = 0; i < shape_.sellers; ++i) {
    // 1. The ask itself.
    double sold = 0.0, buyers = 0.0, worth = 0.0;
    for (Index c = 0; c < shape_.bidders; ++c) {
      const double mask = static_cast<double>(mask_[at(pair(c, i))]);
      sold += mask;
      buyers += mask > 0.0;
      worth += d_mask_[at(pair(c, i))];
    }
    Ask& ask = asks_[at(i)];
    double d_ask = objective == Objective::kOwnPayoff
                       ? -game_->config.payoff.payment * (sold - prices_[at(i)] * buyers)
                       : -worth;
    multiply_by_slope(Activation::kSigmoid, &ask.value, &d_ask, 1);
    // 2. Back through its network.
    network.pull_back(ask.parameters.data(), ask.input(), ask.activations.data(),
                      rows_of<double>(static_cast<const double*>(&d_ask), 1, 1, 1),
                      ask.gradient.data(), ask.scratch.data());
    std::transform(ask.gradient.begin(), ask.gradient.end(),
                   sellers_.gradient(i) + shape_.ask_layers.front().weights,
                   [](double value) { return static_cast<T>(value); });
  }
}

// --- Learn -------------------------------------------------------------------------------------

template <class T>
void ExpertMarket<T>::reserve_gradient_tasks() {
  Index tasks = shape_.bidders * (block_count(shape_.pixels, kGradientRows) + 1);
  for (const Layer& layer : shape_.layers)
    tasks += shape_.sellers * block_count(layer.inputs, kGradientRows);
  gradient_tasks_.reserve(at(tasks + shape_.sellers));
  joint_tasks_.reserve(at(shape_.agents()));
}

template <class T>
void ExpertMarket<T>::plan_gradients(const Movers& movers, int phase) {
  if (phase == 0) {
    const bool drifts = game_->config.idle_sellers == IdleSellers::kDrift;
    std::fill(is_active_.begin(), is_active_.end(), 0);
    for (const Index agent : movers.agents) {
      const Index seller = agent - shape_.bidders;
      is_active_[at(agent)] = seller < 0 || drifts || dispatch_.rows(seller) > 0;
    }
  }
  gradient_tasks_.clear();
  joint_tasks_.clear();
  using Of = typename GradientTask::Of;
  const auto split = [&](Of of, Index agent, Index layer, Index rows) {
    const Index blocks = block_count(rows, kGradientRows);
    for (Index b = 0; b < blocks; ++b)  // even blocks: none of them a sliver
      gradient_tasks_.push_back({of, agent, layer, rows * b / blocks, rows * (b + 1) / blocks});
  };
  for (const Index agent : movers.agents) {
    const Index seller = agent - shape_.bidders;
    if (seller < 0) {
      split(Of::kGating, agent, 0, shape_.pixels);
      joint_tasks_.push_back({Of::kHead, agent, 0, 0, shape_.embedding});
      continue;
    }
    if (is_active_[at(agent)]) {
      for (std::size_t l = 0; l + 1 < shape_.layers.size(); ++l)
        split(Of::kLayer, seller, static_cast<Index>(l), shape_.layers[l].inputs);
      joint_tasks_.push_back({Of::kAnswer, seller, 0, 0, shape_.answer().inputs});
    }
    if (!shape_.ask_layers.empty()) gradient_tasks_.push_back({Of::kAsk, seller, 0, 0, 0});
  }
}

template <class T>
void ExpertMarket<T>::compute_gradient(const GradientTask& task) {
  using Of = typename GradientTask::Of;
  const Index begin = task.begin, count = task.end - task.begin;
  if (task.of == Of::kLayer) {
    const Layer& layer = shape_.layers[at(task.layer)];
    const Index rows = dispatch_.rows(task.agent), row = dispatch_.begin(task.agent);
    const T* x = task.layer == 0 ? input(task.agent)
                                 : outputs_[at(task.layer - 1)].data() + row * layer.inputs;
    const auto dy =
        rows_of<T>(std::as_const(d_outputs_[at(task.layer)]).data() + row * layer.outputs, rows,
                   layer.outputs, layer.outputs);
    pull_back_to_weights<T>(layer, rows_of<T>(x, rows, layer.inputs, layer.inputs), dy, begin,
                            task.end, sellers_.gradient(task.agent));
    return;
  }
  if (task.of != Of::kGating) return;  // computed with its price, or before
  const Index samples = samples_[at(task.agent)], first = task.agent * shape_.batch;
  const Index columns = shape_.score_columns;
  multiply_tn<T>(
      rows_of<T>(std::as_const(x_).data() + first * shape_.pixels + begin, samples, count,
                 shape_.pixels),
      rows_of<T>(std::as_const(scores_).data() + first * columns, samples, columns, columns),
      rows_of(bidders_.gradient(task.agent) + shape_.gating_weights() + begin * columns, count,
              columns, columns));
}

/// A seller's last layer from its buyers' heads, or a bidder's head from the last layers that it
/// bought from.
template <class T>
void ExpertMarket<T>::compute_joint_gradient(const GradientTask& task) {
  const Layer& last = shape_.answer();
  const Index columns = shape_.class_columns, size = (last.inputs + 1) * columns;
  const bool is_head = task.of == GradientTask::Of::kHead;
  T* gradient = is_head ? bidders_.gradient(task.agent) : sellers_.gradient(task.agent);
  auto of_head = rows_of(gradient + shape_.head_weights, last.outputs, columns, columns);
  auto of_answer = rows_of(gradient + last.weights, last.inputs + 1, last.outputs,
                           last.outputs);  // and its bias
  if (is_head)
    of_head.setZero();
  else
    of_answer.setZero();
  for (std::size_t k = 0; k < dispatch_.runs().size(); ++k) {
    const Run& run = dispatch_.runs()[k];
    if ((is_head ? run.bidder : run.seller) != task.agent) continue;
    const auto d_joint = rows_of<T>(std::as_const(d_joint_).data() + static_cast<Index>(k) * size,
                                    last.inputs + 1, columns, columns);
    if (is_head)
      multiply_tn<T>(rows_of<T>(std::as_const(sellers_).row(run.seller) + last.weights,
                                last.inputs + 1, last.outputs, last.outputs),
                     d_joint, of_head, Into::kAdd);
    else
      multiply_nt<T>(d_joint,
                     rows_of<T>(std::as_const(bidders_).row(run.bidder) + shape_.head_weights,
                                last.outputs, columns, columns),
                     of_answer, Into::kAdd);
  }
  if (!is_head) return;
  gradient[shape_.self_weight] = static_cast<T>(d_self_[at(task.agent)]);
  rows_of(gradient + shape_.head_bias, 1, columns, columns) =
      rows_of<T>(std::as_const(logits_).data() + task.agent * shape_.batch * columns,
                 samples_[at(task.agent)], columns, columns)
          .colwise()
          .sum();
}

template <class T>
void ExpertMarket<T>::learn(const Movers& movers, int phase, Index clock) {
  plan_gradients(movers, phase);
  if (phase + 1 == bidders_.phases())
    for (const Index agent : movers.agents) {
      if (!is_active_[at(agent)] && shape_.ask_layers.empty()) continue;
      ++updates_[at(agent)];
      if (agent < shape_.bidders)
        bidders_.count_update(agent);
      else
        sellers_.count_update(agent - shape_.bidders);
    }
  using Of = typename GradientTask::Of;
  // Heads and last layers need each other's parameters, so that no agent learns before these are
  // done.
  for_blocks(static_cast<Index>(joint_tasks_.size()), 1,
             [&](Index k, Index, Index) { compute_joint_gradient(joint_tasks_[at(k)]); });
  gradient_tasks_.insert(gradient_tasks_.end(), joint_tasks_.begin(), joint_tasks_.end());
  for_blocks(static_cast<Index>(gradient_tasks_.size()), 1, [&](Index k, Index, Index) {
    const GradientTask& task = gradient_tasks_[at(k)];
    compute_gradient(task);
    // While the gradient is still in the cache. No code reads parameters any more.
    switch (task.of) {
      case Of::kGating:
        bidders_.learn(task.agent, shape_.gating_weights() + task.begin * shape_.score_columns,
                       shape_.gating_weights() + task.end * shape_.score_columns, phase, clock);
        break;
      case Of::kHead:
        bidders_.learn(task.agent, shape_.self_weight, shape_.bidder_parameters, phase, clock);
        break;
      case Of::kLayer: {
        const Layer& layer = shape_.layers[at(task.layer)];
        sellers_.learn(task.agent, layer.weights + task.begin * layer.outputs,
                       layer.weights + task.end * layer.outputs, phase, clock);
        if (task.end == layer.inputs)
          sellers_.learn(task.agent, layer.bias, layer.end(), phase, clock);
        break;
      }
      case Of::kAnswer:
        sellers_.learn(task.agent, shape_.answer().weights, shape_.answer().end(), phase, clock);
        break;
      case Of::kAsk:
        sellers_.learn(task.agent, shape_.ask_layers.front().weights,
                       shape_.ask_layers.back().end(), phase, clock);
        break;
    }
  });
}

#define GBID_INSTANTIATE(T)                                        \
  template void ExpertMarket<T>::differentiate(Objective);         \
  template void ExpertMarket<T>::learn(const Movers&, int, Index); \
  template void ExpertMarket<T>::reserve_gradient_tasks()
GBID_INSTANTIATE(float);
GBID_INSTANTIATE(double);
#undef GBID_INSTANTIATE

}  // namespace gbid::mixture_of_experts
