// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/data/synthetic.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <span>

#include "engine/random/stream.hpp"
#include "engine/stepping/blocks.hpp"
#include <cstdlib>

namespace gbid {
namespace {

constexpr Index kPixels = kSyntheticSide * kSyntheticSide;

struct Point {
  float x, y;
};

/// One pull of the pen: a cubic Bezier curve, as three of them make a line with bends. Coordinates
/// from -1 to 1, y downwards.
struct Curve {
  Point a, b, c, d;
};

constexpr Curve line(Point from, Point to) {
  const auto between = [&](float share) {
    return Point{from.x + share * (to.x - from.x), from.y + share * (to.y - from.y)};
  };
  return {from, between(1.0f / 3.0f), between(2.0f / 3.0f), to};
}

constexpr Curve kRing[] = {
    {{0.0f, -0.9f}, {0.9f, -0.9f}, {0.9f, 0.9f}, {0.0f, 0.9f}},
    {{0.0f, 0.9f}, {-0.9f, 0.9f}, {-0.9f, -0.9f}, {0.0f, -0.9f}},
};
constexpr Curve kCross[] = {line({0.0f, -0.9f}, {0.0f, 0.9f}), line({-0.7f, 0.0f}, {0.7f, 0.0f})};
constexpr Curve kBolt[] = {line({0.5f, -0.9f}, {-0.5f, 0.1f}), line({-0.5f, 0.1f}, {0.5f, -0.1f}),
                           line({0.5f, -0.1f}, {-0.5f, 0.9f})};
constexpr Curve kHook[] = {
    line({0.4f, -0.9f}, {0.4f, 0.3f}),
    {{0.4f, 0.3f}, {0.4f, 1.1f}, {-0.7f, 1.1f}, {-0.6f, 0.2f}},
};
constexpr Curve kLadder[] = {line({-0.5f, -0.9f}, {-0.5f, 0.9f}), line({0.5f, -0.9f}, {0.5f, 0.9f}),
                             line({-0.5f, 0.0f}, {0.5f, 0.0f})};
constexpr Curve kFork[] = {
    line({0.0f, 0.9f}, {0.0f, -0.9f}),
    {{-0.6f, -0.8f}, {-0.6f, 0.3f}, {0.6f, 0.3f}, {0.6f, -0.8f}},
};
constexpr Curve kSpiral[] = {
    {{0.0f, 0.1f}, {0.5f, 0.2f}, {0.4f, -0.5f}, {-0.1f, -0.4f}},
    {{-0.1f, -0.4f}, {-0.8f, -0.3f}, {-0.7f, 0.9f}, {0.1f, 0.8f}},
    {{0.1f, 0.8f}, {0.9f, 0.7f}, {0.9f, -0.5f}, {0.5f, -0.9f}},
};
constexpr Curve kBow[] = {
    {{-0.6f, -0.9f}, {0.2f, -0.4f}, {0.2f, 0.4f}, {-0.6f, 0.9f}},
    {{0.6f, -0.9f}, {-0.2f, -0.4f}, {-0.2f, 0.4f}, {0.6f, 0.9f}},
};
constexpr Curve kArrow[] = {line({0.0f, -0.9f}, {0.0f, 0.9f}), line({-0.5f, 0.3f}, {0.0f, 0.9f}),
                            line({0.5f, 0.3f}, {0.0f, 0.9f})};
constexpr Curve kWave[] = {
    {{0.6f, -0.7f}, {-0.2f, -1.3f}, {-1.1f, -0.3f}, {0.0f, 0.0f}},
    {{0.0f, 0.0f}, {1.1f, 0.3f}, {0.2f, 1.3f}, {-0.6f, 0.7f}},
};
constexpr std::array<std::span<const Curve>, kSyntheticClasses> kSigns{
    kRing, kCross, kBolt, kHook, kLadder, kFork, kSpiral, kBow, kArrow, kWave};

struct Bounds {
  float low, high;
};

// How much the images of one class differ. Measured: see synthetic.hpp.
float E(const char* n, float d) { const char* v = std::getenv(n); return v ? std::strtof(v, nullptr) : d; }
const float kTurn = E("TURN", 0.15f);
const Bounds kHalfHeight{E("H0", 6.5f), E("H1", 10.0f)};
const Bounds kAspect{E("A0", 0.7f), E("A1", 1.1f)};
const float kShear = E("SHEAR", 0.3f);
const float kShift = E("SHIFT", 3.0f);
const float kBend = E("BEND", 0.15f);
const Bounds kWidth{E("W0", 1.2f), E("W1", 3.0f)};
const Bounds kInk{E("I0", 0.5f), E("I1", 1.0f)};
const Bounds kNoise{E("N0", 0.0f), E("N1", 0.3f)};
const Bounds kClutterInk{0.2f, E("C1", 0.6f)};
const int kMostClutter = (int)E("CLUT", 2);
const float kInvert = E("INV", 0.0f);

class Draw {
 public:
  explicit Draw(const StreamKey& key) : stream_(key) {}
  float between(Bounds bounds) {
    return bounds.low + (bounds.high - bounds.low) * static_cast<float>(stream_.uniform());
  }
  float around(float most) { return between({-most, most}); }
  Index below(Index count) {
    return static_cast<Index>(stream_.uniform() * static_cast<double>(count));
  }

