// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "analysis/sweep/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "analysis/report/statistic_tables.hpp"
#include "engine/core/error.hpp"
#include "engine/record/run_reader.hpp"
#include "engine/text/json_writer.hpp"
#include "engine/text/text_table.hpp"
#include "engine/text/utf8.hpp"

namespace gbid {
namespace {

constexpr std::size_t kCellWidth = 22;

std::string cell_text(const DataColumn& column, std::size_t row) {
  return clipped(printable(column.cell(row)), kCellWidth);
}

/// Median of one estimate, and its interval if that is wanted, as columns of the text table.
/// @param converged  shares of trials that had converged; null if they do not matter. What has not
/// stands in parentheses, without the interval, which would be one around an artefact.
void append_estimate(const DataTable& points, const std::string& name, const std::string& heading,
                     bool with_interval, const DataColumn* converged, std::size_t shown,
                     std::vector<TextColumn>& columns) {
  const DataColumn* value = points.find(name);
  if (value == nullptr) return;
  const DataColumn *low = points.find(name + "_low"), *high = points.find(name + "_high");
  TextColumn median{clipped(printable(heading), kCellWidth), true, {}};
  TextColumn interval{"", false, {}};
  for (std::size_t row = 0; row < shown; ++row) {
    const bool is_there = !std::isnan(value->number(row));
    const bool is_final = !converged || converged->number(row) == 1.0;
    const std::string number = is_there ? four_digits(value->number(row)) : "-";
    median.cells.push_back(is_there && !is_final ? "(" + number + ")" : number);
    interval.cells.push_back(
        low && high && is_final ? bracketed(low->number(row), high->number(row)) : std::string());
  }
  columns.push_back(std::move(median));
  if (with_interval) columns.push_back(std::move(interval));
}

/// The end of a dotted key, as long as no other swept key ends so.
std::string short_key(const std::string& key, const std::vector<std::string>& keys) {
  const auto last = [](const std::string& text) { return text.substr(text.rfind('.') + 1); };
  const auto same = std::count_if(
      keys.begin(), keys.end(), [&](const std::string& other) { return last(other) == last(key); });
  return same == 1 ? last(key) : key;
}

/// Shares of settled trials of all regimes, as one column.
TextColumn settled_column(const DataTable& points, std::size_t shown) {
  TextColumn column{"settled", true, std::vector<std::string>(shown)};
  for (const DataColumn& share : points.columns) {
    if (!share.text.name.starts_with("settled_share_")) continue;
    for (std::size_t row = 0; row < shown; ++row) {
      const double value = share.number(row);
      const std::string text = std::isnan(value) ? "-" : fmt::format("{:.0f}%", 100.0 * value);
      column.cells[row] += (column.cells[row].empty() ? "" : " ") + text;
    }
  }
  return column;
}

/// Largest gains by the mean |payoff|, medians over trials, of regimes that were certified: how far
/// their ends are from an equilibrium.
void append_gains(const DataTable& points, std::size_t shown, std::vector<TextColumn>& columns) {
  constexpr std::string_view kPrefix = "relative_gain_";
  for (const DataColumn& gain : points.columns) {
    if (!gain.text.name.starts_with(kPrefix)) continue;
    TextColumn column{
        clipped(printable("gain " + gain.text.name.substr(kPrefix.size())), kCellWidth), true, {}};
    for (std::size_t row = 0; row < shown; ++row)
      column.cells.push_back(
          std::isnan(gain.number(row)) ? "-" : fmt::format("{:.1e}", gain.number(row)));
    columns.push_back(std::move(column));
  }
}

bool has_values(const DataTable& points, const std::string& name) {
  const DataColumn* column = points.find(name);
  for (std::size_t row = 0; column && row < points.rows(); ++row)
    if (!std::isnan(column->number(row))) return true;
  return false;
}

/// Names of estimates that begin so and have an interval.
std::vector<std::string> estimates(const DataTable& points, const std::string& prefix) {
  std::vector<std::string> names;
  for (const DataColumn& column : points.columns)
    if (column.text.name.starts_with(prefix) && points.find(column.text.name + "_low"))
      names.push_back(column.text.name);
  return names;
}

std::string status_counts(const DataColumn& status) {
  std::map<std::string, std::size_t> counts;
  for (std::size_t row = 0; row < status.size(); ++row) ++counts[status.cell(row)];
  std::string text;
  for (const auto& [name, count] : counts)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, printable(name));
  return text;
}

/// Why points failed, each reason once.
std::string failures(const StoredSweep& sweep) {
  const DataColumn *status = sweep.points.find("status"), *message = sweep.points.find("message");
  if (!status || !message) return "";
  std::vector<std::string> listed;
  std::string text;
  std::size_t more = 0;
  for (std::size_t row = 0; row < sweep.points.rows(); ++row) {
    const std::string reason = printable(message->cell(row));
    if (reason.empty()) continue;
    if (listed.size() < 5 && std::find(listed.begin(), listed.end(), reason) == listed.end()) {
      listed.push_back(reason);
      text += wrapped(fmt::format("point {} {}: {}", row, status->cell(row), reason), "  ",
                      kReportWidth);
    } else {
      ++more;
    }
  }
  if (more > 0) text += fmt::format("  and {} more\n", more);
  return text.empty() ? "" : "\nWhat went wrong\n" + text;
}

void write_rows(JsonWriter& json, const DataTable& table) {
  json.begin_array();
  for (std::size_t row = 0; row < table.rows(); ++row) {
    json.begin_object();
    for (const DataColumn& column : table.columns) {
      json.key(column.text.name);
      if (const auto* numbers = std::get_if<std::vector<double>>(&column.values))
        json.value((*numbers)[row]);
      else if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&column.values))
        json.value((*integers)[row]);
      else
        json.value(column.cell(row));
    }
    json.end_object();
  }
  json.end_array();
}

}  // namespace

