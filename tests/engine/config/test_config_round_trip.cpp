// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "tests/engine/config/config_example.hpp"

using namespace gbid::config;

namespace {

example::Scenario read(const std::string& text) {
  return example::scenario_schema().read(Document::from_text(text, "s.toml"));
}

/// A scenario that differs from the default in every key.
example::Scenario changed() {
  example::Scenario s;
  s.title = "quotes \" and \\, a tab \t, a line\nand \xC3\xA9";
  s.steps = std::numeric_limits<std::int64_t>::max();
  s.is_recorded = false;
  s.batch = 64;
  s.hidden = {};
  s.taxes = {0.1, 1e-300, 3.0};
  s.final = {"mask", "prices"};
  s.market.agents = 50;
  s.market.cohorts = 7;
  s.market.temperature = 0.1;
  s.market.bids = {"clip", example::Mask::kSigmoid, example::FromFile{"a b.h5", "x"}};
  s.market.payoff = {{"emission", {-0.5, "why"}}, {"divergence", {1.0 / 3.0, ""}}};
  s.market.planner = example::Regime{"welfare", 3};
  s.learner = example::Sgd{.rate = 0.25};
  s.critic = example::Adam{.rate = 0.125, .decay = 0.5};
  s.regimes = {{"zeta", {"own_payoff", 1}}, {"alpha", {"mean_payoff", 2}}};
  return s;
}

}  // namespace

TEST_CASE("defaults: an empty scenario is the struct's member initialisers") {
  example::Scenario expected;
  expected.title = "t";
  CHECK(read("title = 't'\n") == expected);
}

TEST_CASE("round trip: the resolved text of the defaults reads back as them") {
  const example::Scenario defaults;
  CHECK(read(example::scenario_schema().to_toml(defaults)) == defaults);
}

TEST_CASE("round trip: every key changed") {
  const auto schema = example::scenario_schema();
  CHECK(changed() != example::Scenario{});
  CHECK(read(schema.to_toml(changed())) == changed());
}

TEST_CASE("round trip: through a toml++ table as well") {
  const auto schema = example::scenario_schema();
  toml::table table;
  schema.write(changed(), table);
  Diagnostics diagnostics;
  const auto again = schema.read(table, Document::from_text("", "s.toml"), "", diagnostics);
  CHECK(diagnostics.empty());
  // A toml++ table sorts its keys, so the order of names is not kept here.
  CHECK(again.regimes[0].first == "alpha");
  CHECK(again.market.bids == changed().market.bids);
  CHECK(again.critic == changed().critic);
}

TEST_CASE("round trip: the template reads back as what it was made of") {
  const auto schema = example::scenario_schema();
  CHECK(read(schema.commented(changed())) == changed());
  CHECK(read(schema.commented({})) == example::Scenario{});
}

TEST_CASE("round trip: every bit of random doubles") {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20000; ++i) {
    const std::uint64_t bits = random();
    double number = 0.0;
    std::memcpy(&number, &bits, sizeof number);
    if (!std::isfinite(number)) continue;
    const auto document = Document::from_text("x = " + format_number(number) + "\n", "s.toml");
    const auto* again = document.root()["x"].as_floating_point();
    REQUIRE(again != nullptr);
    const double read_back = again->get();
    REQUIRE(std::memcmp(&read_back, &number, sizeof number) == 0);
  }
}

TEST_CASE("numbers: the shortest text, always a TOML float") {
  CHECK(format_number(0.05) == "0.05");
  CHECK(format_number(1.0) == "1.0");
  CHECK(format_number(-0.0) == "-0.0");
  CHECK(format_number(1e6) == "1e6");
  CHECK(format_number(1.5e-7) == "1.5e-7");
  CHECK(format_number(1e300) == "1e300");
  CHECK(format_number(123456.0) == "123456.0");
  CHECK(format_number(5e-324) == "5e-324");
}

TEST_CASE("resolved text: declaration order, scalars before tables") {
  CHECK(example::market_schema().to_toml(changed().market) ==
        "agents = 50\n"
        "cohorts = 7\n"
        "temperature = 0.1\n"
        "\n[bids]\n"
        "squash = \"clip\"\n"
        "shift = { kind = \"file\", file = \"a b.h5\", dataset = \"x\" }\n"
        "mask = \"sigmoid\"\n"
        "\n[payoff.emission]\n"
        "coefficient = -0.5\n"
        "note = \"why\"\n"
        "\n[payoff.divergence]\n"
        "coefficient = 0.3333333333333333\n"
        "note = \"\"\n"
        "\n[planner]\n"
        "objective = \"welfare\"\n"
        "movers = 3\n");
}

TEST_CASE("resolved text: an empty list of names is kept apart from the default one") {
  example::Market market;
  market.payoff.clear();
  const auto schema = example::market_schema();
  const std::string text = schema.to_toml(market);
  CHECK(text.find("[payoff]\n") != std::string::npos);
  CHECK(schema.read(Document::from_text(text, "s.toml")) == market);
}

TEST_CASE("named: in the order of the file, not of the alphabet; replaces the default") {
  const auto s =
      read("title='t'\n[regimes.z]\n[regimes.a]\n[regimes.m]\n[market.payoff]\nemission=1\n");
  REQUIRE(s.regimes.size() == 3);
  CHECK(s.regimes[0].first == "z");
  CHECK(s.regimes[1].first == "a");
  CHECK(s.regimes[2].first == "m");
  REQUIRE(s.market.payoff.size() == 1);
  CHECK(s.market.payoff[0].first == "emission");
}

