// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/bid_matrix/sparse/edge_structure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "agents/cohort.hpp"
#include "engine/core/memory.hpp"
#include "engine/stepping/blocks.hpp"
#include "scenarios/bid_matrix/draw.hpp"
#include "scenarios/bid_matrix/random_bids.hpp"
#include "scenarios/bid_matrix/sparse/edge_market.hpp"
#include "scenarios/graph/make.hpp"
#include "scenarios/graph/read.hpp"

namespace gbid::bid_matrix::sparse {
namespace {

// Drawing or reading a contribution of all pairs to keep those of bids that exist takes n^2 numbers.
constexpr Index kMostPairs = 10000;

/// About how many agents a market with a matrix of all bids may have here.
Index most_agents_of_a_matrix() {
  constexpr double kMatrices = 8.0;  // bids, moments, inverse, gradients
  return static_cast<Index>(std::sqrt(physical_memory_bytes() / (kMatrices * sizeof(double))));
}

class EdgeStructure final : public Structure {
 public:
  EdgeStructure(const MarketConfig& config, const Setup& setup, ArrayLoader& loader)
      : config_(config), setup_(setup), n_(config.agents) {
    refuse_terms(loader);
    if (const auto* file = std::get_if<FileArray>(&config.alpha))
      alpha_ = loader.load(*file, "market.alpha", {{n_}}).values;
    load_contribution(loader);
    load_graph(loader);
  }

  Index agents() const override { return n_; }
  double parameter_count() const override { return edges_; }
  std::vector<Dimension> dimensions() const override {
    return {{"agent", n_, "agent"},
            {"edge", static_cast<Index>(edges_), "bid that exists: see source and target"}};
  }
  std::vector<ArraySpec> arrays() const override { return specs_of(EdgeMarket::arrays()); }
  bool has_shared_game() const override {
    return std::holds_alternative<FileArray>(config_.utility.contribution) &&
           !std::holds_alternative<RandomBetween>(config_.alpha) &&
           !graph::is_random(config_.graph);
  }
  double trial_bytes(const RegimePlan& plan) const override {
    return EdgeMarket::bytes(config_, plan, edges_) + (graph_ ? 0.0 : graph_bytes()) +
           edges_ * (is_narrow() ? sizeof(float) : sizeof(double)) +
           static_cast<double>(n_) * sizeof(double);
  }
  double shared_bytes() const override { return graph_ ? graph_bytes() : 0.0; }
  double step_flops(const RegimePlan& plan) const override {
    return EdgeMarket::step_flops(config_, plan, edges_);
  }

  void load_regime(const std::optional<InitialBids>& initial_bids, const RegimePlan& plan,
                   ArrayLoader& loader) override {
    const std::string key = "regimes." + plan.name;
    refuse_records(plan, loader);
    for (const GroupPlan& group : plan.groups)
      if (group.learns &&
          (group.objective == Objective::kMeanPayoff ||
           group.objective == Objective::kGroupPayoff) &&
          pays("emission"))
        loader.fail(
            key + ".objective",
            fmt::format("expected own_payoff or mean_utility: the gradient of all agents' "
                        "emissions needs the whole diagonal of an inverse of {} x {} numbers, "
                        "which market.storage = \"edges\" does not hold; got a common payoff",
                        n_, n_));
    initial_bids_.push_back(initial_bids.value_or(setup_.agents.initial_bids));
    const std::string bids_key = initial_bids ? key + ".initial_bids" : "agents.initial_bids";
    Array given;
    if (const auto* file = std::get_if<FileArray>(&initial_bids_.back()))
      given = loader.load(*file, bids_key, {{static_cast<Index>(edges_)}});
    else if (!std::holds_alternative<RandomBetween>(initial_bids_.back()))
      loader.fail(bids_key,
                  "expected { low, high } or a file with a number for every edge: rows of "
                  "normal numbers are scaled over all pairs of agents");
    given_bids_.push_back(std::move(given));
  }

