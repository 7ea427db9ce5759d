// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/sweep/team.hpp"

namespace gbid {
namespace {

// Jobs that may overtake the first one before its turn is kept for it.
constexpr std::size_t kMostOvertaking = 64;

}  // namespace

std::optional<std::size_t> SoloTeam::take(const std::function<bool(std::size_t)>& fits) {
  const std::size_t before = first_;
  while (first_ < is_taken_.size() && is_taken_[first_]) ++first_;
  if (first_ != before) overtaken_ = 0;
  const std::size_t end = overtaken_ < kMostOvertaking ? is_taken_.size() : first_ + 1;
  for (std::size_t k = first_; k < end && k < is_taken_.size(); ++k) {
    if (is_taken_[k] || !fits(k)) continue;
    is_taken_[k] = true;
    if (k != first_) ++overtaken_;
    while (first_ < is_taken_.size() && is_taken_[first_]) {
      ++first_;
      overtaken_ = 0;
    }
    return k;
  }
  return std::nullopt;
}

}  // namespace gbid
