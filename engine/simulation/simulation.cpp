// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/simulation/simulation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/core/error.hpp"

namespace gbid {
namespace {

// Records are handed over in blocks of about this many values, 256 KiB, or after this long: where
// steps are slow or records rare, a killed run must not lose more than a moment.
constexpr Index kBlockValues = 32768;
constexpr std::chrono::seconds kLongestWait{1};

StreamKey with_purpose(StreamKey key, Purpose purpose) {
  key.purpose = purpose;
  return key;
}

}  // namespace

Variable updates_variable() {
  return {"updates", "updates that the agent has made", "1", {"agent"}};
}

Simulation::Simulation(std::unique_ptr<Market> played, const SimulationPlan& plan, StreamKey key)
    : market_(std::move(played)),
      plan_(plan),
      movers_(plan.schedule, market_->agents(), with_purpose(key, Purpose::kMovers)),
      everyone_(static_cast<std::size_t>(market_->agents())) {
  std::iota(everyone_.begin(), everyone_.end(), Index{0});
  const Index width = std::max<Index>(1, plan.trajectory_width);
  const Index count =
      std::clamp<Index>(kBlockValues / width, 1, static_cast<Index>(plan.recorded_steps.size()));
  records_.resize(static_cast<std::size_t>(count * width));
  if (plan.settle) recent_welfare_.reserve(static_cast<std::size_t>(plan.settle->window));
}

RunResult Simulation::run(Recorder& recorder, const std::atomic<bool>& stop,
                          std::atomic<std::int64_t>& steps_done) {
  const Index last_step = plan_.recorded_steps.back();
  RunResult result;
  last_flush_ = std::chrono::steady_clock::now();
  Movers movers{everyone_, true};
  Index step = 0, counted = 0;
  try {
    for (;; ++step) {
      // 1. Observe, bid, clear: those whose networks changed.
      market_->clear(movers);
      // (The state after `step` updates is complete.)
      if (step == plan_.recorded_steps[static_cast<std::size_t>(next_record_)]) {
        record(step, recorder);
        if (plan_.settle && has_settled() && step < last_step) {
          result.end = RunResult::End::kSettled;
          break;
        }
      }
      if (step == last_step) {
        result.end = RunResult::End::kCompleted;
        break;
      }
      if (stop.load(std::memory_order_relaxed)) {
        result.end = RunResult::End::kStopped;
        break;
      }
      // 2. Price and learn: those whose turn it is.
      movers = movers_.at(step);
      market_->climb(step, movers);
      if (step + 1 - counted ==
          plan_.progress_every) {  // keeps the counter out of short steps' way
        steps_done.fetch_add(plan_.progress_every, std::memory_order_relaxed);
        counted = step + 1;
      }
    }
  } catch (const NumericError& error) {
    result.end = RunResult::End::kFailed;
    result.message = fmt::format("step {}: {}", step, error.what());
  }
  result.steps = step;
  steps_done.fetch_add(last_step - counted, std::memory_order_relaxed);
  flush(recorder);
  if (result.end == RunResult::End::kFailed) return result;
  std::vector<double> last(static_cast<std::size_t>(plan_.final_width));
  try {
    market_->record_final(last);
  } catch (const NumericError& error) {  // the path is kept, and so are all other trials
    result.end = RunResult::End::kFailed;
    result.message = fmt::format("end after step {}: {}", step, error.what());
    return result;
  }
  recorder.final(last);
  return result;
}

void Simulation::record(Index step, Recorder& recorder) {
  const auto width = static_cast<std::size_t>(plan_.trajectory_width);
  const std::span<double> row = std::span(records_).subspan(records_buffered_ * width, width);
  const std::size_t of_market = width - (plan_.records_updates ? everyone_.size() : 0);
  market_->record(step, row.first(of_market));
  if (plan_.records_updates)
    std::copy(market_->updates().begin(), market_->updates().end(),
              row.begin() + static_cast<std::ptrdiff_t>(of_market));
  ++records_buffered_;
  ++next_record_;
  const bool is_full = (records_buffered_ + 1) * width > records_.size();
  if (is_full || std::chrono::steady_clock::now() - last_flush_ > kLongestWait) flush(recorder);
}

void Simulation::flush(Recorder& recorder) {
  last_flush_ = std::chrono::steady_clock::now();
  if (records_buffered_ == 0) return;
  const auto count = static_cast<Index>(records_buffered_);
  const std::size_t values = records_buffered_ * static_cast<std::size_t>(plan_.trajectory_width);
  recorder.trajectory(next_record_ - count, count, std::span(records_).first(values));
  records_buffered_ = 0;
}

bool Simulation::has_settled() {
  if (const auto is_at_rest = market_->is_at_rest()) return *is_at_rest;
  const auto window = static_cast<std::size_t>(plan_.settle->window);
  if (recent_welfare_.size() == window) recent_welfare_.erase(recent_welfare_.begin());
  recent_welfare_.push_back(market_->welfare());
  if (recent_welfare_.size() < window) return false;
  const auto [low, high] = std::minmax_element(recent_welfare_.begin(), recent_welfare_.end());
  const double mean = std::accumulate(recent_welfare_.begin(), recent_welfare_.end(), 0.0) /
                      static_cast<double>(window);
  return *high - *low <= plan_.settle->tolerance * std::fabs(mean);
}

}  // namespace gbid
