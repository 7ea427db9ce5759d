// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/play/trial.hpp"

namespace gbid {
namespace {

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

TrialStatus status_of(RunResult::End end) {
  switch (end) {
    case RunResult::End::kSettled:
      return TrialStatus::kSettled;
    case RunResult::End::kFailed:
      return TrialStatus::kFailed;
    case RunResult::End::kStopped:
      return TrialStatus::kStopped;
    case RunResult::End::kCompleted:
      break;
  }
  return TrialStatus::kCompleted;
}

}  // namespace

RunResult play_trial(const Scenario& scenario, std::size_t regime, Index trial,
                     const RecordTarget& target, const std::atomic<bool>& stop,
                     std::atomic<std::int64_t>& steps_done) {
  return play_block(scenario, regime, trial, {&target, 1}, stop, steps_done).front();
}

std::vector<RunResult> play_block(const Scenario& scenario, std::size_t regime, Index first,
                                  std::span<const RecordTarget> targets,
                                  const std::atomic<bool>& stop,
                                  std::atomic<std::int64_t>& steps_done) {
  const auto count = static_cast<Index>(targets.size());
  std::vector<TrialRecorder> own;
  for (Index k = 0; k < count; ++k)
    own.emplace_back(targets[static_cast<std::size_t>(k)], regime, first + k);
  std::vector<Recorder*> recorders;
  for (TrialRecorder& recorder : own) recorders.push_back(&recorder);
  const auto results = scenario.block(regime, first, count)->run(recorders, stop, steps_done);
  for (std::size_t k = 0; k < targets.size(); ++k)
    if (targets[k].journal)
      targets[k].journal->append_outcome(regime, first + static_cast<Index>(k),
                                         outcome_of(results[k]));
  return results;
}

Outcome outcome_of(const RunResult& result) {
  return {status_of(result.end), result.steps, result.message};
}

}  // namespace gbid
