// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/cli/auto_trials.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/price_of_anarchy.hpp"
#include "analysis/run_summary.hpp"
#include "engine/config/schema.hpp"
#include "engine/record/run_reader.hpp"
#include "engine/text/text_table.hpp"

namespace gbid::cli {
namespace {

constexpr double kSpare = 1.1;          // the interval of the next sample may be a little wider
constexpr std::int64_t kMostTimes = 8;  // an interval of few trials is itself uncertain
constexpr const char* kKey = "until_interval";

const config::Schema<UntilInterval>& schema() {
  static const auto schema =
      config::Schema<UntilInterval>(kKey, "What trials = \"auto\" plays until.")
          .number("welfare_gap", &UntilInterval::welfare_gap, {.min = 0.0, .min_open = true},
                  "widest 95% interval of its median")
          .number("price_of_anarchy", &UntilInterval::price_of_anarchy,
                  {.min = 0.0, .min_open = true}, "the same of the price of anarchy")
          .integer("first_trials", &UntilInterval::first_trials, {2, 100000000},
                   "played before the interval is looked at")
          .integer("most_trials", &UntilInterval::most_trials, {2, 100000000},
                   "no more are played, however wide the interval is")
          .check([](const UntilInterval& until, const config::Checker& checker) {
            if (until.welfare_gap.has_value() == until.price_of_anarchy.has_value())
              checker.fail("welfare_gap",
                           "expected either welfare_gap or price_of_anarchy, the width of its "
                           "interval");
            if (until.first_trials > until.most_trials)
              checker.fail("first_trials", "expected no more than most_trials");
          });
  return schema;
}

}  // namespace

void set_trials(config::Document& document, std::int64_t trials) {
  document.set(fmt::format("trials={}", trials), "trials = \"auto\"");
}

std::optional<UntilInterval> take_auto_trials(config::Document& document) {
  const bool is_auto = document.root()["trials"].value<std::string>() == "auto";
  const toml::table* table = document.root().get_as<toml::table>(kKey);
  if (!is_auto && table == nullptr) return std::nullopt;
  config::Diagnostics diagnostics;
  diagnostics.set_options(document.options());
  if (table == nullptr) {
    const toml::node& given = *document.root().get("trials");
    diagnostics.add(document.where(given), "trials",
                    "\"auto\" needs a width to reach, such as until_interval = { welfare_gap = "
                    "0.01 }");
    diagnostics.throw_if_any();
  }
  UntilInterval until = schema().read(*table, document, kKey, diagnostics);
  diagnostics.throw_if_any();
  if (!is_auto) return std::nullopt;  // a number of trials stands, and the interval waits
  until.starts = std::max<std::int64_t>(1, document.root()["starts"].value_or(std::int64_t{1}));
  const std::int64_t first = std::min(until.first_trials, until.most_trials);
  set_trials(document, (first + until.starts - 1) / until.starts * until.starts);
  return until;
}

NextTrials next_trials(const std::string& file, const UntilInterval& until) {
  const RunReader run(file);
  const PriceOfAnarchyResult result = price_of_anarchy(price_of_anarchy_input(run));
  double width = -1.0;
  for (const AnarchyComparison& pair : result.comparisons) {
    const Estimate& found = result.of(until.statistic(), pair.equilibrium).estimate;
    // One that is known in some trials only says nothing of the others.
    const bool is_known = found.count == pair.ends && found.median_interval.is_defined();
    if (!is_known)
      return {0,
              fmt::format("{} of {} is known in {} of {} trials: no number of trials narrows its "
                          "interval{}",
                          until.statistic(), pair.equilibrium, found.count, result.trials,
                          pair.price_of_anarchy_reason.empty()
                              ? ""
                              : "; price of anarchy " + pair.price_of_anarchy_reason)};
    width = std::max(width, found.median_interval.high - found.median_interval.low);
  }
  const std::string reached =
      fmt::format("{} trials: the 95% interval of {} is {} wide, wanted {}", result.trials,
                  until.statistic(), four_digits(width), until.width());
  if (result.comparisons.empty())
    return {0, fmt::format("{} cannot be known: nothing is compared", until.statistic())};
  if (width <= until.width()) return {0, reached};
  if (result.trials >= until.most_trials)
    return {0, reached + fmt::format("; the limit, until_interval.most_trials, is {}",
                                     until.most_trials)};
  const double times = std::min(static_cast<double>(kMostTimes),
                                kSpare * (width / until.width()) * (width / until.width()));
  const auto wanted = static_cast<std::int64_t>(
      std::ceil(times * static_cast<double>(result.trials) / static_cast<double>(until.starts)));
  const std::int64_t most = std::max<std::int64_t>(1, until.most_trials / until.starts);
  const std::int64_t next = std::min(wanted, most) * until.starts;
  if (next <= result.trials)
    return {0, reached + fmt::format("; the limit, until_interval.most_trials, is {}",
                                     until.most_trials)};
  return {next, reached};
}

}  // namespace gbid::cli
