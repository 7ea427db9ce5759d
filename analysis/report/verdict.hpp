// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <string>
#include <vector>

#include "analysis/price_of_anarchy.hpp"
#include "analysis/report/learning_summary.hpp"
#include "engine/text/json_writer.hpp"

namespace gbid {

/// What a run answers about one equilibrium regime, in a sentence.
struct Verdict {
  std::string equilibrium;        ///< the regime; empty where a run compares nothing
  std::string sentence;           ///< the number, its interval, over how many games
  std::vector<Caveat> obstacles;  ///< why it may not be quoted, and what cures that

  bool is_quotable() const noexcept { return obstacles.empty(); }
};

/// A verdict for every comparison of the result; one in all where there is none, which may not be quoted.
///
/// It begins with what readers of such markets look for first, by the rows of the statistics that
/// have a clause (`StatisticRow::verdict`), and the accuracy of what learned from images; then comes
/// the number. The number is the price of anarchy where it is known, else the welfare gap; of equilibria that
/// passed their certificates where there are any. It may be quoted where all trials count and have
/// settled, planners included, no end lies above that of its planner by more than rounding (unless
/// the optimum is exact), and every end has passed its certificate.
std::vector<Verdict> verdicts_of(const PriceOfAnarchyResult& result,
                                 const LearningSummary& learning = {});

/// The verdicts at the head of a report: each sentence with whether it may be quoted, and if not why.
std::string text_of(const std::vector<Verdict>& verdicts);

/// Adds the member "verdicts": [{"equilibrium", "sentence", "is_quotable", "obstacles", "cures"}].
void write_verdicts(JsonWriter& json, const PriceOfAnarchyResult& result,
                    const LearningSummary& learning = {});

}  // namespace gbid
