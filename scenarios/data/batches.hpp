// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "engine/core/padded_matrix.hpp"
#include "engine/random/stream.hpp"

namespace gbid {

/// Which images one bidder learns from in which step. Every epoch shuffles the N usable images anew
/// (Fisher and Yates: for k = N-1 down to 1, entries k and below_at(k, k + 1) change places,
/// starting from the order given) and cuts floor(N/B) batches of B from the front; what is left
/// over sits the epoch out. Step s takes batch s mod floor(N/B) of epoch s / floor(N/B).
///
/// Any step may be asked for in any order; the cost of a shuffle, about 20 ns an image, falls due
/// whenever the epoch changes. Allocates in the constructor alone.
class Batches {
 public:
  /// @param key  seed, trial and agent (the bidder); purpose, regime and step are set here.
  /// @param usable  numbers of the images, in order; may be shared by bidders, never empty.
  /// @param batch_size  B, 1 to N: the caller refuses others.
  Batches(StreamKey key, std::shared_ptr<const std::vector<Index>> usable, Index batch_size);

  Index batch_size() const { return batch_size_; }
  Index batches_per_epoch() const { return batches_per_epoch_; }

  /// Numbers of the images of a step, 0-based; valid until the next call.
  std::span<const Index> at(Index step);

 private:
  void shuffle(Index epoch);

  StreamKey key_;
  std::shared_ptr<const std::vector<Index>> usable_;
  Index batch_size_, batches_per_epoch_;
  Index epoch_ = -1;  // that order_ holds
  std::vector<Index> order_;
};

}  // namespace gbid
