// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "agents/network/initialise.hpp"

#include <algorithm>
#include <cmath>

namespace gbid {

double truncated_normal(Stream& stream, double deviation) {
  for (;;)
    if (const double x = stream.normal(); std::fabs(x) <= 2.0) return deviation * x;
}

template <class T>
void initialise_near(const Mlp<T>& network, Stream& stream, const double* start, T* parameters) {
  for (const Layer& layer : network.layers()) {
    const double width = 1.0 / std::sqrt(static_cast<double>(layer.inputs));
    T* weights = parameters + layer.weights;
    for (Index k = 0; k < layer.outputs; ++k)
      for (Index j = 0; j < layer.inputs; ++j)
        fill_uniform(stream, width, weights + j * layer.outputs + k, 1);
    const bool is_last = &layer == &network.layers().back();
    for (Index k = 0; k < layer.outputs; ++k)
      parameters[layer.bias + k] = is_last ? static_cast<T>(start[k]) : T{0};
  }
  std::fill(parameters + network.skip_weights(), parameters + network.parameter_count(), T{0});
}

template <class T>
void initialise_bending(const Mlp<T>& network, Stream& stream, T* parameters) {
  // Kinks of the first layer: slopes up to 1.5 and shifts up to 1 put them over all of [-1, 1].
  constexpr double kFirstSlope = 1.5, kFirstShift = 1.0, kShift = 0.3, kOutput = 0.1;
  for (const Layer& layer : network.layers()) {
    const bool is_first = layer.weights == 0, is_last = &layer == &network.layers().back();
    const auto fan_in = static_cast<double>(layer.inputs);
    // Variance one over the fan-in keeps the signal's size.
    const double bound = is_last    ? kOutput / std::sqrt(fan_in)
                         : is_first ? kFirstSlope
                                    : std::sqrt(3.0 / fan_in);
    fill_uniform(stream, bound, parameters + layer.weights, layer.inputs * layer.outputs);
    fill_uniform(stream,
                 is_last    ? 0.0
                 : is_first ? kFirstShift
                            : kShift,
                 parameters + layer.bias, layer.outputs);
  }
  std::fill(parameters + network.skip_weights(), parameters + network.parameter_count(), T{0});
}

double start_deviation(Init init, Index inputs) {
  constexpr double kPublished = 0.1;
  return init == Init::kPublished ? kPublished : std::sqrt(2.0 / static_cast<double>(inputs));
}

double start_bias(Init init) {
  constexpr double kPublished = 0.1;
  return init == Init::kPublished ? kPublished : 0.0;
}

template <class T>
void initialise_normal(const std::vector<Layer>& layers, Init init, Stream& stream, T* parameters) {
  for (const Layer& layer : layers) {
    fill_truncated_normal(stream, start_deviation(init, layer.inputs), parameters + layer.weights,
                          layer.inputs * layer.outputs);
    std::fill_n(parameters + layer.bias, layer.outputs, static_cast<T>(start_bias(init)));
  }
}

#define GBID_INSTANTIATE(T)                                                 \
  template void initialise_near(const Mlp<T>&, Stream&, const double*, T*); \
  template void initialise_bending(const Mlp<T>&, Stream&, T*);             \
  template void initialise_normal(const std::vector<Layer>&, Init, Stream&, T*)
GBID_INSTANTIATE(float);
GBID_INSTANTIATE(double);
#undef GBID_INSTANTIATE

}  // namespace gbid
