// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

namespace gbid::config {

/// One error of a scenario.
struct Diagnostic {
  std::string where;    ///< "scenarios/x.toml:12:8" or "--set market.agents=abc"
  std::string key;      ///< full dotted key, e.g. "market.bids.mask"; may be empty
  std::string message;  ///< "expected X, got Y"
};

/// All faults of a scenario, so that the user sees them at once and in the order of the file.
class Diagnostics {
 public:
  /// An error that is there already (several regimes may share it) is not added again.
  void add(std::string where, std::string key, std::string message);
  bool empty() const { return items_.empty(); }
  std::size_t size() const { return items_.size(); }

  /// Options of the command line in the order given; their faults come last, in that order.
  void set_options(std::vector<std::string> options) { options_ = std::move(options); }

  /// In the order of the file (line, column); those of the command line come last.
  const std::vector<Diagnostic>& all() const;

  /// @throws ScenarioError with one line per fault, "where key: message"; at most 50 lines.
  void throw_if_any() const;

 private:
  std::vector<std::string> options_;
  std::set<std::string> lines_;  // of the errors that are there
  mutable std::vector<Diagnostic> items_;
  mutable bool is_sorted_ = true;
};

/// "where key: message", or "where: message" where there is no key.
std::string to_line(const Diagnostic& diagnostic);

}  // namespace gbid::config
