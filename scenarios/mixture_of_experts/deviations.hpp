// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <memory>
#include <vector>

#include "scenarios/equilibrium/network_deviations.hpp"
#include "scenarios/mixture_of_experts/market.hpp"

namespace gbid::mixture_of_experts {

/// Bidders and sellers of a market of experts, each of which climbs on alone; see
/// NetworkDeviations.
///
/// A bidder also starts with all its demand turned to one seller, those first on which it bids
/// most but one: what another seller's outputs are worth shows only once its head has learned to
/// read them. Sellers, and bidders that have no seller left, start from the state at a quarter of
/// the rate of the climb before. A seller's payoff is what the losses of all bidders are worth
/// and what it earns; its ask is found exactly, bids being fixed, and does not climb.
template <class T>
class ExpertDeviations final : public NetworkDeviations {
 public:
  /// @param market holds the networks of the state. @param examined agents, ascending.
  ExpertDeviations(std::unique_ptr<ExpertMarket<T>> market, std::shared_ptr<const Game> game,
                   const Learner& learner, std::vector<Index> examined);

  Index agents() const override { return shape_.agents(); }
  void state_payoffs(std::span<double> out) override;
  double squared_residual() override;
  void restart(Index climb) override;
  void climb(Index step, double rate_share) override;
  void payoffs(std::span<double> out) override;
  double separate_gain(Index agent) const override;

 private:
  static std::size_t at(Index k) { return static_cast<std::size_t>(k); }
  bool is_bidder(Index agent) const { return agent < shape_.bidders; }
  Cohort<T>& block(Index agent) {
    return is_bidder(agent) ? market_->bidders() : market_->sellers();
  }
  Index row_number(Index agent) const { return is_bidder(agent) ? agent : agent - shape_.bidders; }
  T* row(Index agent) { return block(agent).row(row_number(agent)); }
  Index length(Index agent) const {
    return is_bidder(agent) ? shape_.bidder_parameters : shape_.seller_parameters;
  }
  void set_learner(const Learner& learner);
  /// Calls `body` in the market in which one agent has left the state and the others have not.
  template <class Body>
  void in_its_market(std::size_t k, const Body& body);
  void climb_alone(Index agent, Index step);
  void turn_to(Index seller, std::vector<T>& bidder) const;

  std::unique_ptr<ExpertMarket<T>> market_;  // in the state, but for the agent whose turn it is
  const Shape& shape_;
  std::shared_ptr<const Game> game_;
  Learner learner_;
  double turn_;  // gating weight of the seller that a bidder turns to
  std::vector<Index> examined_;
  std::vector<double> bids_;           // in the state, on the held-out set
  std::vector<double> earnings_;       // likewise, of sellers
  std::vector<std::vector<T>> alone_;  // parameters of those examined
  std::vector<double> rate_;           // theirs, as a share of the learner's
  std::vector<char> is_lost_;          // their payoff was not finite on the way
};

}  // namespace gbid::mixture_of_experts
