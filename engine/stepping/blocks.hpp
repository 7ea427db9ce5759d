// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

#include <exception>
#include <mutex>

#include "engine/core/padded_matrix.hpp"

namespace gbid {

namespace detail {

/// What the lowest of some blocks threw.
class FirstError {
 public:
  /// To be called while a block's exception is handled.
  void note(Index block) {
    const std::lock_guard lock(mutex_);
    if (error_ && block_ < block) return;
    block_ = block;
    error_ = std::current_exception();
  }
  void rethrow() const {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  std::mutex mutex_;
  Index block_ = 0;
  std::exception_ptr error_;
};

}  // namespace detail

/// Number of blocks that `count` items fall into; it never depends on the number of threads.
constexpr Index block_count(Index count, Index block_size) {
  return (count + block_size - 1) / block_size;
}

namespace detail {

/// Calls run(block) for every block, on as many threads as there are.
template <class Partitioner, class Run>
void run_blocks(Index blocks, const Run& run) {
  if (blocks <= 1 || tbb::this_task_arena::max_concurrency() == 1) {
    for (Index block = 0; block < blocks; ++block) run(block);
    return;
  }
  FirstError first;
  // Isolated: a thread that waits here must not start another trial on top of this one.
  tbb::this_task_arena::isolate([&] {
    tbb::parallel_for(
        tbb::blocked_range<Index>(0, blocks, 1),
        [&](const tbb::blocked_range<Index>& range) {
          for (Index block = range.begin(); block < range.end(); ++block) {
            try {
              run(block);
            } catch (...) {
              first.note(block);
            }
          }
        },
        Partitioner{});
  });
  first.rethrow();
}

/// The same for consecutive blocks of items.
template <class Partitioner, class Body>
void run_blocks_of(Index count, Index block_size, const Body& body) {
  run_blocks<Partitioner>(block_count(count, block_size), [&](Index block) {
    const Index begin = block * block_size;
    body(block, begin, begin + block_size < count ? begin + block_size : count);
  });
}

}  // namespace detail

/// Calls body(block, begin, end) for consecutive blocks of at most `block_size` items, on as many
/// threads as there are. A single block runs in place. Where blocks throw, the error is the first
/// block's, whichever thread was first. To add up results the caller keeps one slot
/// per block and adds the slots in order, so that the sum is the same for any number of threads.
template <class Body>
void for_blocks(Index count, Index block_size, const Body& body) {
  detail::run_blocks_of<tbb::simple_partitioner>(count, block_size, body);
}

/// The same for blocks that take equally long: while nothing else runs, a thread gets the same
/// blocks every time, and finds in its own cache what it has left there.
template <class Body>
void for_even_blocks(Index count, Index block_size, const Body& body) {
  detail::run_blocks_of<tbb::static_partitioner>(count, block_size, body);
}

}  // namespace gbid
