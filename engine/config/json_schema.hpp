// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <string>
#include <vector>

#include "engine/config/key_info.hpp"

namespace gbid::config {

/// JSON Schema (draft 2020-12) of a document with these keys, for editors: they complete keys and
/// kinds, show help and defaults, and mark what is misspelt. Ranges are in the descriptions. It accepts
/// whatever the schema itself reads; what it marks is wrong.
std::string json_schema(const std::string& title, const std::vector<KeyInfo>& keys);

}  // namespace gbid::config
