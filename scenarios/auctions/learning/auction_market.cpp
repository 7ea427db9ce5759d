// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/auctions/learning/auction_market.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "agents/network/initialise.hpp"
#include "engine/core/error.hpp"
#include "engine/stepping/blocks.hpp"

namespace gbid::auctions {
namespace {

std::size_t at(Index k) { return static_cast<std::size_t>(k); }

std::vector<TypeGrid> grids_of(const Format& format, Index nodes) {
  std::vector<TypeGrid> grids;
  for (Index i = 0; i < format.agents(); ++i) grids.push_back(format.grid(i, nodes));
  return grids;
}

/// Whether a network sees the types stretched towards either end, too.
bool has_stretched_inputs(const Format& format) {
  return format.type_dimensions() == 1 && format.bids_per_agent() == 1;
}

KnownBids known_bids(const Format& format, const std::vector<TypeGrid>& grids) {
  KnownBids known(format.equilibria().size());
  for (std::size_t e = 0; e < known.size(); ++e)
    for (Index i = 0; i < format.agents(); ++i) {
      PaddedMatrix bids(grids[at(i)].count(), format.bids_per_agent());
      for (Index k = 0; k < bids.rows(); ++k)
        if (!format.known_bids(e, i, grids[at(i)].type(k), bids.row_span(k)))
          std::fill_n(bids.row(k), bids.columns(), std::numeric_limits<double>::quiet_NaN());
      known[e].push_back(std::move(bids));
    }
  return known;
}

ConstRows<double> rows_of_matrix(const PaddedMatrix& matrix) {
  return rows_of(matrix.row(0), matrix.rows(), matrix.columns(), matrix.stride());
}

}  // namespace

bool learns_naturally(const RegimePlan& plan) {
  return std::any_of(plan.groups.begin(), plan.groups.end(), [](const GroupPlan& group) {
    return signal_of(group.learner) == Signal::kNaturalGradient;
  });
}

Game::Game(const MarketConfig& market, std::unique_ptr<const Format> rules, double money)
    : config(market),
      format(std::move(rules)),
      unit(money),
      utility_unit(std::pow(money, format->utility_power())),
      learning(grids_of(*format, market.learning.nodes)),
      evaluation(grids_of(*format, market.evaluation.nodes)),
      known(known_bids(*format, evaluation)) {}

Mlp<double> Game::network() const {
  const Index ends = has_stretched_inputs(*format) ? 2 : 0;
  return {format->type_dimensions() + ends + (config.strategies == StrategyKind::kMixed ? 1 : 0),
          {config.network.hidden, config.network.activation},
          format->bids_per_agent(),
          Skip::kLinear};
}

Index Game::node_count() const {
  Index most = 0;
  for (const TypeGrid& grid : evaluation) most = std::max(most, grid.count());
  return most;
}

/// Types in a natural gradient, in the mean about one: those whose bids move little with the output
/// count little, by a square; those whose bids do not move count at all so that the network stays
/// smooth there.
std::vector<double> natural_weights(const TypeGrid& grid, const std::vector<BidRange>& ranges) {
  constexpr double kLeast = 1e-6;
  double largest = 0.0;
  for (const BidRange& range : ranges) largest = std::max(largest, range.pull);
  std::vector<double> weights;
  for (Index k = 0; k < grid.count(); ++k) {
    const double share = largest > 0.0 ? ranges[at(k)].pull / largest : 1.0;
    weights.push_back(static_cast<double>(grid.count()) * grid.weights[at(k)] * share * share +
                      kLeast);
  }
  return weights;
}

/// A share on a scale that separates values near zero: between values in [0, 5], one in [6, 7] bids
/// three tenths of its range more over the lowest hundredth of its values.
double stretched(double share) {
  constexpr double kNear = 0.01;
  return std::log1p(share / kNear) / std::log1p(1.0 / kNear);
}

// --- Bid functions -----------------------------------------------------------------------------

Bidding::Bidding(const Game& game, const Mlp<double>& network, const std::vector<TypeGrid>& grids,
                 Index cells)
    : network_(network), grids_(grids), clearing_(game.format->clearing(grids, cells)) {
  const Format& format = *game.format;
  for (Index i = 0; i < format.agents(); ++i) {
    const TypeGrid& grid = grids[at(i)];
    const Interval types = format.active_types(i);
    scale_.push_back(format.bids(i).width());
    ranges_.emplace_back();
    inputs_.emplace_back(grid.count(), network.inputs());
    starts_.emplace_back(grid.count(), format.bids_per_agent());
    strategies_.emplace_back(grid.count(), format.bids_per_agent());
    for (Index k = 0; k < grid.count(); ++k) {
      Index input = 0;
      const auto add = [&](double share) { inputs_.back()(k, input++) = 2.0 * share - 1.0; };
      for (Index d = 0; d < grid.dimensions; ++d)
        add(std::max((grid.type(k)[at(d)] - types.low) / types.width(), 0.0));
      if (has_stretched_inputs(format)) {
        const double share = 0.5 * (inputs_.back()(k, 0) + 1.0);
        add(stretched(share));
        add(1.0 - stretched(1.0 - share));
      }
      if (input < network.inputs()) add(grid.below[at(k)]);
      format.start(i, grid.type(k), starts_.back().row_span(k));
      ranges_.back().push_back(format.bid_range(i, grid.type(k)));
    }
    natural_.emplace_back();
    natural_weights_.push_back(natural_weights(grid, ranges_.back()));
    wanted_.emplace_back(grid.count(), 1);
    changes_.emplace_back(at(grid.count()));
    activations_.emplace_back(network.activation_count(grid.count()));
    scratch_.emplace_back(network.scratch_count(grid.count()));
  }
}

void Bidding::bid(Index agent, const double* parameters) {
  PaddedMatrix& bids = strategies_[at(agent)];
  network_.forward(parameters, rows_of_matrix(inputs_[at(agent)]), activations_[at(agent)].data(),
                   rows_of(bids.row(0), bids.rows(), bids.columns(), bids.stride()));
  double sum = 0.0;
  for (Index k = 0; k < bids.rows(); ++k)
    for (Index b = 0; b < bids.columns(); ++b) {
      const BidRange& range = ranges_[at(agent)][at(k)];
      const double output = bids(k, b);
      sum += output;  // before the cut, which would hide what is not a number
      bids(k, b) = std::max(starts_[at(agent)](k, b) + range.step * output, range.lowest);
    }
  if (!std::isfinite(sum))
    throw NumericError(fmt::format("agent {}: a bid is not finite any more", agent));
}

void Bidding::scale_slopes(Index agent, PaddedMatrix& slopes) const {
  const PaddedMatrix& bids = strategies_[at(agent)];
  for (Index k = 0; k < slopes.rows(); ++k)
    for (Index b = 0; b < slopes.columns(); ++b) {
      const BidRange& range = ranges_[at(agent)][at(k)];
      // A bid at the lowest can only rise.
      if (bids(k, b) <= range.lowest) slopes(k, b) = std::max(slopes(k, b), 0.0);
      // Slopes and steps are money, the network's outputs are not.
      slopes(k, b) *= range.pull / (scale_[at(agent)] * scale_[at(agent)]);
    }
}

void Bidding::pull_back(Index agent, const double* parameters, PaddedMatrix& slopes,
                        double* gradient) {
  scale_slopes(agent, slopes);
  network_.pull_back(parameters, rows_of_matrix(inputs_[at(agent)]), activations_[at(agent)].data(),
                     rows_of_matrix(slopes), gradient, scratch_[at(agent)].data());
}

void Bidding::take_over(Index agent, const double* parameters, double damping) {
  natural_[at(agent)].take_over(network_, parameters, inputs_[at(agent)],
                                natural_weights_[at(agent)], damping);
}

void Bidding::pull_back_naturally(Index agent, const double* parameters, PaddedMatrix& slopes,
                                  double* gradient) {
  // Of types at the floor no step says how far an output should move.
  constexpr double kLeastPull = 1e-9, kLongest = 1.0;
  const TypeGrid& types = grid(agent);
  PaddedMatrix& wanted = wanted_[at(agent)];
  const double scale = scale_[at(agent)];
  scale_slopes(agent, slopes);
  std::vector<double>& changes = changes_[at(agent)];
  for (Index k = 0; k < slopes.rows(); ++k) {
    const double pull = ranges_[at(agent)][at(k)].pull / scale;
    changes[at(k)] =
        pull > kLeastPull
            ? std::clamp(slopes(k, 0) / (types.weights[at(k)] * pull * pull), -kLongest, kLongest)
            : 0.0;
  }
  natural_[at(agent)].solve(changes);
  for (Index k = 0; k < slopes.rows(); ++k) wanted(k, 0) = changes[at(k)];
  network_.pull_back(parameters, rows_of_matrix(inputs_[at(agent)]), activations_[at(agent)].data(),
                     rows_of_matrix(wanted), gradient, scratch_[at(agent)].data());
}

double Bidding::bytes(const Mlp<double>& network, Index nodes, bool is_natural) {
  return 8.0 *
             (static_cast<double>(network.activation_count(nodes) + network.scratch_count(nodes)) +
              6.0 * static_cast<double>(nodes * kLanes)) +
         (is_natural ? NaturalGradient::bytes(network, nodes) : 0.0);
}

// --- The five acts -----------------------------------------------------------------------------

// Networks change slowly: the natural gradient of one serves for so many updates.
constexpr Index kUpdatesBetweenTakeovers = 20;

AuctionMarket::AuctionMarket(std::shared_ptr<const Game> game, const RegimePlan& plan,
                             StreamKey key)
    : PlannedMarket(plan, game->format->agents()),
      game_(std::move(game)),
      network_(game_->network()),
      networks_(game_->format->agents(), network_.parameter_count(), plan.largest_learner()),
      learning_(*game_, network_, game_->learning, game_->config.learning.cells),
      evaluation_(*game_, network_, game_->evaluation, game_->config.evaluation.cells),
      start_key_(key),
      taken_over_(learns_naturally(plan) ? agents() : 0, network_.parameter_count() + 1),
      utility_(at(agents()), 0.0) {
  // Regimes start from the same networks, so that they differ in what is climbed alone.
  start_key_.purpose = Purpose::kBidNetwork;
  start_key_.regime = 0;
  for (Index i = 0; i < agents(); ++i) {
    start(i);
    slopes_.emplace_back(game_->learning[at(i)].count(), game_->format->bids_per_agent());
  }
  losses_.utility.assign(at(agents()), Certificate::kUnknown);
  losses_.loss = losses_.utility;
  distances_.assign(at(agents()) + 1, Certificate::kUnknown);
  bind_all(arrays(game_.get()), state_, *this);
  networks_.declare(state_);
  if (!taken_over_.empty())
    state_.add({{"taken_over",
                 "networks whose natural gradients are in use, and their damping",
                 "1",
                 {"agent", "parameter_and_damping"}},
                Role::kMoment},
               taken_over_);
  state_.add(
      {{"last_search", "step of the last search for best responses", "1", {}}, Role::kCounter},
      last_search_);
}

void AuctionMarket::start(Index agent) {
  start_key_.agent = game_->config.network.same_start ? 0 : static_cast<std::uint64_t>(agent);
  Stream stream(start_key_);
  initialise_bending(network_, stream, networks_.row(agent));
}

void AuctionMarket::observe(Index step, const Movers&) {
  constexpr Index kStepsBetweenRestarts = 100;
  is_restart_due_ = step > 0 && step % kStepsBetweenRestarts == 0;
  if (game_->config.decay != Decay::kCosine) return;
  // The last step may be the start itself.
  const double done = static_cast<double>(step) /
                      static_cast<double>(std::max<Index>(plan_.recorded_steps.back(), 1));
  // Few cells blur where the rivals' bids end, over which bidders chase one another: as the rate
  // falls there are twice as many, and again.
  // At first two nodes come to a cell in the mean: the density of none hangs on a single one.
  const double fewest = 0.5 * static_cast<double>(game_->config.learning.nodes);
  const double most = static_cast<double>(game_->config.learning.cells);
  if (most > fewest)
    learning_.clearing().coarsen(
        static_cast<Index>(fewest * std::exp2(std::floor(done * std::log2(most / fewest)))));
  rate_share_ = 0.5 * (1.0 + std::cos(std::numbers::pi * done));
}

void AuctionMarket::bid(const Movers& movers) {
  for_blocks(movers.count(), 1, [&](Index k, Index, Index) {
    const Index agent = movers.agents[at(k)];
    learning_.bid(agent, networks_.row(agent));
  });
}

/// A bidder that wins with no type, though it would earn something with its first bids, starts
/// again: there its gradient is not zero.
void AuctionMarket::clear(const Movers& movers) {
  learning_.clear();
  if (!is_restart_due_ || plan_.group_of(movers).aim().is_common()) return;
  bool is_changed = false;
  for (const Index agent : movers.agents) {
    if (!learning_.clearing().is_shut_out(agent, learning_.starts(agent))) continue;
    start(agent);
    if (const Natural* learner = natural(movers))
      take_over(agent, networks_.row(agent), learner->damping);
    for (int which = 0; which < networks_.moment_count(); ++which)
      std::fill_n(networks_.moment(which, agent), networks_.stride(), 0.0);
    learning_.bid(agent, networks_.row(agent));
    is_changed = true;
  }
  if (is_changed) learning_.clear();
}

void AuctionMarket::differentiate(const Movers& movers) {
  const bool is_common = plan_.group_of(movers).aim().is_common();
  for_blocks(movers.count(), 1, [&](Index k, Index, Index) {
    const Index agent = movers.agents[at(k)];
    PaddedMatrix& slopes = slopes_[at(agent)];
    if (is_common)
      learning_.clearing().common_gradient(agent, slopes);
    else
      learning_.clearing().gradient(agent, slopes);
    if (const Natural* learner = natural(movers)) {
      if (networks_.updates()[at(agent)] % kUpdatesBetweenTakeovers == 0)
        take_over(agent, networks_.row(agent), learner->damping);
      learning_.pull_back_naturally(agent, networks_.row(agent), slopes, networks_.gradient(agent));
    } else {
      learning_.pull_back(agent, networks_.row(agent), slopes, networks_.gradient(agent));
    }
  });
}

void AuctionMarket::take_over(Index agent, const double* parameters, double damping) {
  std::copy_n(parameters, network_.parameter_count(), taken_over_.row(agent));
  taken_over_(agent, network_.parameter_count()) = damping;
  learning_.take_over(agent, parameters, damping);
}

void AuctionMarket::learn(const Movers& movers, int phase) {
  const Learner& learner = plan_.group_of(movers).learner;
  networks_.set_learner(rate_share_ < 1.0 ? with_rate(learner, rate_share_) : learner);
  networks_.count_updates(movers.agents, phase);
  networks_.learn(movers.agents, phase, movers.clock);
}

void AuctionMarket::restore(Index step) {
  observe(step, {});
  for (Index agent = 0; agent < agents(); ++agent) learning_.bid(agent, networks_.row(agent));
  learning_.clear();
  for (Index agent = 0; agent < taken_over_.rows(); ++agent)
    if (const double damping = taken_over_(agent, network_.parameter_count()); damping > 0.0)
      learning_.take_over(agent, taken_over_.row(agent), damping);
}

}  // namespace gbid::auctions
