// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include "engine/config/schema.hpp"
#include "scenarios/classical/config.hpp"

namespace gbid::classical {

// One declaration per key of the [market] section of every game.
config::Schema<ProportionalShare> proportional_share_schema();
config::Schema<Tullock> tullock_schema();
config::Schema<Cournot> cournot_schema();
config::Schema<Bertrand> bertrand_schema();
config::Schema<CommonPool> common_pool_schema();
config::Schema<LinearQuadratic> linear_quadratic_schema();
config::Schema<Bilinear> bilinear_schema();

}  // namespace gbid::classical
