// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// What this machine can do with 1, 2, 4, ... threads, in the vectors that the engine uses: fused
// multiply-adds on registers, and reading 8 MB that the threads share out (the inverse of a market
// of 1000 agents). What scales no better here cannot scale better in the engine.
//
//     gbid_peak [THREADS]        one line of JSON per number of threads up to THREADS (default: all)
#include <fmt/format.h>

#include <algorithm>
#include <barrier>
#include <chrono>
#include <cstdlib>
#include <thread>
#include <vector>

#include "engine/core/padded_matrix.hpp"
#include "engine/math/wide.hpp"

namespace {

using namespace gbid;

constexpr double kSeconds = 0.1;  // of one measurement
constexpr int kRepetitions = 3;   // of which the best counts
constexpr int kChains = 16;       // more than the multiply-adds that are under way at once
constexpr Index kSharedValues = 1000 * 1000;

/// What must not be optimised away.
void keep(Wide value) { asm volatile("" : : "m"(value) : "memory"); }

/// Runs `work` over and over on so many threads at once.
/// @return its runs a second, of all threads together.
template <class Work>
double rate(int threads, const Work& work) {
  double best = 0.0;
  for (int repetition = 0; repetition < kRepetitions; ++repetition) {
    std::barrier begin(threads);
    std::vector<double> rates(static_cast<std::size_t>(threads));
    std::vector<std::jthread> team;
    for (int t = 0; t < threads; ++t)
      team.emplace_back([&, t] {
        begin.arrive_and_wait();
        const auto start = std::chrono::steady_clock::now();
        double elapsed = 0.0;
        int runs = 0;
        for (; elapsed < kSeconds; ++runs) {
          work(t);
          elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        }
        rates[static_cast<std::size_t>(t)] = runs / elapsed;
      });
    team.clear();
    double total = 0.0;
    for (const double own : rates) total += own;
    best = std::max(best, total);
  }
  return best;
}

/// Flops of one run of all chains.
constexpr int kRounds = 20000;
constexpr double kFlops = 2.0 * kRounds * kChains * static_cast<double>(kWideLanes);

void multiply_adds(int) {
  const volatile double factor = 1.0000001, term = 1e-9;
  const Wide wide_factor = wide(factor), wide_term = wide(term);
  Wide chains[kChains];
  for (Wide& chain : chains) chain = wide(1.0);
  for (int round = 0; round < kRounds; ++round)
    for (Wide& chain : chains) chain = multiply_add(chain, wide_factor, wide_term);
  Wide total = wide(0.0);
  for (const Wide chain : chains) total += chain;
  keep(total);
}

double read_rate(int threads) {
  AlignedBuffer values(kSharedValues);
  std::fill_n(values.data(), kSharedValues, 1.0);
  const Index own = kSharedValues / threads / kWideLanes * kWideLanes;
  return rate(threads,
              [&](int t) {
                const double* begin = values.data() + t * own;
                Wide sums[4] = {};
                for (Index k = 0; k + 4 * kWideLanes <= own; k += 4 * kWideLanes)
                  for (Index s = 0; s < 4; ++s)
                    sums[s] += *reinterpret_cast<const WideInMemory*>(begin + k + s * kWideLanes);
                keep(sums[0] + sums[1] + sums[2] + sums[3]);
              }) *
         static_cast<double>(own) * sizeof(double);
}

}  // namespace

int main(int argc, char** argv) {
  const int most =
      argc > 1 ? std::atoi(argv[1]) : static_cast<int>(std::thread::hardware_concurrency());
  for (int threads = 1; threads <= most; threads *= 2)
    fmt::print("{{\"threads\": {}, \"fma_gflops\": {:.1f}, \"read_gb_s\": {:.1f}}}\n", threads,
               rate(threads, multiply_adds) * kFlops * 1e-9, read_rate(threads) * 1e-9);
}
