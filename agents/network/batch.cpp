// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "agents/network/batch.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

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

}  // namespace

template <class T>
void activate_in_place(Activation activation, T* y, Index count) {
  if (activation == Activation::kTanh) tanh_in_place(y, count);
  if (activation == Activation::kRelu)
    for (Index k = 0; k < count; ++k) y[k] = y[k] > T{0} ? y[k] : T{0};
}

template <class T>
void multiply_by_slope(Activation activation, const T* y, T* gradient, Index count) {
  if (activation == Activation::kTanh)
    for (Index k = 0; k < count; ++k) gradient[k] *= T{1} - y[k] * y[k];
  if (activation == Activation::kRelu)
    for (Index k = 0; k < count; ++k) gradient[k] = y[k] > T{0} ? gradient[k] : T{0};
}

template <class T>
void dense_forward(const ConstRows<T>& x, const ConstRows<T>& weights, const T* bias,
                   Activation activation, Rows<T> y) {
  y.noalias() = x * weights;
  const Eigen::Map<const Eigen::Matrix<T, 1, Eigen::Dynamic>> b(bias, y.cols());
  for (Index r = 0; r < y.rows(); ++r) {
    y.row(r) += b;
    activate_in_place(activation, y.row(r).data(), y.cols());
  }
}

template <class T>
LossSum softmax_cross_entropy(T* logits, Index rows, Index classes, Index stride,
                              const std::uint8_t* labels, T scale) {
  LossSum sum;
  for (Index r = 0; r < rows; ++r) {
    T* row = logits + r * stride;
    const Index label = labels[r];
    const Index best = std::max_element(row, row + classes) - row;
    sum.correct += best == label;
    const T highest = row[best], wanted = row[label];
    T total{0};
    for (Index k = 0; k < classes; ++k) total += row[k] = std::exp(row[k] - highest);
    sum.loss += static_cast<double>(std::log(total) - (wanted - highest));
    const T factor = scale / total;
    for (Index k = 0; k < classes; ++k) row[k] *= factor;
    row[label] -= scale;
    std::fill(row + classes, row + stride, T{0});
  }
  return sum;
}

#define GBID_INSTANTIATE(T)                                                                   \
  template void activate_in_place(Activation, T*, Index);                                     \
  template void multiply_by_slope(Activation, const T*, T*, Index);                           \
  template void dense_forward(const ConstRows<T>&, const ConstRows<T>&, const T*, Activation, \
                              Rows<T>);                                                       \
  template LossSum softmax_cross_entropy(T*, Index, Index, Index, const std::uint8_t*, T)
GBID_INSTANTIATE(float);
GBID_INSTANTIATE(double);
#undef GBID_INSTANTIATE

}  // namespace gbid
