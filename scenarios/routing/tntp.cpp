// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/routing/tntp.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "engine/core/error.hpp"
#include "engine/text/text_file.hpp"
#include "scenarios/routing/columns.hpp"
#include "scenarios/routing/words.hpp"

namespace gbid::routing {
namespace {

// Far above the largest network of the collection, far below what 32 bits count.
constexpr Index kMostNodes = 20000000, kMostLinks = 100000000;
constexpr Index kLargestName = Index{1} << 53;  // a file holds nodes as float64
constexpr double kAnyNumber = -std::numeric_limits<double>::infinity();
// Declared totals are rounded; those of the collection agree with their trips to 4e-6.
constexpr double kTotalTolerance = 1e-4;
constexpr const char* kTotalKey = "TOTAL OD FLOW";

/// Text from ~ to the end of a line that says nothing else.
struct Comment {
  Index line;
  std::string_view text;
};

/// The lines of a file without comments, and the place of the last one for messages.
class Lines {
 public:
  Lines(std::string_view text, const std::string& name) : rest_(text), name_(name) {}

  /// The next line that says something. @return false at the end.
  bool next(std::string_view& line) {
    while (!rest_.empty()) {
      const std::size_t end = rest_.find('\n');
      line = rest_.substr(0, end);
      rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
      ++number_;
      const std::size_t comment = std::min(line.find('~'), line.size());
      const std::string_view said = line.substr(0, comment);
      if (said.find_first_not_of(" \t\r") == std::string_view::npos) {
        if (comment < line.size()) comments_.push_back({number_, line.substr(comment + 1)});
        continue;
      }
      line = said;
      return true;
    }
    return false;
  }
  Index number() const { return number_; }
  /// The comments since the last call.
  std::vector<Comment> take_comments() { return std::exchange(comments_, {}); }
  [[noreturn]] void fail(const std::string& message) const { fail_at(number_, message); }
  [[noreturn]] void fail_at(Index line, const std::string& message) const {
    throw DataError(fmt::format("{}:{}: {}", name_, line, message));
  }
  /// Runs `read`, whose errors are reported with this line.
  template <class Read>
  void at_line(const Read& read) const {
    try {
      read();
    } catch (const DataError& error) {
      fail(error.what());
    }
  }

 private:
  std::string_view rest_;
  const std::string& name_;
  Index number_ = 0;
  std::vector<Comment> comments_;
};

/// The lines before the numbers.
class Metadata {
 public:
  explicit Metadata(Lines& lines) : lines_(lines) {
    std::string_view line;
    while (lines.next(line)) {
      const std::size_t begin = line.find('<'), end = line.find('>');
      if (begin == std::string_view::npos || end == std::string_view::npos || end < begin)
        lines.fail("expected metadata such as <NUMBER OF NODES> 24 up to <END OF METADATA>");
      const std::string key(line.substr(begin + 1, end - begin - 1));
      if (key == "END OF METADATA") {
        lines.take_comments();
        return;
      }
      values_[key] = {std::string(line.substr(end + 1)), lines.number()};
    }
    lines.fail("expected <END OF METADATA>, got the end of the file");
  }

  bool has(const std::string& key) const { return values_.count(key) > 0; }
  Index count(const std::string& key, Index low, Index high) const {
    Index value = 0;
    read(key, [&](Words& words) { value = words.integer("a number", low, high); });
    return value;
  }
  /// Where it stands.
  Index line(const std::string& key) const { return values_.at(key).line; }
  double number(const std::string& key) const {
    double value = 0.0;
    read(key, [&](Words& words) { value = words.number("a number", 0.0); });
    return value;
  }

 private:
  template <class Read>
  void read(const std::string& key, const Read& read) const {
    if (!has(key)) lines_.fail(fmt::format("expected <{}> in the metadata, got none", key));
    lines_.at_line([&] {
      try {
        Words words(values_.at(key).text);
        read(words);
        words.expect_end();
      } catch (const DataError& error) {
        throw DataError(fmt::format("<{}>: {}", key, error.what()));
      }
    });
  }

