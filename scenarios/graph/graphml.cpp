// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// GraphML as Boost's property tree, behind a check of the text: its XML parser goes one call deeper
// with every level of elements, so that a hostile file could take the stack.
#include <fmt/format.h>

#include <algorithm>
#include <boost/property_tree/xml_parser.hpp>
#include <cmath>
#include <filesystem>
#include <locale>
#include <map>
#include <sstream>
#include <string_view>

#include "engine/core/error.hpp"
#include "engine/text/text_file.hpp"
#include "engine/text/utf8.hpp"
#include "scenarios/graph/read.hpp"

namespace gbid::graph {
namespace {

// The parser takes about seventy times the file's size: a little over a gigabyte.
constexpr std::size_t kMostBytes = std::size_t{16} << 20;
constexpr int kMostLevels = 64;  // GraphML needs four, and two more for every graph inside a node

using Tree = boost::property_tree::ptree;

/// "edge" of "ns3:edge": names of elements may have a namespace's prefix.
std::string local_name(std::string_view name) {
  return std::string(name.substr(name.find(':') + 1));  // npos + 1 is 0
}

/// Walks over the tags of a text as Boost's parser would, counts levels, and notes lines.
/// @throws DataError "FILE:LINE: ..." at the first thing that is not XML, too deep, or a document
/// type declaration with entities.
class LevelCheck {
 public:
  LevelCheck(const std::string& path, std::string_view text) : path_(path), text_(text) {}

  void run() {
    for (at_ = text_.find('<'); at_ != std::string_view::npos; at_ = text_.find('<', at_)) {
      if (starts("<!--")) {
        skip_past("-->");
      } else if (starts("<![CDATA[")) {
        skip_past("]]>");
      } else if (starts("<?")) {
        skip_past("?>");
      } else if (starts("<!")) {
        if (text_.substr(at_, text_.find('>', at_) - at_).find('[') != std::string_view::npos)
          fail("expected no document type declaration with entities");
        skip_past(">");
      } else if (starts("</")) {
        skip_past(">");
        if (--level_ < 0) fail("expected no end of an element that was not begun");
      } else {
        ++at_;
        element();
      }
    }
  }

  /// Of all edges, in their order.
  const std::vector<Index>& edge_lines() const { return edge_lines_; }

 private:
  bool starts(std::string_view with) const { return text_.substr(at_).starts_with(with); }
  char here() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  void skip_past(std::string_view what) {
    const std::size_t found = text_.find(what, at_);
    if (found == std::string_view::npos) fail(fmt::format("expected \"{}\", got none", what));
    at_ = found + what.size();
  }
  void skip_blanks() { skip_while(" \t\r\n"); }
  void skip_while(std::string_view characters) {
    at_ = std::min(text_.find_first_not_of(characters, at_), text_.size());
  }
  /// Over one character or more, to one of `ends`.
  void skip_name(std::string_view ends) {
    const std::size_t end = std::min(text_.find_first_of(ends, at_), text_.size());
    if (end == at_) fail("expected a name in a tag");
    at_ = end;
  }

  void element() {
    const std::size_t begin = at_;
    skip_name(std::string_view(" \t\r\n/>?<\0", 9));
    if (local_name(text_.substr(begin, at_ - begin)) == "edge") edge_lines_.push_back(line());
    for (;;) {
      skip_blanks();
      if (here() == '>') {
        if (++level_ > kMostLevels)
          fail(fmt::format("expected at most {} levels of elements", kMostLevels));
        return;
      }
      if (here() == '/') {
        ++at_;
        if (here() != '>') fail("expected \"/>\"");
        return;
      }
      attribute();
    }
  }
  void attribute() {
    skip_name(std::string_view(" \t\r\n/<>=?!\0", 11));
    skip_blanks();
    if (here() != '=') fail("expected an attribute such as id=\"n0\"");
    ++at_;
    skip_blanks();
    const char quote = here();
    if (quote != '"' && quote != '\'') fail("expected an attribute such as id=\"n0\"");
    ++at_;
    skip_past({&quote, 1});
  }

  /// Of the place, counted on from the one before.
  Index line() {
    const auto begin = text_.begin();
    line_ += std::count(begin + static_cast<std::ptrdiff_t>(counted_),
                        begin + static_cast<std::ptrdiff_t>(at_), '\n');
    counted_ = at_;
    return line_;
  }

  [[noreturn]] void fail(const std::string& reason) {
    throw DataError(fmt::format("{}:{}: {}", path_, line(), reason));
  }

  const std::string& path_;
  std::string_view text_;
  std::size_t at_ = 0, counted_ = 0;
  Index line_ = 1;
  int level_ = 0;
  std::vector<Index> edge_lines_;
};

/// The one graph of a document, read element by element.
class GraphMlReader {
 public:
  GraphMlReader(const std::string& path, const LevelCheck& tags, FileWeights weights)
      : path_(path), lines_(tags.edge_lines()), weights_(weights) {}

  Topology read(const Tree& document, Index agents) {
    const Tree* root = nullptr;
    for (const auto& [name, element] : document)
      if (local_name(name) == "graphml") root = &element;
    if (!root) fail("expected GraphML, got no <graphml>");
    const Tree* graph = nullptr;
    for (const auto& [name, element] : *root) {
      if (local_name(name) == "key") note_key(element);
      if (local_name(name) != "graph") continue;
      if (graph) fail("expected one graph, got several");
      graph = &element;
    }
    if (!graph) fail("expected GraphML, got no <graph>");
    read_nodes(*graph);
    read_edges(*graph);
    if (static_cast<Index>(nodes_.size()) != agents)
      fail(fmt::format("expected a node for each of {} agents, got {} nodes", agents,
                       nodes_.size()));
    return {agents, std::move(links_)};
  }

