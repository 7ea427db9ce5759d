// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// The learners. A new one is a file beside this one, included here and named in the list: the
// variant, the keys, `gbid list learners`, moments and phases follow from its struct.
#pragma once

#include "agents/learning/adam.hpp"
#include "agents/learning/best_response.hpp"
#include "agents/learning/extragradient.hpp"
#include "agents/learning/momentum.hpp"
#include "agents/learning/natural.hpp"
#include "agents/learning/optimistic.hpp"
#include "agents/learning/sgd.hpp"
#include "agents/learning/two_timescale.hpp"

namespace gbid {

/// Something over all learners, in the order in which they are listed.
template <template <class...> class Over>
using OverLearners = Over<Sgd,            //
                          Momentum,       //
                          Adam,           //
                          Optimistic,     //
                          Extragradient,  //
                          TwoTimescale,   //
                          BestResponse,   //
                          Natural>;

}  // namespace gbid
