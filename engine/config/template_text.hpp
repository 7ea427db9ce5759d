// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <string>
#include <vector>

#include "engine/config/key_info.hpp"
#include "engine/config/value.hpp"

namespace gbid::config {

/// A TOML document that explains every key in comments. "# " begins an explanation, "#key = value"
/// a key that has its default; keys that differ from the default, or are required, are live.
/// @param current   what the document says when it is read.
/// @param defaults  what an empty document says.
std::string template_text(const std::string& help, const std::vector<KeyInfo>& keys,
                          const ValueTable& current, const ValueTable& defaults);

}  // namespace gbid::config
