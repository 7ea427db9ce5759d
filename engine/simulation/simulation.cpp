// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/simulation/simulation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <utility>

#include "engine/core/error.hpp"
#include "engine/stepping/blocks.hpp"

namespace gbid {
namespace {

// Records are handed over in blocks of about this many values, 256 KiB, or after this long: where
// steps are slow or records rare, a killed run must not lose more than a moment.
constexpr Index kBlockValues = 32768;
constexpr std::chrono::seconds kLongestWait{1};
// Blocks of thousands of trials keep fewer records each: 64 MiB in all.
constexpr Index kAllValues = Index{1} << 23;
// Trials that one task records or ends.
constexpr Index kTrialsATask = 16;
// What is played in one go takes about so long: a stop or a checkpoint waits no longer.
constexpr std::chrono::milliseconds kShortStretch{30}, kLongStretch{100};

template <class T>
void append(std::string& out, const T& value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof(T));
}

template <class T>
T take(std::string_view& in) {
  if (in.size() < sizeof(T)) throw DataError("expected a whole saved simulation");
  T value;
  std::memcpy(&value, in.data(), sizeof(T));
  in.remove_prefix(sizeof(T));
  return value;
}

}  // namespace

Simulation::Simulation(std::unique_ptr<Market> market, const SimulationPlan& plan,
                       std::span<const MoverGroup> groups, std::span<const Own> trials)
    : market_(std::move(market)),
      plan_(plan),
      groups_(groups.begin(), groups.end()),
      trajectory_(market_->state(0).recorded(plan.trajectory, Recorded::kTrajectory)),
      final_(market_->state(0).recorded(plan.final, Recorded::kFinal)),
      everyone_(static_cast<std::size_t>(market_->agents())),
      trials_(static_cast<std::size_t>(market_->trials())),
      changed_(trials_.size()),
      changed_agents_(trials_.size()) {
  std::iota(everyone_.begin(), everyone_.end(), Index{0});
  std::size_t slots = 0;
  for (const Stage& stage : plan_.stages) slots = std::max(slots, stage.group_count);
  movers_.assign(slots, std::vector<Movers>(trials_.size()));
  for (const MoverGroup& group : groups_) phases_ = std::max(phases_, group.phases);
  for (std::size_t t = 0; t < trials_.size(); ++t) {
    for (std::size_t g = 0; g < groups_.size(); ++g) {
      StreamKey key = trials[t].key;
      key.purpose = Purpose::kMovers;
      key.agent = g;
      const auto& agents = groups_[g].agents;
      const bool is_given = std::holds_alternative<GivenMovers>(groups_[g].schedule);
      trials_[t].sequences.emplace_back(
          is_given ? Schedule(GivenMovers{trials[t].movers}) : groups_[g].schedule,
          agents.empty() ? market_->agents() : static_cast<Index>(agents.size()), key);
      trials_[t].mapped.emplace_back().reserve(agents.size());
    }
    if (plan_.settle)
      trials_[t].recent_welfare.reserve(static_cast<std::size_t>(plan_.settle->window));
    changed_[t] = {everyone_, true};
    if (slots > 1) changed_agents_[t].reserve(everyone_.size());
  }
  const Index width = std::max<Index>(1, plan_.trajectory_width);
  const Index room = std::min(kBlockValues, kAllValues / static_cast<Index>(trials_.size()));
  records_kept_ = static_cast<std::size_t>(
      std::clamp<Index>(room / width, 1, static_cast<Index>(plan_.recorded_steps.size())));
  stretch_ = plan_.progress_every;
  moving_.resize(trials_.size());
  records_.resize(trials_.size() * records_kept_ * static_cast<std::size_t>(width));
}

RunResult Simulation::run(Recorder& recorder, const std::atomic<bool>& stop,
                          std::atomic<std::int64_t>& steps_done) {
  Recorder* const only[] = {&recorder};
  return run(only, stop, steps_done).front();
}

