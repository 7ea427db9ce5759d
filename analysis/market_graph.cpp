// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "analysis/market_graph.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/graph/graphml.hpp>
#include <boost/graph/graphviz.hpp>
#include <boost/property_map/function_property_map.hpp>
#include <cmath>
#include <sstream>

#include "engine/core/error.hpp"

namespace gbid {
namespace {

/// Bids and masks of one trial, row-major (buyers x sellers).
struct Trades {
  std::vector<double> bid, mask;
  std::int64_t buyers = 0, sellers = 0;
  bool is_between_agents = false;
};

const StoredVariable* find(const StoredGroup& group, const std::string& name,
                           const std::vector<std::string>& dimensions) {
  for (const StoredVariable& variable : group.variables)
    if (variable.name == name && variable.dimensions == dimensions) return &variable;
  return nullptr;
}

/// The last record of a trial that was reached, of a variable over (step, bidder, seller).
std::vector<double> last_record(const Array& values) {
  const std::int64_t width = values.shape[1] * values.shape[2];
  for (std::int64_t record = values.shape[0] - 1; record >= 0; --record) {
    const auto begin = values.values.begin() + record * width;
    if (!std::isnan(*begin)) return {begin, begin + width};
  }
  return {};
}

Trades read_trades(const RunReader& run, const std::string& regime, std::int64_t trial) {
  const StoredGroup group = run.group(regime);
  Trades trades;
  if (find(group, "bid", {"trial", "step", "bidder", "seller"}) &&
      find(group, "mask", {"trial", "step", "bidder", "seller"})) {
    const Array bid = run.read_trial(regime, "bid", trial);
    trades.buyers = bid.shape[1];
    trades.sellers = bid.shape[2];
    trades.bid = last_record(bid);
    trades.mask = last_record(run.read_trial(regime, "mask", trial));
  } else if (find(group, "bids", {"trial", "agent", "counterpart"}) &&
             find(group, "mask", {"trial", "agent", "counterpart"})) {
    const Array bids = run.read_trial(regime, "bids", trial);
    trades.buyers = bids.shape[0];
    trades.sellers = bids.shape[1];
    trades.bid = bids.values;
    trades.mask = run.read_trial(regime, "mask", trial).values;
    trades.is_between_agents = true;
  } else {
    throw DataError(fmt::format(
        "regime {}: expected bids and masks, got none; a mixture of experts keeps them by "
        "record.trajectory = [\"bid\", \"mask\"], a bid matrix by record.final = [\"bids\", "
        "\"mask\"]",
        regime));
  }
  if (trades.bid.empty() || trades.mask.size() != trades.bid.size() || std::isnan(trades.bid[0]))
    throw DataError(fmt::format("regime {}: trial {} has no end to show", regime, trial));
  return trades;
}

}  // namespace

MarketGraph market_graph(const RunReader& run, const std::string& regime, std::int64_t trial,
                         bool all_bids) {
  const Trades trades = read_trades(run, regime, trial);
  MarketGraph graph;
  const auto add = [&](const std::string& role, std::int64_t count) {
    for (std::int64_t k = 0; k < count; ++k)
      boost::add_vertex(TraderVertex{fmt::format("{} {}", role, k), role}, graph);
  };
  add(trades.is_between_agents ? "agent" : "bidder", trades.buyers);
  if (!trades.is_between_agents) add("seller", trades.sellers);
  const std::int64_t first_seller = trades.is_between_agents ? 0 : trades.buyers;
  for (std::int64_t c = 0; c < trades.buyers; ++c)
    for (std::int64_t i = 0; i < trades.sellers; ++i) {
      const auto k = static_cast<std::size_t>(c * trades.sellers + i);
      if (trades.mask[k] > 0.0 || (all_bids && trades.bid[k] > 0.0))
        boost::add_edge(static_cast<std::size_t>(c), static_cast<std::size_t>(first_seller + i),
                        BidEdge{trades.bid[k], trades.mask[k]}, graph);
    }
  return graph;
}

std::string to_graphml(const MarketGraph& graph) {
  // Boost writes a double with six digits; as the shortest text that reads back, its type has to be
  // put right afterwards.
  const auto digits = [&graph](double BidEdge::*member) {
    return boost::make_function_property_map<MarketGraph::edge_descriptor, std::string>(
        [&graph, member](const auto& edge) { return fmt::format("{}", graph[edge].*member); });
  };
  boost::dynamic_properties properties;
  // dynamic_properties takes maps that it could write to; write_graphml only reads them.
  auto& writable = const_cast<MarketGraph&>(graph);
  properties.property("name", boost::get(&TraderVertex::name, writable));
  properties.property("role", boost::get(&TraderVertex::role, writable));
  properties.property("bid", digits(&BidEdge::bid));
  properties.property("mask", digits(&BidEdge::mask));
  std::ostringstream out;
  boost::write_graphml(out, graph, properties, true);
  std::string text = out.str();
  for (const std::string name : {"bid", "mask"}) {
    const std::string type = fmt::format("attr.name=\"{}\" attr.type=\"", name);
    const std::size_t at = text.find(type + "string");
    if (at != std::string::npos) text.replace(at + type.size(), 6, "double");
  }
  return text;
}

std::string to_dot(const MarketGraph& graph, const std::string& title) {
  double widest = 0.0;
  const auto [first, last] = boost::edges(graph);
  const bool is_bought =
      std::any_of(first, last, [&](const auto& edge) { return graph[edge].mask > 0.0; });
  const auto weight = [&](const auto& edge) {
    return is_bought ? graph[edge].mask : graph[edge].bid;
  };
  for (auto edge = first; edge != last; ++edge) widest = std::max(widest, weight(*edge));
  std::ostringstream out;
  boost::write_graphviz(
      out, graph,
      [&](std::ostream& text, std::size_t vertex) {
        text << fmt::format("[label=\"{}\", shape={}]", graph[vertex].name,
                            graph[vertex].role == "seller" ? "box" : "ellipse");
      },
      [&](std::ostream& text, const MarketGraph::edge_descriptor& edge) {
        constexpr double kThinnest = 0.3, kWidest = 6.0;  // points
        const double width =
            widest > 0.0 ? kThinnest + (kWidest - kThinnest) * weight(edge) / widest : kThinnest;
        text << fmt::format("[label=\"{:.3g}\", penwidth={:.3g}]", weight(edge), width);
      },
      [&](std::ostream& text) {
        std::string label;
        for (const char c : title) label += c == '"' || c == '\\' ? '\'' : c;
        text << fmt::format("graph [rankdir=LR, label=\"{}\"]\n", label);
      });
  return out.str();
}

}  // namespace gbid
