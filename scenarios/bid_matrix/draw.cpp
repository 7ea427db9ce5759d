// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/bid_matrix/draw.hpp"

#include <algorithm>
#include <limits>

namespace gbid::bid_matrix {
namespace {

/// Scales to [0, 1] by the smallest and largest value, then divides every row by its sum.
void minmax_then_rows(PaddedMatrix& matrix) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (Index i = 0; i < matrix.rows(); ++i)
    for (const double value : matrix.row_span(i))
      low = std::min(low, value), high = std::max(high, value);
  for (Index i = 0; i < matrix.rows(); ++i) {
    double total = 0.0;
    for (double& value : matrix.row_span(i)) total += value = (value - low) / (high - low);
    for (double& value : matrix.row_span(i)) value /= total;
  }
}

}  // namespace

PaddedMatrix draw_matrix(Index n, const StreamKey& key) {
  PaddedMatrix matrix(n, n);
  Stream stream(key);
  for (Index i = 0; i < n; ++i)
    for (double& value : matrix.row_span(i)) value = stream.normal();
  minmax_then_rows(matrix);
  return matrix;
}

PaddedMatrix take_matrix(const Array& array, Index n, Index which) {
  PaddedMatrix matrix(n, n);
  for (Index i = 0; i < n; ++i)
    std::copy_n(array.values.data() + (which * n + i) * n, n, matrix.row(i));
  return matrix;
}

std::vector<double> draw_alpha(const MarketConfig& config, const std::vector<double>& given,
                               const StreamKey& key) {
  const auto n = static_cast<std::size_t>(config.agents);
  if (const auto* constant = std::get_if<ConstantArray>(&config.alpha))
    return std::vector<double>(n, constant->value);
  const auto* between = std::get_if<RandomBetween>(&config.alpha);
  if (!between) return given;
  std::vector<double> alpha;
  Stream stream(key);
  for (std::size_t i = 0; i < n; ++i) alpha.push_back(stream.normal());
  const auto [low, high] = std::minmax_element(alpha.begin(), alpha.end());
  const double bottom = *low, range = *high - *low;
  for (double& a : alpha) a = between->low + (between->high - between->low) * (a - bottom) / range;
  return alpha;
}

}  // namespace gbid::bid_matrix
