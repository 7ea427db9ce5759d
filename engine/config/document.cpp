// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/config/document.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <istream>
#include <string_view>
#include <utility>

#include "engine/config/toml_scan.hpp"
#include "engine/config/value.hpp"
#include "engine/core/error.hpp"
#include "engine/text/text_file.hpp"

namespace gbid::config {
namespace {

constexpr std::string_view kOption = "--set ";

std::string place(const std::string& name, std::uint32_t line, std::uint32_t column) {
  return name + ':' + std::to_string(line) + ':' + std::to_string(column);
}

/// toml++ says "Error while parsing X: ..."; control characters are made visible.
std::string readable(std::string_view description) {
  constexpr std::string_view kPrefix = "Error ";
  if (description.starts_with(kPrefix)) description.remove_prefix(kPrefix.size());
  std::string text;
  for (const char letter : description)
    text +=
        static_cast<unsigned char>(letter) < 0x20 ? excerpt({&letter, 1}) : std::string(1, letter);
  return text;
}

void refuse_if_large(const std::string& text, const std::string& name) {
  if (text.size() > kMaxDocumentBytes)
    throw ScenarioError(name + ": larger than a scenario may be (1 MiB)");
}

toml::table parse(const std::string& text, const std::string& name) {
  refuse_if_large(text, name);
  if (const ScanFault fault = scan_document(text))
    throw ScenarioError(place(name, fault.line, fault.column) +
                        ": not valid TOML: " + fault.message);
  try {
    return toml::parse(text, name);
  } catch (const toml::parse_error& error) {
    const toml::source_position begin = error.source().begin;
    throw ScenarioError(place(name, begin.line, begin.column) +
                        ": not valid TOML: " + readable(error.description()));
  }
}

/// One byte more than a scenario may have, at most.
std::string read_bytes(std::istream& stream) {
  constexpr std::size_t kPiece = std::size_t{1} << 14;
  std::string bytes;
  while (stream && bytes.size() <= kMaxDocumentBytes) {
    const std::size_t before = bytes.size(),
                      size = std::min(kPiece, kMaxDocumentBytes + 1 - before);
    bytes.resize(before + size);
    stream.read(bytes.data() + before, static_cast<std::streamsize>(size));
    bytes.resize(before + static_cast<std::size_t>(stream.gcount()));
  }
  return bytes;
}

std::string read_file(const std::filesystem::path& path) {
  const auto missing = [&](const std::string& reason) {
    return MissingInputError(path.string() + ": cannot be read: " + reason);
  };
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) throw missing("it is a folder");
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) throw missing(errno != 0 ? std::strerror(errno) : "unknown reason");
  std::string bytes = read_bytes(file);
  if (file.bad()) throw missing(errno != 0 ? std::strerror(errno) : "unknown reason");
  return bytes;
}

/// @throws ScenarioError if it is larger than a scenario may be, or is not text.
std::string scenario_text(const std::string& bytes, const std::string& name) {
  refuse_if_large(bytes, name);
  try {
    return plain_text(bytes, name);
  } catch (const DataError& error) {
    throw ScenarioError(error.what());
  }
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Offset of the first '=' outside quotes.
std::size_t find_equals(std::string_view text) {
  char open = '\0';
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (open != '\0') {
      if (text[i] == open) open = '\0';
    } else if (text[i] == '"' || text[i] == '\'') {
      open = text[i];
    } else if (text[i] == '=') {
      return i;
    }
  }
  return std::string_view::npos;
}

/// One override as a table of tables down to the value, every node placed at the option.
struct Assignment {
  std::string option;  ///< "--set market.agents=50"
  toml::table branch;
  std::size_t parts = 1;  ///< of the dotted key
};

