// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "scenarios/bid_matrix/bid_matrix_game.hpp"
#include "scenarios/bid_matrix/bids.hpp"
#include "scenarios/bid_matrix/card/bid_matrix_card.hpp"
#include "scenarios/bid_matrix/draw.hpp"
#include "scenarios/bid_matrix/lanes/bid_matrix_lanes.hpp"
#include "scenarios/bid_matrix/random_bids.hpp"
#include "scenarios/bid_matrix/schema.hpp"
#include "scenarios/bid_matrix/sparse/edge_structure.hpp"
#include "scenarios/bidding/bid_structure.hpp"
#include "scenarios/graph/make.hpp"
#include "scenarios/graph/measures.hpp"
#include "scenarios/graph/read.hpp"
#include "scenarios/graph/schema.hpp"

namespace gbid::bid_matrix {
namespace {

/// (H + H') / 2: only the symmetric part of a quadratic form counts.
void symmetrise(PaddedMatrix& matrix) {
  for (Index i = 0; i < matrix.rows(); ++i)
    for (Index j = 0; j < i; ++j) matrix(i, j) = matrix(j, i) = 0.5 * (matrix(i, j) + matrix(j, i));
}

class BidMatrixStructure final : public BidStructure {
 public:
  BidMatrixStructure(const MarketConfig& config, const Setup& setup, ArrayLoader& loader)
      : BidStructure(setup), config_(config), n_(config.agents), trials_(setup.trials) {
    if (const auto* file = std::get_if<FileArray>(&config.alpha))
      alpha_ = loader.load(*file, "market.alpha", {{n_}}).values;
    if (const auto* file = std::get_if<FileArray>(&config.utility.contribution);
        file && is_linear())
      contribution_ = loader.load(*file, "market.utility.contribution", {{n_, n_}});
    if (const auto* file = std::get_if<FileArray>(&config.utility.hessians); file && !is_linear())
      hessians_ = loader.load(*file, "market.utility.hessians", {{n_, n_, n_}, {n_, n_}});
  }

  Index agents() const override { return n_; }
  std::vector<Dimension> dimensions() const override {
    return {{"agent", n_, "agent"}, {"counterpart", n_, "agent that is bid on"}};
  }

  bool has_shared_game() const override {
    const bool utility = is_linear()
                             ? std::holds_alternative<FileArray>(config_.utility.contribution)
                             : std::holds_alternative<FileArray>(config_.utility.hessians);
    return utility && !std::holds_alternative<RandomBetween>(config_.alpha) &&
           !graph::is_random(config_.graph);
  }

  std::unique_ptr<BidGame> bid_game(Index trial, GameUse use) const override {
    return std::make_unique<BidMatrixGame>(config_, game(trial), std::move(use));
  }

 protected:
  std::vector<ArraySpec> game_arrays() const override { return specs_of(BidMatrixGame::arrays()); }
  Index bids_per_agent() const override { return n_; }
  Index lane_count(const GameUse& use) const override {
    return BidMatrixLanes::can_play(config_, use) ? kWideLanes : 1;
  }
  std::unique_ptr<BidGameLanes> in_lanes(std::span<BidGame* const> games) const override {
    std::vector<BidMatrixGame*> own;
    for (BidGame* game : games) own.push_back(static_cast<BidMatrixGame*>(game));
    return std::make_unique<BidMatrixLanes>(std::move(own));
  }
  std::string missing_on_card(const GameUse& use) const override {
    return BidMatrixCard::missing(config_, use,
                                  *static_cast<const BidMatrixGame*>(bid_game(0, use).get()));
  }
  CardBytes card_bytes(const RegimePlan& plan, const GameUse& use, Index count) const override {
    const auto game = bid_game(0, use);
    return BidMatrixCard::bytes(static_cast<const BidMatrixGame&>(*game), plan, count);
  }
  std::unique_ptr<BidGameCard> on_card(const CardPlay& play) const override {
    return std::make_unique<BidMatrixCard>(play);
  }
  Index observation_size(Observation channel) const override {
    return BidMatrixGame::observation_size(channel, n_);
  }

