// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// What every formats/<name>.hpp declares of its format, see registry.hpp.
#pragma once

#include <memory>
#include <vector>

#include "scenarios/auctions/distributions/prior.hpp"
#include "scenarios/auctions/formats/format.hpp"

namespace gbid {
class ArrayLoader;
}
namespace gbid::config {
template <class Struct>
class Schema;
}

namespace gbid::auctions {

/// What is known of a format without its numbers.
struct FormatEntry {
  const char* name;  ///< its kind in [market] format
  const char* help;  ///< what `gbid list` says
  Index least_bidders = 1;
  Index most_bidders = 1000;
  bool learns_naturally = false;  ///< by default
  bool draws_types = false;       ///< by rules of its own: the scenario names no prior
};

}  // namespace gbid::auctions
