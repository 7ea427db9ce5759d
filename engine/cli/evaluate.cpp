// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iostream>

#include "engine/cli/options.hpp"
#include "engine/config/suggestion.hpp"
#include "engine/config/value.hpp"
#include "engine/record/run_reader.hpp"
#include "engine/text/json_writer.hpp"
#include "engine/text/text_table.hpp"
#include "scenarios/loading/scenario.hpp"

namespace gbid::cli {
namespace {

/// The scenario that made the run, on other images if the user names some.
Scenario scenario_of(const RunReader& run, const std::string& path, const Options& options) {
  config::Document document = config::Document::from_text(run.scenario_toml(), path);
  if (options.has("data")) {
    const std::string folder = options.get<std::string>("data");
    const std::string value = folder == "synthetic" || folder == "fashion_mnist"
                                  ? config::quote(folder)
                                  : fmt::format("{{ idx = {} }}", config::quote(folder));
    document.set("market.data=" + value, "--data " + folder);
  }
  return Scenario::load(document);
}

/// Loads one trial's networks.
void load(const RunReader& run, const std::string& path, const std::string& regime,
          std::int64_t trial, const std::vector<Dimension>& dimensions, Evaluator& evaluator) {
  const StoredGroup group = run.group(regime);
  for (const Variable& variable : evaluator.variables()) {
    std::vector<std::int64_t> expected;
    for (const std::string& name : variable.dimensions)
      for (const Dimension& dimension : dimensions)
        if (dimension.name == name) expected.push_back(dimension.size);
    bool is_there = false;
    for (const StoredVariable& stored : group.variables) is_there |= stored.name == variable.name;
    if (!is_there)
      throw DataError(
          fmt::format("{}: /{}/{}: expected the networks, got none; they are kept by "
                      "record.final = [\"networks\"]",
                      path, regime, variable.name));
    const Array values = run.read_trial(regime, variable.name, trial);
    if (values.shape != expected)
      throw DataError(fmt::format("{}: /{}/{}: expected {} for these images, got {}", path, regime,
                                  variable.name, shape_text(expected), shape_text(values.shape)));
    if (std::any_of(values.values.begin(), values.values.end(),
                    [](double value) { return std::isnan(value); }))
      throw DataError(fmt::format(
          "{}: /{}/{}: trial {} has no end: it failed, or the run was stopped before it", path,
          regime, variable.name, trial));
    evaluator.load(variable.name, values.values);
  }
}

void print(const std::string& regime, std::int64_t trial, const Evaluator::Result& result) {
  TextColumn agents{"", false, {}}, images{"images", true, {}}, loss{"loss", true, {}},
      accuracy{"accuracy", true, {}};
  for (std::size_t k = 0; k < result.agents.size(); ++k) {
    agents.cells.push_back(result.agents[k]);
    images.cells.push_back(std::to_string(result.images[k]));
    loss.cells.push_back(four_digits(result.loss[k]));
    accuracy.cells.push_back(four_digits(result.accuracy[k]));
  }
  std::cout << fmt::format("{}, trial {}, on held-out images ({})\n", regime, trial, result.data)
            << text_table({agents, images, loss, accuracy});
}

void write_json(JsonWriter& json, const std::string& regime, std::int64_t trial,
                const Evaluator::Result& result) {
  json.begin_object()
      .member("regime", regime)
      .member("trial", trial)
      .member("data", result.data)
      .key("agents")
      .begin_array();
  for (std::size_t k = 0; k < result.agents.size(); ++k)
    json.begin_object()
        .member("agent", result.agents[k])
        .member("images", result.images[k])
        .member("loss", result.loss[k])
        .member("accuracy", result.accuracy[k])
        .end_object();
  json.end_array().end_object();
}

}  // namespace

ExitCode evaluate_command(const Arguments& arguments) {
  Options options("evaluate");
  options
      .text("data",
            "folder of IDX files, fashion_mnist or synthetic; default: the images of the run")
      .text("regime", "only this regime; default: all")
      .integer("trial", "trial whose networks are loaded", 0)
      .flag("json", "print the result as JSON");
  options.positional({"FILE"}, 1);
  if (!options.parse(arguments)) return ExitCode::kOk;
  const std::string path = options.get<std::string>("FILE");
  const RunReader run(path);
  std::vector<std::string> regimes = run.regimes();
  if (options.has("regime")) {
    const std::string wanted = options.get<std::string>("regime");
    if (std::find(regimes.begin(), regimes.end(), wanted) == regimes.end())
      throw UsageError(fmt::format("evaluate: {} has no regime {}{}", path, wanted,
                                   config::did_you_mean(wanted, regimes)));
    regimes = {wanted};
  }
  const Scenario scenario = scenario_of(run, path, options);
  const std::unique_ptr<Evaluator> evaluator = scenario.evaluator();
  if (!evaluator)
    throw DataError(fmt::format("{}: its agents own no networks that learn from images", path));
  const auto trial = options.get<std::int64_t>("trial");
  if (trial < 0 || trial >= scenario.trials())
    throw UsageError(fmt::format("--trial: expected a number from 0 to {}, got {}",
                                 scenario.trials() - 1, trial));
  JsonWriter json;
  json.begin_object().member("version", 1).key("evaluations").begin_array();
  for (const std::string& regime : regimes) {
    load(run, path, regime, trial, scenario.dimensions(), *evaluator);
    const Evaluator::Result result = evaluator->evaluate();
    if (options.has("json"))
      write_json(json, regime, trial, result);
    else
      print(regime, trial, result);
  }
  json.end_array().end_object();
  if (options.has("json")) std::cout << json.text() << "\n";
  return ExitCode::kOk;
}

}  // namespace gbid::cli
