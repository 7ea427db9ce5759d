// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// The bid-matrix markets of a block of trials on an NVIDIA card: all steps between two records in one
// launch. Small markets share a warp, a thread to an agent; a larger one has a block of threads.
#include <cuda_runtime.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "engine/core/error.hpp"
#include "scenarios/bid_matrix/card/card_backend.hpp"
#include "scenarios/bid_matrix/card/card_market.hpp"

namespace gbid::bid_matrix {
namespace {

constexpr int kWarp = 32;
constexpr int kMostThreads = 256;  // of a block that has one market
// Warps of small markets that a multiprocessor plays side by side: as many as shared memory has room for at ten agents,
// each with as many registers as that leaves.
constexpr int kWarpsASide = 12;

/// The threads of one of the markets that share a warp: one for each agent.
struct WarpGroup {
  int thread, threads;

  template <class F>
  __device__ __forceinline__ void each(int count, const F& f) const {
    for (int k = thread; k < count; k += threads) f(k);
    __syncwarp();
  }
  /// Threads are columns.
  template <class F>
  __device__ __forceinline__ void each_pair(int n, const F& f) const {
    if (thread < n)
      for (int i = 0; i < n; ++i) f(i, thread);
    __syncwarp();
  }
  __device__ __forceinline__ bool any(bool condition) const {
    return __any_sync(~0U, condition) != 0;
  }
};

/// A block of threads with one market: rows of n threads.
struct BlockGroup {
  int row, column, rows;

