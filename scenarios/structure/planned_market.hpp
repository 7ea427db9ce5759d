// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/simulation/market.hpp"
#include "scenarios/equilibrium/certificate.hpp"
#include "scenarios/structure/regime.hpp"

namespace gbid {

/// The values of a final variable of one trial; empty if it was not recorded.
using StateReader = std::function<std::vector<double>(const std::string& variable)>;

/// A trial of a scenario's regime.
class PlannedMarket : public TrialMarket {
 public:
  const RegimePlan& plan() const { return plan_; }

  /// What every agent could still gain by a change of its own in the state as it is: the one
  /// certificate of all markets.
  /// @throws NumericError if a payoff of the state itself is not finite.
  virtual Certificate certify() = 0;
  /// Takes over what a finished trial left behind in its final variables, as far as `certify` needs
  /// it; false if those do not hold it, or too little of it.
  virtual bool load_recorded(const StateReader&) { return false; }

 protected:
  PlannedMarket(RegimePlan plan, Index agents) : plan_(std::move(plan)), certificate_(agents) {
    bind_all(certificate_rows(), state_, certificate_);
  }
  /// Fills the arrays of the certificate if the end records them.
  void derive_certificate() {
    if (plan_.records(Recorded::kFinal, kCertificate)) certificate_ = certify();
  }

  RegimePlan plan_;

 private:
  Certificate certificate_;
};

}  // namespace gbid
