// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/auctions/local_payment.hpp"

#include <algorithm>

namespace gbid::auctions {
namespace {

double vcg(double other, double global) { return std::max(0.0, global - other); }

constexpr double square(double x) { return x * x; }

}  // namespace

double local_payment(LocalPayment rule, double own, double other, double global) {
  switch (rule) {
    case LocalPayment::kNearestZero:
      return std::clamp(0.5 * global, std::min(vcg(other, global), own), own);
    case LocalPayment::kNearestVcg:
      return 0.5 * (global + vcg(other, global) - vcg(own, global));
    case LocalPayment::kNearestBid:
      return std::clamp(0.5 * (global + own - other), 0.0, global);
    case LocalPayment::kVcg:
      return vcg(other, global);
    case LocalPayment::kFirstPrice:
      return own;
  }
  return own;
}

double integrated_local_payment(LocalPayment rule, double own, double other) {
  switch (rule) {
    case LocalPayment::kNearestZero:
      // Half of g up to twice the smaller bid; above, the smaller bid is paid whole.
      return own <= other ? own * other : 0.5 * (square(own) + square(other));
    case LocalPayment::kNearestVcg:
      return 0.5 * own * (own + other);
    case LocalPayment::kNearestBid:
      // The larger bid pays alone while g is below the bids' difference.
      return own <= other ? square(own) : square(own) - 0.5 * square(own - other);
    case LocalPayment::kVcg:
      return 0.5 * square(own);
    case LocalPayment::kFirstPrice:
      return own * (own + other);
  }
  return 0.0;
}

double integrated_local_payment_slope(LocalPayment rule, double own, double other) {
  switch (rule) {
    case LocalPayment::kNearestZero:
      return std::max(own, other);
    case LocalPayment::kNearestVcg:
      return own + 0.5 * other;
    case LocalPayment::kNearestBid:
      return own + std::min(own, other);
    case LocalPayment::kVcg:
      return own;
    case LocalPayment::kFirstPrice:
      return 2.0 * own + other;
  }
  return 0.0;
}

}  // namespace gbid::auctions
