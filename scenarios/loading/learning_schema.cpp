// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/loading/sections.hpp"

namespace gbid {

using config::Schema;

Schema<LearningConfig> learning_schema() {
  const auto settled =
      Schema<SettleCriterion>("settled", "When a run counts as settled.")
          .integer("window", &SettleCriterion::window, {2, 1000000}, "records that are looked at")
          .number("tolerance", &SettleCriterion::tolerance,
                  {.min = 0.0, .max = {}, .min_open = true},
                  "welfare stays within this share of its mean over the window");
  return Schema<LearningConfig>("learning", "How agents learn, and for how long.")
      .one_of("learner", &LearningConfig::learner, learner_kinds(), "how a gradient becomes a step")
      .choice("budget", &LearningConfig::budget,
              {{Budget::kSteps, "steps",
                "every regime plays `steps` steps, for any number of agents that move in one"},
               {Budget::kUpdatesPerAgent, "updates_per_agent",
                "every regime plays until each agent has had `steps` updates on average"}},
              "what `steps` counts")
      .choice("until", &LearningConfig::until,
              {{Until::kSteps, "steps", "to the last step"},
               {Until::kSettled, "settled", "until welfare has settled, at most to the last step"}},
              "when a run ends")
      .table("settled", &LearningConfig::settled, settled, "criterion for until = \"settled\"");
}

}  // namespace gbid
