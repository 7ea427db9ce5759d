// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <span>
#include <string>
#include <vector>

#include "engine/record/layout.hpp"
#include "scenarios/structure/regime.hpp"

namespace gbid {

/// Networks of a market, loaded from a finished run and put to the test on held-out images.
class Evaluator {
 public:
  struct Result {
    std::string data;                 ///< what the images are
    std::vector<std::string> agents;  ///< the agents tested: "bidder 0", ...
    std::vector<double> loss, accuracy;
    std::vector<std::int64_t> images;  ///< held-out images of each
  };

  virtual ~Evaluator() = default;
  /// What has to be loaded, without the leading axis `trial`.
  virtual std::vector<Variable> variables() const = 0;
  /// @param values of one variable of one trial, as many as it has.
  virtual void load(const std::string& variable, std::span<const double> values) = 0;
  virtual Result evaluate() = 0;
};

/// For networks that are only tested: no agent learns, and no memory is set aside for it.
inline RegimePlan plan_of_a_test() {
  RegimePlan plan;
  plan.group().learner = Sgd{};
  plan.recorded_steps = {0};
  return plan;
}

}  // namespace gbid