TEST_CASE("shorthand: a bare number stands for a table") {
  const auto s = read(
      "title='t'\n[market.payoff]\nutility = 2\nemission = { coefficient = -1.5, note = 'n' }\n");
  CHECK(s.market.payoff[0].second == example::TermWeight{2.0, ""});
  CHECK(s.market.payoff[1].second == example::TermWeight{-1.5, "n"});
}

TEST_CASE("kinds: by name, by number, by a telling key, by a table with kind") {
  using namespace example;
  const auto shift = [](const std::string& value) {
    return read("title='t'\n[market.bids]\nshift = " + value + "\n").market.bids.shift;
  };
  CHECK(shift("'row_mean'") == Shift{RowMean{}});
  CHECK(shift("0.25") == Shift{Constant{0.25}});
  CHECK(shift("2") == Shift{Constant{2.0}});
  CHECK(shift("{ kind = 'constant', value = 3 }") == Shift{Constant{3.0}});
  CHECK(shift("{ file = 'a.h5' }") == Shift{FromFile{"a.h5", "contribution"}});
  CHECK(shift("{ kind = 'row_mean' }") == Shift{RowMean{}});
}

TEST_CASE("kinds: the default of the member is the default of its kind") {
  const auto s = read("title='t'\nlearner = 'adam'\ncritic = 'adam'\n");
  CHECK(std::get<example::Adam>(s.learner).rate == 0.05);   // Scenario's own default
  CHECK(std::get<example::Adam>(*s.critic).rate == 0.001);  // Adam's
}

TEST_CASE("kinds: the tag can have another name") {
  struct Config {
    std::variant<example::Sgd, example::Adam> market;
  };
  auto adam = Schema<example::Adam>("adam", "").number("rate", &example::Adam::rate, {}, "");
  auto sgd = Schema<example::Sgd>("sgd", "").number("rate", &example::Sgd::rate, {}, "");
  auto kinds = Kinds<example::Sgd, example::Adam>()
                   .tag("structure")
                   .kind("adam", adam, "")
                   .kind("sgd", sgd, "");
  auto schema = Schema<Config>("c", "").one_of("market", &Config::market, kinds, "");
  const auto c =
      schema.read(Document::from_text("[market]\nstructure = 'adam'\nrate = 0.5\n", "s.toml"));
  CHECK(std::get<example::Adam>(c.market).rate == 0.5);
  CHECK(schema.to_toml(c) == "market = { structure = \"adam\", rate = 0.5 }\n");
}

TEST_CASE("elsewhere: known, but neither read nor written") {
  auto schema = Schema<example::Sgd>("sgd", "")
                    .number("rate", &example::Sgd::rate, {}, "")
                    .elsewhere("market", "read by the market");
  const auto c = schema.read(Document::from_text("rate = 1\n[market]\nzebra = 1\n", "s.toml"));
  CHECK(schema.to_toml(c) == "rate = 1.0\n");
}

TEST_CASE("describe: types, ranges, defaults, choices and what lies below") {
  const auto infos = example::scenario_schema().describe();
  const auto find = [](const std::vector<KeyInfo>& list, const std::string& key) -> const KeyInfo& {
    for (const KeyInfo& info : list)
      if (info.key == key) return info;
    FAIL("no key " << key);
    return list.front();
  };
  CHECK(infos.front().key == "title");
  CHECK(infos.front().required);
  const KeyInfo& steps = find(infos, "steps");
  CHECK(steps.type == "integer");
  CHECK(steps.range == ">= 1");
  CHECK(steps.default_value == "1000");
  CHECK(steps.help == "steps of a trial");
  CHECK_FALSE(steps.required);
  CHECK(find(infos, "batch").optional);
  CHECK(find(infos, "batch").default_value.empty());
  CHECK(find(infos, "final").choices.size() == 3);
  const KeyInfo& learner = find(infos, "learner");
  CHECK(learner.choices[0] ==
        std::pair<std::string, std::string>("adam", "Adam (Kingma and Ba, 2015)"));
  CHECK(find(find(learner.children, "adam").children, "rate").default_value == "0.05");
  const KeyInfo& market = find(infos, "market");
  CHECK(market.type == "table");
  const KeyInfo& mask = find(find(market.children, "bids").children, "mask");
  CHECK(mask.default_value == "\"relu\"");
  CHECK(mask.choices.size() == 4);
  CHECK(find(find(market.children, "payoff").children, "coefficient").default_value == "1.0");
  CHECK(find(market.children, "temperature").range == "> 0 and <= 1");
}

TEST_CASE("template: help, type, range and choices as comments; defaults commented out") {
  example::Market market;
  market.agents = 4;
  const std::string text = example::market_schema().commented(market);
  const auto has = [&](const std::string& part) { return text.find(part) != std::string::npos; };
  CHECK(has("# a market\n"));
  CHECK(has("# number of agents (integer >= 2; default 10)\nagents = 4\n"));
  CHECK(has("\n#temperature = 0.05\n"));
  CHECK(has("#   hard: 0 or 1\n"));
  CHECK(has("\n[bids]\n"));
  CHECK_FALSE(has("[planner]"));  // optional, and absent
  CHECK(has("\n#[payoff.utility]\n"));
}
