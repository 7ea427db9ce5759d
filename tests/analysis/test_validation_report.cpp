// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>

#include <atomic>
#include <cstdint>
#include <string>

#include "analysis/validation/validation.hpp"

using namespace gbid;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("validate: games that a stop kept from being played have not failed") {
  std::atomic<bool> stop{false};
  std::atomic<std::int64_t> done{0};
  const auto check = [](double computed) {
    return [=] { return std::vector<Check>{{"bids", computed, 0.0, 1e-3}}; };
  };
  const std::vector<ValidationCase> cases{{"first", "right", "a book", check(1e-4)},
                                          {"second", "wrong", "a book", check(1.0)}};
  const auto played = validate(cases, stop, done);
  CHECK(played[0].is_passed());
  CHECK_FALSE(played[1].is_passed());
  for (const ValidationResult& result : played) CHECK(result.is_played);
  CHECK(contains(text_report(cases, played), "FAILED"));
  CHECK(contains(text_report(cases, played), "1 of 2 games agree with theory\n"));
  CHECK(contains(short_report(cases, played), "wrong"));
  CHECK_FALSE(contains(short_report(cases, played), "right"));

  stop = true;
  const auto stopped = validate(cases, stop, done);
  for (const std::string& text : {text_report(cases, stopped), short_report(cases, stopped),
                                  markdown_report(cases, stopped), json_report(cases, stopped)}) {
    CAPTURE(text);
    CHECK_FALSE(contains(text, "FAILED"));
    CHECK((contains(text, "not played") || contains(text, "\"not_played\"")));
  }
  CHECK(contains(text_report(cases, stopped), "0 of 2 games agree with theory; 2 not played\n"));
  CHECK(done == 4);
}