bool is_sweep_file(const std::string& path) { return RunReader(path).info().kind == "sweep"; }

StoredSweep read_sweep(const std::string& path) {
  const RunReader file(path);
  if (file.info().kind != "sweep") throw DataError(path + ": is no sweep of gbid (attribute kind)");
  StoredSweep sweep;
  sweep.title = file.info().title;
  sweep.status = file.info().status;
  sweep.seed = file.info().seed;
  std::istringstream keys(file.group("summary").attributes["swept_keys"]);
  for (std::string key; std::getline(keys, key);) sweep.keys.push_back(key);
  sweep.points = file.table("summary");
  if (file.has_group("table")) sweep.rows = file.table("table");
  return sweep;
}

std::string text_report(const StoredSweep& sweep, std::size_t most) {
  const std::size_t count = sweep.points.rows(), shown = std::min(count, most);
  std::string text = wrapped(
      sweep.title.empty() ? "A sweep without a title" : printable(sweep.title), "", kReportWidth);
  const DataColumn* status = sweep.points.find("status");
  text += wrapped(
      fmt::format(
          "Sweep of {} over {} points ({}). Medians over trials; brackets are 95% bootstrap "
          "intervals. PoA: price of anarchy, best known welfare / competitive welfare (of costs: "
          "its inverse), 1 is "
          "no loss. Gap: the difference of the two. Then welfare by regime, higher is "
          "better, and the share of trials in which it had settled.",
          printable(fmt::format("{}", fmt::join(sweep.keys, ", "))), count,
          status ? status_counts(*status) : sweep.status),
      "", kReportWidth);
  // 1. What was swept.
  std::vector<TextColumn> columns;
  const auto append = [&](const std::string& name, const std::string& heading) {
    const DataColumn* column = sweep.points.find(name);
    if (column == nullptr) return;
    TextColumn out{clipped(printable(heading), kCellWidth), !column->is_text(), {}};
    for (std::size_t row = 0; row < shown; ++row) out.cells.push_back(cell_text(*column, row));
    columns.push_back(std::move(out));
  };
  append("point", "point");
  for (const std::string& key : sweep.keys) append(key, short_key(key, sweep.keys));
  if (status && status_counts(*status).find(',') != std::string::npos) append("status", "status");
  // 2. What came of it.
  const std::vector<std::string> prices = estimates(sweep.points, "price_of_anarchy"),
                                 gaps = estimates(sweep.points, "welfare_gap");
  const bool is_defined = std::any_of(prices.begin(), prices.end(), [&](const std::string& name) {
    return has_values(sweep.points, name);
  });
  const auto heading = [](const char* what, const std::string& name, std::size_t prefix) {
    return name.size() > prefix ? fmt::format("{} {}", what, name.substr(prefix + 1)) : what;
  };
  constexpr std::size_t kPrice = 16, kGap = 11, kWelfare = 8;  // lengths of the prefixes
  for (const std::string& name : prices)
    if (has_values(sweep.points, name))
      append_estimate(sweep.points, name, heading("PoA", name, kPrice), true, nullptr, shown,
                      columns);
  bool is_partial = false;
  for (const std::string& name : gaps) {
    const DataColumn* converged = sweep.points.find("converged_share" + name.substr(kGap));
    append_estimate(sweep.points, name, heading("gap", name, kGap), true, converged, shown,
                    columns);
    for (std::size_t row = 0; converged && row < shown; ++row)
      is_partial = is_partial || converged->number(row) < 1.0;
  }
  for (const std::string& name : estimates(sweep.points, "welfare_"))
    if (!name.starts_with("welfare_gap"))
      append_estimate(sweep.points, name, name.substr(kWelfare), false, nullptr, shown, columns);
  columns.push_back(settled_column(sweep.points, shown));
  append_gains(sweep.points, shown, columns);
  text += '\n';
  text += text_table(columns);
  if (columns.back().heading.starts_with("gain "))
    text += wrapped(
        "gain: the largest gain of any agent's best response divided by the mean |payoff|; 0 at an "
        "equilibrium.",
        "  ", kReportWidth);
  if (is_partial)
    text += wrapped(
        "(gap): not converged: in some trials an end had not settled. Such trials have no price of "
        "anarchy; PoA at_least is a lower bound, where only the planner had not.",
        "  ", kReportWidth);
  if (shown < count)
    text +=
        fmt::format("  ... and {} more points: --csv and --json print them all\n", count - shown);
  if (!is_defined)
    text += wrapped(
        "The price of anarchy is not defined at any point: welfare is not positive in both "
        "regimes, no trial has converged, or there are not both regimes.",
        "  ", kReportWidth);
  return text + failures(sweep);
}

std::string json_report(const StoredSweep& sweep) {
  JsonWriter json;
  json.begin_object();
  json.member("version", 1).member("kind", "sweep").member("title", sweep.title);
  json.member("status", sweep.status).member("seed", sweep.seed);
  json.key("swept_keys").begin_array();
  for (const std::string& key : sweep.keys) json.value(key);
  json.end_array();
  json.key("points");
  write_rows(json, sweep.points);
  json.key("rows");
  write_rows(json, sweep.rows);
  json.end_object();
  return json.text() + "\n";
}

}  // namespace gbid
