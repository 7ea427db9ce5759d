// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/equilibrium/certificate.hpp"

#include <algorithm>
#include <cmath>

namespace gbid {
namespace {

// Where all payoffs vanish, as in a zero-sum game at rest, a gain that is rounding is no share of
// them: mean payoffs below this share of the range of payoffs count as that.
constexpr double kLeastScaleShare = 1e-9;

}  // namespace

double Certificate::nash_conv() const {
  double sum = 0.0;
  for (const double value : gain) sum += std::isnan(value) ? 0.0 : value;
  return sum;
}

double Certificate::largest_gain() const {
  double largest = kUnknown;
  for (const double value : gain) largest = std::fmax(largest, value);
  return largest;
}

double Certificate::relative_gain() const {
  double total = 0.0;
  for (const double value : payoff) total += std::fabs(value);
  const double mean = total / static_cast<double>(payoff.size()), largest = largest_gain();
  return largest == 0.0 ? 0.0 : largest / std::max(mean, kLeastScaleShare * payoff_range);
}

const std::vector<ArrayRow<Certificate>>& certificate_rows() {
  const auto of = [](Variable variable) {
    return ArraySpec{std::move(variable), Role::kDerived, Recorded::kFinal, kCertificate};
  };
  const auto number = [&](Variable variable, auto value) {
    return derived<Certificate>(of(std::move(variable)),
                                [value](const Certificate& c, double* out) {
                                  *out = value(c);
                                  return out + 1;
                                });
  };
  static const std::vector<ArrayRow<Certificate>> rows{
      stored<Certificate>(
          of({"certified_payoff", "payoff that the gain is above", "1", {"agent"}}),
          [](Certificate & c) -> auto& { return c.payoff; }),
      stored<Certificate>(
          of({"gain",
              "payoff of the agent's best response found, above its payoff",
              "1",
              {"agent"}}),
          [](Certificate & c) -> auto& { return c.gain; }),
      stored<Certificate>(
          of({"curvature",
              "largest curvature of the agent's own payoff; negative at a maximum",
              "1",
              {"agent"}}),
          [](Certificate & c) -> auto& { return c.curvature; }),
      number({"nash_conv", "sum of the agents' gains", "1", {}},
             [](const Certificate& c) { return c.nash_conv(); }),
      number({"largest_gain", "epsilon: the largest gain of any agent", "1", {}},
             [](const Certificate& c) { return c.largest_gain(); }),
      number({"relative_gain", "largest gain divided by the mean absolute payoff", "1", {}},
             [](const Certificate& c) { return c.relative_gain(); }),
      number({"payoff_range",
              "range of an agent's payoff over the strategies tried; 0 if it was not looked at",
              "1",
              {}},
             [](const Certificate& c) { return c.payoff_range; }),
      number({"residual", "norm of the projected pseudo-gradient", "1", {}},
             [](const Certificate& c) { return c.residual; }),
      number({"is_exact",
              "1 if the gains are those of true best responses, 0 if lower bounds",
              "1",
              {}},
             [](const Certificate& c) { return c.is_exact ? 1.0 : 0.0; }),
  };
  return rows;
}

bool wants_certificate(const std::vector<std::string>& final) {
  return std::find(final.begin(), final.end(), kCertificate) != final.end();
}

}  // namespace gbid
