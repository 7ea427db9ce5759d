// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// Clear: bids become prices and masks, samples go to the sellers that they were bought from, and
// what comes back becomes payoffs.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/core/error.hpp"
#include "scenarios/mixture_of_experts/market.hpp"

namespace gbid::mixture_of_experts {
namespace {

// A bid that exceeds the price by no more is equal to it: bidders with equal bids would otherwise buy
// what the rounding of their mean bid leaves.
constexpr double kRounding = 1e-12;

}  // namespace

template <class T>
void ExpertMarket<T>::set_prices() {
  const Price& price = game_->config.bids.price;
  for (Index i = 0; i < shape_.sellers; ++i) {
    if (const auto* fixed = std::get_if<FixedPrice>(&price)) {
      prices_[at(i)] = fixed->value;
    } else if (std::holds_alternative<MeanBidPrice>(price)) {
      double total = 0.0;
      for (Index c = 0; c < shape_.bidders; ++c) total += bids_[at(pair(c, i))];
      prices_[at(i)] = total / static_cast<double>(shape_.bidders);
    } else {
      prices_[at(i)] = ask(i);
    }
    for (Index c = 0; c < shape_.bidders; ++c) {
      const double excess = bids_[at(pair(c, i))] - prices_[at(i)];
      mask_[at(pair(c, i))] = excess > kRounding ? static_cast<T>(excess) : T{0};
    }
  }
}

template <class T>
T* ExpertMarket<T>::input(Index seller) {
  if (dispatch_.is_consecutive(seller))
    return x_.data() + dispatch_.sample(dispatch_.begin(seller)) * shape_.pixels;
  return gathered_.data() + dispatch_.begin(seller) * shape_.pixels;
}

template <class T>
void ExpertMarket<T>::run_expert(const RowTask& task) {
  const Index rows = task.end - task.begin, pixels = shape_.pixels;
  const T* parameters = std::as_const(sellers_).row(task.seller);
  // 1. Gather, unless the samples lie together as they are.
  const T* x = input(task.seller) + (task.begin - dispatch_.begin(task.seller)) * pixels;
  if (!dispatch_.is_consecutive(task.seller))
    for (Index r = task.begin; r < task.end; ++r)
      std::copy_n(x_.data() + dispatch_.sample(r) * pixels, pixels, gathered_.data() + r * pixels);
  // 2. Layer by layer, but for the last.
  for (std::size_t l = 0; l + 1 < shape_.layers.size(); ++l) {
    const Layer& layer = shape_.layers[l];
    T* y = outputs_[l].data() + task.begin * layer.outputs;
    forward_layer<T>(layer, parameters, rows_of<T>(x, rows, layer.inputs, layer.inputs),
                     rows_of(y, rows, layer.outputs, layer.outputs));
    x = y;
  }
  // 3. The last layer, as its buyers read it.
  for (Index run = task.first_run; run < task.last_run; ++run) answer(run);
}

template <class T>
const T* ExpertMarket<T>::answer_input(Index seller, Index row) {
  const Layer& last = shape_.answer();
  return outputs_.empty() ? input(seller) + (row - dispatch_.begin(seller)) * last.inputs
                          : outputs_.back().data() + row * last.inputs;
}

template <class T>
void ExpertMarket<T>::answer(Index run) {
  const auto& [bidder, seller, begin, end] = dispatch_.runs()[at(run)];
  const Layer& last = shape_.answer();
  const Index columns = shape_.class_columns;
  const T* expert = std::as_const(sellers_).row(seller);
  // 1. Last layer and bias times head: the bias lies behind the weights as one more row.
  const auto head = rows_of<T>(std::as_const(bidders_).row(bidder) + shape_.head_weights,
                               last.outputs, columns, columns);
  T* joint = joint_.data() + run * (last.inputs + 1) * columns;
  multiply<T>(rows_of<T>(expert + last.weights, last.inputs + 1, last.outputs, last.outputs), head,
              rows_of(joint, last.inputs + 1, columns, columns));
  // 2. Votes.
  dense_forward<T>(rows_of<T>(answer_input(seller, begin), end - begin, last.inputs, last.inputs),
                   rows_of<T>(static_cast<const T*>(joint), last.inputs, columns, columns),
                   joint + last.inputs * columns, Activation::kIdentity,
                   rows_of(votes_.data() + begin * columns, end - begin, columns, columns));
}

template <class T>
void ExpertMarket<T>::classify(Index bidder, Index block, Index begin, Index end) {
  const Index k = shape_.top_k, columns = shape_.class_columns;
  const Index first = bidder * shape_.batch + begin, rows = end - begin;
  const T* bias = std::as_const(bidders_).row(bidder) + shape_.head_bias;
  // 1. What was bought, weighted by gate and mask.
  for (Index sample = first; sample < first + rows; ++sample) {
    T* logits = logits_.data() + sample * columns;
    std::copy_n(bias, columns, logits);
    for (Index slot = sample * k; slot < (sample + 1) * k; ++slot) {
      const Index row = dispatch_.row(slot);
      if (row < 0) continue;
      const T weight = gates_[slot] * mask_[at(pair(bidder, chosen_[at(slot)]))];
      const T* votes = votes_.data() + row * columns;
      for (Index j = 0; j < columns; ++j) logits[j] += weight * votes[j];
    }
  }
  // 2. The loss, and the gradient of the payoff with respect to the logits in their place.
  block_losses_[at(bidder * block_count(shape_.batch, kSampleRows) + block)] =
      softmax_cross_entropy(
          logits_.data() + first * columns, rows, shape_.classes, columns, labels_.data() + first,
          static_cast<T>(game_->config.payoff.loss / static_cast<double>(samples_[at(bidder)])));
}

template <class T>
void ExpertMarket<T>::clear() {
  // 1. Demand becomes bids, bids become prices and masks.
  std::fill(gate_sums_.begin(), gate_sums_.end(), 0.0);
  sum_gates();
  set_bids();
  set_prices();
  // 2. Samples go to the sellers that they were bought from.
  serve();
  for (Index c = 0; c < shape_.bidders; ++c) {
    loss_[at(c)] /= static_cast<double>(samples_[at(c)]);
    accuracy_[at(c)] /= static_cast<double>(samples_[at(c)]);
  }
  refuse_undefined();
}

template <class T>
void ExpertMarket<T>::clear_for(Index bidder) {
  std::fill(gate_sums_.begin(), gate_sums_.end(), 0.0);
  sum_gates();
  set_bids();
  set_prices();
  for (Index c = 0; c < shape_.bidders; ++c)
    if (c != bidder) samples_[at(c)] = 0;  // until the next are observed
  serve();
  loss_[at(bidder)] /= static_cast<double>(samples_[at(bidder)]);
  accuracy_[at(bidder)] /= static_cast<double>(samples_[at(bidder)]);
  refuse_undefined();
}

template <class T>
void ExpertMarket<T>::serve() {
  dispatch_.route(samples_, chosen_, gates_, mask_);
  const auto& tasks = dispatch_.tasks();
  for_blocks(static_cast<Index>(tasks.size()), 1,
             [&](Index k, Index, Index) { run_expert(tasks[at(k)]); });
  for_sample_blocks([&](Index bidder, Index block, Index begin, Index end) {
    classify(bidder, block, begin, end);
  });
  const Index blocks = block_count(shape_.batch, kSampleRows);
  for (Index c = 0; c < shape_.bidders; ++c) {
    LossSum total;
    for (Index block = 0; block < block_count(samples_[at(c)], kSampleRows); ++block) {
      total.loss += block_losses_[at(c * blocks + block)].loss;
      total.correct += block_losses_[at(c * blocks + block)].correct;
    }
    loss_[at(c)] = total.loss;
    accuracy_[at(c)] = static_cast<double>(total.correct);
  }
}

template <class T>
void ExpertMarket<T>::refuse_undefined() const {
  for (Index c = 0; c < shape_.bidders; ++c) {
    if (!std::isfinite(weights_[at(c * (shape_.sellers + 1))]))
      throw NumericError(fmt::format("revenue: the weights of bidder {} are not finite", c));
    for (Index i = 0; i < shape_.sellers; ++i)
      if (!std::isfinite(bids_[at(pair(c, i))]))
        throw NumericError(fmt::format("bid: the gates of bidder {} are not finite", c));
    if (std::isfinite(loss_[at(c)])) continue;
    // Whose numbers went wrong first: a seller's answers, or the bidder's own head.
    const Index width = shape_.class_columns;
    for (Index i = 0; i < shape_.sellers; ++i)
      for (Index k = dispatch_.begin(i) * width; k < dispatch_.end(i) * width; ++k)
        if (!std::isfinite(votes_[k]))
          throw NumericError(
              fmt::format("loss: the answers of seller {} (agent {}) to bidder {} are not finite",
                          i, shape_.bidders + i, c));
    throw NumericError(fmt::format("loss: the loss of bidder {} is not finite", c));
  }
}

template <class T>
double ExpertMarket<T>::payoff(Index bidder) const {
  const PayoffConfig& payoff = game_->config.payoff;
  double payment = 0.0;
  for (Index i = 0; i < shape_.sellers; ++i)
    payment += prices_[at(i)] * static_cast<double>(mask_[at(pair(bidder, i))]);
  return payoff.loss * loss_[at(bidder)] +
         payoff.revenue * weights_[at(bidder * (shape_.sellers + 1))] +
         payoff.balance * squared_variation(bidder) + payoff.payment * payment;
}

template <class T>
double ExpertMarket<T>::earnings(Index seller) const {
  double sold = 0.0;
  for (Index c = 0; c < shape_.bidders; ++c)
    sold += static_cast<double>(mask_[at(pair(c, seller))]);
  return -game_->config.payoff.payment * prices_[at(seller)] * sold;
}

template <class T>
double ExpertMarket<T>::seller_payoff(Index seller) const {
  double loss = 0.0;
  for (Index c = 0; c < shape_.bidders; ++c) loss += loss_[at(c)];
  return game_->config.payoff.loss * loss + earnings(seller);
}

template <class T>
double ExpertMarket<T>::squared_variation(Index bidder) const {
  const auto n = static_cast<double>(shape_.sellers);
  double mean = 0.0, square = 0.0;
  for (Index i = 0; i < shape_.sellers; ++i) mean += gate_sums_[at(pair(bidder, i))] / n;
  for (Index i = 0; i < shape_.sellers; ++i) {
    const double away = gate_sums_[at(pair(bidder, i))] - mean;
    square += away * away / n;
  }
  return square / (mean * mean);
}

// --- Asks --------------------------------------------------------------------------------------

/// The seller's network, from what it saw when the market last cleared to its ask in (0, 1).
template <class T>
double ExpertMarket<T>::ask(Index seller) {
  Ask& ask = asks_[at(seller)];
  std::copy_n(seen_.data() + seller * kAskInputs, kAskInputs, ask.seen.data());
  const T* parameters = sellers_.row(seller) + shape_.ask_layers.front().weights;
  std::copy_n(parameters, shape_.ask->parameter_count(), ask.parameters.data());
  shape_.ask->forward(ask.parameters.data(), ask.input(), ask.activations.data(),
                      rows_of(&ask.value, 1, 1, 1));
  activate_in_place(Activation::kSigmoid, &ask.value, 1);
  return ask.value;
}

template <class T>
void ExpertMarket<T>::observe_prices() {
  if (shape_.ask_layers.empty()) return;
  const double bidders = static_cast<double>(shape_.bidders);
  for (Index i = 0; i < shape_.sellers; ++i) {
    double bid = 0.0;
    for (Index c = 0; c < shape_.bidders; ++c) bid += bids_[at(pair(c, i))] / bidders;
    seen_[at(i * kAskInputs)] = bid;
    seen_[at(i * kAskInputs + 1)] =
        static_cast<double>(dispatch_.rows(i)) / bidders / static_cast<double>(shape_.batch);
  }
}

#define GBID_INSTANTIATE(T)                                        \
  template void ExpertMarket<T>::clear();                          \
  template void ExpertMarket<T>::clear_for(Index);                 \
  template double ExpertMarket<T>::seller_payoff(Index) const;     \
  template void ExpertMarket<T>::serve();                          \
  template void ExpertMarket<T>::set_prices();                     \
  template void ExpertMarket<T>::observe_prices();                 \
  template double ExpertMarket<T>::payoff(Index) const;            \
  template double ExpertMarket<T>::earnings(Index) const;          \
  template double ExpertMarket<T>::squared_variation(Index) const; \
  template T* ExpertMarket<T>::input(Index);                       \
  template const T* ExpertMarket<T>::answer_input(Index, Index)
GBID_INSTANTIATE(float);
GBID_INSTANTIATE(double);
#undef GBID_INSTANTIATE

}  // namespace gbid::mixture_of_experts
