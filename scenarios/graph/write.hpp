// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <string>
#include <vector>

#include "scenarios/graph/topology.hpp"

namespace gbid::graph {

/// A node as files and figures show it.
struct Node {
  std::string name;  ///< "agent 7"
  std::string role;  ///< "bidder", "seller", "agent"
};

/// A link with a number for each of the graph's attributes.
struct AttributedLink {
  Link link;
  std::vector<double> values;
};

/// A directed graph to be written: nodes in their order, links with attributes.
struct AttributedGraph {
  std::vector<Node> nodes;
  std::vector<std::string> attributes;
  std::vector<AttributedLink> links;
};

/// GraphML with the attributes name and role of nodes, and those of links.
std::string to_graphml(const AttributedGraph& graph);

/// How Graphviz shows a graph.
struct DotStyle {
  std::string title;
  std::size_t attribute = 0;  ///< the label of links, and how wide they are
  std::string boxed_role;     ///< nodes of this role are boxes, others ellipses
};
std::string to_dot(const AttributedGraph& graph, const DotStyle& style);

}  // namespace gbid::graph
