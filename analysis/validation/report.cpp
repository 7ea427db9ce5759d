// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "analysis/validation/validation.hpp"
#include "engine/text/json_writer.hpp"
#include "engine/text/text_table.hpp"

namespace gbid {
namespace {

std::string value(double number) { return fmt::format("{:.8g}", number); }
std::string error(const Check& check) { return fmt::format("{:.1e}", check.error()); }

constexpr std::string_view kPageHead = R"(# Known answers

`gbid validate --markdown > scenarios/KNOWN_ANSWERS.md` writes this page; a test checks that it is current. Every game is played
by agents that learn, and no agent is initialised at the equilibrium. Where the known value is 0, the computed value is a
distance or a gain, that is the error itself. Auction results differ in the last digits between processors.
)";

std::int64_t count_passed(const std::vector<ValidationResult>& results) {
  return std::count_if(results.begin(), results.end(),
                       [](const ValidationResult& result) { return result.is_passed(); });
}
std::int64_t count_not_played(const std::vector<ValidationResult>& results) {
  return std::count_if(results.begin(), results.end(),
                       [](const ValidationResult& result) { return !result.is_played; });
}

const char* verdict_of(const ValidationResult& result) {
  return !result.is_played ? "not played" : result.is_passed() ? "ok" : "FAILED";
}

/// The check whose error is the largest relative to its tolerance; null if there is none.
const Check* worst_of(const ValidationResult& result) {
  const Check* worst = nullptr;
  for (const Check& check : result.checks)
    if (!worst || !(check.error() * worst->tolerance <= worst->error() * check.tolerance))
      worst = &check;
  return worst;
}

std::string tally(const std::vector<ValidationResult>& results) {
  const std::int64_t missing = count_not_played(results);
  return fmt::format("\n{} of {} games agree with theory{}\n", count_passed(results),
                     results.size(), missing > 0 ? fmt::format("; {} not played", missing) : "");
}

/// @param is_shown  of a result.
template <class IsShown>
std::string rows_of_checks(const std::vector<ValidationCase>& cases,
                           const std::vector<ValidationResult>& results, const IsShown& is_shown) {
  TextColumn game{"game", false, {}}, quantity{"", false, {}}, computed{"computed", true, {}};
  TextColumn exact{"exact", true, {}}, off{"error", true, {}}, allowed{"allowed", true, {}};
  TextColumn verdict{"", false, {}}, seconds{"s", true, {}};
  for (std::size_t k = 0; k < cases.size(); ++k) {
    if (!is_shown(results[k])) continue;
    const auto row = [&](const std::string& what, const std::string& is, const std::string& should,
                         const std::string& by, const std::string& within,
                         const std::string& judged, bool is_first) {
      game.cells.push_back(is_first ? cases[k].game : "");
      quantity.cells.push_back(what);
      computed.cells.push_back(is);
      exact.cells.push_back(should);
      off.cells.push_back(by);
      allowed.cells.push_back(within);
      verdict.cells.push_back(judged);
      seconds.cells.push_back(is_first ? fmt::format("{:.2f}", results[k].seconds) : "");
    };
    const std::vector<Check>& checks = results[k].checks;
    if (checks.empty()) row(results[k].message, "", "", "", "", verdict_of(results[k]), true);
    for (std::size_t c = 0; c < checks.size(); ++c)
      row(checks[c].quantity, value(checks[c].computed), value(checks[c].exact), error(checks[c]),
          fmt::format("{:.0e}", checks[c].tolerance), checks[c].is_passed() ? "ok" : "FAILED",
          c == 0);
  }
  return text_table({game, quantity, computed, exact, off, allowed, verdict, seconds});
}

}  // namespace

std::string text_report(const std::vector<ValidationCase>& cases,
                        const std::vector<ValidationResult>& results) {
  return rows_of_checks(cases, results, [](const ValidationResult&) { return true; }) +
         tally(results);
}

