// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analysis/price_of_anarchy.hpp"
#include "engine/text/json_writer.hpp"
#include "engine/text/text_table.hpp"

namespace gbid {

inline constexpr std::size_t kReportWidth = 98;  ///< columns; a terminal of 100 keeps a margin

/// A regime's name for a table: printable, and clipped to keep it narrow.
std::string short_name(const std::string& name);

/// A number for a reader: "~0" where it is rounding of zero beside `scale`; "" for NaN; else four
/// significant digits.
std::string number_text(double value, double scale);
/// The same of a statistic; a ratio to something that nearly vanishes is "> 1e6".
std::string number_text(const PriceOfAnarchyResult& result, const StatisticRow& row, double value);
/// "[low, high]" of such numbers; "" where an end is not known or both are zero.
std::string interval_text(const PriceOfAnarchyResult& result, const StatisticRow& row,
                          const Interval& interval);

/// A label a row, with the four columns of its estimate: median and mean, each with its interval.
class EstimateTable {
 public:
  explicit EstimateTable(std::string heading = "") : labels_{std::move(heading), false, {}} {}
  void add(const std::string& label, const PriceOfAnarchyResult& result, const Measured& found);
  /// @param between  columns that stand after the labels.
  std::string text(const std::vector<TextColumn>& between = {}) const;

 private:
  TextColumn labels_;
  TextColumn median_{"median", true, {}}, median_interval_{"", false, {}};
  TextColumn mean_{"mean", true, {}}, mean_interval_{"", false, {}};
};

/// Adds a column for every statistic of a scope that the text shows, with a cell a regime.
/// @param is_first  those of the first table, or the others.
void add_columns(const PriceOfAnarchyResult& result, Scope scope, bool is_first,
                 const std::vector<std::string>& regimes, std::vector<TextColumn>& columns);

/// Adds the statistics of a scope about one regime that the text shows, and says what they are.
/// @return a note each, "label: what it is".
std::vector<std::string> add_estimates(const PriceOfAnarchyResult& result, Scope scope,
                                       const std::string& regime, EstimateTable& table);

/// "label: what it is" of every statistic of a scope that has a column with a value; first those
/// that do not depend on what was recorded.
std::vector<std::string> column_notes(const PriceOfAnarchyResult& result, Scope scope,
                                      bool is_first);

/// Adds the members of the statistics of one scope about one regime: values, and estimates as
/// NAME_estimate.
void write_statistics(JsonWriter& json, const PriceOfAnarchyResult& result, Scope scope,
                      const std::string& regime);
/// Adds the member `name`: count, median and mean with their intervals.
void write_estimate(JsonWriter& json, std::string_view name, const Estimate& found);

}  // namespace gbid
