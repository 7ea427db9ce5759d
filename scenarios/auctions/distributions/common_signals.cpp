// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/auctions/distributions/common_signals.hpp"

#include <algorithm>
#include <cmath>

namespace gbid::auctions {

void Losers::find(const SignalBids& rival, double bid, double flattest) {
  crossings.clear();
  for (std::size_t k = 0; k + 1 < rival.bids.size(); ++k) {
    const double low = rival.bids[k], high = rival.bids[k + 1];
    if ((low < bid) == (high < bid)) continue;
    const double length = rival.signals[k + 1] - rival.signals[k];
    const double steepness = std::max(std::fabs(high - low) / length, flattest);
    crossings.push_back(
        {rival.signals[k] + length * (bid - low) / (high - low), 1.0 / steepness, low < bid});
  }
  holds_top = rival.bids.back() < bid;
}

namespace affiliated {
namespace {

/// With c(u) = clamp(u, 0, 1): int_0^z of c, of u c and of c^2.
double clamped(double z) { return z <= 0.0 ? 0.0 : z < 1.0 ? 0.5 * z * z : z - 0.5; }
double clamped_first(double z) {
  return z <= 0.0 ? 0.0 : z < 1.0 ? z * z * z / 3.0 : 0.5 * z * z - 1.0 / 6.0;
}
double clamped_square(double z) {
  return z <= 0.0 ? 0.0 : z < 1.0 ? z * z * z / 3.0 : z - 2.0 / 3.0;
}

/// T given X = x is uniform between these.
double low_of(double own) { return std::max(0.0, own - 1.0); }
double high_of(double own) { return std::min(1.0, own); }

}  // namespace

double density(double signal) { return std::max(0.0, std::min(signal, kTopSignal - signal)); }

double density_given(double own, double other) {
  const double low = low_of(own), high = high_of(own);
  const double overlap = std::min(high, other) - std::max(low, other - 1.0);
  return std::max(0.0, overlap) / (high - low);
}

double distribution_given(double own, double other) {
  const double low = low_of(own), high = high_of(own);
  return (clamped(other - low) - clamped(other - high)) / (high - low);
}

double moment_given(double own, double other) {
  const double low = low_of(own), high = high_of(own);
  // int over T of int_0^{c(other - T)} (T + s) ds, with u = other - T.
  const auto at = [&](double u) {
    return other * clamped(u) - clamped_first(u) + 0.5 * clamped_square(u);
  };
  return (at(other - low) - at(other - high)) / (high - low);
}

double utility(double signal, double bid, const Losers& losers) {
  const double won =
      losers.measure(kTopSignal, [&](double y) { return distribution_given(signal, y); });
  const double moment =
      losers.measure(kTopSignal, [&](double y) { return moment_given(signal, y); });
  return (0.5 * signal - bid) * won + 0.5 * moment;
}

double d_bid(double signal, double bid, const Losers& losers) {
  double margin = 0.0;
  for (const Crossing& crossing : losers.crossings)
    margin += crossing.width * density_given(signal, crossing.signal) *
              (0.5 * (signal + crossing.signal) - bid);
  return margin -
         losers.measure(kTopSignal, [&](double y) { return distribution_given(signal, y); });
}

}  // namespace affiliated

namespace mineral {
namespace {

/// int_from^1 (V - b) min(2V, y) / (2V)^3 dV.
double won_margin(double from, double bid, double y) {
  double sum = 0.0;
  if (from < 0.5 * y) {  // the whole of [0, 2V] is below y
    sum += 0.25 * (std::log(0.5 * y / from) - bid * (1.0 / from - 2.0 / y));
    from = 0.5 * y;
  }
  if (from < 1.0) sum += 0.125 * y * ((1.0 / from - 1.0) - 0.5 * bid * (1.0 / (from * from) - 1.0));
  return sum;
}

double margin_at_crossings(double signal, double bid, const Losers& passed, const Losers& other) {
  double sum = 0.0;
  for (const Crossing& crossing : passed.crossings) {
    const double from = 0.5 * std::max(signal, crossing.signal);
    if (from <= 0.0 || from >= 1.0) continue;
    sum += crossing.width *
           other.measure(kTopSignal, [&](double y) { return won_margin(from, bid, y); });
  }
  return sum;
}

}  // namespace

double density(double signal) {
  return signal > 0.0 && signal < kTopSignal ? -0.5 * std::log(0.5 * signal) : 0.0;
}

double weighted_d_bid(double signal, double bid, const Losers& first, const Losers& second) {
  return margin_at_crossings(signal, bid, first, second) +
         margin_at_crossings(signal, bid, second, first);
}

}  // namespace mineral

}  // namespace gbid::auctions
