// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>

#include <Eigen/LU>
#include <cmath>

#include "scenarios/bid_matrix/terms/ranking.hpp"
#include "tests/scenarios/bid_matrix/bid_matrix_fixture.hpp"

using namespace gbid;
using namespace gbid::bid_matrix;
using namespace gbid::test;

namespace {

/// What d W = E, rows of sum zero, adds to the column sums of Q at W = 1/n: with Z = (I - W + diag
/// W)^-1 = n / (n + 1) (I + 1 1'), d Z = Z (E - diag E) Z, and rows of Z sum to n.
Eigen::VectorXd column_changes(const Eigen::MatrixXd& bids) {
  const auto n = static_cast<double>(bids.rows());
  const Eigen::MatrixXd z =
      n / (n + 1.0) * (Eigen::MatrixXd::Identity(bids.rows(), bids.rows()).array() + 1.0).matrix();
  Eigen::MatrixXd off_diagonal = bids;
  off_diagonal.diagonal().setZero();
  const Eigen::MatrixXd change = z * off_diagonal * z;
  const Eigen::VectorXd rows = change.rowwise().sum();
  return (change / n - (rows / (n * n)).asDiagonal() * z).colwise().sum().transpose();
}

}  // namespace

TEST_CASE("a minmax ranking of nearly equal columns is right to 1e-3, or it is none") {
  for (const Index n : {3, 10, 100}) {
    CAPTURE(n);
    Eigen::MatrixXd change(n, n);
    const PaddedMatrix random = random_matrix(n, 7, -1.0, 1.0);
    for (Index i = 0; i < n; ++i)
      for (Index j = 0; j < n; ++j) change(i, j) = random(i, j);
    change.colwise() -= change.rowwise().mean();
    const Eigen::VectorXd sums = column_changes(change);
    const double total = (sums.array() - sums.minCoeff()).sum();
    // All columns sum to n; above 1e-8 of that there is a ranking. It is linear in changes of such a
    // size, to 1e-7.
    for (const double share : {1.1e-8, 0.9e-8}) {
      CAPTURE(share);
      const double size = share * static_cast<double>(n) / total;
      PaddedMatrix bids(n, n);
      for (Index i = 0; i < n; ++i)
        for (Index j = 0; j < n; ++j)
          bids(i, j) = 1.0 / static_cast<double>(n) + size * change(i, j);
      InterRanking visits(n);
      visits.refresh(bids);
      Game game;
      game.alpha.assign(static_cast<std::size_t>(n), 0.0);
      Ranking ranking({Source::kInterRanking, Normalise::kMinmax, 0.0}, game, PerAgent::kOne);
      ranking.prepare({.agents = n, .visit_sums = visits.visit_column_sums()});
      for (Index i = 0; i < n; ++i) {
        const double value = ranking.values()[static_cast<std::size_t>(i)];
        if (share > 1e-8)
          CHECK(std::fabs(value - (sums[i] - sums.minCoeff()) / total) <
                1e-3 * (sums.maxCoeff() - sums.minCoeff()) / total);
        else
          CHECK(std::isnan(value));
      }
    }
  }
}
