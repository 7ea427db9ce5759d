// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/loading/sections.hpp"

namespace gbid {

using config::Kinds;
using config::Schema;

const Kinds<Sgd, Momentum, Adam, Optimistic, Extragradient, TwoTimescale, BestResponse>&
learner_kinds() {
  const config::Range positive{.min = 0.0, .max = {}, .min_open = true};
  const config::Range decay{.min = 0.0, .max = 1.0, .min_open = false, .max_open = true};
  const std::string rate = "step size";
  static const auto kinds =
      Kinds<Sgd, Momentum, Adam, Optimistic, Extragradient, TwoTimescale, BestResponse>()
          .kind("sgd",
                Schema<Sgd>("sgd", "plain gradient").number("rate", &Sgd::rate, positive, rate),
                "plain gradient ascent; cycles in games that are not nearly potential games")
          .kind("momentum",
                Schema<Momentum>("momentum", "heavy ball")
                    .number("rate", &Momentum::rate, positive, rate)
                    .number("beta", &Momentum::beta, decay,
                            "share of the last direction that is kept"),
                "gradient ascent with momentum: smoother, and quicker to cycle")
          .kind("adam",
                Schema<Adam>("adam", "Adam")
                    .number("rate", &Adam::rate, positive, rate)
                    .number("beta1", &Adam::beta1, decay, "decay of the mean gradient")
                    .number("beta2", &Adam::beta2, decay, "decay of the mean square")
                    .number("epsilon", &Adam::epsilon, positive, "added to the root mean square")
                    .choice("clock", &Adam::clock,
                            {{Clock::kShared, "shared", "steps of the run"},
                             {Clock::kPerAgent, "per_agent", "the agent's own updates"}},
                            "what the bias correction counts"),
                "steps scaled per parameter; the learner of the published experiments")
          .kind("optimistic",
                Schema<Optimistic>("optimistic", "optimistic gradient")
                    .number("rate", &Optimistic::rate, positive, rate),
                "optimistic gradient: settles in zero-sum-like games where plain gradients cycle; "
                "one gradient a step")
          .kind("extragradient",
                Schema<Extragradient>("extragradient", "extragradient")
                    .number("rate", &Extragradient::rate, positive, rate),
                "extragradient: like optimistic, more robust; two gradients a step")
          .kind("two_timescale",
                Schema<TwoTimescale>("two_timescale", "two groups, two rates")
                    .number("rate", &TwoTimescale::rate, positive, "step size of agents 0, 2, ...")
                    .number("ratio", &TwoTimescale::ratio, positive,
                            "step size of agents 1, 3, ... by that of the others"),
                "plain gradients of which every other agent takes smaller steps: settles some "
                "games of leaders and followers where equal steps cycle, but no game that is "
                "zero-sum through and through")
          .kind("best_response",
                Schema<BestResponse>("best_response", "towards the best response")
                    .number("rate", &BestResponse::rate, {.min = 0.0, .max = 1.0, .min_open = true},
                            "share of the way to the best response")
                    .choice("averaging", &BestResponse::averaging,
                            {{Averaging::kNone, "none", "the same share at every update"},
                             {Averaging::kFictitiousPlay, "fictitious_play",
                              "rate / t at an agent's t-th update"}},
                            "how the share changes with the updates"),
                "a share of the way to the exact best response to the others as they are: few "
                "steps where the share is small enough for the game; competitive regimes of "
                "markets with exact best responses only");
  return kinds;
}

Schema<LearningConfig> learning_schema() {
  const auto settled =
      Schema<SettleCriterion>("settled", "When a run counts as settled.")
          .integer("window", &SettleCriterion::window, {2, 1000000}, "records that are looked at")
          .number("tolerance", &SettleCriterion::tolerance,
                  {.min = 0.0, .max = {}, .min_open = true},
                  "welfare stays within this share of its mean over the window");
  return Schema<LearningConfig>("learning", "How agents climb, and for how long.")
      .one_of("learner", &LearningConfig::learner, learner_kinds(), "how a gradient becomes a step")
      .choice("budget", &LearningConfig::budget,
              {{Budget::kSteps, "steps",
                "every regime plays `steps` steps, however many agents move in one"},
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
