// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/auctions/formats/local_payment.hpp"

#include <algorithm>

namespace gbid::auctions {
namespace {

double vcg(double other, double global) { return std::max(0.0, global - other); }

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
  }
  return own;
}

}  // namespace gbid::auctions
