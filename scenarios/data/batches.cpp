// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/data/batches.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace gbid {

Batches::Batches(StreamKey key, std::shared_ptr<const std::vector<Index>> usable, Index batch_size)
    : key_(key),
      usable_(std::move(usable)),
      batch_size_(batch_size),
      batches_per_epoch_(static_cast<Index>(usable_->size()) / batch_size),
      order_(usable_->size()) {
  assert(batch_size_ >= 1 && batches_per_epoch_ >= 1);
  key_.purpose = Purpose::kBatches;
  key_.regime = 0;  // all regimes of a trial see the same batches
}

std::span<const Index> Batches::at(Index step) {
  const Index epoch = step / batches_per_epoch_;
  if (epoch != epoch_) shuffle(epoch);
  const Index first = step % batches_per_epoch_ * batch_size_;
  return std::span(order_).subspan(static_cast<std::size_t>(first),
                                   static_cast<std::size_t>(batch_size_));
}

void Batches::shuffle(Index epoch) {
  std::copy(usable_->begin(), usable_->end(), order_.begin());
  key_.step = static_cast<std::uint64_t>(epoch);
  Stream stream(key_);
  for (std::size_t k = order_.size() - 1; k >= 1; --k) {
    const Index j = stream.below_at(k, static_cast<Index>(k) + 1);
    std::swap(order_[k], order_[static_cast<std::size_t>(j)]);
  }
  epoch_ = epoch;
}

}  // namespace gbid
