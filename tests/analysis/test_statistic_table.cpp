// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// One row makes a statistic: here a table is given one row more of every scope, and each is looked
// for in the text report, the JSON, `/summary` and both tables of a sweep.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "analysis/report/report.hpp"
#include "analysis/run_summary.hpp"
#include "analysis/sweep/tables.hpp"
#include "engine/record/publish.hpp"
#include "scenarios/play/play.hpp"
#include "scenarios/play/play_in_memory.hpp"
#include "scenarios/sweep/player.hpp"
#include "tests/temporary_folder.hpp"

using namespace gbid;
using namespace gbid::test;

namespace {

/// Lines joined and runs of blanks made one: where a line breaks is no matter here.
std::string on_one_line(const std::string& text) {
  std::string joined;
  for (const char c : text)
    if (c != ' ' && c != '\n')
      joined += c;
    else if (!joined.empty() && joined.back() != ' ')
      joined += ' ';
  return joined;
}

constexpr const char* kScenario = R"(
seed = 5
trials = 4
steps = 30
certify = true
[certificate]
tolerance = 1e9
[market]
structure = "bid_matrix"
agents = 3
[market.payoff]
utility = 1.0
emission = 1.0
[regimes.coordinated]
objective = "mean_payoff"
[regimes.competitive]
[record]
every = 10
trajectory = ["welfare", "mask_density", "payoff"]
)";

const std::size_t kOld = statistic_table().size();

/// The table with a row more of every scope.
std::vector<StatisticRow> longer_table() {
  std::vector<StatisticRow> rows(statistic_table().begin(), statistic_table().end());
  rows.push_back({.scope = Scope::kRegime,
                  .name = "highest_payoff",
                  .compute =
                      [](const StatisticAt& at) {
                        double highest = -INFINITY;
                        for (const double payoff :
                             at.record->last_of("payoff").row(static_cast<std::int64_t>(at.trial)))
                          highest = std::max(highest, payoff);
                        return highest;
                      },
                  .label = "highest",
                  .help = "payoff of the agent that does best",
                  .last = {"payoff"}});
  rows.push_back({.scope = Scope::kComparison,
                  .name = "lost_share",
                  .compute =
                      [](const StatisticAt& at) {
                        return 1.0 - at.end->welfare[at.trial] / at.result.best_known[at.trial];
                      },
                  .label = "lost share",
                  .help = "share of the best known welfare that {regime} misses"});
  rows.push_back(
      {.scope = Scope::kCertificate,
       .name = "root_gain",
       .compute =
           [](const StatisticAt& at) { return std::sqrt(at.certificate->epsilon[at.trial]); },
       .label = "root gain",
       .help = "root of the largest gain"});
  rows.push_back(
      {.scope = Scope::kGame,
       .name = "found",
       .compute =
           [](const StatisticAt& at) { return static_cast<double>(at.game->equilibria.size()); },
       .label = "equilibria found",
       .help = "distinct equilibria of the game"});
  return rows;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a statistic is one row: the text report, the JSON and the summary show it") {
  const std::vector<StatisticRow> rows = longer_table();
  const PriceOfAnarchyConfig config{.statistics = rows};
  const TemporaryFolder folder;
  const std::string out = folder.file("out.h5");
  const Scenario scenario = scenario_from_text(kScenario);
  Journal journal = Journal::create(journal_path(out), scenario.layout());
  std::atomic<bool> stop = false;
  std::atomic<std::int64_t> steps = 0;
  CHECK(play(scenario, journal, {.threads = 2}, stop, steps).completed == 8);
  journal.close();
  PublishOptions options;
  options.finish = [&](PublishedFile& file) { write_summary(file, config); };
  publish(journal_path(out), out, options);

  const RunReader run(out);
  const PriceOfAnarchyResult result = price_of_anarchy(price_of_anarchy_input(run, rows), config);
  const std::string text = on_one_line(text_report(result, {}, true)), json = json_report(result);
  for (const char* line :
       {"highest: payoff of the agent that does best", "highest", "root gain", "equilibria found",
        "lost share: share of the best known welfare that competitive misses",
        "root gain: root of the largest gain",
        "equilibria found: distinct equilibria of the game"}) {
    CAPTURE(line);
    CHECK(contains(text, line));
  }
  for (const char* name : {"highest_payoff", "lost_share", "root_gain", "found"}) {
    CAPTURE(name);
    CHECK(contains(json, std::string("\"") + name + "\": "));
    CHECK(contains(json, std::string("\"") + name + "_estimate\": "));
  }

  // Against the same numbers by another way.
  const Array payoff = run.read("competitive", "payoff");  // (trial, record, agent)
  const auto welfare = run.read("summary", "welfare_competitive").values;
  const auto best = run.read("summary", "best_known_welfare").values;
  for (std::size_t trial = 0; trial < 4; ++trial) {
    const auto end = payoff.values.begin() + static_cast<std::ptrdiff_t>((trial + 1) * 4 * 3);
    CHECK(run.read("summary", "highest_payoff_competitive").values[trial] ==
          *std::max_element(end - 3, end));
    CHECK(run.read("summary", "lost_share").values[trial] == 1.0 - welfare[trial] / best[trial]);
    CHECK(run.read("summary", "root_gain_coordinated").values[trial] ==
          std::sqrt(run.read("summary", "epsilon_coordinated").values[trial]));
    CHECK(run.read("summary", "equilibrium_found").values[trial] >= 1.0);
  }
  // Without the rows nothing of them is there.
  CHECK(!contains(text_report(price_of_anarchy(price_of_anarchy_input(run))), "root gain"));
}

