// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "scenarios/auctions/distributions/bid_distribution.hpp"
#include "scenarios/auctions/formats/format_entry.hpp"

namespace gbid::auctions {

/// What the winner of one item pays, or all bidders.
enum class Payment { kOwnBid, kSecondBid, kThirdBid, kAllPay };

/// The rules of one item: it goes to the highest bid at or above the reserve R.
///
///   first price   U = (v - b)^r A(b)         A(b): probability that all rivals bid less
///   second price  U = (v - b) A(b) + int_R^b A
///   third price   U = v A(b) - sum_j int_0^b g_j(x) int_0^x y dM_j(y) dx,   M_j: rivals but j
///   all-pay       U = v A(b) - b
///
/// A bid of 0, or below R, stays out: it wins and pays nothing. Equal bids share the win.
///
/// A network says what share of the gain above the floor f = max(R, lowest value of all) is bid:
/// b = f + (v - f) x; values below f bid themselves. No bid below f can win: all others bid f or
/// more, or stay out. Types just above a reserve that excludes others bid it to second order, at a
/// first price: there x is (v - f) / (highest value - f) times what the network says. In an
/// all-pay auction b = v x or, between n bidders of one prior F without atoms, of lowest value a,
/// b = F(v)^{n-1} (a + (v - a) x): what the highest of all values may expect to win.
///
/// Distributions of bids are kept on the scale z with b = z^q (in units of the highest value): in
/// that all-pay auction q = n - 1, so that z rises about as F does and low bids, which are as likely
/// as high ones, are separate; else q = 1.
struct SingleItemRules {
  Payment payment = Payment::kOwnBid;
  double reserve = 0.0;
  bool has_seller = false;  ///< the reserve is the bid of the last agent, whose utility is revenue
  double risk_exponent = 1.0;
};

class SingleItem final : public Format {
 public:
  SingleItem(const SingleItemRules& rules, std::vector<Prior> priors);

  Index agents() const override { return bidders() + (rules_.has_seller ? 1 : 0); }
  Interval types(Index agent) const override;
  Interval active_types(Index agent) const override;
  Interval bids(Index agent) const override;
  BidRange bid_range(Index agent, std::span<const double> type) const override;
  double utility_power() const override { return rules_.risk_exponent; }
  TypeGrid grid(Index agent, Index nodes) const override;
  std::unique_ptr<Clearing> clearing(const std::vector<TypeGrid>& grids,
                                     Index cells) const override;
  double clearing_bytes(Index cells) const override;
  void start(Index agent, std::span<const double> type, std::span<double> bids) const override;
  bool has_planner() const override { return !rules_.has_seller; }
  double first_best() const override { return first_best_; }
  std::vector<std::string> equilibria() const override;
  std::string caveat() const override;
  bool known_bids(std::size_t equilibrium, Index agent, std::span<const double> type,
                  std::span<double> bids) const override;
  std::optional<double> ex_post(Index agent, std::span<const double> type,
                                std::span<const double> own,
                                const PaddedMatrix& others) const override;

  const SingleItemRules& rules() const { return rules_; }
  Index bidders() const { return static_cast<Index>(priors_.size()); }
  bool is_seller(Index agent) const { return agent == bidders(); }
  /// The highest value of any bidder, and the lowest bid that may win against what others may bid.
  double top_value() const { return top_value_; }
  double floor() const { return floor_; }
  /// q above.
  double scale_power() const { return is_ranked_ ? static_cast<double>(bidders() - 1) : 1.0; }
  /// Whether the best response may lie far from a bid whose gradient points elsewhere: where values
  /// have atoms and bidders mix, or one of unlike bidders stays out of an all-pay auction.
  bool has_far_responses() const { return has_far_responses_; }

 private:
  /// Of an all-pay bidder: its win probability if higher values bid more, or 1; and the value that a
  /// bid is a share of the gain above.
  double expected_win(double value) const;
  double all_pay_floor() const { return is_ranked_ ? priors_.front().low() : 0.0; }

  SingleItemRules rules_;
  std::vector<Prior> priors_;
  double top_value_, floor_, first_best_;
  bool are_alike_, is_ranked_, has_far_responses_, is_reserve_met_flat_;
};

/// The rules as a scenario names them; faults go to the loader.
std::unique_ptr<const Format> single_item(const SingleItemRules& rules,
                                          const std::vector<Prior>& priors, ArrayLoader& loader);

/// An auction of one item in progress.
class SingleItemClearing final : public Clearing {
 public:
  SingleItemClearing(const SingleItem& format, const std::vector<TypeGrid>& grids, Index cells);

