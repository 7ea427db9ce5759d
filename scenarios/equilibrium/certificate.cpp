// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/equilibrium/certificate.hpp"

#include <algorithm>
#include <cmath>

#include "scenarios/equilibrium/payoff_range.hpp"

namespace gbid {
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

double Certificate::scale() const { return payoff_scale(payoff, payoff_range); }

double Certificate::relative_gain() const {
  const double largest = largest_gain();
  return largest == 0.0 ? 0.0 : largest / scale();
}

double Certificate::largest_bound() const {
  double largest = 0.0;
  for (const double value : bound)
    largest = std::isnan(value) || std::isnan(largest) ? kUnknown : std::max(largest, value);
  return largest;
}

double Certificate::relative_bound() const {
  const double largest = largest_bound();
  return largest == 0.0 ? 0.0 : largest / scale();
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
      stored<Certificate>(
          of({"gain_bound",
              "what the agent gains at most; NaN where no bound is known",
              "1",
              {"agent"}}),
          [](Certificate & c) -> auto& { return c.bound; }),
      number(
          {"largest_bound", "what any agent gains at most; NaN where no bound is known", "1", {}},
          [](const Certificate& c) { return c.largest_bound(); }),
      number({"relative_bound", "largest bound divided by the mean absolute payoff", "1", {}},
             [](const Certificate& c) { return c.relative_bound(); }),
      number({"search_starts",
              "starts of the search for better responses, of the agent with fewest; 0 if exact",
              "1",
              {}},
             [](const Certificate& c) { return static_cast<double>(c.starts); }),
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
