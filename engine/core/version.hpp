// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <string_view>

namespace gbid {

/// Version of the program, "major.minor.patch".
std::string_view version() noexcept;

/// Compiler and build type that made this library; nothing about the host.
std::string_view build_description() noexcept;

}  // namespace gbid
