// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/config/key_info.hpp"
#include "scenarios/structure/recordables.hpp"

namespace gbid {

namespace config {
template <class C>
class Schema;
}
class ArrayLoader;
class Structure;
struct Setup;

/// One kind of thing that a scenario can be made of: what `gbid list KIND` shows.
struct Registered {
  std::string kind;                      ///< "masks"
  std::string key;                       ///< where a scenario names one: "market.bids.mask"
  std::vector<config::KeyInfo> entries;  ///< name, help, and the keys of each
};

/// What is known of a kind of market, whatever its keys.
struct StructureEntry {
  std::string name;  ///< market.structure
  std::string help;
  /// A small scenario that runs as it is. What it does not say of the record is filled in.
  std::string example;
  Recordables recordables;
  bool has_bidding_agents = false;     ///< reads [agents]: its agents bid by networks of their own
  std::vector<Registered> lists = {};  ///< what can be named in its keys, for `gbid list`
};

/// All that there is to know of a kind of market whose section of the scenario is a Config. Its
/// folder gives one, a line of loading/structures.hpp names it.
template <class Config>
struct EntryOf : StructureEntry {
  config::Schema<Config> schema;
  /// The market with its numbers filled in; faults go to the loader.
  std::unique_ptr<Structure> (*make)(const Config&, const Setup&, ArrayLoader&);
  /// What is recorded at the end besides the recordables' default, if the scenario does not say;
  /// null: nothing.
  std::vector<std::string> (*more_final)(const Config&) = nullptr;
};

}  // namespace gbid
