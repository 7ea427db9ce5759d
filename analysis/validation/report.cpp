// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <fmt/format.h>

#include <algorithm>
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

}  // namespace

std::string text_report(const std::vector<ValidationCase>& cases,
                        const std::vector<ValidationResult>& results, bool failed_only) {
  TextColumn game{"game", false, {}}, quantity{"", false, {}}, computed{"computed", true, {}};
  TextColumn exact{"exact", true, {}}, off{"error", true, {}}, allowed{"allowed", true, {}};
  TextColumn verdict{"", false, {}}, seconds{"s", true, {}};
  for (std::size_t k = 0; k < cases.size(); ++k) {
    if (failed_only && results[k].is_passed()) continue;
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
    if (checks.empty()) row(results[k].message, "", "", "", "", "FAILED", true);
    for (std::size_t c = 0; c < checks.size(); ++c)
      row(checks[c].quantity, value(checks[c].computed), value(checks[c].exact), error(checks[c]),
          fmt::format("{:.0e}", checks[c].tolerance), checks[c].is_passed() ? "ok" : "FAILED",
          c == 0);
  }
  return text_table({game, quantity, computed, exact, off, allowed, verdict, seconds}) +
         fmt::format("\n{} of {} games agree with theory\n", count_passed(results), cases.size());
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
    const Check* worst = nullptr;  // relative to its tolerance
    std::vector<std::string> known, computed;
    for (const Check& check : results[k].checks) {
      if (!worst || check.error() * worst->tolerance > worst->error() * check.tolerance)
        worst = &check;
      known.push_back(fmt::format("{} {}", check.quantity, value(check.exact)));
      computed.push_back(check.exact == 0.0 ? fmt::format("{:.2g}", check.computed)
                                            : value(check.computed));
    }
    const std::string off = worst ? fmt::format("{:.0e} ({:.0e})", worst->error(), worst->tolerance)
                                  : results[k].message;
    text += fmt::format("| {} | {} | {} | {}{} | {} |\n", cases[k].game, fmt::join(known, "; "),
                        fmt::join(computed, "; "), off, results[k].is_passed() ? "" : " FAILED",
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
  json.key("cases").begin_array();
  for (std::size_t k = 0; k < cases.size(); ++k) {
    json.begin_object();
    json.member("family", cases[k].family).member("game", cases[k].game);
    json.member("source", cases[k].source).member("seconds", results[k].seconds);
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
