// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/data/synthetic.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "engine/random/stream.hpp"
#include "engine/stepping/blocks.hpp"
#include "scenarios/data/synthetic_signs.hpp"

namespace gbid {
namespace {

using synthetic::Curve;
using synthetic::kSigns;
using synthetic::Point;

constexpr Index kPixels = kSyntheticSide * kSyntheticSide;

struct Bounds {
  float low, high;
};

// How much the images of one class differ, in pixels unless said otherwise. Tuned until the figures
// in synthetic.hpp held; changing one changes every image.
constexpr float kTurn = 0.15f;              ///< tangent of half the largest angle: 17 degrees
constexpr Bounds kHalfHeight{6.5f, 10.0f};  ///< of the square that the sign fills
constexpr Bounds kAspect{0.7f, 1.1f};       ///< width to height
constexpr float kShear = 0.3f;              ///< sideways per height
constexpr float kShift = 2.3f;              ///< of the centre, along each axis
constexpr float kBend = 0.25f;              ///< of the plane, at the square's edge
constexpr Bounds kStrokeWidth{1.2f, 3.0f};
constexpr Bounds kBrightness{0.5f, 1.0f};  ///< of the sign; 1 is white
constexpr Index kMostClutter = 2;          ///< short strokes that mean nothing
constexpr float kClutterReach = 6.0f;      ///< of such a stroke, along each axis
constexpr Bounds kClutterBrightness{0.2f, 0.6f};
constexpr Bounds kNoise{0.0f, 0.4f};  ///< spread of the grain, from darkest to brightest

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

/// Collects a path, as the squared distance of every pixel from it, and inks it.
class Pen {
 public:
  explicit Pen(float width) : reach_(0.5f * (width + 1.0f)) {
    constexpr float kFar = 1e6f;
    squares_.fill(kFar);
  }

  void trace(Point from, Point to) {
    const Index left = column_or_row(std::min(from.x, to.x) - reach_),
                right = column_or_row(std::max(from.x, to.x) + reach_ + 1.0f),
                top = column_or_row(std::min(from.y, to.y) - reach_),
                bottom = column_or_row(std::max(from.y, to.y) + reach_ + 1.0f);
    const float dx = to.x - from.x, dy = to.y - from.y;
    const float square = dx * dx + dy * dy;
    const float inverse = square > 0.0f ? 1.0f / square : 0.0f;
    for (Index row = top; row <= bottom; ++row) {
      const float y = static_cast<float>(row) - from.y;
      float* const out = squares_.data() + row * kSyntheticSide;
      for (Index column = left; column <= right; ++column) {
        const float x = static_cast<float>(column) - from.x;
        float along = (x * dx + y * dy) * inverse;
        along = along > 0.0f ? along : 0.0f;
        along = along < 1.0f ? along : 1.0f;
        const float off_x = x - along * dx, off_y = y - along * dy;
        const float distance = off_x * off_x + off_y * off_y;
        out[column] = distance < out[column] ? distance : out[column];
      }
    }
  }

  void trace(const Curve& curve) {
    constexpr int kSegments = 6;  // half a turn is then less than half a pixel off
    Point last = curve.a;
    for (int k = 1; k <= kSegments; ++k) {
      const float t = static_cast<float>(k) / static_cast<float>(kSegments), s = 1.0f - t;
      const float a = s * s * s, b = 3.0f * s * s * t, c = 3.0f * s * t * t, d = t * t * t;
      const Point next{a * curve.a.x + b * curve.b.x + c * curve.c.x + d * curve.d.x,
                       a * curve.a.y + b * curve.b.y + c * curve.c.y + d * curve.d.y};
      trace(last, next);
      last = next;
    }
  }

  /// Full strength within the stroke, fading over one pixel at its edge; what is brighter stays.
  void ink(float brightness, Canvas& canvas) const {
    for (std::size_t k = 0; k < squares_.size(); ++k) {
      float cover = reach_ - std::sqrt(squares_[k]);
      cover = cover > 0.0f ? cover : 0.0f;
      cover = cover < 1.0f ? cover : 1.0f;
      const float value = brightness * cover;
      canvas[k] = value > canvas[k] ? value : canvas[k];
    }
  }

