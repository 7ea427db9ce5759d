// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/bid_matrix/terms/utility.hpp"

#include <cmath>

#include "engine/math/pack.hpp"

namespace gbid::bid_matrix {
namespace {

/// Adds factor x [low, high], outward.
void add_product(double factor, double low, double high, Range& range) {
  const double least = factor * (factor > 0.0 ? low : high),
               most = factor * (factor > 0.0 ? high : low);
  range.low += least - kOutward * std::fabs(least);
  range.high += most + kOutward * std::fabs(most);
}

}  // namespace

double LinearUtility::value(const Columns& columns, const Row& row) const {
  return game_.factor(scale_, row.agent) *
         dot(game_.contribution.row(row.agent), row.mask, columns.stride);
}

void LinearUtility::add_partials(const Columns& columns, const Row& row, double weight,
                                 const Partials& partials) const {
  const Pack f = broadcast(weight * game_.factor(scale_, row.agent));
  const double* c = game_.contribution.row(row.agent);
  for (Index j = 0; j < columns.stride; j += kLanes)
    store(partials.mask + j, multiply_add(f, load(c + j), load(partials.mask + j)));
}

Range LinearUtility::range(const Ranges& of) const {
  Range range{0.0, 0.0};
  for (Index j = 0; j < of.agents; ++j)
    add_product(game_.factor(scale_, of.agent) * game_.contribution(of.agent, j), of.mask.low[j],
                of.mask.high[j], range);
  return range;
}

/// Masks are not negative, so that each product of two is between those of their ends.
Range QuadraticUtility::range(const Ranges& of) const {
  const PaddedMatrix& h = hessian(of.agent);
  const double f = 0.5 * game_.factor(scale_, of.agent);
  Range range{0.0, 0.0};
  for (Index j = 0; j < of.agents; ++j)
    for (Index k = 0; k < of.agents; ++k)
      add_product(f * h(j, k), of.mask.low[j] * of.mask.low[k], of.mask.high[j] * of.mask.high[k],
                  range);
  return range;
}

const PaddedMatrix& QuadraticUtility::hessian(Index agent) const {
  return game_.hessians.size() == 1 ? game_.hessians.front()
                                    : game_.hessians[static_cast<std::size_t>(agent)];
}

double QuadraticUtility::value(const Columns& columns, const Row& row) const {
  const PaddedMatrix& h = hessian(row.agent);
  double total = 0.0;
  for (Index j = 0; j < columns.agents; ++j)
    if (row.mask[j] != 0.0) total += row.mask[j] * dot(h.row(j), row.mask, columns.stride);
  return 0.5 * game_.factor(scale_, row.agent) * total;
}

void QuadraticUtility::add_partials(const Columns& columns, const Row& row, double weight,
                                    const Partials& partials) const {
  const PaddedMatrix& h = hessian(row.agent);
  const double f = weight * game_.factor(scale_, row.agent);
  // Rows of a symmetric matrix, weighted by the mask: signals that were not bought cost nothing.
  for (Index k = 0; k < columns.agents; ++k) {
    if (row.mask[k] == 0.0) continue;
    const Pack m = broadcast(f * row.mask[k]);
    const double* hk = h.row(k);
    for (Index j = 0; j < columns.stride; j += kLanes)
      store(partials.mask + j, multiply_add(m, load(hk + j), load(partials.mask + j)));
  }
}

}  // namespace gbid::bid_matrix
