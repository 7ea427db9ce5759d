// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// What can be recorded of a mixture of experts, and its evaluation on held-out images.
#include "scenarios/mixture_of_experts/records.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/stepping/blocks.hpp"
#include "scenarios/mixture_of_experts/deviations.hpp"
#include "scenarios/mixture_of_experts/market.hpp"

namespace gbid::mixture_of_experts {

std::vector<Variable> trajectory_variables() {
  const std::vector<std::string> bidder{"bidder"}, seller{"seller"}, pair{"bidder", "seller"};
  return {
      {"welfare", "payoffs of bidders and earnings of sellers, per bidder", "payoff", {}},
      {"payoff", "payoff", "payoff", bidder},
      {"loss", "cross-entropy on the training batch", "nat", bidder},
      {"accuracy", "share of the training batch that is classified right", "1", bidder},
      {"revenue", "revenue: weight of the bidder on itself", "1", bidder},
      {"held_out_loss", "cross-entropy on held-out images", "nat", bidder},
      {"held_out_accuracy", "share of held-out images that are classified right", "1", bidder},
      {"importance", "importance: gates summed over the batch, length one", "1", pair},
      {"load", "share of the bidder's samples routed to the seller", "1", pair},
      {"bid", "bid", "1", pair},
      {"mask", "mask: how much of the seller's output is bought", "1", pair},
      {"price", "price", "1", seller},
      {"earnings", "what the seller is paid", "payoff", seller},
      {"samples", "samples that the seller computed", "1", seller},
      {"mask_density", "share of bids that pass the mask", "1", {}},
      {"multiply_adds", "multiply-adds of a training step", "1", {}},
      {"dense_multiply_adds", "multiply-adds if all sellers computed all samples", "1", {}},
  };
}

std::vector<Dimension> dimensions(const Shape& shape) {
  std::vector<Dimension> all{{"agent", shape.agents(), "agent: bidders, then sellers"},
                             {"bidder", shape.bidders, "bidder"},
                             {"seller", shape.sellers, "seller"},
                             {"pixel", shape.pixels, "pixel, row by row"},
                             {"class", shape.classes, "class"},
                             {"embedding", shape.embedding, "output of an expert"}};
  for (std::size_t l = 0; l + 1 < shape.layers.size(); ++l)
    all.push_back({"hidden_" + std::to_string(l), shape.layers[l].outputs, "hidden unit"});
  if (!shape.ask_layers.empty()) all.push_back({"ask_input", kAskInputs, "what a seller sees"});
  for (std::size_t l = 0; l < shape.ask_layers.size(); ++l)
    all.push_back({"ask_unit_" + std::to_string(l), shape.ask_layers[l].outputs,
                   "unit of the ask's network"});
  return all;
}

std::vector<Variable> final_variables(const std::string& name, const Shape& shape) {
  if (name == "market")
    return {{"bid_final", "bid on the held-out set", "1", {"bidder", "seller"}},
            {"mask_final", "mask on the held-out set", "1", {"bidder", "seller"}}};
  if (name != "networks") return {};
  std::vector<Variable> all{
      {"gate_weight", "gating weights", "1", {"bidder", "pixel", "seller"}},
      {"noise_weight", "weights of the gates' noise", "1", {"bidder", "pixel", "seller"}},
      {"self_weight", "self weight", "1", {"bidder"}},
      {"head_weight", "weights of the head", "1", {"bidder", "embedding", "class"}},
      {"head_bias", "biases of the head", "1", {"bidder", "class"}},
  };
  const auto add = [&](const std::string& prefix, std::size_t layers, const std::string& input,
                       const std::string& unit, const std::string& output) {
    std::string from = input;
    for (std::size_t l = 0; l < layers; ++l) {
      const std::string number = std::to_string(l);
      const std::string to = l + 1 == layers && !output.empty() ? output : unit + number;
      all.push_back(
          {prefix + "weight_" + number, "weights of layer " + number, "1", {"seller", from, to}});
      all.push_back({prefix + "bias_" + number, "biases of layer " + number, "1", {"seller", to}});
      from = to;
    }
  };
  add("expert_", shape.layers.size(), "pixel", "hidden_", "embedding");
  add("ask_", shape.ask_layers.size(), "ask_input", "ask_unit_", "");
  return all;
}

Recordables recordables() {
  return {trajectory_variables(),
          {{"networks", "all parameters of bidders and sellers, to be loaded again"},
           {"market", "bids and masks on the held-out set (bidder x seller)"},
           {kCertificate, "what every agent could still gain alone; see [certificate]"}},
          {"welfare", "payoff", "loss", "accuracy", "revenue", "held_out_loss", "held_out_accuracy",
           "importance", "load", "bid", "mask", "price", "mask_density", "multiply_adds",
           "dense_multiply_adds"},
          {"networks", "market"}};
}

// --- Evaluation --------------------------------------------------------------------------------

template <class T>
bool ExpertMarket<T>::is_evaluation_due(Index step) const {
  if (!wants_evaluation_) return false;
  const Index every = game_->config.evaluate;
  if (step == plan_.recorded_steps.back()) return true;
  return every > 0 && (last_evaluation_ < 0 || step / every > last_evaluation_ / every);
}

template <class T>
void ExpertMarket<T>::reserve_evaluation() {
  std::size_t most = 0;
  for (const auto& images : game_->held_out) most = std::max(most, images->size());
  const auto slots = static_cast<Index>(most) * shape_.bidders * shape_.top_k;
  evaluation_chosen_.resize(at(slots));
  evaluation_gates_ = Buffer<T>(slots);
  evaluation_.loss.resize(at(shape_.bidders));
  evaluation_.accuracy.resize(at(shape_.bidders));
  evaluation_.bid.resize(gate_sums_.size());
  evaluation_.mask.resize(gate_sums_.size());
}

template <class T>
const typename ExpertMarket<T>::Evaluation& ExpertMarket<T>::evaluate() {
  std::size_t most = 0;
  for (const auto& images : game_->held_out) most = std::max(most, images->size());
  const Index chunks = block_count(static_cast<Index>(most), shape_.batch);
  const Index slots = shape_.batch * shape_.top_k;
  const auto take_chunk = [&](Index chunk) {
    for (Index c = 0; c < shape_.bidders; ++c)
      samples_[at(c)] = std::clamp<Index>(
          static_cast<Index>(game_->held_out[at(c)]->size()) - chunk * shape_.batch, 0,
          shape_.batch);
    for_sample_blocks([&](Index c, Index, Index begin, Index end) {
      take(c, begin, end, game_->images->held_out,
           game_->held_out[at(c)]->data() + chunk * shape_.batch);
    });
  };
  const auto kept = [&](Index c, Index chunk) {
    return (c * static_cast<Index>(most) + chunk * shape_.batch) * shape_.top_k;
  };
  // 1. Everybody's demand over the whole set.
  std::fill(gate_sums_.begin(), gate_sums_.end(), 0.0);
  for (Index chunk = 0; chunk < chunks; ++chunk) {
    take_chunk(chunk);
    gate(false);
    sum_gates();
    for (Index c = 0; c < shape_.bidders; ++c) {
      const Index count = samples_[at(c)] * shape_.top_k;
      std::copy_n(chosen_.data() + c * slots, count, evaluation_chosen_.data() + kept(c, chunk));
      std::copy_n(gates_.data() + c * slots, count, evaluation_gates_.data() + kept(c, chunk));
    }
  }
  // 2. One market.
  set_bids();
  set_prices();
  std::copy(bids_.begin(), bids_.end(), evaluation_.bid.begin());
  std::copy(mask_.begin(), mask_.end(), evaluation_.mask.begin());
  // 3. Service.
  std::fill(evaluation_.loss.begin(), evaluation_.loss.end(), 0.0);
  std::fill(evaluation_.accuracy.begin(), evaluation_.accuracy.end(), 0.0);
  evaluation_.rows = 0;
  for (Index chunk = 0; chunk < chunks; ++chunk) {
    take_chunk(chunk);
    for (Index c = 0; c < shape_.bidders; ++c) {
      const Index count = samples_[at(c)] * shape_.top_k;
      std::copy_n(evaluation_chosen_.data() + kept(c, chunk), count, chosen_.data() + c * slots);
      std::copy_n(evaluation_gates_.data() + kept(c, chunk), count, gates_.data() + c * slots);
    }
    serve();
    evaluation_.rows += dispatch_.rows();
    for (Index c = 0; c < shape_.bidders; ++c) {
      evaluation_.loss[at(c)] += loss_[at(c)];
      evaluation_.accuracy[at(c)] += accuracy_[at(c)];
    }
  }
  for (Index c = 0; c < shape_.bidders; ++c) {
    const auto count = static_cast<double>(game_->held_out[at(c)]->size());
    evaluation_.loss[at(c)] /= count;
    evaluation_.accuracy[at(c)] /= count;
  }
  loss_ = evaluation_.loss;
  return evaluation_;
}

// --- Records -----------------------------------------------------------------------------------

template <class T>
void ExpertMarket<T>::record(Index step, std::span<double> out) {
  // 1. Held-out images first: the state that is recorded is the one on the batch.
  const double missing = std::numeric_limits<double>::quiet_NaN();
  if (is_evaluation_due(step)) {
    evaluate();
    last_evaluation_ = step;
  } else {
    std::fill(evaluation_.loss.begin(), evaluation_.loss.end(), missing);
    std::fill(evaluation_.accuracy.begin(), evaluation_.accuracy.end(), missing);
  }
  // 2. The batch of the last update again, with fresh noise, as the published experiment prints it.
  observe(std::max<Index>(step - 1, 0), Purpose::kRecordNoise, step);
  bid();
  clear();
  welfare_ = 0.0;
  for (Index c = 0; c < shape_.bidders; ++c) welfare_ += payoff(c);
  for (Index i = 0; i < shape_.sellers; ++i) welfare_ += earnings(i);
  welfare_ /= static_cast<double>(shape_.bidders);
  // 3. Copy.
  double* next = out.data();
  for (const std::string& name : plan_.trajectory) next = copy_variable(name, next);
}

template <class T>
double* ExpertMarket<T>::copy_variable(const std::string& name, double* out) const {
  const Index n = shape_.sellers;
  const auto each = [&](Index count, const auto& value) {
    for (Index k = 0; k < count; ++k) *out++ = value(k);
    return out;
  };
  const auto copy = [&](const auto& values) {
    for (const auto value : values) *out++ = static_cast<double>(value);
    return out;
  };
  if (name == "welfare") return each(1, [&](Index) { return welfare_; });
  if (name == "payoff") return each(shape_.bidders, [&](Index c) { return payoff(c); });
  if (name == "loss") return copy(loss_);
  if (name == "accuracy") return copy(accuracy_);
  if (name == "revenue")
    return each(shape_.bidders, [&](Index c) { return weights_[at(c * (n + 1))]; });
  if (name == "held_out_loss") return copy(evaluation_.loss);
  if (name == "held_out_accuracy") return copy(evaluation_.accuracy);
  if (name == "importance") return copy(importance_);
  if (name == "bid") return copy(bids_);
  if (name == "mask") return copy(mask_);
  if (name == "price") return copy(prices_);
  if (name == "earnings") return each(n, [&](Index i) { return earnings(i); });
  if (name == "samples")
    return each(n, [&](Index i) { return static_cast<double>(dispatch_.rows(i)); });
  if (name == "mask_density") {
    const auto bought = std::count_if(mask_.begin(), mask_.end(), [](T m) { return m > T{0}; });
    return each(
        1, [&](Index) { return static_cast<double>(bought) / static_cast<double>(mask_.size()); });
  }
  if (name == "multiply_adds") return each(1, [&](Index) { return multiply_adds(); });
  if (name == "dense_multiply_adds")
    return each(1, [&](Index) { return shape_.dense_multiply_adds(); });
  // load: routed samples, whether the mask lets them through or not
  double* load = out;
  out = each(shape_.bidders * n, [](Index) { return 0.0; });
  for (Index c = 0; c < shape_.bidders; ++c)
    for (Index slot = c * shape_.batch * shape_.top_k; slot < (c + 1) * shape_.batch * shape_.top_k;
         ++slot)
      load[pair(c, chosen_[at(slot)])] += 1.0 / static_cast<double>(shape_.batch);
  return out;
}

template <class T>
void ExpertMarket<T>::record_final(std::span<double> out) {
  double* next = out.data();
  for (const std::string& name : plan_.final) {
    if (name == kCertificate) {
      next = write_certificate(certificate(), next);
      continue;
    }
    if (name == "market") {
      const Evaluation& held_out = evaluate();
      next = std::copy(held_out.bid.begin(), held_out.bid.end(), next);
      next = std::copy(held_out.mask.begin(), held_out.mask.end(), next);
      continue;
    }
    for (const Variable& variable : final_variables(name, shape_))
      for_network_values<T>(
          variable.name, shape_, [&](Index c) { return bidders_.row(c); },
          [&](Index i) { return sellers_.row(i); },
          [&](T value) { *next++ = static_cast<double>(value); });
  }
}

/// Made in a market of its own, which holds these networks and nothing else of this one.
template <class T>
Certificate ExpertMarket<T>::certificate() const {
  auto market = std::make_unique<ExpertMarket<T>>(game_, plan_, key_);
  for (Index c = 0; c < shape_.bidders; ++c)
    std::copy_n(bidders_.row(c), shape_.bidder_parameters, market->bidders().row(c));
  for (Index i = 0; i < shape_.sellers; ++i)
    std::copy_n(sellers_.row(i), shape_.seller_parameters, market->sellers().row(i));
  ExpertDeviations<T> deviations(std::move(market), game_, plan_.learner,
                                 examined_agents(shape_.agents(), plan_.search));
  return certify(deviations, plan_.search);
}

template <class T>
void ExpertMarket<T>::load(const std::string& variable, std::span<const double> values) {
  const double* next = values.data();
  for_network_values<T>(
      variable, shape_, [&](Index c) { return bidders_.row(c); },
      [&](Index i) { return sellers_.row(i); }, [&](T& value) { value = static_cast<T>(*next++); });
}

#define GBID_INSTANTIATE(T)                                                \
  template void ExpertMarket<T>::reserve_evaluation();                     \
  template const ExpertMarket<T>::Evaluation& ExpertMarket<T>::evaluate(); \
  template void ExpertMarket<T>::record(Index, std::span<double>);         \
  template void ExpertMarket<T>::record_final(std::span<double>);          \
  template void ExpertMarket<T>::load(const std::string&, std::span<const double>)
GBID_INSTANTIATE(float);
GBID_INSTANTIATE(double);
#undef GBID_INSTANTIATE

}  // namespace gbid::mixture_of_experts
