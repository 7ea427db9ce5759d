// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/graph/read.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <string_view>
#include <system_error>

#include "engine/core/error.hpp"
#include "engine/text/text_file.hpp"
#include "engine/text/utf8.hpp"

namespace gbid::graph {
namespace {

bool is_separator(char c) { return c == ' ' || c == '\t' || c == ','; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_separator(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_separator(text.back())) text.remove_suffix(1);
  return text;
}

template <class T>
std::optional<T> whole_number(std::string_view word) {
  T value{};
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return value;
}

/// The number behind 'weight': in networkx's attributes; none if they do not have it.
std::optional<double> weight_of(std::string_view attributes) {
  for (const std::string_view key : {"'weight':", "\"weight\":"}) {
    const std::size_t at = attributes.find(key);
    if (at == std::string_view::npos) continue;
    const std::string_view rest = trimmed(attributes.substr(at + key.size()));
    return whole_number<double>(trimmed(rest.substr(0, rest.find_first_of(",}"))))
        .value_or(std::nan(""));
  }
  return std::nullopt;
}

class EdgeListReader {
 public:
  EdgeListReader(const std::string& path, Index agents, FileWeights weights)
      : path_(path), agents_(agents), weights_(weights) {}

  Topology read(std::string_view text) {
    while (!text.empty()) {
      const std::size_t end = text.find('\n');
      ++line_number_;
      try {
        read_line(text.substr(0, end));
      } catch (const DataError& error) {
        throw DataError(fmt::format("{}:{}: {}", path_, line_number_, error.what()));
      }
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return {agents_, std::move(links_)};
  }

 private:
  enum Column { kFrom, kTo, kWeight, kColumns };

  void read_line(std::string_view line) {
    const std::string_view content = trimmed(line.substr(0, line.find('#')));
    if (content.empty()) return;
    // 1. Its words, and what networkx writes behind them.
    const std::size_t brace = std::min(content.find('{'), content.size());
    const std::string_view attributes = content.substr(brace);
    split(content.substr(0, brace));
    if (!has_begun_ && take_header()) return;
    has_begun_ = true;
    // 2. The link.
    const std::size_t columns = attributes.empty() ? kColumns : kWeight;
    if (words_.size() < 2 || words_.size() > columns ||
        !(attributes.empty() || attributes.ends_with('}')))
      fail_at(content);
    const auto from = whole_number<Index>(words_[places_[kFrom]]),
               to = whole_number<Index>(words_[places_[kTo]]);
    if (!from || !to) fail_at(content);
    for (const Index agent : {*from, *to})
      if (agent < 0 || agent >= agents_)
        throw DataError(fmt::format("expected agents from 0 to {}, got {}", agents_ - 1, agent));
    // 3. Its weight.
    std::optional<double> weight = weight_of(attributes);
    if (words_.size() == kColumns) weight = whole_number<double>(words_[places_[kWeight]]);
    if (words_.size() == kColumns && !weight) fail_at(content);
    weights_.add(weight);
    // Repeats are harmless, but must not take memory without end.
    if (static_cast<double>(links_.size()) >=
        static_cast<double>(agents_) * static_cast<double>(agents_))
      throw DataError(fmt::format("more links than {} agents have pairs", agents_));
    links_.push_back({*from, *to});
  }

  void split(std::string_view content) {
    words_.clear();
    for (content = trimmed(content); !content.empty(); content = trimmed(content)) {
      const auto end = std::find_if(content.begin(), content.end(), is_separator);
      words_.push_back(content.substr(0, static_cast<std::size_t>(end - content.begin())));
      content.remove_prefix(words_.back().size());
    }
  }

  /// Takes the words as names of columns, if they are.
  bool take_header() {
    constexpr std::array<std::array<std::string_view, 4>, kColumns> kNames{
        {{"source", "from", "src", "tail"}, {"target", "to", "dst", "head"}, {"weight"}}};
    std::array<std::size_t, kColumns> places{};
    int known = 0;
    for (std::size_t k = 0; k < words_.size(); ++k)
      for (std::size_t column = 0; column < kColumns; ++column)
        for (const std::string_view name : kNames[column])
          if (!name.empty() &&
              std::equal(words_[k].begin(), words_[k].end(), name.begin(), name.end(),
                         [](unsigned char a, char b) { return std::tolower(a) == b; })) {
            places[column] = k;
            known |= 1 << column;
          }
    constexpr int kBothAgents = 1 << kFrom | 1 << kTo;
    const bool has_weight = (known & 1 << kWeight) != 0;
    if ((known & kBothAgents) != kBothAgents || words_.size() != (has_weight ? 3U : 2U))
      return false;
    places_ = places;
    has_begun_ = true;
    return true;
  }

  [[noreturn]] void fail_at(std::string_view content) const {
    throw DataError(
        fmt::format("expected two agents such as \"0 3\", got {}", quoted_word(content)));
  }

  const std::string& path_;
  Index agents_;
  WeightCheck weights_;
  Index line_number_ = 0;
  bool has_begun_ = false;
  std::array<std::size_t, kColumns> places_{kFrom, kTo, kWeight};
  std::vector<std::string_view> words_;  // of the line
  std::vector<Link> links_;
};

/// The format that the ending of a file's name stands for.
FileFormat format_of(const std::string& path) {
  const std::string ending = lower_ending(path);
  if (ending == ".graphml" || ending == ".xml") return FileFormat::kGraphMl;
  if (ending == ".txt" || ending == ".edges" || ending == ".edgelist") return FileFormat::kEdgeList;
  if (ending == ".csv" || ending == ".npy") return FileFormat::kMatrix;
  throw DataError(
      fmt::format("{}: expected a file ending in .graphml, .xml, .txt, .edges, .edgelist, .csv or "
                  ".npy; or say its format",
                  path));
}

}  // namespace

void WeightCheck::add(std::optional<double> weight) {
  if (wanted_ == FileWeights::kIgnore) return;
  const std::string hint = "; weights = \"ignore\" leaves weights out";
  if (has_links_ && weight.has_value() != first_.has_value())
    throw DataError("expected a weight with every link or with none" + hint);
  if (!has_links_) first_ = weight;
  has_links_ = true;
  if (!weight) return;
  if (!std::isfinite(*weight) || *weight == 0.0)
    throw DataError(fmt::format("expected a weight other than 0, got {}{}", *weight, hint));
  if (*weight != *first_)
    throw DataError(
        fmt::format("expected links of one weight, since links have none here, got {} "
                    "after {}{}",
                    *weight, *first_, hint));
}

Topology read_edge_list(const std::string& path, Index agents, FileWeights weights) {
  return EdgeListReader(path, agents, weights).read(TextFile(path).text());
}

Topology from_matrix(const Array& matrix, FileWeights weights, const std::string& path) {
  const Index n = matrix.shape.front();
  std::vector<Link> links;
  WeightCheck check(weights);
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < n; ++j)
      if (const double weight = matrix.values[static_cast<std::size_t>(i * n + j)]; weight != 0.0) {
        try {
          check.add(weight);
        } catch (const DataError& error) {
          throw DataError(
              fmt::format("{}: row {}, column {}: {}", path, i + 1, j + 1, error.what()));
        }
        links.push_back({i, j});
      }
  return {n, std::move(links)};
}

std::optional<Topology> load(const GraphFile& source, const std::string& key, Index agents,
                             ArrayLoader& loader) {
  const std::string path = (loader.folder() / source.file).string();
  try {
    const FileFormat format = source.format == FileFormat::kAuto ? format_of(path) : source.format;
    if (format == FileFormat::kMatrix) {
      const Array matrix = loader.load({source.file, ""}, key, {{agents, agents}});
      if (matrix.values.empty()) return std::nullopt;
      return from_matrix(matrix, source.weights, path);
    }
    loader.add_files({path});
    return format == FileFormat::kGraphMl ? read_graphml(path, agents, source.weights)
                                          : read_edge_list(path, agents, source.weights);
  } catch (const DataError& error) {
    loader.fail(key, error.what());
    return std::nullopt;
  } catch (const MissingInputError& error) {
    const std::string place = loader.where(key) + ": " + key + ": ";
    // The loader of matrices has said the place already.
    throw std::string_view(error.what()).starts_with(place)
        ? error
        : MissingInputError(place + error.what());
  }
}

}  // namespace gbid::graph
