// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace gbid {

/// One number that was computed by agents that learn, beside the value from theory.
struct Check {
  std::string quantity;  ///< "strategies", "price of anarchy", "revenue", ...
  double computed = 0.0;
  double exact = 0.0;      ///< 0 for a distance
  double tolerance = 0.0;  ///< of |computed - exact|

  double error() const;
  bool is_passed() const;  ///< false for a number that is not one
};

/// A game with a known answer: what is played, and what its end is measured by.
struct ValidationCase {
  std::string family;  ///< classical | routing | auctions | dynamics | ...
  std::string game;    ///< "Cournot, n = 3"
  std::string source;  ///< of the known answer: "Johari and Tsitsiklis, 2004"
  std::function<std::vector<Check>()> run;
};

/// All games with known answers, in the order of the families below.
std::vector<ValidationCase> validation_cases();

/// The result of one case.
struct ValidationResult {
  std::vector<Check> checks;
  double seconds = 0.0;
  std::string message;     ///< why there are no checks: the case could not be played
  bool is_played = false;  ///< false for a case that was not reached, or not yet

  bool is_passed() const;
};

/// Plays the cases side by side on the calling thread's arena; those that were not reached when
/// `stop` was set are not played.
/// @param done counts cases.
std::vector<ValidationResult> validate(const std::vector<ValidationCase>& cases,
                                       const std::atomic<bool>& stop,
                                       std::atomic<std::int64_t>& done);

/// A row a check: game, quantity, computed, exact, error, verdict; and a last line that counts.
std::string text_report(const std::vector<ValidationCase>& cases,
                        const std::vector<ValidationResult>& results);
/// Of many games: the rows of those that were played and disagree; and a row a family, with how many
/// agree and the error that is largest relative to its tolerance.
std::string short_report(const std::vector<ValidationCase>& cases,
                         const std::vector<ValidationResult>& results);
/// The page scenarios/KNOWN_ANSWERS.md: a table per family, a row per game, with the error that is
/// largest relative to its tolerance. Without times, so that equal results give equal text.
std::string markdown_report(const std::vector<ValidationCase>& cases,
                            const std::vector<ValidationResult>& results);
/// {"version": 1, "passed": ..., "cases": [...]}
std::string json_report(const std::vector<ValidationCase>& cases,
                        const std::vector<ValidationResult>& results);

// The families: one file each.
std::vector<ValidationCase> classical_cases();  // classical.cpp
std::vector<ValidationCase> dynamics_cases();   // dynamics.cpp
std::vector<ValidationCase> routing_cases();    // routing.cpp
std::vector<ValidationCase> auction_cases();    // auctions.cpp
std::vector<ValidationCase> format_cases();     // formats.cpp
std::vector<ValidationCase> market_cases();     // markets.cpp
/// Not among `validation_cases`: over a thousand auctions, judged by best responses alone. Their
/// families are the formats.
std::vector<ValidationCase> auction_grid_cases();  // auction_grid.cpp

}  // namespace gbid
