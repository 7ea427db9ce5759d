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
namespace {

/// Calls body(layer, input, neuron, number within the neuron's row) for every value of a variable
/// of "networks", in the order in which the file keeps them.
template <class Body>
void for_network_values(const std::string& variable, const Shape& shape, const Body& body) {
  for (std::size_t l = 0; l < shape.layers.size(); ++l) {
    const Layer& layer = shape.layers[l];
    const std::string number = std::to_string(l);
    if (variable == "bias_" + number) {
      for (Index j = 0; j < layer.outputs; ++j) body(l, j, layer.bias());
      return;
    }
    const bool is_flow = variable == "flow_" + number;
    if (!is_flow && variable != "weight_" + number) continue;
    const Index offset = is_flow ? 0 : layer.weights();
    for (Index i = 0; i < layer.inputs; ++i)
      for (Index j = 0; j < layer.outputs; ++j) body(l, j, offset + i);
    return;
  }
}

}  // namespace

std::vector<Variable> trajectory_variables() {
  return {
      {"welfare", "payoff, which all neurons have in common", "payoff", {}},
      {"payoff", "payoff", "payoff", {}},
      {"loss", "cross-entropy on the training batch", "nat", {}},
      {"accuracy", "share of the training batch that is classified right", "1", {}},
      {"held_out_loss", "cross-entropy on held-out images", "nat", {}},
      {"held_out_accuracy", "share of held-out images that are classified right", "1", {}},
      {"norm_sum", "sum of |f| over all flows", "1", {}},
      {"sparsity", "share of the layer's mask that is zero", "1", {"layer"}},
      {"mask_density", "share of all masks that is not zero", "1", {}},
      {"multiply_adds",
       "multiply-adds of a training step: along open connections where products are sparse",
       "1",
       {}},
      {"dense_multiply_adds", "multiply-adds along all connections", "1", {}},
  };
}

std::vector<Dimension> dimensions(const Shape& shape) {
  std::vector<Dimension> all{{"agent", shape.agents(), "agent: neurons, layer by layer"},
                             {"layer", static_cast<Index>(shape.layers.size()), "layer"},
                             {"pixel", shape.pixels, "pixel, row by row"},
                             {"class", shape.classes, "class"}};
  for (std::size_t l = 0; l + 1 < shape.layers.size(); ++l)
    all.push_back({"hidden_" + std::to_string(l), shape.layers[l].outputs, "hidden neuron"});
  return all;
}

std::vector<Variable> final_variables(const std::string& name, const Shape& shape) {
  std::vector<Variable> all;
  std::string from = "pixel";
  for (std::size_t l = 0; l < shape.layers.size(); ++l) {
    const std::string number = std::to_string(l);
    const std::string to = l + 1 == shape.layers.size() ? "class" : "hidden_" + number;
    if (name == "networks") {
      all.push_back({"flow_" + number, "flows of layer " + number, "1", {from, to}});
      all.push_back({"weight_" + number, "weights of layer " + number, "1", {from, to}});
      all.push_back({"bias_" + number, "biases of layer " + number, "1", {to}});
    }
    if (name == "masks")
      all.push_back({"mask_" + number, "mask of layer " + number, "1", {from, to}});
    from = to;
  }
  return all;
}

