// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "analysis/statistics.hpp"
#include "engine/record/data_table.hpp"
#include "scenarios/sweep/plan.hpp"

namespace gbid {

/// Quantities over all rows of a table (or points); NaN until they are set.
class NumberColumns {
 public:
  explicit NumberColumns(std::size_t rows) : rows_(rows) {}

  /// Nothing if there is a column of that name.
  void declare(const std::string& name, const std::string& long_name, const std::string& units);
  /// A median with both ends of its interval: name, name_low, name_high.
  /// @param level  coverage of the interval, in (0, 1).
  void declare_estimate(const std::string& name, const std::string& long_name,
                        const std::string& units, double level);

  /// Nothing if there is no column of that name. Safe from several threads for different rows.
  void set(const std::string& name, std::size_t row, double value);
  void set_estimate(const std::string& name, std::size_t row, const Estimate& found);

  std::vector<DataColumn> take() { return std::move(columns_); }

 private:
  std::size_t rows_;
  std::map<std::string, std::size_t> places_;
  std::vector<DataColumn> columns_;
};

/// A swept key's value in every row, given the row's point.
DataColumn swept_column(const SweepPlan& plan, std::size_t axis, std::size_t rows,
                        const std::function<std::int64_t(std::size_t row)>& point_of);

/// A swept key such as `seed` is also a column of every table: the first one stays.
void drop_repeated(DataTable& table);

}  // namespace gbid
