// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/equilibrium/certificate.hpp"

#include <algorithm>
#include <cmath>

namespace gbid {
namespace {

// Where all payoffs vanish, as in a zero-sum game at rest, a gain that is rounding is no share of
// them: mean payoffs below this count as this.
constexpr double kLeastScale = 1e-9;

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
  const double mean = total / static_cast<double>(payoff.size());
  return largest_gain() / std::max(mean, kLeastScale);
}

std::vector<Variable> certificate_variables() {
  return {
      {"certified_payoff", "payoff that the gain is above", "1", {"agent"}},
      {"gain", "payoff of the agent's best response found, above its payoff", "1", {"agent"}},
      {"curvature",
       "largest curvature of the agent's own payoff; negative at a maximum",
       "1",
       {"agent"}},
      {"nash_conv", "sum of the agents' gains", "1", {}},
      {"largest_gain", "epsilon: the largest gain of any agent", "1", {}},
      {"relative_gain", "largest gain by the mean absolute payoff", "1", {}},
      {"residual", "norm of the projected pseudo-gradient", "1", {}},
      {"is_exact", "1 if the gains are those of true best responses, 0 if lower bounds", "1", {}},
  };
}

bool wants_certificate(const std::vector<std::string>& final) {
  return std::find(final.begin(), final.end(), kCertificate) != final.end();
}

double* write_certificate(const Certificate& certificate, double* out) {
  out = std::copy(certificate.payoff.begin(), certificate.payoff.end(), out);
  out = std::copy(certificate.gain.begin(), certificate.gain.end(), out);
  out = std::copy(certificate.curvature.begin(), certificate.curvature.end(), out);
  *out++ = certificate.nash_conv();
  *out++ = certificate.largest_gain();
  *out++ = certificate.relative_gain();
  *out++ = certificate.residual;
  *out++ = certificate.is_exact ? 1.0 : 0.0;
  return out;
}

}  // namespace gbid