std::string short_report(const std::vector<ValidationCase>& cases,
                         const std::vector<ValidationResult>& results) {
  struct Family {
    std::int64_t games = 0, passed = 0, missing = 0;
    const Check* worst = nullptr;
  };
  std::map<std::string, Family> families;
  for (std::size_t k = 0; k < cases.size(); ++k) {
    Family& family = families[cases[k].family];
    ++family.games;
    family.passed += results[k].is_passed();
    family.missing += !results[k].is_played;
    const Check* worst = worst_of(results[k]);
    if (worst && (!family.worst || worst->error() * family.worst->tolerance >
                                       family.worst->error() * worst->tolerance))
      family.worst = worst;
  }
  TextColumn name{"family", false, {}}, games{"games", true, {}}, passed{"agree", true, {}};
  TextColumn missing{"not played", true, {}}, off{"largest error", true, {}};
  TextColumn allowed{"allowed", true, {}};
  for (const auto& [title, family] : families) {
    name.cells.push_back(title);
    games.cells.push_back(fmt::format("{}", family.games));
    passed.cells.push_back(fmt::format("{}", family.passed));
    missing.cells.push_back(fmt::format("{}", family.missing));
    off.cells.push_back(family.worst ? error(*family.worst) : "");
    allowed.cells.push_back(family.worst ? fmt::format("{:.0e}", family.worst->tolerance) : "");
  }
  const auto has_failed = [](const ValidationResult& r) { return r.is_played && !r.is_passed(); };
  const bool any = std::any_of(results.begin(), results.end(), has_failed);
  return (any ? rows_of_checks(cases, results, has_failed) + "\n" : "") +
         text_table({name, games, passed, missing, off, allowed}) + tally(results);
}

std::string markdown_report(const std::vector<ValidationCase>& cases,
                            const std::vector<ValidationResult>& results) {
  std::string text(kPageHead);
  for (std::size_t k = 0; k < cases.size(); ++k) {
    if (k == 0 || cases[k].family != cases[k - 1].family)
      text += fmt::format(
          "\n## {}\n\n"
          "| game | known | computed | largest error (allowed) | source |\n"
          "|---|---|---|---|---|\n",
          cases[k].family);
    const Check* worst = worst_of(results[k]);
    std::vector<std::string> known, computed;
    for (const Check& check : results[k].checks) {
      known.push_back(fmt::format("{} {}", check.quantity, value(check.exact)));
      computed.push_back(check.exact == 0.0 ? fmt::format("{:.2g}", check.computed)
                                            : value(check.computed));
    }
    const std::string off = worst ? fmt::format("{:.0e} ({:.0e})", worst->error(), worst->tolerance)
                                  : results[k].message;
    text += fmt::format("| {} | {} | {} | {}{} | {} |\n", cases[k].game, fmt::join(known, "; "),
                        fmt::join(computed, "; "), off,
                        results[k].is_passed() ? "" : fmt::format(" {}", verdict_of(results[k])),
                        cases[k].source);
  }
  return text;
}

std::string json_report(const std::vector<ValidationCase>& cases,
                        const std::vector<ValidationResult>& results) {
  JsonWriter json;
  json.begin_object();
  json.member("version", 1).member("passed", count_passed(results));
  json.member("games", static_cast<std::int64_t>(cases.size()));
  json.member("not_played", count_not_played(results));
  json.key("cases").begin_array();
  for (std::size_t k = 0; k < cases.size(); ++k) {
    json.begin_object();
    json.member("family", cases[k].family).member("game", cases[k].game);
    json.member("source", cases[k].source).member("seconds", results[k].seconds);
    json.member("played", results[k].is_played);
    json.member("passed", results[k].is_passed()).member("message", results[k].message);
    json.key("checks").begin_array();
    for (const Check& check : results[k].checks) {
      json.begin_object();
      json.member("quantity", check.quantity).member("computed", check.computed);
      json.member("exact", check.exact).member("error", check.error());
      json.member("tolerance", check.tolerance).member("passed", check.is_passed());
      json.end_object();
    }
    json.end_array();
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return json.text() + "\n";
}

}  // namespace gbid
