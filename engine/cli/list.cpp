// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <fmt/format.h>

#include <algorithm>
#include <iostream>

#include "engine/cli/options.hpp"
#include "engine/cli/terminal.hpp"
#include "engine/config/suggestion.hpp"
#include "scenarios/loading/catalogue.hpp"

namespace gbid::cli {
namespace {

using config::KeyInfo;

std::string type_of(const KeyInfo& key) {
  std::string text = key.type;
  if (!key.choices.empty()) {
    text = key.type == "one of" || key.type == "choice" ? "" : key.type + " of ";
    for (std::size_t k = 0; k < key.choices.size(); ++k)
      text += (k ? " | " : "") + key.choices[k].first;
  }
  if (!key.range.empty()) text += " " + key.range;
  return text;
}

void print_keys(const std::vector<KeyInfo>& keys, const std::string& path, int depth) {
  for (const KeyInfo& key : keys) {
    if (key.form == config::Form::kElsewhere) continue;
    const std::string name = path.empty() ? key.key : path + "." + key.key;
    const std::string fallback = key.required                ? "required"
                                 : key.default_value.empty() ? ""
                                                             : "default " + key.default_value;
    std::cout << fmt::format("{:{}}{}\n{:{}}{}\n", "", 2 * depth, name, "", 2 * depth + 4,
                             key.help);
    const std::string type = type_of(key);
    if (!type.empty() || !fallback.empty())
      std::cout << fmt::format("{:{}}{}{}{}\n", "", 2 * depth + 4, type,
                               type.empty() || fallback.empty() ? "" : "; ", fallback);
    if (key.form == config::Form::kTable) print_keys(key.children, name, depth);
    if (key.form == config::Form::kNamed) print_keys(key.children, name + ".NAME", depth);
  }
}

void print_entry(const KeyInfo& entry) {
  std::cout << fmt::format("{}\n    {}\n", entry.key, entry.help);
  if (!entry.children.empty()) std::cout << "  keys:\n";
  print_keys(entry.children, "", 1);
}

void print_summary(const Registered& kind) {
  TextTable table({kind.kind, kind.key});
  for (const KeyInfo& entry : kind.entries) table.add_row({entry.key, entry.help});
  std::cout << table.render(stdout_is_terminal() ? terminal_columns() : 0, Paint::for_stdout());
}

template <class Items, class Name>
std::vector<std::string> names_of(const Items& items, Name name) {
  std::vector<std::string> names;
  for (const auto& item : items) names.push_back(name(item));
  return names;
}

}  // namespace

ExitCode list_command(const Arguments& arguments) {
  Options options("list");
  options.positional({"KIND", "NAME"}, 0);
  if (!options.parse(arguments)) return ExitCode::kOk;
  const std::vector<Registered> kinds = registry();
  if (!options.has("KIND")) {
    for (const Registered& kind : kinds) {
      print_summary(kind);
      std::cout << "\n";
    }
    std::cout << "gbid list KIND NAME shows the keys of one; gbid list keys shows every key of a "
                 "scenario.\n";
    return ExitCode::kOk;
  }
  std::string wanted = options.get<std::string>("KIND");
  if (wanted == "keys") {
    print_keys(scenario_schema().describe(), "", 0);
    return ExitCode::kOk;
  }
  // "mask" is accepted for "masks".
  const auto kind = std::find_if(kinds.begin(), kinds.end(), [&](const Registered& k) {
    return k.kind == wanted || k.kind == wanted + "s" || k.kind == wanted + "es";
  });
  if (kind == kinds.end()) {
    auto known = names_of(kinds, [](const Registered& k) { return k.kind; });
    known.emplace_back("keys");
    throw UsageError(fmt::format("list: unknown kind {}{} (known: {})", wanted,
                                 config::did_you_mean(wanted, known), fmt::join(known, ", ")));
  }
  if (!options.has("NAME")) {
    std::cout << fmt::format("{} ({})\n\n", kind->kind, kind->key);
    for (const KeyInfo& entry : kind->entries) print_entry(entry);
    return ExitCode::kOk;
  }
  wanted = options.get<std::string>("NAME");
  const auto entry = std::find_if(kind->entries.begin(), kind->entries.end(),
                                  [&](const KeyInfo& info) { return info.key == wanted; });
  if (entry == kind->entries.end()) {
    const auto known = names_of(kind->entries, [](const KeyInfo& info) { return info.key; });
    throw UsageError(fmt::format("list: no {} in {}{} (known: {})", wanted, kind->kind,
                                 config::did_you_mean(wanted, known), fmt::join(known, ", ")));
  }
  print_entry(*entry);
  return ExitCode::kOk;
}

}  // namespace gbid::cli
