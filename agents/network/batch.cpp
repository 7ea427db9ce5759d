// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "agents/network/batch.hpp"

#include <algorithm>
#include <cmath>

namespace gbid {

template <class T>
void dense_forward(const ConstRows<T>& x, const ConstRows<T>& weights, const T* bias,
                   Activation activation, Rows<T> y) {
  multiply<T>(x, weights, y);
  const Eigen::Map<const Eigen::Matrix<T, 1, Eigen::Dynamic>> b(bias, y.cols());
  for (Index r = 0; r < y.rows(); ++r) {
    y.row(r) += b;
    activate_in_place(activation, y.row(r).data(), y.cols());
  }
}

std::vector<Layer> stack_layers(Index inputs, const std::vector<Index>& hidden, Index outputs,
                                Activation activation, Index offset) {
  std::vector<Layer> layers;
  for (std::size_t l = 0; l <= hidden.size(); ++l) {
    const bool is_last = l == hidden.size();
    const Index width = is_last ? outputs : hidden[l];
    layers.push_back({inputs, width, offset, offset + inputs * width,
                      is_last ? Activation::kIdentity : activation});
    offset = layers.back().end();
    inputs = width;
  }
  return layers;
}

template <class T>
void pull_back_to_weights(const Layer& layer, const ConstRows<T>& x, const ConstRows<T>& d_z,
                          Index begin, Index end, T* gradient) {
  const Index out = layer.outputs;
  const auto columns = rows_of(x.data() + begin, x.rows(), end - begin, x.outerStride());
  multiply_tn<T>(columns, d_z,
                 rows_of(gradient + layer.weights + begin * out, end - begin, out, out));
  if (end == layer.inputs) rows_of(gradient + layer.bias, 1, out, out) = d_z.colwise().sum();
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
  template void dense_forward(const ConstRows<T>&, const ConstRows<T>&, const T*, Activation, \
                              Rows<T>);                                                       \
  template void pull_back_to_weights(const Layer&, const ConstRows<T>&, const ConstRows<T>&,  \
                                     Index, Index, T*);                                       \
  template LossSum softmax_cross_entropy(T*, Index, Index, Index, const std::uint8_t*, T)
GBID_INSTANTIATE(float);
GBID_INSTANTIATE(double);
#undef GBID_INSTANTIATE

}  // namespace gbid
