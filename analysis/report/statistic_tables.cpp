// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "analysis/report/statistic_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/text/utf8.hpp"

namespace gbid {
namespace {

constexpr std::size_t kNameWidth = 24;
constexpr double kVanishing = 1e-12;  // beside the scale of a number: rounding of zero
constexpr double kHugeRatio = 1e6;    // printed as "> 1e6": what it is divided by nearly vanishes

double largest(const std::vector<double>& values) {
  double top = std::nan("");
  for (const double value : values) top = std::fmax(top, value);
  return top;
}

StatisticWords words_of(const PriceOfAnarchyResult& result, const Measured& found) {
  const Scope scope = found.row->scope;
  const bool is_of_both = scope == Scope::kComparison || scope == Scope::kGame;
  return {short_name(found.regime),
          short_name(found.planner),
          printable(result.welfare_name),
          printable(result.welfare_units),
          kNameWidth,
          is_of_both ? unconverged_ends(result, found) : ""};
}

std::string label_of(const PriceOfAnarchyResult& result, const Measured& found) {
  return filled(found.row->label, words_of(result, found));
}

/// Nothing where the row has no note.
void add_note(const PriceOfAnarchyResult& result, const Measured& found,
              std::vector<std::string>& notes) {
  const StatisticRow& row = *found.row;
  if (row.note == kNoNote) return;
  const std::string_view note = result.is_minus_cost && !row.cost_note.empty() ? row.cost_note
                                : row.note.empty()                             ? row.help
                                                                               : row.note;
  notes.push_back(label_of(result, found) + ": " + filled(note, words_of(result, found)));
}

bool is_shown(const Measured& found) {
  return found.row->is_in(kText) && (found.is_known() || found.row->is_in(kTextIfMissing));
}

/// Of one scope and regime, in the order of the text.
std::vector<const Measured*> shown(const PriceOfAnarchyResult& result, Scope scope,
                                   const std::string& regime) {
  std::vector<const Measured*> all = result.all_of(scope, regime);
  std::erase_if(all, [](const Measured* each) { return !is_shown(*each); });
  std::stable_sort(all.begin(), all.end(), [](const Measured* a, const Measured* b) {
    return a->row->place < b->row->place;
  });
  return all;
}

bool reads_records(const StatisticRow& row) {
  return !row.series.front().empty() || !row.last.front().empty();
}

}  // namespace

std::string short_name(const std::string& name) { return clipped(printable(name), kNameWidth); }

std::string number_text(double value, double scale) {
  if (value != 0.0 && std::abs(value) <= kVanishing * scale) return "~0";
  return four_digits(value);
}

std::string number_text(const PriceOfAnarchyResult& result, const StatisticRow& row, double value) {
  if (row.is_ratio && std::abs(value) > kHugeRatio) return value > 0.0 ? "> 1e6" : "< -1e6";
  return number_text(value, row.units == "{units}" ? result.welfare_scale : 1.0);
}

std::string interval_text(const PriceOfAnarchyResult& result, const StatisticRow& row,
                          const Interval& interval) {
  const std::string low = number_text(result, row, interval.low),
                    high = number_text(result, row, interval.high);
  const bool is_said = low == high && low.find_first_of("~<>") != std::string::npos;
  return low.empty() || high.empty() || is_said ? "" : fmt::format("[{}, {}]", low, high);
}

void EstimateTable::add(const std::string& label, const PriceOfAnarchyResult& result,
                        const Measured& found) {
  const auto number = [&](double value) {
    return found.estimate.count == 0 ? "-" : number_text(result, *found.row, value);
  };
  labels_.cells.push_back(label);
  median_.cells.push_back(number(found.estimate.median));
  median_interval_.cells.push_back(
      interval_text(result, *found.row, found.estimate.median_interval));
  mean_.cells.push_back(number(found.estimate.mean));
  mean_interval_.cells.push_back(interval_text(result, *found.row, found.estimate.mean_interval));
}

std::string EstimateTable::text(const std::vector<TextColumn>& between) const {
  std::vector<TextColumn> columns = {labels_};
  columns.insert(columns.end(), between.begin(), between.end());
  for (const auto* column : {&median_, &median_interval_, &mean_, &mean_interval_})
    columns.push_back(*column);
  return text_table(columns);
}

void add_columns(const PriceOfAnarchyResult& result, Scope scope, bool is_first,
                 const std::vector<std::string>& regimes, std::vector<TextColumn>& columns) {
  for (const StatisticRow& row : result.config.statistics) {
    if (row.scope != scope || !row.is_in(kText) || row.is_in(kFirst) != is_first) continue;
    const bool has_median = (row.column & kMedian) != 0;
    TextColumn middle{std::string(row.label), true, {}}, interval{"", false, {}};
    TextColumn most{has_median ? "largest" : std::string(row.label), true, {}};
    for (const std::string& regime : regimes) {
      const Measured& found = result.of(row.name, regime);
      middle.cells.push_back(number_text(result, row, median(found.values)));
      interval.cells.push_back(interval_text(result, row, found.estimate.median_interval));
      most.cells.push_back(number_text(result, row, largest(found.values)));
    }
    if (has_median) columns.push_back(std::move(middle));
    if ((row.column & kMedianInterval) != 0) columns.push_back(std::move(interval));
    if ((row.column & kLargest) != 0) columns.push_back(std::move(most));
  }
}

std::vector<std::string> add_estimates(const PriceOfAnarchyResult& result, Scope scope,
                                       const std::string& regime, EstimateTable& table) {
  std::vector<std::string> notes;
  for (const Measured* found : shown(result, scope, regime)) {
    table.add(label_of(result, *found), result, *found);
    add_note(result, *found, notes);
  }
  return notes;
}

std::vector<std::string> column_notes(const PriceOfAnarchyResult& result, Scope scope,
                                      bool is_first) {
  std::vector<std::string> notes;
  for (const bool from_records : {false, true})
    for (const StatisticRow& row : result.config.statistics) {
      if (row.scope != scope || row.is_in(kFirst) != is_first || reads_records(row) != from_records)
        continue;
      const auto found =
          std::find_if(result.measured.begin(), result.measured.end(),
                       [&](const Measured& each) { return each.row == &row && is_shown(each); });
      if (found != result.measured.end()) add_note(result, *found, notes);
    }
  return notes;
}

void write_estimate(JsonWriter& json, std::string_view name, const Estimate& found) {
  json.key(name).begin_object();
  json.member("count", found.count).member("median", found.median);
  json.key("median_interval")
      .value(std::vector{found.median_interval.low, found.median_interval.high});
  json.member("mean", found.mean);
  json.key("mean_interval").value(std::vector{found.mean_interval.low, found.mean_interval.high});
  json.end_object();
}

void write_statistics(JsonWriter& json, const PriceOfAnarchyResult& result, Scope scope,
                      const std::string& regime) {
  for (const Measured* found : result.all_of(scope, regime)) {
    const StatisticRow& row = *found->row;
    if (!row.is_in(kJson)) continue;
    if (row.is_in(kEstimates))
      write_estimate(json, fmt::format("{}_estimate", row.name), found->estimate);
    if (scope != Scope::kGame) json.member(row.name, found->values);
  }
}

}  // namespace gbid
