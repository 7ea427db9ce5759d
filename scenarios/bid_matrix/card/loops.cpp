// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// The kernels of a card as plain loops on the CPU: for tests of everything but the card itself.
#include <algorithm>
#include <vector>

#include "engine/stepping/blocks.hpp"
#include "scenarios/bid_matrix/card/card_backend.hpp"
#include "scenarios/bid_matrix/card/card_market.hpp"

namespace gbid::bid_matrix {
namespace {

/// One thread. On a card entries are computed in no order, so the last comes first here: a kernel that
/// needs one of them before another gives other numbers than BidMatrixGame.
struct LoopGroup {
  template <class F>
  void each(int count, const F& f) const {
    for (int k = count; k-- > 0;) f(k);
  }
  template <class F>
  void each_pair(int n, const F& f) const {
    for (int k = n * n; k-- > 0;) f(k / n, k % n);
  }
  bool any(bool condition) const { return condition; }
};

class Loops final : public CardBackend {
 public:
  Loops(const CardGame& game, Index trials, std::span<const double> constants,
        std::span<const double> rates)
      : game_(game),
        width_(CardState(game.agents).count()),
        constants_(constants.begin(), constants.end()),
        rates_(rates.begin(), rates.end()),
        host_(static_cast<std::size_t>(trials * width_)),
        device_(host_.size()),
        next_(host_.size()) {}

  double* row(Index trial) override { return host_.data() + trial * width_; }
  void send(Index first, Index count) override {
    std::copy_n(row(first), count * width_, device_.data() + first * width_);
  }
  void fetch() override { host_ = device_; }

  void play(Index step, Index steps, std::span<const std::uint8_t> moves,
            std::span<std::uint8_t> failed) override {
    const CardShape shape(game_, game_.agents);
    for_blocks(static_cast<Index>(moves.size()), 1, [&](Index, Index trial, Index) {
      const double* from = device_.data() + trial * width_;
      double* to = next_.data() + trial * width_;
      std::copy_n(from, width_, to);
      failed[static_cast<std::size_t>(trial)] = 0;
      if (moves[static_cast<std::size_t>(trial)] == 0) return;
      std::vector<double> memory(static_cast<std::size_t>(shape.values()));
      CardBoard board(memory.data(), shape);
      if (!shape.has_tables) board.use_tables(to, game_.agents);
      CardMarket<LoopGroup> market(LoopGroup{}, game_, shape, board,
                                   constants_.data() + trial * game_.constant_count, rates_.data(),
                                   game_.first_trial + static_cast<std::uint64_t>(trial));
      market.play(from, step, steps);
      failed[static_cast<std::size_t>(trial)] = market.has_failed();
      if (market.has_failed()) std::copy_n(from, width_, to);
      if (!market.has_failed())
        market.store(to, [](int values, const auto& write) {
          for (int k = 0; k < values; ++k) write(k);
        });
    });
    device_.swap(next_);
  }

 private:
  CardGame game_;
  Index width_;
  std::vector<double> constants_, rates_, host_, device_, next_;
};

}  // namespace

std::unique_ptr<CardBackend> card_of_loops(const CardGame& game, Index trials,
                                           std::span<const double> constants,
                                           std::span<const double> rates) {
  return std::make_unique<Loops>(game, trials, constants, rates);
}

}  // namespace gbid::bid_matrix
