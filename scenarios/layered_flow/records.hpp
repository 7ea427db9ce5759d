// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include "scenarios/layered_flow/shape.hpp"
#include "scenarios/structure/recordables.hpp"

namespace gbid::layered_flow {

/// What this market can record.
Recordables recordables();
std::vector<Dimension> dimensions(const Shape& shape);
/// What can be recorded: "networks" are all parameters, "masks" what they come to.
std::vector<ArraySpec> arrays(const Shape& shape);

}  // namespace gbid::layered_flow
