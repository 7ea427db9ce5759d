// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>

#include <algorithm>

#include "engine/config/diagnostics.hpp"
#include "engine/core/error.hpp"
#include "tests/engine/config/config_example.hpp"

using namespace gbid::config;
using gbid::ScenarioError;

namespace {

/// All faults of a text, one line each; empty if it is sound.
std::string faults_of(const std::string& text, const std::vector<std::string>& overrides = {}) {
  Document document = Document::from_text(text, "s.toml");
  for (const std::string& assignment : overrides) document.set(assignment);
  try {
    example::scenario_schema().read(document);
  } catch (const ScenarioError& error) {
    return error.what();
  }
  return {};
}

const std::string kTitle = "title = \"t\"\n";

}  // namespace

TEST_CASE("unknown key: placed at the key, with the near one and all known ones") {
  CHECK(faults_of(kTitle + "[market.bids]\n  maks = \"relu\"\n") ==
        "s.toml:3:3: market.bids.maks: unknown key; did you mean \"mask\"? "
        "(known: squash, shift, mask)");
  CHECK(faults_of(kTitle + "[market.bids]\nzebra = 1\n") ==
        "s.toml:3:1: market.bids.zebra: unknown key (known: squash, shift, mask)");
}

TEST_CASE("unknown key: an unknown table and a name with blanks are told the same way") {
  CHECK(faults_of(kTitle + "[market.bidz]\nmask = \"relu\"\n")
            .starts_with("s.toml:2:9: market.bidz: unknown key; did you mean \"bids\"?"));
  CHECK(faults_of(kTitle + "\"a b\" = 1\n").starts_with("s.toml:2:1: \"a b\": unknown key ("));
}

TEST_CASE("unknown choice: the list, what was got and the near one") {
  CHECK(faults_of(kTitle + "[market.bids]\nmask = \"rellu\"\n") ==
        "s.toml:3:8: market.bids.mask: expected one of relu, hard, sigmoid, relu6, got \"rellu\"; "
        "did you mean \"relu\"?");
  CHECK(faults_of(kTitle + "[market.bids]\nmask = 3\n") ==
        "s.toml:3:8: market.bids.mask: expected one of relu, hard, sigmoid, relu6, "
        "got 3 (an integer)");
}

TEST_CASE("wrong type: says what was expected and what was got") {
  CHECK(faults_of(kTitle + "steps = \"ten\"\n") ==
        "s.toml:2:9: steps: expected an integer, got \"ten\" (a string)");
  CHECK(faults_of(kTitle + "steps = 1e6\n").empty());
  CHECK(faults_of(kTitle + "steps = 1e16\n") ==
        "s.toml:2:9: steps: expected an integer, got 1e16 (a float)");
  CHECK(faults_of(kTitle + "steps = inf\n") ==
        "s.toml:2:9: steps: expected an integer, got inf (a float)");
  CHECK(faults_of(kTitle + "steps = 1.5\n") ==
        "s.toml:2:9: steps: expected an integer, got 1.5 (a float)");
  CHECK(faults_of(kTitle + "steps = true\n") ==
        "s.toml:2:9: steps: expected an integer, got true (a boolean)");
  CHECK(faults_of(kTitle + "steps = [1]\n") ==
        "s.toml:2:9: steps: expected an integer, got a list");
  CHECK(faults_of(kTitle + "record = \"yes\"\n") ==
        "s.toml:2:10: record: expected true or false, got \"yes\" (a string)");
  CHECK(faults_of("title = 1\n") == "s.toml:1:9: title: expected a string, got 1 (an integer)");
  CHECK(faults_of(kTitle + "market.temperature = \"hot\"\n") ==
        "s.toml:2:22: market.temperature: expected a number, got \"hot\" (a string)");
  CHECK(faults_of(kTitle + "market = 3\n") ==
        "s.toml:2:10: market: expected a table, got 3 (an integer)");
  CHECK(faults_of(kTitle + "hidden = 16\n") ==
        "s.toml:2:10: hidden: expected a list of integers, got 16 (an integer)");
  CHECK(faults_of(kTitle + "regimes = 1\n") ==
        "s.toml:2:11: regimes: expected a table, got 1 (an integer)");
}

TEST_CASE("wrong type: a long or hostile string is cut and made visible") {
  const std::string message = faults_of(kTitle + "steps = \"" + std::string(1000, 'a') + "\"\n");
  CHECK(message == "s.toml:2:9: steps: expected an integer, got \"" + std::string(60, 'a') +
                       "...\" (a string)");
  CHECK(faults_of(kTitle + "steps = \"\\u001b[31m\"\n") ==
        "s.toml:2:9: steps: expected an integer, got \"\\u001B[31m\" (a string)");
}

