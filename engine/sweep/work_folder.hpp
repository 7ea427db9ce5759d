// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <string>
#include <vector>

#include "engine/config/document.hpp"
#include "engine/sweep/grid.hpp"

namespace gbid {

/// What a sweep was asked to do: enough to plan it again elsewhere, or after a crash.
struct SweepOrder {
  std::string scenario_text;           ///< the scenario file as it was read
  std::string name;                    ///< its name, for messages
  std::string directory;               ///< absolute; files that it names are relative to it
  std::vector<std::string> overrides;  ///< of all points: "market.mask=relu"
  std::vector<std::string> options;    ///< what messages call them
  SweepGrid grid;
  std::string command_line, created, version, build;
  std::string fingerprint;  ///< of the plan

  /// The scenario with its overrides.
  config::Document document() const;
};

/// TOML, for a reader of the folder and for `from_toml`.
std::string to_toml(const SweepOrder& order);
/// @throws DataError naming `path`.
SweepOrder order_from_toml(const std::string& text, const std::string& path);

/// OUT.h5.sweep: where the processes of a sweep that goes on keep its order, what they have played
/// and checkpoints of what they are playing, until that has been merged into OUT.h5.
class WorkFolder {
 public:
  explicit WorkFolder(std::string path) : path_(std::move(path)) {}

  const std::string& path() const { return path_; }
  /// There is an order in it.
  bool exists() const;
  /// @throws MissingInputError, DataError.
  SweepOrder order() const;
  /// Makes the folder with this order. If several processes do so at once, one order is kept.
  /// @throws IoError (cannot create).
  void create(const SweepOrder& order) const;
  /// Removes the order, all parts and checkpoints, and the folder if nothing else is in it.
  void remove() const;

 private:
  std::string order_path() const { return path_ + "/sweep.toml"; }
  std::string path_;
};

/// Beside the output file.
inline std::string work_folder_path(const std::string& out_path) { return out_path + ".sweep"; }

}  // namespace gbid
