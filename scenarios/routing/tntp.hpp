// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/routing/network.hpp"

namespace gbid::routing {

/// NAME_net.tntp: lines "<KEY> value" up to <END OF METADATA>, then a link a line, columns
///
///     from to capacity length free_flow_time b power speed toll type ;
///
/// of which the first seven must be there. A comment above the links that names columns says where
/// they stand ("~ init_node term_node capacity ... ;", also from, fft, speed limit and the like);
/// columns of other names are left alone. A link costs
///
///     free_flow_time (1 + b (x / capacity)^power) + toll_factor toll + distance_factor length
///
/// Required keys: NUMBER OF ZONES, NUMBER OF NODES, NUMBER OF LINKS. Nodes before FIRST THRU NODE
/// (default 1) are no way through. Text from ~ to the end of a line is a comment. Numbers of nodes
/// beyond their count are names, if there are as many names as nodes; nodes are then numbered in
/// their order.
struct TntpLinks {
  Index zones = 0, nodes = 0, first_through = 1;
  std::vector<GivenLink> links;
  std::vector<Index> names =
      {};  ///< of nodes 1, 2, ..., ascending; empty where those are the names
};

/// The number of the node of that name, from 1 on. @param names ascending.
std::optional<Index> find_node(const std::vector<Index>& names, Index name);

/// NAME_trips.tntp: metadata with NUMBER OF ZONES, then "Origin n" and "destination : trips;"
/// pairs. Trips within a zone use no link: they are counted here and left out of the network.
/// TOTAL OD FLOW must be the sum of all trips, or of those between zones, within 1e-4.
struct TntpTrips {
  Index zones = 0;
  double declared_total = -1.0;  ///< -1 if the file does not say
  double intrazonal = 0.0;       ///< trips within zones
  std::vector<Demand> demands;   ///< with the line of the file
};

/// @param name of the file, for messages.
/// @throws DataError "name:line: expected X, got Y": a number that is none, negative or out of
/// range, missing metadata, fewer or more links than declared, counts beyond what can be kept, a
/// header that lacks a column or names one twice.
TntpLinks parse_tntp_links(std::string_view text, const std::string& name,
                           const TntpNetwork& costs = {});
/// @param zones, names of the network. @throws DataError likewise.
TntpTrips parse_tntp_trips(std::string_view text, const std::string& name, Index zones,
                           const std::vector<Index>& names = {});

struct TntpFiles {
  TntpLinks links;
  TntpTrips trips;
};
/// @throws DataError, MissingInputError
TntpFiles read_tntp_files(const std::string& network, const std::string& trips,
                          const TntpNetwork& costs = {});
/// @param trips_name for messages. @throws DataError for trips without a path.
RoadNetwork make_network(const TntpFiles& files, const std::string& trips_name,
                         double demand_factor = 1.0);

}  // namespace gbid::routing
