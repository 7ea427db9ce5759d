// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/core/array.hpp"
#include "engine/record/data_table.hpp"
#include "engine/record/hdf5.hpp"
#include "engine/record/layout.hpp"

namespace gbid {

/// The root attributes of a published file.
struct RunInfo {
  std::string title;
  std::string kind;    ///< "sweep"; empty for a run
  std::string status;  ///< "complete" or "partial"
  std::string version;
  std::string build;
  std::string command_line;
  std::string created;
  std::string scenario_sha256;
  std::uint64_t seed = 0;
};

/// One variable of a published file.
struct StoredVariable {
  std::string name;
  std::vector<std::string> dimensions;  ///< names, "trial" first
  std::vector<std::int64_t> shape;
  std::string long_name;
  std::string units;
};

/// One group of a published file.
struct StoredGroup {
  std::string name;
  std::int64_t trials = 0;
  std::vector<std::int64_t> steps;        ///< coordinate `step`; empty if there is none
  std::vector<Dimension> dimensions;      ///< besides trial and step
  std::vector<StoredVariable> variables;  ///< numbers, without coordinates and outcome
  std::map<std::string, std::string> attributes;
};

/// Reads a published run or sweep. Nothing in the file is trusted: see hdf5_read.hpp.
///
///     RunReader run("out.h5");
///     for (const std::string& regime : run.regimes())
///       const Array welfare = run.read(regime, "welfare");   // (trial, step)
///
/// @throws MissingInputError; DataError naming file and dataset. Not thread-safe.
class RunReader {
 public:
  explicit RunReader(const std::string& path);

  const RunInfo& info() const noexcept { return info_; }
  const std::string& scenario_toml() const noexcept { return scenario_toml_; }
  /// Names of the groups that hold trials with an outcome, in the order of the scenario.
  const std::vector<std::string>& regimes() const noexcept { return regimes_; }
  bool has_group(const std::string& name) const;

  /// Any group at the root, regime or not (`summary`).
  StoredGroup group(const std::string& name) const;
  std::vector<Outcome> outcomes(const std::string& regime) const;
  /// A group whose variables are the columns of one table, texts and flags included. `scenario_toml`
  /// is left out.  @throws DataError if they differ in length.
  DataTable table(const std::string& group) const;

  /// A whole variable.
  Array read(const std::string& group, const std::string& variable) const;
  /// One trial of it; the axis `trial` is left out.
  Array read_trial(const std::string& group, const std::string& variable, std::int64_t trial) const;

 private:
  std::string where(const std::string& object) const { return path_ + ": /" + object; }
  h5::Id open(const std::string& group, const std::string& variable) const;
  void read_root();

  std::string path_;
  h5::Id file_;
  RunInfo info_;
  std::string scenario_toml_;
  std::vector<std::string> groups_;
  std::vector<std::string> regimes_;
};

}  // namespace gbid
