// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/sweep/plan.hpp"

#include <fmt/format.h>
#include <oneapi/tbb/parallel_for.h>

#include <algorithm>
#include <exception>
#include <map>
#include <set>

#include "engine/core/error.hpp"
#include "engine/core/sha256.hpp"
#include "scenarios/loading/scenario.hpp"

namespace gbid {
namespace {

// Layouts of so many points are held at once while points of one shape are brought together.
constexpr std::int64_t kBlock = 1024;

/// A point while it is planned.
struct Draft {
  SweepPoint point;
  RunLayout layout;
  std::vector<std::string> inputs;
  double shared_bytes = 0.0;
  std::exception_ptr error;
};

/// What a point is, for its seed: how often it is played and what is kept of it do not count.
std::uint64_t seed_of(ScenarioConfig config) {
  config.title.clear();
  config.trials = 1;
  config.record = {};
  const std::string digest = sha256_hex(scenario_schema().to_toml(config));
  return std::stoull(digest.substr(0, 16), nullptr, 16) >> 1;  // TOML's integers have a sign
}

bool sweeps_seed(const SweepGrid& grid) {
  return std::any_of(grid.axes.begin(), grid.axes.end(),
                     [](const SweepAxis& axis) { return axis.key == "seed"; });
}

config::Document document_of(const SweepSource& source, std::int64_t number) {
  config::Document document = source.document;
  const std::vector<std::string> assignments = source.grid.assignments(number);
  for (std::size_t k = 0; k < assignments.size(); ++k) {
    const std::string option = "--over " + config::excerpt(assignments[k]);
    document.set(assignments[k], option);
  }
  if (source.grid.seeds == SweepSeeds::kIndependent && !sweeps_seed(source.grid)) {
    const ScenarioConfig config = scenario_schema().read(document);
    document.set(fmt::format("seed={}", seed_of(config)));
  }
  return document;
}

Draft draft_point(const SweepSource& source, std::int64_t number, ImageCache& images) {
  Draft draft;
  SweepPoint& point = draft.point;
  try {
    const Scenario scenario = Scenario::load(document_of(source, number), &images);
    const std::string& device = scenario.config().device;
    if (device.starts_with("cuda") && !scenario.config().device_fallback)
      throw ScenarioError(fmt::format(
          "device \"{}\": a sweep is played on the CPU so far; device_fallback = true allows it",
          device));
    draft.layout = scenario.layout();
    draft.inputs = scenario.inputs();
    draft.shared_bytes = scenario.shared_bytes();
    point.scenario_toml = std::move(draft.layout.scenario_toml);
    point.seed = draft.layout.seed;
    point.trials = scenario.trials();
    for (std::size_t regime = 0; regime < scenario.regime_count(); ++regime) {
      point.costs.push_back({scenario.simulation_flops(regime), scenario.simulation_bytes(regime),
                             scenario.simulation_steps(regime), scenario.block_size(regime)});
      point.record_bytes += static_cast<double>(point.trials) * scenario.record_bytes(regime);
    }
    draft.layout.scenario_toml.clear();
    draft.layout.seed = 0;
    draft.layout.title.clear();
    check_layout(draft.layout);
  } catch (const Error& error) {
    point = {};
    point.error = error.what();
    draft.error = std::current_exception();
  }
  return draft;
}

/// Brings points of one shape together. A short key first: comparing layouts takes time.
class Shapes {
 public:
  explicit Shapes(std::vector<SweepShape>& shapes) : shapes_(shapes) {}

  std::int64_t add(RunLayout layout, std::int64_t point) {
    std::string key = std::to_string(layout.trials);
    for (const RegimeLayout& regime : layout.regimes)
      key += fmt::format(" {} {} {}", regime.steps.size(), trajectory_width(regime),
                         final_width(regime));
    std::vector<std::size_t>& candidates = by_key_[key];
    for (const std::size_t k : candidates)
      if (shapes_[k].layout == layout) {
        shapes_[k].points.push_back(point);
        return static_cast<std::int64_t>(k);
      }
    candidates.push_back(shapes_.size());
    shapes_.push_back({std::move(layout), {point}});
    return static_cast<std::int64_t>(shapes_.size()) - 1;
  }

