// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <toml++/toml.h>

#include <filesystem>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

namespace gbid::config {

/// A parsed TOML file with the overrides of the command line on top; remembers where every value
/// came from. Immutable but for `set`; a copy is independent (it parses again, since toml++ copies
/// lose places).
class Document {
 public:
  /// @throws MissingInputError if the file cannot be read, ScenarioError (with the place) if it is
  /// not TOML or larger than 1 MiB.
  static Document from_file(const std::filesystem::path& path);

  /// The same from a stream, such as standard input; `name` stands for the file in messages, and
  /// files that it names are relative to the working directory.
  static Document from_stream(std::istream& stream, std::string name);

  /// @param name  stands for the file in messages.  @param directory  that files it names are
  /// relative to.  @throws ScenarioError if the text is not TOML.
  static Document from_text(std::string text, std::string name,
                            std::filesystem::path directory = {});

  Document(const Document& other);
  Document& operator=(const Document& other);
  Document(Document&&) noexcept = default;
  Document& operator=(Document&&) noexcept = default;
  ~Document() = default;

  /// Overrides one key: "market.agents=50". The value is TOML; a word that is not (mask=relu) is a
  /// string. Tables are created on the way, and a name in the way becomes a table of that kind:
  /// with learner = "adam", "learner.rate=0.1" makes { kind = "adam", rate = 0.1 }. A later
  /// override wins; a whole table is replaced.
  /// @throws UsageError if it is not KEY=VALUE or leads through a number or a list.
  /// @param option  what the user typed, for messages; empty: "--set ASSIGNMENT".
  void set(const std::string& assignment, const std::string& option = {});

  const toml::table& root() const { return *root_; }
  const std::string& name() const { return name_; }
  /// As it was read, without the overrides.
  const std::string& text() const { return text_; }
  const std::vector<std::string>& overrides() const { return overrides_; }
  /// What messages call the overrides, in the order given: "--set market.agents=50".
  const std::vector<std::string>& options() const { return options_; }

  /// Files that the scenario names are relative to this folder (empty: the working directory).
  std::filesystem::path directory() const { return directory_; }

  /// "file:line:column", "--set key=value", or "file" for what stands nowhere.
  std::string where(const toml::node& node) const { return where(node.source()); }
  std::string where(const toml::key& key) const { return where(key.source()); }
  bool is_from_command_line(const toml::node& node) const;

 private:
  Document() = default;
  std::string where(const toml::source_region& source) const;

  std::string text_;
  std::string name_;
  std::filesystem::path directory_;
  std::vector<std::string> overrides_;
  std::vector<std::string> options_;
  std::unique_ptr<toml::table> root_;
};

}  // namespace gbid::config
