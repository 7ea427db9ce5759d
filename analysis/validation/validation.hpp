// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace gbid {

/// One number that was computed by agents that learn, beside what theory says it is.
struct Check {
  std::string quantity;  ///< "strategies", "price of anarchy", "revenue", ...
  double computed = 0.0;
  double exact = 0.0;      ///< 0 for a distance
  double tolerance = 0.0;  ///< of |computed - exact|

  double error() const;
  bool is_passed() const;  ///< false for a number that is not one
};

/// A game with a known answer: what is played, and what its end is measured by.
struct ValidationCase {
  std::string family;  ///< classical | routing | auctions | dynamics | ...
  std::string game;    ///< "Cournot, n = 3"
  std::string source;  ///< who gave the answer: "Johari and Tsitsiklis, 2004"
  std::function<std::vector<Check>()> run;
};

// The families: one file each.
std::vector<ValidationCase> classical_cases();  // classical.cpp
std::vector<ValidationCase> dynamics_cases();   // dynamics.cpp
std::vector<ValidationCase> routing_cases();    // routing.cpp
std::vector<ValidationCase> auction_cases();    // auctions.cpp
std::vector<ValidationCase> bundle_cases();     // bundles.cpp
std::vector<ValidationCase> market_cases();     // markets.cpp

}  // namespace gbid
