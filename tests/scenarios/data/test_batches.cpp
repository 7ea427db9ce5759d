// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <set>
#include <utility>

#include "scenarios/data/batches.hpp"
#include "tests/allocation_counter.hpp"

using namespace gbid;
using Numbers = std::vector<Index>;

namespace {

std::shared_ptr<const Numbers> from_to(Index first, Index end) {
  Numbers numbers(static_cast<std::size_t>(end - first));
  std::iota(numbers.begin(), numbers.end(), first);
  return std::make_shared<const Numbers>(std::move(numbers));
}

Numbers batch_of(Batches& batches, Index step) {
  const std::span<const Index> numbers = batches.at(step);
  return {numbers.begin(), numbers.end()};
}

/// All batches of an epoch, one after the other.
Numbers epoch_of(Batches& batches, Index epoch) {
  Numbers all;
  for (Index k = 0; k < batches.batches_per_epoch(); ++k)
    for (const Index image : batches.at(epoch * batches.batches_per_epoch() + k))
      all.push_back(image);
  return all;
}

}  // namespace

TEST_CASE("batches: the orders that a second program draws by the same rules") {
  // From a Fisher-Yates shuffle in Python on numpy's Philox: ten images, three a batch.
  Batches batches({.seed = 7, .trial = 3, .agent = 2}, from_to(10, 20), 3);
  CHECK(batches.batches_per_epoch() == 3);
  CHECK(batch_of(batches, 0) == Numbers{15, 16, 11});
  CHECK(batch_of(batches, 2) == Numbers{13, 10, 12});
  CHECK(batch_of(batches, 3) == Numbers{13, 11, 17});
  CHECK(batch_of(batches, 700) == Numbers{15, 18, 17});
}

TEST_CASE("batches: an epoch shows no image twice, and all if they divide evenly") {
  for (const Index count : {1, 2, 12, 13, 100}) {
    for (const Index size : {Index{1}, count / 3 + 1, count}) {
      const auto usable = from_to(5, 5 + count);
      Batches batches({.seed = 1}, usable, size);
      CHECK(batches.batches_per_epoch() == count / size);
      for (const Index epoch : {0, 1, 7}) {
        Numbers seen = epoch_of(batches, epoch);
        std::sort(seen.begin(), seen.end());
        CHECK(std::adjacent_find(seen.begin(), seen.end()) == seen.end());
        CHECK(std::includes(usable->begin(), usable->end(), seen.begin(), seen.end()));
        CHECK(static_cast<Index>(seen.size()) == count / size * size);
      }
    }
  }
}

TEST_CASE("batches: any step may be asked for in any order") {
  Batches forwards({.seed = 4, .agent = 1}, from_to(0, 23), 4), backwards = forwards;
  std::vector<Numbers> first(40), second(40);
  for (Index step = 0; step < 40; ++step)
    first[static_cast<std::size_t>(step)] = batch_of(forwards, step);
  for (Index step = 40; step-- > 0;)
    second[static_cast<std::size_t>(step)] = batch_of(backwards, step);
  CHECK(first == second);
}

TEST_CASE("batches: seed, trial, bidder and epoch shuffle apart; regimes do not") {
  const auto order = [](StreamKey key, Index epoch) {
    Batches batches(key, from_to(0, 50), 50);
    return batch_of(batches, epoch);
  };
  const std::set<Numbers> apart{order({.seed = 1}, 0), order({.seed = 2}, 0),
                                order({.seed = 1, .trial = 1}, 0),
                                order({.seed = 1, .agent = 1}, 0), order({.seed = 1}, 1)};
  CHECK(apart.size() == 5);
  const StreamKey elsewhere{
      .seed = 1, .purpose = Purpose::kMovers, .regime = 9, .trial = 0, .agent = 0, .step = 5};
  CHECK(order(elsewhere, 0) == order({.seed = 1}, 0));
}

TEST_CASE("batches: every image is equally likely to come first") {
  // 10,000 epochs of ten images: 1,000 each with a standard deviation of 30, so 150 are five of
  // them (chance below 1e-5).
  Batches batches({.seed = 3}, from_to(0, 10), 10);
  std::vector<int> counts(10);
  for (Index epoch = 0; epoch < 10000; ++epoch)
    ++counts[static_cast<std::size_t>(batches.at(epoch).front())];
  for (const int count : counts) CHECK(std::abs(count - 1000) < 150);
}

TEST_CASE("batches: nothing is allocated after the constructor") {
  Batches batches({.seed = 1}, from_to(0, 1000), 32);
  const std::int64_t before = test::allocation_count();
  Index sum = 0;
  for (Index step = 0; step < 500; ++step) sum += batches.at(step).front();
  CHECK(test::allocation_count() == before);
  CHECK(sum > 0);
}
