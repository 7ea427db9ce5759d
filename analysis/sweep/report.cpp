// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "analysis/sweep/report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <optional>
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

/// Lines of a cell.
std::vector<std::string> lines_of(const std::string& cell) {
  std::vector<std::string> lines;
  std::istringstream text(cell);
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

/// Why a point may not be quoted; nothing in a file that does not say.
std::optional<std::vector<std::string>> obstacles_of(const DataTable& points, std::size_t row) {
  const DataColumn* column = points.find("obstacles");
  if (column == nullptr || !column->is_text()) return std::nullopt;
  return lines_of(column->cell(row));
}

bool is_starred(const DataTable& points, std::size_t row) {
  const auto obstacles = obstacles_of(points, row);
  return obstacles && !obstacles->empty();
}

/// Shares of trials, of all columns that begin so, as one column: "100% 95%".
TextColumn shares_column(const DataTable& points, std::string_view prefix, const char* heading,
                         std::size_t shown) {
  TextColumn column{heading, true, std::vector<std::string>(shown)};
  for (const DataColumn& share : points.columns) {
    if (!share.text.name.starts_with(prefix)) continue;
    for (std::size_t row = 0; row < shown; ++row) {
      const double value = share.number(row);
      const std::string text = std::isnan(value) ? "-" : fmt::format("{:.0f}%", 100.0 * value);
      column.cells[row] += (column.cells[row].empty() ? "" : " ") + text;
    }
  }
  return column;
}

/// "0, 2, 5 and 12 more"
std::string numbers_text(const std::vector<std::size_t>& numbers) {
  constexpr std::size_t kMost = 8;
  std::string text = fmt::format(
      "{}",
      fmt::join(numbers.begin(),
                numbers.begin() + static_cast<std::ptrdiff_t>(std::min(kMost, numbers.size())),
                ", "));
  return numbers.size() > kMost ? fmt::format("{} and {} more", text, numbers.size() - kMost)
                                : text;
}

/// Why starred points may not be quoted, each reason once with its points, and what cures them.
std::string obstacles_section(const DataTable& points) {
  constexpr std::size_t kMost = 12;
  std::vector<std::pair<std::string, std::vector<std::size_t>>> reasons;
  std::vector<std::string> cures;
  std::size_t starred = 0;
  const DataColumn* cure = points.find("cures");
  for (std::size_t row = 0; row < points.rows(); ++row) {
    const auto obstacles = obstacles_of(points, row);
    if (!obstacles || obstacles->empty()) continue;
    ++starred;
    for (const std::string& obstacle : *obstacles) {
      const auto found = std::find_if(reasons.begin(), reasons.end(),
                                      [&](const auto& each) { return each.first == obstacle; });
      if (found == reasons.end())
        reasons.push_back({obstacle, {row}});
      else
        found->second.push_back(row);
    }
    if (cure && cure->is_text())
      for (const std::string& each : lines_of(cure->cell(row)))
        if (!each.empty() && std::find(cures.begin(), cures.end(), each) == cures.end())
          cures.push_back(each);
  }
  if (starred == 0) return "";
  std::string text = fmt::format("\n*: not to be quoted, {} of {} points (->: what helps)\n",
                                 starred, points.rows());
  for (std::size_t k = 0; k < std::min(kMost, reasons.size()); ++k)
    text += wrapped(
        fmt::format("{} (point{} {})", printable(reasons[k].first),
                    reasons[k].second.size() == 1 ? "" : "s", numbers_text(reasons[k].second)),
        "  - ", kReportWidth);
  if (reasons.size() > kMost)
    text += fmt::format("  - and {} more: --json has them all\n", reasons.size() - kMost);
  for (const std::string& each : cures) text += wrapped(printable(each), "  -> ", kReportWidth);
  return text;
}

/// How many points may be quoted, in a sentence.
std::string verdict_of(const DataTable& points) {
  if (points.find("obstacles") == nullptr)
    return "This version of the file does not say which points may be quoted: play it again, or "
           "gbid merge --force.";
  std::size_t starred = 0;
  for (std::size_t row = 0; row < points.rows(); ++row) starred += is_starred(points, row);
  if (starred == 0) return fmt::format("All {} points may be quoted.", points.rows());
  if (starred == points.rows())
    return fmt::format("None of the {} points may be quoted yet; why stands below the table.",
                       starred);
  return fmt::format(
      "{} of {} points may be quoted; the others are starred, and why stands below "
      "the table.",
      points.rows() - starred, points.rows());
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

void write_lines(JsonWriter& json, const std::vector<std::string>& lines) {
  json.begin_array();
  for (const std::string& line : lines) json.value(line);
  json.end_array();
}

/// @param is_judged  whether the rows are points, which may be quoted or not.
void write_rows(JsonWriter& json, const DataTable& table, bool is_judged) {
  json.begin_array();
  for (std::size_t row = 0; row < table.rows(); ++row) {
    json.begin_object();
    for (const DataColumn& column : table.columns) {
      json.key(column.text.name);
      if (column.text.name == "obstacles" || column.text.name == "cures")
        write_lines(json, lines_of(column.cell(row)));
      else if (const auto* numbers = std::get_if<std::vector<double>>(&column.values))
        json.value((*numbers)[row]);
      else if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&column.values))
        json.value((*integers)[row]);
      else
        json.value(column.cell(row));
    }
    if (is_judged) {
      const auto obstacles = obstacles_of(table, row);
      json.key("is_quotable");
      obstacles ? json.value(obstacles->empty()) : json.null();
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

std::string text_report(const StoredSweep& sweep, bool is_explained, std::size_t most) {
  const std::size_t count = sweep.points.rows(), shown = std::min(count, most);
  std::string text = wrapped(
      sweep.title.empty() ? "A sweep without a title" : printable(sweep.title), "", kReportWidth);
  const DataColumn* status = sweep.points.find("status");
  text +=
      wrapped(fmt::format("Sweep of {} over {} points ({}). {}",
                          printable(fmt::format("{}", fmt::join(sweep.keys, ", "))), count,
                          status ? status_counts(*status) : sweep.status, verdict_of(sweep.points)),
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
  for (std::size_t row = 0; !columns.empty() && row < shown; ++row)
    columns.front().cells[row] += is_starred(sweep.points, row) ? "*" : " ";
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
  columns.push_back(shares_column(sweep.points, "settled_share_", "settled", shown));
  columns.push_back(shares_column(sweep.points, "planner_below_share", "below", shown));
  columns.push_back(shares_column(sweep.points, "certified_share_", "certified", shown));
  append_gains(sweep.points, shown, columns);
  text += '\n';
  text += text_table(columns);
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
  text += obstacles_section(sweep.points) + failures(sweep);
  if (!is_explained) return text;
  text += "\nWhat the numbers mean\n";
  for (const char* definition :
       {"medians over trials; brackets are 95% bootstrap intervals",
        "PoA: price of anarchy, best known welfare / competitive welfare (of costs: its inverse), "
        "1 "
        "is no loss; gap: the difference of the two",
        "then welfare by regime, higher is better",
        "settled: share of trials in which welfare had settled, regime by regime; below: in which "
        "the best planner ended below the agents; certified: share of ends that passed their "
        "certificates",
        "gain: the largest gain of any agent's best response divided by the mean |payoff|; 0 at an "
        "equilibrium"})
    text += wrapped(definition, "  ", kReportWidth);
  return text;
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
  write_rows(json, sweep.points, true);
  json.key("rows");
  write_rows(json, sweep.rows, false);
  json.end_object();
  return json.text() + "\n";
}

}  // namespace gbid
