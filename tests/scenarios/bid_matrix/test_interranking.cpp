// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>

#include <Eigen/LU>
#include <algorithm>
#include <cmath>

#include "engine/core/error.hpp"
#include "tests/scenarios/bid_matrix/bid_matrix_fixture.hpp"

using namespace gbid;
using namespace gbid::test;

namespace {

using Dense = Eigen::Matrix<long double, Eigen::Dynamic, Eigen::Dynamic>;

/// Rows that sum to one; `self` scales the diagonal.
PaddedMatrix random_bids(Index n, std::uint64_t seed, double self) {
  PaddedMatrix bids = random_matrix(n, seed, 0.01, 1.0);
  for (Index i = 0; i < n; ++i) {
    bids(i, i) *= self;
    double total = 0.0;
    for (const double value : bids.row_span(i)) total += value;
    for (double& value : bids.row_span(i)) value /= total;
  }
  return bids;
}

/// (I - W + diag W)^-1 by long-double LU: shares nothing with the elimination under test.
Dense inverse_of(const PaddedMatrix& bids) {
  const Index n = bids.rows();
  Dense a = Dense::Zero(n, n);
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < n; ++j) a(i, j) = i == j ? 0.0L : -static_cast<long double>(bids(i, j));
  // The diagonal is what makes the row sum W_ii: one, up to the rounding of the row's own sum.
  for (Index i = 0; i < n; ++i) {
    long double rest = bids(i, i);
    for (Index j = 0; j < n; ++j)
      if (j != i) rest += bids(i, j);
    a(i, i) = rest;
  }
  return a.inverse();
}

double worst_relative(const PaddedMatrix& got, const Dense& exact) {
  double worst = 0.0;
  for (Index i = 0; i < got.rows(); ++i)
    for (Index j = 0; j < got.columns(); ++j)
      worst =
          std::max(worst, static_cast<double>(std::fabs((got(i, j) - exact(i, j)) / exact(i, j))));
  return worst;
}

}  // namespace

TEST_CASE("the inverse agrees with long double in every entry, across the recursion's sizes") {
  for (const Index n : {2, 3, 10, 31, 33, 64, 101, 130}) {
    CAPTURE(n);
    const PaddedMatrix bids = random_bids(n, 3, 1.0);
    InterRanking ranking(n);
    ranking.refresh(bids);
    // n additions of positive numbers, no cancellation: a few n units in the last place.
    CHECK(worst_relative(ranking.inverse(), inverse_of(bids)) < 1e-13);
  }
}

TEST_CASE("entries keep their accuracy when nearly nothing is bid on oneself") {
  // W_ii is about 5e-7: elimination with subtractions in double keeps nine digits, and the judge,
  // in long double, about twelve.
  const PaddedMatrix bids = random_bids(40, 8, 1e-5);
  InterRanking ranking(40);
  ranking.refresh(bids);
  CHECK(worst_relative(ranking.inverse(), inverse_of(bids)) < 1e-11);
}

TEST_CASE("a closed group that bids nothing on itself is an error that names an agent") {
  PaddedMatrix bids(3, 3);
  bids(0, 1) = bids(1, 0) = 1.0;
  bids(2, 2) = 1.0;
  InterRanking ranking(3);
  CHECK_THROWS_WITH_AS(ranking.refresh(bids), doctest::Contains("agent 1"), NumericError);
}

TEST_CASE("the carried inverse agrees with the fresh one over 10,000 moves") {
  for (const Index n : {10, 40}) {
    CAPTURE(n);
    PaddedMatrix bids = random_bids(n, 1, 1.0);
    InterRanking carried(n);
    carried.refresh(bids);
    Stream stream({.seed = 2, .purpose = Purpose::kMovers});
    PaddedMatrix p(1, n), q(1, n);
    double worst = 0.0;
    for (int step = 0; step < 10000; ++step) {
      const Index agent = stream.below_at(static_cast<std::uint64_t>(step), n);
      const PaddedMatrix fresh_bids = random_bids(n, 1000 + static_cast<std::uint64_t>(step), 0.5);
      std::copy_n(fresh_bids.row(agent), fresh_bids.stride(), bids.row(agent));
      carried.replace_rows(bids, std::span(&agent, 1));
      for (Index j = 0; j < n; ++j) p(0, j) = static_cast<double>(j), q(0, j) = 1.0;
      carried.products(agent, p.row(0), q.row(0));
      if (step % 100 != 99) continue;
      InterRanking fresh(n);
      fresh.refresh(bids);
      for (Index k = 0; k < n; ++k) {
        CHECK(carried.visit_column_sums()[k] ==
              doctest::Approx(fresh.visit_column_sums()[k]).epsilon(1e-9));
        double with_p = 0.0;
        for (Index j = 0; j < n; ++j) {
          worst = std::max(worst, std::fabs(carried.inverse()(k, j) / fresh.inverse()(k, j) - 1.0));
          with_p += fresh.inverse()(k, j) * p(0, j);
        }
        CHECK(carried.dot_p()[k] == doctest::Approx(with_p).epsilon(1e-9));
        CHECK(carried.dot_q()[k] == doctest::Approx(fresh.row_sums()[k]).epsilon(1e-9));
        CHECK(carried.column()[k] == doctest::Approx(fresh.inverse()(k, agent)).epsilon(1e-9));
      }
    }
    CHECK(worst < 1e-9);
    CHECK(worst > 0.0);  // it is carried, not made afresh every time
    CHECK(carried.refreshes() < 10000 / (4 * n) + 2);
  }
}

TEST_CASE("a walk that hardly ended leaves no error behind") {
  const PaddedMatrix bids = random_bids(4, 3, 1.0);
  InterRanking fresh(4);
  fresh.refresh(bids);
  PaddedMatrix exact(4, 4), got(4, 4);
  fresh.visits(exact);
  for (double slack = 1e-2; slack > 1e-16; slack *= 0.1) {
    CAPTURE(slack);
    // Agents 0 and 1 bid on each other alone, but for the slack; then as before, one by one.
    PaddedMatrix now(4, 4);
    for (Index i = 0; i < 4; ++i) std::copy_n(bids.row(i), 4, now.row(i));
    for (const Index i : {0, 1})
      for (Index j = 0; j < 4; ++j) now(i, j) = j == i ? slack : j == 1 - i ? 1.0 - slack : 0.0;
    InterRanking carried(4);
    carried.refresh(now);
    for (const Index i : {0, 1}) {
      if (i == 1) carried.look_ahead(bids.row(1), 1, got);
      std::copy_n(bids.row(i), 4, now.row(i));
      carried.replace_rows(now, std::span(&i, 1));
    }
    carried.visits(got);
    for (Index k = 0; k < 4; ++k)
      for (Index l = 0; l < 4; ++l) CHECK(std::fabs(got(k, l) - exact(k, l)) < 1e-10);
  }
}

TEST_CASE("rows of visits are the same whether or not an update is pending") {
  PaddedMatrix bids = random_bids(12, 1, 1.0);
  InterRanking ranking(12);
  ranking.refresh(bids);
  const PaddedMatrix other = random_bids(12, 2, 1.0);
  const Index agent = 5;
  std::copy_n(other.row(agent), other.stride(), bids.row(agent));
  ranking.replace_rows(bids, std::span(&agent, 1));
  PaddedMatrix before(12, 12), after(12, 12);
  for (Index k = 0; k < 12; ++k) ranking.visits_row(k, before.row(k));
  ranking.visits(after);
  for (Index k = 0; k < 12; ++k)
    for (Index j = 0; j < 12; ++j) CHECK(before(k, j) == after(k, j));
}
