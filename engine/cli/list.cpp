// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iostream>

#include "engine/cli/options.hpp"
#include "engine/cli/python.hpp"
#include "engine/cli/terminal.hpp"
#include "engine/config/document.hpp"
#include "engine/config/json_schema.hpp"
#include "engine/config/suggestion.hpp"
#include "engine/device/device.hpp"
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

/// A key of a list, with its place.
struct ListedKey {
  std::string path;
  /// What must be for the key to be there: 'market.structure = "cournot"', the outermost first.
  std::vector<std::string> kinds;
  const KeyInfo* key;
  std::string same_as;  ///< where the keys of its kinds stand already, if they do
};

/// The keys, each followed by those below it; those of kinds only where they come first.
class KeyList {
 public:
  explicit KeyList(const std::vector<KeyInfo>& keys) { add(keys, ""); }
  const std::vector<ListedKey>& all() const { return all_; }

 private:
  void add(const std::vector<KeyInfo>& keys, const std::string& path) {
    for (const KeyInfo& key : keys) {
      if (key.form == config::Form::kElsewhere) continue;
      const std::string name = path.empty() ? key.key : path + "." + key.key;
      all_.push_back({name, kinds_, &key, {}});
      if (key.form == config::Form::kTable) add(key.children, name);
      if (key.form == config::Form::kNamed) add(key.children, name + ".NAME");
      if (key.form == config::Form::kOneOf) add_kinds(key, name);
    }
  }

  void add_kinds(const KeyInfo& key, const std::string& path) {
    const bool have_keys = std::any_of(key.children.begin(), key.children.end(),
                                       [](const KeyInfo& kind) { return !kind.children.empty(); });
    if (!have_keys) return;
    // Keys of another kind of market, say, are no place to look at.
    const auto stands_here = [&](const ListedKey& first) {
      return first.key->children == key.children && first.kinds.size() <= kinds_.size() &&
             std::equal(first.kinds.begin(), first.kinds.end(), kinds_.begin());
    };
    const auto first = std::find_if(first_.begin(), first_.end(), stands_here);
    if (first != first_.end()) {
      all_.back().same_as = first->path;
      return;
    }
    first_.push_back(all_.back());
    for (const KeyInfo& kind : key.children) {
      kinds_.push_back(fmt::format("{}.{} = \"{}\"", path, key.tag, kind.key));
      add(kind.children, path);
      kinds_.pop_back();
    }
  }

  std::vector<ListedKey> all_;
  std::vector<std::string> kinds_;
  std::vector<ListedKey> first_;  // whose kinds' keys follow
};

void print_key(const ListedKey& listed, std::size_t indent) {
  const KeyInfo& key = *listed.key;
  const std::string fallback = key.required                ? "required"
                               : key.default_value.empty() ? ""
                                                           : "default " + key.default_value;
  std::cout << fmt::format("{:{}}{}\n{:{}}{}\n", "", indent, listed.path, "", indent + 4, key.help);
  const std::string type = type_of(key);
  if (!type.empty() || !fallback.empty())
    std::cout << fmt::format("{:{}}{}{}{}\n", "", indent + 4, type,
                             type.empty() || fallback.empty() ? "" : "; ", fallback);
  if (!listed.same_as.empty())
    std::cout << fmt::format("{:{}}with the keys of {}\n", "", indent + 4, listed.same_as);
}

/// @param path of a key, to list it and what is below it; empty: all.
/// @return whether there is such a key.
bool print_keys(const std::vector<KeyInfo>& keys, const std::string& path, std::size_t indent) {
  const KeyList list(keys);
  std::vector<std::string> kinds;  // that have been printed
  bool has_found = false;
  for (const ListedKey& listed : list.all()) {
    if (!path.empty() && listed.path != path && !listed.path.starts_with(path + ".")) continue;
    has_found = true;
    const auto known =
        std::mismatch(kinds.begin(), kinds.end(), listed.kinds.begin(), listed.kinds.end());
    for (auto kind = known.second; kind != listed.kinds.end(); ++kind)
      std::cout << fmt::format("{:{}}with {}:\n", "",
                               indent + 2 * static_cast<std::size_t>(kind - listed.kinds.begin()),
                               *kind);
    kinds = listed.kinds;
    print_key(listed, indent + 2 * kinds.size());
  }
  return has_found;
}

/// All keys of a scenario. `gbid run` reads one more word than the schema.
std::vector<KeyInfo> scenario_keys() {
  std::vector<KeyInfo> keys = scenario_schema().describe();
  for (KeyInfo& key : keys)
    if (key.key == "trials") key.type = "integer or \"auto\"";
  return keys;
}

