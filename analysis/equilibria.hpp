// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gbid {

struct PriceOfAnarchyInput;
struct PriceOfAnarchyResult;
enum class Optimum;

/// What better responses after learning came to, over a regime's trials.
struct RefinedEnds {
  std::int64_t ends = 0;                 ///< that were refined; 0: none, and nothing else is known
  std::int64_t at_rest = 0, cycles = 0;  ///< of these; the others' rounds were over
  std::int64_t best_reached = 0;         ///< within 1e-3 of the best welfare after them
  double median_moves = 0.0;
  double starts = 0.0, starts_reached = 0.0;  ///< of planners, and how many came to the best end
};

/// The certificates of one regime's ends. Vectors are over trials; NaN where a trial does not
/// count.
struct CertifiedEnds {
  std::string name;
  bool is_competitive = false;        ///< agents maximised their own payoff
  std::vector<double> epsilon;        ///< largest gain of any agent
  std::vector<double> relative_gain;  ///< by the mean |payoff|
  std::vector<double> nash_conv;      ///< sum of gains
  std::vector<double> residual;       ///< norm of the projected pseudo-gradient
  std::vector<double> curvature;      ///< of own payoffs, the largest of any agent
  std::vector<bool> is_equilibrium;   ///< relative gain within the tolerance
  std::int64_t agents = 0;            ///< of the market
  std::int64_t examined_agents = 0;   ///< agents whose gains these are
  std::int64_t examined = 0;          ///< trials with a certificate
  std::int64_t equilibria = 0;        ///< of these
  std::int64_t unconverged = 0;       ///< of these: neither settled nor equilibria
  bool is_exact = false;              ///< all gains are those of true best responses
  /// Trials that no agent gains more in than the tolerance, by a bound of its gain.
  std::vector<bool> is_proved = {};
  std::int64_t proved = 0;         ///< of the equilibria, so many by such a bound
  std::int64_t search_starts = 0;  ///< of the agent and trial that had fewest; 0: exact
  RefinedEnds refined = {};
  double largest_bound = 0.0;  ///< of all gains at the ends that are proved; NaN if there are none
  double largest_epsilon = 0.0;  ///< of the ends that are equilibria; NaN if there are none
};

/// Ends that came to the same payoffs.
struct DistinctEquilibrium {
  double welfare = 0.0;
  std::int64_t reached = 0;  ///< ends, of any regime
  std::string regime;        ///< where it was found first
  std::int64_t trial = 0;
};

/// What was found of one game.
struct GameEquilibria {
  std::int64_t first_trial = 0, trials = 0;
  std::vector<DistinctEquilibrium> equilibria;  ///< by falling welfare
  double optimum = 0.0;           ///< closed form, or best welfare of any end; NaN if there is none
  Optimum bound{};                ///< what that says of the true optimum
  double price_of_anarchy = 0.0;  ///< optimum / worst equilibrium; NaN unless both are positive
  double price_of_stability = 0.0;  ///< optimum / best equilibrium
  /// The same where the planner had not settled, in place of them.
  double price_of_anarchy_at_least = 0.0, price_of_stability_at_least = 0.0;
  double anarchy_gap = 0.0;    ///< optimum - worst equilibrium, >= 0
  double stability_gap = 0.0;  ///< optimum - best equilibrium, >= 0
};

/// Which ends of a run are equilibria, and what those say of the games.
struct EquilibriumResult {
  double tolerance = 0.0;  ///< of the largest gain by the mean |payoff|
  std::vector<CertifiedEnds> regimes;
  std::vector<GameEquilibria> games;
  double theory_bound = 0.0;  ///< no price of anarchy is above it; NaN if none is known
  std::string theory_source;

  bool empty() const noexcept { return regimes.empty(); }
};

/// Sorts certified ends into equilibria.
///
///   price of anarchy   = best known welfare of the game / welfare of its worst equilibrium found
///   price of stability = best known welfare of the game / welfare of its best equilibrium found
///
/// An end is an equilibrium if no agent gains more than the tolerance times the mean |payoff|, by
/// the best response of its certificate; nothing else counts as one. That is proved where best
/// responses are exact or bounded, and elsewhere means that a search found none. Ends of competitive regimes
/// and of planners may be one. Two ends are the same equilibrium if no agent's payoff differs
/// by more than 1e-3 of the mean |payoff| (and by welfare alone where payoffs were not recorded), or
/// than 1e-9 of the largest |welfare| of the run, where payoffs vanish.
/// Welfare is that of the state that was certified, the last record. The worst equilibrium found
/// need not be the worst there is, so that the price of anarchy is a lower bound; the best known
/// welfare need not be the optimum, with the same effect. Where no planner had settled, the prices
/// are not known, and what the ends say is `..._at_least`. Source: Koutsoupias and Papadimitriou,
/// "Worst-case equilibria", 1999; Anshelevich et al., "The price of stability for network design
/// with fair cost allocation", 2004.
/// @return an empty result if no regime was certified.
EquilibriumResult equilibria(const PriceOfAnarchyInput& input, const PriceOfAnarchyResult& ends);

}  // namespace gbid
