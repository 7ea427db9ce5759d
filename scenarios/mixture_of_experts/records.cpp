// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// What can be recorded of a mixture of experts, and its evaluation on held-out images.
#include "scenarios/mixture_of_experts/records.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/stepping/blocks.hpp"
#include "scenarios/mixture_of_experts/deviations.hpp"
#include "scenarios/mixture_of_experts/market.hpp"

namespace gbid::mixture_of_experts {
namespace {

// Stands for bids and masks on the held-out set in [record] final.
constexpr const char* kMarketArrays = "market";

}  // namespace

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

namespace {

/// The variables of "networks".
std::vector<Variable> network_variables(const Shape* shape) {
  std::vector<Variable> all{
      {"gate_weight", "gating weights", "1", {"bidder", "pixel", "seller"}},
      {"noise_weight", "weights of the gates' noise", "1", {"bidder", "pixel", "seller"}},
      {"self_weight", "self weight", "1", {"bidder"}},
      {"head_weight", "weights of the head", "1", {"bidder", "embedding", "class"}},
      {"head_bias", "biases of the head", "1", {"bidder", "class"}},
  };
  if (!shape) return all;
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
  add("expert_", shape->layers.size(), "pixel", "hidden_", "embedding");
  add("ask_", shape->ask_layers.size(), "ask_input", "ask_unit_", "");
  return all;
}

}  // namespace

template <class T>
std::vector<ArrayRow<ExpertMarket<T>>> ExpertMarket<T>::arrays(const Shape* shape) {
  using M = ExpertMarket<T>;
  const std::vector<std::string> bidder{"bidder"}, seller{"seller"}, pair{"bidder", "seller"};
  const auto spec = [](Variable variable) {
    return ArraySpec{std::move(variable), Role::kDerived, Recorded::kTrajectory};
  };
  const auto number = [&](Variable variable, double (*value)(const M&)) {
    return derived<M>(spec(std::move(variable)), [value](const M& m, double* out) {
      *out = value(m);
      return out + 1;
    });
  };
  const auto of_bidders = [&](Variable variable, double (*value)(const M&, Index)) {
    return derived<M>(spec(std::move(variable)), [value](const M& m, double* out) {
      for (Index c = 0; c < m.shape_.bidders; ++c) *out++ = value(m, c);
      return out;
    });
  };
  const auto of_sellers = [&](Variable variable, double (*value)(const M&, Index)) {
    return derived<M>(spec(std::move(variable)), [value](const M& m, double* out) {
      for (Index i = 0; i < m.shape_.sellers; ++i) *out++ = value(m, i);
      return out;
    });
  };
  std::vector<ArrayRow<M>> rows{
      number({"welfare", "payoffs of bidders and earnings of sellers, per bidder", "payoff", {}},
             [](const M& m) { return m.welfare(); }),
      of_bidders({"payoff", "payoff", "payoff", bidder},
                 [](const M& m, Index c) { return m.payoff(c); }),
      of_bidders({"loss", "cross-entropy on the batch that is learned from next", "nat", bidder},
                 [](const M& m, Index c) { return m.loss_[at(c)]; }),
      of_bidders(
          {"accuracy", "share of the batch that is learned from next which is classified correctly",
           "1", bidder},
          [](const M& m, Index c) { return m.accuracy_[at(c)]; }),
      of_bidders({"revenue", "revenue: weight of the bidder on itself", "1", bidder},
                 [](const M& m, Index c) { return m.weights_[at(c * (m.shape_.sellers + 1))]; }),
      of_bidders({"held_out_loss", "cross-entropy on held-out images", "nat", bidder},
                 [](const M& m, Index c) { return m.evaluation_.loss[at(c)]; }),
      of_bidders({"held_out_accuracy", "share of held-out images that are classified correctly",
                  "1", bidder},
                 [](const M& m, Index c) { return m.evaluation_.accuracy[at(c)]; }),
      stored<M>(
          spec({"importance", "importance: gates summed over the batch, length one", "1", pair}),
          [](M & m) -> auto& { return m.importance_; }),
      derived<M>(spec({"load", "share of the bidder's samples routed to the seller", "1", pair}),
                 [](const M& m, double* load) {  // whether the mask lets them through or not
                   const Index pairs = m.shape_.bidders * m.shape_.sellers;
                   const Index slots = m.shape_.batch * m.shape_.top_k;
                   std::fill_n(load, pairs, 0.0);
                   for (Index slot = 0; slot < m.shape_.bidders * slots; ++slot)
                     load[m.pair(slot / slots, m.chosen_[at(slot)])] +=
                         1.0 / static_cast<double>(m.shape_.batch);
                   return load + pairs;
                 }),
      stored<M>(
          spec({"bid", "bid", "1", pair}), [](M & m) -> auto& { return m.bids_; }),
      stored<M>(
          spec({"mask", "mask: how much of the seller's output is bought", "1", pair}),
          [](M & m) -> auto& { return m.mask_; }),
      stored<M>(
          spec({"price", "price", "1", seller}), [](M & m) -> auto& { return m.prices_; }),
      of_sellers({"earnings", "what the seller is paid", "payoff", seller},
                 [](const M& m, Index i) { return m.earnings(i); }),
      of_sellers({"samples", "samples that the seller computed", "1", seller},
                 [](const M& m, Index i) { return static_cast<double>(m.dispatch_.rows(i)); }),
      number({"mask_density", "share of bids that pass the mask", "1", {}},
             [](const M& m) {
               const auto bought = std::count_if(m.mask_.begin(), m.mask_.end(),
                                                 [](T mask) { return mask > T{0}; });
               return static_cast<double>(bought) / static_cast<double>(m.mask_.size());
             }),
      number({"multiply_adds", "multiply-adds of a training step", "1", {}},
             [](const M& m) { return m.multiply_adds(); }),
      number({"dense_multiply_adds", "multiply-adds if all sellers computed all samples", "1", {}},
             [](const M& m) { return m.shape_.dense_multiply_adds(); }),
      stored<M>(
          {{"bid_final", "bid on the held-out set", "1", pair},
           Role::kDerived,
           Recorded::kFinal,
           kMarketArrays},
          [](M & m) -> auto& { return m.evaluation_.bid; }),
      stored<M>(
          {{"mask_final", "mask on the held-out set", "1", pair},
           Role::kDerived,
           Recorded::kFinal,
           kMarketArrays},
          [](M & m) -> auto& { return m.evaluation_.mask; }),
  };
  for (const Variable& variable : network_variables(shape))
    rows.push_back(derived<M>({variable, Role::kDerived, Recorded::kFinal, "networks"},
                              [name = variable.name](M& m, double* out) {
                                for_network_values<T>(
                                    name, m.shape_, [&](Index c) { return m.bidders_.row(c); },
                                    [&](Index i) { return m.sellers_.row(i); },
                                    [&](T value) { *out++ = static_cast<double>(value); });
                                return out;
                              }));
  return rows;
}

std::vector<ArraySpec> arrays(const Shape& shape) {
  return specs_of(ExpertMarket<double>::arrays(&shape));
}

Recordables recordables() {
  Recordables all{{},
                  {},
                  {"welfare", "payoff", "loss", "accuracy", "revenue", "held_out_loss",
                   "held_out_accuracy", "importance", "load", "bid", "mask", "price",
                   "mask_density", "multiply_adds", "dense_multiply_adds"},
                  {"networks", kMarketArrays}};
  all.add(specs_of(ExpertMarket<double>::arrays(nullptr)),
          {{"networks", "all parameters of bidders and sellers, to be loaded again"},
           {kMarketArrays, "bids and masks on the held-out set (bidder x seller)"}});
  all.add(specs_of(certificate_rows()),
          {{kCertificate, "what every agent could still gain alone; see [certificate]"}});
  // Networks come first, as they always have.
  std::stable_partition(all.final.begin(), all.final.end(),
                        [](const auto& each) { return each.first == "networks"; });
  return all;
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
  // 1. The demand of all bidders over the whole set.
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
double ExpertMarket<T>::welfare() const {
  double total = 0.0;
  for (Index c = 0; c < shape_.bidders; ++c) total += payoff(c);
  for (Index i = 0; i < shape_.sellers; ++i) total += earnings(i);
  return total / static_cast<double>(shape_.bidders);
}

template <class T>
void ExpertMarket<T>::derive(Index step, Recorded when) {
  const double missing = std::numeric_limits<double>::quiet_NaN();
  if (when == Recorded::kTrajectory) {
    std::fill(evaluation_.loss.begin(), evaluation_.loss.end(), missing);
    std::fill(evaluation_.accuracy.begin(), evaluation_.accuracy.end(), missing);
    if (!is_evaluation_due(step)) return;
    last_evaluation_ = step;
  } else {
    derive_certificate();
    if (!plan_.records(when, kMarketArrays)) return;
  }
  evaluate();
  restore(step);  // the state that is recorded, and learned from, is the one on the batch
}

/// Made in a market of its own, which holds these networks and nothing else of this one.
template <class T>
Evaluator::Result ExpertMarket<T>::test() {
  const Evaluation& found = evaluate();
  Evaluator::Result result{game_->images->name, {}, found.loss, found.accuracy, {}};
  for (Index c = 0; c < shape_.bidders; ++c) {
    result.agents.push_back(fmt::format("bidder {}", c));
    result.images.push_back(static_cast<Index>(game_->held_out[at(c)]->size()));
  }
  return result;
}

template <class T>
Certificate ExpertMarket<T>::certify() {
  auto market = std::make_unique<ExpertMarket<T>>(game_, plan_, key_);
  for (Index c = 0; c < shape_.bidders; ++c)
    std::copy_n(std::as_const(bidders_).row(c), shape_.bidder_parameters, market->bidders().row(c));
  for (Index i = 0; i < shape_.sellers; ++i)
    std::copy_n(std::as_const(sellers_).row(i), shape_.seller_parameters, market->sellers().row(i));
  ExpertDeviations<T> deviations(std::move(market), game_, plan_.group().learner,
                                 examined_agents(shape_.agents(), plan_.search));
  return gbid::certify(deviations, plan_.search);
}

template <class T>
bool ExpertMarket<T>::load(const std::string& variable, std::span<const double> values) {
  std::size_t next = 0;
  const bool is_known = for_network_values<T>(
      variable, shape_, [&](Index c) { return bidders_.row(c); },
      [&](Index i) { return sellers_.row(i); },
      [&](T& value) {
        if (next < values.size()) value = static_cast<T>(values[next]);
        ++next;
      });
  return is_known && next == values.size();
}

#define GBID_INSTANTIATE(T)                                                              \
  template void ExpertMarket<T>::reserve_evaluation();                                   \
  template const ExpertMarket<T>::Evaluation& ExpertMarket<T>::evaluate();               \
  template std::vector<ArrayRow<ExpertMarket<T>>> ExpertMarket<T>::arrays(const Shape*); \
  template void ExpertMarket<T>::derive(Index, Recorded);                                \
  template Evaluator::Result ExpertMarket<T>::test();                                    \
  template Certificate ExpertMarket<T>::certify();                                       \
  template bool ExpertMarket<T>::load(const std::string&, std::span<const double>)
GBID_INSTANTIATE(float);
GBID_INSTANTIATE(double);
#undef GBID_INSTANTIATE

}  // namespace gbid::mixture_of_experts