Recordables recordables() {
  return {trajectory_variables(),
          {{"networks", "flows, weights and biases of all layers, to be loaded again"},
           {"masks", "masks of all layers (input x neuron)"},
           {kCertificate, "what every agent could still gain alone; see [certificate]"}},
          {"welfare", "payoff", "loss", "accuracy", "held_out_loss", "held_out_accuracy",
           "norm_sum", "sparsity", "mask_density", "multiply_adds", "dense_multiply_adds"},
          {"networks", "masks"}};
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
void FlowMarket<T>::record(Index step, std::span<double> out) {
  // 1. Held-out images first: the state that is recorded is the one on the batch.
  const double missing = std::numeric_limits<double>::quiet_NaN();
  evaluation_ = {missing, missing};
  if (is_evaluation_due(step)) {
    evaluation_ = evaluate();
    last_evaluation_ = step;
  }
  // 2. The batch of the last update again, as the published experiment prints it.
  observe(std::max<Index>(step - 1, 0));
  bid();
  clear();
  welfare_ = payoff();
  // 3. Copy.
  double* next = out.data();
  for (const std::string& name : plan_.trajectory) next = copy_variable(name, next);
}

template <class T>
double* FlowMarket<T>::copy_variable(const std::string& name, double* out) const {
  const auto zeros = [&](std::size_t l) {
    const auto all = static_cast<double>(shape_.layers[l].connections());
    return (all - static_cast<double>(layers_[l].open)) / all;
  };
  if (name == "sparsity") {
    for (std::size_t l = 0; l < layers_.size(); ++l) *out++ = zeros(l);
    return out;
  }
  double open = 0.0;
  for (const LayerState& layer : layers_) open += static_cast<double>(layer.open);
  *out++ = name == "welfare" || name == "payoff" ? payoff()
           : name == "loss"                      ? loss_
           : name == "accuracy"                  ? accuracy_
           : name == "held_out_loss"             ? evaluation_.loss
           : name == "held_out_accuracy"         ? evaluation_.accuracy
           : name == "norm_sum"                  ? norm_sum()
           : name == "mask_density"              ? open / shape_.connections()
           : name == "multiply_adds"             ? multiply_adds()
                                                 : shape_.dense_multiply_adds();
  return out;
}

template <class T>
void FlowMarket<T>::record_final(std::span<double> out) {
  double* next = out.data();
  for (const std::string& name : plan_.final) {
    if (name == kCertificate) {
      next = write_certificate(certificate(), next);
      continue;
    }
    if (name == "masks") {
      bid();
      for (std::size_t l = 0; l < layers_.size(); ++l)
        for (Index i = 0; i < shape_.layers[l].inputs; ++i)
          for (Index j = 0; j < shape_.layers[l].outputs; ++j)
            *next++ = static_cast<double>(mask(l, i, j));
      continue;
    }
    for (const Variable& variable : final_variables(name, shape_))
      for_network_values(variable.name, shape_, [&](std::size_t l, Index neuron, Index k) {
        *next++ = static_cast<double>(std::as_const(layers_[l].neurons).row(neuron)[k]);
      });
  }
}

/// Made in a market of its own, which holds these networks and nothing else of this one.
template <class T>
Certificate FlowMarket<T>::certificate() const {
  auto market = std::make_unique<FlowMarket<T>>(game_, plan_, key_, Path::kDense);
  for (std::size_t l = 0; l < layers_.size(); ++l)
    for (Index j = 0; j < shape_.layers[l].outputs; ++j)
      std::copy_n(layers_[l].neurons.row(j), shape_.layers[l].parameters(),
                  market->layers_[l].neurons.row(j));
  FlowDeviations<T> deviations(std::move(market), plan_.learner,
                               examined_agents(shape_.agents(), plan_.search));
  return certify(deviations, plan_.search);
}

template <class T>
void FlowMarket<T>::load(const std::string& variable, std::span<const double> values) {
  const double* next = values.data();
  for_network_values(variable, shape_, [&](std::size_t l, Index neuron, Index k) {
    layers_[l].neurons.row(neuron)[k] = static_cast<T>(*next++);
  });
}

#define GBID_INSTANTIATE(T)                                              \
  template typename FlowMarket<T>::Evaluation FlowMarket<T>::evaluate(); \
  template void FlowMarket<T>::record(Index, std::span<double>);         \
  template void FlowMarket<T>::record_final(std::span<double>);          \
  template void FlowMarket<T>::load(const std::string&, std::span<const double>)
GBID_INSTANTIATE(float);
GBID_INSTANTIATE(double);
#undef GBID_INSTANTIATE

}  // namespace gbid::layered_flow
