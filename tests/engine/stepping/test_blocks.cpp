// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>

#include "engine/stepping/blocks.hpp"

TEST_CASE("blocks: of several errors the first block's is thrown, at any number of threads") {
  for (const int threads : {1, 2}) {
    tbb::task_arena arena(threads);
    for (int round = 0; round < 50; ++round) {
      std::atomic<int> thrown = 0;
      std::string what;
      arena.execute([&] {
        try {
          gbid::for_blocks(64, 4, [&](gbid::Index block, gbid::Index, gbid::Index) {
            if (block % 3 != 1) return;
            // Another block throws first where another thread is there to do it.
            for (int wait = 0; block == 1 && thrown == 0 && wait < 1000; ++wait)
              std::this_thread::yield();
            ++thrown;
            throw std::runtime_error(std::to_string(block));
          });
        } catch (const std::runtime_error& error) {
          what = error.what();
        }
      });
      CHECK(what == "1");
    }
  }
}
