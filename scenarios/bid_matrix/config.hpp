// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "engine/core/padded_matrix.hpp"
#include "scenarios/bid_matrix/kinds.hpp"
#include "scenarios/data/array_source.hpp"
#include "scenarios/graph/config.hpp"
#include "scenarios/structure/entry.hpp"

namespace gbid::bid_matrix {

/// What a bid must exceed to count.
struct RowMeanShift {
  bool operator==(const RowMeanShift&) const = default;
};
struct ColumnMeanShift {
  bool operator==(const ColumnMeanShift&) const = default;
};
struct FixedShift {
  double value = 0.0;
  bool operator==(const FixedShift&) const = default;
};
using Shift = std::variant<RowMeanShift, ColumnMeanShift, FixedShift>;

struct BidsConfig {
  Squash squash = Squash::kSigmoid;
  Shift shift = RowMeanShift{};
  Mask mask = Mask::kRelu;
};

/// Uniform numbers of bids that exist, each agent's divided by their sum and rounded to float32. Every one
/// comes from its own counter, so that none has to be drawn of bids that do not exist.
struct RandomBids {
  bool operator==(const RandomBids&) const = default;
};

enum class UtilityKind { kLinear, kQuadratic };
/// Factor in front of a term, per agent.
enum class PerAgent { kOne, kAlpha, kOneMinusAlpha };

struct UtilityConfig {
  UtilityKind kind = UtilityKind::kLinear;
  PerAgent scale = PerAgent::kOne;
  std::variant<RandomArray, RandomBids, FileArray> contribution = RandomArray{};
  std::variant<RandomArray, FileArray> hessians = RandomArray{};
};

struct RankingConfig {
  Source source = Source::kInterRanking;
  Normalise normalise = Normalise::kL1;
  double offset = 0.0;
};

enum class DivergenceForm { kCrossEntropy, kSoftmax };

struct DivergenceConfig {
  Source source = Source::kInterRanking;
  DivergenceForm form = DivergenceForm::kCrossEntropy;
};

/// One summand of the payoff: weight x (1, alpha_i or 1 - alpha_i) x term_i.
struct Coefficient {
  double weight = 1.0;
  PerAgent by = PerAgent::kOne;
};

/// What a trial holds: a matrix of all bids, or the bids that exist.
struct MatrixStorage {
  bool operator==(const MatrixStorage&) const = default;
};
struct EdgeStorage {
  double tolerance = 1e-10;  ///< largest relative error of solves for rankings
  double push_error = 1e-3;  ///< largest error of an entry of the inverse in own gradients
  bool operator==(const EdgeStorage&) const = default;
};

struct MarketConfig {
  Index agents = 10;
  graph::GraphConfig graph = graph::Complete{};  ///< who may bid on whom
  std::variant<ConstantArray, RandomBetween, FileArray> alpha = ConstantArray{};
  std::variant<MatrixStorage, EdgeStorage> storage = MatrixStorage{};
  BidsConfig bids;
  UtilityConfig utility;
  RankingConfig ranking;
  DivergenceConfig divergence;
  std::vector<std::pair<std::string, Coefficient>> payoff;
};

/// What the registry knows of this kind of market; in structure.cpp.
EntryOf<MarketConfig> entry();

}  // namespace gbid::bid_matrix
