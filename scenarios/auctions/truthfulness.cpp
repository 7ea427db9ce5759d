// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/auctions/truthfulness.hpp"

#include <algorithm>
#include <cmath>

namespace gbid::auctions {
namespace {

// Profiles of the others that are looked at, at most.
constexpr double kMostProfiles = 20000.0;
constexpr Index kMostNumbers = 14;  // 2^14 profiles
// Points of a grid over types and reports of several numbers.
constexpr Index kCoarsePoints = 5;

/// All points of a grid with `count` numbers of `points` values each: calls body(numbers in
/// [0, 1]).
template <class Body>
void for_grid(Index count, Index points, const Body& body) {
  std::vector<Index> digits(static_cast<std::size_t>(count), 0);
  std::vector<double> numbers(digits.size(), 0.0);
  for (;;) {
    body(numbers);
    std::size_t k = 0;
    for (; k < digits.size(); ++k) {
      digits[k] = (digits[k] + 1) % points;
      numbers[k] = static_cast<double>(digits[k]) / static_cast<double>(points - 1);
      if (digits[k] != 0) break;
    }
    if (k == digits.size()) return;
  }
}

std::vector<double> on(const Interval& interval, const std::vector<double>& shares) {
  std::vector<double> values;
  for (const double share : shares) values.push_back(interval.low + share * interval.width());
  return values;
}

/// The others' reports of a profile, agent by agent without the one that is looked at.
void fill(const Format& format, Index agent, const std::vector<double>& shares,
          PaddedMatrix& others) {
  std::size_t next = 0;
  for (Index j = 0; j < others.rows(); ++j)
    for (Index b = 0; b < others.columns(); ++b) {
      const Interval types = format.types(j);
      const double share = j != agent && next < shares.size() ? shares[next++] : 0.0;
      others(j, b) = types.low + share * types.width();
    }
}

}  // namespace

std::optional<TruthfulnessReport> truthfulness(const Format& format, Index points) {
  const Index n = format.agents(), numbers = format.bids_per_agent();
  const Index reporting = n + format.truthful_bidders();
  if (numbers != format.type_dimensions()) return std::nullopt;
  const Index varied = std::min((reporting - 1) * numbers, kMostNumbers);
  const Index rival_points =
      varied == 0
          ? 2
          : std::clamp(
                static_cast<Index>(std::pow(kMostProfiles, 1.0 / static_cast<double>(varied))),
                Index{2}, points);
  const Index own_points = numbers == 1 ? points : std::min(points, kCoarsePoints);
  TruthfulnessReport report;
  PaddedMatrix others(reporting, numbers);
  bool is_known = true;
  for (Index i = 0; i < n && is_known; ++i)
    for_grid(varied, rival_points, [&](const std::vector<double>& shares) {
      fill(format, i, shares, others);
      for_grid(numbers, own_points, [&](const std::vector<double>& own) {
        const std::vector<double> type = on(format.types(i), own);
        const auto truthful = format.ex_post(i, type, type, others);
        is_known &= truthful.has_value();
        if (!is_known) return;
        for_grid(numbers, own_points, [&](const std::vector<double>& other) {
          const std::vector<double> lie = on(format.types(i), other);
          const double utility = *format.ex_post(i, type, lie, others);
          const double gain = utility - *truthful;
          report.largest_utility =
              std::max({report.largest_utility, std::fabs(utility), std::fabs(*truthful)});
          report.compared += 1.0;
          if (!(gain > report.largest_gain)) return;
          report.largest_gain = gain;
          report.agent = i;
          report.type = type;
          report.report = lie;
          report.others.clear();
          for (Index j = 0; j < reporting; ++j)
            report.others.insert(report.others.end(), others.row(j), others.row(j) + numbers);
        });
      });
    });
  return is_known ? std::optional(report) : std::nullopt;
}

}  // namespace gbid::auctions
