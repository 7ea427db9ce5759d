// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "engine/schedule/schedule.hpp"

using namespace gbid;

namespace {

const StreamKey kKey{.seed = 5, .purpose = Purpose::kMovers};

std::vector<Index> at(MoverSequence& sequence, Index step) {
  const Movers movers = sequence.at(step);
  return {movers.agents.begin(), movers.agents.end()};
}

}  // namespace

TEST_CASE("all agents move in every step, round robin takes turns, a file is followed") {
  MoverSequence all(AllAgents{}, 3, kKey), turns(RoundRobin{}, 3, kKey);
  CHECK(all.at(7).is_everyone);
  CHECK(at(all, 7) == std::vector<Index>{0, 1, 2});
  CHECK(at(turns, 0) == std::vector<Index>{0});
  CHECK(at(turns, 5) == std::vector<Index>{2});
  const auto given = std::make_shared<std::vector<Index>>(std::vector<Index>{2, 2, 0});
  MoverSequence file(GivenMovers{given}, 3, kKey);
  CHECK(at(file, 1) == std::vector<Index>{2});
  CHECK(at(file, 2) == std::vector<Index>{0});
}

TEST_CASE("one random agent: the same in any order of asking, and every agent about as often") {
  MoverSequence forwards(OneRandom{}, 5, kKey), backwards(OneRandom{}, 5, kKey);
  std::vector<Index> first, second;
  for (Index step = 0; step < 5000; ++step) first.push_back(at(forwards, step)[0]);
  for (Index step = 5000; step-- > 0;) second.push_back(at(backwards, step)[0]);
  std::reverse(second.begin(), second.end());
  CHECK(first == second);
  // 1000 expected each; six standard deviations are 170 (chance below 1e-8).
  for (Index agent = 0; agent < 5; ++agent)
    CHECK(std::abs(std::count(first.begin(), first.end(), agent) - 1000) < 170);
}

TEST_CASE("a random subset has its size, no repeats, ascends, and covers everyone evenly") {
  MoverSequence subset(RandomSubset{3}, 8, kKey);
  std::vector<int> counts(8);
  for (Index step = 0; step < 8000; ++step) {
    const auto movers = at(subset, step);
    REQUIRE(movers.size() == 3);
    CHECK(std::is_sorted(movers.begin(), movers.end()));
    CHECK(std::set<Index>(movers.begin(), movers.end()).size() == 3);
    for (const Index agent : movers) ++counts[static_cast<std::size_t>(agent)];
  }
  // 3000 expected each, standard deviation 43.
  for (const int count : counts) CHECK(std::abs(count - 3000) < 260);
  MoverSequence everyone(RandomSubset{8}, 8, kKey);
  CHECK(everyone.at(3).is_everyone);
}
