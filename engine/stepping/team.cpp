// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/stepping/team.hpp"

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

void run_jobs(JobRunner& runner, Team& team, const std::function<double(std::size_t)>& bytes,
              const std::function<void(std::size_t)>& run, const std::atomic<bool>& stop) {
  std::optional<std::size_t> in_hand;
  const auto fits = [&](std::size_t job) { return runner.has_room(bytes(job)); };
  while (!stop.load(std::memory_order_relaxed)) {
    while (runner.has_free_thread()) {
      if (!in_hand) in_hand = team.take(fits);
      if (!in_hand || !fits(*in_hand)) break;
      runner.start(bytes(*in_hand), [&run, job = *in_hand] { run(job); });
      in_hand.reset();
    }
    if (!in_hand && team.is_drained() && runner.is_idle()) break;
    runner.wait(team.patience(!runner.has_free_thread()));
  }
  runner.finish();
}

}  // namespace gbid
