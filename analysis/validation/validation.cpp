// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "analysis/validation/validation.hpp"

#include <oneapi/tbb/parallel_for.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <exception>

namespace gbid {

double Check::error() const { return std::fabs(computed - exact); }

bool Check::is_passed() const { return error() <= tolerance; }

bool ValidationResult::is_passed() const {
  return message.empty() && !checks.empty() &&
         std::all_of(checks.begin(), checks.end(), [](const Check& c) { return c.is_passed(); });
}

std::vector<ValidationCase> validation_cases() {
  std::vector<ValidationCase> all;
  for (const auto family : {classical_cases, dynamics_cases, routing_cases, auction_cases,
                            format_cases, market_cases}) {
    std::vector<ValidationCase> cases = family();
    std::move(cases.begin(), cases.end(), std::back_inserter(all));
  }
  return all;
}

std::vector<ValidationResult> validate(const std::vector<ValidationCase>& cases,
                                       const std::atomic<bool>& stop,
                                       std::atomic<std::int64_t>& done) {
  std::vector<ValidationResult> results(cases.size());
  tbb::parallel_for(std::size_t{0}, cases.size(), [&](std::size_t k) {
    ValidationResult& result = results[k];
    const auto begin = std::chrono::steady_clock::now();
    try {
      if (!stop) {
        result.is_played = true;
        result.checks = cases[k].run();
      }
    } catch (const std::exception& error) {
      result.message = error.what();
    }
    result.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    ++done;
  });
  return results;
}

}  // namespace gbid
