// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// What can be recorded of a layered flow, and its evaluation on held-out images.
#include "scenarios/layered_flow/records.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

#include "engine/stepping/blocks.hpp"
#include "scenarios/layered_flow/deviations.hpp"
#include "scenarios/layered_flow/market.hpp"

namespace gbid::layered_flow {

std::vector<Dimension> dimensions(const Shape& shape) {
  std::vector<Dimension> all{{"agent", shape.agents(), "agent: neurons, layer by layer"},
                             {"layer", static_cast<Index>(shape.layers.size()), "layer"},
                             {"pixel", shape.pixels, "pixel, row by row"},
                             {"class", shape.classes, "class"}};
  for (std::size_t l = 0; l + 1 < shape.layers.size(); ++l)
    all.push_back({"hidden_" + std::to_string(l), shape.layers[l].outputs, "hidden neuron"});
  return all;
}

template <class T>
std::vector<ArrayRow<FlowMarket<T>>> FlowMarket<T>::arrays(const Shape* shape) {
  using M = FlowMarket<T>;
  const auto number = [](Variable variable, double (*value)(const M&)) {
    return derived<M>({std::move(variable), Role::kDerived, Recorded::kTrajectory},
                      [value](const M& m, double* out) {
                        *out = value(m);
                        return out + 1;
                      });
  };
  std::vector<ArrayRow<M>> rows{
      number({"welfare", "payoff, which all neurons have in common", "payoff", {}},
             [](const M& m) { return m.payoff(); }),
      number({"payoff", "payoff", "payoff", {}}, [](const M& m) { return m.payoff(); }),
      number({"loss", "cross-entropy on the batch that is learned from next", "nat", {}},
             [](const M& m) { return m.loss_; }),
      number({"accuracy",
              "share of the batch that is learned from next which is classified correctly",
              "1",
              {}},
             [](const M& m) { return m.accuracy_; }),
      number({"held_out_loss", "cross-entropy on held-out images", "nat", {}},
             [](const M& m) { return m.evaluation_.loss; }),
      number(
          {"held_out_accuracy", "share of held-out images that are classified correctly", "1", {}},
          [](const M& m) { return m.evaluation_.accuracy; }),
      number({"norm_sum", "sum of |f| over all flows", "1", {}},
             [](const M& m) { return m.norm_sum(); }),
      derived<M>({{"sparsity", "share of the layer's mask that is zero", "1", {"layer"}},
                  Role::kDerived,
                  Recorded::kTrajectory},
                 [](const M& m, double* out) {
                   for (std::size_t l = 0; l < m.layers_.size(); ++l) {
                     const auto all = static_cast<double>(m.shape_.layers[l].connections());
                     *out++ = (all - static_cast<double>(m.layers_[l].open)) / all;
                   }
                   return out;
                 }),
      number({"mask_density", "share of all masks that is not zero", "1", {}},
             [](const M& m) {
               double open = 0.0;
               for (const LayerState& layer : m.layers_) open += static_cast<double>(layer.open);
               return open / m.shape_.connections();
             }),
      number({"multiply_adds",
              "multiply-adds of a training step: along open connections where products are sparse",
              "1",
              {}},
             [](const M& m) { return m.multiply_adds(); }),
      number({"dense_multiply_adds", "multiply-adds along all connections", "1", {}},
             [](const M& m) { return m.shape_.dense_multiply_adds(); }),
  };
  // Numbers of every neuron of a layer: (input x neuron), or (neuron).
  const auto of_layer = [&](Variable variable, const char* group, std::size_t l, bool is_matrix,
                            T (*value)(const M&, std::size_t, Index, Index)) {
    rows.push_back(derived<M>({std::move(variable), Role::kDerived, Recorded::kFinal, group},
                              [=](const M& m, double* out) {
                                const Layer& layer = m.shape_.layers[l];
                                for (Index i = 0; i < (is_matrix ? layer.inputs : 1); ++i)
                                  for (Index j = 0; j < layer.outputs; ++j)
                                    *out++ = static_cast<double>(value(m, l, i, j));
                                return out;
                              }));
  };
  const std::size_t layers = shape ? shape->layers.size() : 1;
  std::string from = "pixel";
  for (std::size_t l = 0; l < layers; ++l) {
    const std::string k = std::to_string(l);
    const std::string to = l + 1 == layers ? "class" : "hidden_" + k;
    of_layer({"flow_" + k, "flows of layer " + k, "1", {from, to}}, "networks", l, true,
             [](const M& m, std::size_t at, Index i, Index j) {
               return m.layers_[at].neurons.row(j)[i];
             });
    of_layer({"weight_" + k, "weights of layer " + k, "1", {from, to}}, "networks", l, true,
             [](const M& m, std::size_t at, Index i, Index j) {
               return m.layers_[at].neurons.row(j)[m.shape_.layers[at].weights() + i];
             });
    of_layer({"bias_" + k, "biases of layer " + k, "1", {to}}, "networks", l, false,
             [](const M& m, std::size_t at, Index, Index j) {
               return m.layers_[at].neurons.row(j)[m.shape_.layers[at].bias()];
             });
    of_layer({"mask_" + k, "mask of layer " + k, "1", {from, to}}, "masks", l, true,
             [](const M& m, std::size_t at, Index i, Index j) { return m.mask(at, i, j); });
    from = to;
  }
  return rows;
}

std::vector<ArraySpec> arrays(const Shape& shape) {
  return specs_of(FlowMarket<double>::arrays(&shape));
}

Recordables recordables() {
  Recordables all{{},
                  {},
                  {"welfare", "payoff", "loss", "accuracy", "held_out_loss", "held_out_accuracy",
                   "norm_sum", "sparsity", "mask_density", "multiply_adds", "dense_multiply_adds"},
                  {"networks", "masks"}};
  all.add(specs_of(FlowMarket<double>::arrays(nullptr)),
          {{"networks", "flows, weights and biases of all layers, to be loaded again"},
           {"masks", "masks of all layers (input x neuron)"}});
  all.add(specs_of(certificate_rows()),
          {{kCertificate, "what every agent could still gain alone; see [certificate]"}});
  return all;
}

// --- Evaluation --------------------------------------------------------------------------------

template <class T>
bool FlowMarket<T>::is_evaluation_due(Index step) const {
  if (!wants_evaluation_) return false;
  const Index every = game_->config.evaluate;
  if (step == plan_.recorded_steps.back()) return true;
  return every > 0 && (last_evaluation_ < 0 || step / every > last_evaluation_ / every);
}

template <class T>
typename FlowMarket<T>::Evaluation FlowMarket<T>::evaluate() {
  bid();
  const ImageSet& set = game_->images->held_out;
  LossSum sum;
  for (Index begin = 0; begin < set.count; begin += shape_.batch) {
    const Index count = std::min(shape_.batch, set.count - begin);
    std::iota(held_out_.begin(), held_out_.begin() + count, begin);
    take(set, held_out_.data(), count);
    run();
    sum.loss += total_.loss;
    sum.correct += total_.correct;
  }
  const auto count = static_cast<double>(set.count);
  return {sum.loss / count, static_cast<double>(sum.correct) / count};
}

// --- Records -----------------------------------------------------------------------------------

template <class T>
void FlowMarket<T>::derive(Index step, Recorded when) {
  if (when == Recorded::kFinal) return derive_certificate();
  const double missing = std::numeric_limits<double>::quiet_NaN();
  evaluation_ = {missing, missing};
  if (!is_evaluation_due(step)) return;
  evaluation_ = evaluate();
  last_evaluation_ = step;
  restore(step);  // the state that is recorded, and learned from, is the one on the batch
}

/// Made in a market of its own, which holds these networks and nothing else of this one.
template <class T>
Evaluator::Result FlowMarket<T>::test() {
  const Evaluation found = evaluate();
  return {game_->images->name,
          {"network"},
          {found.loss},
          {found.accuracy},
          {game_->images->held_out.count}};
}

template <class T>
Certificate FlowMarket<T>::certify() {
  auto market = std::make_unique<FlowMarket<T>>(game_, plan_, key_, Path::kDense);
  for (std::size_t l = 0; l < layers_.size(); ++l)
    for (Index j = 0; j < shape_.layers[l].outputs; ++j)
      std::copy_n(std::as_const(layers_[l].neurons).row(j), shape_.layers[l].parameters(),
                  market->layers_[l].neurons.row(j));
  FlowDeviations<T> deviations(std::move(market), plan_.group().learner,
                               examined_agents(shape_.agents(), plan_.search));
  return gbid::certify(deviations, plan_.search);
}

template <class T>
bool FlowMarket<T>::load(const std::string& variable, std::span<const double> values) {
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const Layer& layer = shape_.layers[l];
    const auto take = [&](const char* name, Index inputs, Index offset) {
      if (variable != name + std::to_string(l) || values.size() != at(inputs * layer.outputs))
        return false;
      const double* next = values.data();
      for (Index i = 0; i < inputs; ++i)
        for (Index j = 0; j < layer.outputs; ++j)
          layers_[l].neurons.row(j)[offset + i] = static_cast<T>(*next++);
      return true;
    };
    if (take("flow_", layer.inputs, 0) || take("weight_", layer.inputs, layer.weights()) ||
        take("bias_", 1, layer.bias()))
      return true;
  }
  return false;
}

#define GBID_INSTANTIATE(T)                                                          \
  template typename FlowMarket<T>::Evaluation FlowMarket<T>::evaluate();             \
  template std::vector<ArrayRow<FlowMarket<T>>> FlowMarket<T>::arrays(const Shape*); \
  template void FlowMarket<T>::derive(Index, Recorded);                              \
  template Evaluator::Result FlowMarket<T>::test();                                  \
  template Certificate FlowMarket<T>::certify();                                     \
  template bool FlowMarket<T>::load(const std::string&, std::span<const double>)
GBID_INSTANTIATE(float);
GBID_INSTANTIATE(double);
#undef GBID_INSTANTIATE

}  // namespace gbid::layered_flow
