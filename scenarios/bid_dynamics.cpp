// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/bid_dynamics.hpp"

namespace gbid {

BidDynamics::BidDynamics(std::unique_ptr<Market> market, const NetworkKind& network,
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
  key.purpose = Purpose::kNetwork;
  agents_.initialise(start, key);
}

void BidDynamics::observe_and_bid(const Movers& bidders) {
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

void BidDynamics::clear(const Movers& changed) {
  observe_and_bid(changed);
  market_->clear(changed);
}

void BidDynamics::respond(const Movers& movers) {
  const PaddedMatrix& raw = market_->raw_bids();
  for (Index r = 0; r < movers.count(); ++r) {
    const Index agent = movers.agents[static_cast<std::size_t>(r)];
    const std::span<double> way = price_.row_span(r);
    market_->best_response(agent, way);
    for (std::size_t k = 0; k < way.size(); ++k) way[k] -= raw.row(agent)[k];
  }
}

void BidDynamics::climb(Index step, const Movers& movers) {
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

void BidDynamics::record(Index, std::span<double> out) { market_->record(out); }

void BidDynamics::record_final(std::span<double> out) {
  price_ = PaddedMatrix();  // room for the final matrices
  if (!factory_) return market_->record_final(out);
  const Certificate certificate = gbid::certify(factory_, market_->raw_bids(), search_);
  const Index width = certificate_width(agents());
  market_->record_final(out.first(out.size() - static_cast<std::size_t>(width)));
  write_certificate(certificate, out.data() + out.size() - width);
}

}  // namespace gbid