  struct Value {
    std::string text;
    Index line = 0;
  };
  const Lines& lines_;
  std::map<std::string, Value> values_;
};

/// Where the columns stand, as the comments above the first link say; what is charged must be there.
Columns columns_of(Lines& lines, const TntpNetwork& costs) {
  Columns columns;
  Index header = lines.number();
  for (const Comment& comment : lines.take_comments()) {
    if (!Columns::is_header(comment.text)) continue;
    header = comment.line;
    try {
      columns = Columns(comment.text);
    } catch (const DataError& error) {
      lines.fail_at(header, error.what());
    }
  }
  const auto require = [&](Column column, double factor, const char* name) {
    if (factor > 0.0 && !columns.has(column))
      lines.fail_at(header,
                    fmt::format("expected a column named {}, which has a factor, got none", name));
  };
  require(Column::kToll, costs.toll_factor, "toll");
  require(Column::kLength, costs.distance_factor, "length");
  return columns;
}

/// The words of a line up to its ";", behind which nothing may stand.
std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> found;
  Words words(line);
  while (!words.is_at_end() && !words.take_if(";")) found.push_back(words.take());
  words.expect_end();
  return found;
}

double number(std::string_view word, const char* what, double low) {
  return Words(word).number(what, low);
}

/// A larger number than there are nodes may be a name, which is known once all links are.
Index node(std::string_view word, Index nodes) {
  Index name = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), name);
  const bool may_be_name = error == std::errc() && end == word.data() + word.size() &&
                           name > nodes && name <= kLargestName;
  return may_be_name ? name : Words(word).integer("a node", 1, nodes);
}

GivenLink read_link_line(std::string_view line, Index nodes, const Columns& columns,
                         const TntpNetwork& costs) {
  const std::vector<std::string_view> words = words_of(line);
  const auto in = [&](Column column) { return columns.word(column, words); };
  const Index from = node(in(Column::kFrom), nodes), to = node(in(Column::kTo), nodes);
  if (from == to) throw DataError(fmt::format("expected two different nodes, got {} twice", from));
  const double capacity = number(in(Column::kCapacity), "a capacity", 0.0);
  const double length =
      columns.has(Column::kLength) ? number(in(Column::kLength), "a length", 0.0) : 0.0;
  const double time = number(in(Column::kTime), "a free-flow time", 0.0),
               b = number(in(Column::kB), "b", 0.0);
  const double power = number(in(Column::kPower), "a power", 0.0);
  check_bpr(b, capacity, power);
  for (const std::string_view word : words) number(word, "a number or \";\"", kAnyNumber);
  GivenLink link{from, to, bpr(time, b, capacity, power)};
  // Factors of 0 leave even a toll alone that is no price.
  if (costs.toll_factor > 0.0 && !in(Column::kToll).empty())
    link.latency.constant += costs.toll_factor * number(in(Column::kToll), "a toll", kAnyNumber);
  if (costs.distance_factor > 0.0) link.latency.constant += costs.distance_factor * length;
  if (link.latency.constant < 0.0)
    throw DataError(
        fmt::format("expected a cost of at least 0 with its toll, got {}", link.latency.constant));
  return link;
}

/// Where numbers of nodes are names: they are put in the place of 1, 2, ... in ascending order.
/// @param lines_of  of every link.
void number_nodes(TntpLinks& network, const std::vector<Index>& lines_of, const Lines& lines) {
  std::set<Index> names;
  std::optional<std::pair<Index, Index>> first_beyond;  // the name, and its line
  for (std::size_t k = 0; k < network.links.size(); ++k)
    for (const Index name : {network.links[k].from, network.links[k].to}) {
      names.insert(name);
      if (name > network.nodes && !first_beyond) first_beyond = {name, lines_of[k]};
    }
  if (!first_beyond) return;
  if (static_cast<Index>(names.size()) != network.nodes)
    lines.fail_at(first_beyond->second,
                  fmt::format("expected a node from 1 to {}, got \"{}\"; as names of nodes these "
                              "are {}, not {}",
                              network.nodes, first_beyond->first, names.size(), network.nodes));
  network.names.assign(names.begin(), names.end());
  for (GivenLink& link : network.links)
    for (Index* const end : {&link.from, &link.to}) *end = *find_node(network.names, *end);
}

/// The first node that may be passed, by its number: it was given as a number or as a name.
void place_first_through(TntpLinks& network, const Metadata& metadata, const Lines& lines) {
  constexpr const char* kKey = "FIRST THRU NODE";
  if (!metadata.has(kKey)) return;
  if (network.names.empty()) {
    network.first_through = metadata.count(kKey, 1, network.nodes + 1);
    return;
  }
  const Index given = metadata.count(kKey, 1, kLargestName);
  if (given > 1 && given < network.names.front())
    lines.fail_at(metadata.line(kKey),
                  fmt::format("<{}>: expected the name of a node, as the links have names, got {}",
                              kKey, given));
  network.first_through = std::lower_bound(network.names.begin(), network.names.end(), given) -
                          network.names.begin() + 1;
}

/// A zone of the trips as a number of its node.
Index read_zone(Words& words, Index zones, const std::vector<Index>& names) {
  if (names.empty()) return words.integer("a zone", 1, zones);
  const Index name = words.integer("a zone", 0, kLargestName);
  const std::optional<Index> node = find_node(names, name);
  if (!node)
    throw DataError(fmt::format("expected a zone that is a node of the network, got {}", name));
  return *node;
}