  void prepare(const Strategies& strategies) override;
  void gradient(Index agent, PaddedMatrix& out) const override;
  void common_gradient(Index agent, PaddedMatrix& out) const override;
  bool is_shut_out(Index agent, const PaddedMatrix& start) const override;
  void coarsen(Index cells) override { cells_ = std::min(cells, most_cells_); }
  void tabulate() override;
  double utility(Index agent, Index node, std::span<const double> bids) const override;
  BestResponse best_response(Index agent, Index node) const override;
  double revenue() const override;
  double surplus() const override;

  /// d utility / d bid of a bidder with a value, unscaled; 0 below the reserve.
  double d_bid(Index agent, double value, double bid) const;
  double reserve() const { return reserve_; }
  const BidDistribution& distribution(Index bidder) const { return bids_[at(bidder)]; }

 private:
  /// Bids that are compared with an agent's own where the best response may be far.
  static constexpr Index kSamples = 129;
  /// The rivals that a bidder competes with at a bid.
  struct Competition {
    double win = 1.0;     ///< win probability A(b)
    double hazard = 0.0;  ///< A'(b) / A(b)
    double paid_there =
        0.0;  ///< third price: mean payment of the winner against a highest bid of b
    double type_there = 0.0;  ///< mean value of the rival that is overtaken
    bool cannot_win = false;  ///< some rival always bids more
  };
  /// Of one bidder.
  struct Table {
    std::vector<double> win;          ///< per cell's edge: A
    std::vector<double> payment;      ///< per edge: expected
    std::vector<double> below;        ///< per edge: int of A from the lowest edge
    std::vector<double> cell_win;     ///< per cell: mean of A, equal bids sharing the win
    std::vector<double> cell_moment;  ///< per cell: mean of A times the place in the cell
  };
  static std::size_t at(Index k) { return static_cast<std::size_t>(k); }

  Competition competition(Index agent, double bid) const;
  double scaled_d_bid(Index agent, double value, double bid) const;
  double scaled_common_d_bid(Index agent, double value, double bid) const;
  double mean_third(Index agent, Index rival, BidDistribution::Place place) const;
  void integrate_thirds();
  void sample_wins();
  bool is_lower_better(Index agent, double value, double bid, double win) const;
  /// No bid, or one below the reserve.
  bool is_out(double bid) const { return bid < lowest_ || bid <= 0.0; }
  /// Between bids and the scale z.
  double to_scale(double bid) const { return power_ == 1.0 ? bid : std::pow(bid, 1.0 / power_); }
  double to_bid(double z) const { return power_ == 1.0 ? z : std::pow(z, power_); }
  /// d z / d bid.
  double scale_slope(double z) const {
    return power_ == 1.0 ? 1.0 : std::pow(std::max(z, width_), 1.0 - power_) / power_;
  }
  BidDistribution::Place place(double bid) const { return bids_.front().place(to_scale(bid)); }
  double edge(Index k) const { return to_bid(low_ + static_cast<double>(k) * width_); }
  double sample(Index k) const {
    return to_bid(low_ +
                  (top_ - low_) * static_cast<double>(k) / static_cast<double>(kSamples - 1));
  }
  void tabulate_cells();
  double cell_payment(const Table& table, Index cell) const;
  double win_of(Index agent, double bid) const;
  double payment_of(Index agent, double bid, double win) const;
  double utility_of(Index agent, double value, double bid) const;
  void tabulate_thirds(Index agent, Table& table) const;
  double d_reserve() const;
  double revenue_at(double reserve) const;
  BestResponse best_reserve() const;

  const SingleItem& format_;
  const std::vector<TypeGrid>& grids_;
  Index most_cells_, cells_ = most_cells_;
  double power_;  // q of the scale
  const Strategies* strategies_ = nullptr;
  Strategies scaled_;  // the same on the scale z, where that is another
  double reserve_ = 0.0;
  double lowest_ = 0.0;                         // bid that can win
  double low_ = 0.0, top_ = 1.0, width_ = 1.0;  // of the cells, on the scale z
  std::vector<BidDistribution> bids_;           // per bidder
  std::vector<double> thirds_;        // (edge x bidder x rival): mean third bid below the edge
  std::vector<double> inverses_;      // (place in a cell x bidder): room of `integrate_thirds`
  std::vector<double> sampled_wins_;  // (bidder x sample): A at uniform bids; if there are far
                                      // responses
  std::vector<Table> tables_;
  std::vector<double> after_;  // room of `tabulate_cells`
  std::vector<double> highest_,
      second_;  // at edges: probability that the (second) highest bid is below
};

}  // namespace gbid::auctions
