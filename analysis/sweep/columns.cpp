// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "analysis/sweep/columns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace gbid {

void NumberColumns::declare(const std::string& name, const std::string& long_name,
                            const std::string& units) {
  if (!places_.emplace(name, columns_.size()).second) return;
  columns_.push_back({{name, long_name, units, {}}, std::vector<double>(rows_, std::nan(""))});
}

void NumberColumns::declare_estimate(const std::string& name, const std::string& long_name,
                                     const std::string& units, double level) {
  declare(name, long_name + ", median over trials", units);
  for (const auto& [suffix, end] : {std::pair{"_low", "lower"}, std::pair{"_high", "upper"}})
    declare(name + suffix,
            fmt::format("{}, {} end of its {:.4g}% interval", long_name, end, 100.0 * level),
            units);
}

void NumberColumns::set(const std::string& name, std::size_t row, double value) {
  const auto found = places_.find(name);
  if (found != places_.end())
    std::get<std::vector<double>>(columns_[found->second].values)[row] = value;
}

void NumberColumns::set_estimate(const std::string& name, std::size_t row, const Estimate& found) {
  if (found.count == 0) return;
  set(name, row, found.median);
  set(name + "_low", row, found.median_interval.low);
  set(name + "_high", row, found.median_interval.high);
}

DataColumn swept_column(const SweepPlan& plan, std::size_t axis, std::size_t rows,
                        const std::function<std::int64_t(std::size_t row)>& point_of) {
  const std::string& key = plan.grid.axes[axis].key;
  std::string name = key;
  std::replace(name.begin(), name.end(), '/', '_');  // HDF5 takes a slash for a group
  DataColumn column{{std::move(name), "swept key " + key, "1", {}}, {}};
  const auto fill = [&](const auto& values) {
    std::decay_t<decltype(values)> cells;
    for (std::size_t row = 0; row < rows; ++row)
      cells.push_back(values[plan.grid.at(point_of(row))[axis]]);
    column.values = std::move(cells);
  };
  const AxisColumn source = axis_column(plan.grid.axes[axis]);
  if (source.type == AxisColumn::Type::kInteger) fill(source.integers);
  if (source.type == AxisColumn::Type::kNumber) fill(source.numbers);
  if (source.type == AxisColumn::Type::kText) fill(source.texts);
  return column;
}

void drop_repeated(DataTable& table) {
  std::set<std::string> names;
  std::erase_if(table.columns,
                [&](const DataColumn& column) { return !names.insert(column.text.name).second; });
}

}  // namespace gbid
