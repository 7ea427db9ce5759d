// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/cli/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <stdexcept>
#include <utility>

namespace gbid::cli {
namespace {

constexpr std::size_t kUsualColumns = 80;
/// A wrapped column narrower than this reads worse than a long line.
constexpr std::size_t kNarrowestColumn = 20;
constexpr std::string_view kGap = "  ";

bool is_terminal(int descriptor) {
  const char* term = std::getenv("TERM");
  return isatty(descriptor) != 0 && term != nullptr && std::string_view(term) != "dumb";
}

bool wants_no_color() {
  const char* value = std::getenv("NO_COLOR");
  return value != nullptr && *value != '\0';
}

/// A number with what people write around it: a sign, exponent, unit of per cent, or nan and inf.
bool looks_numeric(std::string_view cell) {
  if (cell.empty() || cell == "-") return true;
  if (cell.starts_with('+') || cell.starts_with('-')) cell.remove_prefix(1);
  if (cell == "nan" || cell == "inf") return true;
  if (cell.ends_with('%')) cell.remove_suffix(1);
  const bool has_digit = cell.find_first_of("0123456789") != std::string_view::npos;
  const bool begins =
      !cell.empty() && std::string_view("0123456789.").find(cell[0]) != std::string_view::npos;
  return has_digit && begins &&
         cell.find_first_not_of("0123456789.,eE+-_") == std::string_view::npos;
}

void append_padded(std::string& line, std::string_view cell, std::size_t width, bool to_right) {
  const std::size_t used = display_width(cell);
  const std::string padding(width > used ? width - used : 0, ' ');
  if (to_right) line += padding;
  line += cell;
  if (!to_right) line += padding;
}

/// The text in lines of at most that many columns, broken at blanks; a longer word keeps its line.
std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  std::string line;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    if (!line.empty() && display_width(line) + 1 + display_width(word) > width)
      lines.push_back(std::exchange(line, {}));
    if (!line.empty()) line += ' ';
    line += word;
  }
  lines.push_back(line);
  return lines;
}

void end_line(std::string& text) {
  while (text.ends_with(' ')) text.pop_back();
  text += '\n';
}

}  // namespace

bool stdout_is_terminal() { return is_terminal(STDOUT_FILENO); }
bool stderr_is_terminal() { return is_terminal(STDERR_FILENO); }

std::size_t terminal_columns() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kUsualColumns;
  return size.ws_col;
}

Paint Paint::for_stdout() { return Paint(stdout_is_terminal() && !wants_no_color()); }
Paint Paint::for_stderr() { return Paint(stderr_is_terminal() && !wants_no_color()); }

std::string Paint::operator()(Tone tone, std::string_view text) const {
  if (!is_on_ || text.empty()) return std::string(text);
  const auto code = [&]() -> std::string_view {
    switch (tone) {
      case Tone::kBold:
        return "1";
      case Tone::kDim:
        return "2";
      case Tone::kRed:
        return "31";
      case Tone::kGreen:
        return "32";
      case Tone::kYellow:
        return "33";
    }
    return "0";
  }();
  std::string painted = "\x1b[";
  painted.append(code).append("m").append(text).append("\x1b[0m");
  return painted;
}

std::string sparkline(std::span<const double> values, std::size_t columns) {
  constexpr std::array<const char*, 8> kBlocks = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  if (values.empty() || columns == 0) return "";
  double low = std::nan(""), high = low;
  for (const double value : values) low = std::fmin(low, value), high = std::fmax(high, value);
  std::string line;
  const std::size_t letters = std::min(columns, values.size());
  for (std::size_t k = 1; k <= letters; ++k) {
    const double value = values[values.size() * k / letters - 1];
    const double share = high > low ? (value - low) / (high - low) : 0.0;
    line += std::isnan(value) ? " " : kBlocks[static_cast<std::size_t>(std::lround(7.0 * share))];
  }
  return line;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b') {  // ESC [ ... m
      const std::size_t end = text.find('m', i);
      if (end == std::string_view::npos) return width;
      i = end;
    } else if ((static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U) {
      ++width;
    }
  }
  return width;
}

void TextTable::add_row(std::vector<std::string> cells) {
  if (cells.size() > headers_.size()) throw std::logic_error("a table row has too many cells");
  cells.resize(headers_.size());
  rows_.push_back(std::move(cells));
}

std::vector<std::size_t> TextTable::widths() const {
  std::vector<std::size_t> widths;
  for (std::size_t c = 0; c < headers_.size(); ++c) {
    widths.push_back(display_width(headers_[c]));
    for (const auto& row : rows_) widths[c] = std::max(widths[c], display_width(row[c]));
  }
  return widths;
}

bool TextTable::is_numeric(std::size_t column) const {
  bool has_number = false;
  for (const auto& row : rows_) {
    if (!looks_numeric(row[column])) return false;
    has_number = has_number || (!row[column].empty() && row[column] != "-");
  }
  return has_number;
}

std::string TextTable::render(std::size_t columns, const Paint& paint) const {
  if (headers_.empty()) return {};
  std::vector<std::size_t> width = widths();
  const std::size_t last = headers_.size() - 1;

  // 1. Narrow the last column to what the others leave of the line.
  std::size_t before = 0;
  for (std::size_t c = 0; c < last; ++c) before += width[c] + kGap.size();
  const std::size_t left = columns > before ? columns - before : 0;
  const bool is_wrapped = columns > 0 && !is_numeric(last) && width[last] > left;
  if (is_wrapped) width[last] = std::max({left, kNarrowestColumn, display_width(headers_[last])});

  // 2. The header and its rule.
  std::string text;
  for (std::size_t c = 0; c <= last; ++c) {
    std::string cell;
    append_padded(cell, headers_[c], width[c], is_numeric(c));
    if (c == last) cell.erase(cell.find_last_not_of(' ') + 1);
    text.append(c > 0 ? kGap : "").append(paint(Tone::kBold, cell));
  }
  end_line(text);
  for (std::size_t c = 0; c <= last; ++c) text.append(c > 0 ? kGap : "").append(width[c], '-');
  end_line(text);

  // 3. The rows; what is wrapped goes on below its own column.
  for (const auto& row : rows_) {
    for (std::size_t c = 0; c < last; ++c) {
      append_padded(text, row[c], width[c], is_numeric(c));
      text += kGap;
    }
    const auto lines = is_wrapped ? wrapped(row[last], width[last]) : std::vector{row[last]};
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (i > 0) text.append(before, ' ');
      append_padded(text, lines[i], width[last], is_numeric(last));
      end_line(text);
    }
  }
  return text;
}

}  // namespace gbid::cli
