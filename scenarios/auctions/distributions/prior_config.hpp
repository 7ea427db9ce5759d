// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// [market.prior]: its keys, and the priors that they stand for.
#pragma once

#include <variant>
#include <vector>

#include "scenarios/auctions/distributions/prior.hpp"
#include "scenarios/data/array_source.hpp"

namespace gbid {
class ArrayLoader;
}
namespace gbid::config {
template <class... Structs>
class Kinds;
}

namespace gbid::auctions {

// What values are drawn from, independently. Every list has one number for all bidders or one each.
struct UniformPrior {
  std::vector<double> low{0.0}, high{1.0};
  bool operator==(const UniformPrior&) const = default;
};
/// F(v) = ((v - low) / (high - low))^exponent.
struct PowerPrior {
  std::vector<double> low{0.0}, high{1.0}, exponent{2.0};
  bool operator==(const PowerPrior&) const = default;
};
/// Normal, truncated to [low, high].
struct GaussianPrior {
  std::vector<double> low{0.0}, high{1.0}, mean{0.5}, deviation{0.25};
  bool operator==(const GaussianPrior&) const = default;
};
using PriorConfig = std::variant<UniformPrior, PowerPrior, GaussianPrior, FileArray>;

const config::Kinds<UniformPrior, PowerPrior, GaussianPrior, FileArray>& prior_kinds();

/// A prior for every bidder. Faults go to the loader, at market.prior.
std::vector<Prior> make_priors(const PriorConfig& config, Index bidders, ArrayLoader& loader);

}  // namespace gbid::auctions
