// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/bid_matrix/terms/divergence.hpp"

#include <algorithm>
#include <cmath>

#include "engine/math/vector_math.hpp"
#include "scenarios/bid_matrix/bids.hpp"
#include "scenarios/bid_matrix/card/card_game.hpp"
#include "scenarios/bid_matrix/lanes/lane_term.hpp"

namespace gbid::bid_matrix {
namespace {

/// Divergences of eight trials.
class DivergenceLanes final : public LaneTerm {
 public:
  explicit DivergenceLanes(Source source) : is_bids_(source == Source::kBids) {}
  Wide value(const LaneColumns& columns, const LaneRow& row) override {
    const WideInMemory* x = is_bids_ ? row.bids : row.visits;
    const WideInMemory* sums = is_bids_ ? columns.bid_sums : columns.visit_sums;
    const Wide total = sum_entries(
        columns.agents, [&](Index j, Wide added) { return added + sums[j] * log(x[j]); });
    return -total / static_cast<double>(columns.agents);
  }
  void add_partials(const LaneColumns& columns, const LaneRow& row, Wide weight,
                    const LanePartials& partials) override {
    const WideInMemory* x = is_bids_ ? row.bids : row.visits;
    const WideInMemory* sums = is_bids_ ? columns.bid_sums : columns.visit_sums;
    WideInMemory* const own = is_bids_ ? partials.bids : partials.visits;
    WideInMemory* const shared = is_bids_ ? partials.bid_sums : partials.visit_sums;
    const Wide minus_mean = -weight / static_cast<double>(columns.agents);
    for (Index j = 0; j < columns.agents; ++j) {
      const Wide xj = x[j];
      own[j] = own[j] + minus_mean * sums[j] / xj;
      shared[j] = shared[j] + minus_mean * log(xj);
    }
  }

 private:
  bool is_bids_;
};

}  // namespace

std::unique_ptr<LaneTerm> Divergence::in_lanes(std::span<Term* const>, Index) const {
  return std::make_unique<DivergenceLanes>(config_.source);
}

bool Divergence::on_card(CardTerm& out, std::span<double>, std::vector<double>&) const {
  if (config_.form == DivergenceForm::kSoftmax) return false;
  out.kind = CardTerm::kDivergence;
  out.source = config_.source;
  return true;
}

double Divergence::value(const Columns& columns, const Row& row) const {
  const bool is_bids = config_.source == Source::kBids;
  const double* x = is_bids ? row.bids : row.visits;
  const double* sums = is_bids ? columns.bid_sums : columns.visit_sums;
  for (Index j = 0; j < columns.stride; j += kLanes)
    store(row.scratch + j, load(sums + j) * log(load(x + j)));
  clear_tail(row.scratch, columns.agents, columns.stride);
  return -sum(row.scratch, columns.stride) / static_cast<double>(columns.agents);
}

/// Entries of X are at most one, so that no logarithm is positive. A column of zeros adds nothing.
Range Divergence::range(const Ranges& of) const {
  const bool is_bids = config_.source == Source::kBids;
  const RowRange &x = is_bids ? of.bids : of.visits, &sums = is_bids ? of.bid_sums : of.visit_sums;
  const auto part = [](double sum, double entry) {
    return sum > 0.0 ? -sum * std::log(std::min(entry, 1.0)) : 0.0;
  };
  Range range{0.0, 0.0};
  for (Index j = 0; j < of.agents; ++j) {
    range.low += part(sums.low[j], x.high[j]);
    range.high += part(sums.high[j], x.low[j]);
  }
  const auto n = static_cast<double>(of.agents);
  return {range.low / n, range.high / n};
}

void Divergence::add_partials(const Columns& columns, const Row& row, double weight,
                              const Partials& partials) const {
  const bool is_bids = config_.source == Source::kBids;
  const double* x = is_bids ? row.bids : row.visits;
  const double* sums = is_bids ? columns.bid_sums : columns.visit_sums;
  double* own = is_bids ? partials.bids : partials.visits;
  double* shared = is_bids ? partials.bid_sums : partials.visit_sums;
  const Pack minus_mean = broadcast(-weight / static_cast<double>(columns.agents));
  for (Index j = 0; j < columns.stride; j += kLanes) {
    const Pack xj = load(x + j);
    store(own + j, load(own + j) + minus_mean * load(sums + j) / xj);
    store(shared + j, load(shared + j) + minus_mean * log(xj));
  }
  clear_tail(own, columns.agents, columns.stride);
  clear_tail(shared, columns.agents, columns.stride);
}

}  // namespace gbid::bid_matrix
