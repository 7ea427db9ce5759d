// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <variant>

#include "agents/network/mlp.hpp"

namespace gbid {

/// What an agent owns that answers one observation: a map to its raw bids. Visited once for all
/// agents of a step.
using Network = std::variant<Table, Mlp<double>>;

/// @param inputs length of an observation; a table has none. @param outputs length of a raw bid.
inline Network make_network(const NetworkKind& kind, Index inputs, Index outputs) {
  if (const auto* mlp = std::get_if<MlpKind>(&kind)) return Mlp<double>(inputs, *mlp, outputs);
  return Table(outputs);
}

inline Index parameter_count(const Network& network) {
  return std::visit([](const auto& any) { return any.parameter_count(); }, network);
}

}  // namespace gbid
