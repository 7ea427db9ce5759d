// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/config/diagnostics.hpp"
#include "engine/config/document.hpp"
#include "engine/data/array_file.hpp"
#include "scenarios/array_source.hpp"
#include "scenarios/market.hpp"
#include "scenarios/scenario_config.hpp"

namespace gbid {

/// Reads the arrays that a scenario names; faults are collected with the place of the key.
class ArrayLoader {
 public:
  ArrayLoader(const config::Document& document, config::Diagnostics& diagnostics)
      : document_(document), diagnostics_(diagnostics) {}

  /// @param key dotted key of the source. @param shapes allowed, see `require_shape`.
  /// @return an empty array of the first allowed shape where the content is wrong.
  /// @throws MissingInputError naming the key if the file is missing.
  Array load(const FileArray& source, const std::string& key,
             const std::vector<std::vector<std::int64_t>>& shapes);

  /// Paths of all files asked for so far.
  const std::vector<std::string>& files() const { return files_; }

  /// A fault at a key.
  void fail(const std::string& key, const std::string& message);

 private:
  std::string where(const std::string& key) const;

  const config::Document& document_;
  config::Diagnostics& diagnostics_;
  std::vector<std::string> files_;
};

/// A market structure with its scenario's numbers filled in: immutable, makes the market of every
/// trial.
class Structure {
 public:
  virtual ~Structure() = default;
  virtual Index agents() const = 0;
  virtual Index bids_per_agent() const = 0;
  virtual Index observation_size(Observation) const = 0;
  virtual std::vector<Dimension> dimensions() const = 0;
  virtual std::vector<Variable> trajectory_variables() const = 0;
  virtual std::vector<Variable> final_variables() const = 0;
  /// Whether all trials play the same instance of the game.
  virtual bool has_shared_game() const = 0;
  virtual std::unique_ptr<Market> market(Index trial, MarketUse use) const = 0;
  /// Bytes that one market sets aside, and floating-point operations of one of its steps.
  virtual double market_bytes(const MarketUse& use) const = 0;
  virtual double step_flops(const MarketUse& use) const = 0;
};

/// The structure that the scenario names. Sizes are refused here before anything large is set
/// aside.
/// @param key dotted key of the market section, for the places of faults.
std::unique_ptr<Structure> make_structure(const MarketConfig& config, std::uint64_t seed,
                                          ArrayLoader& loader);

}  // namespace gbid
