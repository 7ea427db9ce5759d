// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "agents/cohort.hpp"
#include "engine/stepping/blocks.hpp"
#include "scenarios/data/batches.hpp"
#include "scenarios/data/images.hpp"
#include "scenarios/mixture_of_experts/dispatch.hpp"
#include "scenarios/networks/networks.hpp"
#include "scenarios/structure/evaluator.hpp"
#include "scenarios/structure/planned_market.hpp"

namespace gbid::mixture_of_experts {

/// What all simulations of a scenario share: its rules and its task.
struct Game {
  MarketConfig config;
  Shape shape;
  std::shared_ptr<const Images> images;
  /// Per bidder, images of the training set that it may draw, and held-out ones that it is tested
  /// on; bidders may share them.
  std::vector<std::shared_ptr<const std::vector<Index>>> training, held_out;
};

/// Bidders that buy the outputs of sellers' expert networks to solve a task: a sparsely gated
/// mixture of experts in which gates are demand and importance is a bid.
///
///   scores  = x Wg + noise (softplus(x Wn) + floor)          per bidder c, over sellers
///   gates   = softmax over the top k scores, zero elsewhere
///   weights = l2([self, l2(sum over the batch of gates)])    one more than there are sellers
///   mask_ci = relu(bid_ci - price_i)                         bid: weight i + 1
///   embedding_b = sum_i gate_bi mask_ci expert_i(x_b),  logits = embedding Wt + bt
///
/// An expert's last layer is linear, and so is the head: the two are multiplied first, once for
/// every pair that trades, so that no embedding is ever computed.
///
///   payoff_c = loss coefficient x cross-entropy + revenue coefficient x weights_0 + ...
///
/// Agents are the bidders, then the sellers. A sample that is not routed to a seller and a seller
/// without buyers are not computed, and such a seller rests: it makes no update.
/// Source: the experiments "single bidder" and "multiple bidder"; Shazeer et al., "Outrageously
/// large neural networks: the sparsely-gated mixture-of-experts layer", 2017.
template <class T>
class ExpertMarket final : public PlannedMarket {
 public:
  /// @param key seed and trial: starts, batches and noise are the same for all regimes.
  ExpertMarket(std::shared_ptr<const Game> game, const RegimePlan& plan, StreamKey key);

  Index agents() const override { return shape_.agents(); }
  // One batch for all agents, whichever of them move.
  void observe(Index step, const Movers&) override {
    step_ = step;
    observe(step, Purpose::kGatingNoise, step);
  }
  void bid(const Movers&) override;
  void clear(const Movers&) override { clear(); }
  void differentiate(const Movers& movers) override {
    differentiate(plan_.group_of(movers).objective);
  }
  void learn(const Movers& movers, int phase) override;
  void derive(Index step, Recorded when) override;
  void restore(Index step) override;
  void reset_learners() override;
  Certificate certify() override;
  bool load_recorded(const StateReader& read) override {
    return load_networks(state_, *this, read);
  }
  /// Takes over one variable of "networks" as it is recorded, value by value; false if it is none,
  /// or of another size.
  bool load(const std::string& variable, std::span<const double> values);

  static std::vector<ArrayRow<ExpertMarket>> arrays(const Shape* shape);

  // The acts in parts, as a search for deviations takes them.
  /// Takes the batch of a training step, and draws noise for its gates.
  void observe(Index step, Purpose noise, Index noise_step);
  void bid() { gate(game_->config.gating.noise); }
  void clear();
  /// Clears what one bidder can tell: its own samples alone are served, the others only bid.
  void clear_for(Index bidder);
  void differentiate(Objective objective);
  void learn(const Movers& movers, int phase, Index clock);

  Cohort<T>& bidders() { return bidders_; }
  Cohort<T>& sellers() { return sellers_; }
  const Shape& shape() const { return shape_; }
  /// In the state last cleared.
  double loss(Index bidder) const { return loss_[at(bidder)]; }
  double payoff(Index bidder) const;
  /// Of a training step that is cleared like this.
  double multiply_adds() const { return shape_.multiply_adds(dispatch_.rows(), dispatch_.deals()); }
  Index rows(Index seller) const { return dispatch_.rows(seller); }
  double earnings(Index seller) const;
  /// What a seller climbs: what its buyers' losses are worth, and its earnings.
  double seller_payoff(Index seller) const;

  /// Loss and accuracy of every bidder on its held-out images, over which gates, bids and masks are
  /// cleared as one batch without noise. Payoffs and earnings are those of that market until the
  /// next is cleared.
  struct Evaluation {
    std::vector<double> loss, accuracy;  ///< (bidders)
    std::vector<double> bid, mask;       ///< (bidders x sellers)
    Index rows = 0;                      ///< computed by sellers
  };
  const Evaluation& evaluate();
  Evaluator::Result test();
  /// Sellers see the market last cleared when they ask next.
  void observe_prices();

 private:
  struct GradientTask;  // a block of rows of one matrix of one agent's parameters
  struct Ask;           // what a seller's network for asks works on, in double

  static std::size_t at(Index k) { return static_cast<std::size_t>(k); }
  Index pair(Index bidder, Index seller) const { return bidder * shape_.sellers + seller; }
  template <class Body>
  void for_sample_blocks(const Body& body);  // body(bidder, block, begin, end)