  __device__ __forceinline__ explicit BlockGroup(int n)
      : row(static_cast<int>(threadIdx.x) / n),
        column(static_cast<int>(threadIdx.x) % n),
        rows(static_cast<int>(blockDim.x) / n) {}
  template <class F>
  __device__ __forceinline__ void each(int count, const F& f) const {
    for (int k = static_cast<int>(threadIdx.x); k < count; k += static_cast<int>(blockDim.x)) f(k);
    __syncthreads();
  }
  template <class F>
  __device__ __forceinline__ void each_pair(int n, const F& f) const {
    if (row < rows)
      for (int i = row; i < n; i += rows) f(i, column);
    __syncthreads();
  }
  /// One market: all threads say the same.
  __device__ __forceinline__ bool any(bool condition) const { return condition; }
};

/// Copies by the threads of a market.
template <class Group>
__device__ __forceinline__ void copy_row(const Group& group, const double* from, double* to,
                                         int count) {
  group.each(count, [&](int k) { to[k] = from[k]; });
}

/// kSize: see CardMarket. Markets side by side run the same steps, also those that do not move or have
/// failed; their state is left as it was.
template <int kSize>
__global__ void __launch_bounds__(kWarp, kWarpsASide)
    play_in_warps(const __grid_constant__ CardGame game, const CardStretch stretch) {
  extern __shared__ double memory[];
  const int n = game.agents, markets = kWarp / n, thread = static_cast<int>(threadIdx.x);
  const CardShape shape(game, kSize);
  const int values = shape.values();
  for (int k = thread; k < markets * values; k += kWarp) memory[k] = 0.0;
  __syncwarp();
  // Threads that are left over look at the last market and write nothing.
  const int market_of = thread / n < markets ? thread / n : markets - 1;
  const int last = stretch.trials - 1, wanted = static_cast<int>(blockIdx.x) * markets + market_of;
  const int trial = wanted < last ? wanted : last;
  const int width = CardState(n).count();
  const double* const from = stretch.from + static_cast<std::int64_t>(trial) * width;
  double* const to = stretch.to + static_cast<std::int64_t>(trial) * width;
  constexpr int kIdle = 1 << 30;
  const WarpGroup group{thread < markets * n ? thread % n : kIdle, n};
  const CardBoard board(memory + market_of * values, shape);
  CardMarket<WarpGroup, kSize> market(
      group, game, shape, board,
      stretch.constants + static_cast<std::int64_t>(trial) * game.constant_count, stretch.rates,
      game.first_trial + static_cast<std::uint64_t>(trial));
  market.play(from, stretch.step, stretch.steps);
  if (wanted > last) return;
  const bool moves = stretch.moves[trial] != 0;
  if (group.thread == 0) stretch.failed[trial] = moves && market.has_failed();
  // Markets of a warp part here, and meet no more.
  const auto write = [&](int count, const auto& f) {
    for (int k = group.thread; k < count; k += n) f(k);
  };
  if (!moves || market.has_failed())
    write(width, [&](int k) { to[k] = from[k]; });
  else
    market.store(to, write);
}

__global__ void play_in_blocks(const __grid_constant__ CardGame game, const CardStretch stretch) {
  extern __shared__ double memory[];
  const int n = game.agents, trial = static_cast<int>(blockIdx.x);
  const CardShape shape(game, n);
  const int width = CardState(n).count();
  const double* const from = stretch.from + static_cast<std::int64_t>(trial) * width;
  double* const to = stretch.to + static_cast<std::int64_t>(trial) * width;
  const BlockGroup group(n);
  group.each(shape.values(), [&](int k) { memory[k] = 0.0; });
  copy_row(group, from, to, width);
  if (stretch.moves[trial] == 0) {
    if (threadIdx.x == 0) stretch.failed[trial] = 0;
    return;
  }
  CardBoard board(memory, shape);
  if (!shape.has_tables) board.use_tables(to, n);
  CardMarket<BlockGroup> market(
      group, game, shape, board,
      stretch.constants + static_cast<std::int64_t>(trial) * game.constant_count, stretch.rates,
      game.first_trial + static_cast<std::uint64_t>(trial));
  market.play(from, stretch.step, stretch.steps);
  if (threadIdx.x == 0) stretch.failed[trial] = market.has_failed();
  const auto write = [&](int count, const auto& f) {
    for (int k = static_cast<int>(threadIdx.x); k < count; k += static_cast<int>(blockDim.x)) f(k);
  };
  if (market.has_failed()) {
    __syncthreads();
    write(width, [&](int k) { to[k] = from[k]; });
  } else {
    market.store(to, write);
  }
}

// --- Host -----------------------------------------------------------------------------------------

void require(cudaError_t error, const char* what) {
  if (error == cudaSuccess) return;
  throw Error(ExitCode::kUnavailable,
              std::string("the card failed to ") + what + ": " + cudaGetErrorString(error));
}

/// Memory of the card, or of the host where the card can reach it.
template <class T>
class CardMemory {
 public:
  explicit CardMemory(std::size_t count, bool on_host = false) : on_host_(on_host) {
    void* at = nullptr;
    const std::size_t bytes = std::max<std::size_t>(count, 1) * sizeof(T);
    require(on_host ? cudaMallocHost(&at, bytes) : cudaMalloc(&at, bytes), "set memory aside");
    data_ = static_cast<T*>(at);
  }
  ~CardMemory() { on_host_ ? cudaFreeHost(data_) : cudaFree(data_); }
  CardMemory(const CardMemory&) = delete;
  CardMemory& operator=(const CardMemory&) = delete;
  T* data() const { return data_; }

 private:
  T* data_ = nullptr;
  bool on_host_;
};

class Stream {
 public:
  Stream() { require(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "make a stream"); }
  ~Stream() { cudaStreamDestroy(stream_); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  operator cudaStream_t() const { return stream_; }

 private:
  cudaStream_t stream_ = nullptr;
};

int select_card(int index) {
  require(cudaSetDevice(index), "be selected");
  return index;
}

using Kernel = void (*)(CardGame, CardStretch);

class Cuda final : public CardBackend {
 public:
  Cuda(int index, const CardGame& game, Index trials, std::span<const double> constants,
       std::span<const double> rates)
      : index_(select_card(index)),
        game_(game),
        trials_(static_cast<std::size_t>(trials)),
        width_(static_cast<std::size_t>(CardState(game.agents).count())),
        constants_(constants.size()),
        rates_(rates.size()),
        now_(trials_ * width_),
        next_(trials_ * width_),
        host_(trials_ * width_, true),
        moves_(trials_),
        failed_(trials_),
        host_failed_(trials_, true) {
    copy(constants_.data(), constants.data(), constants.size());
    copy(rates_.data(), rates.data(), rates.size());
    wait("take the games");
    choose_kernel();
  }

