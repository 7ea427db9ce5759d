// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// Solves and pushes on a graph against the inverse itself, by elimination.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "engine/core/error.hpp"
#include "engine/random/stream.hpp"
#include "scenarios/bid_matrix/sparse/column_push.hpp"
#include "scenarios/bid_matrix/sparse/walk_solver.hpp"
#include "scenarios/graph/make.hpp"

using namespace gbid;
using namespace gbid::bid_matrix::sparse;

namespace {

/// Bids on a graph, by row and by column, and B = (I - W + diag W)^-1.
struct Bids {
  std::shared_ptr<const EdgeGraph> graph;
  AlignedBuffer by_row, by_column, self, b, c;
  std::vector<std::vector<double>> inverse;

  /// @param on_itself size of bids on oneself beside those on others, which are in [0.5, 1.5).
  Bids(const graph::GraphConfig& config, Index n, double on_itself)
      : graph(std::make_shared<EdgeGraph>(graph::make(config, n, {.seed = 3}))),
        by_row(graph->edges()),
        by_column(graph->edges()),
        self(n),
        b(n),
        c(n) {
    Stream stream({.seed = 5});
    const auto at = [](Index k) { return static_cast<std::size_t>(k); };
    std::vector<std::vector<double>> a(at(n), std::vector<double>(at(2 * n)));
    for (Index i = 0; i < n; ++i) {
      double total = 0.0;
      for (Index e = graph->begin(i); e < graph->end(i); ++e)
        total += by_row[e] = (0.5 + stream.uniform()) * (e == graph->begin(i) ? on_itself : 1.0);
      for (Index e = graph->begin(i); e < graph->end(i); ++e) {
        by_row[e] /= total;
        if (e > graph->begin(i)) a[at(i)][at(graph->target[at(e)])] = -by_row[e];
      }
      self[i] = by_row[graph->begin(i)];
      a[at(i)][at(i)] = a[at(i)][at(n + i)] = 1.0;
    }
    for (std::size_t k = 0; k < graph->in_edge.size(); ++k)
      by_column[static_cast<Index>(k)] = by_row[graph->in_edge[k]];
    // Gauss and Jordan; an M-matrix needs no pivots.
    for (Index k = 0; k < n; ++k) {
      const double pivot = a[at(k)][at(k)];
      for (double& value : a[at(k)]) value /= pivot;
      for (Index i = 0; i < n; ++i) {
        const double factor = a[at(i)][at(k)];
        for (Index j = 0; i != k && factor != 0.0 && j < 2 * n; ++j)
          a[at(i)][at(j)] -= factor * a[at(k)][at(j)];
      }
    }
    for (auto& row : a) inverse.emplace_back(row.begin() + n, row.end());
    for (Index i = 0; i < n; ++i)
      for (const double value : inverse[at(i)]) b[i] += value;
    for (Index i = 0; i < n; ++i)
      for (Index k = 0; k < n; ++k) c[i] += inverse[at(k)][at(i)] / b[k];
  }

  double entry(Index k, Index i) const {
    return inverse[static_cast<std::size_t>(k)][static_cast<std::size_t>(i)];
  }
  WalkSolver solver(double tolerance) const {
    WalkSolver made(graph, tolerance);
    made.take(self.data(), by_row.data(), by_column.data());
    return made;
  }
};

}  // namespace

TEST_CASE("walks: solves are within their tolerance of the inverse, alone and in pairs") {
  constexpr Index kAgents = 80;
  // Random graphs take Neumann steps, long rings BiCGSTAB.
  const std::pair<graph::GraphConfig, double> cases[] = {{graph::RandomOut{6}, 1.0},
                                                         {graph::RandomOut{6}, 0.01},
                                                         {graph::ScaleFree{2}, 0.3},
                                                         {graph::Ring{2}, 0.001},
                                                         {graph::SmallWorld{4, 0.1}, 0.1}};
  for (const auto& [config, on_itself] : cases)
    for (const double tolerance : {1e-3, 1e-10}) {
      CAPTURE(config.index());
      CAPTURE(tolerance);
      const Bids bids(config, kAgents, on_itself);
      AlignedBuffer rhs(2 * kAgents), x(2 * kAgents), y(2 * kAgents), row_sums(2 * kAgents);
      for (Index i = 0; i < kAgents; ++i) {
        rhs[2 * i] = 1.0;
        rhs[2 * i + 1] = std::sin(static_cast<double>(i));
        row_sums[2 * i] = bids.b[i];
      }
      WalkSolver solver = bids.solver(tolerance);
      solver.solve<2>(rhs.data(), x.data());
      solver.solve_transposed<2>(rhs.data(), y.data(), row_sums.data());
      for (Index which : {0, 1}) {
        double off = 0.0, size = 0.0, off_sum = 0.0, sum = 0.0;
        AlignedBuffer one(kAgents), alone(kAgents), across(kAgents);
        for (Index i = 0; i < kAgents; ++i) one[i] = rhs[2 * i + which];
        WalkSolver other = bids.solver(tolerance);
        other.solve<1>(one.data(), alone.data());
        other.solve_transposed<1>(one.data(), across.data(), bids.b.data());
        double off_alone = 0.0, off_across = 0.0;
        for (Index i = 0; i < kAgents; ++i) {
          double exact = 0.0, transposed = 0.0;
          for (Index k = 0; k < kAgents; ++k) {
            exact += bids.entry(i, k) * rhs[2 * k + which];
            transposed += bids.entry(k, i) * rhs[2 * k + which];
          }
          off = std::max(off, std::fabs(x[2 * i + which] - exact));
          off_alone = std::max(off_alone, std::fabs(alone[i] - exact));
          size = std::max(size, std::fabs(exact));
          off_sum += std::fabs(y[2 * i + which] - transposed);
          off_across += std::fabs(across[i] - transposed);
          sum += std::fabs(transposed);
        }
        // The tolerance is relative to the solution found, and the inverse has rounding of its own.
        const double allowed = 1.01 * tolerance + 1e-11;
        CHECK(off <= allowed * size);
        CHECK(off_alone <= allowed * size);
        CHECK(off_sum <= allowed * sum);
        CHECK(off_across <= allowed * sum);
        CHECK(size > 0.0);
      }
    }
}

