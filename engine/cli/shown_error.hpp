// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <string>
#include <string_view>

#include "engine/cli/terminal.hpp"

namespace gbid::cli {

/// An error as the program prints it: "gbid: " before what has no place in a file; after a line that
/// begins "FILE:LINE:COLUMN:", as editors follow it, the line of the file and a caret below the column,
/// if the file can be read.
///
///     s.toml:2:9: steps: expected an integer, got "ten" (a string)
///       2 | steps = "ten"
///         |         ^
std::string shown_error(std::string_view message, const Paint& paint);

}  // namespace gbid::cli
