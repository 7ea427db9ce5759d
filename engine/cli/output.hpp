// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <string>

namespace gbid::cli {

/// The time now, ISO 8601 in UTC; SOURCE_DATE_EPOCH if that is set, so that equal runs can give
/// equal bytes.
std::string creation_time();

/// Publishes the journal of `out` as `out`, with the summary of its regimes.
/// @return whether every trial had ended.
bool publish_run(const std::string& out, bool force);

/// Writes a text beside its place and renames it there: never half a file under the final name.
/// @throws IoError (cannot create) with the system's reason.
void write_text_file(const std::string& path, const std::string& text);

/// Prints the price-of-anarchy table of a published run, or its JSON, to standard output.
void print_report(const std::string& path, bool as_json);

}  // namespace gbid::cli
