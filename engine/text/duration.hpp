// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace gbid {

/// "30s", "500ms", "3h50m", "1d 12h", "1.5h": numbers with units ms, s, m (min), h and d, largest
/// first or not; their sum. Nothing where the text is none, or is not between 1 ms and 10 years.
std::optional<std::chrono::milliseconds> duration_of(std::string_view text);

}  // namespace gbid
