// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/bid_matrix/structure.hpp"

#include <algorithm>
#include <limits>

#include "scenarios/bid_matrix/bid_matrix_market.hpp"
#include "scenarios/bid_structure.hpp"

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

/// (H + H') / 2: only the symmetric part of a quadratic form counts.
void symmetrise(PaddedMatrix& matrix) {
  for (Index i = 0; i < matrix.rows(); ++i)
    for (Index j = 0; j < i; ++j) matrix(i, j) = matrix(j, i) = 0.5 * (matrix(i, j) + matrix(j, i));
}

class BidMatrixStructure final : public BidStructure {
 public:
  BidMatrixStructure(const MarketConfig& config, const ScenarioConfig& scenario,
                     ArrayLoader& loader)
      : BidStructure(scenario), config_(config), n_(config.agents) {
    if (const auto* file = std::get_if<FileArray>(&config.alpha))
      alpha_ = loader.load(*file, "market.alpha", {{n_}}).values;
    if (const auto* file = std::get_if<FileArray>(&config.utility.contribution);
        file && is_linear())
      contribution_ = loader.load(*file, "market.utility.contribution", {{n_, n_}});
    if (const auto* file = std::get_if<FileArray>(&config.utility.hessians); file && !is_linear())
      hessians_ = loader.load(*file, "market.utility.hessians", {{n_, n_, n_}, {n_, n_}});
  }

  Index agents() const override { return n_; }
  std::vector<Dimension> dimensions() const override {
    return {{"agent", n_, "agent"}, {"counterpart", n_, "agent that is bid on"}};
  }
  std::vector<Variable> trajectory_variables() const override {
    return BidMatrixMarket::trajectory_variables();
  }
  std::vector<Variable> final_variables(const std::string& name) const override {
    for (const Variable& variable : BidMatrixMarket::final_variables())
      if (variable.name == name) return {variable};
    return {};
  }

  bool has_shared_game() const override {
    const bool utility = is_linear()
                             ? std::holds_alternative<FileArray>(config_.utility.contribution)
                             : std::holds_alternative<FileArray>(config_.utility.hessians);
    return utility && !std::holds_alternative<RandomBetween>(config_.alpha);
  }

 protected:
  Index bids_per_agent() const override { return n_; }
  Index observation_size(Observation channel) const override {
    return BidMatrixMarket::observation_size(channel, n_);
  }
  std::unique_ptr<Market> market(Index trial, MarketUse use) const override {
    return std::make_unique<BidMatrixMarket>(config_, game(trial), std::move(use));
  }

  double market_bytes(const MarketUse& use) const override {
    double bytes = BidMatrixMarket::estimated_bytes(config_, use);
    const double n = static_cast<double>(n_),
                 matrix = n * static_cast<double>(padded(n_)) * sizeof(double);
    const bool has_one_hessian =
        std::holds_alternative<FileArray>(config_.utility.hessians) && hessians_.shape.size() == 2;
    return bytes + (is_linear() || has_one_hessian ? matrix : n * matrix);
  }
  double step_flops(const MarketUse& use) const override {
    return BidMatrixMarket::step_flops(config_, use);
  }

 private:
  bool is_linear() const { return config_.utility.kind == UtilityKind::kLinear; }

  std::shared_ptr<const Game> game(Index trial) const {
    auto game = std::make_shared<Game>();
    StreamKey key{
        .seed = seed(), .purpose = Purpose::kAlpha, .trial = static_cast<std::uint64_t>(trial)};
    // 1. alpha
    game->alpha = alpha_;
    if (const auto* constant = std::get_if<ConstantArray>(&config_.alpha))
      game->alpha.assign(static_cast<std::size_t>(n_), constant->value);
    if (const auto* between = std::get_if<RandomBetween>(&config_.alpha)) {
      Stream stream(key);
      for (Index i = 0; i < n_; ++i) game->alpha.push_back(stream.normal());
      const auto [low, high] = std::minmax_element(game->alpha.begin(), game->alpha.end());
      const double bottom = *low, range = *high - *low;
      for (double& a : game->alpha)
        a = between->low + (between->high - between->low) * (a - bottom) / range;
    }
    // 2. utility
    if (is_linear()) {
      key.purpose = Purpose::kContribution;
      game->contribution =
          contribution_.values.empty() ? draw_matrix(n_, key) : take_matrix(contribution_, n_, 0);
      return game;
    }
    key.purpose = Purpose::kHessian;
    const Index count = hessians_.shape.size() == 2 ? 1 : n_;
    for (Index i = 0; i < count; ++i) {
      key.agent = static_cast<std::uint64_t>(i);
      game->hessians.push_back(hessians_.values.empty() ? draw_matrix(n_, key)
                                                        : take_matrix(hessians_, n_, i));
      symmetrise(game->hessians.back());
    }
    return game;
  }

  MarketConfig config_;
  Index n_;
  std::vector<double> alpha_;
  Array contribution_, hessians_;
};

}  // namespace

std::unique_ptr<Structure> make_structure(const MarketConfig& config,
                                          const ScenarioConfig& scenario, ArrayLoader& loader) {
  return std::make_unique<BidMatrixStructure>(config, scenario, loader);
}

}  // namespace gbid::bid_matrix
