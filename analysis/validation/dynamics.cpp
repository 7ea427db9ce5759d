// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <fmt/format.h>

#include "analysis/validation/validation.hpp"
#include "scenarios/play/play_in_memory.hpp"

namespace gbid {
namespace {

/// Matching pennies with a damping d = 0.1 of a stake a = 1, from off the equilibrium (0, 0).
PlayedTrial play_pennies(const std::string& learner) {
  const Scenario scenario = scenario_from_text(fmt::format(R"(
steps = 4000
[market]
structure = "bilinear"
damping = 0.1
[agents]
initial_bids = {{ kind = "uniform", low = 0.2, high = 0.8 }}
[regimes.play]
learner = {}
[record]
every = 1000
final = ["strategy", "cycling"]
)",
                                                           learner));
  return play_in_memory(scenario, "play", 0);
}

ValidationCase settles(const std::string& name, const std::string& learner,
                       const std::string& source) {
  return {"dynamics", fmt::format("matching pennies, {}", name), source, [=] {
            const PlayedTrial played = play_pennies(learner);
            return std::vector<Check>{
                {"distance to (0, 0)", played.scalar("distance_to_equilibrium"), 0.0, 1e-6},
                {"said to cycle", played.scalar("is_cycling"), 0.0, 0.0}};
          }};
}

}  // namespace

std::vector<ValidationCase> dynamics_cases() {
  std::vector<ValidationCase> cases;
  cases.push_back(
      {"dynamics", "matching pennies, simultaneous gradients cycle", "Singh et al., 2000", [] {
         const PlayedTrial played = play_pennies("{ kind = \"sgd\", rate = 0.3 }");
         // It runs along the walls: one of the two is always at 1, give or take a step of 0.3.
         return std::vector<Check>{
             {"distance to (0, 0)", played.scalar("distance_to_equilibrium"), 1.0, 0.3},
             {"cycling", played.scalar("cycling"), 1.0, 0.1},
             {"said to cycle", played.scalar("is_cycling"), 1.0, 0.0}};
       }});
  cases.push_back(settles("optimistic", "{ kind = \"optimistic\", rate = 0.3 }", "Popov, 1980"));
  cases.push_back(
      settles("extragradient", "{ kind = \"extragradient\", rate = 0.3 }", "Korpelevich, 1976"));
  cases.push_back(settles("two rates", "{ kind = \"two_timescale\", rate = 0.3, ratio = 0.1 }",
                          "determinant below 1"));
  cases.push_back(
      settles("best response", "{ kind = \"best_response\", rate = 0.01 }", "determinant below 1"));
  return cases;
}

}  // namespace gbid