  std::unique_ptr<PlannedMarket> trial_market(std::size_t regime, const RegimePlan& plan,
                                              Index trial) const override {
    const auto game = this->game(trial);
    return std::make_unique<EdgeMarket>(
        config_, game, plan, static_cast<Index>(edges_),
        [&](std::span<double> raw) { start(regime, plan, trial, *game->graph, raw); });
  }

 private:
  bool pays(const char* term) const {
    return std::any_of(config_.payoff.begin(), config_.payoff.end(),
                       [&](const auto& paid) { return paid.first == term; });
  }
  bool is_narrow() const {
    return std::holds_alternative<RandomBids>(config_.utility.contribution);
  }
  double graph_bytes() const { return EdgeGraph::bytes(static_cast<double>(n_), edges_); }
  StreamKey key_of(Index trial) const {
    return {.seed = setup_.seed,
            .purpose = Purpose::kAlpha,
            .trial = static_cast<std::uint64_t>(trial / setup_.starts)};
  }

  void refuse_terms(ArrayLoader& loader) const {
    for (const auto& [name, coefficient] : config_.payoff)
      if (name != "divergence" &&
          std::ranges::find(Demand::kTerms, name) == std::end(Demand::kTerms))
        loader.fail("market.payoff." + name,
                    fmt::format("expected one of {}: market.storage = \"edges\" knows no other",
                                fmt::join(Demand::kTerms, ", ")));
    if (pays("divergence"))
      loader.fail(
          "market.payoff.divergence",
          fmt::format("expected a payoff without it: the divergence has the logarithm of a "
                      "number for every pair of agents, {:.3g} here, which market.storage = "
                      "\"edges\" does not hold; \"matrix\" does for up to about {} agents on "
                      "this machine",
                      static_cast<double>(n_) * static_cast<double>(n_),
                      most_agents_of_a_matrix()));
    if (config_.utility.kind != UtilityKind::kLinear)
      loader.fail(
          "market.utility.kind",
          "expected \"linear\" where market.storage is \"edges\": a quadratic utility has a "
          "matrix of all pairs for every agent");
    if (!std::holds_alternative<Table>(setup_.agents.network))
      loader.fail(
          "agents.network",
          "expected \"table\" where market.storage is \"edges\": agents have different numbers "
          "of bids");
  }

  void refuse_records(const RegimePlan& plan, ArrayLoader& loader) const {
    std::vector<ArraySpec> all = arrays();
    all.push_back(updates_spec());
    const auto check = [&](const char* key, const std::vector<std::string>& names, Recorded when) {
      for (const std::string& name : names)
        if (recorded_variables(all, when, name).empty())
          loader.fail(
              key, fmt::format("expected what market.storage = \"edges\" can record: it holds no "
                               "{}",
                               name));
    };
    check("record.trajectory", plan.trajectory, Recorded::kTrajectory);
    check("record.final", plan.final, Recorded::kFinal);
  }

  void load_contribution(ArrayLoader& loader) {
    const char* const key = "market.utility.contribution";
    if (std::holds_alternative<RandomBids>(config_.utility.contribution)) return;
    if (n_ > kMostPairs) {
      loader.fail(key,
                  fmt::format("expected \"random_bids\" for more than {} agents: this kind has a "
                              "number for every pair of agents, {:.3g} here",
                              kMostPairs, static_cast<double>(n_) * static_cast<double>(n_)));
      return;
    }
    if (const auto* file = std::get_if<FileArray>(&config_.utility.contribution))
      contribution_ = loader.load(*file, key, {{n_, n_}});
  }

