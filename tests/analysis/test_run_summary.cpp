// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "analysis/run_summary.hpp"
#include "engine/core/error.hpp"
#include "engine/record/journal.hpp"
#include "engine/record/journal_reader.hpp"
#include "engine/record/publish.hpp"

namespace {

constexpr std::int64_t kTrials = 3;

/// A folder that is gone at the end of the test.
class Folder {
 public:
  Folder() {
    std::string pattern = std::filesystem::temp_directory_path() / "gbid_summary_XXXXXX";
    path_ = ::mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string file(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

/// coordinated ends at -1, -2, -4; competitive at -4 in every trial; two agents; trial 2 of
/// competitive fails after its first record.
gbid::RunLayout layout(const std::string& first = "coordinated") {
  gbid::RunLayout run;
  run.title = "A market";
  run.seed = 11;
  run.trials = kTrials;
  run.created = "2024-01-02T03:04:05Z";
  for (const std::string& name : {first, std::string("competitive")}) {
    gbid::RegimeLayout regime;
    regime.name = name;
    regime.dimensions = {{"agent", 2, "agent"}};
    regime.trajectory = {{"ranking", "ranking", "1", {"agent"}},
                         {"welfare", "mean payoff over agents", "EUR", {}},
                         {"mask_density", "share of bids that pass", "1", {}},
                         {"updates", "updates so far", "1", {"agent"}}};
    regime.steps = {0, 10};
    regime.attributes = {{"objective", name == "competitive" ? "own_payoff" : "mean_payoff"},
                         {"schedule", name == "competitive" ? "one_random" : "all_agents"},
                         {"shared_game", "true"}};
    run.regimes.push_back(regime);
  }
  return run;
}

void write_trials(gbid::Journal& journal) {
  for (std::int64_t t = 0; t < kTrials; ++t) {
    const double planned = -std::exp2(t);
    // per record: ranking of two agents, welfare, mask density, updates of two agents
    const std::vector<double> coordinated = {1, 1, -9, 1, 0, 0, 1, 3, planned, 0.25, 10, 10};
    const std::vector<double> competitive = {1, 1, -9, 1, 0, 0, 2, 2, -4, 0.5, 0, 2};
    const bool is_failed = t == 2;
    journal.append_trajectory(0, t, 0, 2, coordinated);
    journal.append_trajectory(1, t, 0, is_failed ? 1 : 2,
                              std::span(competitive).first(is_failed ? 6 : 12));
    journal.append_outcome(0, t, {gbid::TrialStatus::kSettled, 10, ""});
    journal.append_outcome(1, t,
                           {is_failed ? gbid::TrialStatus::kFailed : gbid::TrialStatus::kCompleted,
                            10, is_failed ? "agent 0" : ""});
  }
}

std::string published(const Folder& folder, const gbid::RunLayout& run) {
  const std::string out = folder.file("out.h5");
  gbid::Journal journal = gbid::Journal::create(gbid::journal_path(out), run);
  write_trials(journal);
  journal.close();
  gbid::PublishOptions options;
  options.finish = [](gbid::PublishedFile& file) { gbid::write_summary(file); };
  gbid::publish(gbid::journal_path(out), out, options);
  return out;
}

void check_input(const gbid::PriceOfAnarchyInput& input) {
  CHECK(input.title == "A market");
  CHECK(input.seed == 11);
  CHECK(input.is_game_shared);
  CHECK(input.welfare_name == "mean payoff over agents");
  CHECK(input.welfare_units == "EUR");
  REQUIRE(input.regimes.size() == 2);
  const gbid::RegimeRecord& coordinated = input.regimes[0];
  CHECK(coordinated.objective == "mean_payoff");
  CHECK(coordinated.steps == std::vector<std::int64_t>{0, 10});
  CHECK(coordinated.welfare.values == std::vector<double>{-9, -1, -9, -2, -9, -4});
  CHECK(coordinated.last_of("ranking").values == std::vector<double>{1, 3, 1, 3, 1, 3});
  CHECK(coordinated.last_of("updates").columns == 2);
  CHECK(coordinated.over_steps("mean_utility").empty());
  const gbid::RegimeRecord& competitive = input.regimes[1];
  CHECK(competitive.outcome[2] == gbid::TrialStatus::kFailed);
  CHECK(std::isnan(competitive.welfare.values[5]));
  CHECK(competitive.last_of("updates").values == std::vector<double>{0, 2, 0, 2, 0, 0});
}

}  // namespace

TEST_CASE("run summary: journal and published file give the same input") {
  const Folder folder;
  const std::string out = published(folder, layout());
  check_input(gbid::price_of_anarchy_input(gbid::RunReader(out)));

  const std::string other = folder.file("other.h5");
  gbid::Journal journal = gbid::Journal::create(gbid::journal_path(other), layout());
  write_trials(journal);
  journal.close();
  check_input(gbid::price_of_anarchy_input(gbid::JournalReader(gbid::journal_path(other))));
}

TEST_CASE("run summary: the file holds the results over trials, with units") {
  const Folder folder;
  const gbid::RunReader run(published(folder, layout()));
  REQUIRE(run.has_group("summary"));
  CHECK(run.regimes() == std::vector<std::string>{"coordinated", "competitive"});
  const auto values = [&](const char* name) { return run.read("summary", name).values; };
  CHECK(values("welfare_coordinated") == std::vector<double>{-1, -2, -4});
  CHECK(values("welfare_competitive")[1] == -4.0);
  CHECK(std::isnan(values("welfare_competitive")[2]));
  CHECK(values("drift_coordinated") == std::vector<double>{8, 7, 5});
  CHECK(values("settled_coordinated") == std::vector<double>{1, 1, 1});  // by the stopping rule
  CHECK(values("settled_competitive") == std::vector<double>{0, 0, 2});
  CHECK(values("mask_density_coordinated") == std::vector<double>{0.25, 0.25, 0.25});
  CHECK(values("updates_per_agent_competitive")[0] == 1.0);
  CHECK(values("best_known_welfare") == std::vector<double>{-1, -1, -1});
  CHECK(values("welfare_gap")[0] == 3.0);
  CHECK(values("ratio_competitive_to_coordinated")[1] == 2.0);
  CHECK(std::isnan(values("price_of_anarchy")[0]));
  CHECK(values("ranking_kl")[0] == doctest::Approx(0.5 * std::log(4.0 / 3.0)).epsilon(1e-14));
  const gbid::StoredGroup summary = run.group("summary");
  CHECK(summary.trials == kTrials);
  for (const gbid::StoredVariable& variable : summary.variables) {
    CAPTURE(variable.name);
    CHECK(variable.dimensions == std::vector<std::string>{"trial"});
    CHECK_FALSE(variable.long_name.empty());
    if (variable.name.rfind("welfare", 0) == 0) CHECK(variable.units == "EUR");
    CHECK(variable.name.rfind("mean_utility", 0) != 0);  // was not recorded
  }
  CHECK(summary.attributes.at("best_planner") == "coordinated");
  CHECK(summary.attributes.at("best_known") == "coordinated, trial 0");
  CHECK(summary.attributes.at("caveats").find("1 of 3 trials failed") != std::string::npos);
}

TEST_CASE("run summary: a regime's name may collide with a result's") {
  const Folder folder;
  const gbid::RunReader run(published(folder, layout("gap")));
  CHECK(run.read("summary", "welfare_gap").values == std::vector<double>{-1, -2, -4});
  CHECK(run.read("summary", "welfare_gap_").values[0] == 3.0);
}

TEST_CASE("run summary: nothing is written for a run without welfare, and reading it is refused") {
  const Folder folder;
  gbid::RunLayout run = layout();
  for (gbid::RegimeLayout& regime : run.regimes) regime.trajectory[1].name = "fitness";
  const gbid::RunReader reader(published(folder, run));
  CHECK_FALSE(reader.has_group("summary"));
  CHECK_THROWS_AS((void)gbid::price_of_anarchy_input(reader), gbid::DataError);
}

TEST_CASE("run summary: a run that was stopped before any record has an empty summary") {
  const Folder folder;
  const std::string out = folder.file("out.h5");
  gbid::Journal::create(gbid::journal_path(out), layout()).close();
  gbid::PublishOptions options;
  options.finish = [](gbid::PublishedFile& file) { gbid::write_summary(file); };
  gbid::publish(gbid::journal_path(out), out, options);
  const gbid::RunReader run(out);
  CHECK(std::isnan(run.read("summary", "welfare_competitive").values[0]));
  const auto result = gbid::price_of_anarchy(gbid::price_of_anarchy_input(run));
  CHECK(result.regimes[0].not_started == kTrials);
}
