// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <optional>
#include <string>
#include <vector>

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

/// What is wrong with a key, in view of whether all agents have the same number.
struct Fault {
  std::string key, message;
};
std::optional<Fault> fault_of(const Tullock&, bool are_alike);
std::optional<Fault> fault_of(const LinearQuadratic&, bool are_alike);
bool are_alike(const std::vector<double>& numbers);

}  // namespace gbid::classical
