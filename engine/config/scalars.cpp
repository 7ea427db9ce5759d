// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/config/scalars.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "engine/config/suggestion.hpp"

namespace gbid::config {
namespace {

/// A double holds every integer up to here, and not its successor.
constexpr std::int64_t kLastExact = std::int64_t{1} << std::numeric_limits<double>::digits;

std::string bounds(const std::string& low, const std::string& high) {
  return low.empty() || high.empty() ? low + high : low + " and " + high;
}

/// A bound as people write it: 0 rather than 0.0.
std::string plain(double number) {
  const std::string text = format_number(number);
  return text.ends_with(".0") ? text.substr(0, text.size() - 2) : text;
}

std::string expected(const std::string& noun, const std::string& range) {
  return "expected " + noun + (range.empty() ? "" : ' ' + range) + ", got ";
}

std::vector<std::string> first_of(const Names& names) {
  std::vector<std::string> list;
  for (const auto& [name, help] : names) list.push_back(name);
  return list;
}

template <class List>
Value to_array(const List& list) {
  Value::Array array;
  for (const auto& item : list) array.push_back(Value{item});
  return Value{std::move(array)};
}

/// Reads every element, so that every error is reported; keeps the old list if there was any.
template <class List, class ReadOne>
void read_elements(const toml::array& array, List& out, const Scope& scope, ReadOne read_one) {
  List list;
  for (std::size_t i = 0; i < array.size(); ++i)
    if (auto value = read_one(*array.get(i), scope.at(i))) list.push_back(std::move(*value));
  if (list.size() == array.size()) out = std::move(list);
}

}  // namespace

std::string to_text(const IntRange& range) {
  return bounds(range.min ? ">= " + std::to_string(*range.min) : "",
                range.max ? "<= " + std::to_string(*range.max) : "");
}

std::string to_text(const Range& range) {
  return bounds(range.min ? (range.min_open ? "> " : ">= ") + plain(*range.min) : "",
                range.max ? (range.max_open ? "< " : "<= ") + plain(*range.max) : "");
}

std::optional<std::int64_t> read_integer(const toml::node& node, const IntRange& range,
                                         const Scope& scope) {
  // 1e5 is as whole a number as 100000; a double holds every integer up to 2^53.
  const double number = node.is_floating_point() ? node.as_floating_point()->get() : 0.5;
  const bool is_whole =
      std::fabs(number) <= static_cast<double>(kLastExact) && number == std::floor(number);
  if (!node.is_integer() && !is_whole) {
    scope.fail(node, "expected an integer, got " + show(node));
    return std::nullopt;
  }
  const std::int64_t value =
      node.is_integer() ? node.as_integer()->get() : static_cast<std::int64_t>(number);
  if ((range.min && value < *range.min) || (range.max && value > *range.max)) {
    scope.fail(node, expected("an integer", to_text(range)) + show_value(node));
    return std::nullopt;
  }
  return value;
}

std::optional<double> read_number(const toml::node& node, const Range& range, const Scope& scope) {
  if (!node.is_number()) {
    scope.fail(node, "expected a number, got " + show(node));
    return std::nullopt;
  }
  if (const auto* integer = node.as_integer();
      integer && (integer->get() > kLastExact || integer->get() < -kLastExact)) {
    scope.fail(node, "expected a number, got " + show_value(node) +
                         ", an integer with more digits than a float holds; write it as a float");
    return std::nullopt;
  }
  const double value = node.is_integer() ? static_cast<double>(node.as_integer()->get())
                                         : node.as_floating_point()->get();
  if (!std::isfinite(value)) {
    scope.fail(node, "expected a finite number, got " + show_value(node));
    return std::nullopt;
  }
  const bool is_low = range.min && (value < *range.min || (range.min_open && value == *range.min));
  const bool is_high = range.max && (value > *range.max || (range.max_open && value == *range.max));
  if (is_low || is_high) {
    scope.fail(node, expected("a number", to_text(range)) + show_value(node));
    return std::nullopt;
  }
  return value;
}

std::optional<bool> read_boolean(const toml::node& node, const Scope& scope) {
  if (node.is_boolean()) return node.as_boolean()->get();
  scope.fail(node, "expected true or false, got " + show(node));
  return std::nullopt;
}

std::optional<std::string> read_text(const toml::node& node, const Scope& scope) {
  if (node.is_string()) return node.as_string()->get();
  scope.fail(node, "expected a string, got " + show(node));
  return std::nullopt;
}

std::optional<std::string> read_file_name(const toml::node& node, const Scope& scope) {
  const std::optional<std::string> text = read_text(node, scope);
  if (!text) return std::nullopt;
  if (text->empty() || text->find('\0') != std::string::npos) {
    scope.fail(node, "expected a file name, got " + show(node));
    return std::nullopt;
  }
  const std::filesystem::path given(*text);
  const std::filesystem::path folder = scope.document.directory();
  if (given.is_absolute() || folder.empty() || !scope.document.is_from_command_line(node))
    return text;
  std::error_code error;
  const std::filesystem::path relative =
      std::filesystem::absolute(given, error)
          .lexically_normal()
          .lexically_relative(std::filesystem::absolute(folder, error).lexically_normal());
  return error || relative.empty() ? text : relative.string();
}

std::optional<std::size_t> read_choice(const toml::node& node, const Names& names,
                                       const Scope& scope) {
  if (!node.is_string()) {
    scope.fail(node, "expected one of " + name_list(names) + ", got " + show(node));
    return std::nullopt;
  }
  const std::string& name = node.as_string()->get();
  const auto found = std::find_if(names.begin(), names.end(),
                                  [&](const auto& choice) { return choice.first == name; });
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  scope.fail(node, "expected one of " + name_list(names) + ", got " + show_value(node) +
                       did_you_mean(name, first_of(names)));
  return std::nullopt;
}

const toml::array* read_list(const toml::node& node, const std::string& expected_text,
                             const Scope& scope) {
  const toml::array* array = node.as_array();
  if (!array) scope.fail(node, "expected " + expected_text + ", got " + show(node));
  return array;
}

void NumberType::read(const toml::node& node, double& out, const Scope& scope) const {
  out = read_number(node, range, scope).value_or(out);
}

void NumberType::describe(KeyInfo& info, const double&) const {
  info.type = "number";
  info.range = to_text(range);
}

void BooleanType::read(const toml::node& node, bool& out, const Scope& scope) const {
  out = read_boolean(node, scope).value_or(out);
}

void TextType::read(const toml::node& node, std::string& out, const Scope& scope) const {
  if (auto text = read_text(node, scope)) out = std::move(*text);
}

void FileType::read(const toml::node& node, std::string& out, const Scope& scope) const {
  if (auto text = read_file_name(node, scope)) out = std::move(*text);
}

void IntegerListType::read(const toml::node& node, Member& out, const Scope& scope) const {
  if (const auto* array = read_list(node, "a list of integers", scope))
    read_elements(*array, out, scope, [&](const toml::node& item, const Scope& at) {
      return read_integer(item, each, at);
    });
}

std::optional<Value> IntegerListType::write(const Member& values) const { return to_array(values); }

void IntegerListType::describe(KeyInfo& info, const Member&) const {
  info.type = "list of integers";
  info.range = to_text(each);
}

void NumberListType::read(const toml::node& node, Member& out, const Scope& scope) const {
  if (const auto* array = read_list(node, "a list of numbers", scope))
    read_elements(*array, out, scope, [&](const toml::node& item, const Scope& at) {
      return read_number(item, each, at);
    });
}

std::optional<Value> NumberListType::write(const Member& values) const { return to_array(values); }

void NumberListType::describe(KeyInfo& info, const Member&) const {
  info.type = "list of numbers";
  info.range = to_text(each);
}

void TextListType::read(const toml::node& node, Member& out, const Scope& scope) const {
  const auto* array = read_list(node, "a list of strings", scope);
  if (!array) return;
  read_elements(*array, out, scope,
                [&](const toml::node& item, const Scope& at) -> std::optional<std::string> {
                  if (allowed.empty()) return read_text(item, at);
                  const auto index = read_choice(item, allowed, at);
                  return index ? std::optional(allowed[*index].first) : std::nullopt;
                });
}

std::optional<Value> TextListType::write(const Member& values) const { return to_array(values); }

void TextListType::describe(KeyInfo& info, const Member&) const {
  info.type = "list of strings";
  info.choices = allowed;
}

}  // namespace gbid::config
