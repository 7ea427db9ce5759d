// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <memory>

#include "scenarios/classical/config.hpp"
#include "scenarios/structure/structure.hpp"

namespace gbid::classical {

// @see gbid::make_structure
std::unique_ptr<Structure> make_structure(const ProportionalShare&, const Setup&, ArrayLoader&);
std::unique_ptr<Structure> make_structure(const Tullock&, const Setup&, ArrayLoader&);
std::unique_ptr<Structure> make_structure(const Cournot&, const Setup&, ArrayLoader&);
std::unique_ptr<Structure> make_structure(const Bertrand&, const Setup&, ArrayLoader&);
std::unique_ptr<Structure> make_structure(const CommonPool&, const Setup&, ArrayLoader&);
std::unique_ptr<Structure> make_structure(const LinearQuadratic&, const Setup&, ArrayLoader&);
std::unique_ptr<Structure> make_structure(const Bilinear&, const Setup&, ArrayLoader&);

}  // namespace gbid::classical
