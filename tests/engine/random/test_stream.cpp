// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>

#include <cmath>
#include <set>
#include <vector>

#include "engine/random/stream.hpp"

using namespace gbid;

TEST_CASE("the same key gives the same numbers, in any order of asking") {
  const StreamKey key{.seed = 7, .purpose = Purpose::kMovers, .regime = 1, .trial = 3, .agent = 2};
  Stream forwards(key), backwards(key);
  std::vector<std::uint64_t> first, second(40);
  for (std::uint64_t k = 0; k < 40; ++k) first.push_back(forwards.bits_at(k));
  for (std::uint64_t k = 40; k-- > 0;) second[k] = backwards.bits_at(k);
  CHECK(first == second);
}

TEST_CASE("every part of the key changes the stream") {
  const StreamKey base{.seed = 1, .purpose = Purpose::kAlpha, .regime = 0, .trial = 0, .agent = 0};
  std::set<std::uint64_t> seen{Stream(base).bits_at(0)};
  StreamKey key = base;
  key.seed = 2;
  seen.insert(Stream(key).bits_at(0));
  key = base, key.purpose = Purpose::kMovers;
  seen.insert(Stream(key).bits_at(0));
  key = base, key.regime = 1;
  seen.insert(Stream(key).bits_at(0));
  key = base, key.trial = 1;
  seen.insert(Stream(key).bits_at(0));
  key = base, key.agent = 1;
  seen.insert(Stream(key).bits_at(0));
  key = base, key.step = 1;
  seen.insert(Stream(key).bits_at(0));
  CHECK(seen.size() == 7);
}

TEST_CASE("a stream without a step gives the numbers it gave before there were steps") {
  Stream stream({.seed = 7, .purpose = Purpose::kMovers, .regime = 1, .trial = 3, .agent = 2});
  CHECK(stream.bits_at(0) == 0xd7c16d784c2cb78d);
  CHECK(stream.bits_at(3) == 0xcb9399c099abf52d);
  CHECK(stream.bits_at(4) == 0x46813882b65c97ca);
}

TEST_CASE("uniform, normal and below have the moments they should") {
  // 200,000 draws: the standard error of each mean is below 0.003, so 0.015 is five of them (chance
  // below 1e-6).
  constexpr int kDraws = 200000;
  Stream stream({.seed = 11, .purpose = Purpose::kContribution});
  double uniform = 0, normal = 0, square = 0;
  for (int k = 0; k < kDraws; ++k) {
    const double u = stream.uniform();
    CHECK_MESSAGE((u >= 0.0 && u < 1.0), u);
    uniform += u / kDraws;
    const double z = stream.normal();
    normal += z / kDraws;
    square += z * z / kDraws;
  }
  CHECK(std::fabs(uniform - 0.5) < 0.015);
  CHECK(std::fabs(normal) < 0.015);
  CHECK(std::fabs(square - 1.0) < 0.02);
  std::vector<int> counts(7);
  Stream movers({.seed = 11, .purpose = Purpose::kMovers});
  for (std::uint64_t k = 0; k < 70000; ++k)
    ++counts[static_cast<std::size_t>(movers.below_at(k, 7))];
  for (const int count : counts) CHECK(std::abs(count - 10000) < 500);  // five standard deviations
}
