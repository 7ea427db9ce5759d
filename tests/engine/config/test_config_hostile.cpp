// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>

#include <random>
#include <stdexcept>

#include "engine/config/toml_scan.hpp"
#include "engine/core/error.hpp"
#include "tests/engine/config/config_example.hpp"

using namespace gbid::config;
using gbid::ScenarioError;
using gbid::UsageError;

namespace {

std::string error_of(const std::string& text) {
  try {
    Document::from_text(text, "s.toml");
  } catch (const ScenarioError& error) {
    return error.what();
  }
  return "accepted";
}

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

/// A sound scenario, for mutations.
std::string sound_text() {
  example::Scenario scenario;
  scenario.title = "mutations \xC3\xA9 \"quoted\"";
  scenario.market.planner = example::Regime{};
  scenario.critic = example::Sgd{};
  scenario.regimes = {{"competitive", {}}, {"coordinated", {"mean_payoff", 10}}};
  return example::scenario_schema().commented(scenario);
}

/// Reads the text through everything; true if it was accepted. Anything but an error of the user
/// escapes.
bool survives(const std::string& text) {
  try {
    const auto schema = example::scenario_schema();
    const auto scenario = schema.read(Document::from_text(text, "s.toml"));
    // What was accepted must also be written and read back without loss.
    if (schema.read(Document::from_text(schema.to_toml(scenario), "r.toml")) != scenario)
      throw std::logic_error("round trip changed the scenario");
    return true;
  } catch (const ScenarioError&) {
    return false;
  }
}

}  // namespace

TEST_CASE("trap: a table header that is no key") {
  CHECK(error_of("[*a]\n") == "s.toml:1:2: not valid TOML: expected a key, got '*'");
  CHECK(error_of("[[*a]]\n").starts_with("s.toml:1:3: not valid TOML: expected a key"));
  CHECK(error_of("[]\n").starts_with("s.toml:1:2: not valid TOML: expected a key"));
  CHECK(error_of("[a.]\n").starts_with("s.toml:1:4: not valid TOML: expected a key"));
  CHECK(error_of("[a.*]\n").starts_with("s.toml:1:4: not valid TOML: expected a key"));
}

TEST_CASE("trap: a bare key with other letters than ASCII's") {
  const std::string reason =
      ": not valid TOML: a key with other letters than A-Z a-z 0-9 _ - must stand in quotes";
  CHECK(error_of("\xC3\xA9 = 1\n") == "s.toml:1:1" + reason + ", got '\xC3\xA9'");
  CHECK(error_of("ab\xC3\xA9 = 1\n") == "s.toml:1:3" + reason + ", got '\xC3\xA9'");
  CHECK(error_of("a = { \xE2\x82\xAC = 1 }\n").starts_with("s.toml:1:7" + reason));
  CHECK(error_of("[\xC2\xA0]\n").starts_with("s.toml:1:2" + reason));
  CHECK(error_of("\"\xC3\xA9\" = 1\n") == "accepted");
}

TEST_CASE("trap: dotted keys of very many parts") {
  const std::string deep = "a" + repeated(".a", 200000);
  const std::string reason = ": not valid TOML: a key of more than 32 parts, got 'a'";
  CHECK(error_of(deep + " = 1\n") == "s.toml:1:65" + reason);
  CHECK(error_of("[" + deep + "]\n") == "s.toml:1:66" + reason);
  CHECK(error_of("a" + repeated(".a", 31) + " = 1\n") == "accepted");
}

TEST_CASE("trap: lists and tables nested very deep") {
  const std::string reason = ": not valid TOML: lists and tables nested more than 32 deep";
  CHECK(error_of("a = " + repeated("[", 100000) + "\n").starts_with("s.toml:1:38" + reason));
  CHECK(error_of("a = " + repeated("{a=", 100000) + "\n").find(reason) != std::string::npos);
  CHECK(error_of("a = " + repeated("[", 32) + repeated("]", 32) + "\n") == "accepted");
}

TEST_CASE("trap: very many keys, which toml++ compares with each other") {
  std::string text;
  for (int i = 0; i < 20000; ++i) text += 'a' + std::to_string(i) + "=1\n";
  CHECK(error_of(text) == "accepted");
  CHECK(error_of(text + "b=1\n") ==
        "s.toml:20001:1: not valid TOML: more than 20000 keys, got 'b'");
}

TEST_CASE("trap: a closing bracket where a value should be") {
  CHECK(error_of("a = [ } ]\n").starts_with("s.toml:1:7: not valid TOML: expected a value"));
  CHECK(error_of("a = [1, } ]\n").starts_with("s.toml:1:9: not valid TOML: expected a value"));
  CHECK(error_of("a = [,]\n").starts_with("s.toml:1:6: not valid TOML: expected a value"));
  CHECK(error_of("a = ]\n").starts_with("s.toml:1:5: not valid TOML: expected a value"));
  CHECK(error_of("a = { , }\n").starts_with("s.toml:1:7: not valid TOML: expected a key"));
}