  /// The bids say all that counts of raw bids.
  bool read_raw_bids(const StateReader& read, PaddedMatrix& raw) const override {
    if (BidStructure::read_raw_bids(read, raw)) return true;
    const std::vector<double> bids = read("bids");
    if (bids.size() != static_cast<std::size_t>(n_ * n_)) return false;
    for (Index i = 0; i < n_; ++i)
      raw_from_shares(config_.bids.squash, bids.data() + i * n_, n_, raw.row(i));
    return true;
  }

  double game_bytes(const GameUse& use) const override {
    double bytes = BidMatrixGame::estimated_bytes(config_, use);
    const double n = static_cast<double>(n_),
                 matrix = n * static_cast<double>(padded(n_)) * sizeof(double);
    const bool has_one_hessian =
        std::holds_alternative<FileArray>(config_.utility.hessians) && hessians_.shape.size() == 2;
    if (!std::holds_alternative<graph::Complete>(config_.graph))
      bytes += matrix + graph::expected_links(config_.graph, n_) * sizeof(Index);
    return bytes + (is_linear() || has_one_hessian ? matrix : n * matrix);
  }
  double step_flops(const GameUse& use) const override {
    return BidMatrixGame::step_flops(config_, use);
  }

  void load_regime(const std::optional<InitialBids>& initial_bids, const RegimePlan& plan,
                   ArrayLoader& loader) override {
    BidStructure::load_regime(initial_bids, plan, loader);
    if (std::exchange(has_loaded_graph_, true)) return;
    load_graph(loader);
  }

 private:
  bool is_linear() const { return config_.utility.kind == UtilityKind::kLinear; }

  StreamKey key_of(Index trial) const {
    return {.seed = seed(),
            .purpose = Purpose::kAlpha,
            .trial = static_cast<std::uint64_t>(game_of(trial))};
  }

  /// What all trials share of the graph, and whether the payoff is defined on the graphs of all.
  void load_graph(ArrayLoader& loader) {
    if (std::holds_alternative<graph::Complete>(config_.graph)) return;
    if (const auto* file = std::get_if<graph::GraphFile>(&config_.graph)) {
      auto topology = graph::load(*file, "market.graph.file", n_, loader);
      if (!topology) return;
      shared_graph_ = std::make_shared<BidGraph>(std::move(*topology));
    } else if (!graph::is_random(config_.graph)) {
      shared_graph_ = std::make_shared<BidGraph>(graph::make(config_.graph, n_, key_of(0)));
    }
    const bool pays_divergence =
        std::any_of(config_.payoff.begin(), config_.payoff.end(),
                    [](const auto& paid) { return paid.first == "divergence"; });
    if (!pays_divergence) return;
    for (Index trial = 0; trial < (shared_graph_ ? 1 : trials_); trial += starts()) {
      const bool is_defined =
          shared_graph_
              ? has_divergence(shared_graph_->topology, trial, loader)
              : has_divergence(graph::make(config_.graph, n_, key_of(trial)), trial, loader);
      if (!is_defined) return;
    }
  }

  /// Whether every logarithm of the divergence is finite; otherwise an error has been reported to the loader.
  bool has_divergence(const graph::Topology& topology, Index trial, ArrayLoader& loader) const {
    const std::string whose =
        shared_graph_ ? "the graph" : fmt::format("the graph of trial {}", trial);
    if (config_.divergence.source == Source::kBids) {
      if (topology.is_complete()) return true;
      loader.fail("market.divergence.source",
                  fmt::format("expected \"interranking\": the divergence of the bids has the "
                              "logarithm of every bid, and in {} only {} of {} bids "
                              "exist; got \"bids\"",
                              whose, topology.link_count() + n_, n_ * n_));
      return false;
    }
    const Index components = graph::strong_components(topology);
    if (components == 1) return true;
    loader.fail(
        "market.graph",
        fmt::format("expected every agent to be reachable from every other, since the payoff has "
                    "the divergence of the inter-ranking; got {} strongly connected components in "
                    "{}. {}, or leave divergence out of the payoff",
                    components, whose,
                    shared_graph_ ? "Take another graph" : "Take more links or another seed"));
    return false;
  }

