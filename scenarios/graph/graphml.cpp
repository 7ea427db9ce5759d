// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// GraphML by Boost's reader, behind a check of the text: its XML parser goes one call deeper with
// every level of elements, so that a hostile file could take the stack.
#include <fmt/format.h>

#include <algorithm>
#include <boost/graph/graphml.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <sstream>
#include <string_view>

#include "engine/core/error.hpp"
#include "engine/core/posix_file.hpp"
#include "scenarios/graph/read.hpp"

namespace gbid::graph {
namespace {

// The parser takes about seventy times the file's size: a little over a gigabyte.
constexpr std::size_t kMostBytes = std::size_t{16} << 20;
constexpr int kMostLevels = 64;  // GraphML needs four, and two more for every graph inside a node

/// Walks over the tags of a text as Boost's parser would, and counts levels.
/// @throws DataError "FILE:LINE: ..." at the first thing that is not XML, too deep, or a document
/// type declaration.
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
        fail("expected no document type declaration");
      } else if (starts("</")) {
        skip_past(">");
        if (--level_ < 0) fail("expected no end of an element that was not begun");
      } else {
        ++at_;
        element();
      }
    }
  }

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
    skip_name(std::string_view(" \t\r\n/>?<\0", 9));
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

  [[noreturn]] void fail(const std::string& reason) const {
    const auto before = text_.substr(0, at_);
    throw DataError(fmt::format("{}:{}: {}", path_,
                                std::count(before.begin(), before.end(), '\n') + 1, reason));
  }

  const std::string& path_;
  std::string_view text_;
  std::size_t at_ = 0;
  int level_ = 0;
};

/// Takes nodes and edges from Boost's reader and leaves attributes alone, whose values may be
/// anything.
class LinkCollector final : public boost::mutate_graph {
 public:
  explicit LinkCollector(bool directed) : directed_(directed) {}

  bool is_directed() const override { return directed_; }
  boost::any do_add_vertex() override { return nodes_++; }
  std::pair<boost::any, bool> do_add_edge(boost::any source, boost::any target) override {
    const auto from = boost::any_cast<Index>(source), to = boost::any_cast<Index>(target);
    links_.push_back({from, to});
    if (!directed_) links_.push_back({to, from});
    return {boost::any(links_.size()), true};
  }
  void set_graph_property(const std::string&, const std::string&, const std::string&) override {}
  void set_vertex_property(const std::string&, boost::any, const std::string&,
                           const std::string&) override {}
  void set_edge_property(const std::string&, boost::any, const std::string&,
                         const std::string&) override {}

  Index nodes() const { return nodes_; }
  std::vector<Link>& links() { return links_; }

 private:
  bool directed_;
  Index nodes_ = 0;
  std::vector<Link> links_;
};

LinkCollector collect(const std::string& text, bool directed) {
  LinkCollector links(directed);
  std::istringstream stream(text);
  boost::read_graphml(stream, links, 0);
  return links;
}

/// Boost asks for each edge whether the graph is of its kind: the first try shows which it is.
LinkCollector collect_either(const std::string& path, const std::string& text) {
  try {
    return collect(text, true);
  } catch (const boost::undirected_graph_error&) {
  }
  try {
    return collect(text, false);
  } catch (const boost::directed_graph_error&) {
    throw DataError(
        fmt::format("{}: expected edges that are all directed or all undirected, got both", path));
  }
}

}  // namespace

Topology read_graphml(const std::string& path, Index agents) {
  const MappedFile file(path);
  const auto bytes = file.bytes();
  if (bytes.size() > kMostBytes)
    throw DataError(
        fmt::format("{}: expected at most {} MiB of GraphML, got {} bytes; a list of "
                    "links may be longer",
                    path, kMostBytes >> 20, bytes.size()));
  const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  LevelCheck(path, text).run();
  try {
    LinkCollector collected = collect_either(path, text);
    if (collected.nodes() != agents)
      throw DataError(fmt::format("{}: expected a node for each of {} agents, got {} nodes", path,
                                  agents, collected.nodes()));
    return {agents, std::move(collected.links())};
  } catch (const boost::property_tree::xml_parser_error& error) {
    throw DataError(fmt::format("{}:{}: expected XML: {}", path, error.line(), error.message()));
  } catch (const boost::property_tree::ptree_error& error) {
    throw DataError(fmt::format("{}: expected GraphML: {}", path, error.what()));
  } catch (const boost::graph_exception& error) {
    throw DataError(fmt::format("{}: expected GraphML: {}", path, error.what()));
  } catch (const boost::bad_any_cast& error) {
    throw DataError(fmt::format("{}: expected GraphML: {}", path, error.what()));
  }
}

}  // namespace gbid::graph
