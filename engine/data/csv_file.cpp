// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <algorithm>
#include <cctype>
#include <charconv>
#include <numeric>
#include <optional>
#include <string_view>
#include <system_error>

#include "engine/core/error.hpp"
#include "engine/data/array_file.hpp"
#include "engine/text/text_file.hpp"
#include "engine/text/utf8.hpp"

namespace gbid {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool has_only_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::string_view without_sign(std::string_view number) {
  const bool has_sign = number.starts_with('-') || number.starts_with('+');
  return has_sign ? number.substr(1) : number;
}

/// "0,5", "-12,25"
bool has_decimal_comma(std::string_view field) {
  const std::string_view digits = without_sign(field);
  const std::size_t comma = digits.find(',');
  return comma != std::string_view::npos && has_only_digits(digits.substr(0, comma)) &&
         has_only_digits(digits.substr(comma + 1));
}

/// Letters of any alphabet.
bool has_letter(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x80 || std::isalpha(byte) != 0;
  });
}

struct Number {
  double value = 0.0;
  bool is_number = false, is_beyond_float64 = false;
};

Number number_of(std::string_view field) {
  if (field.size() > 1 && field[0] == '+' && field[1] != '-') field.remove_prefix(1);
  Number number;
  const auto [end, error] =
      std::from_chars(field.data(), field.data() + field.size(), number.value);
  number.is_number = end == field.data() + field.size() && error != std::errc::invalid_argument;
  number.is_beyond_float64 = error == std::errc::result_out_of_range;
  return number;
}

/// The order of columns by the numbers that their names end in, if they differ in nothing else:
/// 1, 0, 2 of "agent_1,agent_0,agent_2". Empty where the names say no order, or this one.
std::vector<std::size_t> order_of(const std::vector<std::string>& names) {
  std::vector<std::int64_t> numbers;
  std::string stem;
  for (const std::string& name : names) {
    std::size_t begin = name.size();
    while (begin > 0 && is_digit(name[begin - 1])) --begin;
    std::int64_t number = 0;
    const auto [end, error] =
        std::from_chars(name.data() + begin, name.data() + name.size(), number);
    if (error != std::errc() || (!numbers.empty() && stem != name.substr(0, begin))) return {};
    stem = name.substr(0, begin);
    numbers.push_back(number);
  }
  std::vector<std::size_t> order(names.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return numbers[a] < numbers[b]; });
  const auto are_alike = [&](std::size_t a, std::size_t b) { return numbers[a] == numbers[b]; };
  const bool says_none = std::adjacent_find(order.begin(), order.end(), are_alike) != order.end();
  return says_none || std::is_sorted(order.begin(), order.end()) ? std::vector<std::size_t>{}
                                                                 : order;
}

class CsvReader {
 public:
  CsvReader(const std::string& path, std::string_view text) : path_(path), text_(text) {}

  Array read() {
    while (!text_.empty()) {
      const std::size_t end = text_.find('\n');
      ++line_number_;
      read_line(text_.substr(0, end));
      text_.remove_prefix(end == std::string_view::npos ? text_.size() : end + 1);
    }
    if (rows_ == 0) throw DataError(path_ + ": holds no numbers");
    put_in_order();
    return {
        {rows_, columns_}, std::move(values_), std::move(names_), may_be_decimals_ && rows_ > 1};
  }

 private:
  // A field without its quotes.
  struct Field {
    std::string_view text;
    bool is_quoted = false;
  };

  void read_line(std::string_view line) {
    line_ = line;
    const std::string_view content = trimmed(line.substr(0, find_outside_quotes(line, "#")));
    if (content.empty()) return;
    const bool is_first = separator_ == '\0';
    if (is_first)  // the first row decides for the file
      separator_ = find_outside_quotes(content, ";") < content.size()   ? ';'
                   : find_outside_quotes(content, ",") < content.size() ? ','
                                                                        : ' ';
    split(content);
    drop_trailing_separator(content, is_first);
    if (is_first && is_header()) return take_names();
    for (const Field& field : fields_) read_number(field);
    const auto columns = static_cast<std::int64_t>(fields_.size());
    if ((rows_ > 0 || !names_.empty()) && columns != columns_)
      fail(content, "expected " + std::to_string(columns_) + " numbers as in the " +
                        (rows_ > 0 ? "rows before" : "header") + ", got " +
                        std::to_string(columns));
    columns_ = columns;
    ++rows_;
    note_decimals(content);
  }

