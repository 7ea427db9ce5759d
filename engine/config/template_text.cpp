// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/config/template_text.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace gbid::config {
namespace {

/// Explanations are wrapped to this many columns.
constexpr std::size_t kColumns = 96;

/// A paragraph as comment lines; every line but the first is indented further.
std::string comment(std::string_view text, std::size_t indent = 0) {
  if (text.empty()) return {};
  std::string lines;
  std::string line = "# " + std::string(indent, ' ');
  bool is_empty = true;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find_first_of(" \n"));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    if (!is_empty && line.size() + 1 + word.size() > kColumns) {
      lines += line + '\n';
      line = "# " + std::string(indent > 0 ? indent + 4 : 0, ' ');
      is_empty = true;
    }
    if (!is_empty) line += ' ';
    line += word;
    is_empty = false;
  }
  return lines + line + '\n';
}

/// "number > 0; default 0.05"
std::string facts(const KeyInfo& info) {
  std::string text = info.type;
  if (!info.range.empty()) text += ' ' + info.range;
  if (info.required) text += "; required";
  if (info.optional) text += "; optional";
  if (!info.default_value.empty() && !info.required && info.form == Form::kScalar)
    text += "; default " + info.default_value;
  return text;
}

std::string choice_lines(const KeyInfo& info) {
  std::string text;
  for (const auto& [name, help] : info.choices)
    text += comment(help.empty() ? name : name + ": " + help, 2);
  return text;
}

std::string kind_lines(const KeyInfo& info) {
  std::string text;
  for (const KeyInfo& kind : info.children) {
    text += comment(kind.help.empty() ? kind.key : kind.key + ": " + kind.help, 2);
    for (const KeyInfo& key : kind.children)
      text += comment(key.key + " (" + facts(key) + "): " + key.help, 6);
  }
  return text;
}

class Writer {
 public:
  std::string text;

  /// @param is_live  false where the whole table is commented out.
  void table(const std::vector<KeyInfo>& keys, const ValueTable* current,
             const ValueTable* defaults, const std::string& path, bool is_live) {
    for (const KeyInfo& info : keys)
      if (info.form == Form::kScalar ||
          (info.form == Form::kOneOf && !is_section(find(current, info.key))))
        line(info, find(current, info.key), find(defaults, info.key), is_live);
    for (const KeyInfo& info : keys) {
      const Value* value = find(current, info.key);
      const Value* base = find(defaults, info.key);
      const std::string name = format_key(info.key);
      const std::string full = path.empty() ? name : path + '.' + name;
      if (info.form == Form::kElsewhere) text += '\n' + comment(info.key + ": " + info.help);
      if (info.form == Form::kOneOf && is_section(value))
        section(info, *value->table(), full, is_live);
      // A table that this document does without is none of its reader's business.
      const bool is_absent = info.optional && !value && path.empty();
      if (info.form == Form::kTable && !is_absent) sub_table(info, value, base, full, is_live);
      if (info.form == Form::kNamed) named(info, value, base, full, is_live);
    }
  }

 private:
  /// A kind with tables of its own stands under a [header] rather than on one line.
  static bool is_section(const Value* value) {
    return value && value->table() && !value->table()->is_inline;
  }

  static const Value* find(const ValueTable* table, const std::string& key) {
    return table ? table->find(key) : nullptr;
  }
  static const ValueTable* table_of(const Value* value) { return value ? value->table() : nullptr; }

  void line(const KeyInfo& info, const Value* value, const Value* base, bool is_live) {
    if (!std::exchange(is_after_header_, false)) text += '\n';
    text += comment(info.help.empty() ? facts(info) : info.help + " (" + facts(info) + ')');
    text += info.form == Form::kOneOf ? kind_lines(info) : choice_lines(info);
    const bool is_default = !value || (base && *value == *base);
    const bool is_commented = !is_live || (is_default && !(info.required && value));
    const std::string shown = value ? format(*value) : example(info);
    append_line(info.key, shown, !is_commented);
  }

  void append_line(const std::string& key, const std::string& value, bool is_live) {
    if (!is_live) text += '#';
    text += format_key(key);
    text += " = ";
    text += value;
    text += '\n';
  }

  /// What to show for a key that has no value.
  static std::string example(const KeyInfo& info) {
    if (!info.default_value.empty()) return info.default_value;
    return info.choices.empty() ? "..." : quote(info.choices.front().first);
  }

  void header(const std::string& path, bool is_live) {
    text += (is_live ? "[" : "#[") + path + "]\n";
    is_after_header_ = true;
  }

  void sub_table(const KeyInfo& info, const Value* value, const Value* base,
                 const std::string& path, bool is_live) {
    const bool is_present = is_live && (value != nullptr || !info.optional);
    text += '\n' + comment(info.optional ? info.help + " (optional)" : info.help);
    if (value && !value->table()) {  // a shorthand says it all
      ValueTable whole{{{info.children.front().key, *value}}, false};
      const Value as_table{std::move(whole)};
      return sub_table_body(info, as_table.table(), nullptr, path, is_present);
    }
    sub_table_body(info, table_of(value), table_of(base), path, is_present);
  }

  void sub_table_body(const KeyInfo& info, const ValueTable* value, const ValueTable* base,
                      const std::string& path, bool is_live) {
    header(path, is_live);
    table(info.children, value, base, path, is_live);
  }

  /// A one_of whose value is a whole section: its tag, then the keys of that kind.
  void section(const KeyInfo& info, const ValueTable& value, const std::string& path,
               bool is_live) {
    text += '\n' + comment(info.help);
    header(path, is_live);
    const Entry& tag = value.entries.front();
    text += choice_lines(info);
    append_line(tag.key, format(tag.value), is_live);
    is_after_header_ = false;
    for (const KeyInfo& kind : info.children)
      if (Value{kind.key} == tag.value) table(kind.children, &value, nullptr, path, is_live);
  }

  void named(const KeyInfo& info, const Value* value, const Value* base, const std::string& path,
             bool is_live) {
    text += '\n' + comment(info.help);
    text += choice_lines(info);
    const ValueTable* entries = table_of(value);
    const bool is_default = !value || (base && *value == *base);
    const bool is_present = is_live && (!is_default || info.required);
    const bool is_empty = !entries || entries->entries.empty();
    if (is_empty && is_present) header(path, true);
    if (is_empty) {
      const std::string name = info.choices.empty() ? "NAME" : info.choices.front().first;
      return sub_table_body(info, nullptr, nullptr, path + '.' + name, false);
    }
    named_entries(info, *entries, path, is_present);
  }

  void named_entries(const KeyInfo& info, const ValueTable& list, const std::string& path,
                     bool is_live) {
    bool has_header = false;
    for (const Entry& entry : list.entries) {
      if (entry.value.table()) continue;
      if (!std::exchange(has_header, true)) header(path, is_live);
      append_line(entry.key, format(entry.value), is_live);
    }
    for (const Entry& entry : list.entries) {
      if (!entry.value.table()) continue;
      const std::string name = path + '.' + format_key(entry.key);
      sub_table_body(info, entry.value.table(), nullptr, name, is_live);
    }
  }

  bool is_after_header_ = false;
};

}  // namespace

std::string template_text(const std::string& help, const std::vector<KeyInfo>& keys,
                          const ValueTable& current, const ValueTable& defaults) {
  Writer writer;
  writer.text = comment(help);
  writer.table(keys, &current, &defaults, "", true);
  return std::move(writer.text);
}

}  // namespace gbid::config
