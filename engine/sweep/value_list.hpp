// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <string>
#include <vector>

namespace gbid {

/// Splits "10,20,50:100:25,[1, 2]" at the commas outside quotes and brackets and writes out its
/// ranges, see `parse_axis`.
/// @return TOML values; a word stays as it is.
/// @throws UsageError saying what was expected.
std::vector<std::string> parse_value_list(const std::string& text);

}  // namespace gbid
