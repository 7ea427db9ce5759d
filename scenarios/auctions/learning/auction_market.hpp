// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agents/cohort.hpp"
#include "agents/network/mlp.hpp"
#include "scenarios/auctions/config.hpp"
#include "scenarios/auctions/formats/format.hpp"
#include "scenarios/auctions/learning/natural_gradient.hpp"
#include "scenarios/structure/planned_market.hpp"

namespace gbid::auctions {

/// Known bids of every agent at every node of a grid, per equilibrium; NaN where bids are free.
using KnownBids = std::vector<Strategies>;

/// What all simulations of a scenario share.
struct Game {
  MarketConfig config;
  std::unique_ptr<const Format> format;
  double unit, utility_unit;                   ///< money, and utility, of one in the format
  std::vector<TypeGrid> learning, evaluation;  ///< per agent
  KnownBids known;                             ///< on `evaluation`

  Game(const MarketConfig& config, std::unique_ptr<const Format> format, double unit);
  /// What a bidder owns: a map from its type, scaled to [-1, 1], to what it adds to its first bids.
  Mlp<double> network() const;
  /// Most nodes of any agent's grid of evaluation.
  Index node_count() const;
  /// Relative error of a surplus by quadrature: of second order in the spaces between the nodes.
  double surplus_error() const;
};

/// The bid functions of all agents on one set of grids, and the auction held with them.
class Bidding {
 public:
  Bidding(const Game& game, const Mlp<double>& network, const std::vector<TypeGrid>& grids,
          Index cells);

  /// The agent's network answers for all of its nodes.
  /// @throws NumericError naming the agent if a bid is not finite.
  void bid(Index agent, const double* parameters);
  void clear() { clearing_->prepare(strategies_); }
  Clearing& clearing() { return *clearing_; }
  const Clearing& clearing() const { return *clearing_; }
  const TypeGrid& grid(Index agent) const { return grids_[static_cast<std::size_t>(agent)]; }
  /// Bids where the network's outputs are zero.
  const PaddedMatrix& starts(Index agent) const { return starts_[static_cast<std::size_t>(agent)]; }
  const PaddedMatrix& bids(Index agent) const {
    return strategies_[static_cast<std::size_t>(agent)];
  }
  /// Pulls slopes (node x bid) back through the agent's network, from the last `bid`.
  void pull_back(Index agent, const double* parameters, PaddedMatrix& slopes, double* gradient);
  /// Takes the network as that whose natural gradients `pull_back_naturally` gives.
  void take_over(Index agent, const double* parameters, double damping);
  /// Like `pull_back`, to the natural gradient; where a type has one bid.
  void pull_back_naturally(Index agent, const double* parameters, PaddedMatrix& slopes,
                           double* gradient);

  /// @param is_natural  with what natural gradients need.
  static double bytes(const Mlp<double>& network, Index nodes, bool is_natural);

 private:
  /// From d/d bid to d/d output.
  void scale_slopes(Index agent, PaddedMatrix& slopes) const;

  const Mlp<double>& network_;
  const std::vector<TypeGrid>& grids_;
  std::vector<double> scale_;                  // of an agent's bids
  std::vector<std::vector<BidRange>> ranges_;  // of an agent's types
  Strategies inputs_, starts_, strategies_;
  std::vector<AlignedBuffer> activations_, scratch_;
  std::unique_ptr<Clearing> clearing_;
  std::vector<NaturalGradient> natural_;              // (agent)
  std::vector<std::vector<double>> natural_weights_;  // (agent) of its types
  std::vector<PaddedMatrix> wanted_;  // (agent) room of the natural gradient: node x 1
  std::vector<std::vector<double>> changes_;
};

/// Whether any agents ask for natural gradients.
bool learns_naturally(const RegimePlan& plan);

/// What each agent could gain, against the others as they are.
struct Losses {
  std::vector<double> utility;  ///< (agent) ex ante
  std::vector<double> loss;     ///< (agent) of the best responses found, above it
  Strategies best_responses;    ///< NaN where to stay out is best
  bool is_exact = true;
};

/// Agents with private types that learn bid functions. Every step all bid functions are known in
/// full, on a grid of types, and an agent climbs its exact interim utility against the distribution
/// of what the others bid: nothing is sampled but the networks' starts.
class AuctionMarket final : public PlannedMarket {
 public:
  AuctionMarket(std::shared_ptr<const Game> game, const RegimePlan& plan, StreamKey key);

  Index agents() const override { return game_->format->agents(); }
  /// Every type that an agent may have is on its grid: there is nothing more to see.
  void observe(Index step, const Movers& movers) override;
  void bid(const Movers& movers) override;
  void clear(const Movers& movers) override;
  void differentiate(const Movers& movers) override;
  void learn(const Movers& movers, int phase) override;
  void derive(Index step, Recorded when) override;
  void restore(Index step) override;
  void reset_learners() override { networks_.forget(); }
  Certificate certify() override;

  /// What can be recorded. @param game types and bids of more than one number have a dimension of
  /// their own; null: the catalogue's.
  static std::vector<ArrayRow<AuctionMarket>> arrays(const Game* game);

  /// Best responses on the grid of evaluation, of the state as last evaluated.
  Losses losses() const;
  /// The bid functions on the grid of evaluation, as they are now.
  const Bidding& evaluate();
  /// Distance to the nearest known equilibrium: sqrt of the mean square over types with bids that
  /// are not free. @return (agent); NaN if none is known.
  std::vector<double> distances() const;

 private:
  /// From units of the format to those of the scenario.
  double money(double amount) const { return amount * game_->unit; }
  double payoff(double utility) const { return utility * game_->utility_unit; }
  void start(Index agent);
  /// The learner of those who move; null if it does not ask for natural gradients.
  const Natural* natural(const Movers& movers) const {
    return std::get_if<Natural>(&plan_.group_of(movers).learner);
  }
  void take_over(Index agent, const double* parameters, double damping);
  double residual() const;
  void check_surplus() const;
  bool is_search_due(Index step) const;
  /// The types' rows of every agent, missing ones behind the last.
  template <class Value>
  double* copy_types(Index columns, const Value& value, double* out) const;

  std::shared_ptr<const Game> game_;
  Mlp<double> network_;
  Cohort<double> networks_;
  Bidding learning_, evaluation_;
  std::vector<PaddedMatrix> slopes_;
  StreamKey start_key_;          // of the networks' first parameters
  double rate_share_ = 1.0;      // of the learner's rate, in this step
  bool is_restart_due_ = false;  // in this step
  PaddedMatrix taken_over_;      // (agent x parameter) networks whose natural gradients are in use
  std::vector<double> utility_;
  std::vector<double> distances_;  // per agent, and which equilibrium is the nearest
  Losses losses_;                  // NaN where not searched
  Index last_search_ = -1;
};

}  // namespace gbid::auctions
