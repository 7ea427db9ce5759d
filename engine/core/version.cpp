// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/core/version.hpp"

namespace gbid {

std::string_view version() noexcept { return GBID_VERSION; }
std::string_view build_description() noexcept { return GBID_BUILD; }

}  // namespace gbid
