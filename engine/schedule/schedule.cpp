// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/schedule/schedule.hpp"

#include <algorithm>
#include <numeric>

namespace gbid {
namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

}  // namespace

Index movers_per_step(const Schedule& schedule, Index agents) {
  return std::visit(Overloaded{[&](const AllAgents&) { return agents; },
                               [](const RandomSubset& subset) { return subset.size; },
                               [](const auto&) { return Index{1}; }},
                    schedule);
}

MoverSequence::MoverSequence(const Schedule& schedule, Index agents, const StreamKey& key)
    : schedule_(schedule), agents_(agents), stream_(key) {
  if (std::holds_alternative<AllAgents>(schedule_)) {
    everyone_.resize(static_cast<std::size_t>(agents));
    std::iota(everyone_.begin(), everyone_.end(), Index{0});
  }
  for (auto& drawn : drawn_)
    drawn.resize(static_cast<std::size_t>(movers_per_step(schedule, agents)));
}

Movers MoverSequence::at(Index step) {
  std::vector<Index>& drawn = drawn_[step % 2];
  const auto at_step = static_cast<std::uint64_t>(step);
  std::visit(Overloaded{[](const AllAgents&) {},
                        [&](const OneRandom&) { drawn[0] = stream_.below_at(at_step, agents_); },
                        [&](const RoundRobin&) { drawn[0] = step % agents_; },
                        [&](const GivenMovers& given) { drawn[0] = (*given.sequence)[at_step]; },
                        [&](const RandomSubset& subset) {
                          // Floyd's sampling: `size` draws, each equally likely subset.
                          const auto size = static_cast<std::uint64_t>(subset.size);
                          for (std::uint64_t k = 0; k < size; ++k) {
                            const Index top = agents_ - subset.size + static_cast<Index>(k);
                            const Index pick = stream_.below_at(at_step * size + k, top + 1);
                            const auto end = drawn.begin() + static_cast<std::ptrdiff_t>(k);
                            drawn[k] = std::find(drawn.begin(), end, pick) == end ? pick : top;
                          }
                          std::sort(drawn.begin(), drawn.end());
                        }},
             schedule_);
  if (std::holds_alternative<AllAgents>(schedule_)) return {everyone_, true};
  return {drawn, static_cast<Index>(drawn.size()) == agents_};
}

}  // namespace gbid
