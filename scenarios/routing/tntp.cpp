// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/routing/tntp.hpp"

#include <fmt/format.h>

#include <limits>
#include <map>

#include "engine/core/error.hpp"
#include "engine/core/posix_file.hpp"
#include "scenarios/routing/words.hpp"

namespace gbid::routing {
namespace {

// Far above the largest network of the collection, far below what 32 bits count.
constexpr Index kMostNodes = 20000000, kMostLinks = 100000000;
constexpr double kAnyNumber = -std::numeric_limits<double>::infinity();

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
      line = line.substr(0, line.find('~'));
      if (line.find_first_not_of(" \t\r") != std::string_view::npos) return true;
    }
    return false;
  }
  Index number() const { return number_; }
  [[noreturn]] void fail(const std::string& message) const {
    throw DataError(fmt::format("{}:{}: {}", name_, number_, message));
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
      if (key == "END OF METADATA") return;
      values_[key] = std::string(line.substr(end + 1));
    }
    lines.fail("expected <END OF METADATA>, got the end of the file");
  }

  bool has(const std::string& key) const { return values_.count(key) > 0; }
  Index count(const std::string& key, Index low, Index high) const {
    Index value = 0;
    read(key, [&](Words& words) { value = words.integer("a number", low, high); });
    return value;
  }
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
        Words words(values_.at(key));
        read(words);
        words.expect_end();
      } catch (const DataError& error) {
        throw DataError(fmt::format("<{}>: {}", key, error.what()));
      }
    });
  }

  const Lines& lines_;
  std::map<std::string, std::string> values_;
};

/// The toll among the columns behind the power; 0 where a line ends before.
double read_toll(Words& words) {
  double toll = 0.0;
  for (int column = 0; !words.is_at_end(); ++column) {
    if (words.take_if(";")) {
      words.expect_end();
      break;
    }
    constexpr int kToll = 1;  // speed, toll, type
    const double value = words.number("a number or \";\"", kAnyNumber);
    if (column == kToll) toll = value;
  }
  return toll;
}

GivenLink read_link_line(std::string_view line, Index nodes, const TntpNetwork& costs) {
  Words words(line);
  const Index from = words.integer("a node", 1, nodes), to = words.integer("a node", 1, nodes);
  if (from == to) throw DataError(fmt::format("expected two different nodes, got {} twice", from));
  const double capacity = words.number("a capacity", 0.0), length = words.number("a length", 0.0);
  const double time = words.number("a free-flow time", 0.0), b = words.number("b", 0.0);
  const double power = words.number("a power", 0.0);
  check_bpr(b, capacity, power);
  const double toll = read_toll(words);
  GivenLink link{from, to, bpr(time, b, capacity, power)};
  // Factors of 0 leave even a toll alone that is no price.
  if (costs.toll_factor > 0.0) link.latency.constant += costs.toll_factor * toll;
  if (costs.distance_factor > 0.0) link.latency.constant += costs.distance_factor * length;
  if (link.latency.constant < 0.0)
    throw DataError(
        fmt::format("expected a cost of at least 0 with its toll, got {}", link.latency.constant));
  return link;
}

/// "destination : trips; destination : trips; ..."
void read_trips_line(std::string_view line, Index zones, Index origin, Index number,
                     TntpTrips& trips) {
  for (Words words(line); !words.is_at_end();) {
    const Index destination = words.integer("a zone", 1, zones);
    words.expect(":");
    const double amount = words.number("trips", 0.0);
    words.expect(";");
    if (destination == origin)
      trips.intrazonal += amount;
    else if (amount > 0.0)
      trips.demands.push_back({origin, destination, amount, number});
  }
}

std::string_view text_of(const MappedFile& file) {
  const auto bytes = file.bytes();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

TntpLinks parse_tntp_links(std::string_view text, const std::string& name,
                           const TntpNetwork& costs) {
  Lines lines(text, name);
  const Metadata metadata(lines);
  TntpLinks network;
  network.nodes = metadata.count("NUMBER OF NODES", 2, kMostNodes);
  network.zones = metadata.count("NUMBER OF ZONES", 1, network.nodes);
  const Index declared = metadata.count("NUMBER OF LINKS", 1, kMostLinks);
  if (metadata.has("FIRST THRU NODE"))
    network.first_through = metadata.count("FIRST THRU NODE", 1, network.nodes + 1);
  std::string_view line;
  while (lines.next(line)) {
    if (static_cast<Index>(network.links.size()) == declared)
      lines.fail(fmt::format("expected {} links as declared, got more", declared));
    lines.at_line([&] { network.links.push_back(read_link_line(line, network.nodes, costs)); });
  }
  if (static_cast<Index>(network.links.size()) != declared)
    lines.fail(
        fmt::format("expected {} links as declared, got {}", declared, network.links.size()));
  return network;
}

TntpTrips parse_tntp_trips(std::string_view text, const std::string& name, Index zones) {
  Lines lines(text, name);
  const Metadata metadata(lines);
  TntpTrips trips;
  trips.zones = metadata.count("NUMBER OF ZONES", 1, kMostNodes);
  if (trips.zones != zones)
    lines.fail(fmt::format("expected {} zones as in the network, got {}", zones, trips.zones));
  if (metadata.has("TOTAL OD FLOW")) trips.declared_total = metadata.number("TOTAL OD FLOW");
  Index origin = 0;
  std::string_view line;
  while (lines.next(line)) {
    lines.at_line([&] {
      Words words(line);
      if (words.take_if("Origin")) {
        origin = words.integer("a zone", 1, zones);
        words.expect_end();
      } else if (origin == 0) {
        throw DataError(fmt::format("expected Origin and a zone, got \"{}\"", words.peek()));
      } else {
        read_trips_line(line, zones, origin, lines.number(), trips);
      }
    });
  }
  if (trips.demands.empty()) lines.fail("expected trips between zones, got none");
  return trips;
}

TntpFiles read_tntp_files(const std::string& network_path, const std::string& trips_path,
                          const TntpNetwork& costs) {
  const MappedFile network_file(network_path), trips_file(trips_path);
  TntpFiles files;
  files.links = parse_tntp_links(text_of(network_file), network_path, costs);
  files.trips = parse_tntp_trips(text_of(trips_file), trips_path, files.links.zones);
  return files;
}

RoadNetwork make_network(const TntpFiles& files, const std::string& trips_name,
                         double demand_factor) {
  RoadNetwork network(files.links.nodes, files.links.first_through, files.links.links,
                      files.trips.demands, demand_factor);
  if (const RoadNetwork::Pair* lost = unreachable_pair(network))
    throw DataError(fmt::format("{}:{}: expected trips that have a path, got none from {} to {}",
                                trips_name, lost->line, lost->origin + 1, lost->destination + 1));
  return network;
}

}  // namespace gbid::routing
