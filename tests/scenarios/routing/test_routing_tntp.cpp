// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>

#include <string>

#include "engine/core/error.hpp"
#include "scenarios/routing/market.hpp"
#include "scenarios/routing/shortest_paths.hpp"
#include "scenarios/routing/tntp.hpp"

using namespace gbid;
using namespace gbid::routing;

namespace {

// Braess's network with six trips; 10 x is written as 1e-8 (1 + 1e9 x).
const std::string kLinks =
    "<NUMBER OF ZONES> 2\r\n"
    "<NUMBER OF NODES> 4\t\t\n"
    "<FIRST THRU NODE> 1\n"
    "<NUMBER OF LINKS> 5\n"
    "<ORIGINAL HEADER>~ init term capacity ...;\n"
    "<END OF METADATA>\t\t\n"
    "\n\n"
    "~\tinit_node\tterm_node\tcapacity\tlength\tfree_flow_time\tb\tpower\tspeed\ttoll\ttype\t;\n"
    "\t1\t3\t1\t100\t0.00000001\t1000000000\t1\t0\t0\t1\t;\n"
    "\t1\t4\t1\t100\t50\t0.02\t1\t0\t3\t1\t;\r\n"
    "\t3\t2\t1\t100\t50\t0.02\t1\t0\t0\t1\t; ~ a comment\n"
    "\t3\t4\t1\t100\t10\t0.1\t1\t0\t0\t1;\n"
    "\t4\t2\t1\t100\t1e-8\t1E+9\t1\n";
const std::string kTrips =
    "<NUMBER OF ZONES> 2\n"
    "<TOTAL OD FLOW>   8.5\n"
    "<END OF METADATA>\n\n"
    "Origin \t1 \n"
    "    1 :      2.5;     2 :     6.0;\n"
    "Origin 2\n"
    "    1 :      0.0;\n";

std::string with(std::string text, const std::string& from, const std::string& to) {
  const std::size_t place = text.find(from);
  REQUIRE(place != std::string::npos);
  return text.replace(place, from.size(), to);
}

/// What is wrong with a file of links, or "" if nothing is.
std::string fault_of_links(const std::string& text) {
  try {
    parse_tntp_links(text, "net");
    return "";
  } catch (const DataError& error) {
    return error.what();
  }
}

std::string fault_of_trips(const std::string& text) {
  try {
    parse_tntp_trips(text, "trips", 2);
    return "";
  } catch (const DataError& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("tntp: links are read with all their columns") {
  const TntpLinks read = parse_tntp_links(kLinks, "net");
  CHECK(read.zones == 2);
  CHECK(read.nodes == 4);
  REQUIRE(read.links.size() == 5);
  CHECK(read.links[1].from == 1);
  CHECK(read.links[1].to == 4);
  Latencies latencies;
  for (const GivenLink& link : read.links) latencies.add(link.latency);
  CHECK(latencies.value(0, 2.0) == doctest::Approx(20.0 + 1e-8).epsilon(1e-14));
  CHECK(latencies.value(1, 2.0) == doctest::Approx(52.0).epsilon(1e-14));
  CHECK(latencies.value(4, 3.0) == doctest::Approx(30.0 + 1e-8).epsilon(1e-14));
}

TEST_CASE("tntp: tolls and lengths cost what their factors say") {
  TntpNetwork costs;
  costs.toll_factor = 0.5;
  costs.distance_factor = 0.25;
  const TntpLinks read = parse_tntp_links(kLinks, "net", costs);
  Latencies latencies;
  for (const GivenLink& link : read.links) latencies.add(link.latency);
  CHECK(latencies.value(1, 0.0) == 50.0 + 0.5 * 3.0 + 0.25 * 100.0);
  CHECK(latencies.value(2, 0.0) == 50.0 + 0.25 * 100.0);
}

TEST_CASE("tntp: trips are read, those within a zone counted and left out") {
  const TntpTrips read = parse_tntp_trips(kTrips, "trips", 2);
  CHECK(read.intrazonal == 2.5);
  CHECK(read.declared_total == 8.5);
  REQUIRE(read.demands.size() == 1);
  CHECK(read.demands[0].trips == 6.0);
  CHECK(read.demands[0].line == 6);
}

TEST_CASE("tntp: bad files of links are refused with their line and what was expected") {
  REQUIRE(fault_of_links(kLinks).empty());
  struct Bad {
    const char *from, *to, *fault;
  };
  for (const Bad& bad : std::initializer_list<Bad>{
           {"\t1\t3\t1", "\t1\t9\t1", "net:10: expected a node from 1 to 4, got \"9\""},
           {"\t1\t3\t1", "\t0\t3\t1", "net:10: expected a node from 1 to 4, got \"0\""},
           {"\t1\t3\t1", "\t3\t3\t1", "net:10: expected two different nodes, got 3 twice"},
           {"\t1\t3\t1\t", "\t1\t3\t-1\t",
            "net:10: expected a capacity, a number of at least 0, got \"-1\""},
           {"\t1\t3\t1\t", "\t1\t3\t0\t",
            "net:10: expected a capacity above 0 where b is not 0, got 0"},
           {"50\t0.02\t1\t0\t3", "50\tx\t1\t0\t3",
            "net:11: expected b, a number of at least 0, got \"x\""},
           {"50\t0.02\t1\t0\t3", "50\t0.02\t0.5\t0\t3",
            "net:11: expected a power of 0 or at least 1, got 0.5"},
           {"50\t0.02\t1\t0\t3", "nan\t0.02\t1\t0\t3",
            "net:11: expected a free-flow time, a number of at least 0, got \"nan\""},
           {"50\t0.02\t1\t0\t3", "1e999\t0.02\t1\t0\t3",
            "net:11: expected a free-flow time, a number of at least 0, got \"1e999\""},
           {"\t0\t3\t1\t;", "\t0\t3\t1\t; 7", "net:11: expected the end of the line, got \"7\""},
           {"100\t1e-8\t1E+9\t1", "100\t1e-8",
            "net:14: expected b, a number of at least 0, got nothing"},
           {"\t4\t2\t1\t100\t1e-8\t1E+9\t1\n", "", "net:13: expected 5 links as declared, got 4"},
           {"<NUMBER OF LINKS> 5", "<NUMBER OF LINKS> 4",
            "net:14: expected 4 links as declared, got more"},
           {"<NUMBER OF LINKS> 5\n", "",
            "net:5: expected <NUMBER OF LINKS> in the metadata, got none"},
           {"<NUMBER OF NODES> 4", "<NUMBER OF NODES> 99999999999",
            "net:6: <NUMBER OF NODES>: expected a number from 2 to 20000000"},
           {"<NUMBER OF NODES> 4", "<NUMBER OF NODES> many",
            "net:6: <NUMBER OF NODES>: expected a number from 2 to 20000000, got \"many\""},
           {"<NUMBER OF ZONES> 2", "<NUMBER OF ZONES> 5",
            "net:6: <NUMBER OF ZONES>: expected a number from 1 to 4, got \"5\""},
           {"<END OF METADATA>", "", "net:10: expected metadata such as <NUMBER OF NODES> 24"},
       }) {
    CAPTURE(bad.fault);
    const std::string said = fault_of_links(with(kLinks, bad.from, bad.to));
    CAPTURE(said);
    CHECK(said.rfind(bad.fault, 0) == 0);
  }
  CHECK(fault_of_links("") == "net:0: expected <END OF METADATA>, got the end of the file");
}

TEST_CASE("tntp: bad files of trips are refused with their line and what was expected") {
  REQUIRE(fault_of_trips(kTrips).empty());
  struct Bad {
    const char *from, *to, *fault;
  };
  for (const Bad& bad : std::initializer_list<Bad>{
           {"Origin \t1", "Origin \t3", "trips:5: expected a zone from 1 to 2, got \"3\""},
           {"Origin \t1 \n", "", "trips:5: expected Origin and a zone, got \"1\""},
           {"2 :     6.0", "3 :     6.0", "trips:6: expected a zone from 1 to 2, got \"3\""},
           {"2 :     6.0", "2 :    -6.0",
            "trips:6: expected trips, a number of at least 0, got \"-6.0\""},
           {"2 :     6.0;", "2 :     6.", "trips:6: expected \";\", got nothing"},
           {"2 :     6.0;", "2  6.0;", "trips:6: expected \":\", got \"6.0\""},
           {"2 :     6.0;", "2 : 0;", "trips:8: expected trips between zones, got none"},
           {"<NUMBER OF ZONES> 2", "<NUMBER OF ZONES> 3",
            "trips:3: expected 2 zones as in the network, got 3"},
           {"<TOTAL OD FLOW>   8.5", "<TOTAL OD FLOW>   lots", "trips:3: <TOTAL OD FLOW>: "},
       }) {
    CAPTURE(bad.fault);
    const std::string said = fault_of_trips(with(kTrips, bad.from, bad.to));
    CAPTURE(said);
    CHECK(said.rfind(bad.fault, 0) == 0);
  }
}

TEST_CASE("tntp: trips that have no path are refused where they stand") {
  const TntpFiles files{
      parse_tntp_links(kLinks, "net"),
      parse_tntp_trips(with(with(kTrips, "1 :      0.0", "1 : 1.0"), "8.5", "9.5"), "trips", 2)};
  CHECK_THROWS_WITH_AS((void)make_network(files, "trips"),
                       "trips:8: expected trips that have a path, got none from 2 to 1", DataError);
}

TEST_CASE("tntp: zones before the first through node are no way through") {
  // 1 -> 2 -> 3 costs 2, 1 -> 3 costs 5; 1, 2 and 3 are zones.
  const std::string links =
      "<NUMBER OF ZONES> 3\n<NUMBER OF NODES> 3\n<NUMBER OF LINKS> 3\n<FIRST THRU NODE> 1\n"
      "<END OF METADATA>\n1 2 1 1 1 0 0 ;\n2 3 1 1 1 0 0 ;\n1 3 1 1 5 0 0 ;\n";
  const std::string trips = "<NUMBER OF ZONES> 3\n<END OF METADATA>\nOrigin 1\n3 : 1; 2 : 1;\n";
  const auto distance = [&](const std::string& text) {
    const RoadNetwork network =
        make_network({parse_tntp_links(text, "net"), parse_tntp_trips(trips, "trips", 3)}, "trips");
    ShortestPaths search(network);
    search.from(0, std::vector<double>{1.0, 5.0, 1.0});  // by their tails: 1-2, 1-3, 2-3
    return search.distance(2);
  };
  CHECK(distance(links) == 2.0);
  CHECK(distance(with(links, "THRU NODE> 1", "THRU NODE> 4")) == 5.0);
}

TEST_CASE("tntp: the example of the collection has its known totals") {
  auto network = std::make_shared<const RoadNetwork>(make_network(
      {parse_tntp_links(kLinks, "net"), parse_tntp_trips(kTrips, "trips", 2)}, "trips"));
  const auto game = std::make_shared<const Game>(
      Game{routing::MarketConfig{}, network, network->latencies().marginal()});
  const auto total = [&](Objective objective) {
    RegimePlan plan;
    plan.group().objective = objective;
    RoutingMarket market(game, plan, {});
    const std::vector<Index> everyone{0};
    for (Index step = 0; step < 20; ++step) {
      market.clear({everyone, true});
      market.learn({everyone, true}, 0);
    }
    return market.total_travel_time();
  };
  // The published totals leave out the 1e-8 of two links.
  CHECK(total(Objective::kOwnPayoff) == doctest::Approx(552.0).epsilon(1e-9));
  CHECK(total(Objective::kMeanPayoff) == doctest::Approx(498.0).epsilon(1e-9));
}

namespace {

// 1 and x in parallel, twice 1 trip: equilibrium 2 x 2 = 4.
const std::string kTwoLinks =
    "<NUMBER OF ZONES> 2\n<NUMBER OF NODES> 2\n<NUMBER OF LINKS> 2\n<END OF METADATA>\n";

/// Cost of the second link at flow 0, or what is wrong.
std::string second_cost(const std::string& rows, const TntpNetwork& costs = {}) {
  try {
    return std::to_string(
        parse_tntp_links(kTwoLinks + rows, "net", costs).links.at(1).latency.constant);
  } catch (const DataError& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("tntp: columns stand where the header says, in any order and by the names in use") {
  TntpNetwork costs;
  costs.distance_factor = 10.0;
  const std::string wanted = "32.000000";  // time 2 and length 3
  for (const char* header : {
           "~\tinit_node\tterm_node\tcapacity\tlength\tfree_flow_"
           "time\tb\tpower\tspeed\ttoll\ttype\t;",
           "~ Init node\tTerm node\tCapacity (veh/h)\tLength (ft)\tFree Flow Time "
           "(min)\tB\tPower\t;",
           "~ tail head cap len fft b pow speed toll type ;",
           "~ Init node Term node Capacity Length Free Flow Time B Power Speed limit Toll Type;",
           "~ From\tTo\tcapacity\tlength\tftime\tB\tpower",
       })
    CHECK_MESSAGE(
        second_cost(std::string(header) + "\n1 2 1 0 1 1 1 0 0 1;\n1 2 1 3 2 0 1 60 7 1;\n",
                    costs) == wanted,
        header);
  // In another order, with a column of another name before them.
  CHECK(second_cost("~ id b power toll free_flow_time length capacity term_node init_node\n"
                    "7 1 1 0 1 0 1 2 1\n8 0 1 7 2 3 1 2 1\n",
                    costs) == wanted);
  // No header: by place. A remark is none, whatever it speaks of.
  CHECK(second_cost("1 2 1 0 1 1 1 0 0 1;\n1 2 1 3 2 0 1 60 7 1;\n", costs) == wanted);
  CHECK(second_cost("~ from here to there, capacity in cars, free flow time in min, length in km\n"
                    "1 2 1 0 1 1 1 0 0 1;\n1 2 1 3 2 0 1 60 7 1;\n",
                    costs) == wanted);
}

TEST_CASE("tntp: what is charged must be a column; other names are no toll") {
  const std::string header =
      "~\tinit_node\tterm_node\tcapacity\tlength\tfree_flow_time\tb\tpower\tspeed\t";
  const std::string rows = "\n1 2 1 0 1 1 1 60 0.5 2;\n1 2 1 0 2 0 1 60 0.7 2;\n";
  TntpNetwork costs;
  CHECK(second_cost(header + "critical_speed\tlanes\t;" + rows, costs) == "2.000000");
  costs.toll_factor = 1.0;
  CHECK(second_cost(header + "toll\tlanes\t;" + rows, costs) == "2.700000");
  CHECK(second_cost(header + "critical_speed\tlanes\t;" + rows, costs) ==
        "net:5: expected a column named toll, which has a factor, got none");
  CHECK(second_cost("~ init_node term_node capacity length b power" + rows) ==
        "net:5: expected a column named free_flow_time, got none");
  CHECK(second_cost("~ init_node term_node capacity capacity free_flow_time b power" + rows) ==
        "net:5: expected every column once, got \"capacity\" again");
}

TEST_CASE("tntp: numbers of nodes beyond their count are names") {
  const std::string links =
      "<NUMBER OF ZONES> 3\n<NUMBER OF NODES> 3\n<NUMBER OF LINKS> 2\n<FIRST THRU NODE> 1\n"
      "<END OF METADATA>\n205 101 1 0 1 0 0;\n101 4000000000 1 0 2 0 0;\n";
  const TntpLinks read = parse_tntp_links(links, "net");
  CHECK(read.names == std::vector<Index>{101, 205, 4000000000});
  CHECK(read.links[0].from == 2);
  CHECK(read.links[0].to == 1);
  CHECK(read.links[1].to == 3);
  const std::string trips =
      "<NUMBER OF ZONES> 2\n<END OF METADATA>\nOrigin 205\n4000000000 : 2; 205 : 1;\n";
  const TntpTrips demand = parse_tntp_trips(trips, "trips", read.zones, read.names);
  CHECK(demand.intrazonal == 1.0);
  CHECK(demand.demands.at(0).origin == 2);
  CHECK(demand.demands.at(0).destination == 3);
  const RoadNetwork network = make_network({read, demand}, "trips");
  CHECK(network.name(network.head(network.given(1))) == 4000000000);
  CHECK(network.name(network.pairs().front().origin) == 205);
  // The node in the middle is no way through if the first such node has a name above its own.
  const auto passable = [&](const std::string& first) {
    const TntpLinks with_first = parse_tntp_links(with(links, "NODE> 1", "NODE> " + first), "net");
    return RoadNetwork(3, with_first.first_through, with_first.links, {}, 1.0, with_first.names)
        .may_pass(0);
  };
  CHECK(passable("101"));
  CHECK(!passable("102"));
  CHECK(fault_of_links(with(links, "NODE> 1", "NODE> 3")) ==
        "net:4: <FIRST THRU NODE>: expected the name of a node, as the links have names, got 3");
  CHECK(fault_of_links(with(links, "NODES> 3", "NODES> 4")) ==
        "net:6: expected a node from 1 to 4, got \"205\"; as names of nodes these are 3, not 4");
  CHECK_THROWS_WITH_AS(
      parse_tntp_trips(with(trips, "Origin 205", "Origin 1"), "trips", 3, read.names),
      "trips:3: expected a zone that is a node of the network, got 1", DataError);
}

TEST_CASE("tntp: the declared total is that of the trips, with or without those within zones") {
  for (const char* total : {"8.5", "6.0", "8.5007", "5.9995"})
    CHECK_MESSAGE(fault_of_trips(with(kTrips, "8.5", total)).empty(), total);
  for (const char* total : {"5", "8.502", "2.5", "0"})
    CHECK_MESSAGE(
        fault_of_trips(with(kTrips, "8.5", total)) ==
            std::string("trips:2: <TOTAL OD FLOW>: expected the sum of the trips, 8.5, got ") +
                total,
        total);
  CHECK(
      fault_of_trips(with(kTrips, "8.5", "nan")).starts_with("trips:3: <TOTAL OD FLOW>: expected"));
}
