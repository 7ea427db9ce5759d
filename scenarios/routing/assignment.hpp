// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "engine/schedule/movers.hpp"
#include "scenarios/routing/network.hpp"
#include "scenarios/routing/path_set.hpp"
#include "scenarios/routing/shortest_paths.hpp"

namespace gbid::routing {

/// The trips of all pairs on their paths, and the projected gradient by which they move.
///
/// With cost c_p of path p, the sum of its links' costs, every pair descends the objective whose
/// gradient over its path flows f is c: with latencies as costs, that is Beckmann's
/// sum_a int_0^{x_a} t_a, minimal at the equilibrium of Wardrop; with marginal costs t + x t' it is
/// total cost, minimal at the optimum. One shift between a path p and the pair's cheapest path q is
/// a gradient step scaled by the curvature along it and projected on f >= 0:
///
///     d = (c_p - c_q) / sum of t'_a over the links on one of the two paths only
///     f_p -= d, f_q += d,  d at most f_p and at least -f_q
///
/// Every few rounds all pairs move at once by the projected Newton step over the paths in use,
/// found by conjugate gradients: shifts see how the paths of one pair congest each other, not how
/// pairs do.
///
/// Pairs shift one after the other in a fixed order, each at the costs that the ones before it
/// left: a sweep is the same for any number of threads. The search for new paths runs over the
/// origins in parallel. Source: Jayakrishnan, Tsai, Prashker and Rajadhyaksha, "A faster path-based
/// algorithm for traffic assignment", 1994; Bertsekas and Gafni, "Projected Newton methods and
/// optimization of multicommodity flows", 1983; Beckmann, McGuire and Winsten, 1956.
class Assignment {
 public:
  /// @param latencies of the links, or what their users cost all; outlive the object.
  Assignment(std::shared_ptr<const RoadNetwork> network, const Latencies& latencies);

  /// All trips on the cheapest paths at these costs of links: one set of costs (link) after the
  /// other, each for an equal share of the trips.
  void start(std::span<const std::vector<double>> costs);

  /// Loads links with the flows of all paths, then looks for cheaper ones. Afterwards all figures
  /// below are those of the state.
  void load();
  /// `rounds` shifts of every path of the movers, which first add the cheaper paths found.
  void shift(const Movers& movers, Index rounds);

  /// Adds paths and the flows on them to the table of their trial.
  void declare(State& state) { paths_.declare(state); }

  const RoadNetwork& network() const { return *network_; }
  const std::vector<double>& flow() const { return flow_; }  ///< (link)
  const std::vector<double>& cost() const { return cost_; }  ///< (link), at that flow
  const PathSet& paths() const { return paths_; }
  /// (pair) cost of the cheapest path of the network.
  const std::vector<double>& cheapest() const { return cheapest_; }
  /// sum over paths of flow x (cost - cheapest of its pair), >= 0 up to rounding: what could be
  /// saved at these costs.
  double excess_cost() const { return excess_cost_; }
  /// sum over links of flow x cost.
  double total_cost() const { return total_cost_; }
  double relative_gap() const { return total_cost_ > 0.0 ? excess_cost_ / total_cost_ : 0.0; }
  Index links_scanned() const;

  /// (pair) cost of the cheapest path at other costs of links.
  void cheapest_at(std::span<const double> cost, std::span<double> out);

 private:
  /// Calls body(search, origin) for all origins, with the searches of fixed blocks.
  template <class Body>
  void for_origins(const Body& body);
  void take_in_found(const Movers& movers);
  void shift_pair(Index pair);
  void shift_between(Index path, Index cheapest);
  /// Moves `amount` trips from one path to the other, on the links that only one of them has.
  void move(Index path, Index cheapest, double amount);
  /// Cost of the first path above the second, and how fast it falls by a trip that moves.
  Latencies::Point difference(Index path, Index cheapest) const;
  void mark(Index path, std::vector<Index>& marks);

  // The joint step, in the order of its parts.
  void joint_step(const Movers& movers);
  void choose_free_paths(const Movers& movers);
  void solve_joint_move(const Movers& movers);
  void keep_flows_positive(const Movers& movers);
  double joint_step_length() const;
  void make_joint_move(const Movers& movers, double share);
  /// change_ = flows of links that trips take along which move by `move` (path) to free paths.
  void to_links(const Movers& movers, const std::vector<double>& move);
  /// out (path) = sum of `value` (link) over a free path less that over its pair's base.
  void to_paths(const Movers& movers, const std::vector<double>& value, std::vector<double>& out);

  std::shared_ptr<const RoadNetwork> network_;
  const Latencies& latencies_;
  Index origins_per_block_;
  std::vector<ShortestPaths> searches_;               // (block of origins)
  std::vector<std::vector<LinkId>> found_;            // (origin) links of cheaper paths found
  std::vector<std::pair<Index, Index>> found_range_;  // (pair) within found_, empty if none
  PathSet paths_, next_paths_;
  std::vector<double> flow_, cost_, slope_;  // (link)
  std::vector<double> cheapest_, excess_;    // (pair)
  double excess_cost_ = 0.0, total_cost_ = 0.0;
  std::vector<Index> on_path_, on_cheapest_;  // (link) marks of the paths in hand
  Index mark_ = 0;
  // Of the joint step: a pair's largest path, which gives what its free ones take; 1 / curvature of
  // free paths, 0 of all others.
  std::vector<Index> base_;                                          // (pair)
  std::vector<double> scale_, residual_, direction_, image_, move_;  // (path)
  std::vector<double> change_;                                       // (link)
  struct {
    Index path = 0, cheapest = 0;
  } marks_;  // of the two paths in hand
};

}  // namespace gbid::routing
