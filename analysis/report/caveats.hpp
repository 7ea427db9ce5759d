// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstdint>
#include <vector>

#include "analysis/price_of_anarchy.hpp"

namespace gbid {

/// What lifts the limits of a result: a command, or a key with its value.
namespace cure {
inline constexpr const char *
    kFailed =
       "read why in the variable message of the regime; a smaller learner.rate often helps: --set "
       "learning.learner.rate=X",
   *kFinish = "play it to its end: gbid resume FILE.h5",
   *kPlayLonger =
       "play it longer, --set steps=N, or until welfare settles, --set learning.until=settled",
   *kPlanner =
       "try more starts a game, --set starts=N, or let the planner learn for longer, --set steps=N",
   *kCertify = "gbid certify FILE.h5; of a sweep, play it with --set certify=true",
   *kNotEquilibrium =
       "quote only ends that passed; others need more updates, --set steps=N, or another learner, "
       "gbid list learners";
}  // namespace cure

/// What a reader must know before quoting a result: one sentence each, the most damaging first,
/// with what cures it.
/// Reads everything of the result but its caveats.
std::vector<Caveat> caveats_of(const PriceOfAnarchyResult& result);

/// Trials in which the agents of a comparison ended above its planner by more than four digits can
/// show; where the optimum is known in closed form none did.
std::int64_t trials_above_planner(const PriceOfAnarchyResult&, const AnarchyComparison&);

}  // namespace gbid