 private:
  static Index column_or_row(float position) {
    return static_cast<Index>(std::clamp(position, 0.0f, static_cast<float>(kSyntheticSide - 1)));
  }

  float reach_;  // half the width and half a pixel
  Canvas squares_;
};

void draw_sign(std::span<const Curve> sign, Draw& draw, Canvas& canvas) {
  const Placement place = draw_placement(draw);
  const float width = draw.between(kStrokeWidth), brightness = draw.between(kBrightness);
  // The plane is bent, not the curves: the pulls of one sign stay joined.
  const float bend_x = draw.around(kBend), bend_y = draw.around(kBend);
  const float swell_x = draw.around(kBend), swell_y = draw.around(kBend);
  const auto at = [&](Point p) {
    return place({p.x + bend_x * p.y * p.y + swell_x * p.x * p.y,
                  p.y + bend_y * p.x * p.x + swell_y * p.x * p.y});
  };
  Pen pen(width);
  for (const Curve& curve : sign) pen.trace({at(curve.a), at(curve.b), at(curve.c), at(curve.d)});
  pen.ink(brightness, canvas);
}

void draw_clutter(Draw& draw, Canvas& canvas) {
  constexpr Bounds kAnywhere{0.0f, static_cast<float>(kSyntheticSide - 1)};
  const Index count = draw.below(kMostClutter + 1);
  for (Index k = 0; k < count; ++k) {
    const float x = draw.between(kAnywhere), y = draw.between(kAnywhere);
    const float dx = draw.around(kClutterReach), dy = draw.around(kClutterReach);
    Pen pen(draw.between(kStrokeWidth));
    pen.trace({x, y}, {x + dx, y + dy});
    pen.ink(draw.between(kClutterBrightness), canvas);
  }
}

void add_grain(float level, Stream& stream, const Canvas& canvas, std::uint8_t* pixels) {
  constexpr std::size_t kPerWord = 8;  // one byte of the random bits for every pixel
  static_assert(kPixels % kPerWord == 0);
  for (std::size_t word = 0; word < kPixels / kPerWord; ++word) {
    std::uint64_t bits = stream.bits_at(word);
    for (std::size_t k = word * kPerWord; k < (word + 1) * kPerWord; ++k, bits >>= 8) {
      const float grain = static_cast<float>(static_cast<int>(bits & 255)) / 255.0f - 0.5f;
      const float value = std::clamp(canvas[k] + level * grain, 0.0f, 1.0f);
      pixels[k] = static_cast<std::uint8_t>(255.0f * value + 0.5f);
    }
  }
}

void draw_image(SyntheticPart part, Index number, std::span<const Curve> sign,
                std::uint8_t* pixels) {
  constexpr std::uint64_t kShapeStep = 0, kGrainStep = 1;
  StreamKey key{
      .purpose = Purpose::kSyntheticImage,
      .agent = static_cast<std::uint64_t>(part) << 32 | static_cast<std::uint64_t>(number),
      .step = kShapeStep};
  Draw draw(key);
  Canvas canvas;
  canvas.fill(0.0f);
  draw_sign(sign, draw, canvas);
  draw_clutter(draw, canvas);
  const float level = draw.between(kNoise);
  key.step = kGrainStep;
  Stream grain(key);
  add_grain(level, grain, canvas, pixels);
}

}  // namespace

ImageSet draw_images(SyntheticPart part, Index count) {
  constexpr Index kImagesAtOnce = 64;  // about half a millisecond
  static_assert(kSigns.size() == kSyntheticClasses);
  ImageSet set{.count = count,
               .rows = kSyntheticSide,
               .columns = kSyntheticSide,
               .pixels = std::vector<std::uint8_t>(static_cast<std::size_t>(count * kPixels)),
               .labels = std::vector<std::uint8_t>(static_cast<std::size_t>(count))};
  for_blocks(count, kImagesAtOnce, [&](Index, Index begin, Index end) {
    for (Index k = begin; k < end; ++k) {
      const auto label = static_cast<std::uint8_t>(k % kSyntheticClasses);
      set.labels[static_cast<std::size_t>(k)] = label;
      draw_image(part, k, kSigns[label], set.pixels.data() + k * kPixels);
    }
  });
  return set;
}

}  // namespace gbid