std::vector<RunResult> Simulation::run(std::span<Recorder* const> recorders,
                                       const std::atomic<bool>& stop,
                                       std::atomic<std::int64_t>& steps_done, Keeper* keeper) {
  const Index last_step = plan_.recorded_steps.back();
  const auto block = static_cast<std::int64_t>(trials_.size());
  last_flush_ = std::chrono::steady_clock::now();
  Index counted = step_;
  steps_done.fetch_add(block * counted, std::memory_order_relaxed);
  for (;; ++step_) {
    if (!std::exchange(is_resumed_, false)) {
      if (!has_advanced_) {
        market_->observe(step_, changed_);
        market_->bid(changed_);
        market_->clear(changed_);
      }
      note_failures();
      if (step_ == plan_.recorded_steps[next_record_]) {
        for_trials([&](std::size_t t) {
          if (trials_[t].is_active) record(t);
        });
        note_failures();
        ++next_record_;
        if (++records_buffered_ == records_kept_) flush(recorders);
      }
      end_trials();
    }
    if (std::none_of(trials_.begin(), trials_.end(), [](const Trial& t) { return t.is_active; }))
      break;
    const bool is_stopped = stop.load(std::memory_order_relaxed) || step_ == stop_step_;
    const bool is_time_to_look =
        has_advanced_ || step_ % plan_.progress_every == 0;  // a clock costs, too
    if (keeper != nullptr && (is_stopped || (is_time_to_look && keeper->is_due()))) {
      flush(recorders);
      keeper->keep(*this);
    } else if (is_time_to_look && records_buffered_ > 0 &&
               std::chrono::steady_clock::now() - last_flush_ > kLongestWait) {
      flush(recorders);
    }
    if (is_stopped) {
      for (Trial& trial : trials_)
        if (trial.is_active) end(trial, RunResult::End::kStopped);
      break;
    }
    has_advanced_ = advance();
    if (!has_advanced_) draw_movers();
    for (int phase = 0; phase < phases_ && !has_advanced_; ++phase) {
      if (phase > 0) {  // a trial step is cleared like any other
        market_->bid(changed_);
        market_->clear(changed_);
        for (auto& slot : movers_)
          for (Movers& own : slot)
            if (groups_[static_cast<std::size_t>(own.group)].phases <= phase) own.agents = {};
      }
      for (const auto& slot : movers_) market_->differentiate(slot);
      for (const auto& slot : movers_) market_->learn(slot, phase);
    }
    if (!has_advanced_) note_failures();
    if (step_ + 1 - counted >= plan_.progress_every) {  // short steps leave the counter alone
      steps_done.fetch_add(block * (step_ + 1 - counted), std::memory_order_relaxed);
      counted = step_ + 1;
    }
  }
  steps_done.fetch_add(block * (last_step - counted), std::memory_order_relaxed);
  flush(recorders);
  for_trials([&](std::size_t t) {
    if (trials_[t].result.end != RunResult::End::kFailed) finish(*recorders[t], t);
  });
  std::vector<RunResult> results;
  for (const Trial& trial : trials_) results.push_back(trial.result);
  return results;
}

/// Calls body(trial); trials of large blocks side by side.
template <class Body>
void Simulation::for_trials(const Body& body) {
  for_blocks(static_cast<Index>(trials_.size()), kTrialsATask, [&](Index, Index begin, Index end) {
    for (Index t = begin; t < end; ++t) body(static_cast<std::size_t>(t));
  });
}

/// Lets the market take the steps up to the next at which something is looked at, and moves `step_`
/// to the last of them. False where it is played act by act.
bool Simulation::advance() {
  if (!can_advance_) return false;
  // 1. How far. Where steps are taken in one go changes no number.
  Index end = plan_.recorded_steps[next_record_];
  if (stop_step_ > step_) end = std::min(end, stop_step_);
  for (std::size_t t = 0; t < trials_.size(); ++t) {
    const Trial& trial = trials_[t];
    moving_[t] = trial.is_active;
    if (trial.is_active)
      end = std::min(end - trial.stage_begin, plan_.stages[trial.stage].steps) + trial.stage_begin;
  }
  const Index steps = std::min(end - step_, stretch_);
  // 2. There.
  const auto start = std::chrono::steady_clock::now();
  can_advance_ = market_->advance(step_, steps, moving_);
  if (!can_advance_) return false;
  step_ += steps - 1;
  // 3. As many next time as take about as long as a stop may wait.
  const auto took = std::chrono::steady_clock::now() - start;
  if (took > kLongStretch) stretch_ = std::max<Index>(stretch_ / 2, 1);
  if (took < kShortStretch && steps == stretch_) stretch_ *= 2;
  return true;
}

void Simulation::end(Trial& trial, RunResult::End how) {
  trial.is_active = false;
  trial.result.end = how;
  trial.result.steps = step_;
}