TEST_CASE("out of range: integers and numbers, closed and open bounds") {
  CHECK(faults_of(kTitle + "market.agents = 1\n") ==
        "s.toml:2:17: market.agents: expected an integer >= 2, got 1");
  CHECK(faults_of(kTitle + "batch = 5000\n") ==
        "s.toml:2:9: batch: expected an integer >= 1 and <= 4096, got 5000");
  CHECK(faults_of(kTitle + "market.temperature = 0\n") ==
        "s.toml:2:22: market.temperature: expected a number > 0 and <= 1, got 0");
  CHECK(faults_of(kTitle + "market.temperature = 1.5\n") ==
        "s.toml:2:22: market.temperature: expected a number > 0 and <= 1, got 1.5");
  CHECK(faults_of(kTitle + "learner = { kind = \"adam\", decay = 1.0 }\n") ==
        "s.toml:2:36: learner.decay: expected a number >= 0 and < 1, got 1.0");
}

TEST_CASE("out of range: the bounds themselves are accepted where they are closed") {
  CHECK(faults_of(kTitle + "batch = 4096\n[market]\nagents = 2\ntemperature = 1\n").empty());
}

TEST_CASE("overflow: an integer that the member cannot hold is refused") {
  CHECK(faults_of(kTitle + "market.cohorts = 2147483648\n") ==
        "s.toml:2:18: market.cohorts: expected an integer >= 1 and <= 2147483647, got 2147483648");
  CHECK_THROWS_AS(faults_of(kTitle + "steps = 9223372036854775808\n"), ScenarioError);
}

TEST_CASE("overflow: a number takes integers as long as a float holds them exactly") {
  const std::string key = "learner = { kind = \"sgd\", rate = ";
  CHECK(faults_of(kTitle + key + "9007199254740992 }\n").empty());
  CHECK(faults_of(kTitle + key + "9007199254740993 }\n").find("more digits than a float holds") !=
        std::string::npos);
}

TEST_CASE("numbers: nan and infinities are refused") {
  CHECK(faults_of(kTitle + "market.temperature = nan\n") ==
        "s.toml:2:22: market.temperature: expected a finite number, got nan");
  CHECK(faults_of(kTitle + "market.temperature = -inf\n") ==
        "s.toml:2:22: market.temperature: expected a finite number, got -inf");
  // An exponent that no double has must not slip in as an infinity.
  std::string message;
  try {
    message = faults_of(kTitle + "market.temperature = 1e999\n");
  } catch (const ScenarioError& error) {
    message = error.what();
  }
  CHECK(message.starts_with("s.toml:2:"));
}

TEST_CASE("lists: every element that is wrong is placed") {
  CHECK(faults_of(kTitle + "hidden = [16, 0, \"x\"]\n") ==
        "s.toml:2:15: hidden[1]: expected an integer >= 1, got 0\n"
        "s.toml:2:18: hidden[2]: expected an integer, got \"x\" (a string)");
  CHECK(faults_of(kTitle + "final = [\"wieghts\"]\n") ==
        "s.toml:2:10: final[0]: expected one of weights, mask, prices, got \"wieghts\"; "
        "did you mean \"weights\"?");
  CHECK(faults_of(kTitle + "taxes = [-1]\n") ==
        "s.toml:2:10: taxes[0]: expected a number >= 0, got -1");
}

TEST_CASE("required key: missing at the root and in a kind") {
  CHECK(faults_of("steps = 5\n") == "s.toml:1:1: title: missing; expected a string");
  CHECK(faults_of(kTitle + "[market.bids]\nshift = { kind = \"file\" }\n") ==
        "s.toml:3:9: market.bids.shift.file: missing; expected a file name");
  CHECK(faults_of(kTitle + "[market.bids]\nshift = \"file\"\n") ==
        "s.toml:3:9: market.bids.shift.file: missing; expected a file name");
}

TEST_CASE("kinds: unknown kind, unknown key of a kind, no kind at all") {
  CHECK(faults_of(kTitle + "learner = \"adma\"\n") ==
        "s.toml:2:11: learner: expected one of adam, sgd, got \"adma\"; did you mean \"adam\"?");
  CHECK(
      faults_of(kTitle + "learner = { kind = \"adma\" }\n") ==
      "s.toml:2:20: learner.kind: expected one of adam, sgd, got \"adma\"; did you mean \"adam\"?");
  CHECK(faults_of(kTitle + "learner = { kind = \"sgd\", decay = 0.5 }\n") ==
        "s.toml:2:27: learner.decay: unknown key (known: kind, rate)");
  CHECK(faults_of(kTitle + "learner = 0.1\n") ==
        "s.toml:2:11: learner: expected one of adam, sgd, got 0.1 (a float)");
  CHECK(faults_of(kTitle + "critic = { rate = 0.1 }\n") ==
        "s.toml:2:10: critic: expected kind = one of adam, sgd, got a table without kind");
}

