// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/auctions/formats/known_bids.hpp"

#include <algorithm>
#include <cmath>

#include "scenarios/auctions/formats/single_item.hpp"

namespace gbid::auctions {
namespace {

bool are_equal(const std::vector<Prior>& priors) {
  return std::all_of(priors.begin(), priors.end(),
                     [&](const Prior& prior) { return prior == priors.front(); });
}

/// Two uniform priors from the same lowest value on.
double unequal_highs(const Prior& prior, const Prior& rival, double value) {
  const double own = prior.high() - prior.low(), other = rival.high() - prior.low(),
               v = value - prior.low();
  return prior.low() +
         v / (1.0 + std::sqrt(1.0 - (1.0 / (own * own) - 1.0 / (other * other)) * v * v));
}

/// Two uniform priors with unequal lowest values a and a'. With t = b - (a + a') / 2 and m = (a' -
/// a) / 2, the bidder that bids b has the value v with 1 / (v - a) = 1/m - t/m^2 + K t e^(-m/t);
/// K is such that both highest values bid the same.
std::optional<double> unequal_lows(const Prior& prior, const Prior& rival, double value) {
  const double lowest = 0.5 * (prior.low() + rival.low());  // bid that wins anything
  const bool is_weak = prior.low() < rival.low();
  // Weak types below it cannot win; if those are all of them, no bidder has a reason to bid so
  // much.
  if ((is_weak ? prior : rival).high() <= lowest) return std::nullopt;
  if (is_weak && value < lowest) return std::nullopt;
  const double m = lowest - prior.low();
  const double top = (prior.high() * rival.high() - lowest * lowest) /
                     (prior.high() + rival.high() - 2.0 * lowest);
  const auto special = [&](double t) { return 1.0 / m - t / (m * m); };
  const auto inverse = [&](double bid) {
    const double t = bid - lowest, end = top - lowest;
    // K e^(-m/t), computed from its value at the top.
    const double grown =
        (1.0 / (prior.high() - prior.low()) - special(end)) / end * std::exp(m / end - m / t);
    return prior.low() + 1.0 / (special(t) + grown * t);
  };
  double low = lowest, high = top;
  constexpr int kHalvings = 60;
  for (int k = 0; k < kHalvings; ++k) {
    const double bid = 0.5 * (low + high);
    (inverse(bid) < value ? low : high) = bid;
  }
  return 0.5 * (low + high);
}

std::optional<double> unequal_first_price(const SingleItemRules& rules,
                                          const std::vector<Prior>& priors, std::size_t agent,
                                          double value) {
  const bool is_known = priors.size() == 2 && rules.reserve == 0.0 && rules.risk_exponent == 1.0 &&
                        std::all_of(priors.begin(), priors.end(),
                                    [](const Prior& prior) { return prior.is_uniform(); });
  if (!is_known) return std::nullopt;
  const Prior &prior = priors[agent], &rival = priors[1 - agent];
  if (prior.low() == rival.low()) return unequal_highs(prior, rival, value);
  return unequal_lows(prior, rival, value);
}

/// Uniform priors from one lowest value a on, of which one may reach higher than the others. A type
/// v bids where v = E[highest of n - 2 rivals | they bid less than b]. Where all bid alike, those
/// rivals are uniform below the same value, whatever their own highest ones: v - a = (n - 2) / (n - 1)
/// (b - a). Values above the others' highest win with any bid from there on.
std::optional<double> unequal_third_price(const std::vector<Prior>& priors, const Prior& prior,
                                          double value) {
  std::vector<double> highs;
  for (const Prior& each : priors) {
    if (!each.is_uniform() || each.low() != prior.low()) return std::nullopt;
    highs.push_back(each.high());
  }
  std::sort(highs.begin(), highs.end());
  const double common = highs.front();
  if (highs[highs.size() - 2] != common || value > common) return std::nullopt;
  return value + (value - prior.low()) / (static_cast<double>(priors.size()) - 2.0);
}

/// Two uniform priors from zero to w and w': with phi the types that bid b, phi' d phi / db = w and
/// phi d phi' / db = w', so that phi / w = (phi' / w')^(w / w'). Source: Amann and Leininger,
/// "Asymmetric all-pay auctions with incomplete information", 1996.
std::optional<double> unequal_all_pay(const std::vector<Prior>& priors, std::size_t agent,
                                      double value) {
  const bool is_known =
      priors.size() == 2 && std::all_of(priors.begin(), priors.end(), [](const Prior& prior) {
        return prior.is_uniform() && prior.low() == 0.0;
      });
  if (!is_known) return std::nullopt;
  const double own = priors[agent].high(), other = priors[1 - agent].high();
  return own * other / (own + other) * std::pow(value / own, (own + other) / own);
}

/// Myerson's: where a bidder's virtual value v - (1 - F) / f is zero.
double best_reserve(const Prior& prior) {
  double low = prior.low(), high = prior.high();
  constexpr int kHalvings = 60;
  for (int k = 0; k < kHalvings; ++k) {
    const double r = 0.5 * (low + high);
    (r * prior.density(r) < 1.0 - prior.distribution(r) ? low : high) = r;
  }
  return 0.5 * (low + high);
}

}  // namespace

std::optional<double> known_bid(const SingleItemRules& rules, const std::vector<Prior>& priors,
                                Index agent, double value) {
  const auto n = static_cast<double>(priors.size());
  const bool is_seller = agent == static_cast<Index>(priors.size());
  const bool is_symmetric = are_equal(priors);
  // Where values have atoms, bidders mix; only the truth needs no prior.
  const bool has_atoms = std::any_of(priors.begin(), priors.end(),
                                     [](const Prior& prior) { return prior.has_atoms(); });
  if (has_atoms && (rules.has_seller || rules.payment != Payment::kSecondBid)) return std::nullopt;
  if (is_seller) return is_symmetric ? std::optional(best_reserve(priors.front())) : std::nullopt;
  const Prior& prior = priors[static_cast<std::size_t>(agent)];
  if (rules.payment == Payment::kSecondBid) {
    double top = rules.has_seller ? prior.high() : 0.0;  // a reserve may be as high as any bid
    for (Index j = 0; j < static_cast<Index>(priors.size()); ++j)
      if (j != agent) top = std::max(top, priors[static_cast<std::size_t>(j)].high());
    // A learning seller's reserve moves: the types that it excludes are those below the
    // one that it should set.
    const double reserve = rules.has_seller && is_symmetric ? best_reserve(prior) : rules.reserve;
    return value >= reserve && value <= top ? std::optional(value) : std::nullopt;
  }
  if (priors.size() == 1) return rules.reserve;
  if (!is_symmetric) {
    if (rules.payment == Payment::kThirdBid) return unequal_third_price(priors, prior, value);
    const auto own = static_cast<std::size_t>(agent);
    return rules.payment == Payment::kOwnBid ? unequal_first_price(rules, priors, own, value)
                                             : unequal_all_pay(priors, own, value);
  }
  const double below = prior.distribution(value);
  switch (rules.payment) {
    case Payment::kOwnBid:
      if (value < rules.reserve) return std::nullopt;
      return value - prior.integrated_ratio((n - 1.0) / rules.risk_exponent, rules.reserve, value);
    case Payment::kThirdBid:
      // (The density of given numbers jumps, and the formula with it: its bids need not rise.)
      if (!prior.is_smooth()) return std::nullopt;
      return value + below / ((n - 2.0) * prior.density(value));
    case Payment::kAllPay: {
      const double wins = std::pow(below, n - 1.0);
      return wins * (value - prior.integrated_ratio(n - 1.0, prior.low(), value));
    }
    default:
      return std::nullopt;
  }
}

}  // namespace gbid::auctions