void Simulation::note_failures() {
  const std::span<const std::string> failures = market_->failures();
  for (std::size_t t = 0; t < trials_.size(); ++t) {
    const std::string& why = failures[t];
    if (why.empty() || !trials_[t].is_active) continue;
    end(trials_[t], RunResult::End::kFailed);
    trials_[t].result.steps = market_->failed_at(static_cast<Index>(t)).value_or(step_);
    trials_[t].result.message = fmt::format("step {}: {}", trials_[t].result.steps, why);
  }
}

void Simulation::end_trials() {
  const bool is_last = step_ == plan_.recorded_steps.back();
  const bool is_recorded =
      next_record_ > 0 && plan_.recorded_steps[next_record_ - 1] == step_ && plan_.settle;
  for (std::size_t t = 0; t < trials_.size(); ++t) {
    Trial& trial = trials_[t];
    if (!trial.is_active) continue;
    const Stage& stage = plan_.stages[trial.stage];
    const bool is_settled = is_recorded && has_settled(t);
    if (is_last)
      end(trial, RunResult::End::kCompleted);
    else if ((is_settled || step_ - trial.stage_begin == stage.steps) && !next_stage(t))
      end(trial, is_settled ? RunResult::End::kSettled : RunResult::End::kCompleted);
  }
}

bool Simulation::next_stage(std::size_t t) {
  Trial& trial = trials_[t];
  if (trial.stage + 1 == plan_.stages.size()) return false;
  ++trial.stage;
  trial.stage_begin = step_;
  trial.recent_welfare.clear();
  market_->reset_learners(static_cast<Index>(t));
  return true;
}

void Simulation::draw_movers() {
  for (std::size_t t = 0; t < trials_.size(); ++t) {
    Trial& trial = trials_[t];
    const Stage& stage = plan_.stages[trial.stage];
    changed_[t] = {};
    std::size_t moving = 0;
    for (std::size_t slot = 0; slot < movers_.size(); ++slot) {
      Movers& own = movers_[slot][t];
      own = {};
      if (!trial.is_active || slot >= stage.group_count) continue;
      const std::size_t g = stage.first_group + slot;
      own.group = static_cast<Index>(g);
      own.clock = step_ - trial.stage_begin + 1;
      if (!groups_[g].learns) continue;
      const Movers drawn = trial.sequences[g].at(step_);
      own.agents = drawn.agents;
      own.is_everyone = drawn.is_everyone;
      if (const std::vector<Index>& members = groups_[g].agents; !members.empty()) {
        std::vector<Index>& mapped = trial.mapped[g];
        mapped.clear();
        for (const Index k : drawn.agents) mapped.push_back(members[static_cast<std::size_t>(k)]);
        own.agents = mapped;
        own.is_everyone = mapped.size() == everyone_.size();
      }
      changed_[t] = own;
      ++moving;
    }
    if (moving < 2) continue;
    std::vector<Index>& all = changed_agents_[t];
    all.clear();
    for (const auto& slot : movers_)
      all.insert(all.end(), slot[t].agents.begin(), slot[t].agents.end());
    std::sort(all.begin(), all.end());
    changed_[t].agents = all;
    changed_[t].is_everyone = all.size() == everyone_.size();
  }
}

void Simulation::record(std::size_t t) {
  Trial& trial = trials_[t];
  market_->derive(static_cast<Index>(t), step_, Recorded::kTrajectory);
  if (!market_->failures()[t].empty()) return;
  const auto width = static_cast<std::size_t>(plan_.trajectory_width);
  double* const row = records_.data() + (t * records_kept_ + trial.records_buffered) * width;
  const State& state = market_->state(static_cast<Index>(t));
  double* out = row;
  for (const std::size_t array : trajectory_) out = state.copy(array, out);
  if (out != row + width) throw Error(ExitCode::kInternal, "a record is not as wide as planned");
  trial.welfare = *row;
  ++trial.records_buffered;
}

void Simulation::flush(std::span<Recorder* const> recorders) {
  last_flush_ = std::chrono::steady_clock::now();
  records_buffered_ = 0;
  const auto width = static_cast<std::size_t>(plan_.trajectory_width);
  for (std::size_t t = 0; t < trials_.size(); ++t) {
    Trial& trial = trials_[t];
    if (trial.records_buffered == 0) continue;
    recorders[t]->trajectory(
        static_cast<Index>(trial.records_delivered), static_cast<Index>(trial.records_buffered),
        std::span(records_).subspan(t * records_kept_ * width, trial.records_buffered * width));
    trial.records_delivered += trial.records_buffered;
    trial.records_buffered = 0;
  }
}