TEST_CASE("names: one that is not allowed, and one that is no name") {
  CHECK(faults_of(kTitle + "[market.payoff]\nutilty = 1\n") ==
        "s.toml:3:10: market.payoff.utilty: unknown name; did you mean \"utility\"? "
        "(known: utility, emission, divergence)");
  CHECK(faults_of(kTitle + "[regimes.\"2nd\"]\n") ==
        "s.toml:2:1: regimes.2nd: expected a name of letters, digits and _ that does not begin "
        "with a digit");
}

TEST_CASE("checks: a contradiction is placed at its key, at the table if the key is absent") {
  CHECK(faults_of(kTitle + "[market]\ncohorts = 11\n") ==
        "s.toml:3:11: market.cohorts: expected at most one cohort per agent, got 11 for 10 agents");
  auto schema = Schema<example::Sgd>("sgd", "")
                    .number("rate", &example::Sgd::rate, {}, "")
                    .check([](const example::Sgd&, const Checker& checker) {
                      checker.fail("rate", checker.has("rate") ? "written" : "absent");
                    });
  const Document document = Document::from_text("[a]\n[b]\nrate = 1\n", "s.toml");
  Diagnostics diagnostics;
  schema.read(*document.root()["a"].as_table(), document, "a", diagnostics);
  schema.read(*document.root()["b"].as_table(), document, "b", diagnostics);
  REQUIRE(diagnostics.size() == 2);
  CHECK(to_line(diagnostics.all()[0]) == "s.toml:1:1: a.rate: absent");
  CHECK(to_line(diagnostics.all()[1]) == "s.toml:3:8: b.rate: written");
}

TEST_CASE("checks: not run on a table that has faults already") {
  CHECK(faults_of(kTitle + "[market]\nagents = 0\ncohorts = 11\n") ==
        "s.toml:3:10: market.agents: expected an integer >= 2, got 0");
}

TEST_CASE("all faults at once, in the order of the file, those of the command line last") {
  const std::string text =
      "title = \"t\"\n"
      "zebra = 1\n"
      "steps = 0\n"
      "[regimes.one]\n"
      "movers = 0\n"
      "[market]\n"
      "temperature = 2\n"
      "agents = \"x\"\n"
      "[market.bids]\n"
      "mask = \"soft\"\n"
      "aaa = 1\n";
  const std::string message = faults_of(text, {"record=maybe"});
  std::vector<std::string> starts;
  for (std::size_t at = 0; at < message.size();) {
    const std::size_t end = std::min(message.find('\n', at), message.size());
    const std::string line = message.substr(at, end - at);
    const std::size_t key = line.starts_with("--") ? 0 : line.find(": ") + 2;  // after the place
    starts.push_back(line.substr(0, line.find(": ", key)));
    at = end + 1;
  }
  CHECK(starts == std::vector<std::string>{
                      "s.toml:2:1: zebra", "s.toml:3:9: steps", "s.toml:5:10: regimes.one.movers",
                      "s.toml:7:15: market.temperature", "s.toml:8:10: market.agents",
                      "s.toml:10:8: market.bids.mask", "s.toml:11:1: market.bids.aaa",
                      "--set record=maybe record"});
}

TEST_CASE("diagnostics: more than fifty faults are counted, not printed") {
  std::string text = kTitle;
  for (int i = 0; i < 80; ++i) text += "zebra" + std::to_string(i) + " = 1\n";
  const std::string message = faults_of(text);
  CHECK(std::count(message.begin(), message.end(), '\n') == 50);
  CHECK(message.ends_with("\n... and 30 more errors"));
}

TEST_CASE("declaration: mistakes of the program are logic errors, not errors of the user") {
  using Sgd = example::Sgd;
  Schema<Sgd> schema("sgd", "");
  schema.number("rate", &Sgd::rate, {}, "");
  CHECK_THROWS_AS(schema.number("rate", &Sgd::rate, {}, ""), std::logic_error);
  CHECK_THROWS_AS(schema.required("speed"), std::logic_error);
  CHECK_THROWS_AS(Schema<Sgd>("sgd", "").number_shorthand(&Sgd::rate), std::logic_error);
}

TEST_CASE(
    "errors: one that several places share is told and counted once, wherever it comes again") {
  Diagnostics errors;
  errors.add("s.toml:4:1", "learning.learner", "expected another");
  errors.add("s.toml:2:1", "steps", "expected more");
  errors.add("s.toml:4:1", "learning.learner", "expected another");
  errors.add("s.toml:4:1", "learning.learner", "expected less");
  errors.add("s.toml:4:1", "learning.learner", "expected another");
  CHECK(errors.size() == 3);
  CHECK(errors.all().size() == 3);
  CHECK(errors.all().front().key == "steps");
  CHECK_THROWS_WITH_AS(errors.throw_if_any(),
                       "s.toml:2:1: steps: expected more\n"
                       "s.toml:4:1: learning.learner: expected another\n"
                       "s.toml:4:1: learning.learner: expected less",
                       ScenarioError);
}