TEST_CASE("trap: numbers that are none, and too long ones") {
  for (const char* token : {"1__0",
                            "_1",
                            "1_",
                            "+",
                            "-",
                            ".5",
                            "5.",
                            "1e",
                            "0x",
                            "0xG",
                            "0b2",
                            "007",
                            "+0x1",
                            "1.2.3",
                            "++1",
                            "--1",
                            "infinity",
                            "True",
                            "1:2",
                            "0x1p3",
                            "1979-05-27",
                            "07:32:00",
                            "1979-05-27T07:32:00Z",
                            "e5",
                            "1e5.5"})
    CHECK_MESSAGE(error_of("a = " + std::string(token) + "\n").find("expected a value, got ") !=
                      std::string::npos,
                  token);
  CHECK(error_of("a = " + std::string(65, '1') + "\n").find("expected a value") !=
        std::string::npos);
  CHECK(error_of("a = " + std::string(64, '1') + "\n").starts_with("s.toml:1:"));
}

TEST_CASE("trap: bytes that are no text") {
  CHECK(error_of("a = \"\xFF\"\n") == "s.toml:1:6: not valid TOML: not UTF-8 text");
  CHECK(error_of("a = \"\xC3\"\n").find("not UTF-8 text") != std::string::npos);
  CHECK(error_of("a = \"\xED\xA0\x80\"\n").find("not UTF-8 text") != std::string::npos);
  CHECK(error_of("a = \"\xC0\xAF\"\n").find("not UTF-8 text") != std::string::npos);
  CHECK(error_of("a = \"\xF4\x90\x80\x80\"\n").find("not UTF-8 text") != std::string::npos);
  CHECK(error_of(std::string("a = 1\0", 6)).starts_with("s.toml:1:5: not valid TOML: "));
  CHECK(error_of("a = \"\x01\"\n").find("a control character in a string") != std::string::npos);
  CHECK(error_of("# \x1b[31m\n").find("a control character in a comment") != std::string::npos);
  CHECK(error_of("a = 1\rb = 2\n").starts_with("s.toml:1:6: not valid TOML: "));
  CHECK(error_of("a = \"\\ud800\"\n").starts_with("s.toml:1:"));
}

TEST_CASE("trap: a megabyte of any one thing ends with an answer") {
  constexpr int kMany = 100000;
  for (const char* piece : {"[a]\n", "[[a]]\n", "a.b=1\n", "\"", "'", "\\", "{", "}", "]", "=", "#",
                            "\n", "\"\"\"", "a", "1", ".", "\xEF\xBB\xBF"}) {
    CHECK_NOTHROW(survives(repeated(piece, kMany)));
    CHECK_NOTHROW(survives("a = " + repeated(piece, kMany)));
  }
}

TEST_CASE("junk: mutations of a sound scenario are accepted or refused, never worse") {
  const std::string sound = sound_text();
  REQUIRE(survives(sound));
  std::mt19937_64 random(20240501);
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  const std::string letters = "[]{}=.,\"'\\#\n \t*_-+0123456789eExaz\xC3\xA9\x01";
  int accepted = 0;
  for (int round = 0; round < 6000; ++round) {
    std::string text = sound;
    for (std::size_t edits = 1 + below(4); edits > 0; --edits) {
      const std::size_t at = below(text.size());
      switch (below(6)) {
        case 0:
          text[at] = letters[below(letters.size())];
          break;
        case 1:
          text.insert(at, 1, letters[below(letters.size())]);
          break;
        case 2:
          text.erase(at, 1 + below(8));
          break;
        case 3:
          text.insert(at, text.substr(below(text.size()), below(40)));
          break;
        case 4:
          text[at] = static_cast<char>(random());
          break;
        default:  // bring a commented-out key to life
          if (const std::size_t mark = text.find("\n#", at); mark != std::string::npos)
            text.erase(mark + 1, 1);
      }
    }
    CAPTURE(round);
    bool was_accepted = false;
    REQUIRE_NOTHROW(was_accepted = survives(text));
    accepted += was_accepted;
  }
  // Both ways must have been taken, or the test shows nothing.
  CHECK(accepted > 100);
  CHECK(accepted < 5900);
}

TEST_CASE("junk: random overrides are accepted or refused as usage errors") {
  std::mt19937_64 random(7);
  const std::string letters = "ab.=[]{}\"' 1e-\\\n\xC3\xA9,#*";
  int accepted = 0;
  for (int round = 0; round < 6000; ++round) {
    std::string assignment = round % 2 ? "a.b=" : "";
    for (std::size_t n = random() % 12; n > 0; --n)
      assignment += letters[static_cast<std::size_t>(random() % letters.size())];
    Document document = Document::from_text("a = { b = 1 }\n", "s.toml");
    CAPTURE(assignment);
    bool is_usage_error = false;
    try {
      document.set(assignment);
      ++accepted;
    } catch (const UsageError&) {
      is_usage_error = true;
    }
    CHECK(is_usage_error != (document.overrides().size() == 1));
  }
  CHECK(accepted > 100);
}

TEST_CASE("scan: what it accepts of random TOML-like junk, toml++ survives") {
  std::mt19937_64 random(99);
  const std::vector<std::string> words = {"[",    "]",   "[[",   "]]",  "{",    "}",      "=",
                                          ".",    ",",   "\n",   " ",   "a",    "b",      "\"c\"",
                                          "'d'",  "1",   "-2.5", "1e3", "true", "\"\"\"", "'''",
                                          "#x\n", "inf", "\\",   "0x1", "\t"};
  int scanned = 0;
  for (int round = 0; round < 40000; ++round) {
    std::string text = round % 2 ? "a=" : "[";
    for (std::size_t n = 1 + random() % 10; n > 0; --n)
      text += words[static_cast<std::size_t>(random() % words.size())];
    if (!scan_document(text)) ++scanned;
    REQUIRE_NOTHROW(error_of(text));
  }
  CHECK(scanned > 100);
}