void Simulation::finish(Recorder& recorder, std::size_t t) {
  const auto trial = static_cast<Index>(t);
  if (trials_[t].result.end != RunResult::End::kStopped) market_->refine(trial);
  if (market_->failures()[t].empty())
    market_->derive(trial, trials_[t].result.steps, Recorded::kFinal);
  if (const std::string& why = market_->failures()[t]; !why.empty()) {
    // The path is kept, and so are all other trials.
    trials_[t].result.end = RunResult::End::kFailed;
    trials_[t].result.message = fmt::format("end after step {}: {}", trials_[t].result.steps, why);
    return;
  }
  std::vector<double> last(static_cast<std::size_t>(plan_.final_width));
  double* out = last.data();
  for (const std::size_t array : final_) out = market_->state(trial).copy(array, out);
  if (out != last.data() + last.size())
    throw Error(ExitCode::kInternal, "a final record is not as wide as planned");
  recorder.final(last);
}

bool Simulation::has_settled(std::size_t t) {
  if (const auto is_at_rest = market_->is_at_rest(static_cast<Index>(t))) return *is_at_rest;
  std::vector<double>& recent = trials_[t].recent_welfare;
  const auto window = static_cast<std::size_t>(plan_.settle->window);
  if (recent.size() == window) recent.erase(recent.begin());
  recent.push_back(trials_[t].welfare);
  if (recent.size() < window) return false;
  const auto [low, high] = std::minmax_element(recent.begin(), recent.end());
  const double mean =
      std::accumulate(recent.begin(), recent.end(), 0.0) / static_cast<double>(window);
  return *high - *low <= plan_.settle->tolerance * std::fabs(mean);
}

// A trial that was stopped is saved as one that goes on.
std::string Simulation::save() const {
  std::string out;
  append(out, step_);
  for (std::size_t t = 0; t < trials_.size(); ++t) {
    const Trial& trial = trials_[t];
    append(out, trial.is_active ? RunResult::End::kStopped : trial.result.end);
    append(out, trial.result.steps);
    append(out, trial.result.message.size());
    out += trial.result.message;
    append(out, trial.stage);
    append(out, trial.stage_begin);
    append(out, trial.welfare);
    append(out, trial.records_delivered);
    append(out, trial.recent_welfare.size());
    for (const double welfare : trial.recent_welfare) append(out, welfare);
    const std::string state = market_->state(static_cast<Index>(t)).save();
    append(out, state.size());
    out += state;
  }
  return out;
}

void Simulation::load(std::string_view saved) {
  const auto require = [](bool is_right) {
    if (!is_right) throw DataError("expected the saved simulation of the same regime");
  };
  const auto take_text = [&](std::size_t length) {
    require(length <= saved.size());
    const std::string_view text = saved.substr(0, length);
    saved.remove_prefix(length);
    return text;
  };
  const std::vector<Index>& recorded = plan_.recorded_steps;
  step_ = take<Index>(saved);
  require(step_ >= 0 && step_ <= recorded.back());
  next_record_ = static_cast<std::size_t>(
      std::upper_bound(recorded.begin(), recorded.end(), step_) - recorded.begin());
  for (std::size_t t = 0; t < trials_.size(); ++t) {
    Trial& trial = trials_[t];
    trial.result = {.end = take<RunResult::End>(saved), .steps = take<Index>(saved), .message = {}};
    trial.result.message = take_text(take<std::size_t>(saved));
    trial.is_active = trial.result.end == RunResult::End::kStopped;
    trial.stage = take<std::size_t>(saved);
    trial.stage_begin = take<Index>(saved);
    trial.welfare = take<double>(saved);
    trial.records_delivered = take<std::size_t>(saved);
    const auto recent = take<std::size_t>(saved);
    require(trial.stage < plan_.stages.size() && recent <= saved.size() / sizeof(double) &&
            trial.records_delivered <= next_record_ && trial.result.steps <= step_);
    trial.recent_welfare.clear();
    for (std::size_t k = 0; k < recent; ++k) trial.recent_welfare.push_back(take<double>(saved));
    const std::string_view state = take_text(take<std::size_t>(saved));
    if (trial.result.end == RunResult::End::kFailed) continue;  // nothing is asked of it any more
    market_->state(static_cast<Index>(t)).load(state);
    market_->restore(static_cast<Index>(t), trial.is_active ? step_ : trial.result.steps);
  }
  require(saved.empty());
  is_resumed_ = true;
}

}  // namespace gbid
