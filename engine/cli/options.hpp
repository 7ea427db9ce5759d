// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/cli/commands.hpp"
#include "engine/config/document.hpp"

namespace gbid::cli {

/// What a subcommand can be given, for manual pages and completion.
struct OptionTable {
  struct Row {
    std::string name;  ///< without dashes
    char letter = 0;   ///< -o; 0: none
    bool takes_value = false;
    std::string default_value, help;
  };
  std::vector<Row> rows;
  std::vector<std::string> positional;  ///< FILE ...
};

/// The options that a subcommand declares.
OptionTable options_of(const Command& command);

/// The options of a subcommand and its positional arguments, read strictly: no guessed
/// abbreviations, no stray arguments, and a near name for a wrong option.
class Options {
 public:
  explicit Options(std::string command);
  ~Options();

  // Declarations. A name is that of --name, or "name,n" where -n means the same.
  Options& flag(const char* name, const char* help);
  Options& text(const char* name, const char* help);
  Options& texts(const char* name, const char* help);  ///< may be repeated
  /// Whole numbers, also as 1e5.
  Options& integer(const char* name, const char* help,
                   std::optional<std::int64_t> otherwise = std::nullopt);
  Options& number(const char* name, const char* help,
                  std::optional<double> otherwise = std::nullopt);
  /// Declares the positional arguments, in order; the first `required` must be there.
  void positional(std::vector<std::string> names, std::size_t required);
  /// Declares one positional argument of which there are `required` or more, as texts.
  void positionals(std::string name, std::size_t required);

  /// @return false if --help was asked for and has been printed.
  /// @throws UsageError.
  bool parse(const Arguments& arguments);

  bool has(const std::string& name) const;
  /// What was given, or the value otherwise, as it was declared: a std::string,
  /// std::vector<std::string>, std::int64_t or double.
  template <class T>
  T get(const std::string& name) const;

 private:
  struct Parser;  // all that is Boost's
  std::unique_ptr<Parser> parser_;
};

template <>
std::string Options::get(const std::string& name) const;
template <>
std::vector<std::string> Options::get(const std::string& name) const;
template <>
std::int64_t Options::get(const std::string& name) const;
template <>
double Options::get(const std::string& name) const;

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
