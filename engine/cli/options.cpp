// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/cli/options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <charconv>
#include <cmath>
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

namespace po = boost::program_options;

/// Asks a subcommand for its options: `Options::parse` throws them.
constexpr const char* kDescribe = "--describe-options";

/// The whole text as a number; nothing if it is none.
template <class T>
std::optional<T> parsed(const std::string& text) {
  T value{};
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && rest == end ? std::optional(value) : std::nullopt;
}

std::optional<double> number_of(const std::string& text) {
  const auto value = parsed<double>(text);
  return value && std::isfinite(*value) ? value : std::nullopt;
}
std::optional<std::int64_t> integer_of(const std::string& text) {
  if (const auto value = parsed<std::int64_t>(text)) return value;
  constexpr double kExact = 9007199254740992.0;  // 2^53
  const auto value = number_of(text);
  if (!value || std::abs(*value) > kExact || *value != std::floor(*value)) return std::nullopt;
  return static_cast<std::int64_t>(*value);
}

}  // namespace

struct Options::Parser {
  std::string command;
  po::options_description description{"Options"};
  std::vector<std::string> names;  // of positional arguments
  std::size_t required = 0;
  bool is_repeated = false;  // the only positional argument
  std::vector<std::string> integers, numbers;
  po::variables_map values;

  void add(const char* name, const char* help, std::vector<std::string>* kind,
           const std::string& otherwise) {
    auto* value = po::value<std::string>();
    if (!otherwise.empty()) value->default_value(otherwise);
    description.add_options()(name, value, help);
    if (kind) kind->push_back(std::string(name).substr(0, std::string(name).find(',')));
  }
  std::string usage() const {
    const auto all = commands();
    const auto entry =
        std::find_if(all.begin(), all.end(), [&](const Command& c) { return command == c.name; });
    return fmt::format("usage: gbid {}", entry->usage);
  }
  OptionTable table() const {
    OptionTable all{{}, names};
    for (const auto& option : description.options()) {
      OptionTable::Row row{option->long_name(), 0, option->semantic()->max_tokens() > 0, "",
                           option->description()};
      const std::string letter =
          option->canonical_display_name(po::command_line_style::allow_dash_for_short);
      if (letter.size() == 2 && letter[0] == '-') row.letter = letter[1];
      boost::any otherwise;
      if (option->semantic()->apply_default(otherwise))
        row.default_value = boost::any_cast<std::string>(otherwise);
      all.rows.push_back(std::move(row));
    }
    return all;
  }
  void read(const Arguments& arguments) {
    po::options_description all = description;
    po::positional_options_description places;
    for (const std::string& name : names) {
      if (is_repeated)
        all.add_options()(name.c_str(), po::value<std::vector<std::string>>(), "");
      else
        all.add_options()(name.c_str(), po::value<std::string>(), "");
      places.add(name.c_str(), is_repeated ? -1 : 1);
    }
    // Abbreviations are refused: --thr would otherwise be --threads until another option begins
    // with it.
    const int style =
        (po::command_line_style::unix_style & ~po::command_line_style::allow_guessing);
    po::store(po::command_line_parser(arguments).options(all).positional(places).style(style).run(),
              values);
    po::notify(values);
  }
  /// A value that is no number where one is expected is a mistake before anything is done.
  void check_numbers() const {
    const auto refuse = [&](const std::string& name, const char* expected) {
      throw UsageError(fmt::format("{}: --{}: expected {}, got {}\n{}", command, name, expected,
                                   quoted(values[name].as<std::string>()), usage()));
    };
    for (const std::string& name : integers)
      if (values.count(name) > 0 && !integer_of(values[name].as<std::string>()))
        refuse(name, "a whole number");
    for (const std::string& name : numbers)
      if (values.count(name) > 0 && !number_of(values[name].as<std::string>()))
        refuse(name, "a number");
  }
};

