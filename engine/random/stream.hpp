// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <array>
#include <cstdint>

namespace gbid {

/// What a random number is for. Two purposes never share a number, so adding one changes no other.
enum class Purpose : std::uint64_t {
  kContribution = 1,
  kHessian = 2,
  kAlpha = 3,
  kInitialBids = 4,
  kNetwork = 5,
  kMovers = 6,
  kBatches = 7,
  kGatingNoise = 8,
  kRecordNoise = 9,
  kSyntheticImage = 10,
  kGraph = 11,
  kBidNetwork = 12,
  kDeviationNoise = 13,
  kClassical = 14,
  kRefinement = 15,
};

/// Where in a run a random number belongs.
struct StreamKey {
  std::uint64_t seed = 0;
  Purpose purpose = Purpose::kContribution;
  std::uint64_t regime = 0;  ///< regimes draw apart; 0 for what they share
  std::uint64_t trial = 0;
  std::uint64_t agent = 0;
  std::uint64_t step = 0;  ///< for what is drawn anew at every step or epoch; 0 elsewhere
};

/// Counter-based random numbers: the value depends on key and counter alone, never on what was
/// drawn before, so threads need no shared state and nothing has to be saved to resume. Philox
/// 4x64-10 with key (seed, purpose and regime) and counter (trial, agent, block, step). Source:
/// Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
class Stream {
 public:
  explicit Stream(const StreamKey& key) : key_(key) {}

  /// The k-th 64 random bits of this stream, for any k.
  std::uint64_t bits_at(std::uint64_t k);
  /// The k-th number below `count`; its bias, count / 2^64, is below 1e-13 for a million agents.
  std::int64_t below_at(std::uint64_t k, std::int64_t count);

  /// Uniform in [0, 1), 53 bits.
  double uniform();
  /// Uniform among the integers below `count`, from the same sequence; see below_at.
  std::int64_t below(std::int64_t count) { return below_at(next_++, count); }
  /// Standard normal (Marsaglia's polar method: portable, since it needs only log and sqrt).
  double normal();

 private:
  StreamKey key_;
  std::uint64_t block_ = ~std::uint64_t{0};
  std::array<std::uint64_t, 4> values_{};
  std::uint64_t next_ = 0;
  double spare_ = 0.0;
  bool has_spare_ = false;
};

}  // namespace gbid
