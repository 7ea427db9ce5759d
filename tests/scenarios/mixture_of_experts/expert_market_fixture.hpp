// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <memory>
#include <numeric>
#include <vector>

#include "engine/random/stream.hpp"
#include "scenarios/mixture_of_experts/market.hpp"
#include "scenarios/mixture_of_experts/structure.hpp"

namespace gbid::test {

/// Images of random pixels; the label is how bright the first pixel is.
inline std::shared_ptr<const Images> random_images(Index train, Index held_out, Index rows,
                                                   Index columns, Index classes) {
  auto images = std::make_shared<Images>();
  images->name = "random";
  images->classes = classes;
  Stream stream({.seed = 3, .purpose = Purpose::kSyntheticImage});
  const auto fill = [&](ImageSet& set, Index count) {
    set.count = count;
    set.rows = rows;
    set.columns = columns;
    for (Index k = 0; k < count; ++k) {
      for (Index p = 0; p < rows * columns; ++p)
        set.pixels.push_back(static_cast<std::uint8_t>(stream.uniform() * 256.0));
      set.labels.push_back(static_cast<std::uint8_t>(
          set.pixels[set.pixels.size() - static_cast<std::size_t>(rows * columns)] * classes /
          256));
    }
  };
  fill(images->train, train);
  fill(images->held_out, held_out);
  return images;
}

/// Three bidders and four sellers of nearly nothing, so that every parameter can be moved.
using ExpertConfig = mixture_of_experts::MarketConfig;

inline ExpertConfig tiny_market() {
  ExpertConfig config;
  config.bidders = 3;
  config.sellers = 4;
  config.batch = 8;
  config.precision = Precision::kFloat64;
  config.gating.top_k = 2;
  config.experts.hidden = {4};
  config.experts.embedding = 3;
  config.experts.activation = Activation::kTanh;
  return config;
}

inline StreamKey first_trial() { return {.seed = 7}; }

/// The agents of a market, all moving.
class Everyone {
 public:
  explicit Everyone(Index agents) : agents_(static_cast<std::size_t>(agents)) {
    std::iota(agents_.begin(), agents_.end(), Index{0});
  }
  Movers movers() const { return {agents_, true}; }

 private:
  std::vector<Index> agents_;
};

/// Moves every parameter of bidders away from the symmetric start, where all gates are equal.
template <class T>
void shake(mixture_of_experts::ExpertMarket<T>& market) {
  Stream stream({.seed = 11});
  const auto& shape = market.shape();
  for (Index c = 0; c < shape.bidders; ++c) {
    T* row = market.bidders().row(c);
    for (Index p = 0; p < shape.pixels; ++p)
      for (Index i = 0; i < 2 * shape.sellers; ++i)
        row[p * shape.score_columns + i] += static_cast<T>(stream.normal());
    row[shape.self_weight] += static_cast<T>(0.3 * stream.normal());
  }
}

}  // namespace gbid::test