TEST_CASE("walks: those that mix take a few dozen products, and more go on by other means") {
  AlignedBuffer ones(2000), x(2000);
  std::fill_n(ones.data(), 2000, 1.0);
  WalkSolver solver(std::make_shared<EdgeGraph>(graph::make(graph::RandomOut{16}, 2000, {})), 1e-8);
  AlignedBuffer row(2000 * 17), column(2000 * 16), self(2000);
  for (Index e = 0; e < row.size(); ++e) row[e] = 1.0 / 17.0;
  for (Index e = 0; e < column.size(); ++e) column[e] = 1.0 / 17.0;
  for (Index i = 0; i < 2000; ++i) self[i] = 1.0 / 17.0;
  solver.take(self.data(), row.data(), column.data());
  solver.solve<1>(ones.data(), x.data());
  CHECK(solver.products() < 25);  // without deflation some 300
  // B 1 = 17 where every row has 1/17 on itself.
  for (Index i = 0; i < 2000; ++i) CHECK(std::fabs(x[i] - 17.0) <= 17e-8);
  const Bids ring(graph::Ring{2}, 100, 0.001);
  WalkSolver slow = ring.solver(1e-8);
  AlignedBuffer out(100);
  slow.solve<1>(ones.data(), out.data());
  CHECK(slow.products() > WalkSolver::kNeumannProducts);
}

TEST_CASE("walks: where they never end, or too late for the tolerance, that is said") {
  Bids bids(graph::RandomOut{3}, 30, 1.0);
  bids.self[7] = 0.0;
  CHECK_THROWS_WITH_AS(bids.solver(1e-8), doctest::Contains("agent 7"), NumericError);
  const Bids thin(graph::Ring{2}, 60, 1e-12);
  WalkSolver solver = thin.solver(1e-14);
  AlignedBuffer rhs(60), x(60);
  for (Index i = 0; i < 60; ++i) rhs[i] = static_cast<double>(i % 7);
  CHECK_THROWS_WITH_AS(solver.solve<1>(rhs.data(), x.data()), doctest::Contains("tolerance"),
                       NumericError);
}

TEST_CASE("pushes: a column of the inverse is within the error that is asked for") {
  constexpr Index kAgents = 80;
  for (const graph::GraphConfig& config :
       {graph::GraphConfig(graph::RandomOut{6}), graph::GraphConfig(graph::ScaleFree{2}),
        graph::GraphConfig(graph::Ring{4})})
    for (const double error : {0.3, 1e-2, 1e-4, 1e-8}) {
      CAPTURE(config.index());
      CAPTURE(error);
      const Bids bids(config, kAgents, 0.7);
      Walks walks{.graph = bids.graph.get(),
                  .bids = bids.by_column.data(),
                  .self = bids.self.data(),
                  .row_sums = bids.b.data(),
                  .visits = bids.c.data()};
      for (Index i = 0; i < kAgents; ++i) {
        walks.total += 1.0 / bids.b[i];
        walks.squares += 1.0 / (bids.b[i] * bids.b[i]);
      }
      ColumnPush push;
      double largest = 0.0;
      for (Index i = 0; i < kAgents; ++i) {
        push.run(walks, i, error);
        double squares = 0.0, weighted = 0.0, exact_weighted = 0.0;
        for (Index k = 0; k < kAgents; ++k) {
          const double off = bids.entry(k, i) - push.at(k);
          largest = std::max(largest, std::fabs(off));
          CHECK(off <= error + 1e-12);
          CHECK(off >= -push.even() - 1e-12);
          squares += push.at(k) * push.at(k) / (bids.b[k] * bids.b[k]);
          weighted += push.at(k) / bids.b[k];
          exact_weighted += bids.entry(k, i) / bids.b[k];
        }
        CHECK(push.squares() == doctest::Approx(squares).epsilon(1e-12));
        CHECK(weighted == doctest::Approx(exact_weighted).epsilon(1e-11));  // c is exact
      }
      if (error > 1e-3) CHECK(largest > 0.0);  // it is a push, no solve
    }
}
