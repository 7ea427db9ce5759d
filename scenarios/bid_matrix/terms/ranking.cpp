// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/bid_matrix/terms/ranking.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "scenarios/bid_matrix/card/card_game.hpp"

namespace gbid::bid_matrix {
Ranking::Ranking(const RankingConfig& config, const Game& game, PerAgent weights)
    : config_(config) {
  const auto agents = game.alpha.size();
  for (std::size_t i = 0; i < agents; ++i)
    magnitudes_ += std::fabs(factor_.emplace_back(game.factor(weights, static_cast<Index>(i))));
  ranking_.resize(agents);
  if (config_.normalise == Normalise::kSoftmax) softmax_.resize(agents);
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
  double total = 0.0, whole = 0.0;
  for (std::size_t i = 0; i < n; ++i) {
    total += std::fabs(ranking_[i] = factor_[i] * (c[i] - minimum_));
    whole += std::fabs(factor_[i] * c[i]);
  }
  slope_ = total > kLeastSpread * whole ? 1.0 / total : std::numeric_limits<double>::quiet_NaN();
  for (std::size_t i = 0; i < n; ++i) ranking_[i] = ranking_[i] * slope_ + config_.offset;
}

double Ranking::value(const Columns&, const Row& row) const {
  return ranking_[static_cast<std::size_t>(row.agent)];
}

/// With y_k = f_k (c_k - min) and the others' sum Y of |y_k|, R_i = y_i / (|y_i| + Y): rising in y_i,
/// falling in Y where y_i is positive. Where factors are alike the sum of all columns, which is the
/// number of agents, gives a narrower Y.
Range Ranking::range(const Ranges& of) const {
  const RowRange& c = config_.source == Source::kBids ? of.bid_sums : of.visit_sums;
  const auto n = static_cast<std::size_t>(of.agents);
  const auto i = static_cast<std::size_t>(of.agent);
  if (config_.normalise == Normalise::kSoftmax) {
    double others_low = 0.0, others_high = 0.0;
    for (std::size_t k = 0; k < n; ++k) {
      if (k == i) continue;
      others_low += std::exp(c.low[k] - c.high[i]);
      others_high += std::exp(c.high[k] - c.low[i]);
    }
    const double low = 1.0 / (1.0 + others_high), high = 1.0 / (1.0 + others_low), f = factor_[i];
    return {config_.offset + f * (f > 0.0 ? low : high),
            config_.offset + f * (f > 0.0 ? high : low)};
  }
  // 1. The minimum, and what is above it.
  const bool is_minmax = config_.normalise == Normalise::kMinmax;
  const double least_low = is_minmax ? *std::min_element(c.low, c.low + n) : 0.0,
               least_high = is_minmax ? *std::min_element(c.high, c.high + n) : 0.0;
  const auto above = [&](std::size_t k, double sum, double least) {
    return std::fabs(factor_[k]) * std::max(0.0, sum - least);
  };
  double others_low = 0.0, others_high = 0.0;
  for (std::size_t k = 0; k < n; ++k) {
    if (k == i) continue;
    others_low += above(k, c.low[k], least_high);
    others_high += above(k, c.high[k], least_low);
  }
  const double own_low = above(i, c.low[i], least_high), own_high = above(i, c.high[i], least_low);
  const auto ratio = [](double own, double others, double undefined) {
    return own + others > 0.0 ? own / (own + others) : undefined;
  };
  double low = ratio(own_low, others_high, 0.0), high = ratio(own_high, others_low, 1.0);
  // 2. The same with all columns' sum known: (c - min) / (n - n min) is rising in c, and in min
  // falling below c = 1, rising above.
  const bool is_alike =
      std::all_of(factor_.begin(), factor_.end(), [&](double f) { return f == factor_[0]; });
  if (is_alike) {
    const auto share = [&](double sum, double least, double undefined) {
      const double total = static_cast<double>(n) * (1.0 - least);
      return total > 0.0 ? std::max(0.0, sum - least) / total : undefined;
    };
    const auto capped = [&](double least, double sum) { return std::min(least, sum); };
    low = std::max(low, std::min(share(c.low[i], capped(least_low, c.low[i]), 0.0),
                                 share(c.low[i], capped(least_high, c.low[i]), 0.0)));
    high = std::min(high, std::max(share(c.high[i], least_low, 1.0),
                                   share(c.high[i], std::min(least_high, c.high[i]), 1.0)));
  }
  const double sign = factor_[i] < 0.0 ? -1.0 : factor_[i] > 0.0 ? 1.0 : 0.0;
  return {config_.offset + std::min(sign * low, sign * high),
          config_.offset + std::max(sign * low, sign * high)};
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

Ranking::Split Ranking::split(Index agent) const {
  const auto i = static_cast<std::size_t>(agent);
  const double share = ranking_[i] - config_.offset;
  if (config_.normalise == Normalise::kSoftmax) return {share, {-share, 0.0}};
  Split split{slope_ * factor_[i], {-slope_ * share, 0.0}};
  if (ties_ == 0) return split;
  split.shares[1] = slope_ * (share * magnitudes_ - factor_[i]) / static_cast<double>(ties_);
  return split;
}

double Ranking::shared(Index which, const Columns& columns, Index k) const {
  const auto at = static_cast<std::size_t>(k);
  if (which == 1) return sums(columns)[k] == minimum_ ? 1.0 : 0.0;
  return config_.normalise == Normalise::kSoftmax ? softmax_[at] : std::fabs(factor_[at]);
}

double Ranking::fixed_share() const {
  const double factor = factor_.front();
  return factor / (std::fabs(factor) * static_cast<double>(factor_.size()));
}

bool Ranking::on_card(CardTerm& out, std::span<double>, std::vector<double>& constants) const {
  out.kind = CardTerm::kRanking;
  out.source = config_.source;
  out.normalise = config_.normalise;
  out.factors = static_cast<int>(constants.size());
  constants.insert(constants.end(), factor_.begin(), factor_.end());
  return true;
}

}  // namespace gbid::bid_matrix
