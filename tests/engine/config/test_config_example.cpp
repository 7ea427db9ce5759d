// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "tests/engine/config/config_example.hpp"

namespace gbid::config::example {

Schema<Bids> bids_schema() {
  const Schema<RowMean> row_mean("row_mean", "");
  auto constant = Schema<Constant>("constant", "").number("value", &Constant::value, {}, "shift");
  auto from_file = Schema<FromFile>("file", "")
                       .file("file", &FromFile::file, "HDF5 file")
                       .required("file")
                       .text("dataset", &FromFile::dataset, "its dataset");
  auto shifts = Kinds<RowMean, Constant, FromFile>()
                    .kind("row_mean", row_mean, "mean of the row")
                    .kind("constant", constant, "a number")
                    .kind("file", from_file, "from a file")
                    .number_means(&Constant::value)
                    .key_means<FromFile>("file");
  return Schema<Bids>("bids", "how outputs become bids")
      .text("squash", &Bids::squash, "squashing function")
      .one_of("shift", &Bids::shift, shifts, "what is taken off")
      .choice("mask", &Bids::mask,
              {{Mask::kRelu, "relu", "max(0, x)"},
               {Mask::kHard, "hard", "0 or 1"},
               {Mask::kSigmoid, "sigmoid", ""},
               {Mask::kRelu6, "relu6", ""}},
              "who trades with whom");
}

Schema<Regime> regime_schema() {
  return Schema<Regime>("regime", "one way to play")
      .text("objective", &Regime::objective, "what agents maximise")
      .integer("movers", &Regime::movers, {.min = 1}, "agents that move per step");
}

Schema<Market> market_schema() {
  auto weight = Schema<TermWeight>("term", "")
                    .number("coefficient", &TermWeight::coefficient, {}, "weight of the term")
                    .text("note", &TermWeight::note, "why")
                    .number_shorthand(&TermWeight::coefficient);
  return Schema<Market>("market", "a market")
      .integer("agents", &Market::agents, {.min = 2}, "number of agents")
      .integer("cohorts", &Market::cohorts, {.min = 1}, "number of cohorts")
      .number("temperature", &Market::temperature, {.min = 0.0, .max = 1.0, .min_open = true},
              "softness")
      .table("bids", &Market::bids, bids_schema(), "bids")
      .named("payoff", &Market::payoff, weight,
             {{"utility", "utility", "consumption"},
              {"emission", "emission", "emitted"},
              {"divergence", "divergence", ""}},
             "payoff_i = sum of coefficient x term")
      .optional_table("planner", &Market::planner, regime_schema(), "a planner")
      .check([](const Market& market, const Checker& checker) {
        if (market.cohorts > market.agents)
          checker.fail("cohorts", "expected at most one cohort per agent, got " +
                                      std::to_string(market.cohorts) + " for " +
                                      std::to_string(market.agents) + " agents");
      });
}

Schema<Scenario> scenario_schema() {
  auto adam = Schema<Adam>("adam", "")
                  .number("rate", &Adam::rate, {.min = 0.0, .min_open = true}, "step size")
                  .number("decay", &Adam::decay, {.min = 0.0, .max = 1.0, .max_open = true},
                          "decay of the mean");
  auto sgd = Schema<Sgd>("sgd", "").number("rate", &Sgd::rate, {.min = 0.0}, "step size");
  auto learners = Kinds<Adam, Sgd>()
                      .kind("adam", adam, "Adam (Kingma and Ba, 2015)")
                      .kind("sgd", sgd, "plain gradient steps");
  return Schema<Scenario>("scenario", "An example of a scenario.")
      .text("title", &Scenario::title, "what the run is about")
      .required("title")
      .integer("steps", &Scenario::steps, {.min = 1}, "steps of a trial")
      .boolean("record", &Scenario::is_recorded, "whether anything is recorded")
      .integer("batch", &Scenario::batch, {.min = 1, .max = 4096}, "rows of data per step")
      .integer_list("hidden", &Scenario::hidden, {.min = 1}, "widths of the hidden layers")
      .number_list("taxes", &Scenario::taxes, {.min = 0.0}, "tax rates")
      .text_list("final", &Scenario::final,
                 {{"weights", "weights", ""}, {"mask", "mask", ""}, {"prices", "prices", ""}},
                 "matrices at the end")
      .table("market", &Scenario::market, market_schema(), "the market")
      .one_of("learner", &Scenario::learner, learners, "how agents learn")
      .optional_one_of("critic", &Scenario::critic, learners, "how the critic learns")
      .named("regimes", &Scenario::regimes, regime_schema(), {}, "the regimes");
}

}  // namespace gbid::config::example
