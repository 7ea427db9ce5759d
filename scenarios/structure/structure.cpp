// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/structure/structure.hpp"

#include <cmath>
#include <filesystem>

#include "engine/core/error.hpp"

namespace gbid {

std::string ArrayLoader::where(const std::string& key) const {
  const auto node = document_.root().at_path(key);
  return node ? document_.where(*node.node()) : document_.name();
}

bool ArrayLoader::has(const std::string& key) const {
  return static_cast<bool>(document_.root().at_path(key));
}

void ArrayLoader::fail(const std::string& key, const std::string& message) {
  diagnostics_.add(where(key), key, message);
}

Array ArrayLoader::load(const FileArray& source, const std::string& key,
                        const std::vector<std::vector<std::int64_t>>& shapes) {
  const std::string path = (document_.directory() / source.file).string();
  files_.push_back(path);
  try {
    Array array = require_shape(read_array(path, source.dataset), path, shapes);
    for (const double value : array.values)
      if (!std::isfinite(value))
        throw DataError(path + ": expected finite numbers, got " + std::to_string(value));
    return array;
  } catch (const MissingInputError& error) {
    throw MissingInputError(where(key) + ": " + key + ": " + error.what());
  } catch (const DataError& error) {
    fail(key, error.what());
    return {};
  }
}

std::unique_ptr<Market> Structure::market(std::size_t regime, const RegimePlan& plan, Index first,
                                          Index count) const {
  std::vector<std::unique_ptr<TrialMarket>> trials;
  for (Index k = 0; k < count; ++k) trials.push_back(trial_market(regime, plan, first + k));
  return std::make_unique<TrialByTrial>(std::move(trials));
}

std::unique_ptr<Market> Structure::card_market(std::size_t, const RegimePlan& plan, Index, Index,
                                               const Device&) const {
  throw Error(ExitCode::kInternal, "no card plays " + missing_on_card(plan));
}

std::optional<Certificate> Structure::certify(std::size_t regime, const RegimePlan& plan,
                                              Index trial, const StateReader& read) const {
  const auto market = trial_market(regime, plan, trial);
  if (!market->load_recorded(read)) return std::nullopt;
  return market->certify();
}

}  // namespace gbid
