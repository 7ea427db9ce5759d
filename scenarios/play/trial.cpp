// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/play/trial.hpp"

#include <algorithm>

#include "engine/core/error.hpp"

namespace gbid {
namespace {

using CheckpointClock = std::chrono::steady_clock;

class TrialRecorder final : public Recorder {
 public:
  TrialRecorder(const RecordTarget& target, std::size_t regime, Index trial)
      : target_(target), regime_(regime), trial_(trial) {}

  void trajectory(Index first, Index count, std::span<const double> values) override {
    if (target_.trajectory)
      target_.trajectory->insert(target_.trajectory->end(), values.begin(), values.end());
    if (target_.journal) target_.journal->append_trajectory(regime_, trial_, first, count, values);
  }
  void final(std::span<const double> values) override {
    if (target_.final_values) target_.final_values->assign(values.begin(), values.end());
    if (target_.journal && !values.empty()) target_.journal->append_final(regime_, trial_, values);
  }

 private:
  const RecordTarget& target_;
  std::size_t regime_;
  Index trial_;
};

/// Writes a block's checkpoints: after its records, which must be on the disk before.
class BlockKeeper final : public Keeper {
 public:
  BlockKeeper(const Keeping& keeping, std::size_t regime, Index first,
              std::span<const RecordTarget> targets)
      : keeping_(keeping), regime_(regime), first_(first), targets_(targets) {
    has_written_ = keeping.from != nullptr;
  }

  bool is_due() override { return CheckpointClock::now() >= due_; }

  void keep(const Simulation& simulation) override {
    const CheckpointClock::time_point start = CheckpointClock::now();
    if (Journal* journal = targets_.front().journal) journal->sync();
    keeping_.folder->write([&] { return checkpoint(simulation); });
    has_written_ = true;
    constexpr int kLeastShare = 20;  // a checkpoint takes no more than a twentieth of the time
    const auto took = CheckpointClock::now() - start;
    due_ = CheckpointClock::now() +
           std::max<CheckpointClock::duration>(keeping_.interval, kLeastShare * took);
  }

  /// The block has ended, and says so where its records are.
  void remove() {
    if (!has_written_) return;
    if (Journal* journal = targets_.front().journal) {
      journal->sync();
      keeping_.folder->remove(keeping_.point, static_cast<std::uint32_t>(regime_), first_);
    }
  }

 private:
  Checkpoint checkpoint(const Simulation& simulation) const {
    Checkpoint checkpoint;
    checkpoint.fingerprint = keeping_.fingerprint;
    checkpoint.point = keeping_.point;
    checkpoint.regime = static_cast<std::uint32_t>(regime_);
    checkpoint.first_trial = first_;
    checkpoint.step = simulation.step();
    for (std::size_t k = 0; k < targets_.size(); ++k) {
      checkpoint.records.push_back(simulation.records_delivered(k));
      if (const std::vector<double>* values = targets_[k].trajectory)
        checkpoint.values.insert(checkpoint.values.end(), values->begin(), values->end());
    }
    checkpoint.simulation = simulation.save();
    return checkpoint;
  }

