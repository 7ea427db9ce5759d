// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <boost/program_options.hpp>
#include <string>
#include <vector>

#include "engine/cli/commands.hpp"
#include "engine/config/document.hpp"

namespace gbid::cli {

namespace po = boost::program_options;

/// The options of a subcommand and its positional arguments, read strictly: no guessed
/// abbreviations, no stray arguments, and a near name for a wrong option.
class Options {
 public:
  explicit Options(std::string command);

  /// Declares options in Boost's own syntax: options.add()("seed", po::value<...>(), "...").
  po::options_description_easy_init add() { return description_.add_options(); }
  /// Declares the positional arguments, in order; the first `required` must be there.
  void positional(std::vector<std::string> names, std::size_t required);

  /// @return false if --help was asked for and has been printed.
  /// @throws UsageError.
  bool parse(const Arguments& arguments);

  bool has(const std::string& name) const { return values_.count(name) > 0; }
  template <class T>
  T get(const std::string& name) const {
    return values_[name].as<T>();
  }

 private:
  std::string usage() const;

  std::string command_;
  po::options_description description_{"Options"};
  std::vector<std::string> names_;
  std::size_t required_ = 0;
  po::variables_map values_;
};

/// --set, --seed and --trials, shared by the commands that read a scenario.
void add_scenario_options(Options& options);
/// The scenario file with those overrides; FILE may be - for standard input.
config::Document scenario_document(const Options& options);
bool is_from_standard_input(const Options& options);
/// The file to write: --output, or the scenario's name with that ending in the working directory.
/// @throws UsageError if there is neither: the scenario comes from standard input.
std::string output_beside_scenario(const Options& options, const std::string& ending);

/// The command line as it was typed, quoted so that a shell reads it back.
std::string command_line();
void remember_command_line(int count, char** values);

}  // namespace gbid::cli