  std::shared_ptr<const BidGraph> bid_graph(Index trial) const {
    if (shared_graph_ || std::holds_alternative<graph::Complete>(config_.graph))
      return shared_graph_;
    return std::make_shared<BidGraph>(graph::make(config_.graph, n_, key_of(trial)));
  }

  std::shared_ptr<const Game> game(Index trial) const {
    auto game = std::make_shared<Game>();
    game->graph = bid_graph(trial);
    StreamKey key = key_of(trial);
    // 1. alpha
    game->alpha = draw_alpha(config_, alpha_, key);
    // 2. utility
    if (is_linear()) {
      if (std::holds_alternative<RandomBids>(config_.utility.contribution)) {
        game->contribution = draw_of_bids(game->graph.get(), key);
        return game;
      }
      key.purpose = Purpose::kContribution;
      game->contribution =
          contribution_.values.empty() ? draw_matrix(n_, key) : take_matrix(contribution_, n_, 0);
      return game;
    }
    key.purpose = Purpose::kHessian;
    const Index count = hessians_.shape.size() == 2 ? 1 : n_;
    for (Index i = 0; i < count; ++i) {
      key.agent = static_cast<std::uint64_t>(i);
      game->hessians.push_back(hessians_.values.empty() ? draw_matrix(n_, key)
                                                        : take_matrix(hessians_, n_, i));
      symmetrise(game->hessians.back());
    }
    return game;
  }

  /// The contribution `random_bids`; zero of bids that do not exist.
  PaddedMatrix draw_of_bids(const BidGraph* graph, const StreamKey& key) const {
    PaddedMatrix matrix(n_, n_);
    std::vector<double> values(static_cast<std::size_t>(n_));
    for (Index i = 0; i < n_; ++i) {
      std::vector<Index> targets{i};
      for (Index j = 0; j < n_; ++j)
        if (j != i && (graph == nullptr || graph->allowed(i, j) > 0.0)) targets.push_back(j);
      draw_contributions(key, i, std::span<const Index>(targets), values.data());
      for (std::size_t k = 0; k < targets.size(); ++k) matrix(i, targets[k]) = values[k];
    }
    return matrix;
  }

  MarketConfig config_;
  Index n_, trials_;
  bool has_loaded_graph_ = false;
  std::shared_ptr<const BidGraph> shared_graph_;  // null where complete or drawn for every trial
  std::vector<double> alpha_;
  Array contribution_, hessians_;
};

std::unique_ptr<Structure> make(const MarketConfig& config, const Setup& setup,
                                ArrayLoader& loader) {
  if (std::holds_alternative<EdgeStorage>(config.storage))
    return sparse::make_edge_structure(config, setup, loader);
  return std::make_unique<BidMatrixStructure>(config, setup, loader);
}

/// Who may bid on whom, if not all agents on all.
std::vector<std::string> more_final(const MarketConfig& config) {
  if (std::holds_alternative<graph::Complete>(config.graph) ||
      std::holds_alternative<EdgeStorage>(config.storage))
    return {};
  return {"graph"};
}

constexpr const char* kExample = R"(
title = "A bidding market"
trials = 20

[market]
structure = "bid_matrix"
payoff = { utility = 1.0, emission = 1.0, divergence = -0.5 }

[regimes.coordinated]
objective = "mean_payoff"

[regimes.competitive]
schedule = "one_random"
)";

}  // namespace

EntryOf<MarketConfig> entry() {
  return {{.name = "bid_matrix",
           .help = "agents that bid for each other: a matrix of bids, rows sum to one",
           .example = kExample,
           .recordables = BidMatrixGame::recordables(),
           .has_bidding_agents = true,
           .lists = {{"terms", "market.payoff", config::describe(term_choices())},
                     {"squashes", "market.bids.squash", config::describe(squash_choices())},
                     {"masks", "market.bids.mask", config::describe(mask_choices())},
                     {"topologies", "market.graph", graph::graph_kinds().describe()}}},
          market_schema(),
          make,
          more_final};
}

}  // namespace gbid::bid_matrix
