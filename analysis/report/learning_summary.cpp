// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "analysis/report/learning_summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "analysis/report/statistic_tables.hpp"
#include "analysis/statistics.hpp"
#include "engine/core/error.hpp"
#include "engine/text/text_table.hpp"
#include "engine/text/utf8.hpp"

namespace gbid {
namespace {

const StoredVariable* find(const StoredGroup& group, const std::string& name) {
  for (const StoredVariable& variable : group.variables)
    if (variable.name == name && variable.dimensions.size() >= 2 &&
        variable.dimensions[0] == "trial" && variable.dimensions[1] == "step")
      return &variable;
  return nullptr;
}

/// The last known value of each column of a (step, ...) array; NaN where there is none.
std::vector<double> last_known(const Array& values) {
  const std::int64_t steps = values.shape.at(0);
  const std::int64_t width =
      steps > 0 ? static_cast<std::int64_t>(values.values.size()) / steps : 0;
  std::vector<double> last(static_cast<std::size_t>(width), std::nan(""));
  for (std::int64_t step = 0; step < steps; ++step)
    for (std::int64_t k = 0; k < width; ++k)
      if (const double value = values.values[static_cast<std::size_t>(step * width + k)];
          !std::isnan(value))
        last[static_cast<std::size_t>(k)] = value;
  return last;
}

/// Per trial, the last known values of a variable; empty if it was not recorded.
std::vector<std::vector<double>> ends(const RunReader& run, const StoredGroup& group,
                                      const std::string& name) {
  std::vector<std::vector<double>> all;
  if (!find(group, name)) return all;
  for (std::int64_t trial = 0; trial < group.trials; ++trial)
    all.push_back(last_known(run.read_trial(group.name, name, trial)));
  return all;
}

/// Column k over trials.
std::vector<double> column(const std::vector<std::vector<double>>& trials, std::size_t k,
                           const std::string& where) {
  std::vector<double> values;
  for (const auto& trial : trials) {
    if (k >= trial.size()) throw DataError(where + ": its variables differ in shape");
    values.push_back(trial[k]);
  }
  return values;
}

double median_of(std::vector<double> values) {
  std::erase_if(values, [](double value) { return std::isnan(value); });
  if (values.empty()) return std::nan("");
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 ? values[half] : 0.5 * (values[half - 1] + values[half]);
}

/// "[lowest, highest]" of more than one known value.
std::string range_of(const std::vector<double>& values) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  int known = 0;
  for (const double value : values)
    if (!std::isnan(value)) low = std::min(low, value), high = std::max(high, value), ++known;
  return known > 1 ? fmt::format("[{}, {}]", four_digits(low), four_digits(high)) : "";
}

std::string data_note(const std::string& data) {
  if (data == "synthetic")
    return "Images: synthetic, drawn by the program. Accuracies on them say nothing about MNIST or "
           "any other set.";
  if (data == "fashion_mnist") return "Images: Fashion-MNIST.";
  return data.empty() ? "" : "Images: IDX files.";
}

}  // namespace

LearningSummary learning_summary(const RunReader& run) {
  LearningSummary summary;
  for (const std::string& regime : run.regimes()) {
    const StoredGroup group = run.group(regime);
    if (const auto data = group.attributes.find("data"); data != group.attributes.end())
      summary.data = data->second;
    // 1. The agents that were tested.
    const auto accuracy = ends(run, group, "held_out_accuracy");
    const auto loss = ends(run, group, "held_out_loss"), revenue = ends(run, group, "revenue");
    const std::size_t learners = accuracy.empty() ? 0 : accuracy.front().size();
    const bool is_shared = learners > 0 && find(group, "held_out_accuracy")->dimensions.size() == 2;
    for (std::size_t k = 0; k < learners; ++k) {
      LearnerEnd end{regime,
                     is_shared ? "network" : fmt::format("bidder {}", k),
                     column(accuracy, k, regime),
                     {},
                     {}};
      if (!loss.empty()) end.loss = column(loss, k, regime);
      if (!revenue.empty()) end.revenue = column(revenue, k, regime);
      summary.learners.push_back(std::move(end));
    }
    // 2. What was computed.
    const auto done = ends(run, group, "multiply_adds");
    const auto dense = ends(run, group, "dense_multiply_adds");
    const auto sparsity = ends(run, group, "sparsity");
    ComputationEnd computation{regime, {}, {}};
    if (!done.empty() && !dense.empty()) {
      const auto a = column(done, 0, regime), b = column(dense, 0, regime);
      for (std::size_t t = 0; t < a.size(); ++t) computation.share.push_back(a[t] / b[t]);
    }
    if (!sparsity.empty())
      for (std::size_t l = 0; l < sparsity.front().size(); ++l)
        computation.sparsity.push_back(median_of(column(sparsity, l, regime)));
    if (!computation.share.empty() || !computation.sparsity.empty())
      summary.computation.push_back(std::move(computation));
  }
  return summary;
}

std::string text_report(const LearningSummary& summary) {
  if (summary.empty()) return "";
  std::string text;
  if (!summary.learners.empty()) {
    TextColumn regime{"regime", false, {}}, agent{"", false, {}}, accuracy{"accuracy", true, {}},
        range{"", false, {}}, loss{"loss", true, {}}, revenue{"revenue", true, {}};
    for (const LearnerEnd& end : summary.learners) {
      regime.cells.push_back(clipped(printable(end.regime), 24));
      agent.cells.push_back(end.agent);
      accuracy.cells.push_back(four_digits(median_of(end.accuracy)));
      range.cells.push_back(range_of(end.accuracy));
      loss.cells.push_back(four_digits(median_of(end.loss)));
      revenue.cells.push_back(four_digits(median_of(end.revenue)));
    }
    text +=
        "\nWhat was learned: the last test on held-out images (medians over trials, and their "
        "range)\n" +
        text_table({regime, agent, accuracy, range, loss, revenue});
    const std::string note = data_note(summary.data);
    if (!note.empty()) text += wrapped(note, "  ", kReportWidth);
  }
  if (!summary.computation.empty()) {
    TextColumn regime{"regime", false, {}}, share{"computed", true, {}},
        sparsity{"not bought, layer by layer", false, {}};
    for (const ComputationEnd& end : summary.computation) {
      regime.cells.push_back(clipped(printable(end.regime), 24));
      const double done = median_of(end.share);
      share.cells.push_back(std::isnan(done) ? "" : fmt::format("{:.1f}%", 100.0 * done));
      std::string layers;
      for (const double layer : end.sparsity) layers += fmt::format("{:.1f}%  ", 100.0 * layer);
      sparsity.cells.push_back(layers);
    }
    text += "\nWhat was computed at the end\n" + text_table({regime, share, sparsity}) +
            wrapped(
                "computed: multiply-adds of a training step, as a share of those if all outputs "
                "on offer were computed",
                "  ", kReportWidth);
  }
  return text;
}

void write_json(JsonWriter& json, const LearningSummary& summary) {
  json.begin_object().member("data", summary.data);
  json.key("learners").begin_array();
  for (const LearnerEnd& end : summary.learners)
    json.begin_object()
        .member("regime", end.regime)
        .member("agent", end.agent)
        .member("held_out_accuracy", end.accuracy)
        .member("held_out_loss", end.loss)
        .member("revenue", end.revenue)
        .end_object();
  json.end_array().key("computation").begin_array();
  for (const ComputationEnd& end : summary.computation)
    json.begin_object()
        .member("regime", end.regime)
        .member("computed_share", end.share)
        .member("sparsity", end.sparsity)
        .end_object();
  json.end_array().end_object();
}

}  // namespace gbid
