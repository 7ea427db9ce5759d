// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "agents/network/activation.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>

#include "engine/math/vector_math.hpp"

namespace gbid {
namespace {

void tanh_in_place(float* y, Index count) {
  Eigen::Map<Eigen::ArrayXf> values(y, count);
  values = values.tanh();
}

/// Eigen's own is not vectorised for doubles. Rows may begin anywhere, so packs are copied.
void tanh_in_place(double* y, Index count) {
  for (Index k = 0; k < count; k += kLanes) {
    const std::size_t bytes =
        static_cast<std::size_t>(std::min(kLanes, count - k)) * sizeof(double);
    Pack values{};
    std::memcpy(&values, y + k, bytes);
    values = tanh(values);
    std::memcpy(y + k, &values, bytes);
  }
}

/// Distribution function of the standard normal.
template <class T>
T normal_distribution(T x) {
  return T{0.5} * std::erfc(-x * (std::numbers::sqrt2_v<T> / T{2}));
}

template <class T>
T normal_density(T x) {
  return std::exp(T{-0.5} * x * x) * std::numbers::inv_sqrtpi_v<T> / std::numbers::sqrt2_v<T>;
}

}  // namespace

template <class T>
void activate_in_place(Activation activation, T* y, Index count) {
  switch (activation) {
    case Activation::kTanh:
      return tanh_in_place(y, count);
    case Activation::kRelu:
      for (Index k = 0; k < count; ++k) y[k] = y[k] > T{0} ? y[k] : T{0};
      return;
    case Activation::kGelu:
      for (Index k = 0; k < count; ++k) y[k] *= normal_distribution(y[k]);
      return;
    case Activation::kSigmoid:
      for (Index k = 0; k < count; ++k) y[k] = T{1} / (T{1} + std::exp(-y[k]));
      return;
    case Activation::kIdentity:
      return;
  }
}

template <class T>
void multiply_by_slope(Activation activation, const T* at, T* gradient, Index count) {
  switch (activation) {
    case Activation::kTanh:
      for (Index k = 0; k < count; ++k) gradient[k] *= T{1} - at[k] * at[k];
      return;
    case Activation::kRelu:
      for (Index k = 0; k < count; ++k) gradient[k] = at[k] > T{0} ? gradient[k] : T{0};
      return;
    case Activation::kGelu:
      for (Index k = 0; k < count; ++k)
        gradient[k] *= normal_distribution(at[k]) + at[k] * normal_density(at[k]);
      return;
    case Activation::kSigmoid:
      for (Index k = 0; k < count; ++k) gradient[k] *= at[k] * (T{1} - at[k]);
      return;
    case Activation::kIdentity:
      return;
  }
}

#define GBID_INSTANTIATE(T)                               \
  template void activate_in_place(Activation, T*, Index); \
  template void multiply_by_slope(Activation, const T*, T*, Index)
GBID_INSTANTIATE(float);
GBID_INSTANTIATE(double);
#undef GBID_INSTANTIATE

}  // namespace gbid
