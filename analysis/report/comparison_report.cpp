// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "analysis/report/comparison_report.hpp"

#include <fmt/format.h>

#include "analysis/report/statistic_tables.hpp"
#include "analysis/report/verdict.hpp"
#include "engine/text/utf8.hpp"

namespace gbid {
namespace {

/// Runs are named by letters: A is what the others are compared with.
std::string letter_of(std::size_t run) { return std::string(1, static_cast<char>('A' + run)); }

std::string with_interval(const Estimate& found) {
  if (found.count == 0) return "-";
  return four_digits(found.median) + " " +
         bracketed(found.median_interval.low, found.median_interval.high);
}

std::string runs_section(const std::vector<ComparedRun>& runs) {
  std::string text;
  for (std::size_t k = 0; k < runs.size(); ++k) {
    text +=
        wrapped(fmt::format("{} ({})", printable(runs[k].result.title), printable(runs[k].file)),
                letter_of(k) + "  ", kReportWidth);
    for (const Verdict& verdict : verdicts_of(runs[k].result)) {
      text += wrapped(verdict.sentence, "   ", kReportWidth);
      for (const Caveat& obstacle : verdict.obstacles)
        text += wrapped(printable(obstacle.text), "   not to be quoted: ", kReportWidth);
    }
  }
  return text;
}

std::string scenario_section(const RunComparison& comparison, std::size_t count) {
  if (comparison.scenario.empty()) return "\nThe scenarios are the same\n";
  std::vector<TextColumn> columns{{"key", false, {}}};
  for (std::size_t k = 0; k < count; ++k) columns.push_back({letter_of(k), false, {}});
  for (const ScenarioDifference& difference : comparison.scenario) {
    columns[0].cells.push_back(printable(difference.key));
    for (std::size_t k = 0; k < count; ++k) {
      const std::string& value = difference.values[k];
      columns[k + 1].cells.push_back(value.empty() ? "-" : clipped(printable(value), 40));
    }
  }
  return "\nWhat differs in the scenarios\n" + text_table(columns);
}

std::string statistics_section(const RunComparison& comparison, std::size_t count) {
  std::vector<TextColumn> columns{{"statistic", false, {}}, {"regime", false, {}}};
  for (std::size_t k = 0; k < count; ++k) columns.push_back({letter_of(k), false, {}});
  for (std::size_t k = 1; k < count; ++k) columns.push_back({letter_of(k) + " - A", false, {}});
  for (const ComparedStatistic& row : comparison.statistics) {
    columns[0].cells.push_back(row.name);
    columns[1].cells.push_back(short_name(row.regime));
    for (std::size_t k = 0; k < count; ++k)
      columns[2 + k].cells.push_back(with_interval(row.estimates[k]));
    for (std::size_t k = 1; k < count; ++k)
      columns[1 + count + k].cells.push_back(with_interval(row.differences[k]));
  }
  return "\nSide by side (medians, 95% bootstrap intervals)\n" + text_table(columns) +
         wrapped("differences are " + comparison.pairing +
                     (comparison.is_paired ? "; each is the median of the trials' differences"
                                           : "; each is the difference of the medians"),
                 "  ", kReportWidth);
}

std::string certificates_section(const std::vector<ComparedRun>& runs) {
  std::vector<TextColumn> columns{{"run", false, {}},   {"regime", false, {}},
                                  {"ends", true, {}},   {"passed", true, {}},
                                  {"proved", true, {}}, {"largest epsilon", true, {}}};
  for (std::size_t k = 0; k < runs.size(); ++k)
    for (const CertifiedEnds& ends : runs[k].result.equilibria.regimes) {
      const std::string cells[] = {letter_of(k),
                                   short_name(ends.name),
                                   std::to_string(ends.examined),
                                   std::to_string(ends.equilibria),
                                   std::to_string(ends.proved),
                                   four_digits(ends.largest_epsilon)};
      for (std::size_t c = 0; c < columns.size(); ++c) columns[c].cells.push_back(cells[c]);
    }
  return columns[0].cells.empty() ? "" : "\nCertificates\n" + text_table(columns);
}

void write_entry(JsonWriter& json, const Estimate& found) {
  json.begin_object();
  write_estimate(json, "estimate", found);
  json.end_object();
}

void write_run(JsonWriter& json, const ComparedRun& run) {
  json.begin_object();
  json.member("file", run.file).member("title", run.result.title).member("seed", run.result.seed);
  json.member("trials", run.result.trials);
  write_verdicts(json, run.result);
  json.key("certificates").begin_array();
  for (const CertifiedEnds& ends : run.result.equilibria.regimes) {
    json.begin_object();
    json.member("regime", ends.name).member("examined", ends.examined);
    json.member("equilibria", ends.equilibria).member("proved", ends.proved);
    json.member("largest_epsilon", ends.largest_epsilon);
    json.end_object();
  }
  json.end_array().end_object();
}

}  // namespace

std::string text_report(const std::vector<ComparedRun>& runs, const RunComparison& comparison) {
  std::string text = runs_section(runs) + scenario_section(comparison, runs.size()) +
                     statistics_section(comparison, runs.size()) + certificates_section(runs);
  for (const std::string& note : comparison.notes)
    text += wrapped(printable(note), "  - ", kReportWidth);
  return text;
}

std::string json_report(const std::vector<ComparedRun>& runs, const RunComparison& comparison) {
  JsonWriter json;
  json.begin_object();
  json.member("version", 1).member("kind", "comparison");
  json.member("is_paired", comparison.is_paired).member("pairing", comparison.pairing);
  json.key("runs").begin_array();
  for (const ComparedRun& run : runs) write_run(json, run);
  json.end_array();
  json.key("scenario").begin_array();
  for (const ScenarioDifference& difference : comparison.scenario) {
    json.begin_object().member("key", difference.key).key("values").begin_array();
    for (const std::string& value : difference.values) json.value(value);
    json.end_array().end_object();
  }
  json.end_array();
  json.key("statistics").begin_array();
  for (const ComparedStatistic& row : comparison.statistics) {
    json.begin_object();
    json.member("name", row.name).member("regime", row.regime).member("units", row.units);
    json.key("runs").begin_array();
    for (const Estimate& each : row.estimates) write_entry(json, each);
    json.end_array();
    json.key("differences").begin_array();
    for (const Estimate& each : row.differences)
      each.count > 0 ? write_entry(json, each) : void(json.null());
    json.end_array().end_object();
  }
  json.end_array();
  json.key("notes").begin_array();
  for (const std::string& note : comparison.notes) json.value(note);
  json.end_array().end_object();
  return json.text() + "\n";
}

}  // namespace gbid
