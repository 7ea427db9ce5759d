// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/mixture_of_experts/market.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/core/error.hpp"
#include "engine/stepping/blocks.hpp"
#include "scenarios/data/take.hpp"

namespace gbid::mixture_of_experts {
namespace {

double softplus(double x) { return x > 30.0 ? x : std::log1p(std::exp(x)); }
double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }

// A bid that exceeds the price by no more is equal to it: bidders who bid alike would otherwise buy
// what the rounding of their mean bid leaves.
constexpr double kRounding = 1e-12;

std::size_t count(Index a, Index b = 1) { return static_cast<std::size_t>(a * b); }

}  // namespace

template <class T>
ExpertMarket<T>::ExpertMarket(std::shared_ptr<const Game> game, const RegimePlan& plan,
                              StreamKey key)
    : game_(std::move(game)),
      shape_(game_->shape),
      plan_(plan),
      key_(key),
      bidders_(shape_.bidders, shape_.bidder_parameters, plan.learner),
      sellers_(shape_.sellers, shape_.seller_parameters, plan.learner),
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
      gate_prices_(shape_.most_rows()),
      mask_prices_(gate_sums_.size()),
      gate_sum_prices_(gate_sums_.size()),
      self_prices_(count(shape_.bidders)),
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
    Index width = kAskInputs;
    for (const Layer& layer : shape_.ask_layers) width += layer.outputs;
    ask_work_.resize(count(shape_.sellers, 2 * width));
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
}

template <class T>
void ExpertMarket<T>::draw_start() {
  const auto fill = [&](T* values, Index number, double deviation, Stream& stream) {
    for (Index k = 0; k < number; ++k)
      values[k] = static_cast<T>(truncated_normal(stream, deviation));
  };
  const bool is_published = game_->config.experts.init == Init::kPublished;
  constexpr double kPublishedDeviation = 0.1, kPublishedBias = 0.1;
  const auto deviation = [&](Index inputs) {
    return is_published ? kPublishedDeviation : std::sqrt(2.0 / static_cast<double>(inputs));
  };
  const T bias = static_cast<T>(is_published ? kPublishedBias : 0.0);
  StreamKey key = key_;
  key.purpose = Purpose::kNetwork;
  for (Index agent = 0; agent < shape_.agents(); ++agent) {
    key.agent = static_cast<std::uint64_t>(agent);
    Stream stream(key);
    if (agent < shape_.bidders) {  // gates start at zero: everybody is asked alike
      T* row = bidders_.row(agent);
      row[shape_.self_weight] = T{1};
      for (Index e = 0; e < shape_.embedding; ++e)
        fill(row + shape_.head_weights + e * shape_.class_columns, shape_.classes,
             deviation(shape_.embedding), stream);
      std::fill_n(row + shape_.head_bias, shape_.classes, bias);
      continue;
    }
    T* row = sellers_.row(agent - shape_.bidders);
    for (const Layer& layer : shape_.layers) {
      fill(row + layer.weights, layer.inputs * layer.outputs, deviation(layer.inputs), stream);
      std::fill_n(row + layer.bias, layer.outputs, bias);
    }
    // An ask above every bid sells nothing and learns nothing, so it starts where a monopolist
    // would in the neutral market: at half the bid, whatever its hidden layers say.
    for (const Layer& layer : shape_.ask_layers) {
      if (layer.end() != shape_.seller_parameters) {
        fill(row + layer.weights, layer.inputs * layer.outputs,
             1.0 / std::sqrt(static_cast<double>(layer.inputs)), stream);
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
  rows_of(scores_.data() + first * columns, rows, columns, columns).noalias() =
      rows_of<T>(std::as_const(x_).data() + first * shape_.pixels, rows, shape_.pixels,
                 shape_.pixels) *
      rows_of<T>(std::as_const(bidders_).row(bidder) + shape_.gating_weights(), shape_.pixels,
                 columns, columns);
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

// --- Clear -------------------------------------------------------------------------------------

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
    dense_forward<T>(
        rows_of<T>(x, rows, layer.inputs, layer.inputs),
        rows_of<T>(parameters + layer.weights, layer.inputs, layer.outputs, layer.outputs),
        parameters + layer.bias, layer.activation, rows_of(y, rows, layer.outputs, layer.outputs));
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
  rows_of(joint, last.inputs + 1, columns, columns).noalias() =
      rows_of<T>(expert + last.weights, last.inputs + 1, last.outputs, last.outputs) * head;
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

template <class T>
void ExpertMarket<T>::climb(Index step, const Movers& movers) {
  observe(step, Purpose::kGatingNoise, step);
  for (int phase = 0; phase < bidders_.phases(); ++phase) {
    if (phase > 0) observe(step, Purpose::kGatingNoise, step);  // the noise was used up
    bid();
    clear();
    price(plan_.objective);
    learn(movers, phase, step + 1);
  }
  look_around();
}

// --- Asks --------------------------------------------------------------------------------------

/// The seller's network, from what it saw when the market last cleared to its ask in (0, 1).
template <class T>
double ExpertMarket<T>::ask(Index seller) {
  double* work = ask_work_.data() + seller * static_cast<Index>(ask_work_.size()) / shape_.sellers;
  const T* parameters = sellers_.row(seller);
  std::copy_n(seen_.data() + seller * kAskInputs, kAskInputs, work);
  for (const Layer& layer : shape_.ask_layers) {
    double* y = work + layer.inputs;
    for (Index k = 0; k < layer.outputs; ++k) {
      double sum = static_cast<double>(parameters[layer.bias + k]);
      for (Index j = 0; j < layer.inputs; ++j)
        sum += work[j] * static_cast<double>(parameters[layer.weights + j * layer.outputs + k]);
      y[k] = layer.activation == Activation::kTanh ? std::tanh(sum) : sigmoid(sum);
    }
    work = y;
  }
  return work[0];
}

template <class T>
void ExpertMarket<T>::look_around() {
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

template class ExpertMarket<float>;
template class ExpertMarket<double>;

}  // namespace gbid::mixture_of_experts
