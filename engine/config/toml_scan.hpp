// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gbid::config {

/// Largest scenario that is read.
inline constexpr std::size_t kMaxDocumentBytes = std::size_t{1} << 20;
/// Most parts of one dotted key, and deepest nesting of lists and inline tables; toml++ recurses
/// over both.
inline constexpr int kMaxKeyParts = 32;
inline constexpr int kMaxNesting = 32;
/// Most keys and [headers] of one document; toml++ takes time in the square of them.
inline constexpr int kMaxKeys = 20000;

/// Where and why a text is not TOML.
struct ScanFault {
  std::uint32_t line = 0;  ///< 0 where there is no fault
  std::uint32_t column = 0;
  std::string message;
  explicit operator bool() const { return line != 0; }
};

/// Checks the grammar of a TOML document before toml++ sees it.
///
/// toml++ 3.3 takes some malformed texts for impossible (`[*a]`, `[1, }`, a bare key with an
/// accent) and then aborts or does worse, and recurses without bound over dotted keys. This walk
/// accepts a subset of TOML (no dates; limits above) and keeps the rest away from it. Duplicate
/// keys are left to toml++.
ScanFault scan_document(std::string_view text);

/// Checks that the text is one dotted key and nothing else.
ScanFault scan_key(std::string_view text);

/// Checks that the text is one value and nothing else (surrounding blanks allowed).
ScanFault scan_value(std::string_view text);

}  // namespace gbid::config
