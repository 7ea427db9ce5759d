// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gbid::config {

/// Number of single-letter edits (insert, delete, replace, swap of neighbours) that turn one name
/// into the other; upper and lower case, and '-' and '_', count as equal. Source: optimal string
/// alignment, after Damerau (1964).
std::size_t edit_distance(std::string_view left, std::string_view right);

/// The candidate that a mistyped name most likely meant: at most a third of its letters are wrong
/// (but one always may be), or it is the only candidate that begins with the name; first of all what
/// another program calls so, such as "rate" for "lr". Ties go to the first candidate.
std::optional<std::string> nearest(std::string_view name,
                                   const std::vector<std::string>& candidates);

/// The tail of an error message: `; did you mean "relu"?`, or nothing where no candidate is near.
std::string did_you_mean(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace gbid::config