OptionTable options_of(const Command& command) {
  try {
    command.run({kDescribe});
  } catch (const OptionTable& table) {
    return table;
  }
  throw Error(ExitCode::kInternal, fmt::format("{}: did not read its options", command.name));
}

Options::Options(std::string command) : parser_(std::make_unique<Parser>()) {
  parser_->command = std::move(command);
  flag("help,h", "show this text");
}

Options::~Options() = default;

Options& Options::flag(const char* name, const char* help) {
  parser_->description.add_options()(name, help);
  return *this;
}
Options& Options::text(const char* name, const char* help) {
  parser_->add(name, help, nullptr, "");
  return *this;
}
Options& Options::texts(const char* name, const char* help) {
  parser_->description.add_options()(name, po::value<std::vector<std::string>>()->composing(),
                                     help);
  return *this;
}
Options& Options::integer(const char* name, const char* help,
                          std::optional<std::int64_t> otherwise) {
  parser_->add(name, help, &parser_->integers, otherwise ? fmt::format("{}", *otherwise) : "");
  return *this;
}
Options& Options::number(const char* name, const char* help, std::optional<double> otherwise) {
  parser_->add(name, help, &parser_->numbers, otherwise ? fmt::format("{:g}", *otherwise) : "");
  return *this;
}

void Options::positional(std::vector<std::string> names, std::size_t required) {
  parser_->names = std::move(names);
  parser_->required = required;
}

void Options::positionals(std::string name, std::size_t required) {
  positional({std::move(name)}, required);
  parser_->is_repeated = true;
}

bool Options::parse(const Arguments& arguments) {
  const std::string &command = parser_->command, usage = parser_->usage();
  if (arguments == Arguments{kDescribe}) throw parser_->table();
  try {
    parser_->read(arguments);
  } catch (const po::unknown_option& error) {
    std::vector<std::string> known;
    for (const auto& option : parser_->description.options())
      known.push_back("--" + option->long_name());
    const std::string near = config::nearest(error.get_option_name(), known).value_or("");
    throw UsageError(fmt::format("{}: unknown option {}{}\n{}", command, error.get_option_name(),
                                 near.empty() ? "" : fmt::format("; did you mean {}?", near),
                                 usage));
  } catch (const po::too_many_positional_options_error&) {
    throw UsageError(fmt::format("{}: too many arguments\n{}", command, usage));
  } catch (const po::error& error) {
    throw UsageError(fmt::format("{}: {}\n{}", command, error.what(), usage));
  }
  if (has("help")) {
    std::cout << usage << "\n\n" << parser_->description;
    return false;
  }
  parser_->check_numbers();
  if (parser_->is_repeated) {
    const std::string& name = parser_->names.front();
    const std::size_t got = has(name) ? get<std::vector<std::string>>(name).size() : 0;
    if (got < parser_->required)
      throw UsageError(fmt::format("{}: expected {} or more of {}, got {}\n{}", command,
                                   parser_->required, name, got, usage));
    return true;
  }
  for (std::size_t k = 0; k < parser_->required; ++k)
    if (!has(parser_->names[k]))
      throw UsageError(fmt::format("{}: {} is missing\n{}", command, parser_->names[k], usage));
  return true;
}

bool Options::has(const std::string& name) const { return parser_->values.count(name) > 0; }

template <>
std::string Options::get(const std::string& name) const {
  return parser_->values[name].as<std::string>();
}
template <>
std::vector<std::string> Options::get(const std::string& name) const {
  return parser_->values[name].as<std::vector<std::string>>();
}
template <>
std::int64_t Options::get(const std::string& name) const {
  return integer_of(get<std::string>(name)).value();
}
template <>
double Options::get(const std::string& name) const {
  return number_of(get<std::string>(name)).value();
}

void add_scenario_options(Options& options) {
  options.texts("set", "override a key of the scenario: --set market.agents=50 (may be repeated)")
      .text("seed", "seed of all random numbers")
      .text("trials", "independent repetitions");
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
