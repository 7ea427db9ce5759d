// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstdint>
#include <string>
#include <variant>

namespace gbid {

/// Images drawn by the program, see scenarios/data/synthetic.hpp.
struct SyntheticData {
  std::int64_t train = 20000;    ///< images to learn from, 10 to 1000000
  std::int64_t held_out = 4000;  ///< images to judge by, 10 to 1000000
  bool operator==(const SyntheticData&) const = default;
};

/// Zalando's Fashion-MNIST, from Debian's package dataset-fashion-mnist.
struct FashionMnist {
  bool operator==(const FashionMnist&) const = default;
};

/// A folder with the four files that MNIST is published in; resolved against the scenario's folder.
struct IdxFolder {
  std::string idx;
  bool operator==(const IdxFolder&) const = default;
};

/// Which images a market trades in.
using DataConfig = std::variant<SyntheticData, FashionMnist, IdxFolder>;

}  // namespace gbid
