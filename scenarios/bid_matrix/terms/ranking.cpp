// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/bid_matrix/terms/ranking.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace gbid::bid_matrix {

Ranking::Ranking(const RankingConfig& config, const Game& game, PerAgent weights)
    : config_(config) {
  const auto agents = game.alpha.size();
  for (std::size_t i = 0; i < agents; ++i)
    factor_.push_back(game.factor(weights, static_cast<Index>(i)));
  ranking_.resize(agents);
  softmax_.resize(agents);
}

void Ranking::prepare(const Columns& columns) {
  const double* c = sums(columns);
  const auto n = static_cast<std::size_t>(columns.agents);
  if (config_.normalise == Normalise::kSoftmax) {
    const double highest = *std::max_element(c, c + n);
    double total = 0.0;
    for (std::size_t i = 0; i < n; ++i) total += softmax_[i] = std::exp(c[i] - highest);
    for (std::size_t i = 0; i < n; ++i) {
      softmax_[i] /= total;
      ranking_[i] = factor_[i] * softmax_[i] + config_.offset;
    }
    return;
  }
  // l1 is minmax without the minimum; the maximum divides out of minmax, but an all-equal ranking
  // is 0 / 0.
  const bool is_minmax = config_.normalise == Normalise::kMinmax;
  minimum_ = is_minmax ? *std::min_element(c, c + n) : 0.0;
  ties_ = is_minmax ? std::count(c, c + n, minimum_) : 0;
  double total = 0.0;
  for (std::size_t i = 0; i < n; ++i)
    total += std::fabs(ranking_[i] = factor_[i] * (c[i] - minimum_));
  slope_ = total > 0.0 ? 1.0 / total : std::numeric_limits<double>::quiet_NaN();
  for (std::size_t i = 0; i < n; ++i) ranking_[i] = ranking_[i] * slope_ + config_.offset;
}

double Ranking::value(const Columns&, const Row& row) const {
  return ranking_[static_cast<std::size_t>(row.agent)];
}

void Ranking::add_partials(const Columns& columns, const Row& row, double weight,
                           const Partials& partials) const {
  const double* c = sums(columns);
  double* out = config_.source == Source::kBids ? partials.bid_sums : partials.visit_sums;
  const auto n = static_cast<std::size_t>(columns.agents);
  const auto i = static_cast<std::size_t>(row.agent);
  const double share = ranking_[i] - config_.offset;
  if (config_.normalise == Normalise::kSoftmax) {
    // dR_i = R_i (dc_i - sum_k p_k dc_k), p the softmax without the factors.
    for (std::size_t k = 0; k < n; ++k) out[k] -= weight * share * softmax_[k];
    out[i] += weight * share;
    return;
  }
  // R_i = f_i (c_i - min) / T, T = sum_k |f_k| (c_k - min): dR_i = (f_i dc_i - f_i dmin) / T - R_i
  // dT / T.
  const double scale = weight * slope_;
  double magnitude_sum = 0.0;
  for (std::size_t k = 0; k < n; ++k) {
    const double magnitude = std::fabs(factor_[k]);
    magnitude_sum += magnitude;
    out[k] -= scale * share * magnitude;
  }
  out[i] += scale * factor_[i];
  if (ties_ == 0) return;
  const double at_minimum =
      scale * (share * magnitude_sum - factor_[i]) / static_cast<double>(ties_);
  for (std::size_t k = 0; k < n; ++k)
    if (c[k] == minimum_) out[k] += at_minimum;
}

}  // namespace gbid::bid_matrix
