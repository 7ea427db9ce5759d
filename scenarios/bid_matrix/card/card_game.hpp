// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// What a device is given of a bid-matrix market: plain numbers, in one piece for all its trials, and
// one row of numbers a trial for what differs between them.
#pragma once

#include <cstdint>

#include "scenarios/bid_matrix/kinds.hpp"

namespace gbid::bid_matrix {

/// Most agents whose markets a device plays.
inline constexpr int kMostCardAgents = 64;
/// Up to so many, several markets share a warp and all of a market lies in shared memory.
inline constexpr int kSmallCardAgents = 16;

/// A summand of the payoff, as a device computes it. Numbers of agents and matrices are places in a
/// trial's row of constants.
struct CardTerm {
  enum Kind { kLinearUtility, kQuadraticUtility, kEmission, kRanking, kDivergence };
  Kind kind = kEmission;
  Source source = Source::kInterRanking;  ///< ranking, divergence
  Normalise normalise = Normalise::kL1;   ///< ranking
  int weights = 0;                        ///< (n) of the term in what is ascended
  int factors = 0;                        ///< (n) ranking
  int matrix = 0;                         ///< (n x n) utility: C; or H_i, the first
  bool has_matrix_each = false;           ///< quadratic utility: one H for each agent
};

/// Who moves in a step.
enum class CardMovers { kAll, kOneRandom, kRoundRobin };
enum class CardLearner { kSgd, kMomentum, kAdam };

/// The market, its agents' learner and their schedule; the same in all trials.
struct CardGame {
  static constexpr int kMostTerms = 5;

  int agents = 0;
  bool has_interranking = false;                    ///< a price depends on it
  bool has_quadratic = false, has_ranking = false;  ///< terms that work is done for
  bool is_common = false;  ///< all agents ascend one objective, whose shares are in the weights
  Squash squash = Squash::kSigmoid;
  Mask mask = Mask::kRelu;
  bool shift_moves = false;  ///< with the bids; else it is `shift`
  double shift = 0.0;
  double share = 0.0;     ///< 1 / n
  double feedback = 1.0;  ///< 1 - d shift_j / d W_ij
  int term_count = 0;
  CardTerm terms[kMostTerms];
  int constant_count = 0;  ///< numbers of a trial's row of constants

  CardMovers movers = CardMovers::kAll;
  std::uint64_t seed = 0, purpose = 0;  ///< of the movers' stream, see engine/random/stream.hpp
  std::uint64_t first_trial = 0;

  CardLearner learner = CardLearner::kSgd;
  bool has_own_clock = false;                      ///< Adam: an agent's own updates are counted
  double keep1 = 0.0, keep2 = 0.0, epsilon = 0.0;  ///< 1 - beta1 and 1 - beta2; momentum: beta
  int rate_count = 0;  ///< of the table of rates, by count; later counts have the last one

  constexpr bool has_one_mover() const { return movers != CardMovers::kAll; }
};

/// Where the numbers of a trial's state lie in its row.
struct CardState {
  explicit constexpr CardState(int agents) : n(agents) {}
  int n;
  constexpr int raw() const { return 0; }                        ///< (n x n)
  constexpr int moment(int k) const { return (1 + k) * n * n; }  ///< (n x n), two
  constexpr int inverse() const { return 3 * n * n; }            ///< B (n x n)
  constexpr int bid_sums() const { return 4 * n * n; }           ///< (n)
  constexpr int updates() const { return 4 * n * n + n; }        ///< (n)
  constexpr int rows_since_sums() const { return 4 * n * n + 2 * n; }
  constexpr int updates_since_refresh() const { return rows_since_sums() + 1; }
  constexpr int refreshes() const { return rows_since_sums() + 2; }
  constexpr int count() const { return rows_since_sums() + 3; }
};

/// How a market lies in the memory that its threads share.
struct CardShape {
  int size, stride;  ///< of matrices; rows lie an odd number of values apart, so that threads which
                     ///< walk down a column each meet another bank
  bool has_all_rows;   ///< gradients of all rows are wanted
  bool has_masks;      ///< masks of all rows, too
  bool has_tables;     ///< raw bids and moments lie here, too
  int constant_count;  ///< the trial's constants, where they do: else 0

  static constexpr int kMostConstants = 512;
  static constexpr int kRows = 15 + 4, kPrepared = 4;  ///< rows; numbers that a ranking prepares

  constexpr CardShape(const CardGame& game, int size_of_rows)
      : size(size_of_rows),
        stride(size_of_rows | 1),
        has_all_rows(!game.has_one_mover() || game.is_common),
        has_masks(has_all_rows && game.has_quadratic),
        has_tables(game.agents <= kSmallCardAgents),
        constant_count(has_tables && game.constant_count <= kMostConstants ? game.constant_count
                                                                           : 0) {}
  /// How many numbers a market needs.
  constexpr int values() const {
    const int matrices = (has_all_rows ? 5 : 2) + (has_masks ? 1 : 0);
    return matrices * size * stride + (has_tables ? 3 * size * size : 0) + kRows * size +
           kPrepared * CardGame::kMostTerms + constant_count;
  }
};

/// A stretch of steps of all trials of a block.
struct CardStretch {
  std::int64_t step = 0, steps = 0;
  int trials = 0;
  const double* constants = nullptr;    ///< (trial x constant_count)
  const double* rates = nullptr;        ///< (rate_count)
  const double* from = nullptr;         ///< (trial x CardState::count)
  double* to = nullptr;                 ///< the same, after the last step
  const std::uint8_t* moves = nullptr;  ///< per trial; the others' state is copied
  std::uint8_t* failed = nullptr;       ///< per trial; the state of one that failed is copied
};

}  // namespace gbid::bid_matrix
