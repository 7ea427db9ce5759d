// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "analysis/report/truthfulness_report.hpp"

#include <fmt/format.h>

#include "analysis/report/statistic_tables.hpp"
#include "engine/text/json_writer.hpp"
#include "engine/text/text_table.hpp"
#include "engine/text/utf8.hpp"

namespace gbid {
namespace {

std::string listed(const std::vector<double>& values) {
  std::string text;
  for (const double value : values)
    text += fmt::format("{}{:.4g}", text.empty() ? "" : ", ", value);
  return text;
}

/// The others' reports without the agent's own row.
std::vector<double> others_of(const TruthfulnessReport& report) {
  const auto length = static_cast<std::ptrdiff_t>(report.report.size());
  std::vector<double> others = report.others;
  const auto own = others.begin() + report.agent * length;
  others.erase(own, own + length);
  return others;
}

}  // namespace

std::string text_report(const TruthfulnessReport& report, const std::string& title) {
  const std::string text =
      wrapped(printable(title), "", kReportWidth) +
      wrapped(fmt::format("Every agent, type, own report and reports of all others on a grid: "
                          "{:.0f} pairs of a truthful and another report. Ties are broken against "
                          "the agent that misreports.",
                          report.compared),
              "", kReportWidth);
  if (!report.has_gain())
    return text +
           wrapped(fmt::format("No agent gains by misreporting, for any reports of the others "
                               "(largest gain {:.1e}): on this grid, truthful bidding is a "
                               "dominant strategy (DSIC).",
                               report.largest_gain),
                   "", kReportWidth);
  return text +
         wrapped(fmt::format("Largest gain {}: agent {} of type {} reports {} while the "
                             "others report {}. Truthful bidding is not a dominant "
                             "strategy.",
                             four_digits(report.largest_gain), report.agent, listed(report.type),
                             listed(report.report), listed(others_of(report))),
                 "", kReportWidth);
}

std::string json_report(const TruthfulnessReport& report, const std::string& title) {
  JsonWriter json;
  json.begin_object();
  json.member("version", 1).member("title", title);
  json.member("is_truthful", !report.has_gain());
  json.member("largest_gain", report.largest_gain).member("compared", report.compared);
  if (report.has_gain()) {
    json.member("agent", report.agent).member("type", report.type);
    json.member("report", report.report).member("others", others_of(report));
  }
  json.end_object();
  return json.text() + "\n";
}

}  // namespace gbid
