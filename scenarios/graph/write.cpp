// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/graph/write.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace gbid::graph {
namespace {

/// A text as it stands in XML, in an attribute or between two tags.
std::string in_xml(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else
      out += c;
  return out;
}

}  // namespace

std::string to_graphml(const AttributedGraph& graph) {
  std::string text =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n"
      "  <key id=\"name\" for=\"node\" attr.name=\"name\" attr.type=\"string\"/>\n"
      "  <key id=\"role\" for=\"node\" attr.name=\"role\" attr.type=\"string\"/>\n";
  for (std::size_t k = 0; k < graph.attributes.size(); ++k)
    text +=
        fmt::format("  <key id=\"link{}\" for=\"edge\" attr.name=\"{}\" attr.type=\"double\"/>\n",
                    k, in_xml(graph.attributes[k]));
  text += "  <graph edgedefault=\"directed\">\n";
  for (std::size_t k = 0; k < graph.nodes.size(); ++k)
    text += fmt::format(
        "    <node id=\"n{}\">\n      <data key=\"name\">{}</data>\n"
        "      <data key=\"role\">{}</data>\n    </node>\n",
        k, in_xml(graph.nodes[k].name), in_xml(graph.nodes[k].role));
  for (const auto& [link, values] : graph.links) {
    text += fmt::format("    <edge source=\"n{}\" target=\"n{}\">\n", link.from, link.to);
    for (std::size_t k = 0; k < values.size(); ++k)
      text += fmt::format("      <data key=\"link{}\">{}</data>\n", k, values[k]);
    text += "    </edge>\n";
  }
  return text + "  </graph>\n</graphml>\n";
}

std::string to_dot(const AttributedGraph& graph, const DotStyle& style) {
  constexpr double kThinnest = 0.3, kWidest = 6.0;  // points
  const auto quoted = [](std::string text) {
    std::replace(text.begin(), text.end(), '\\', '\'');
    std::replace(text.begin(), text.end(), '"', '\'');
    return text;
  };
  double widest = 0.0;
  for (const AttributedLink& each : graph.links)
    widest = std::max(widest, each.values[style.attribute]);
  std::string text =
      fmt::format("digraph G {{\ngraph [rankdir=LR, label=\"{}\"]\n", quoted(style.title));
  for (std::size_t k = 0; k < graph.nodes.size(); ++k)
    text += fmt::format("{} [label=\"{}\", shape={}];\n", k, quoted(graph.nodes[k].name),
                        graph.nodes[k].role == style.boxed_role ? "box" : "ellipse");
  for (const auto& [link, values] : graph.links) {
    const double weight = values[style.attribute];
    const double width =
        widest > 0.0 ? kThinnest + (kWidest - kThinnest) * weight / widest : kThinnest;
    text += fmt::format("{} -> {} [label=\"{:.3g}\", penwidth={:.3g}];\n", link.from, link.to,
                        weight, width);
  }
  return text + "}\n";
}

}  // namespace gbid::graph