  const Keeping& keeping_;
  std::size_t regime_;
  Index first_;
  std::span<const RecordTarget> targets_;
  bool has_written_ = false;
  CheckpointClock::time_point due_ = CheckpointClock::now() + keeping_.interval;
};

/// The simulation and the records that are kept in memory, as they were.
/// @throws DataError.
void go_on(const Checkpoint& from, Index width, std::span<const RecordTarget> targets,
           Simulation& simulation) {
  const auto require = [](bool fits) {
    if (!fits) throw DataError("a checkpoint does not fit its simulation");
  };
  require(from.records.size() == targets.size());
  simulation.load(from.simulation);
  std::size_t at = 0;
  for (std::size_t k = 0; k < targets.size(); ++k) {
    require(simulation.records_delivered(k) == from.records[k]);
    if (targets[k].trajectory == nullptr) continue;
    const auto count = static_cast<std::size_t>(from.records[k] * width);
    require(count <= from.values.size() - at);
    const auto begin = from.values.begin() + static_cast<std::ptrdiff_t>(at);
    targets[k].trajectory->assign(begin, begin + static_cast<std::ptrdiff_t>(count));
    at += count;
  }
  require(at == from.values.size());
}

/// A block at the checkpoint, or at its first step: also where the checkpoint is that of another
/// version of the market.
std::unique_ptr<Simulation> simulation_at(const Checkpoint* from, const Scenario& scenario,
                                          std::size_t regime, Index first,
                                          std::span<const RecordTarget> targets,
                                          const Device& device) {
  const auto count = static_cast<Index>(targets.size());
  if (from != nullptr) try {
      auto simulation = scenario.block(regime, first, count, device);
      go_on(*from, scenario.plan(regime).trajectory_width, targets, *simulation);
      return simulation;
    } catch (const DataError&) {
      for (const RecordTarget& target : targets)
        if (target.trajectory != nullptr) target.trajectory->clear();
    }
  return scenario.block(regime, first, count, device);
}

constexpr std::pair<RunResult::End, TrialStatus> kStatuses[] = {
    {RunResult::End::kCompleted, TrialStatus::kCompleted},
    {RunResult::End::kSettled, TrialStatus::kSettled},
    {RunResult::End::kFailed, TrialStatus::kFailed},
    {RunResult::End::kStopped, TrialStatus::kStopped}};

}  // namespace

RunResult play_trial(const Scenario& scenario, std::size_t regime, Index trial,
                     const RecordTarget& target, const std::atomic<bool>& stop,
                     std::atomic<std::int64_t>& steps_done, const Keeping& keeping) {
  return play_block(scenario, regime, trial, {&target, 1}, stop, steps_done, keeping).front();
}

std::vector<RunResult> play_block(const Scenario& scenario, std::size_t regime, Index first,
                                  std::span<const RecordTarget> targets,
                                  const std::atomic<bool>& stop,
                                  std::atomic<std::int64_t>& steps_done, const Keeping& keeping,
                                  const Device& device) {
  const auto count = static_cast<Index>(targets.size());
  std::vector<TrialRecorder> own;
  for (Index k = 0; k < count; ++k)
    own.emplace_back(targets[static_cast<std::size_t>(k)], regime, first + k);
  std::vector<Recorder*> recorders;
  for (TrialRecorder& recorder : own) recorders.push_back(&recorder);
  const auto simulation = simulation_at(keeping.from, scenario, regime, first, targets, device);
  BlockKeeper keeper(keeping, regime, first, targets);
  const auto results =
      simulation->run(recorders, stop, steps_done, keeping.folder != nullptr ? &keeper : nullptr);
  for (std::size_t k = 0; k < targets.size(); ++k)
    if (targets[k].journal)
      targets[k].journal->append_outcome(regime, first + static_cast<Index>(k),
                                         outcome_of(results[k]));
  const auto is_stopped = [](const RunResult& r) { return r.end == RunResult::End::kStopped; };
  if (std::none_of(results.begin(), results.end(), is_stopped)) keeper.remove();
  return results;
}

Outcome outcome_of(const RunResult& result) {
  const auto* const found = std::find_if(std::begin(kStatuses), std::end(kStatuses),
                                         [&](const auto& p) { return p.first == result.end; });
  return {found->second, result.steps, result.message};
}

RunResult result_of(const Outcome& outcome) {
  const auto* const found = std::find_if(std::begin(kStatuses), std::end(kStatuses),
                                         [&](const auto& p) { return p.second == outcome.status; });
  return {found != std::end(kStatuses) ? found->first : RunResult::End::kStopped,
          outcome.steps_done, outcome.message};
}

}  // namespace gbid
