// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/config/diagnostics.hpp"
#include "engine/config/document.hpp"
#include "engine/data/array_file.hpp"
#include "engine/device/device.hpp"
#include "engine/record/layout.hpp"
#include "scenarios/data/array_source.hpp"
#include "scenarios/equilibrium/certificate.hpp"
#include "scenarios/structure/evaluator.hpp"
#include "scenarios/structure/planned_market.hpp"
#include "scenarios/structure/setup.hpp"
#include "scenarios/structure/truthfulness_report.hpp"

namespace gbid {

class ImageCache;

/// Reads the arrays that a scenario names; faults are collected with the place of the key.
class ArrayLoader {
 public:
  /// @param images  where data sets are kept for other scenarios; may be null.
  ArrayLoader(const config::Document& document, config::Diagnostics& diagnostics,
              ImageCache* images = nullptr)
      : document_(document), diagnostics_(diagnostics), images_(images) {}

  /// @param key dotted key of the source. @param shapes allowed, see `require_shape`.
  /// @return an empty array of the first allowed shape where the content is wrong.
  /// @throws MissingInputError naming the key if the file is missing.
  Array load(const FileArray& source, const std::string& key,
             const std::vector<std::vector<std::int64_t>>& shapes);

  /// Paths of all files asked for so far.
  const std::vector<std::string>& files() const { return files_; }

  ImageCache* images() const { return images_; }
  /// The scenario's folder, which file names are relative to.
  std::filesystem::path folder() const { return document_.directory(); }
  /// Notes files that were read otherwise.
  void add_files(const std::vector<std::string>& files) {
    files_.insert(files_.end(), files.begin(), files.end());
  }

  /// @throws ScenarioError with all faults so far, if there are any.
  void throw_if_any() { diagnostics_.throw_if_any(); }
  /// A fault at a key.
  void fail(const std::string& key, const std::string& message);
  /// Whether the scenario's file says something at a key.
  bool has(const std::string& key) const;
  /// "file:line:column" of a key, or the file if it is not there.
  std::string where(const std::string& key) const;

 private:
  const config::Document& document_;
  config::Diagnostics& diagnostics_;
  ImageCache* images_;
  std::vector<std::string> files_;
};

/// A market structure with its scenario's numbers filled in: immutable once loaded, makes the
/// market of every trial of every regime.
class Structure {
 public:
  virtual ~Structure() = default;
  /// Those that a schedule lets move.
  virtual Index agents() const = 0;
  /// Parameters of all agents.
  virtual double parameter_count() const = 0;
  virtual std::vector<Dimension> dimensions() const = 0;
  /// All arrays of a trial that can be recorded.
  virtual std::vector<ArraySpec> arrays() const = 0;
  /// Whether all trials play the same instance of the game.
  virtual bool has_shared_game() const = 0;
  /// Bytes that one trial of a regime sets aside, and floating-point operations of one of its
  /// steps.
  virtual double trial_bytes(const RegimePlan& plan) const = 0;
  virtual double step_flops(const RegimePlan& plan) const = 0;
  /// Floating-point operations of the end of a simulation, beyond those of its steps.
  virtual double final_flops(const RegimePlan&) const { return 0.0; }
  /// Memory that all simulations share.
  virtual double shared_bytes() const { return 0.0; }

  /// Whether agents of its markets can learn from such signals.
  virtual bool gives(Signal signal) const { return signal == Signal::kGradient; }

  /// Whether ends of its regimes can be refined by better responses.
  virtual bool can_refine() const { return false; }

  /// Checks what the scenario says of a regime and reads the arrays it names. Called once for every
  /// regime, in order, after its size has been found to fit; errors go to the loader.
  /// @param initial_bids instead of those of [agents]; none if the regime does not name any.
  virtual void load_regime(const std::optional<InitialBids>& initial_bids, const RegimePlan& plan,
                           ArrayLoader& loader) = 0;
  /// A trial of a regime at its first step. Safe to call from several threads.
  virtual std::unique_ptr<PlannedMarket> trial_market(std::size_t regime, const RegimePlan& plan,
                                                      Index trial) const = 0;
  /// `count` trials from `first` on, as one block; by default one is computed after the other.
  virtual std::unique_ptr<Market> market(std::size_t regime, const RegimePlan& plan, Index first,
                                         Index count) const;
  /// How many trials of a regime are best played as one block: those that are computed side by side.
  virtual Index block_size(const RegimePlan&) const { return 1; }
  /// What a card cannot play of a regime so far, in words; empty: it can play the regime.
  virtual std::string missing_on_card(const RegimePlan&) const {
    return "markets of this structure";
  }
  /// Bytes that `count` trials of a regime take on a card, and of the memory that a block of its
  /// threads shares.
  struct CardBytes {
    double all = 0.0, shared = 0.0;
  };
  virtual CardBytes card_bytes(const RegimePlan&, Index /*count*/) const { return {}; }
  /// As `market`, on a device other than the CPU: of a regime of which nothing is missing there.
  virtual std::unique_ptr<Market> card_market(std::size_t regime, const RegimePlan& plan,
                                              Index first, Index count, const Device& device) const;
  /// What the file says of every regime, besides objective, schedule and learner. Where theory
  /// bounds the price of anarchy from above: theory_bound, a number, and theory_source.
  virtual std::map<std::string, std::string> attributes() const { return {}; }
  /// The certificate of the state that a finished trial left behind in its final variables; nothing
  /// if those do not hold it, or hold too little of it.
  std::optional<Certificate> certify(std::size_t regime, const RegimePlan& plan, Index trial,
                                     const StateReader& read) const;
  /// Loads networks of finished runs; null where a structure's agents have none to test.
  virtual std::unique_ptr<Evaluator> evaluator() const { return nullptr; }
  /// What untruthful reports gain at most, whatever the others play; nothing where agents have no types
  /// to report. @param points of every grid of types and reports, >= 2.
  virtual std::optional<TruthfulnessReport> truthfulness(Index /*points*/) const { return {}; }
};

}  // namespace gbid
