// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "analysis/market_graph.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

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

graph::AttributedGraph market_graph(const RunReader& run, const std::string& regime,
                                    std::int64_t trial, bool all_bids) {
  const Trades trades = read_trades(run, regime, trial);
  graph::AttributedGraph market{.nodes = {}, .attributes = {"bid", "mask"}, .links = {}};
  const auto add = [&](const std::string& role, std::int64_t count) {
    for (std::int64_t k = 0; k < count; ++k)
      market.nodes.push_back({fmt::format("{} {}", role, k), role});
  };
  add(trades.is_between_agents ? "agent" : "bidder", trades.buyers);
  if (!trades.is_between_agents) add("seller", trades.sellers);
  const std::int64_t first_seller = trades.is_between_agents ? 0 : trades.buyers;
  for (std::int64_t c = 0; c < trades.buyers; ++c)
    for (std::int64_t i = 0; i < trades.sellers; ++i) {
      const auto k = static_cast<std::size_t>(c * trades.sellers + i);
      if (trades.mask[k] > 0.0 || (all_bids && trades.bid[k] > 0.0))
        market.links.push_back({{c, first_seller + i}, {trades.bid[k], trades.mask[k]}});
    }
  return market;
}

std::string market_dot(const graph::AttributedGraph& market, const std::string& title) {
  constexpr std::size_t kBid = 0, kMask = 1;
  const bool is_bought = std::any_of(market.links.begin(), market.links.end(),
                                     [](const auto& link) { return link.values[kMask] > 0.0; });
  return graph::to_dot(market, {title, is_bought ? kMask : kBid, "seller"});
}

}  // namespace gbid
