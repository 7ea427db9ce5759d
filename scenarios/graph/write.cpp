// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/graph/write.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/graphml.hpp>
#include <boost/graph/graphviz.hpp>
#include <boost/property_map/function_property_map.hpp>
#include <sstream>

namespace gbid::graph {
namespace {

using Values = std::vector<double>;
using AttributedBoostGraph =
    boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS, Node, Values>;

AttributedBoostGraph attributed_boost_graph(const AttributedGraph& graph) {
  AttributedBoostGraph out;
  for (const Node& node : graph.nodes) boost::add_vertex(node, out);
  for (const auto& [link, values] : graph.links)
    boost::add_edge(static_cast<std::size_t>(link.from), static_cast<std::size_t>(link.to), values,
                    out);
  return out;
}

}  // namespace

std::string to_graphml(const AttributedGraph& graph) {
  AttributedBoostGraph written = attributed_boost_graph(graph);
  boost::dynamic_properties properties;
  properties.property("name", boost::get(&Node::name, written));
  properties.property("role", boost::get(&Node::role, written));
  // Boost writes a double with six digits; as the shortest text that reads back, its type has to be
  // put right afterwards.
  for (std::size_t k = 0; k < graph.attributes.size(); ++k)
    properties.property(
        graph.attributes[k],
        boost::make_function_property_map<AttributedBoostGraph::edge_descriptor, std::string>(
            [&written, k](const auto& edge) { return fmt::format("{}", written[edge][k]); }));
  std::ostringstream out;
  boost::write_graphml(out, written, properties, true);
  std::string text = out.str();
  for (const std::string& name : graph.attributes) {
    const std::string type = fmt::format("attr.name=\"{}\" attr.type=\"", name);
    const std::size_t at = text.find(type + "string");
    if (at != std::string::npos) text.replace(at + type.size(), 6, "double");
  }
  return text;
}

std::string to_dot(const AttributedGraph& graph, const DotStyle& style) {
  const AttributedBoostGraph written = attributed_boost_graph(graph);
  double widest = 0.0;
  for (const AttributedLink& each : graph.links)
    widest = std::max(widest, each.values[style.attribute]);
  std::ostringstream out;
  boost::write_graphviz(
      out, written,
      [&](std::ostream& text, std::size_t vertex) {
        text << fmt::format("[label=\"{}\", shape={}]", written[vertex].name,
                            written[vertex].role == style.boxed_role ? "box" : "ellipse");
      },
      [&](std::ostream& text, const AttributedBoostGraph::edge_descriptor& edge) {
        constexpr double kThinnest = 0.3, kWidest = 6.0;  // points
        const double weight = written[edge][style.attribute];
        const double width =
            widest > 0.0 ? kThinnest + (kWidest - kThinnest) * weight / widest : kThinnest;
        text << fmt::format("[label=\"{:.3g}\", penwidth={:.3g}]", weight, width);
      },
      [&](std::ostream& text) {
        std::string label;
        for (const char c : style.title) label += c == '"' || c == '\\' ? '\'' : c;
        text << fmt::format("graph [rankdir=LR, label=\"{}\"]\n", label);
      });
  return out.str();
}

}  // namespace gbid::graph
