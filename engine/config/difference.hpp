// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gbid::config {

/// Where two TOML texts differ, a line for every key: "market.agents: 4 before, 5 now", in the order
/// of the keys' names. "nothing" stands for a key that is not there.
/// @throws toml::parse_error.
std::vector<std::string> differences(std::string_view before, std::string_view now);

}  // namespace gbid::config
