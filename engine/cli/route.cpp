// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <fmt/format.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <optional>

#include "analysis/price_of_anarchy.hpp"
#include "engine/cli/message.hpp"
#include "engine/cli/options.hpp"
#include "engine/cli/output.hpp"
#include "engine/cli/resources.hpp"
#include "engine/cli/run_play.hpp"
#include "engine/cli/session.hpp"
#include "engine/config/value.hpp"
#include "engine/record/journal.hpp"
#include "engine/text/json_writer.hpp"
#include "engine/text/text_table.hpp"
#include "scenarios/play/play_in_memory.hpp"
#include "scenarios/routing/bounds.hpp"
#include "scenarios/routing/tntp.hpp"

namespace gbid::cli {
namespace {

/// Where a regime ended.
struct End {
  std::string regime;
  RunResult result;
  double total = 0.0, gap = 0.0, excess = 0.0, paths = 0.0, seconds = 0.0;
  std::vector<double> link_flow;  ///< as the links were given

  bool is_converged = false;  ///< it has reached the gap, in the last step of all perhaps
};

/// What is known of the price of anarchy.
struct Price {
  double value = std::nan("");
  std::string not_known;                               ///< why it is not; else empty
  routing::Bounds bounds{std::nan(""), std::nan("")};  ///< by the duality gaps
};

/// Facts about the two files.
struct Facts {
  Index nodes = 0, zones = 0, links = 0, pairs = 0;
  double trips = 0.0, intrazonal = 0.0;
  double degree = 0.0, bound = 0.0;
  std::optional<routing::RoadNetwork> played;  ///< with the factors of the options
};

/// A scenario on the two files, with the options where they change it.
Scenario scenario_of(const Options& options) {
  const auto absolute = [&](const char* name) {
    return config::quote(std::filesystem::absolute(options.get<std::string>(name)).string());
  };
  const std::string text = fmt::format(
      "title = {}\n[market]\nstructure = \"selfish_routing\"\n"
      "network = {{ kind = \"tntp\", network = {}, trips = {} }}\n"
      "[learning]\nuntil = \"settled\"\n"
      "[regimes.equilibrium]\nobjective = \"own_payoff\"\n"
      "[regimes.optimum]\nobjective = \"mean_payoff\"\n"
      "[record]\nevery = 1\ntrajectory = [\"total_travel_time\", \"relative_gap\", "
      "\"average_excess_cost\", \"paths_in_use\", \"beckmann\"]\n",
      config::quote(std::filesystem::path(options.get<std::string>("NETWORK")).stem().string()),
      absolute("NETWORK"), absolute("TRIPS"));
  config::Document document = config::Document::from_text(text, "gbid route");
  const auto set = [&](const std::string& key, const std::string& option, const auto& value) {
    document.set(fmt::format("{}={}", key, value), fmt::format("--{} {}", option, value));
  };
  set("steps", "steps", options.get<std::int64_t>("steps"));
  set("market.gap", "gap", options.get<double>("gap"));
  set("market.demand", "demand", options.get<double>("demand"));
  set("market.network.toll_factor", "toll-factor", options.get<double>("toll-factor"));
  set("market.network.distance_factor", "distance-factor", options.get<double>("distance-factor"));
  return Scenario::load(document);
}

/// @param gap at which the regime has converged.
End play(const Scenario& scenario, std::size_t regime, double gap, Journal* journal,
         const std::atomic<bool>& stop) {
  End end;
  end.regime = scenario.plan(regime).name;
  const auto begin = std::chrono::steady_clock::now();
  const PlayedTrial played = play_in_memory(scenario, regime, 0, stop, journal);
  end.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  end.result = played.result;
  const auto value = [&](const char* name) {
    const std::vector<double>& recorded = played.trajectory.at(name);
    return recorded.empty() ? std::nan("") : recorded.back();  // failed before the first record
  };
  end.total = value("total_travel_time");
  end.gap = value("relative_gap");
  end.is_converged = end.result.end == RunResult::End::kSettled || end.gap <= gap;
  end.excess = value("average_excess_cost");
  end.paths = value("paths_in_use");
  if (played.final.contains("link_flow")) end.link_flow = played.last("link_flow");
  return end;
}

/// @throws DataError, MissingInputError naming the file.
Facts facts_of(const Options& options) {
  const std::string network_file = options.get<std::string>("NETWORK"),
                    trips_file = options.get<std::string>("TRIPS");
  const routing::TntpFiles files =
      routing::read_tntp_files(network_file, trips_file,
                               {.toll_factor = options.get<double>("toll-factor"),
                                .distance_factor = options.get<double>("distance-factor")});
  const routing::RoadNetwork network = routing::make_network(files, trips_file);
  Facts facts;
  facts.played = routing::make_network(files, trips_file, options.get<double>("demand"));
  facts.nodes = network.nodes();
  facts.zones = files.links.zones;
  facts.links = network.link_count();
  facts.pairs = network.pair_count();
  facts.trips = network.trips();
  facts.intrazonal = files.trips.intrazonal;
  facts.degree = network.latencies().degree();
  facts.bound = routing::price_of_anarchy_bound(facts.degree);
  return facts;
}

/// The price where both ends have converged, and in any case what their gaps leave of it.
/// @throws Error (internal) if that is nothing.
Price price_of_ends(const std::vector<End>& ends, const Facts& facts) {
  Price price;
  const End &equilibrium = ends[0], &optimum = ends[1];
  const routing::RoadNetwork& network = *facts.played;
  const auto flows = [&](const End& end) {
    std::vector<double> flow(end.link_flow.size());
    for (std::size_t k = 0; k < flow.size(); ++k)
      flow[static_cast<std::size_t>(network.given(static_cast<Index>(k)))] = end.link_flow[k];
    return flow;
  };
  if (!equilibrium.link_flow.empty() && !optimum.link_flow.empty())
    price.bounds = routing::price_of_anarchy(
        routing::equilibrium_total(network.latencies(), flows(equilibrium),
                                   equilibrium.excess * network.trips()),
        routing::optimal_total(network.latencies(), flows(optimum),
                               optimum.excess * network.trips()),
        facts.bound);
  for (const End& end : ends)
    if (!end.is_converged)
      price.not_known += (price.not_known.empty() ? "" : "; ") + end.regime + " has not converged";
  if (price.not_known.empty()) price.value = price_of(-optimum.total, -equilibrium.total, true);
  if (price.not_known.empty() && std::isnan(price.value)) price.not_known = "a cost is not above 0";
  return price;
}

std::string text_report(const Options& options, const Facts& facts, const std::vector<End>& ends,
                        const Price& price) {
  std::string text = fmt::format(
      "{}: {} nodes, {} zones, {} links; {} {} with {:.10g} trips",
      std::filesystem::path(options.get<std::string>("NETWORK")).filename().string(), facts.nodes,
      facts.zones, facts.links, facts.pairs, facts.pairs == 1 ? "pair" : "pairs", facts.trips);
  if (facts.intrazonal > 0.0)
    text += fmt::format(" ({:.10g} more within zones are left out)", facts.intrazonal);
  if (options.get<double>("demand") != 1.0)
    text += fmt::format(", times {}", options.get<double>("demand"));
  TextColumn name{"", false, {"user equilibrium", "system optimum"}};
  TextColumn total{"total travel time", true, {}}, gap{"relative gap", true, {}},
      excess{"average excess", true, {}}, paths{"paths", true, {}}, steps{"steps", true, {}},
      seconds{"seconds", true, {}}, converged{"converged", true, {}};
  for (const End& end : ends) {
    total.cells.push_back(fmt::format("{:.3f}", end.total));
    gap.cells.push_back(fmt::format("{:.1e}", end.gap));
    excess.cells.push_back(fmt::format("{:.1e}", end.excess));
    paths.cells.push_back(fmt::format("{:.0f}", end.paths));
    steps.cells.push_back(std::to_string(end.result.steps));
    seconds.cells.push_back(fmt::format("{:.3f}", end.seconds));
    converged.cells.push_back(end.is_converged ? "yes" : "no");
  }
  text += "\n" + text_table({name, total, gap, excess, paths, steps, seconds, converged});
  const bool is_bounded = !std::isnan(price.bounds.low);
  const std::string between =
      fmt::format("between {:.9f} and {:.9f}", price.bounds.low, price.bounds.high);
  text += wrapped(price.not_known.empty()
                      ? fmt::format("price of anarchy {:.9f}; by the gaps {}", price.value, between)
                      : fmt::format("price of anarchy not known: {}{}", price.not_known,
                                    is_bounded ? "; by the gaps it lies " + between : ""),
                  "", 98);
  text += wrapped(
      fmt::format("At most {:.6f} on any network whose link costs are polynomials of degree {:.6g} "
                  "with coefficients that are not negative (Roughgarden, 2003). Gap and excess of "
                  "the optimum are by marginal costs.",
                  facts.bound, facts.degree),
      "  ", 98);
  return text;
}

std::string json_report(const Options& options, const Facts& facts, const std::vector<End>& ends,
                        const Price& price) {
  JsonWriter json;
  json.begin_object();
  json.member("version", 1).member("network", options.get<std::string>("NETWORK"));
  json.member("trips_file", options.get<std::string>("TRIPS"));
  json.member("nodes", facts.nodes).member("zones", facts.zones).member("links", facts.links);
  json.member("pairs", facts.pairs).member("trips", facts.trips);
  json.member("intrazonal_trips", facts.intrazonal);
  for (const End& end : ends) {
    json.key(end.regime).begin_object();
    json.member("total_travel_time", end.total).member("relative_gap", end.gap);
    json.member("average_excess_cost", end.excess).member("paths_in_use", end.paths);
    json.member("is_settled", end.is_converged);
    json.member("steps", end.result.steps).member("seconds", end.seconds);
    json.end_object();
  }
  json.member("price_of_anarchy", price.value);
  json.key("price_of_anarchy_not_known");
  price.not_known.empty() ? json.null() : json.value(price.not_known);
  json.key("price_of_anarchy_interval").value(std::vector{price.bounds.low, price.bounds.high});
  json.member("latency_degree", facts.degree);
  json.member("price_of_anarchy_bound", facts.bound);
  json.end_object();
  return json.text() + "\n";
}

std::optional<Journal> open_journal(const Options& options, const Scenario& scenario) {
  if (!options.has("output")) return std::nullopt;
  const std::string out = options.get<std::string>("output");
  refuse_unfinished_run(out, options.has("discard"));
  check_output(out, options.has("force"), options.get<std::string>("NETWORK"), scenario.inputs());
  return Journal::create(journal_path(out), layout_of_run(scenario, ""), {.replace = true});
}

}  // namespace

ExitCode route_command(const Arguments& arguments) {
  Options options("route");
  options.number("gap", "relative gap to reach", 1e-12)
      .integer("steps", "steps at most", 1000)
      .number("demand", "factor of all demands", 1.0)
      .number("toll-factor", "cost of a unit of toll", 0.0)
      .number("distance-factor", "cost of a unit of length", 0.0)
      .text("output,o", "file to write, as of `gbid run`; default: none")
      .integer("threads", "threads to use; default: all. Results do not depend on it")
      .flag("force", "replace an existing file")
      .flag("discard", "begin anew where an unfinished run lies: what it has done is lost")
      .flag("json", "print the result as JSON");
  options.positional({"NETWORK", "TRIPS"}, 2);
  if (!options.parse(arguments)) return ExitCode::kOk;

  // 1. The files, and the scenario that is played on them.
  const int threads = thread_count(options);
  const Facts facts = facts_of(options);
  const Scenario scenario = scenario_of(options);
  refuse_what_does_not_fit(
      scenario, options.get<std::string>("NETWORK"), 1, Device{},
      std::filesystem::absolute(options.has("output") ? options.get<std::string>("output")
                                                      : std::string("x"))
          .parent_path());
  std::optional<Journal> journal = open_journal(options, scenario);

  // 2. The user equilibrium, then the system optimum.
  const ThreadLimits limits(threads);
  std::atomic<bool>& stop = stop_on_signals();
  std::vector<End> ends;
  tbb::task_arena arena(threads);
  arena.execute([&] {
    for (std::size_t regime = 0; regime < scenario.regime_count(); ++regime)
      ends.push_back(
          play(scenario, regime, options.get<double>("gap"), journal ? &*journal : nullptr, stop));
  });

  // 3. Publish and show.
  if (journal) {
    journal->close();
    const std::string out = options.get<std::string>("output");
    publish_run(out, out, options.has("force"), false);
  }
  const Price price = price_of_ends(ends, facts);
  std::cout << (options.has("json") ? json_report(options, facts, ends, price)
                                    : text_report(options, facts, ends, price));
  if (journal) tell("wrote {}\n", options.get<std::string>("output"));
  if (stop) {
    tell("gbid: stopped early; the totals are those reached\n");
    return ExitCode::kStopped;
  }
  for (const End& end : ends) {
    if (end.result.end == RunResult::End::kFailed)
      tell("gbid: failed: {}: {}\n", end.regime, end.result.message);
    else if (!end.is_converged)
      tell("gbid: {} has not reached the gap in {} steps\n", end.regime, end.result.steps);
  }
  const bool has_converged =
      std::all_of(ends.begin(), ends.end(), [](const End& end) { return end.is_converged; });
  return has_converged ? ExitCode::kOk : ExitCode::kSomeFailed;
}

}  // namespace gbid::cli
