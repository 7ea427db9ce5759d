// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace gbid::cli {

/// Writes a message to standard error at once. One that cannot be written (a full disk, a closed
/// stream, a pipe without a reader) is lost and changes nothing else: no exit code, no file.
void tell(std::string_view message);

template <class... T>
void tell(fmt::format_string<T...> format, T&&... values) {
  tell(std::string_view(fmt::format(format, std::forward<T>(values)...)));
}

/// Makes standard streams safe to write to: a pipe without a reader is an error of writing and not
/// a signal, and one that is closed stays unusable, rather than be the next file that is opened.
/// @throws IoError where that cannot be had.
void guard_standard_streams();

}  // namespace gbid::cli
