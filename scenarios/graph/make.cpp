// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/graph/make.hpp"

#include <stdexcept>

#include "scenarios/graph/kind.hpp"
#include "scenarios/graph/schema.hpp"

namespace gbid::graph {

bool is_random(const GraphConfig& config) {
  return GraphKinds::visit(config, [](const auto& kind, const auto&) { return kind.is_random; });
}

Topology make(const GraphConfig& config, Index agents, StreamKey key) {
  key.purpose = Purpose::kGraph;
  Stream stream(key);
  return GraphKinds::visit(config, [&](const auto& kind, const auto& keys) -> Topology {
    if (!kind.links) throw std::logic_error("a graph of kind " + kind.name + " is read, not made");
    return {agents, kind.links(keys, agents, stream)};
  });
}

double expected_links(const GraphConfig& config, Index agents) {
  return GraphKinds::visit(config, [&](const auto& kind, const auto& keys) {
    return kind.expected_links(keys, agents);
  });
}

bool has_fixed_links(const GraphConfig& config) {
  return GraphKinds::visit(config,
                           [](const auto& kind, const auto&) { return kind.has_fixed_links; });
}

GraphKinds::Of<config::Kinds> graph_kinds() {
  return GraphKinds::kinds().key_means<GraphFile>("file");
}

void check(const GraphConfig& config, Index agents, const std::string& key,
           const config::Checker& checker) {
  GraphKinds::visit(config, [&](const auto& kind, const auto& keys) {
    if (kind.check)
      kind.check(keys, agents, [&](const char* name, const std::string& message) {
        checker.fail(key + "." + name, message);
      });
  });
}

}  // namespace gbid::graph
