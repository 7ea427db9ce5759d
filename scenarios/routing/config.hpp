// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "engine/core/padded_matrix.hpp"
#include "scenarios/structure/entry.hpp"

namespace gbid::routing {

/// Two links from 1 to 2: one costs 1, the other x^degree. Demand 1. Source: Pigou, 1920.
struct PigouNetwork {
  double degree = 1.0;
};

/// Two links from 1 to 2 that cost a1 x + b1 and a2 x + b2. Demand 1.
struct TwoLinkNetwork {
  double a1 = 2.0, b1 = 0.2, a2 = 1.0, b2 = 0.5;
};

/// From 1 to 4 by 2 (x, then 1) or by 3 (1, then x); the shortcut 2 -> 3 costs nothing. Demand 1.
/// Source: Braess, 1968.
struct BraessNetwork {
  bool shortcut = true;
};

/// Links and demands line by line, see read_link and read_demand.
struct LinksNetwork {
  Index nodes = 2;
  std::vector<std::string> links, demands;
};

/// A synthetic town: rows x columns crossings, a street each way between neighbours, and trips
/// between random crossings.
struct GridNetwork {
  Index rows = 5, columns = 5;
  Index origins = 5;        ///< crossings where trips start
  Index destinations = 5;   ///< of every origin
  double congestion = 1.0;  ///< demand by the capacity that the streets have for it, roughly
  double power = 4.0;       ///< of the BPR function
  Index seed = 1;
};

/// A network and its trips as the TransportationNetworks collection writes them.
struct TntpNetwork {
  std::string network = {}, trips = {};
  double toll_factor = 0.0, distance_factor = 0.0;  ///< cost of a unit of toll, of length
};

using NetworkKind = std::variant<PigouNetwork, TwoLinkNetwork, BraessNetwork, LinksNetwork,
                                 GridNetwork, TntpNetwork>;

/// Where the trips of a pair start from.
enum class Start {
  kFreeFlow,  ///< all on the path that is the cheapest on empty links
  kRandom,    ///< spread over paths that are the cheapest at random costs, drawn for every trial
};

struct MarketConfig {
  NetworkKind network = BraessNetwork{};
  double demand = 1.0;  ///< factor of all demands
  double gap = 1e-12;   ///< relative gap at which trips rest
  Index rounds = 10;    ///< of shifts in a step
  Start start = Start::kFreeFlow;
};

/// What the registry knows of this kind of market; in structure.cpp.
EntryOf<MarketConfig> entry();

}  // namespace gbid::routing