  double* row(Index trial) override {
    return host_.data() + static_cast<std::size_t>(trial) * width_;
  }
  void send(Index first, Index count) override {
    use();
    const std::size_t begin = static_cast<std::size_t>(first) * width_;
    copy(place(now()) + begin, host_.data() + begin, static_cast<std::size_t>(count) * width_);
  }
  void fetch() override {
    use();
    copy(host_.data(), place(now()), trials_ * width_);
    wait("hand over its state");
  }
  void play(Index step, Index steps, std::span<const std::uint8_t> moves,
            std::span<std::uint8_t> failed) override {
    use();
    copy(moves_.data(), moves.data(), moves.size());
    CardStretch stretch{.step = step,
                        .steps = steps,
                        .trials = static_cast<int>(trials_),
                        .constants = constants_.data(),
                        .rates = rates_.data(),
                        .from = place(now()),
                        .to = place(!now()),
                        .moves = moves_.data(),
                        .failed = failed_.data()};
    void* arguments[] = {&game_, &stretch};
    require(cudaLaunchKernel(reinterpret_cast<const void*>(kernel_), dim3(blocks_), dim3(threads_),
                             arguments, shared_, stream_),
            "start its kernel");
    copy(host_failed_.data(), failed_.data(), trials_);
    wait("play");
    is_now_ = !is_now_;
    std::copy_n(host_failed_.data(), trials_, failed.data());
  }

 private:
  void use() const { require(cudaSetDevice(index_), "be selected"); }
  bool now() const { return is_now_; }
  double* place(bool is_now) const { return (is_now ? now_ : next_).data(); }
  template <class T>
  void copy(T* to, const T* from, std::size_t count) const {
    require(cudaMemcpyAsync(to, from, count * sizeof(T), cudaMemcpyDefault, stream_), "copy");
  }
  void wait(const char* what) const { require(cudaStreamSynchronize(stream_), what); }

  /// By the market's size: see the top.
  void choose_kernel() {
    const int n = game_.agents;
    int size = n;
    if (n <= kSmallCardAgents) {
      const int markets = kWarp / n;
      kernel_ = small_kernel(n, size);
      threads_ = kWarp;
      blocks_ = (static_cast<unsigned>(trials_) + static_cast<unsigned>(markets) - 1) /
                static_cast<unsigned>(markets);
      shared_ =
          sizeof(double) * static_cast<std::size_t>(markets * CardShape(game_, size).values());
    } else {
      const CardShape shape(game_, size);
      const int rows = shape.has_all_rows ? std::max(1, kMostThreads / n) : 1;
      kernel_ = play_in_blocks;
      threads_ = static_cast<unsigned>((rows * n + kWarp - 1) / kWarp * kWarp);
      blocks_ = static_cast<unsigned>(trials_);
      shared_ = sizeof(double) * static_cast<std::size_t>(shape.values());
    }
    require(cudaFuncSetAttribute(reinterpret_cast<const void*>(kernel_),
                                 cudaFuncAttributeMaxDynamicSharedMemorySize,
                                 static_cast<int>(shared_)),
            "give a market its shared memory");
  }
  /// Rows of the next even length, which loops know while they are compiled.
  static Kernel small_kernel(int n, int& size) {
    static constexpr Kernel kKernels[] = {play_in_warps<2>,  play_in_warps<4>,  play_in_warps<6>,
                                          play_in_warps<8>,  play_in_warps<10>, play_in_warps<12>,
                                          play_in_warps<14>, play_in_warps<16>};
    const int k = (n + 1) / 2;
    size = 2 * k;
    return kKernels[k - 1];
  }

  int index_;
  CardGame game_;
  std::size_t trials_, width_;
  Stream stream_;
  CardMemory<double> constants_, rates_, now_, next_, host_;
  CardMemory<std::uint8_t> moves_, failed_, host_failed_;
  bool is_now_ = true;
  Kernel kernel_ = nullptr;
  unsigned blocks_ = 0, threads_ = 0;
  std::size_t shared_ = 0;
};

}  // namespace

std::unique_ptr<CardBackend> card_of_cuda(int index, const CardGame& game, Index trials,
                                          std::span<const double> constants,
                                          std::span<const double> rates) {
  return std::make_unique<Cuda>(index, game, trials, constants, rates);
}

}  // namespace gbid::bid_matrix