  // market.cpp: observe, bid; clearing.cpp: clear
  void draw_start();
  void take(Index bidder, Index begin, Index end, const ImageSet& set, const Index* images);
  void gate(bool with_noise);
  void gate_rows(Index bidder, Index block, Index begin, Index end, bool with_noise);
  void sum_gates();
  void set_bids();
  void set_prices();
  double ask(Index seller);
  void serve();
  void run_expert(const RowTask& task);
  void answer(Index run);
  void classify(Index bidder, Index block, Index begin, Index end);
  void refuse_undefined() const;
  double squared_variation(Index bidder) const;
  T* input(Index seller);
  const T* answer_input(Index seller, Index row);

  // gradients.cpp: price, learn
  void differentiate_answers(Index bidder, Index block, Index begin, Index end);
  void differentiate_bids(Objective objective);
  void differentiate_asks(Objective objective);
  void differentiate_scores(Index bidder, Index begin, Index end);
  void pull_back(const RowTask& task);
  void pull_back_run(Index run);
  void compute_joint_gradient(const GradientTask& task);
  void compute_gradient(const GradientTask& task);
  void plan_gradients(const Movers& movers, int phase);
  void reserve_gradient_tasks();

  // records.cpp
  void reserve_evaluation();
  bool is_evaluation_due(Index step) const;
  double welfare() const;

  std::shared_ptr<const Game> game_;
  const Shape& shape_;
  StreamKey key_;
  Cohort<T> bidders_, sellers_;
  std::vector<Index> updates_;  // of bidders, then sellers
  std::vector<Batches> batches_;

  // The batch. A sample is a row (bidder x batch); a slot one of its top_k sellers.
  std::vector<std::span<const Index>> batch_;  // per bidder, images
  std::vector<Index> samples_;                 // per bidder, at most a batch
  Buffer<T> x_;                                // (sample x pixel)
  std::vector<std::uint8_t> labels_;
  Buffer<T> noise_;            // (sample x seller); cleared: times the slope of its scale
  Buffer<T> scores_;           // (sample x score column); priced: their gradient
  std::vector<Index> chosen_;  // (slot) seller
  Buffer<T> gates_;            // (slot)
  Dispatch dispatch_;

  // The market, per bidder or (bidder x seller).
  std::vector<double> gate_sums_, importance_, weights_, bids_, prices_;
  std::vector<T> mask_;
  std::vector<double> seen_;  // (seller x kAskInputs), by sellers that set an ask
  std::vector<Ask> asks_;     // of such sellers
  std::vector<double> loss_, accuracy_;

  // What sellers compute, one row a sale, and what bidders make of it.
  Buffer<T> gathered_;                // (row x pixel)
  std::vector<Buffer<T>> outputs_;    // per hidden layer (row x outputs)
  std::vector<Buffer<T>> d_outputs_;  // their gradients
  Buffer<T> joint_;    // per run ((inputs + 1) x class column): last layer and bias times head
  Buffer<T> d_joint_;  // their gradients
  Buffer<T> votes_;    // (row x class column): what a sale adds to logits, but for gate and mask
  Buffer<T> d_votes_;
  Buffer<T> logits_;   // (sample x class column); cleared: their gradient
  Buffer<T> d_gates_;  // (slot) gradient of a gate through its sample's loss

  // Gradients of the market, and sums per block of samples that are folded in order.
  std::vector<double> d_mask_, d_gate_sums_, d_self_;
  std::vector<double> block_sums_;  // (bidder x block x seller)
  std::vector<LossSum> block_losses_;
  std::vector<GradientTask> joint_tasks_;  // heads and last layers: each needs the other
  std::vector<GradientTask> gradient_tasks_;
  std::vector<char> is_active_;  // agents that move in this step

  Index step_ = 0;               // of the batch
  bool noise_is_fresh_ = false;  // gates use it up
  Index last_evaluation_ = -1;
  bool wants_evaluation_ = false;
  Evaluation evaluation_;
  std::vector<Index> evaluation_chosen_;
  Buffer<T> evaluation_gates_;
};

template <class T>
struct ExpertMarket<T>::Ask {
  std::vector<double> seen, parameters, activations, gradient, scratch;
  double value = 0.0;  ///< in (0, 1)

  explicit Ask(const Mlp<double>& network)
      : seen(at(network.inputs())),
        parameters(at(network.parameter_count())),
        activations(at(network.activation_count(1))),
        gradient(parameters.size()),
        scratch(at(network.scratch_count(1))) {}
  ConstRows<double> input() const {
    const auto inputs = static_cast<Index>(seen.size());
    return rows_of(seen.data(), 1, inputs, inputs);
  }
};

template <class T>
struct ExpertMarket<T>::GradientTask {
  enum class Of { kGating, kHead, kLayer, kAnswer, kAsk } of;
  Index agent;  ///< bidder or seller
  Index layer;
  Index begin, end;  ///< rows of the matrix
};

/// Samples of a bidder that one task works on, besides experts' rows.
inline constexpr Index kSampleRows = 64;

template <class T>
template <class Body>
void ExpertMarket<T>::for_sample_blocks(const Body& body) {
  const Index blocks = block_count(shape_.batch, kSampleRows);
  for_blocks(shape_.bidders * blocks, 1, [&](Index task, Index, Index) {
    const Index bidder = task / blocks, block = task % blocks;
    const Index begin = block * kSampleRows;
    const Index end = std::min(begin + kSampleRows, samples_[at(bidder)]);
    if (begin < end) body(bidder, block, begin, end);
  });
}

}  // namespace gbid::mixture_of_experts
