// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/sweep/grid.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <sstream>

#include "engine/config/suggestion.hpp"
#include "engine/config/value.hpp"
#include "engine/core/error.hpp"
#include "engine/sweep/value_list.hpp"

namespace gbid {
namespace {

using config::Document;

std::string key_of(const std::string& path, std::string_view key) {
  return (path.empty() ? "" : path + ".") + config::format_key(key);
}

[[noreturn]] void refuse(const std::string& where, const std::string& message) {
  throw ScenarioError(where + ": " + message);
}

std::string toml_text(const toml::node& node, const std::string& where) {
  if (const auto* text = node.as_string()) return config::quote(text->get());
  if (const auto* number = node.as_floating_point()) return config::format_number(number->get());
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
  std::ostringstream text;
  if (const auto* table = node.as_table()) {
    toml::table copy = *table;
    copy.is_inline(true);
    text << copy;
  } else if (const auto* array = node.as_array()) {
    text << *array;
  } else {
    refuse(where, fmt::format("expected a value, got {}", config::show(node)));
  }
  return text.str();
}

SweepAxis read_axis(const std::string& key, const toml::node& node, const Document& document) {
  SweepAxis axis{key, {}, document.where(node)};
  const std::string place = fmt::format("{}: sweep.over.{}", axis.where, key);
  if (const auto* text = node.as_string()) {
    try {
      axis.values = parse_value_list(text->get());
    } catch (const UsageError& error) {
      refuse(place, error.what());
    }
  } else if (const auto* list = node.as_array()) {
    for (const toml::node& value : *list) axis.values.push_back(toml_text(value, place));
  } else {
    refuse(place, fmt::format("expected a list of values or a range like \"0:1:0.25\", got {}",
                              config::show(node)));
  }
  return axis;
}

/// Every leaf of [sweep.over] is an axis; a table on the way is part of a dotted key.
void collect_axes(const toml::table& table, const std::string& path, const Document& document,
                  std::vector<std::pair<toml::source_position, SweepAxis>>& axes) {
  for (const auto& [key, node] : table) {
    // A quoted key may hold the dots itself: "market.agents" = [10, 20].
    const std::string name = path.empty() && key.str().find('.') != std::string_view::npos
                                 ? std::string(key.str())
                                 : key_of(path, key.str());
    if (const toml::table* below = node.as_table())
      collect_axes(*below, name, document, axes);
    else
      axes.emplace_back(node.source().begin, read_axis(name, node, document));
  }
}

bool boolean_of(const toml::node& node, const Document& document, const char* key) {
  if (const auto* flag = node.as_boolean()) return flag->get();
  refuse(document.where(node),
         fmt::format("sweep.{}: expected true or false, got {}", key, config::show(node)));
}

SweepSeeds seeds_of(const toml::node& node, const Document& document) {
  const std::string text = node.value_or(std::string());
  if (text == "common") return SweepSeeds::kCommon;
  if (text == "independent") return SweepSeeds::kIndependent;
  refuse(document.where(node),
         fmt::format("sweep.seeds: expected \"independent\" or \"common\", got {}",
                     config::show(node)));
}

}  // namespace

SweepAxis parse_axis(const std::string& text) {
  SweepAxis axis;
  axis.where = "--over " + config::excerpt(text);
  const std::size_t equals = text.find('=');
  const auto trim = [](std::string part) {
    part.erase(0, part.find_first_not_of(' '));
    part.erase(part.find_last_not_of(' ') + 1);
    return part;
  };
  axis.key = trim(text.substr(0, equals));
  if (equals == std::string::npos || axis.key.empty())
    throw UsageError(axis.where + ": expected KEY=VALUES, for example market.agents=10,20,50");
  try {
    axis.values = parse_value_list(text.substr(equals + 1));
  } catch (const UsageError& error) {
    throw UsageError(axis.where + ": " + error.what());
  }
  return axis;
}

SweepGrid sweep_of(const Document& document) {
  SweepGrid grid;
  const toml::node* node = document.root().get("sweep");
  if (node == nullptr) return grid;
  const toml::table* sweep = node->as_table();
  if (sweep == nullptr)
    refuse(document.where(*node),
           fmt::format("sweep: expected a table, got {}", config::show(*node)));
  const std::vector<std::string> known = {"over", "zip", "seeds"};
  std::vector<std::pair<toml::source_position, SweepAxis>> axes;
  for (const auto& [key, value] : *sweep) {
    if (key == "zip") {
      grid.is_zipped = boolean_of(value, document, "zip");
    } else if (key == "seeds") {
      grid.seeds = seeds_of(value, document);
    } else if (key == "over" && value.is_table()) {
      collect_axes(*value.as_table(), "", document, axes);
    } else if (key == "over") {
      refuse(document.where(value),
             fmt::format("sweep.over: expected a table of keys and their values, got {}",
                         config::show(value)));
    } else {
      const std::string name(key.str());
      refuse(document.where(key),
             fmt::format("sweep.{}: unknown key{}; expected one of {}", name,
                         config::did_you_mean(name, known), fmt::join(known, ", ")));
    }
  }
  std::stable_sort(axes.begin(), axes.end(), [](const auto& a, const auto& b) {
    return std::pair(a.first.line, a.first.column) < std::pair(b.first.line, b.first.column);
  });
  for (auto& [position, axis] : axes) grid.axes.push_back(std::move(axis));
  return grid;
}

std::int64_t SweepGrid::size() const {
  if (axes.empty()) return 0;
  if (is_zipped) return static_cast<std::int64_t>(axes.front().values.size());
  std::int64_t size = 1;
  for (const SweepAxis& axis : axes)
    if (__builtin_mul_overflow(size, static_cast<std::int64_t>(axis.values.size()), &size))
      return kMostPoints + 1;
  return size;
}

std::vector<std::size_t> SweepGrid::at(std::int64_t point) const {
  std::vector<std::size_t> values(axes.size(), static_cast<std::size_t>(point));
  if (is_zipped) return values;
  for (std::size_t k = axes.size(); k-- > 0;) {
    const auto count = static_cast<std::int64_t>(axes[k].values.size());
    values[k] = static_cast<std::size_t>(point % count);
    point /= count;
  }
  return values;
}

std::vector<std::string> SweepGrid::assignments(std::int64_t point) const {
  const std::vector<std::size_t> which = at(point);
  std::vector<std::string> texts;
  for (std::size_t k = 0; k < axes.size(); ++k)
    texts.push_back(axes[k].key + "=" + axes[k].values[which[k]]);
  return texts;
}

namespace {

/// A value in one of the ways in which it can be written: 10, 10.0 and 1e1 are the same.
std::string plain_value(const AxisColumn& column, const SweepAxis& axis, std::size_t k) {
  if (column.type == AxisColumn::Type::kInteger) return std::to_string(column.integers[k]);
  if (column.type == AxisColumn::Type::kNumber) return config::format_number(column.numbers[k]);
  return axis.values[k];
}

}  // namespace

void check_grid(const SweepGrid& grid) {
  if (grid.axes.empty())
    throw UsageError(
        "a sweep needs at least one --over KEY=VALUES, or a [sweep.over] in the scenario");
  std::set<std::string> keys;
  for (const SweepAxis& axis : grid.axes) {
    const auto fail = [&](const std::string& message) {
      throw UsageError(axis.where + ": " + axis.key + ": " + message);
    };
    if (!keys.insert(axis.key).second) fail("is swept twice");
    if (axis.values.empty()) fail("expected at least one value, got none");
    std::set<std::string> values;
    const AxisColumn column = axis_column(axis);
    for (std::size_t k = 0; k < axis.values.size(); ++k)
      if (!values.insert(plain_value(column, axis, k)).second && !grid.is_zipped)
        fail(fmt::format("the value {} stands there twice", config::excerpt(axis.values[k])));
    if (grid.is_zipped && axis.values.size() != grid.axes.front().values.size())
      fail(fmt::format("zipped axes must be equally long; this one has {} values, {} has {}",
                       axis.values.size(), grid.axes.front().key, grid.axes.front().values.size()));
  }
  if (grid.size() > kMostPoints)
    throw UsageError(
        fmt::format("{}: the sweep has more than {} points", grid.axes.back().where, kMostPoints));
}

AxisColumn axis_column(const SweepAxis& axis) {
  AxisColumn column;
  bool all_integers = true, all_numbers = true;
  for (const std::string& value : axis.values) {
    const toml::table parsed = [&] {
      try {
        return toml::table(toml::parse("x = " + value));
      } catch (const toml::parse_error&) {
        return toml::table{{"x", value}};  // a word
      }
    }();
    const toml::node& node = *parsed.get("x");
    all_integers = all_integers && node.is_integer();
    all_numbers = all_numbers && node.is_number();
    column.integers.push_back(node.is_integer() ? node.as_integer()->get() : 0);
    column.numbers.push_back(node.value_or(std::nan("")));
    column.texts.push_back(node.is_string() ? node.as_string()->get() : value);
  }
  column.type = all_integers  ? AxisColumn::Type::kInteger
                : all_numbers ? AxisColumn::Type::kNumber
                              : AxisColumn::Type::kText;
  return column;
}

}  // namespace gbid
