// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/bid_matrix/terms/utility.hpp"

#include <cmath>

#include "engine/math/pack.hpp"
#include "scenarios/bid_matrix/card/card_game.hpp"
#include "scenarios/bid_matrix/lanes/lane_term.hpp"

namespace gbid::bid_matrix {
namespace {

/// Adds factor x [low, high], outward.
void add_product(double factor, double low, double high, Range& range) {
  const double least = factor * (factor > 0.0 ? low : high),
               most = factor * (factor > 0.0 ? high : low);
  range.low += least - kOutward * std::fabs(least);
  range.high += most + kOutward * std::fabs(most);
}

/// The factors of a utility go into its weights.
void scale(const Game& game, PerAgent by, std::span<double> weights) {
  for (std::size_t i = 0; i < weights.size(); ++i)
    weights[i] *= game.factor(by, static_cast<Index>(i));
}

void append(const PaddedMatrix& matrix, std::vector<double>& constants) {
  for (Index i = 0; i < matrix.rows(); ++i)
    constants.insert(constants.end(), matrix.row(i), matrix.row(i) + matrix.columns());
}

/// Linear utilities of eight trials.
class LinearUtilityLanes final : public LaneTerm {
 public:
  LinearUtilityLanes(std::span<const Game* const> games, PerAgent scale, Index agents)
      : contribution_(agents * agents), factor_(agents), spare_(agents) {
    for (Index lane = 0; lane < static_cast<Index>(games.size()); ++lane) {
      const Game& game = *games[static_cast<std::size_t>(lane)];
      for (Index i = 0; i < agents; ++i) {
        factor_.at(i, lane) = game.factor(scale, i);
        for (Index j = 0; j < agents; ++j)
          contribution_.at(i * agents + j, lane) = game.contribution(i, j);
      }
    }
  }
  Wide value(const LaneColumns& columns, const LaneRow& row) override {
    const WideInMemory* c = row_of(contribution_, row.agents, columns.agents, spare_.data());
    return pick(factor_.data(), row.agents) * lane_dot(c, row.mask, columns.agents);
  }
  void add_partials(const LaneColumns& columns, const LaneRow& row, Wide weight,
                    const LanePartials& partials) override {
    const Wide f = weight * pick(factor_.data(), row.agents);
    const WideInMemory* c = row_of(contribution_, row.agents, columns.agents, spare_.data());
    for (Index j = 0; j < columns.agents; ++j)
      partials.mask[j] = multiply_add(f, c[j], partials.mask[j]);
  }

 private:
  WideBuffer contribution_, factor_, spare_;
};

}  // namespace

std::unique_ptr<LaneTerm> LinearUtility::in_lanes(std::span<Term* const> lanes,
                                                  Index agents) const {
  std::vector<const Game*> games;
  for (const Term* term : lanes) games.push_back(&static_cast<const LinearUtility*>(term)->game_);
  return std::make_unique<LinearUtilityLanes>(games, scale_, agents);
}

bool LinearUtility::on_card(CardTerm& out, std::span<double> weights,
                            std::vector<double>& constants) const {
  scale(game_, scale_, weights);
  out.kind = CardTerm::kLinearUtility;
  out.matrix = static_cast<int>(constants.size());
  append(game_.contribution, constants);
  return true;
}

bool QuadraticUtility::on_card(CardTerm& out, std::span<double> weights,
                               std::vector<double>& constants) const {
  scale(game_, scale_, weights);
  out.kind = CardTerm::kQuadraticUtility;
  out.matrix = static_cast<int>(constants.size());
  out.has_matrix_each = game_.hessians.size() > 1;
  for (const PaddedMatrix& h : game_.hessians) append(h, constants);
  return true;
}

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
