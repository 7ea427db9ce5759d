// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// Auctions of one item over a grid of priors, bidders and reserves, each learned with the defaults:
// no rate or network is chosen for any of them.
#include <fmt/format.h>

#include <cmath>

#include "analysis/validation/played.hpp"

namespace gbid {
namespace {

/// What best responses may gain, by the larger of their utility and this share of the support's
/// width times the win probability.
constexpr double kLoss = 1e-3, kLeastShare = 0.01;

struct GridCell {
  std::string format, name, market;
  double least_utility = 0.0;  ///< what a loss is compared with at least
  Index steps = 2000;
};

/// Bidders of one prior: every format, reserves at quantiles of the prior where it has one.
void add_alike(std::vector<GridCell>& cells, double low, double width, double exponent, Index n) {
  const std::string prior =
      fmt::format("prior = {{ kind = \"power\", low = [{}], high = [{}], exponent = [{}] }}", low,
                  low + width, exponent);
  const auto add = [&](const std::string& format, double quantile) {
    const double reserve = quantile > 0.0 ? low + width * std::pow(quantile, 1.0 / exponent) : 0.0;
    const std::string rules =
        quantile > 0.0 ? fmt::format("{{ kind = \"{}\", reserve = {} }}", format, reserve)
                       : fmt::format("\"{}\"", format);
    const auto count = static_cast<double>(n);
    const double win = (1.0 - std::pow(quantile, count)) / count;
    cells.push_back({format,
                     fmt::format("{}, n = {}, values [{}, {}], F = v^{}, reserve at {}", format, n,
                                 low, low + width, exponent, quantile),
                     fmt::format("bidders = {}\nformat = {}\n{}", n, rules, prior),
                     kLeastShare * width * win});
  };
  for (const double quantile : {0.0, 0.3, 0.5, 0.7, 0.9}) {
    add("first_price", quantile);
    add("second_price", quantile);
  }
  if (n > 2) add("third_price", 0.0);
  add("all_pay", 0.0);
}

/// Values of the first bidder up to `ratio`, of the others up to 1. Unlike bidders, whose highest
/// bids must meet, take longer.
void add_unlike(std::vector<GridCell>& cells, const std::string& format, Index n, double ratio) {
  std::vector<double> highs(static_cast<std::size_t>(n), 1.0);
  highs.front() = ratio;
  cells.push_back({format,
                   fmt::format("{}, n = {}, values to {}", format, n, fmt::join(highs, ", ")),
                   fmt::format("bidders = {}\nformat = \"{}\"\nprior = {{ kind = \"uniform\", high "
                               "= [{}] }}",
                               n, format, fmt::join(highs, ", ")),
                   0.0, 3000});
}

std::vector<GridCell> grid_cells() {
  std::vector<GridCell> cells;
  for (const double low : {0.0, 1.0, 10.0})
    for (const double width : {0.3, 1.0, 5.0})
      for (const double exponent : {0.5, 1.0, 2.0})
        for (const Index n : {2, 3, 5, 10}) add_alike(cells, low, width, exponent, n);
  for (const double ratio : {0.3, 0.5, 0.8, 1.25, 2.0, 3.0}) {
    for (const char* format : {"first_price", "second_price", "all_pay"})
      add_unlike(cells, format, 2, ratio);
    add_unlike(cells, "first_price", 3, ratio);
    add_unlike(cells, "third_price", 3, ratio);
  }
  return cells;
}

}  // namespace

std::vector<ValidationCase> auction_grid_cases() {
  std::vector<ValidationCase> cases;
  for (const GridCell& cell : grid_cells())
    cases.push_back(
        {cell.format, cell.name, "the best response to what the others learned", [cell] {
           return std::vector<Check>{{"relative loss",
                                      learned_loss(cell.market, cell.least_utility, cell.steps),
                                      0.0, kLoss}};
         }});
  return cases;
}

}  // namespace gbid
