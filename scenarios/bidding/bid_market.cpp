// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/bidding/bid_market.hpp"

#include <algorithm>

namespace gbid {

BidMarket::BidMarket(std::unique_ptr<BidGame> market, const NetworkKind& network,
                     std::vector<Observation> observe, const RegimePlan& plan,
                     const PaddedMatrix& start, StreamKey key)
    : market_(std::move(market)),
      observe_(std::move(observe)),
      objective_(plan.objective),
      learner_(plan.learner),
      agents_(market_->raw_bids(),
              Network(network, observation_size(*market_, observe_), market_->bids_per_agent()),
              plan.learner, movers_per_step(plan.schedule, market_->agents())),
      price_(movers_per_step(plan.schedule, market_->agents()), market_->bids_per_agent()) {
  std::copy_if(plan.trajectory.begin(), plan.trajectory.end(), std::back_inserter(path_trajectory_),
               is_path_variable);
  records_cycling_ = std::find(plan.final.begin(), plan.final.end(), kCycling) != plan.final.end();
  if (records_cycling_ || !path_trajectory_.empty())
    path_.emplace(market_->agents(), market_->bids_per_agent());
  key.purpose = Purpose::kNetwork;
  agents_.initialise(start, key);
}

void BidMarket::observe_and_bid(const Movers& bidders) {
  for (const Index agent : bidders.agents) {
    std::span<double> rest = agents_.observation(agent);
    if (rest.empty()) break;  // tables see nothing
    for (const Observation channel : observe_) {
      const auto size = static_cast<std::size_t>(market_->observation_size(channel));
      market_->observe(agent, channel, rest.first(size));
      rest = rest.subspan(size);
    }
  }
  agents_.bid(bidders);
}

void BidMarket::clear(const Movers& changed) {
  observe_and_bid(changed);
  market_->clear(changed);
  if (path_) path_->follow(changed, market_->raw_bids());
}

void BidMarket::respond(const Movers& movers) {
  const PaddedMatrix& raw = market_->raw_bids();
  for (Index r = 0; r < movers.count(); ++r) {
    const Index agent = movers.agents[static_cast<std::size_t>(r)];
    const std::span<double> way = price_.row_span(r);
    market_->best_response(agent, way);
    for (std::size_t k = 0; k < way.size(); ++k) way[k] -= raw.row(agent)[k];
  }
}

void BidMarket::climb(Index step, const Movers& movers) {
  if (learns_from_responses(learner_)) {
    respond(movers);
    agents_.learn(movers, price_, 0, step + 1);
    return;
  }
  for (int phase = 0; phase < agents_.phases(); ++phase) {
    if (phase > 0) {  // the trial step is cleared like any other
      agents_.bid(movers);
      market_->clear(movers);
    }
    market_->price(objective_, movers, price_);
    agents_.learn(movers, price_, phase, step + 1);
  }
}

void BidMarket::record(Index, std::span<double> out) {
  const std::size_t of_market = out.size() - path_trajectory_.size();
  market_->record(out.first(of_market));
  for (std::size_t k = 0; k < path_trajectory_.size(); ++k)
    out[of_market + k] =
        path_trajectory_[k] == "displacement" ? path_->displacement() : path_->travelled();
}

void BidMarket::record_final(std::span<double> out) {
  price_ = PaddedMatrix();  // room for the final matrices
  // The market's own, whether it cycles, and the certificate last.
  const Index width = factory_ ? certificate_width(agents()) : 0;
  const Index cycling = records_cycling_ ? static_cast<Index>(cycling_variables().size()) : 0;
  double* end = out.data() + out.size() - width;
  if (factory_) write_certificate(gbid::certify(factory_, market_->raw_bids(), search_), end);
  market_->record_final(out.first(out.size() - static_cast<std::size_t>(width + cycling)));
  if (!records_cycling_) return;
  const Cycling found = path_->cycling();
  const double values[] = {found.cycling, found.turning, found.motion_left,
                           found.is_cycling() ? 1.0 : 0.0};
  std::copy(std::begin(values), std::end(values), end - cycling);
}

}  // namespace gbid
