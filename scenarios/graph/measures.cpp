// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/graph/measures.hpp"

#include <algorithm>
#include <bit>
#include <boost/graph/compressed_sparse_row_graph.hpp>
#include <boost/graph/page_rank.hpp>
#include <boost/graph/strong_components.hpp>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>

namespace gbid::graph {
namespace {

using BoostGraph = boost::compressed_sparse_row_graph<boost::directedS>;

BoostGraph boost_graph(const Topology& topology) {
  std::vector<std::pair<std::size_t, std::size_t>> links;
  links.reserve(static_cast<std::size_t>(topology.link_count()));
  for (Index i = 0; i < topology.agents(); ++i)
    for (const Index j : topology.targets(i))
      links.emplace_back(static_cast<std::size_t>(i), static_cast<std::size_t>(j));
  return {boost::edges_are_sorted, links.begin(), links.end(),
          static_cast<std::size_t>(topology.agents())};
}

Index strong_components(const BoostGraph& graph) {
  std::vector<std::size_t> component(num_vertices(graph));
  return static_cast<Index>(boost::strong_components(
      graph,
      boost::make_iterator_property_map(component.begin(), get(boost::vertex_index, graph))));
}

constexpr double kDamping = 0.85;
// Sum of changes from one iteration to the next, relative to the sum: what is then still to come is
// 0.85 / (1 - 0.85) = 6 times as much, well below 1e-12.
constexpr double kRankTolerance = 1e-14;
// 0.85^k is 1e-14 at k = 200; rounding may keep the changes above the tolerance for ever.
constexpr int kMostIterations = 500;

/// Boost drops the mass of those without links. To spread it evenly adds the same constant to
/// every agent's base, and ranks are linear in the base: dividing by their sum is the same.
std::vector<double> pagerank(const BoostGraph& graph) {
  std::vector<double> rank(num_vertices(graph)), next(rank.size()), before(rank.size());
  const auto index = get(boost::vertex_index, graph);
  int iteration = 0;
  const auto has_converged = [&](const auto& now, const BoostGraph&) {
    double change = 0.0, total = 0.0;
    for (std::size_t i = 0; i < before.size(); ++i) {
      const double value = get(now, i);
      change += std::fabs(value - before[i]);
      total += value;
      before[i] = value;
    }
    return change <= kRankTolerance * total || iteration++ == kMostIterations;
  };
  boost::graph::page_rank(graph, boost::make_iterator_property_map(rank.begin(), index),
                          has_converged, kDamping, num_vertices(graph),
                          boost::make_iterator_property_map(next.begin(), index));
  double total = 0.0;
  for (const double value : rank) total += value;
  for (double& value : rank) value /= total;
  return rank;
}

/// By rows of bits, 64 pairs at a time: Boost's way looks pairs up one by one, which takes half a
/// minute for a complete graph of a thousand agents.
double mean_clustering(const Topology& topology) {
  const auto n = static_cast<std::size_t>(topology.agents()), words = (n + 63) / 64;
  std::vector<std::uint64_t> neighbours(n * words);
  for (std::size_t i = 0; i < n; ++i)
    for (const Index target : topology.targets(static_cast<Index>(i))) {
      const auto j = static_cast<std::size_t>(target);
      neighbours[i * words + j / 64] |= std::uint64_t{1} << j % 64;
      neighbours[j * words + i / 64] |= std::uint64_t{1} << i % 64;
    }
  double total = 0.0;
  for (std::size_t i = 0; i < n; ++i) {
    const std::uint64_t* mine = neighbours.data() + i * words;
    double degree = 0.0, linked = 0.0;  // `linked`: ordered pairs of neighbours
    for (std::size_t j = 0; j < n; ++j) {
      if ((mine[j / 64] >> j % 64 & 1) == 0) continue;
      degree += 1.0;
      for (std::size_t w = 0; w < words; ++w)
        linked += std::popcount(mine[w] & neighbours[j * words + w]);
    }
    if (degree > 1.0) total += linked / (degree * (degree - 1.0));
  }
  return total / static_cast<double>(n);
}

}  // namespace

Index strong_components(const Topology& topology) {
  return strong_components(boost_graph(topology));
}

Measures measure(const Topology& topology) {
  Measures measures;
  const auto n = static_cast<std::size_t>(topology.agents());
  measures.out_degree.resize(n);
  measures.in_degree.resize(n);
  double mutual = 0.0;
  for (std::size_t i = 0; i < n; ++i) {
    const auto targets = topology.targets(static_cast<Index>(i));
    measures.out_degree[i] = static_cast<double>(targets.size());
    for (const Index target : targets) {
      measures.in_degree[static_cast<std::size_t>(target)] += 1.0;
      mutual += topology.has(target, static_cast<Index>(i)) ? 1.0 : 0.0;
    }
  }
  const auto links = static_cast<double>(topology.link_count());
  measures.mean_degree = links / static_cast<double>(n);
  measures.reciprocity = links > 0.0 ? mutual / links : std::numeric_limits<double>::quiet_NaN();
  measures.clustering = mean_clustering(topology);
  const BoostGraph graph = boost_graph(topology);
  measures.pagerank = pagerank(graph);
  measures.components = strong_components(graph);
  return measures;
}

std::vector<Variable> measure_variables() {
  const std::vector<std::string> each{"agent"};
  return {
      {"out_degree", "agents that it may bid on, itself apart", "1", each},
      {"in_degree", "agents that may bid on it, itself apart", "1", each},
      {"pagerank", "PageRank in the graph of who may bid on whom", "1", each},
      {"mean_degree", "agents that an agent may bid on, mean, itself apart", "1", {}},
      {"reciprocity", "share of permitted bids that may be returned", "1", {}},
      {"clustering", "mean local clustering, of undirected links", "1", {}},
      {"components", "strongly connected components", "1", {}},
  };
}

std::vector<double> in_order(const Measures& measures) {
  std::vector<double> values;
  for (const auto* each : {&measures.out_degree, &measures.in_degree, &measures.pagerank})
    values.insert(values.end(), each->begin(), each->end());
  values.insert(values.end(), {measures.mean_degree, measures.reciprocity, measures.clustering,
                               static_cast<double>(measures.components)});
  return values;
}

}  // namespace gbid::graph
