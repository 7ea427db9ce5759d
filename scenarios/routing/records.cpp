// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// What can be recorded of selfish routing.
#include <algorithm>
#include <cmath>

#include "scenarios/equilibrium/certificate.hpp"
#include "scenarios/routing/market.hpp"

namespace gbid::routing {
namespace {

// An array that takes a search to measure.
constexpr const char* kShortestCostArray = "shortest_cost";

}  // namespace

std::vector<Dimension> dimensions(const RoadNetwork& network) {
  return {{"agent", network.pair_count(), "agent: pair of origin and destination"},
          {"link", network.link_count(), "link, as given"}};
}

const std::vector<ArrayRow<RoutingMarket>>& RoutingMarket::arrays() {
  using M = RoutingMarket;
  const auto spec = [](Recorded recorded, Variable variable, const char* group = "") {
    return ArraySpec{std::move(variable), Role::kDerived, recorded, group};
  };
  const auto number = [&](Variable variable, double (*value)(const M&)) {
    return derived<M>(spec(Recorded::kTrajectory, std::move(variable)),
                      [value](const M& m, double* out) {
                        *out = value(m);
                        return out + 1;
                      });
  };
  const auto of_links = [&](Variable variable, const char* group, auto value) {
    return derived<M>(spec(Recorded::kFinal, std::move(variable), group),
                      [value](const M& m, double* out) {
                        const RoadNetwork& network = *m.game_->network;
                        for (Index k = 0; k < network.link_count(); ++k)
                          *out++ = static_cast<double>(value(m, network.given(k)));
                        return out;
                      });
  };
  const auto of_pairs = [&](Variable variable, auto value) {
    return derived<M>(spec(Recorded::kFinal, std::move(variable), "pairs"),
                      [value](const M& m, double* out) {
                        const RoadNetwork& network = *m.game_->network;
                        for (const RoadNetwork::Pair& pair : network.pairs())
                          *out++ = static_cast<double>(value(network, pair));
                        return out;
                      });
  };
  const std::vector<std::string> each{"agent"}, of_link{"link"};
  using Pair = RoadNetwork::Pair;
  static const std::vector<ArrayRow<M>> rows{
      number({"welfare",
              "mean payoff: minus total travel time divided by the number of pairs",
              "cost",
              {}},
             [](const M& m) { return m.welfare(); }),
      derived<M>(spec(Recorded::kTrajectory,
                      {"payoff", "minus the total travel time of the pair's trips", "cost", each}),
                 [](const M& m, double* out) {
                   for (Index pair = 0; pair < m.agents(); ++pair) *out++ = -m.pair_cost(pair);
                   return out;
                 }),
      derived<M>(spec(Recorded::kTrajectory,
                      {kShortestCostArray, "cost of the pair's cheapest path", "cost", each}),
                 [](const M& m, double* out) {
                   const auto& cheapest = m.is_planner() ? m.cheapest_ : m.assignment_.cheapest();
                   return std::copy(cheapest.begin(), cheapest.end(), out);
                 }),
      number({"total_travel_time", "sum of flow x cost over all links", "cost", {}},
             [](const M& m) { return m.total_travel_time_; }),
      number({"relative_gap",
              "share of total cost that trips could save at the costs that the regime goes by; for "
              "a planner these are marginal costs",
              "1",
              {}},
             [](const M& m) { return m.assignment_.relative_gap(); }),
      number({"average_excess_cost", "mean saving per trip, at the same costs", "cost", {}},
             [](const M& m) { return m.assignment_.excess_cost() / m.game_->network->trips(); }),
      number({"beckmann",
              "sum over links of the integral of cost, minimal at the equilibrium",
              "cost",
              {}},
             [](const M& m) {
               double sum = 0.0;
               for (Index link = 0; link < m.game_->network->link_count(); ++link)
                 sum += m.game_->travel().integral(
                     link, m.assignment_.flow()[static_cast<std::size_t>(link)]);
               return sum;
             }),
      number({"paths_in_use", "paths with trips on them", "1", {}},
             [](const M& m) {
               double sum = 0.0;
               for (Index path = 0; path < m.assignment_.paths().path_count(); ++path)
                 sum += m.assignment_.paths().flow(path) > 0.0;
               return sum;
             }),
      of_links(
          {"link_flow", "trips on the link", "trips", of_link}, "",
          [](const M& m, LinkId k) { return m.assignment_.flow()[static_cast<std::size_t>(k)]; }),
      of_links({"link_cost", "cost of the link", "cost", of_link}, "",
               [](const M& m, LinkId k) { return m.travel_cost_[static_cast<std::size_t>(k)]; }),
      of_links(
          {"from_node", "node where the link begins", "1", of_link}, "links",
          [](const M& m, LinkId k) { return m.game_->network->name(m.game_->network->tail(k)); }),
      of_links(
          {"to_node", "node where the link ends", "1", of_link}, "links",
          [](const M& m, LinkId k) { return m.game_->network->name(m.game_->network->head(k)); }),
      of_pairs(
          {"origin", "node where the pair's trips begin", "1", each},
          [](const RoadNetwork& network, const Pair& pair) { return network.name(pair.origin); }),
      of_pairs({"destination", "node where the pair's trips end", "1", each},
               [](const RoadNetwork& network, const Pair& pair) {
                 return network.name(pair.destination);
               }),
      of_pairs({"trips", "trips of the pair", "trips", each},
               [](const RoadNetwork&, const Pair& pair) { return pair.trips; }),
  };
  return rows;
}

Recordables recordables() {
  Recordables all{{},
                  {},
                  {"welfare", "payoff", "total_travel_time", "relative_gap", "average_excess_cost",
                   "beckmann", "paths_in_use"},
                  {"link_flow", "link_cost", "links", "pairs", kCertificate}};
  all.add(specs_of(RoutingMarket::arrays()),
          {{"link_flow", "trips on every link"},
           {"link_cost", "cost of every link"},
           {"links", "the nodes that every link joins, by number or name"},
           {"pairs", "origin, destination and trips of every pair"}});
  all.add(specs_of(certificate_rows()),
          {{kCertificate, "what every agent could still gain by a change of its own"}});
  return all;
}

void RoutingMarket::derive(Index, Recorded when) {
  if (plan_.records(when, kShortestCostArray)) cheapest_travel();
  if (when == Recorded::kFinal) derive_certificate();
}

/// The best response of a pair, the costs of links held fixed as for a population of which no one traveller
/// weighs anything: all its trips on its cheapest path.
///   gain = sum over its paths of flow x (cost - cheapest), exact
/// Its payoff is linear in its own flows then: curvature 0. The residual is the norm of costs less
/// their mean over the paths in use of a pair, the tangent part of the pseudo-gradient.
Certificate RoutingMarket::certify() {
  Certificate certificate(agents());
  const auto cheapest = cheapest_travel();
  const PathSet& paths = assignment_.paths();
  double square = 0.0;
  for (Index pair = 0; pair < agents(); ++pair) {
    const auto k = static_cast<std::size_t>(pair);
    double sum = 0.0, squares = 0.0, used = 0.0, gain = 0.0;
    for (Index path = paths.first(pair); path < paths.first(pair + 1); ++path) {
      if (paths.flow(path) <= 0.0) continue;
      double cost = 0.0;
      for (const LinkId link : paths.links(path))
        cost += travel_cost_[static_cast<std::size_t>(link)];
      const double above = cost - cheapest[k];
      gain += paths.flow(path) * above;
      sum += above;
      squares += above * above;
      used += 1.0;
    }
    certificate.payoff[k] = -pair_cost(pair);
    certificate.gain[k] = std::max(0.0, gain);  // rounding may end just below
    certificate.curvature[k] = 0.0;
    square += std::max(0.0, squares - sum * sum / used);
  }
  certificate.residual = std::sqrt(square);
  certificate.is_exact = true;
  return certificate;
}

}  // namespace gbid::routing
