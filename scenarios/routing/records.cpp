// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// What can be recorded of selfish routing.
#include <algorithm>
#include <cmath>

#include "scenarios/equilibrium/certificate.hpp"
#include "scenarios/routing/market.hpp"

namespace gbid::routing {

std::vector<Dimension> dimensions(const RoadNetwork& network) {
  return {{"agent", network.pair_count(), "agent: pair of origin and destination"},
          {"link", network.link_count(), "link, as given"}};
}

std::vector<Variable> trajectory_variables() {
  return {
      {"welfare", "mean payoff: minus total travel time by pairs", "cost", {}},
      {"payoff", "minus what the pair's trips take in all", "cost", {"agent"}},
      {"shortest_cost", "cost of the pair's cheapest path", "cost", {"agent"}},
      {"total_travel_time", "sum of flow x cost over all links", "cost", {}},
      {"relative_gap",
       "share of total cost that trips could save at the costs that the regime goes by; for a "
       "planner these are marginal costs",
       "1",
       {}},
      {"average_excess_cost", "what a trip could save, by the same costs", "cost", {}},
      {"beckmann",
       "sum over links of the integral of cost, minimal at the equilibrium",
       "cost",
       {}},
      {"paths_in_use", "paths with trips on them", "1", {}},
  };
}

std::vector<Variable> final_variables(const std::string& name) {
  if (name == "link_flow") return {{"link_flow", "trips on the link", "trips", {"link"}}};
  if (name == "link_cost") return {{"link_cost", "cost of the link", "cost", {"link"}}};
  if (name == "links")
    return {{"from_node", "node where the link begins", "1", {"link"}},
            {"to_node", "node where the link ends", "1", {"link"}}};
  if (name == "pairs")
    return {{"origin", "node where the pair's trips begin", "1", {"agent"}},
            {"destination", "node where the pair's trips end", "1", {"agent"}},
            {"trips", "trips of the pair", "trips", {"agent"}}};
  return {};
}

Recordables recordables() {
  return {trajectory_variables(),
          {{"link_flow", "trips on every link"},
           {"link_cost", "cost of every link"},
           {"links", "the nodes that every link joins, from 1 on"},
           {"pairs", "origin, destination and trips of every pair"},
           {kCertificate, "what every agent could still gain by a change of its own"}},
          {"welfare", "payoff", "total_travel_time", "relative_gap", "average_excess_cost",
           "beckmann", "paths_in_use"},
          {"link_flow", "link_cost", "links", "pairs", kCertificate}};
}

void RoutingMarket::record(Index, std::span<double> out) {
  double* next = out.data();
  for (const std::string& name : plan_.trajectory) next = copy_variable(name, next);
}

double* RoutingMarket::copy_variable(const std::string& name, double* out) {
  if (name == "payoff") {
    for (Index pair = 0; pair < agents(); ++pair) *out++ = -pair_cost(pair);
    return out;
  }
  if (name == "shortest_cost") {
    const auto cheapest = cheapest_travel();
    return std::copy(cheapest.begin(), cheapest.end(), out);
  }
  *out = scalar(name);
  return out + 1;
}

double RoutingMarket::scalar(const std::string& name) const {
  if (name == "welfare") return welfare();
  if (name == "total_travel_time") return total_travel_time_;
  if (name == "relative_gap") return assignment_.relative_gap();
  if (name == "average_excess_cost") return assignment_.excess_cost() / game_->network->trips();
  double sum = 0.0;
  if (name == "beckmann") {
    for (Index link = 0; link < game_->network->link_count(); ++link)
      sum += game_->travel().integral(link, assignment_.flow()[static_cast<std::size_t>(link)]);
  } else {  // paths_in_use
    for (Index path = 0; path < assignment_.paths().path_count(); ++path)
      sum += assignment_.paths().flow(path) > 0.0;
  }
  return sum;
}

void RoutingMarket::record_final(std::span<double> out) {
  double* next = out.data();
  for (const std::string& name : plan_.final) next = copy_final(name, next);
}

double* RoutingMarket::copy_final(const std::string& name, double* out) {
  if (name == kCertificate) return copy_certificate(out);
  const RoadNetwork& network = *game_->network;
  if (name == "pairs") {
    for (const RoadNetwork::Pair& pair : network.pairs()) *out++ = pair.origin + 1;
    for (const RoadNetwork::Pair& pair : network.pairs()) *out++ = pair.destination + 1;
    for (const RoadNetwork::Pair& pair : network.pairs()) *out++ = pair.trips;
    return out;
  }
  const auto of_links = [&](const auto& value) {
    for (Index k = 0; k < network.link_count(); ++k) *out++ = value(network.given(k));
  };
  if (name == "links") {
    of_links([&](LinkId link) { return network.tail(link) + 1; });
    of_links([&](LinkId link) { return network.head(link) + 1; });
    return out;
  }
  const std::vector<double>& values = name == "link_flow" ? assignment_.flow() : travel_cost_;
  of_links([&](LinkId link) { return values[static_cast<std::size_t>(link)]; });
  return out;
}

/// The best response of a pair, the costs of links held fixed as for a population of which nobody
/// weighs anything: all its trips on its cheapest path.
///   gain = sum over its paths of flow x (cost - cheapest), exact
/// Its payoff is linear in its own flows then: curvature 0. The residual is the norm of costs less
/// their mean over the paths in use of a pair, the tangent part of the pseudo-gradient.
double* RoutingMarket::copy_certificate(double* out) {
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
  return write_certificate(certificate, out);
}

}  // namespace gbid::routing