Assignment parse_assignment(const std::string& text, const std::string& given) {
  const std::string option = given.empty() ? std::string(kOption) + excerpt(text) : given;
  const std::size_t equals = find_equals(text);
  if (equals == std::string::npos) throw UsageError(option + ": expected KEY=VALUE");
  const std::string key(trimmed(std::string_view(text).substr(0, equals)));
  std::string value(trimmed(std::string_view(text).substr(equals + 1)));
  if (text.size() > kMaxDocumentBytes) throw UsageError(option + ": longer than 1 MiB");
  if (const ScanFault fault = scan_key(key))
    throw UsageError(option + ": not a key: " + fault.message);
  if (value.empty()) throw UsageError(option + ": expected a value after '='");
  if (const ScanFault fault = scan_value(value)) {
    const bool is_word = std::string_view("[{\"'").find(value[0]) == std::string_view::npos;
    if (!is_word) throw UsageError(option + ": not a TOML value: " + fault.message);
    value = quote(value);
  }
  try {
    Assignment assignment{option, toml::parse(key + " = " + value, option), 1};
    // The parts of the key are the tables of one entry around the value; count them with a plain
    // value.
    const toml::table plain = toml::parse(key + " = 0");
    const toml::node* node = &plain.begin()->second;
    for (; node->is_table(); node = &node->as_table()->begin()->second) ++assignment.parts;
    return assignment;
  } catch (const toml::parse_error& error) {
    throw UsageError(option + ": not a TOML value: " + readable(error.description()));
  }
}

/// Puts the one entry of `branch` into `target`; `parts` is what is left of the dotted key.
void graft(toml::table& target, toml::table& branch, std::size_t parts, const std::string& option) {
  const auto entry = branch.begin();  // its reference lives as long as the iterator
  const toml::key& key = entry->first;
  toml::node& node = entry->second;
  toml::node* existing = target.get(key.str());
  if (parts == 1 || existing == nullptr) {
    target.insert_or_assign(key, std::move(node));
    return;
  }
  toml::table& below = *node.as_table();
  if (toml::table* table = existing->as_table()) return graft(*table, below, parts - 1, option);
  if (!existing->is_string())
    throw UsageError(option + ": " + std::string(key.str()) + " is " + show(*existing) +
                     ", not a table");
  if (below.get("kind") == nullptr) below.insert_or_assign("kind", std::move(*existing));
  target.insert_or_assign(key, std::move(below));
}

}  // namespace

Document Document::from_file(const std::filesystem::path& path) {
  return from_text(scenario_text(read_file(path), path.string()), path.string(),
                   path.parent_path());
}

Document Document::from_stream(std::istream& stream, std::string name) {
  std::string text = scenario_text(read_bytes(stream), name);
  if (stream.bad()) throw MissingInputError(name + ": cannot be read");
  return from_text(std::move(text), std::move(name));
}

Document Document::from_text(std::string text, std::string name, std::filesystem::path directory) {
  Document document;
  document.text_ = std::move(text);
  document.name_ = std::move(name);
  document.directory_ = std::move(directory);
  document.root_ = std::make_unique<toml::table>(parse(document.text_, document.name_));
  return document;
}

Document::Document(const Document& other)
    : text_(other.text_),
      name_(other.name_),
      directory_(other.directory_),
      root_(std::make_unique<toml::table>(parse(text_, name_))) {
  for (std::size_t k = 0; k < other.overrides_.size(); ++k)
    set(other.overrides_[k], other.options_[k]);
}

Document& Document::operator=(const Document& other) {
  if (this != &other) *this = Document(other);
  return *this;
}

void Document::set(const std::string& assignment, const std::string& option) {
  Assignment parsed = parse_assignment(assignment, option);
  graft(*root_, parsed.branch, parsed.parts, parsed.option);
  overrides_.push_back(assignment);
  options_.push_back(parsed.option);
}

bool Document::is_from_command_line(const toml::node& node) const {
  const toml::source_path_ptr& path = node.source().path;
  return path && *path != name_;
}

std::string Document::where(const toml::source_region& source) const {
  if (source.path && *source.path != name_) return *source.path;
  if (source.begin.line == 0) return name_;
  return place(name_, source.begin.line, source.begin.column);
}

}  // namespace gbid::config