  /// The graph that all trials share, if they do; and how many edges any trial's has at most.
  void load_graph(ArrayLoader& loader) {
    const double agents = static_cast<double>(n_);
    edges_ = agents;
    if (const auto* file = std::get_if<graph::GraphFile>(&config_.graph)) {
      const auto topology = graph::load(*file, "market.graph.file", n_, loader);
      if (!topology) return;
      graph_ = std::make_shared<EdgeGraph>(*topology);
      edges_ = static_cast<double>(graph_->edges());
      return;
    }
    edges_ = agents + graph::expected_links(config_.graph, n_);
    if (edges_ > EdgeGraph::kMostEdges) {
      loader.fail("market.graph", fmt::format("expected at most {:.0f} bids, got about {:.3g}",
                                              EdgeGraph::kMostEdges, edges_));
      edges_ = agents;
      return;
    }
    // What would not fit is refused by its expected size, and not made.
    constexpr double kLeastBytes = 64.0;
    if (edges_ * kLeastBytes > physical_memory_bytes() || graph::has_fixed_links(config_.graph))
      return;
    if (!graph::is_random(config_.graph)) {
      graph_ = std::make_shared<EdgeGraph>(graph::make(config_.graph, n_, key_of(0)));
      edges_ = static_cast<double>(graph_->edges());
      return;
    }
    edges_ = agents;
    for (Index trial = 0; trial < setup_.trials; trial += setup_.starts)
      edges_ = std::max(
          edges_,
          agents + static_cast<double>(graph::make(config_.graph, n_, key_of(trial)).link_count()));
  }

  std::shared_ptr<const EdgeGame> game(Index trial) const {
    auto game = std::make_shared<EdgeGame>();
    game->graph = graph_
                      ? graph_
                      : std::make_shared<EdgeGraph>(graph::make(config_.graph, n_, key_of(trial)));
    game->numbers.alpha = draw_alpha(config_, alpha_, key_of(trial));
    const EdgeGraph& graph = *game->graph;
    AlignedBuffer contribution(graph.edges());
    StreamKey key = key_of(trial);
    if (is_narrow()) {
      for_blocks(n_, kEdgeRows, [&](Index, Index begin, Index end) {
        for (Index i = begin; i < end; ++i)
          draw_contributions(
              key, i,
              std::span<const std::int32_t>(graph.target.data() + graph.begin(i),
                                            static_cast<std::size_t>(graph.bids_of(i))),
              contribution.data() + graph.begin(i));
      });
    } else {
      key.purpose = Purpose::kContribution;
      const PaddedMatrix all =
          contribution_.values.empty() ? draw_matrix(n_, key) : take_matrix(contribution_, n_, 0);
      for (Index i = 0; i < n_; ++i)
        for (Index e = graph.begin(i); e < graph.end(i); ++e)
          contribution[e] = all(i, graph.target[static_cast<std::size_t>(e)]);
    }
    game->contribution = EdgeNumbers(std::move(contribution));
    return game;
  }

  /// The raw bids that a market with a matrix starts from, of bids that exist.
  void start(std::size_t regime, const RegimePlan& plan, Index trial, const EdgeGraph& graph,
             std::span<double> raw) const {
    if (const Array& given = given_bids_[regime]; !given.values.empty()) {
      std::copy_n(given.values.begin(), raw.size(), raw.begin());
      return;
    }
    const auto& between = std::get<RandomBetween>(initial_bids_[regime]);
    const StreamKey key{.seed = setup_.seed,
                        .purpose = Purpose::kInitialBids,
                        .regime = setup_.agents.paired_start ? 0 : regime_key(plan.name),
                        .trial = static_cast<std::uint64_t>(trial)};
    for_blocks(n_, kEdgeRows, [&](Index, Index begin, Index end) {
      Stream stream(key);
      for (Index i = begin; i < end; ++i)
        for (Index e = graph.begin(i); e < graph.end(i); ++e) {
          const Index j = graph.target[static_cast<std::size_t>(e)];
          raw[static_cast<std::size_t>(e)] =
              between.low + (between.high - between.low) * uniform_at(stream, i * n_ + j);
        }
    });
  }

  MarketConfig config_;
  Setup setup_;
  Index n_;
  double edges_ = 0.0;  // of the trial that has most
  std::vector<double> alpha_;
  Array contribution_;
  std::shared_ptr<const EdgeGraph> graph_;  // null where every trial draws its own
  std::vector<InitialBids> initial_bids_;   // per regime
  std::vector<Array> given_bids_;           // per regime; empty where drawn
};

}  // namespace

std::unique_ptr<Structure> make_edge_structure(const MarketConfig& config, const Setup& setup,
                                               ArrayLoader& loader) {
  return std::make_unique<EdgeStructure>(config, setup, loader);
}

}  // namespace gbid::bid_matrix::sparse
