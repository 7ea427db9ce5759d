// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// What bids are worth, for records and best responses: win probabilities and payments at the edges
// of all cells.
#include <Eigen/Core>
#include <algorithm>
#include <boost/math/quadrature/gauss.hpp>
#include <cmath>
#include <limits>

#include "engine/stepping/blocks.hpp"
#include "scenarios/auctions/formats/single_item.hpp"

namespace gbid::auctions {
namespace {

using ConstArray = Eigen::Map<const Eigen::ArrayXd>;

/// The highest point of a function between two bids, if it has one peak there.
template <class Utility>
double golden_section(double low, double high, const Utility& utility) {
  constexpr double kRatio = 0.6180339887498949;
  constexpr int kSteps = 40;  // leaves 4e-9 of the width
  double left = high - kRatio * (high - low), right = low + kRatio * (high - low);
  double at_left = utility(left), at_right = utility(right);
  for (int k = 0; k < kSteps; ++k) {
    if (at_left < at_right) {
      low = left;
      left = right;
      at_left = at_right;
      right = low + kRatio * (high - low);
      at_right = utility(right);
    } else {
      high = right;
      right = left;
      at_right = at_left;
      left = high - kRatio * (high - low);
      at_left = utility(left);
    }
  }
  return 0.5 * (low + high);
}

double at_risk(double gain, double exponent) {
  return exponent == 1.0 ? gain : std::copysign(std::pow(std::fabs(gain), exponent), gain);
}

/// visit(u, weight): a quadrature over [0, 1] that is exact, to rounding, for products of n factors
/// that are linear in u.
template <class Visit>
void for_shares(Index factors, const Visit& visit) {
  using Gauss = boost::math::quadrature::gauss<double, 10>;  // to degree 19
  constexpr Index kFactorsPerPanel = 20;
  const Index panels = 1 + factors / kFactorsPerPanel;
  const double half = 0.5 / static_cast<double>(panels);
  for (Index panel = 0; panel < panels; ++panel)
    for (std::size_t k = 0; k < Gauss::abscissa().size(); ++k)
      for (const double x : {-Gauss::abscissa()[k], Gauss::abscissa()[k]})
        visit(half * (2.0 * static_cast<double>(panel) + 1.0 + x), half * Gauss::weights()[k]);
}

}  // namespace

void SingleItemClearing::tabulate() {
  const Index n = format_.bidders();
  const std::size_t edges = at(cells_) + 1;
  tables_.resize(at(n));
  for_blocks(n, 1, [&](Index, Index i, Index) {
    Table& table = tables_[at(i)];
    table.win.assign(edges, 1.0);
    table.below.assign(edges, 0.0);
    for (Index j = 0; j < n; ++j)
      if (j != i)
        for (std::size_t k = 0; k < edges; ++k) table.win[k] *= bids_[at(j)].edges()[k];
    table.cell_win.assign(at(cells_), 0.0);
    table.cell_moment.assign(at(cells_), 0.0);
  });
  tabulate_cells();
  for_blocks(n, 1, [&](Index, Index i, Index) {
    Table& table = tables_[at(i)];
    for (std::size_t k = 1; k < edges; ++k)
      table.below[k] = table.below[k - 1] + width_ * table.cell_win[k - 1];
    table.payment.assign(edges, 0.0);
    if (!thirds_.empty()) tabulate_thirds(i, table);
    for (Index k = 0; k <= cells_; ++k)
      if (thirds_.empty()) table.payment[at(k)] = payment_of(i, edge(k), table.win[at(k)]);
  });
  if (!format_.rules().has_seller) return;
  highest_.assign(edges, 1.0);
  second_.assign(edges, 0.0);
  for (std::size_t k = 0; k < edges; ++k) {
    for (const BidDistribution& bids : bids_) highest_[k] *= bids.edges()[k];
    second_[k] = highest_[k];
    for (std::size_t i = 0; i < bids_.size(); ++i)
      second_[k] += (1.0 - bids_[i].edges()[k]) * tables_[i].win[k];
  }
}

/// Bids are uniform inside of a cell: the means over its places u of A(u) and u A(u), for every
/// bidder. So equal bids share the win, and the win probabilities of all add up to one.
void SingleItemClearing::tabulate_cells() {
  const Index n = format_.bidders();
  constexpr Index kCellBlock = 256;
  after_.resize(at(block_count(cells_, kCellBlock) * (n + 1)));
  for_blocks(cells_, kCellBlock, [&](Index block, Index begin, Index end) {
    double* after = after_.data() + block * (n + 1);  // product over bidders from i on
    for (Index cell = begin; cell < end; ++cell)
      for_shares(n - 1, [&](double u, double weight) {
        const auto below = [&](Index j) {
          return bids_[at(j)].edges()[at(cell)] + u * bids_[at(j)].mass(cell);
        };
        after[n] = 1.0;
        for (Index j = n - 1; j > 0; --j) after[j] = after[j + 1] * below(j);
        double before = 1.0;
        for (Index i = 0; i < n; ++i) {
          const double win = before * after[i + 1];
          tables_[at(i)].cell_win[at(cell)] += weight * win;
          tables_[at(i)].cell_moment[at(cell)] += weight * u * win;
          before *= below(i);
        }
      });
  });
}

/// Third price: sum over the rivals j that are overtaken of int g_j(x) int_0^x y dM_j(y) dx.
void SingleItemClearing::tabulate_thirds(Index agent, Table& table) const {
  const Index n = format_.bidders();
  for (Index j = 0; j < n; ++j) {
    if (j == agent) continue;
    const auto below_j = bids_[at(j)].edges();
    double last = 1.0, moment = 0.0, paid = 0.0;
    for (Index k = 0; k <= cells_; ++k) {
      double below = 1.0;
      for (Index l = 0; l < n; ++l)
        if (l != agent && l != j) below *= bids_[at(l)].edges()[at(k)];
      if (k > 0) {
        const double step = (below - last) * (edge(k) - 0.5 * width_);
        paid += (below_j[at(k)] - below_j[at(k - 1)]) * (moment + 0.5 * step);
        moment += step;
      }
      last = below;
      table.payment[at(k)] += paid;
    }
  }
}

double SingleItemClearing::win_of(Index agent, double bid) const {
  if (is_out(bid)) return 0.0;
  const auto place = this->place(bid);
  const auto ties = [&](Index j) { return j != agent && bids_[at(j)].flat_mass(place.cell) > 0.0; };
  bool is_tied = false;
  for (Index j = 0; j < format_.bidders(); ++j) is_tied |= ties(j);
  if (BidDistribution::is_above(place) || !is_tied) {
    double win = 1.0;
    for (Index j = 0; j < format_.bidders(); ++j)
      if (j != agent) win *= bids_[at(j)].below(place);
    return win;
  }
  // Of equal bids every one wins as often: as if each drew a number and the highest won.
  double sum = 0.0;
  for_shares(format_.bidders() - 1, [&](double u, double weight) {
    double product = weight;
    for (Index j = 0; j < format_.bidders(); ++j)
      if (j != agent)
        product *= bids_[at(j)].edges()[at(place.cell)] +
                   place.share * bids_[at(j)].rising_mass(place.cell) +
                   u * bids_[at(j)].flat_mass(place.cell);
    sum += product;
  });
  return sum;
}

/// Expected, of a bid that wins with the probability `win`.
double SingleItemClearing::payment_of(Index agent, double bid, double win) const {
  const Table& table = tables_[at(agent)];
  const auto area = [&](double b) {  // int of A up to b
    const auto place = this->place(b);
    const double first = table.win[at(place.cell)], last = table.win[at(place.cell) + 1];
    const double share = std::min(place.share, 1.0);
    // (A is nearly linear there; its integral over the whole cell is that of the table.)
    const double bend = table.cell_win[at(place.cell)] - 0.5 * (first + last);
    return table.below[at(place.cell)] +
           share * width_ * (first + bend + 0.5 * share * (last - first)) +
           (place.share - share) * width_ * last;
  };
  switch (format_.rules().payment) {
    case Payment::kOwnBid:
      return bid * win;
    case Payment::kSecondBid:
      return is_out(bid) ? 0.0 : bid * win - (area(bid) - area(lowest_));
    case Payment::kThirdBid: {
      const auto place = this->place(bid);
      const double* payment = table.payment.data() + place.cell;
      return payment[0] + std::min(place.share, 1.0) * (payment[1] - payment[0]);
    }
    case Payment::kAllPay:
      return bid;
  }
  return 0.0;
}

double SingleItemClearing::utility_of(Index agent, double value, double bid) const {
  if (is_out(bid)) return 0.0;
  const double win = win_of(agent, bid);
  if (format_.rules().payment == Payment::kOwnBid)
    return at_risk(value - bid, format_.rules().risk_exponent) * win;
  return value * win - payment_of(agent, bid, win);
}

double SingleItemClearing::utility(Index agent, Index node, std::span<const double> bids) const {
  if (format_.is_seller(agent)) return revenue_at(bids[0]);
  return utility_of(agent, grids_[at(agent)].types[at(node)], bids[0]);
}

BestResponse SingleItemClearing::best_response(Index agent, Index node) const {
  if (format_.is_seller(agent)) return best_reserve();
  const double value = grids_[at(agent)].types[at(node)];
  const double risk = format_.rules().risk_exponent;
  const Table& table = tables_[at(agent)];
  // 1. The best edge at or above the reserve.
  const auto first =
      std::clamp(static_cast<Index>(std::ceil((lowest_ - low_) / width_ - 1e-9)), Index{0}, cells_);
  const Index count = cells_ + 1 - first;
  const ConstArray win(table.win.data() + first, count), paid(table.payment.data() + first, count);
  Index best = 0;
  double utility = -std::numeric_limits<double>::infinity();
  if (risk == 1.0) {
    utility = (value * win - paid).maxCoeff(&best);
  } else {
    for (Index k = 0; k < count; ++k)
      if (const double u = at_risk(value - edge(first + k), risk) * win[k]; u > utility) {
        utility = u;
        best = k;
      }
  }
  double bid = edge(first + best);
  // 2. Between its neighbours; the reserve itself; or to stay out.
  const auto consider = [&](double other) {
    if (const double u = utility_of(agent, value, other); u > utility) {
      utility = u;
      bid = other;
    }
  };
  const Index before = std::max(first + best - 1, Index{0});
  const Index after = std::min(first + best + 1, cells_);
  consider(golden_section(std::max(edge(before), lowest_), edge(after),
                          [&](double b) { return utility_of(agent, value, b); }));
  consider(lowest_);
  if (utility < 0.0) return {{std::numeric_limits<double>::quiet_NaN()}, 0.0};
  return {{bid}, utility};
}

double SingleItemClearing::revenue() const {
  if (format_.rules().has_seller) return revenue_at(reserve_);
  double sum = 0.0;
  for (Index i = 0; i < format_.bidders(); ++i)
    for (Index k = 0; k < cells_; ++k)
      sum += bids_[at(i)].mass(k) * cell_payment(tables_[at(i)], k);
  return sum;
}

/// Mean payment of bids that are uniform over a cell.
double SingleItemClearing::cell_payment(const Table& table, Index cell) const {
  const double win = table.cell_win[at(cell)], moment = table.cell_moment[at(cell)];
  switch (format_.rules().payment) {
    case Payment::kOwnBid:
      return edge(cell) * win + width_ * moment;
    case Payment::kSecondBid:  // b A(b) - int_f^b A
      return edge(cell) * win + width_ * moment - table.below[at(cell)] - width_ * (win - moment);
    case Payment::kThirdBid:
      return 0.5 * (table.payment[at(cell)] + table.payment[at(cell) + 1]);
    case Payment::kAllPay: {  // the mean of z^q between the edges
      const double z = low_ + static_cast<double>(cell) * width_, q = power_ + 1.0;
      return (std::pow(z + width_, q) - std::pow(z, q)) / (q * width_);
    }
  }
  return 0.0;
}

/// The winner's value, every cell's bidders counted with their mean value: by the cells that the win
/// probabilities come from, it is never more than the highest value.
double SingleItemClearing::surplus() const {
  double sum = 0.0;
  for (Index k = 0; k < cells_; ++k) {
    const double bid_there = std::clamp((edge(k + 1) - lowest_) / width_, 0.0, 1.0);
    for (Index i = 0; i < format_.bidders(); ++i)
      sum += bid_there * bids_[at(i)].type_mass(k) * tables_[at(i)].cell_win[at(k)];
  }
  return sum;
}

/// Second price, with bids as they are: R P(at least one bids R) + int_R P(two bid above x) dx.
double SingleItemClearing::revenue_at(double reserve) const {
  if (reserve >= top_) return 0.0;
  const auto place = this->place(std::max(reserve, low_));
  const auto between = [&](const std::vector<double>& table) {
    return table[at(place.cell)] +
           place.share * (table[at(place.cell) + 1] - table[at(place.cell)]);
  };
  double sum = reserve * (1.0 - between(highest_));
  sum +=
      (1.0 - place.share) * width_ * (1.0 - 0.5 * (between(second_) + second_[at(place.cell) + 1]));
  for (Index k = place.cell + 1; k < cells_; ++k)
    sum += width_ * (1.0 - 0.5 * (second_[at(k)] + second_[at(k + 1)]));
  return sum;
}

BestResponse SingleItemClearing::best_reserve() const {
  Index best = 0;
  double revenue = -1.0;
  for (Index k = 0; k <= cells_; ++k)
    if (const double r = revenue_at(edge(k)); r > revenue) {
      revenue = r;
      best = k;
    }
  const double reserve =
      golden_section(edge(std::max(best - 1, Index{0})), edge(std::min(best + 1, cells_)),
                     [&](double r) { return revenue_at(r); });
  const double refined = revenue_at(reserve);
  return refined > revenue ? BestResponse{{reserve}, refined} : BestResponse{{edge(best)}, revenue};
}

}  // namespace gbid::auctions
