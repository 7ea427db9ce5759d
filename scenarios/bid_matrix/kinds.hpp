// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// Alone here, so that kernels for a card know them without the rest of the configuration.
#pragma once

namespace gbid::bid_matrix {

/// From raw bids to shares: s_ij, then W_ij = s_ij / sum_k |s_ik|.
enum class Squash { kSigmoid, kClip, kSoftmax };

/// How a shifted bid x = W_ij - shift_j counts.
enum class Mask { kRelu, kHard, kSigmoid, kRelu6 };

/// The matrix X that a ranking or a divergence looks at: the bids W or the inter-ranking Q.
enum class Source { kBids, kInterRanking };
enum class Normalise { kL1, kMinmax, kSoftmax };

// Where masks bend.
inline constexpr double kHardGain = 10.0;
inline constexpr double kRelu6Top = 6.0;

// Column sums are exact to some 1e-15 of themselves, and less where the walk is long. What is left
// of them above their minimum may be rounding where it is a share of them no larger than this, and
// a ranking of rounding is none; where it is larger, rankings are exact to 1e-3 or better.
inline constexpr double kLeastSpread = 1e-8;

// When the inter-ranking is computed afresh, see InterRanking.
inline constexpr double kThinSlack = 1e-6, kThinPivot = 1e-6;
inline constexpr double kAlarm = 1e-10;
inline constexpr double kLongestWalk = 1e5;

}  // namespace gbid::bid_matrix
