// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/bid_matrix/bids.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/core/error.hpp"
#include "engine/math/vector_math.hpp"

namespace gbid::bid_matrix {
namespace {

template <class Function>
void map_row(const double* in, double* out, Index stride, Function f) {
  for (Index j = 0; j < stride; j += kLanes) store(out + j, f(load(in + j)));
}

Pack either(IntPack condition, double yes, double no) {
  return condition ? broadcast(yes) : broadcast(no);
}

/// Zero where the bid does not exist, whatever is there: it may be infinite or undefined.
void keep_allowed(const double* allowed, Index stride, double* row) {
  for (Index j = 0; j < stride; j += kLanes)
    store(row + j, load(allowed + j) > broadcast(0.0) ? load(row + j) : broadcast(0.0));
}

double highest_of(const double* raw, const double* allowed, Index agents) {
  if (!allowed) return *std::max_element(raw, raw + agents);
  double highest = -std::numeric_limits<double>::infinity();
  for (Index j = 0; j < agents; ++j)
    if (allowed[j] > 0.0) highest = std::max(highest, raw[j]);
  return highest;
}

/// For every x = W_j - shift_j: the mask by `value` and its slope by `derivative` of (x, mask).
template <class Value, class Derivative>
void mask_with(const double* bids, const double* shift, Index stride, double* out, double* slope,
               Value value, Derivative derivative) {
  for (Index j = 0; j < stride; j += kLanes) {
    const Pack x = load(bids + j) - load(shift + j);
    const Pack m = value(x);
    store(out + j, m);
    if (slope) store(slope + j, derivative(x, m));
  }
}

}  // namespace

void softmax_in_place(double* values, Index count) {
  const double highest = *std::max_element(values, values + count);
  double total = 0.0;
  for (Index i = 0; i < count; ++i) total += values[i] = std::exp(values[i] - highest);
  for (Index i = 0; i < count; ++i) values[i] /= total;
}

std::string undefined_shares(Index agent, double total) {
  return fmt::format("bids: agent {} bids {} in all; its shares are undefined", agent, total);
}

double squash_row(Squash squash, const double* raw, const double* allowed, Index agent,
                  Index agents, Index stride, double* bids) {
  switch (squash) {
    case Squash::kSigmoid:
      map_row(raw, bids, stride, [](Pack x) { return sigmoid(x); });
      break;
    case Squash::kClip:
      map_row(raw, bids, stride, [](Pack x) {
        const Pack above = x > broadcast(0.0) ? x : broadcast(0.0);
        return above < broadcast(1.0) ? above : broadcast(1.0);
      });
      break;
    case Squash::kSoftmax: {
      const double highest = highest_of(raw, allowed, agents);
      map_row(raw, bids, stride, [highest](Pack x) { return exp(x - highest); });
      break;
    }
  }
  if (allowed) keep_allowed(allowed, stride, bids);
  clear_tail(bids, agents, stride);
  const double total = sum(bids, stride);
  if (!(total > 0.0) || !std::isfinite(total)) throw NumericError(undefined_shares(agent, total));
  const double scale = 1.0 / total;
  for (Index j = 0; j < stride; j += kLanes) store(bids + j, load(bids + j) * scale);
  return total;
}

void pull_back_squash(Squash squash, const double* raw, const double* allowed, const double* bids,
                      double total, Index agents, Index stride, double* gradient) {
  if (allowed) keep_allowed(allowed, stride, gradient);
  const double mean = dot(gradient, bids, stride);
  const double scale = 1.0 / total;
  for (Index j = 0; j < stride; j += kLanes) {
    const Pack w = load(bids + j), g = load(gradient + j);
    switch (squash) {
      case Squash::kSigmoid:
        store(gradient + j, w * (1.0 - w * total) * (g - mean));
        break;
      case Squash::kSoftmax:
        store(gradient + j, w * (g - mean));
        break;
      case Squash::kClip: {
        const Pack x = load(raw + j);
        const Pack sign = either(w > broadcast(0.0), 1.0, 0.0);
        const IntPack inside = (x >= broadcast(0.0)) & (x <= broadcast(1.0));
        store(gradient + j, inside ? (g - sign * mean) * scale : broadcast(0.0));
        break;
      }
    }
  }
  clear_tail(gradient, agents, stride);
}

double attainable_share(Squash squash, double share) {
  constexpr double kLeast = 1e-300;  // its logarithm is finite
  return squash == Squash::kClip ? share : std::max(share, kLeast);
}

void raw_from_shares(Squash squash, const double* bids, Index agents, double* raw) {
  for (Index j = 0; j < agents; ++j) {
    const double half = 0.5 * attainable_share(squash, bids[j]);
    raw[j] = squash == Squash::kClip      ? bids[j]
             : squash == Squash::kSigmoid ? std::log(half) - std::log1p(-half)
                                          : std::log(half);
  }
}

void mask_row(Mask mask, const double* bids, const double* shift, const double* allowed,
              Index agents, Index stride, double* out, double* slope) {
  const auto relu = [](Pack x) { return x > broadcast(0.0) ? x : broadcast(0.0); };
  switch (mask) {
    case Mask::kRelu:
      mask_with(bids, shift, stride, out, slope, relu,
                [](Pack x, Pack) { return either(x > broadcast(0.0), 1.0, 0.0); });
      break;
    case Mask::kHard:
      mask_with(
          bids, shift, stride, out, slope,
          [&](Pack x) {
            const Pack m = kHardGain * relu(x);
            return m < broadcast(1.0) ? m : broadcast(1.0);
          },
          [](Pack x, Pack) {
            return either((x > broadcast(0.0)) & (kHardGain * x <= broadcast(1.0)), kHardGain, 0.0);
          });
      break;
    case Mask::kSigmoid:
      mask_with(
          bids, shift, stride, out, slope, [](Pack x) { return sigmoid(x); },
          [](Pack, Pack m) { return m * (1.0 - m); });
      break;
    case Mask::kRelu6:
      mask_with(
          bids, shift, stride, out, slope,
          [&](Pack x) {
            const Pack m = relu(x);
            return m < broadcast(kRelu6Top) ? m : broadcast(kRelu6Top);
          },
          [](Pack x, Pack) {
            return either((x > broadcast(0.0)) & (x < broadcast(kRelu6Top)), 1.0, 0.0);
          });
      break;
  }
  if (allowed) keep_allowed(allowed, stride, out);
  if (allowed && slope) keep_allowed(allowed, stride, slope);
  clear_tail(out, agents, stride);
  if (slope) clear_tail(slope, agents, stride);
}

void mask_in_lanes(Mask mask, const WideInMemory* bids, const WideInMemory* shift, Index agents,
                   WideInMemory* out, WideInMemory* slope) {
  const Wide zero{}, one = wide(1.0), gain = wide(kHardGain), top = wide(kRelu6Top);
  const auto relu = [&](Wide x) { return choose(greater(x, zero), x, zero); };
  const auto each = [&](const auto& value, const auto& derivative) {
    for (Index j = 0; j < agents; ++j) {
      const Wide x = bids[j] - shift[j], m = value(x);
      out[j] = m;
      slope[j] = derivative(x, m);
    }
  };
  switch (mask) {
    case Mask::kRelu:
      each(relu, [&](Wide x, Wide) { return choose(greater(x, zero), one, zero); });
      break;
    case Mask::kHard:
      each(
          [&](Wide x) {
            const Wide m = kHardGain * relu(x);
            return choose(greater(one, m), m, one);
          },
          [&](Wide x, Wide) {
            return choose(greater(x, zero) & ~greater(kHardGain * x, one), gain, zero);
          });
      break;
    case Mask::kSigmoid:
      each([](Wide x) { return sigmoid(x); }, [](Wide, Wide m) { return m * (1.0 - m); });
      break;
    case Mask::kRelu6:
      each(
          [&](Wide x) {
            const Wide m = relu(x);
            return choose(greater(top, m), m, top);
          },
          [&](Wide x, Wide) { return choose(greater(x, zero) & greater(top, x), one, zero); });
      break;
  }
}

std::vector<double> mask_corners(Mask mask) {
  switch (mask) {
    case Mask::kRelu:
      return {0.0};
    case Mask::kHard:
      return {0.0, 1.0 / kHardGain};
    case Mask::kRelu6:
      return {0.0, kRelu6Top};
    case Mask::kSigmoid:
      break;
  }
  return {};
}

}  // namespace gbid::bid_matrix
