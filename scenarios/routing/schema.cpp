// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/routing/schema.hpp"

namespace gbid::routing {
namespace {

using config::Kinds;
using config::Range;
using config::Schema;

constexpr Range kNotNegative{.min = 0.0, .max = {}};
constexpr Range kPositive{.min = 0.0, .max = {}, .min_open = true};
// A power between 0 and 1 has no slope at zero flow, by which shifts are scaled.
constexpr Range kPower{.min = 1.0, .max = 100.0};

Schema<TwoLinkNetwork> two_link_schema() {
  return Schema<TwoLinkNetwork>("two_link", "two affine links")
      .number("a1", &TwoLinkNetwork::a1, kNotNegative, "slope of the first link")
      .number("b1", &TwoLinkNetwork::b1, kNotNegative, "cost of the first link when empty")
      .number("a2", &TwoLinkNetwork::a2, kNotNegative, "slope of the second link")
      .number("b2", &TwoLinkNetwork::b2, kNotNegative, "cost of the second link when empty");
}

Schema<LinksNetwork> links_schema() {
  return Schema<LinksNetwork>("links", "links and demands, line by line")
      .integer("nodes", &LinksNetwork::nodes, {2, 1000000}, "numbered from 1 on")
      .text_list("links", &LinksNetwork::links, {},
                 "\"FROM TO: c0 c1 c2 ...\" costs c0 + c1 x + c2 x^2 ...; \"FROM TO: bpr t0 b "
                 "capacity power\" costs t0 (1 + b (x / capacity)^power)")
      .required("links")
      .text_list("demands", &LinksNetwork::demands, {}, "\"FROM TO: trips\", one pair per line")
      .required("demands");
}

Schema<GridNetwork> grid_schema() {
  return Schema<GridNetwork>("grid", "a synthetic town")
      .integer("rows", &GridNetwork::rows, {2, 1000}, "crossings from north to south")
      .integer("columns", &GridNetwork::columns, {2, 1000}, "crossings from west to east")
      .integer("origins", &GridNetwork::origins, {1, 1000000}, "crossings where trips start")
      .integer("destinations", &GridNetwork::destinations, {1, 1000000},
               "crossings where the trips of an origin end")
      .number("congestion", &GridNetwork::congestion, kPositive,
              "trips divided by the capacity of the streets, which are about full at 1")
      .number("power", &GridNetwork::power, kPower, "of the BPR cost of every street")
      .integer("seed", &GridNetwork::seed, {0, {}}, "of streets and trips")
      .check([](const GridNetwork& grid, const config::Checker& checker) {
        const Index crossings = grid.rows * grid.columns;
        // Beyond, drawing the trips alone would take memory and minutes before a size can be
        // judged.
        constexpr Index kMostPairs = 1000000, kMostVisits = 1000000000;
        if (grid.origins * grid.destinations > kMostPairs)
          checker.fail("origins", "expected at most " + std::to_string(kMostPairs) +
                                      " pairs, origins x destinations");
        if (grid.origins * crossings > kMostVisits)
          checker.fail("origins", "expected origins x rows x columns of at most " +
                                      std::to_string(kMostVisits));
        if (grid.origins > crossings)
          checker.fail("origins", "expected at most rows x columns = " + std::to_string(crossings));
        if (grid.destinations >= crossings)
          checker.fail("destinations",
                       "expected fewer than rows x columns = " + std::to_string(crossings));
      });
}

Schema<TntpNetwork> tntp_schema() {
  return Schema<TntpNetwork>("tntp", "a network of the TransportationNetworks collection")
      .file("network", &TntpNetwork::network, "its links, NAME_net.tntp")
      .required("network")
      .file("trips", &TntpNetwork::trips, "its demands, NAME_trips.tntp")
      .required("trips")
      .number("toll_factor", &TntpNetwork::toll_factor, kNotNegative, "cost of a unit of toll")
      .number("distance_factor", &TntpNetwork::distance_factor, kNotNegative,
              "cost of a unit of length");
}

}  // namespace

Kinds<PigouNetwork, TwoLinkNetwork, BraessNetwork, LinksNetwork, GridNetwork, TntpNetwork>
network_kinds() {
  return Kinds<PigouNetwork, TwoLinkNetwork, BraessNetwork, LinksNetwork, GridNetwork,
               TntpNetwork>()
      .kind("pigou",
            Schema<PigouNetwork>("pigou", "two links")
                .number("degree", &PigouNetwork::degree, kPower, "of the link that can be full"),
            "two links: one costs 1, the other x^degree")
      .kind("two_link", two_link_schema(), "two links that cost a x + b")
      .kind("braess",
            Schema<BraessNetwork>("braess", "two routes and a shortcut")
                .boolean("shortcut", &BraessNetwork::shortcut, "whether the shortcut is open"),
            "Braess's paradox: two routes, and a shortcut that delays all travellers")
      .kind("links", links_schema(), "links and demands, line by line")
      .kind("grid", grid_schema(), "a synthetic town of streets and random trips")
      .kind("tntp", tntp_schema(), "files of the TransportationNetworks collection");
}

Schema<MarketConfig> market_schema() {
  return Schema<MarketConfig>("selfish_routing",
                              "Trips over a network whose links slow down as they fill.")
      .one_of("network", &MarketConfig::network, network_kinds(), "links and demands")
      .number("demand", &MarketConfig::demand, kPositive, "factor of all demands")
      .number("gap", &MarketConfig::gap, {.min = 0.0, .max = 1.0},
              "relative gap from which on trips rest: steps then change nothing")
      .integer("rounds", &MarketConfig::rounds, {1, 1000000},
               "shifts of every pair in a step, between two searches for new paths")
      .choice("start", &MarketConfig::start,
              {{Start::kFreeFlow, "free_flow", "all trips on the path that is cheapest when empty"},
               {Start::kRandom, "random",
                "spread over paths that are cheapest at random costs, drawn for every trial"}},
              "paths of the trips at the start");
}

}  // namespace gbid::routing
