// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstdint>
#include <span>

#include "engine/core/padded_matrix.hpp"
#include "engine/random/stream.hpp"

namespace gbid::bid_matrix {

/// The k-th number of a stream as uniform in [0, 1): what `uniform` gives when it has been asked k times.
inline double uniform_at(Stream& stream, Index k) {
  return static_cast<double>(stream.bits_at(static_cast<std::uint64_t>(k)) >> 11) * 0x1.0p-53;
}

/// One agent's contributions of the kind `random_bids`: u_j / sum_k u_k, rounded to float32, with u_j
/// uniform in [0, 1), the j-th number of the agent's own stream.
/// @param targets whom the agent may bid on, itself first and the others ascending. @param out as long.
template <class Target>
void draw_contributions(StreamKey key, Index agent, std::span<const Target> targets, double* out) {
  key.purpose = Purpose::kContribution;
  key.agent = static_cast<std::uint64_t>(agent);
  Stream stream(key);
  double total = 0.0;
  for (std::size_t k = 0; k < targets.size(); ++k)
    total += out[k] = uniform_at(stream, static_cast<Index>(targets[k]));
  for (std::size_t k = 0; k < targets.size(); ++k)
    out[k] = static_cast<double>(static_cast<float>(out[k] / total));
}

}  // namespace gbid::bid_matrix