/// The scenario files that come with the program, with their titles.
void list_scenarios() {
  namespace fs = std::filesystem;
  const fs::path folder = data_folder("scenarios");
  if (folder.empty())
    throw Error(ExitCode::kUnavailable, "the scenario files are not beside the program");
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.path().extension() == ".toml") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  TextTable table({"scenario", "title"});
  for (const fs::path& file : files) {
    const config::Document document = config::Document::from_file(file);
    table.add_row({file.string(), document.root()["title"].value_or(std::string())});
  }
  std::cout << table.render(stdout_is_terminal() ? terminal_columns() : 0, Paint::for_stdout());
}

void list_keys(const std::string& path) {
  const std::vector<KeyInfo> keys = scenario_keys();
  if (print_keys(keys, path, 0)) return;
  const KeyList list(keys);
  std::vector<std::string> known;
  for (const ListedKey& listed : list.all()) known.push_back(listed.path);
  throw UsageError(fmt::format("list: no {} in keys{}; gbid list keys shows them all", path,
                               config::did_you_mean(path, known)));
}

void print_entry(const KeyInfo& entry) {
  std::cout << fmt::format("{}\n    {}\n", entry.key, entry.help);
  if (!entry.children.empty()) std::cout << "  keys:\n";
  print_keys(entry.children, "", 2);
}

void print_summary(const Registered& kind) {
  TextTable table({kind.kind, kind.key});
  for (const KeyInfo& entry : kind.entries) table.add_row({entry.key, entry.help});
  std::cout << table.render(stdout_is_terminal() ? terminal_columns() : 0, Paint::for_stdout());
}

/// The CPU, and all cards with what they have.
void list_devices() {
  TextTable table({"device", "is"});
  table.add_row({"cpu", "all processors that --threads allows; the default"});
  const std::vector<Card> found = cards();
  for (std::size_t k = 0; k < found.size(); ++k)
    table.add_row(
        {fmt::format("cuda:{}", k),
         fmt::format("{}, compute capability {}.{}, {} multiprocessors, {:.1f} of {:.1f} "
                     "GB of memory free",
                     found[k].name, found[k].major, found[k].minor, found[k].multiprocessors,
                     found[k].free_bytes / 1e9, found[k].memory_bytes / 1e9)});
  std::cout << table.render(stdout_is_terminal() ? terminal_columns() : 0, Paint::for_stdout());
  if (const std::string why = why_no_card(); !why.empty()) std::cout << "No cuda: " << why << ".\n";
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
  options.flag("json-schema", "of keys: a JSON Schema of scenario files, for editors");
  options.positional({"KIND", "NAME"}, 0);
  if (!options.parse(arguments)) return ExitCode::kOk;
  const std::string kind_wanted = options.has("KIND") ? options.get<std::string>("KIND") : "";
  if (options.has("json-schema")) {
    if (kind_wanted != "keys" || options.has("NAME"))
      throw UsageError("list: --json-schema goes with keys: gbid list keys --json-schema");
    std::cout << config::json_schema("A scenario of gbid", scenario_keys());
    return ExitCode::kOk;
  }
  if (kind_wanted == "scenarios") {
    list_scenarios();
    return ExitCode::kOk;
  }
  const std::vector<Registered> kinds = registry();
  if (!options.has("KIND")) {
    for (const Registered& kind : kinds) {
      print_summary(kind);
      std::cout << "\n";
    }
    std::cout << "gbid list KIND NAME shows the keys of one; gbid list keys shows every key of a "
                 "scenario, gbid list keys KEY one; gbid list scenarios the files that come with "
                 "gbid, and gbid list devices what can compute steps.\n";
    return ExitCode::kOk;
  }
  std::string wanted = options.get<std::string>("KIND");
  if (wanted == "devices") {
    list_devices();
    return ExitCode::kOk;
  }
  if (wanted == "keys") {
    list_keys(options.has("NAME") ? options.get<std::string>("NAME") : "");
    return ExitCode::kOk;
  }
  // "mask" is accepted for "masks".
  const auto kind = std::find_if(kinds.begin(), kinds.end(), [&](const Registered& k) {
    return k.kind == wanted || k.kind == wanted + "s" || k.kind == wanted + "es";
  });
  if (kind == kinds.end()) {
    auto known = names_of(kinds, [](const Registered& k) { return k.kind; });
    known.emplace_back("keys");
    known.insert(known.end(), {"devices", "scenarios"});
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