/// "destination : trips; destination : trips; ..."
void read_trips_line(std::string_view line, Index zones, const std::vector<Index>& names,
                     Index origin, Index number, TntpTrips& trips) {
  for (Words words(line); !words.is_at_end();) {
    const Index destination = read_zone(words, zones, names);
    words.expect(":");
    const double amount = words.number("trips", 0.0);
    words.expect(";");
    if (destination == origin)
      trips.intrazonal += amount;
    else if (amount > 0.0)
      trips.demands.push_back({origin, destination, amount, number});
  }
}

/// Files differ in whether the declared total counts trips within zones.
void check_total(const TntpTrips& trips, const Metadata& metadata, const Lines& lines) {
  double between = 0.0;
  for (const Demand& demand : trips.demands) between += demand.trips;
  const auto agrees = [&](double total) {
    return std::fabs(total - trips.declared_total) <= kTotalTolerance * trips.declared_total;
  };
  if (!agrees(between) && !agrees(between + trips.intrazonal))
    lines.fail_at(metadata.line(kTotalKey),
                  fmt::format("<{}>: expected the sum of the trips, {:.10g}, got {:.10g}",
                              kTotalKey, between + trips.intrazonal, trips.declared_total));
}

}  // namespace

std::optional<Index> find_node(const std::vector<Index>& names, Index name) {
  const auto found = std::lower_bound(names.begin(), names.end(), name);
  if (found == names.end() || *found != name) return std::nullopt;
  return found - names.begin() + 1;
}

TntpLinks parse_tntp_links(std::string_view text, const std::string& name,
                           const TntpNetwork& costs) {
  Lines lines(text, name);
  const Metadata metadata(lines);
  TntpLinks network;
  network.nodes = metadata.count("NUMBER OF NODES", 2, kMostNodes);
  network.zones = metadata.count("NUMBER OF ZONES", 1, network.nodes);
  const Index declared = metadata.count("NUMBER OF LINKS", 1, kMostLinks);
  std::optional<Columns> columns;
  std::vector<Index> lines_of;
  std::string_view line;
  while (lines.next(line)) {
    if (!columns) columns = columns_of(lines, costs);
    if (static_cast<Index>(network.links.size()) == declared)
      lines.fail(fmt::format("expected {} links as declared, got more", declared));
    lines.at_line(
        [&] { network.links.push_back(read_link_line(line, network.nodes, *columns, costs)); });
    lines_of.push_back(lines.number());
  }
  if (static_cast<Index>(network.links.size()) != declared)
    lines.fail(
        fmt::format("expected {} links as declared, got {}", declared, network.links.size()));
  number_nodes(network, lines_of, lines);
  place_first_through(network, metadata, lines);
  return network;
}

TntpTrips parse_tntp_trips(std::string_view text, const std::string& name, Index zones,
                           const std::vector<Index>& names) {
  Lines lines(text, name);
  const Metadata metadata(lines);
  TntpTrips trips;
  trips.zones = metadata.count("NUMBER OF ZONES", 1, kMostNodes);
  // Where nodes have names, zones are known by them.
  if (names.empty() ? trips.zones != zones : trips.zones > zones)
    lines.fail(fmt::format("expected {} zones as in the network, got {}", zones, trips.zones));
  if (metadata.has(kTotalKey)) trips.declared_total = metadata.number(kTotalKey);
  Index origin = 0;
  std::string_view line;
  while (lines.next(line)) {
    lines.at_line([&] {
      Words words(line);
      if (words.take_if("Origin")) {
        origin = read_zone(words, zones, names);
        words.expect_end();
      } else if (origin == 0) {
        throw DataError(fmt::format("expected Origin and a zone, got \"{}\"", words.peek()));
      } else {
        read_trips_line(line, zones, names, origin, lines.number(), trips);
      }
    });
  }
  if (trips.demands.empty()) lines.fail("expected trips between zones, got none");
  if (metadata.has(kTotalKey)) check_total(trips, metadata, lines);
  return trips;
}

TntpFiles read_tntp_files(const std::string& network_path, const std::string& trips_path,
                          const TntpNetwork& costs) {
  const TextFile network_file(network_path), trips_file(trips_path);
  TntpFiles files;
  files.links = parse_tntp_links(network_file.text(), network_path, costs);
  files.trips =
      parse_tntp_trips(trips_file.text(), trips_path, files.links.zones, files.links.names);
  return files;
}

RoadNetwork make_network(const TntpFiles& files, const std::string& trips_name,
                         double demand_factor) {
  RoadNetwork network(files.links.nodes, files.links.first_through, files.links.links,
                      files.trips.demands, demand_factor, files.links.names);
  if (const RoadNetwork::Pair* lost = unreachable_pair(network))
    throw DataError(fmt::format("{}:{}: expected trips that have a path, got none from {} to {}",
                                trips_name, lost->line, network.name(lost->origin),
                                network.name(lost->destination)));
  return network;
}

}  // namespace gbid::routing
