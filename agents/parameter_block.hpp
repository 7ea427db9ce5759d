// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include "agents/cohort.hpp"
#include "agents/network/initialise.hpp"

namespace gbid {

template <class T>
using ParameterBlock = Cohort<T>;

}  // namespace gbid
