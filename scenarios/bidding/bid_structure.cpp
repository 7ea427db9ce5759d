// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/bidding/bid_structure.hpp"

#include <algorithm>

#include "engine/core/error.hpp"
#include "engine/stepping/blocks.hpp"

namespace gbid {
namespace {

Observation observation(const std::string& name) {
  if (name == "prices") return Observation::kPrices;
  if (name == "rankings") return Observation::kRankings;
  return name == "own_payoff" ? Observation::kOwnPayoff : Observation::kConstant;
}

/// Copies of all bids that following their path takes.
double path_copies(const RegimePlan& plan) {
  constexpr double kCopies = 4.0;
  for (const ArrayRow<PathMeter>& row : PathMeter::arrays())
    if (plan.records(row.spec.recorded, row.spec.recorded_as())) return kCopies;
  return 0.0;
}

/// One agent at a time tries other bids.
const GameUse kDeviating{};

}  // namespace

BidStructure::BidStructure(const Setup& setup)
    : agents_config_(setup.agents),
      seed_(setup.seed),
      trials_(setup.trials),
      starts_(setup.starts) {
  if (const auto* mlp = std::get_if<MlpConfig>(&agents_config_.network)) {
    network_ = MlpKind{mlp->hidden, mlp->activation};
    for (const std::string& channel : mlp->observe) observe_.push_back(observation(channel));
  }
}

GameUse BidStructure::use(const RegimePlan& plan) const {
  GameUse use{{}, plan.movers_per_step(agents()), observe_, plan.trajectory};
  use.recorded.insert(use.recorded.end(), plan.final.begin(), plan.final.end());
  for (const GroupPlan& group : plan.groups)
    if (group.learns) use.objectives.push_back(group.objective);
  if (use.objectives.empty()) use.objectives.push_back(Objective::kOwnPayoff);
  std::sort(use.objectives.begin(), use.objectives.end());
  use.objectives.erase(std::unique(use.objectives.begin(), use.objectives.end()),
                       use.objectives.end());
  return use;
}

Network BidStructure::network() const {
  return make_network(network_, gbid::observation_size(*this, observe_), bids_per_agent());
}

double BidStructure::parameter_count() const {
  return static_cast<double>(agents()) * static_cast<double>(gbid::parameter_count(network()));
}

double BidStructure::trial_bytes(const RegimePlan& plan) const {
  const GameUse use = this->use(plan);
  const double price = static_cast<double>(use.movers_per_step) *
                       static_cast<double>(padded(bids_per_agent())) * sizeof(double);
  const double certifying = wants_certificate(plan.final) ? game_bytes(kDeviating) : 0.0;
  const double path = path_copies(plan) * static_cast<double>(agents()) *
                      static_cast<double>(padded(bids_per_agent())) * sizeof(double);
  return game_bytes(use) + price + certifying + path +
         Bidders::bytes(agents(), network(), plan.largest_learner(), use.movers_per_step);
}

double BidStructure::final_flops(const RegimePlan& plan) const {
  // Rounds that a refinement takes, and of a planner quick searches that are one, roughly.
  constexpr double kRounds = 5.0, kQuick = 8.0;
  double searches = wants_certificate(plan.final) ? 1.0 : 0.0;
  if (plan.refine) searches += kRounds;
  if (plan.refine && plan.group().aim().is_common())
    searches += kRounds * static_cast<double>(plan.refine->starts) / kQuick;
  return searches * certificate_clearings(agents(), plan.search) * step_flops(kDeviating);
}

void BidStructure::load_regime(const std::optional<InitialBids>& initial_bids,
                               const RegimePlan& plan, ArrayLoader& loader) {
  initial_bids_.push_back(initial_bids.value_or(agents_config_.initial_bids));
  Array start;
  if (const auto* file = std::get_if<FileArray>(&initial_bids_.back())) {
    const std::string key =
        initial_bids ? "regimes." + plan.name + ".initial_bids" : "agents.initial_bids";
    const Index agents = this->agents(), bids = bids_per_agent();
    start = loader.load(*file, key, {{agents, bids}, {trials_, agents, bids}});
  }
  given_bids_.push_back(std::move(start));
}

PaddedMatrix BidStructure::start(std::size_t regime, const RegimePlan& plan, Index trial) const {
  const Index agents = this->agents(), bids = bids_per_agent();
  PaddedMatrix raw(agents, bids);
  if (const Array& given = given_bids_[regime]; !given.values.empty()) {
    const Index which = given.shape.size() == 3 ? trial : 0;
    for (Index i = 0; i < agents; ++i)
      std::copy_n(given.values.data() + (which * agents + i) * bids, bids, raw.row(i));
    return raw;
  }
  Stream stream({.seed = seed_,
                 .purpose = Purpose::kInitialBids,
                 .regime = agents_config_.paired_start ? 0 : regime_key(plan.name),
                 .trial = static_cast<std::uint64_t>(trial)});
  const auto* between = std::get_if<RandomBetween>(&initial_bids_[regime]);
  for (Index i = 0; i < agents; ++i) {
    for (double& value : raw.row_span(i))
      value = between ? between->low + (between->high - between->low) * stream.uniform()
                      : stream.normal();
    if (between) continue;
    const auto row = raw.row_span(i);
    const auto [low, high] = std::minmax_element(row.begin(), row.end());
    const double bottom = *low, range = *high - *low;
    double total = 0.0;
    for (double& value : row) total += value = (value - bottom) / range;
    for (double& value : row) value /= total;
  }
  return raw;
}

std::vector<ArraySpec> BidStructure::arrays() const {
  std::vector<ArraySpec> all = game_arrays();
  for (const auto& more :
       {specs_of(PathMeter::arrays()), specs_of(certificate_rows()), specs_of(refinement_rows())})
    all.insert(all.end(), more.begin(), more.end());
  return all;
}

std::unique_ptr<PlannedMarket> BidStructure::trial_market(std::size_t regime,
                                                          const RegimePlan& plan,
                                                          Index trial) const {
  return bid_market(regime, plan, trial, bid_game(trial, use(plan)));
}

Index BidStructure::block_size(const RegimePlan& plan) const {
  const GroupPlan& group = plan.group();
  const bool is_one_group = plan.groups.size() == 1 && group.agents.empty() && group.learns &&
                            signal_of(group.learner) != Signal::kBestResponse;
  return is_one_group && std::holds_alternative<Table>(network_) ? lane_count(use(plan)) : 1;
}

std::unique_ptr<BidGameLanes> BidStructure::in_lanes(std::span<BidGame* const>) const {
  throw Error(ExitCode::kInternal, "games of this structure are computed one by one");
}

std::unique_ptr<BidGameCard> BidStructure::on_card(const CardPlay&) const {
  throw Error(ExitCode::kInternal, "games of this structure are not played on a card");
}

std::string BidStructure::missing_on_card(const RegimePlan& plan) const {
  const GroupPlan& group = plan.group();
  if (!std::holds_alternative<Table>(network_)) return "agents with networks, only tables";
  if (plan.groups.size() > 1 || !group.agents.empty() || !group.learns)
    return "several groups, stages or agents that do not learn";
  if (!std::holds_alternative<Sgd>(group.learner) &&
      !std::holds_alternative<Momentum>(group.learner) &&
      !std::holds_alternative<Adam>(group.learner))
    return "learners other than sgd, momentum and adam";
  if (!std::holds_alternative<AllAgents>(group.schedule) &&
      !std::holds_alternative<OneRandom>(group.schedule) &&
      !std::holds_alternative<RoundRobin>(group.schedule))
    return "schedules other than all_agents, one_random and round_robin";
  if (path_copies(plan) > 0.0 || use(plan).records(kGradientPathArray))
    return "records of the path of the bids or of gradients, which need every step";
  return missing_on_card(use(plan));
}

std::unique_ptr<Market> BidStructure::card_market(std::size_t regime, const RegimePlan& plan,
                                                  Index first, Index count,
                                                  const Device& device) const {
  // 1. Each trial's own market, made side by side: games are drawn from counters.
  std::vector<std::unique_ptr<BidMarket>> markets(static_cast<std::size_t>(count));
  std::vector<BidGame*> games(markets.size());
  constexpr Index kTrialsATask = 16;
  for_blocks(count, kTrialsATask, [&](Index, Index begin, Index end) {
    for (Index k = begin; k < end; ++k) {
      auto game = bid_game(first + k, use(plan));
      games[static_cast<std::size_t>(k)] = game.get();
      markets[static_cast<std::size_t>(k)] = bid_market(regime, plan, first + k, std::move(game));
    }
  });
  // 2. And the card's.
  CardPlay play{.plan = plan,
                .device = device,
                .key = {.seed = seed_,
                        .purpose = Purpose::kMovers,
                        .regime = regime_key(plan.name),
                        .trial = static_cast<std::uint64_t>(first)},
                .games = games,
                .cohorts = {}};
  for (const auto& market : markets) play.cohorts.push_back(&market->cohort());
  auto card = on_card(play);
  return std::make_unique<BidCard>(std::move(markets), std::move(card), play.key);
}

std::unique_ptr<Market> BidStructure::market(std::size_t regime, const RegimePlan& plan,
                                             Index first, Index count) const {
  if (count < 2 || count > block_size(plan)) return Structure::market(regime, plan, first, count);
  std::vector<BidGame*> games;
  std::vector<std::unique_ptr<BidMarket>> markets;
  for (Index trial = first; trial < first + count; ++trial) {
    auto game = bid_game(trial, use(plan));
    games.push_back(game.get());
    markets.push_back(bid_market(regime, plan, trial, std::move(game)));
  }
  return std::make_unique<BidBlock>(std::move(markets), in_lanes(games));
}

std::unique_ptr<BidMarket> BidStructure::bid_market(std::size_t regime, const RegimePlan& plan,
                                                    Index trial,
                                                    std::unique_ptr<BidGame> game) const {
  return std::make_unique<BidMarket>(
      std::move(game), network_, observe_, plan, start(regime, plan, trial),
      StreamKey{.seed = seed_,
                .regime = regime_key(plan.name),
                .trial = static_cast<std::uint64_t>(trial)},
      [this, trial](Objective objective) {
        GameUse use = kDeviating;
        if (objective != Objective::kOwnPayoff) use.objectives.push_back(objective);
        return bid_game(trial, use);
      },
      [this](const StateReader& read, PaddedMatrix& raw) { return read_raw_bids(read, raw); });
}

bool BidStructure::read_raw_bids(const StateReader& read, PaddedMatrix& raw) const {
  const std::vector<double> values = read("raw_bids");
  if (values.size() != static_cast<std::size_t>(raw.rows() * raw.columns())) return false;
  for (Index i = 0; i < raw.rows(); ++i)
    std::copy_n(values.data() + i * raw.columns(), raw.columns(), raw.row(i));
  return true;
}

}  // namespace gbid
