// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <memory>

#include "scenarios/classical/config.hpp"
#include "scenarios/structure.hpp"

namespace gbid::classical {

// @see gbid::make_structure
std::unique_ptr<Structure> make_structure(const ProportionalShare&, const ScenarioConfig&,
                                          ArrayLoader&);
std::unique_ptr<Structure> make_structure(const Tullock&, const ScenarioConfig&, ArrayLoader&);
std::unique_ptr<Structure> make_structure(const Cournot&, const ScenarioConfig&, ArrayLoader&);
std::unique_ptr<Structure> make_structure(const Bertrand&, const ScenarioConfig&, ArrayLoader&);
std::unique_ptr<Structure> make_structure(const CommonPool&, const ScenarioConfig&, ArrayLoader&);
std::unique_ptr<Structure> make_structure(const LinearQuadratic&, const ScenarioConfig&,
                                          ArrayLoader&);
std::unique_ptr<Structure> make_structure(const Bilinear&, const ScenarioConfig&, ArrayLoader&);

}  // namespace gbid::classical