 private:
  std::vector<SweepShape>& shapes_;
  std::map<std::string, std::vector<std::size_t>> by_key_;
};

std::string fingerprint_of(const SweepPlan& plan) {
  std::string text;
  for (const SweepAxis& axis : plan.grid.axes) text += axis.key + "\n";
  for (std::int64_t k = 0; k < plan.grid.size(); ++k) {
    const SweepPoint& point = plan.points[static_cast<std::size_t>(k)];
    for (const std::string& assignment : plan.grid.assignments(k)) text += assignment + "\n";
    text += point.scenario_toml + point.error + "\n";
    if (text.size() > (std::size_t{1} << 20)) text = sha256_hex(text);  // bounded memory
  }
  return sha256_hex(text);
}

/// The scenario without the swept keys; as a point plays it where it is wrong without them.
void describe_base(const SweepSource& source, SweepPlan& plan) {
  ScenarioConfig config;
  try {
    config = scenario_schema().read(source.document);
  } catch (const ScenarioError&) {
    for (const SweepPoint& point : plan.points) {
      if (!point.error.empty()) continue;
      config = scenario_schema().read(config::Document::from_text(point.scenario_toml, plan.name));
      break;
    }
  }
  plan.title = config.title;
  plan.seed = static_cast<std::uint64_t>(config.seed);
  plan.compression = static_cast<int>(config.record.compression);
  plan.scenario_toml = scenario_schema().to_toml(config);
}

}  // namespace

std::int64_t SweepPlan::unit_count() const {
  std::int64_t units = 0;
  for (const SweepPoint& point : points)
    units += point.trials * static_cast<std::int64_t>(point.costs.size());
  return units;
}

SweepPlan plan_sweep(const SweepSource& source, ImageCache& images) {
  check_grid(source.grid);
  SweepPlan plan;
  plan.grid = source.grid;
  plan.name = source.document.name();
  plan.directory = source.document.directory();
  const std::int64_t count = plan.grid.size();
  plan.points.resize(static_cast<std::size_t>(count));
  Shapes shapes(plan.shapes);
  std::set<std::string> inputs;
  std::exception_ptr first_error;
  bool is_any_playable = false;
  // 1. Every point on its own.
  std::vector<Draft> drafts;
  for (std::int64_t begin = 0; begin < count; begin += kBlock) {
    drafts.assign(static_cast<std::size_t>(std::min(kBlock, count - begin)), {});
    tbb::parallel_for(std::size_t{0}, drafts.size(), [&](std::size_t k) {
      drafts[k] = draft_point(source, begin + static_cast<std::int64_t>(k), images);
    });
    // 2. What they share, in order.
    for (std::size_t k = 0; k < drafts.size(); ++k) {
      Draft& draft = drafts[k];
      const std::int64_t number = begin + static_cast<std::int64_t>(k);
      if (draft.error) {
        if (!first_error) first_error = draft.error;
      } else {
        is_any_playable = true;
        draft.point.shape = shapes.add(std::move(draft.layout), number);
        inputs.insert(draft.inputs.begin(), draft.inputs.end());
        plan.shared_bytes = std::max(plan.shared_bytes, draft.shared_bytes);
      }
      plan.points[static_cast<std::size_t>(number)] = std::move(draft.point);
    }
  }
  if (!is_any_playable) std::rethrow_exception(first_error);
  // 3. The sweep as a whole.
  describe_base(source, plan);
  plan.shared_bytes = std::max(plan.shared_bytes, images.bytes());
  plan.inputs.assign(inputs.begin(), inputs.end());
  plan.fingerprint = fingerprint_of(plan);
  return plan;
}

}  // namespace gbid
