// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/cli/options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iostream>

#include "engine/config/suggestion.hpp"
#include "engine/core/error.hpp"

namespace gbid::cli {
namespace {

std::string& remembered() {
  static std::string line;
  return line;
}

std::string quoted(const std::string& word) {
  const bool is_plain =
      !word.empty() && word.find_first_not_of(
                           "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                           "_-+=./,:@%") == std::string::npos;
  if (is_plain) return word;
  std::string result = "'";
  for (const char c : word) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + "'";
}

}  // namespace

Options::Options(std::string command) : command_(std::move(command)) {
  description_.add_options()("help,h", "show this text");
}

void Options::positional(std::vector<std::string> names, std::size_t required) {
  names_ = std::move(names);
  required_ = required;
}

std::string Options::usage() const {
  const auto all = commands();
  const auto command =
      std::find_if(all.begin(), all.end(), [&](const Command& c) { return command_ == c.name; });
  return fmt::format("usage: gbid {}", command->usage);
}

bool Options::parse(const Arguments& arguments) {
  po::options_description all = description_;
  po::positional_options_description places;
  std::vector<std::string> option_names;
  for (const auto& option : description_.options())
    option_names.push_back("--" + option->long_name());
  for (const std::string& name : names_) {
    all.add_options()(name.c_str(), po::value<std::string>(), "");
    places.add(name.c_str(), 1);
  }
  // Abbreviations are refused: --thr would otherwise be --threads until another option begins with
  // it.
  const int style = (po::command_line_style::unix_style & ~po::command_line_style::allow_guessing);
  try {
    po::store(po::command_line_parser(arguments).options(all).positional(places).style(style).run(),
              values_);
    po::notify(values_);
  } catch (const po::unknown_option& error) {
    const std::string near = config::nearest(error.get_option_name(), option_names).value_or("");
    throw UsageError(fmt::format("{}: unknown option {}{}\n{}", command_, error.get_option_name(),
                                 near.empty() ? "" : fmt::format("; did you mean {}?", near),
                                 usage()));
  } catch (const po::too_many_positional_options_error&) {
    throw UsageError(fmt::format("{}: too many arguments\n{}", command_, usage()));
  } catch (const po::error& error) {
    throw UsageError(fmt::format("{}: {}\n{}", command_, error.what(), usage()));
  }
  if (has("help")) {
    std::cout << usage() << "\n\n" << description_;
    return false;
  }
  for (std::size_t k = 0; k < required_; ++k)
    if (!has(names_[k]))
      throw UsageError(fmt::format("{}: {} is missing\n{}", command_, names_[k], usage()));
  return true;
}

void add_scenario_options(Options& options) {
  options.add()("set", po::value<std::vector<std::string>>()->composing(),
                "override a key of the scenario: --set market.agents=50 (may be repeated)")(
      "seed", po::value<std::string>(), "seed of all random numbers")(
      "trials", po::value<std::string>(), "independent repetitions");
}

bool is_from_standard_input(const Options& options) {
  return options.get<std::string>("FILE") == "-";
}

std::string output_beside_scenario(const Options& options, const std::string& ending) {
  if (options.has("output")) return options.get<std::string>("output");
  if (is_from_standard_input(options))
    throw UsageError(
        "the scenario comes from standard input and has no name: say with -o which file to write");
  return std::filesystem::path(options.get<std::string>("FILE")).stem().string() + ending;
}

config::Document scenario_document(const Options& options) {
  config::Document document = is_from_standard_input(options)
                                  ? config::Document::from_stream(std::cin, "standard input")
                                  : config::Document::from_file(options.get<std::string>("FILE"));
  if (options.has("set"))
    for (const std::string& assignment : options.get<std::vector<std::string>>("set"))
      document.set(assignment);
  for (const char* name : {"seed", "trials"})
    if (options.has(name)) {
      const std::string value = options.get<std::string>(name);
      document.set(fmt::format("{}={}", name, value), fmt::format("--{} {}", name, value));
    }
  return document;
}

std::string command_line() { return remembered(); }

void remember_command_line(int count, char** values) {
  remembered() = "gbid";
  for (int k = 1; k < count; ++k) remembered() += " " + quoted(values[k]);
}

}  // namespace gbid::cli
