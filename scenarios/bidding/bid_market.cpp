// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/bidding/bid_market.hpp"

#include <algorithm>
#include <numeric>

#include "engine/stepping/blocks.hpp"
#include "scenarios/bidding/common_game.hpp"
#include "scenarios/equilibrium/planner_search.hpp"

namespace gbid {
namespace {

// Movers that one task observes for, or answers for with a best response.
constexpr Index kMoversATask = 32;

/// Whether a regime records anything of the path that bids take.
bool follows_path(const RegimePlan& plan) {
  const auto is_recorded = [&](const ArraySpec& array) {
    return plan.records(array.recorded, array.recorded_as());
  };
  const std::vector<ArraySpec> arrays = specs_of(PathMeter::arrays());
  return std::any_of(arrays.begin(), arrays.end(), is_recorded);
}

}  // namespace

BidMarket::BidMarket(std::unique_ptr<BidGame> game, const NetworkKind& network,
                     std::vector<Observation> observe, const RegimePlan& plan,
                     const PaddedMatrix& start, StreamKey key, DeviationFactory deviation_game,
                     std::function<bool(const StateReader&, PaddedMatrix&)> read_raw_bids)
    : PlannedMarket(plan, game->agents()),
      game_(std::move(game)),
      observe_(std::move(observe)),
      agents_(game_->agents(),
              make_network(network, observation_size(*game_, observe_), game_->bids_per_agent()),
              plan.largest_learner(), plan.movers_per_step(game_->agents())),
      key_(key),
      deviation_game_(std::move(deviation_game)),
      read_raw_bids_(std::move(read_raw_bids)) {
  game_->declare(state_);
  agents_.declare(state_);
  for (const GroupPlan& group : plan_.groups) {
    const Index members = group.agents.empty() ? agents() : static_cast<Index>(group.agents.size());
    gradients_.emplace_back(group.learns ? movers_per_step(group.schedule, members) : 0,
                            game_->bids_per_agent());
  }
  if (follows_path(plan_)) {
    path_.emplace(agents(), game_->bids_per_agent());
    path_->declare(state_);
  }
  bind_all(refinement_rows(), state_, refinement_);
  key.purpose = Purpose::kNetwork;
  agents_.initialise(start, key);
}

void BidMarket::observe(Index, const Movers& movers) {
  is_new_step_ = true;
  if (observe_.empty()) return;  // tables see nothing
  for_blocks(movers.count(), kMoversATask, [&](Index, Index begin, Index end) {
    for (Index r = begin; r < end; ++r) {
      const Index agent = movers.agents[static_cast<std::size_t>(r)];
      std::span<double> rest = agents_.observation(agent);
      for (const Observation channel : observe_) {
        const auto size = static_cast<std::size_t>(game_->observation_size(channel));
        game_->observe(agent, channel, rest.first(size));
        rest = rest.subspan(size);
      }
    }
  });
}

void BidMarket::clear(const Movers& movers) {
  game_->clear(movers);
  follow(movers);
}

void BidMarket::follow(const Movers& movers) {
  agents_.follow_cuts(movers, game_->raw_bids());
  if (path_ && is_new_step_) path_->follow(movers, game_->raw_bids());
  is_new_update_ = is_new_update_ || is_new_step_;
  is_new_step_ = false;  // a learner's trial step is no step of the path
}

void BidMarket::respond(const Movers& movers, PaddedMatrix& direction) {
  const PaddedMatrix& raw = game_->raw_bids();
  for_blocks(movers.count(), kMoversATask, [&](Index, Index begin, Index end) {
    for (Index r = begin; r < end; ++r) {
      const Index agent = movers.agents[static_cast<std::size_t>(r)];
      const std::span<double> way = direction.row_span(r);
      game_->best_response(agent, way);
      for (std::size_t k = 0; k < way.size(); ++k) way[k] -= raw.row(agent)[k];
    }
  });
}

void BidMarket::differentiate(const Movers& movers) {
  const GroupPlan& group = plan_.group_of(movers);
  PaddedMatrix& gradient = gradients(static_cast<std::size_t>(movers.group));
  if (signal_of(group.learner) == Signal::kBestResponse)
    respond(movers, gradient);
  else
    game_->differentiate(group.aim(), movers, gradient);
  note_gradient(movers);
}

void BidMarket::note_gradient(const Movers& movers) {
  game_->note_gradient(movers, gradients(static_cast<std::size_t>(movers.group)), is_new_update_);
  is_new_update_ = false;
}

void BidMarket::learn(const Movers& movers, int phase) {
  if (plan_.groups.size() > 1) agents_.set_learner(plan_.group_of(movers).learner);
  agents_.learn(movers, gradients(static_cast<std::size_t>(movers.group)), phase, movers.clock);
}

Refiners BidMarket::refiners(Objective objective, const std::vector<Index>& agents) const {
  std::unique_ptr<BidGame> game = deviation_game_(objective);
  Refiners refiners;
  refiners.agents = agents.empty() ? everyone() : agents;
  if (Aim(objective, agents).is_common())
    refiners.game = std::make_unique<CommonGame>(std::move(game), objective, agents);
  else
    refiners.game = std::move(game);
  return refiners;
}

void BidMarket::refine() {
  if (!plan_.refine) return;
  const std::vector<Index> all = everyone();
  std::vector<Refiners> groups;
  const Stage& last = plan_.stages.back();
  bool is_planner = last.group_count == 1;
  for (std::size_t k = 0; k < last.group_count; ++k) {
    const GroupPlan& group = plan_.groups[last.first_group + k];
    if (!group.learns) continue;
    groups.push_back(refiners(group.objective, group.agents));
    is_planner = is_planner && group.aim().is_common() && groups.back().agents == all;
  }
  if (groups.empty()) return;
  const auto mean_payoff = [&] {
    double total = 0.0;
    for (const Index i : all) total += game_->own_payoff(i);
    return total / static_cast<double>(all.size());
  };
  const double before = mean_payoff();
  StreamKey key = key_;
  key.purpose = Purpose::kRefinement;
  if (is_planner) {
    Refiners own = refiners(Objective::kOwnPayoff, {});
    refinement_ = move_planner(groups.front(), own, game_->raw_bids(), plan_.search, *plan_.refine,
                               Stream(key));
  } else {
    refinement_ = move_to_better_responses(groups, game_->raw_bids(), plan_.search, *plan_.refine,
                                           Stream(key));
  }
  game_->clear(Movers{all, true});
  refinement_.welfare_before = before;
  refinement_.welfare = mean_payoff();
}

std::vector<Index> BidMarket::everyone() const {
  std::vector<Index> all(static_cast<std::size_t>(agents()));
  std::iota(all.begin(), all.end(), Index{0});
  return all;
}

void BidMarket::derive(Index, Recorded when) {
  game_->derive(when);
  if (path_) path_->derive();
  if (when == Recorded::kFinal) derive_certificate();
}

void BidMarket::restore(Index) {
  // Bids follow from what networks observed when they bid last.
  const std::vector<Index> all = everyone();
  bid(Movers{all, true});
  game_->restore();
  is_new_update_ = true;  // a saved state has been cleared and not yet learned from
}

Certificate BidMarket::certify() {
  return gbid::certify([&] { return deviation_game_(Objective::kOwnPayoff); }, game_->raw_bids(),
                       plan_.search);
}

}  // namespace gbid