 private:
  Stream stream_;
};

/// From the plane of the signs to pixels.
struct Placement {
  float xx, xy, yx, yy;
  Point centre;

  Point operator()(Point p) const {
    return {centre.x + xx * p.x + xy * p.y, centre.y + yx * p.x + yy * p.y};
  }
};

Placement draw_placement(Draw& draw) {
  // With t = tan(angle / 2) sine and cosine are fractions: the same bits on every processor.
  const float t = draw.around(kTurn), scale = 1.0f / (1.0f + t * t);
  const float sine = 2.0f * t * scale, cosine = (1.0f - t * t) * scale;
  const float height = draw.between(kHalfHeight), width = height * draw.between(kAspect);
  const float shear = draw.around(kShear);
  constexpr float kMiddle = 0.5f * static_cast<float>(kSyntheticSide - 1);
  return {.xx = cosine * width,
          .xy = cosine * shear * height - sine * height,
          .yx = sine * width,
          .yy = sine * shear * height + cosine * height,
          .centre = {kMiddle + draw.around(kShift), kMiddle + draw.around(kShift)}};
}

using Canvas = std::array<float, kPixels>;

/// Squared distance of every pixel from the pen's path, as far as `reach`.
void trace_segment(Point from, Point to, float reach, Canvas& squares) {
  const auto clamp_pixel = [](float v) {
    return static_cast<Index>(std::clamp(v, 0.0f, static_cast<float>(kSyntheticSide - 1)));
  };
  const Index left = clamp_pixel(std::min(from.x, to.x) - reach),
              right = clamp_pixel(std::max(from.x, to.x) + reach + 1.0f),
              top = clamp_pixel(std::min(from.y, to.y) - reach),
              bottom = clamp_pixel(std::max(from.y, to.y) + reach + 1.0f);
  const float dx = to.x - from.x, dy = to.y - from.y;
  const float square = dx * dx + dy * dy;
  const float inverse = square > 0.0f ? 1.0f / square : 0.0f;
  for (Index row = top; row <= bottom; ++row) {
    const float y = static_cast<float>(row) - from.y;
    float* const out = squares.data() + row * kSyntheticSide;
    for (Index column = left; column <= right; ++column) {
      const float x = static_cast<float>(static_cast<int>(column)) - from.x;
      float along = (x * dx + y * dy) * inverse;
      along = along > 0.0f ? along : 0.0f;
      along = along < 1.0f ? along : 1.0f;
      const float off_x = x - along * dx, off_y = y - along * dy;
      const float distance = off_x * off_x + off_y * off_y;
      out[column] = distance < out[column] ? distance : out[column];
    }
  }
}

void trace_curve(const Curve& curve, float reach, Canvas& squares) {
  constexpr int kSegments = 6;  // a bend of half a turn is then less than half a pixel off
  Point last = curve.a;
  for (int k = 1; k <= kSegments; ++k) {
    const float t = static_cast<float>(k) / static_cast<float>(kSegments), s = 1.0f - t;
    const float a = s * s * s, b = 3.0f * s * s * t, c = 3.0f * s * t * t, d = t * t * t;
    const Point next{a * curve.a.x + b * curve.b.x + c * curve.c.x + d * curve.d.x,
                     a * curve.a.y + b * curve.b.y + c * curve.c.y + d * curve.d.y};
    trace_segment(last, next, reach, squares);
    last = next;
  }
}

void ink(const Canvas& squares, float width, float brightness, Canvas& canvas) {
  for (std::size_t k = 0; k < squares.size(); ++k) {
    float cover = 0.5f * width + 0.5f - std::sqrt(squares[k]);
    cover = cover > 0.0f ? cover : 0.0f;
    cover = cover < 1.0f ? cover : 1.0f;
    const float value = brightness * cover;
    canvas[k] = value > canvas[k] ? value : canvas[k];
  }
}

void draw_sign(std::span<const Curve> sign, Draw& draw, Canvas& squares, Canvas& canvas) {
  squares.fill(1e6f);
  const Placement place = draw_placement(draw);
  const float width = draw.between(kWidth), brightness = draw.between(kInk);
  // A bent plane: the pulls of one sign stay joined.
  const float bend_x = draw.around(kBend), bend_y = draw.around(kBend),
              swell_x = draw.around(kBend), swell_y = draw.around(kBend);
  const auto at = [&](Point p) {
    return place({p.x + bend_x * p.y * p.y + swell_x * p.x * p.y,
                  p.y + bend_y * p.x * p.x + swell_y * p.x * p.y});
  };
  for (const Curve& curve : sign)
    trace_curve({at(curve.a), at(curve.b), at(curve.c), at(curve.d)}, 0.5f * width + 0.5f, squares);
  ink(squares, width, brightness, canvas);
}

void draw_clutter(Draw& draw, Canvas& squares, Canvas& canvas) {
  const Index count = draw.below(kMostClutter + 1);
  for (Index k = 0; k < count; ++k) {
    squares.fill(1e6f);
    const Bounds anywhere{0.0f, static_cast<float>(kSyntheticSide - 1)};
    const Point from{draw.between(anywhere), draw.between(anywhere)};
    const Point to{from.x + draw.around(6.0f), from.y + draw.around(6.0f)};
    const float width = draw.between(kWidth);
    trace_segment(from, to, 0.5f * width + 0.5f, squares);
    ink(squares, width, draw.between(kClutterInk), canvas);
  }
}

void draw_image(SyntheticPart part, Index number, std::uint8_t* pixels) {
  StreamKey key{.purpose = Purpose::kSyntheticImage,
                .agent = static_cast<std::uint64_t>(part) << 32 | static_cast<std::uint64_t>(number)};
  Draw draw(key);
  Canvas squares, canvas;
  canvas.fill(0.0f);
  draw_sign(kSigns[static_cast<std::size_t>(number % kSyntheticClasses)], draw, squares, canvas);
  draw_clutter(draw, squares, canvas);
  const float level = draw.between(kNoise);
  const bool invert = draw.between({0, 1}) < kInvert;
  key.step = 1;
  Stream noise(key);
  for (std::size_t word = 0; word < kPixels / 8; ++word) {
    std::uint64_t bits = noise.bits_at(word);
    for (std::size_t k = word * 8; k < word * 8 + 8; ++k, bits >>= 8) {
      const float grain = static_cast<float>(static_cast<int>(bits & 255)) / 255.0f - 0.5f;
      float v = std::clamp(canvas[k] + level * grain, 0.0f, 1.0f);
      if (invert) v = 1 - v;
      pixels[k] = static_cast<std::uint8_t>(255.0f * v + 0.5f);
    }
  }
}

}  // namespace

ImageSet draw_images(SyntheticPart part, Index count) {
  constexpr Index kBlock = 64;
  ImageSet set{.count = count, .rows = kSyntheticSide, .columns = kSyntheticSide,
               .pixels = {}, .labels = {}};
  set.pixels.resize(static_cast<std::size_t>(count * kPixels));
  set.labels.resize(static_cast<std::size_t>(count));
  for_blocks(count, kBlock, [&](Index, Index begin, Index end) {
    for (Index k = begin; k < end; ++k) {
      draw_image(part, k, set.pixels.data() + k * kPixels);
      set.labels[static_cast<std::size_t>(k)] = static_cast<std::uint8_t>(k % kSyntheticClasses);
    }
  });
  return set;
}

}  // namespace gbid
