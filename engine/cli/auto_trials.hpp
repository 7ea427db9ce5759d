// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/config/document.hpp"

namespace gbid::cli {

/// What `trials = "auto"` plays until: the 95% interval of a statistic's median is this wide or less.
///
///     trials = "auto"
///     until_interval = { welfare_gap = 0.01, most_trials = 2000 }
struct UntilInterval {
  std::optional<double> welfare_gap, price_of_anarchy;  ///< width of the interval, one of them
  std::int64_t first_trials = 16;                       ///< played before the interval is looked at
  std::int64_t most_trials = 10000;
  /// Of a game, as the scenario says; not read here. Trials come in multiples of it.
  std::int64_t starts = 1;

  const char* statistic() const { return welfare_gap ? "welfare_gap" : "price_of_anarchy"; }
  double width() const { return welfare_gap ? *welfare_gap : *price_of_anarchy; }
};

/// Checks `until_interval` where the document has it. Where that says `trials = "auto"`, it is
/// returned, and `trials` set to the first number.
/// @throws ScenarioError with all faults.
std::optional<UntilInterval> take_auto_trials(config::Document& document);

/// Sets the number of trials.
void set_trials(config::Document& document, std::int64_t trials);

/// What a finished run of so many trials asks for.
struct NextTrials {
  std::int64_t trials = 0;  ///< to play; 0: no more
  std::string message;      ///< what was reached
};

/// The interval shrinks with the root of the number of trials: the next number is what that asks for
/// and a tenth more, at most eight times as many, a multiple of `starts`, no more than the limit.
/// Trials are numbered, and trial t draws the same numbers whatever their number: a run of N trials
/// that was arrived at so is that of `trials = N`, to the bit.
/// @param file  the run, published.
NextTrials next_trials(const std::string& file, const UntilInterval& until);

}  // namespace gbid::cli
