// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/routing/structure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "engine/core/error.hpp"
#include "scenarios/routing/schema.hpp"
#include "scenarios/routing/tntp.hpp"

namespace gbid::routing {
namespace {

// For estimates: paths of a pair, and links of a path by the root of all links.
constexpr double kPathsOfPair = 4.0, kLinksOfPath = 1.0;

class RoutingStructure final : public Structure {
 public:
  RoutingStructure(const Setup& setup, std::shared_ptr<const Game> game)
      : seed_(setup.seed), game_(std::move(game)) {}

  Index agents() const override { return game_->network->pair_count(); }
  /// Flows of paths, about: how many there are shows only on the way.
  double parameter_count() const override { return path_count(); }
  std::vector<Dimension> dimensions() const override {
    return routing::dimensions(*game_->network);
  }
  std::vector<ArraySpec> arrays() const override {
    std::vector<ArraySpec> all = specs_of(RoutingMarket::arrays());
    for (const ArrayRow<Certificate>& row : certificate_rows()) all.push_back(row.spec);
    return all;
  }
  bool has_shared_game() const override { return true; }

  double trial_bytes(const RegimePlan&) const override {
    const double links = link_count(), nodes = static_cast<double>(game_->network->nodes());
    const double searches = std::min(64.0, static_cast<double>(game_->network->origin_count()));
    return searches * (13.0 * nodes + 16.0 * links) + 48.0 * links +
           56.0 * static_cast<double>(agents()) + 2.0 * path_count() * (16.0 + 4.0 * path_length());
  }
  /// A search from every origin, and the shifts.
  double step_flops(const RegimePlan&) const override {
    return 10.0 * link_count() * static_cast<double>(game_->network->origin_count()) +
           20.0 * path_count() * path_length() * static_cast<double>(game_->config.rounds);
  }
  double shared_bytes() const override {
    return 80.0 * link_count() + 32.0 * static_cast<double>(agents());
  }

  void load_regime(const std::optional<InitialBids>&, const RegimePlan& plan,
                   ArrayLoader& loader) override {
    const std::string key = "regimes." + plan.name;
    const Objective objective = plan.group().objective;
    if (objective == Objective::kMeanUtility)
      loader.fail(key + ".objective",
                  "expected own_payoff or mean_payoff: trips have no utility apart from their "
                  "cost, got \"mean_utility\"");
    for (const GroupPlan& group : plan.groups)
      if (group.objective != objective && group.learns && plan.group().learns)
        loader.fail(key + ".groups",
                    "expected groups of one objective: all trips go by the same costs of links");
    if (objective == Objective::kGroupPayoff && plan.groups.size() > 1)
      loader.fail(key + ".objective",
                  "expected own_payoff or mean_payoff, got group_payoff: costs of links have no "
                  "share that is a group's");
  }
  std::unique_ptr<PlannedMarket> trial_market(std::size_t, const RegimePlan& plan,
                                              Index trial) const override {
    return std::make_unique<RoutingMarket>(
        game_, plan, StreamKey{.seed = seed_, .trial = static_cast<std::uint64_t>(trial)});
  }
  std::map<std::string, std::string> attributes() const override {
    const double degree = game_->travel().degree();
    // Total travel time is convex: a planner whose relative gap is g is within g of the best, of
    // marginal costs, which are at most 1 + degree times the costs.
    return {{"welfare_sign", "cost"},
            {"planner_error", fmt::format("{}", game_->config.gap * (1.0 + degree))},
            {"latency_degree", fmt::format("{:.6g}", degree)},
            {"theory_bound", fmt::format("{}", price_of_anarchy_bound(degree))},
            {"theory_source", "Roughgarden, 2003, latencies of that degree"}};
  }

 private:
  double link_count() const { return static_cast<double>(game_->network->link_count()); }
  double path_count() const { return kPathsOfPair * static_cast<double>(agents()); }
  double path_length() const { return kLinksOfPath * std::sqrt(link_count()); }

  std::uint64_t seed_;
  std::shared_ptr<const Game> game_;
};

RoadNetwork network_of(const NetworkKind& kind, double demand_factor,
                       const std::filesystem::path& folder) {
  return std::visit(
      [&](const auto& network) {
        if constexpr (std::is_same_v<std::decay_t<decltype(network)>, TntpNetwork>) {
          const std::string trips = (folder / network.trips).string();
          return make_network(read_tntp_files((folder / network.network).string(), trips, network),
                              trips, demand_factor);
        } else
          return make_network(network, demand_factor);
      },
      kind);
}

}  // namespace

std::shared_ptr<const Game> make_game(const MarketConfig& config,
                                      const std::filesystem::path& folder) {
  auto network =
      std::make_shared<const RoadNetwork>(network_of(config.network, config.demand, folder));
  if (network->pair_count() == 0) throw DataError("expected trips between two nodes, got none");
  if (const RoadNetwork::Pair* lost = unreachable_pair(*network))
    throw DataError(
        fmt::format("demands[{}]: expected trips that have a path, got none from {} to "
                    "{}",
                    lost->line, lost->origin + 1, lost->destination + 1));
  Latencies marginal = network->latencies().marginal();
  return std::make_shared<const Game>(Game{config, std::move(network), std::move(marginal)});
}

namespace {

std::unique_ptr<Structure> make(const MarketConfig& config, const Setup& setup,
                                ArrayLoader& loader) {
  const std::string key = "market.network";
  if (const auto* files = std::get_if<TntpNetwork>(&config.network))
    loader.add_files(
        {(loader.folder() / files->network).string(), (loader.folder() / files->trips).string()});
  try {
    return std::make_unique<RoutingStructure>(setup, make_game(config, loader.folder()));
  } catch (const DataError& error) {
    loader.fail(key, error.what());
  } catch (const MissingInputError& error) {
    throw MissingInputError(loader.where(key) + ": " + key + ": " + error.what());
  }
  loader.throw_if_any();
  return nullptr;
}

constexpr const char* kExample = R"(
title = "Braess's paradox"
steps = 20

[market]
structure = "selfish_routing"

[regimes.competitive]
objective = "own_payoff"

[regimes.coordinated]
objective = "mean_payoff"

[record]
every = 1
)";

}  // namespace

EntryOf<MarketConfig> entry() {
  return {{.name = "selfish_routing",
           .help = "trips that choose paths through a network whose links slow down as they fill",
           .example = kExample,
           .recordables = routing::recordables(),
           .lists = {{"roads", "market.network", network_kinds().describe()}}},
          market_schema(),
          make};
}

}  // namespace gbid::routing