 private:
  static std::string attribute(const Tree& element, const char* name) {
    const auto all = element.find("<xmlattr>");
    if (all == element.not_found()) return "";
    const auto found = all->second.find(name);
    return found == all->second.not_found() ? "" : found->second.data();
  }

  /// Which key holds the weights of edges, and the weight of edges that do not say theirs.
  void note_key(const Tree& key) {
    if (attribute(key, "attr.name") != "weight" || attribute(key, "for") == "node") return;
    weight_key_ = attribute(key, "id");
    for (const auto& [name, element] : key)
      if (local_name(name) == "default") default_weight_ = number(element.data());
  }

  static double number(const std::string& text) {
    std::istringstream stream(text);
    stream.imbue(std::locale::classic());
    double value = 0.0;
    std::string rest;
    return stream >> value && !(stream >> rest) ? value : std::nan("");
  }

  void read_nodes(const Tree& graph) {
    for (const auto& [name, element] : graph) {
      if (local_name(name) == "graph" || local_name(name) == "hyperedge")
        fail(fmt::format("expected nodes and edges, got <{}>", local_name(name)));
      if (local_name(name) != "node") continue;
      const std::string id = attribute(element, "id");
      if (id.empty()) fail("expected GraphML whose nodes have an id, got a node without");
      if (!nodes_.try_emplace(id, static_cast<Index>(nodes_.size())).second)
        fail(fmt::format("expected every node once, got {} again", quoted_word(id)));
      for (const auto& [inner, below] : element)
        if (local_name(inner) == "graph")
          fail(fmt::format("expected one graph, got another inside of node {}", quoted_word(id)));
    }
  }

  void read_edges(const Tree& graph) {
    const std::string by_default = attribute(graph, "edgedefault");
    std::optional<bool> are_directed;
    for (const auto& [name, element] : graph) {
      if (local_name(name) != "edge") continue;
      const Index from = end_of(element, "source"), to = end_of(element, "target");
      const std::string own = attribute(element, "directed");
      const bool is_directed = own.empty() ? by_default == "directed" : own == "true";
      if (own.empty() && by_default != "directed" && by_default != "undirected")
        fail_at_edge(
            fmt::format("expected edgedefault=\"directed\" or \"undirected\" in <graph>, "
                        "got {}",
                        by_default.empty() ? "none" : quoted_word(by_default)));
      if (are_directed.value_or(is_directed) != is_directed)
        fail_at_edge("expected edges that are all directed or all undirected, got both");
      are_directed = is_directed;
      take_weight(element);
      links_.push_back({from, to});
      if (!is_directed) links_.push_back({to, from});
      ++edge_;
    }
  }

  Index end_of(const Tree& edge, const char* which) {
    const std::string id = attribute(edge, which);
    const auto found = nodes_.find(id);
    if (found == nodes_.end())
      fail_at_edge(fmt::format("expected a node as the {} of an edge, got {}", which,
                               id.empty() ? "none" : quoted_word(id)));
    return found->second;
  }

  void take_weight(const Tree& edge) {
    std::optional<double> weight = default_weight_;
    for (const auto& [name, element] : edge)
      if (local_name(name) == "data" && !weight_key_.empty() &&
          attribute(element, "key") == weight_key_)
        weight = number(element.data());
    try {
      weights_.add(weight);
    } catch (const DataError& error) {
      fail_at_edge(error.what());
    }
  }

  [[noreturn]] void fail(const std::string& reason) const {
    throw DataError(fmt::format("{}: {}", path_, reason));
  }
  /// At the line of the edge that is being read.
  [[noreturn]] void fail_at_edge(const std::string& reason) const {
    throw DataError(fmt::format("{}:{}: {}", path_, lines_.at(edge_), reason));
  }

  const std::string& path_;
  std::vector<Index> lines_;  // of the edges
  WeightCheck weights_;
  std::size_t edge_ = 0;
  std::string weight_key_;
  std::optional<double> default_weight_;
  std::map<std::string, Index> nodes_;
  std::vector<Link> links_;
};

}  // namespace

Topology read_graphml(const std::string& path, Index agents, FileWeights weights) {
  std::error_code none;
  const std::uintmax_t bytes = std::filesystem::file_size(path, none);
  if (!none && bytes > kMostBytes)
    throw DataError(
        fmt::format("{}: expected at most {} MiB of GraphML, got {} bytes; a list of "
                    "links may be longer",
                    path, kMostBytes >> 20, bytes));
  const std::string text(TextFile(path).text());
  LevelCheck tags(path, text);
  tags.run();
  try {
    Tree document;
    std::istringstream stream(text);
    boost::property_tree::read_xml(stream, document);
    return GraphMlReader(path, tags, weights).read(document, agents);
  } catch (const boost::property_tree::xml_parser_error& error) {
    throw DataError(fmt::format("{}:{}: expected XML: {}", path, error.line(), error.message()));
  } catch (const boost::property_tree::ptree_error& error) {
    throw DataError(fmt::format("{}: expected GraphML: {}", path, error.what()));
  }
}

}  // namespace gbid::graph
