// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "analysis/validation/validation.hpp"

#include <cmath>

namespace gbid {

double Check::error() const { return std::fabs(computed - exact); }

bool Check::is_passed() const { return error() <= tolerance; }

}  // namespace gbid
