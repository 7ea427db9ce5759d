// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// The ten signs of the synthetic images, before anything is done to them: curves in a square from
// -1 to 1, y downwards.
#pragma once

#include <array>
#include <span>

namespace gbid::synthetic {

struct Point {
  float x, y;
};

/// One pull of the pen: a cubic Bezier curve.
struct Curve {
  Point a, b, c, d;
};

constexpr Curve straight(Point from, Point to) {
  const auto between = [&](float share) {
    return Point{from.x + share * (to.x - from.x), from.y + share * (to.y - from.y)};
  };
  return {from, between(1.0f / 3.0f), between(2.0f / 3.0f), to};
}

inline constexpr Curve kRing[] = {
    {{0.0f, -0.9f}, {0.9f, -0.9f}, {0.9f, 0.9f}, {0.0f, 0.9f}},
    {{0.0f, 0.9f}, {-0.9f, 0.9f}, {-0.9f, -0.9f}, {0.0f, -0.9f}},
};
inline constexpr Curve kCross[] = {straight({0.0f, -0.9f}, {0.0f, 0.9f}),
                                   straight({-0.7f, 0.0f}, {0.7f, 0.0f})};
inline constexpr Curve kBolt[] = {straight({0.5f, -0.9f}, {-0.5f, 0.1f}),
                                  straight({-0.5f, 0.1f}, {0.5f, -0.1f}),
                                  straight({0.5f, -0.1f}, {-0.5f, 0.9f})};
inline constexpr Curve kHook[] = {
    straight({0.4f, -0.9f}, {0.4f, 0.3f}),
    {{0.4f, 0.3f}, {0.4f, 1.1f}, {-0.7f, 1.1f}, {-0.6f, 0.2f}},
};
inline constexpr Curve kLadder[] = {straight({-0.5f, -0.9f}, {-0.5f, 0.9f}),
                                    straight({0.5f, -0.9f}, {0.5f, 0.9f}),
                                    straight({-0.5f, 0.0f}, {0.5f, 0.0f})};
inline constexpr Curve kFork[] = {
    straight({0.0f, 0.9f}, {0.0f, -0.9f}),
    {{-0.6f, -0.8f}, {-0.6f, 0.3f}, {0.6f, 0.3f}, {0.6f, -0.8f}},
};
inline constexpr Curve kSpiral[] = {
    {{0.0f, 0.1f}, {0.5f, 0.2f}, {0.4f, -0.5f}, {-0.1f, -0.4f}},
    {{-0.1f, -0.4f}, {-0.8f, -0.3f}, {-0.7f, 0.9f}, {0.1f, 0.8f}},
    {{0.1f, 0.8f}, {0.9f, 0.7f}, {0.9f, -0.5f}, {0.5f, -0.9f}},
};
inline constexpr Curve kBow[] = {
    {{-0.6f, -0.9f}, {0.2f, -0.4f}, {0.2f, 0.4f}, {-0.6f, 0.9f}},
    {{0.6f, -0.9f}, {-0.2f, -0.4f}, {-0.2f, 0.4f}, {0.6f, 0.9f}},
};
inline constexpr Curve kArrow[] = {straight({0.0f, -0.9f}, {0.0f, 0.9f}),
                                   straight({-0.5f, 0.3f}, {0.0f, 0.9f}),
                                   straight({0.5f, 0.3f}, {0.0f, 0.9f})};
inline constexpr Curve kWave[] = {
    {{0.6f, -0.7f}, {-0.2f, -1.3f}, {-1.1f, -0.3f}, {0.0f, 0.0f}},
    {{0.0f, 0.0f}, {1.1f, 0.3f}, {0.2f, 1.3f}, {-0.6f, 0.7f}},
};
inline constexpr std::array<std::span<const Curve>, 10> kSigns{
    kRing, kCross, kBolt, kHook, kLadder, kFork, kSpiral, kBow, kArrow, kWave};

}  // namespace gbid::synthetic
