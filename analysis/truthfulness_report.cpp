// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "analysis/truthfulness_report.hpp"

#include <fmt/format.h>

#include "analysis/json_writer.hpp"
#include "analysis/text_table.hpp"
#include "analysis/utf8.hpp"

namespace gbid {
namespace {

constexpr std::size_t kWidth = 98;

std::string listed(const std::vector<double>& values) {
  std::string text;
  for (const double value : values)
    text += fmt::format("{}{:.4g}", text.empty() ? "" : ", ", value);
  return text;
}

}  // namespace

std::string text_report(const TruthfulnessReport& report, const TruthfulnessConfig& config,
                        const std::string& title) {
  std::string text = wrapped(printable(title), "", kWidth);
  text += wrapped(
      fmt::format(
          "Misreports of every agent on a grid of {} types, as many own reports, and the "
          "reports of all others: {:.0f} cases. Ties are broken against whoever misreports.",
          config.points, report.cases),
      "", kWidth);
  if (report.largest_gain <= kNoGain)
    return text + wrapped(fmt::format("Nobody gains by misreporting, whatever the others report "
                                      "(largest gain {:.1e}): on this grid, telling the truth is a "
                                      "dominant strategy.",
                                      report.largest_gain),
                          "", kWidth);
  return text +
         wrapped(fmt::format(
                     "Largest gain {}: agent {} of type {} reports {} while the others report "
                     "{}. Mean gain of the best misreport {}. Telling the truth is not a "
                     "dominant strategy.",
                     four_digits(report.largest_gain), report.agent, listed(report.type),
                     listed(report.report), listed(report.others), four_digits(report.mean_gain)),
                 "", kWidth);
}

std::string json_report(const TruthfulnessReport& report, const TruthfulnessConfig& config,
                        const std::string& title) {
  JsonWriter json;
  json.begin_object();
  json.member("version", 1).member("title", title);
  json.member("is_truthful", report.largest_gain <= kNoGain);
  json.member("largest_gain", report.largest_gain).member("mean_gain", report.mean_gain);
  json.member("points", config.points).member("cases", report.cases);
  json.member("agent", report.agent).member("type", report.type);
  json.member("report", report.report).member("others", report.others);
  json.end_object();
  return json.text() + "\n";
}

}  // namespace gbid
