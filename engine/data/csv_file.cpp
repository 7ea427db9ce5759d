// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <charconv>
#include <string_view>
#include <system_error>

#include "engine/core/error.hpp"
#include "engine/core/posix_file.hpp"
#include "engine/data/array_file.hpp"

namespace gbid {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

class CsvReader {
 public:
  CsvReader(const std::string& path, std::string_view text) : path_(path), text_(text) {}

  Array read() {
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (text_.substr(0, kByteOrderMark.size()) == kByteOrderMark) {
      text_.remove_prefix(kByteOrderMark.size());
    }
    while (!text_.empty()) {
      const std::size_t end = text_.find('\n');
      ++line_number_;
      read_line(text_.substr(0, end));
      text_.remove_prefix(end == std::string_view::npos ? text_.size() : end + 1);
    }
    if (rows_ == 0) throw DataError(path_ + ": holds no numbers");
    return {{rows_, columns_}, std::move(values_)};
  }

 private:
  void read_line(std::string_view line) {
    line_ = line;
    const std::string_view content = trimmed(line.substr(0, line.find('#')));
    if (content.empty()) return;
    if (separator_ == '\0') {  // the first row decides for the file
      separator_ = content.find(';') != std::string_view::npos   ? ';'
                   : content.find(',') != std::string_view::npos ? ','
                                                                 : ' ';
    }
    const std::int64_t columns = separator_ == ' ' ? read_words(content) : read_fields(content);
    if (rows_ > 0 && columns != columns_) {
      fail(content, "expected " + std::to_string(columns_) +
                        " numbers as in the rows before, got " + std::to_string(columns));
    }
    columns_ = columns;
    ++rows_;
  }

  std::int64_t read_words(std::string_view content) {
    std::int64_t columns = 0;
    while (!content.empty()) {
      std::size_t end = 0;
      while (end < content.size() && !is_blank(content[end])) ++end;
      read_number(content.substr(0, end));
      ++columns;
      content = trimmed(content.substr(end));
    }
    return columns;
  }

  std::int64_t read_fields(std::string_view content) {
    std::int64_t columns = 1;
    for (;; ++columns) {
      const std::size_t end = content.find(separator_);
      read_number(trimmed(content.substr(0, end)));
      if (end == std::string_view::npos) return columns;
      content.remove_prefix(end + 1);
    }
  }

  void read_number(std::string_view field) {
    if (field.empty()) fail(field, "expected a number, got nothing");
    std::string_view digits = field;
    if (digits.size() > 1 && digits[0] == '+' && digits[1] != '-') digits.remove_prefix(1);
    double value = 0.0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error == std::errc::result_out_of_range) {
      fail(field, "\"" + std::string(field) + "\" is beyond float64");
    }
    if (error != std::errc() || end != digits.data() + digits.size()) {
      constexpr std::size_t kShown = 40;
      fail(field, "expected a number, got \"" + std::string(field.substr(0, kShown)) + "\"");
    }
    values_.push_back(value);
  }

  [[noreturn]] void fail(std::string_view at, const std::string& reason) const {
    const std::ptrdiff_t column = at.data() - line_.data() + 1;
    throw DataError(path_ + ":" + std::to_string(line_number_) + ":" + std::to_string(column) +
                    ": " + reason);
  }

  const std::string& path_;
  std::string_view text_;
  std::string_view line_;
  std::int64_t line_number_ = 0;
  std::int64_t rows_ = 0;
  std::int64_t columns_ = 0;
  char separator_ = '\0';
  std::vector<double> values_;
};

}  // namespace

Array read_csv(const std::string& path) {
  const MappedFile file(path);
  const auto bytes = file.bytes();
  return CsvReader(path, {reinterpret_cast<const char*>(bytes.data()), bytes.size()}).read();
}

}  // namespace gbid
