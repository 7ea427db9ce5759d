// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/graph/read.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "engine/core/error.hpp"
#include "engine/core/posix_file.hpp"

namespace gbid::graph {
namespace {

constexpr std::size_t kShown = 40;  // characters of a wrong line in a message

bool is_separator(char c) { return c == ' ' || c == '\t' || c == '\r' || c == ','; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_separator(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_separator(text.back())) text.remove_suffix(1);
  return text;
}

class EdgeListReader {
 public:
  EdgeListReader(const std::string& path, Index agents) : path_(path), agents_(agents) {}

  Topology read(std::string_view text) {
    while (!text.empty()) {
      const std::size_t end = text.find('\n');
      ++line_number_;
      read_line(text.substr(0, end));
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return {agents_, std::move(links_)};
  }

 private:
  void read_line(std::string_view line) {
    const std::string_view content = trimmed(line.substr(0, line.find('#')));
    if (content.empty()) return;
    std::string_view rest = content;
    const Index from = take_agent(rest, content), to = take_agent(rest, content);
    if (!rest.empty()) fail_at(content);
    for (const Index agent : {from, to})
      if (agent < 0 || agent >= agents_)
        fail(fmt::format("expected agents from 0 to {}, got {}", agents_ - 1, agent));
    // Repeats are harmless, but must not take memory without end.
    if (static_cast<double>(links_.size()) >=
        static_cast<double>(agents_) * static_cast<double>(agents_))
      fail(fmt::format("more links than {} agents have pairs", agents_));
    links_.push_back({from, to});
  }

  Index take_agent(std::string_view& rest, std::string_view content) const {
    Index agent = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), agent);
    const auto length = static_cast<std::size_t>(end - rest.data());
    if (error != std::errc() || (length < rest.size() && !is_separator(rest[length])))
      fail_at(content);
    rest = trimmed(rest.substr(length));
    return agent;
  }

  [[noreturn]] void fail_at(std::string_view content) const {
    fail(fmt::format("expected two agents such as \"0 3\", got \"{}\"", content.substr(0, kShown)));
  }
  [[noreturn]] void fail(const std::string& reason) const {
    throw DataError(fmt::format("{}:{}: {}", path_, line_number_, reason));
  }

  const std::string& path_;
  Index agents_;
  Index line_number_ = 0;
  std::vector<Link> links_;
};

/// The format that the ending of a file's name stands for.
FileFormat format_of(const std::string& path) {
  const std::string ending = std::filesystem::path(path).extension().string();
  if (ending == ".graphml" || ending == ".xml") return FileFormat::kGraphMl;
  if (ending == ".txt" || ending == ".edges" || ending == ".edgelist") return FileFormat::kEdgeList;
  if (ending == ".csv" || ending == ".npy") return FileFormat::kMatrix;
  throw DataError(
      fmt::format("{}: expected a file ending in .graphml, .xml, .txt, .edges, .edgelist, .csv or "
                  ".npy; or say its format",
                  path));
}

}  // namespace

Topology read_edge_list(const std::string& path, Index agents) {
  const MappedFile file(path);
  const auto bytes = file.bytes();
  return EdgeListReader(path, agents)
      .read({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

Topology from_matrix(const Array& matrix) {
  const Index n = matrix.shape.front();
  std::vector<Link> links;
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < n; ++j)
      if (matrix.values[static_cast<std::size_t>(i * n + j)] != 0.0) links.push_back({i, j});
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
      return from_matrix(matrix);
    }
    loader.add_files({path});
    return format == FileFormat::kGraphMl ? read_graphml(path, agents)
                                          : read_edge_list(path, agents);
  } catch (const DataError& error) {
    loader.fail(key, error.what());
    return std::nullopt;
  } catch (const MissingInputError& error) {
    const std::string place = loader.where(key) + " " + key + ": ";
    // The loader of matrices has said the place already.
    throw std::string_view(error.what()).starts_with(place)
        ? error
        : MissingInputError(place + error.what());
  }
}

}  // namespace gbid::graph