TEST_CASE("a statistic is one row: both tables of a sweep have its columns, and the CSV") {
  const std::vector<StatisticRow> rows = longer_table();
  const SweepTablesConfig config{{.statistics = rows}, true};
  const TemporaryFolder folder;
  SweepSource source{config::Document::from_text(kScenario, "s.toml"), {}};
  source.grid.axes.push_back(parse_axis("market.payoff.emission=0.5,1"));
  ImageCache images;
  const SweepPlan plan = plan_sweep(source, images);
  PartWriter part(folder.file(""), plan.fingerprint);
  const std::vector<SweepJob> jobs = make_jobs(plan);
  std::atomic<bool> stop = false;
  SweepPlayer player(plan, jobs, nullptr, images, part, {2, 1e12, {}, nullptr, false});
  SoloTeam team(jobs.size());
  player.play(team, stop);
  part.close();
  const Parts parts({folder.file("")}, plan.fingerprint);
  const SweepTables found = sweep_tables(plan, parts, config);
  const SweepTables before = sweep_tables(plan, parts);

  // 1. A row a point: an estimate with its interval, and nothing else has moved.
  for (const char* name :
       {"highest_payoff_competitive", "lost_share", "root_gain_coordinated", "equilibrium_found"})
    for (const char* end : {"", "_low", "_high"}) {
      CAPTURE(name);
      const DataColumn* column = found.points.find(std::string(name) + end);
      REQUIRE(column != nullptr);
      CHECK(!std::isnan(column->number(0)));
      CHECK(!column->text.long_name.empty());
      CHECK(before.points.find(std::string(name) + end) == nullptr);
    }
  // Regimes have two, comparisons and games one, certificates two; three columns each.
  CHECK(found.points.columns.size() == before.points.columns.size() + 3 * (2 + 1 + 2 + 1));

  // 2. A row a point, trial and regime.
  CHECK(found.rows.columns.size() == before.rows.columns.size() + rows.size() - kOld);
  const std::string csv = to_csv(found.rows);
  const std::string heading = csv.substr(0, csv.find('\n'));
  for (const char* name : {"highest_payoff", "lost_share", "root_gain", "equilibrium_found"}) {
    CAPTURE(name);
    CHECK(contains(heading, name));
  }
  for (std::size_t row = 0; row < found.rows.rows(); ++row) {
    const bool is_competitive = found.rows.find("regime")->cell(row) == "competitive";
    CHECK(std::isnan(found.rows.find("lost_share")->number(row)) != is_competitive);
    CHECK(std::isfinite(found.rows.find("highest_payoff")->number(row)));
    CHECK(found.rows.find("equilibrium_found")->number(row) >= 1.0);
  }
}

TEST_CASE("statistics: names are unique in their scope, and every text can be filled in") {
  std::set<std::pair<Scope, std::string_view>> names;
  const StatisticWords words{"left", "right"};
  for (const StatisticRow& row : statistic_table()) {
    CAPTURE(row.name);
    CHECK(names.emplace(row.scope, row.name).second);
    CHECK((row.compute != nullptr));
    CHECK(!row.label.empty());
    CHECK(!row.help.empty());
    // The tables of a sweep hold estimates.
    CHECK((!row.is_in(kSweepPoints) || row.is_in(kEstimates)));
    for (const std::string_view text : {row.label, row.units, row.help, row.note, row.cost_note,
                                        row.cost_help, row.sweep_help, row.variable})
      CHECK(filled(text, words).find('{') == std::string::npos);
  }
}
