// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/mixture_of_experts/dispatch.hpp"

#include <algorithm>

#include "engine/stepping/blocks.hpp"

namespace gbid::mixture_of_experts {
namespace {

// Rows of a task: a product of this height reaches its full speed, and two threads share a batch
// of 256 evenly.
constexpr Index kTaskRows = 128;

}  // namespace

Dispatch::Dispatch(const Shape& shape)
    : bidders_(shape.bidders),
      sellers_(shape.sellers),
      batch_(shape.batch),
      top_k_(shape.top_k),
      offsets_(static_cast<std::size_t>(shape.sellers) + 1, 0),
      next_(static_cast<std::size_t>(shape.sellers)),
      slots_(static_cast<std::size_t>(shape.most_rows())),
      rows_(static_cast<std::size_t>(shape.most_rows()), -1),
      consecutive_(static_cast<std::size_t>(shape.sellers), 0) {
  tasks_.reserve(static_cast<std::size_t>(block_count(shape.most_rows(), kTaskRows) + sellers_));
  runs_.reserve(static_cast<std::size_t>(most_runs(shape)));
}

Index Dispatch::most_runs(const Shape& shape) {
  return block_count(shape.most_rows(), kTaskRows) + shape.sellers +
         std::min(shape.most_rows(), shape.bidders * shape.sellers);
}

template <class T>
void Dispatch::route(const std::vector<Index>& samples, const std::vector<Index>& chosen,
                     const Buffer<T>& gates, const std::vector<T>& mask) {
  // 1. Count, 2. lay out, 3. place: a counting sort by seller.
  const auto for_each_sale = [&](const auto& sale) {
    for (Index c = 0; c < bidders_; ++c)
      for (Index slot = c * batch_ * top_k_;
           slot < (c * batch_ + samples[static_cast<std::size_t>(c)]) * top_k_; ++slot) {
        const Index seller = chosen[static_cast<std::size_t>(slot)];
        const bool is_sold =
            gates[slot] > T{0} && mask[static_cast<std::size_t>(c * sellers_ + seller)] > T{0};
        sale(slot, static_cast<std::size_t>(seller), is_sold);
      }
  };
  std::fill(next_.begin(), next_.end(), 0);
  for_each_sale([&](Index, std::size_t seller, bool is_sold) { next_[seller] += is_sold; });
  for (std::size_t i = 0; i < next_.size(); ++i) {
    offsets_[i + 1] = offsets_[i] + next_[i];
    next_[i] = offsets_[i];
  }
  for_each_sale([&](Index slot, std::size_t seller, bool is_sold) {
    rows_[static_cast<std::size_t>(slot)] = is_sold ? next_[seller] : -1;
    if (is_sold) slots_[static_cast<std::size_t>(next_[seller]++)] = slot;
  });
  // 4. Tasks, and the runs of every bidder in them.
  tasks_.clear();
  runs_.clear();
  deals_ = 0;
  for (Index i = 0; i < sellers_; ++i) {
    const Index count = rows(i);
    consecutive_[static_cast<std::size_t>(i)] =
        count > 0 && sample(end(i) - 1) - sample(begin(i)) + 1 == count;
    for (Index r = begin(i); r < end(i); r += kTaskRows) {
      RowTask task{i, r, std::min(r + kTaskRows, end(i)), static_cast<Index>(runs_.size()), 0};
      for (Index row = task.begin; row < task.end; ++row) {
        const Index bidder = sample(row) / batch_;
        if (row > task.begin && runs_.back().bidder == bidder) {
          runs_.back().end = row + 1;
          continue;
        }
        deals_ += row == begin(i) || sample(row - 1) / batch_ != bidder;
        runs_.push_back({bidder, i, row, row + 1});
      }
      task.last_run = static_cast<Index>(runs_.size());
      tasks_.push_back(task);
    }
  }
}

template void Dispatch::route(const std::vector<Index>&, const std::vector<Index>&,
                              const Buffer<float>&, const std::vector<float>&);
template void Dispatch::route(const std::vector<Index>&, const std::vector<Index>&,
                              const Buffer<double>&, const std::vector<double>&);

}  // namespace gbid::mixture_of_experts