  /// Where one of `characters` first stands outside quotes; the length of the text if nowhere.
  static std::size_t find_outside_quotes(std::string_view text, std::string_view characters) {
    bool is_quoted = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
      if (text[at] == '"') is_quoted = !is_quoted;
      if (!is_quoted && characters.find(text[at]) != std::string_view::npos) return at;
    }
    return text.size();
  }

  void split(std::string_view content) {
    fields_.clear();
    const std::string_view ends = separator_ == ' ' ? " \t" : std::string_view(&separator_, 1);
    for (std::string_view rest = content;;) {
      const std::size_t end = find_outside_quotes(rest, ends);
      fields_.push_back(unquoted(trimmed(rest.substr(0, end))));
      if (end == rest.size()) return;
      rest.remove_prefix(end + 1);
      if (separator_ == ' ') rest = trimmed(rest);
    }
  }

  Field unquoted(std::string_view field) const {
    if (!field.starts_with('"')) return {field, false};
    if (field.size() < 2 || !field.ends_with('"'))
      fail(field, "expected a quote at the end of " + quoted_word(field));
    return {trimmed(field.substr(1, field.size() - 2)), true};
  }

  /// "1,2," has two fields, if all rows end so.
  void drop_trailing_separator(std::string_view content, bool is_first) {
    const bool is_trailing =
        fields_.size() > 1 && fields_.back().text.empty() && !fields_.back().is_quoted;
    if (is_first) has_trailing_ = is_trailing;
    if (has_trailing_ && !is_trailing)
      fail(content.substr(content.size()), std::string("expected '") + separator_ +
                                               "' at the end of the row as in the rows before");
    if (has_trailing_) fields_.pop_back();
  }

  /// Whether the row names its columns: no field is a number, and all have letters or are empty.
  bool is_header() const {
    return std::all_of(fields_.begin(), fields_.end(),
                       [](const Field& field) {
                         return !number_of(field.text).is_number &&
                                (field.text.empty() || has_letter(field.text));
                       }) &&
           std::any_of(fields_.begin(), fields_.end(),
                       [](const Field& field) { return !field.text.empty(); });
  }

  void take_names() {
    for (const Field& field : fields_) {
      if (field.text.empty())
        fail(
            field.text,
            "expected a name for every column, got none; leave out a column that numbers the rows");
      names_.emplace_back(field.text);
    }
    columns_ = static_cast<std::int64_t>(names_.size());
  }

  void read_number(const Field& field) {
    const Number number = number_of(field.text);
    if (field.text.empty()) fail(field.text, "expected a number, got nothing");
    if (number.is_beyond_float64)
      fail(field.text, "\"" + std::string(field.text) + "\" is beyond float64");
    if (!number.is_number)
      fail(field.text, std::string("expected a number") +
                           (has_decimal_comma(field.text) ? " with a decimal point" : "") +
                           ", got " + quoted_word(field.text));
    values_.push_back(number.value);
  }

  /// Keeps in mind whether all rows so far are like "0,5".
  void note_decimals(std::string_view content) {
    may_be_decimals_ = may_be_decimals_ && names_.empty() && fields_.size() == 2 &&
                       separator_ == ',' && has_decimal_comma(content);
  }

  /// Columns whose names are numbered stand in the order of the numbers.
  void put_in_order() {
    const std::vector<std::size_t> order = order_of(names_);
    if (order.empty()) return;
    const std::vector<std::string> names = names_;
    const std::vector<double> values = values_;
    for (std::size_t k = 0; k < values.size(); ++k)
      values_[k] = values[k - k % order.size() + order[k % order.size()]];
    for (std::size_t k = 0; k < order.size(); ++k) names_[k] = names[order[k]];
  }

  [[noreturn]] void fail(std::string_view at, const std::string& reason) const {
    const std::ptrdiff_t column = at.data() - line_.data() + 1;
    throw DataError(path_ + ":" + std::to_string(line_number_) + ":" + std::to_string(column) +
                    ": " + reason);
  }

  const std::string& path_;
  std::string_view text_, line_;
  std::int64_t line_number_ = 0, rows_ = 0, columns_ = 0;
  char separator_ = '\0';
  bool has_trailing_ = false, may_be_decimals_ = true;
  std::vector<Field> fields_;  // of the line
  std::vector<std::string> names_;
  std::vector<double> values_;
};

}  // namespace

Array read_csv(const std::string& path) {
  const TextFile file(path);
  return CsvReader(path, file.text()).read();
}

}  // namespace gbid
