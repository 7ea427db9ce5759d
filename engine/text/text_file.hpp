// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <string>
#include <string_view>

#include "engine/core/posix_file.hpp"

namespace gbid {

/// A text as it is meant, whatever program has saved it: without byte order mark, in UTF-8 where a
/// mark says UTF-16, and with lines that end in "\n" where they ended in "\r\n" or "\r".
/// @param name  of the file, for messages.
/// @throws DataError "NAME:LINE: expected text, got a zero byte" for binary files and for UTF-16
/// and UTF-32 that no mark announces; DataError for UTF-16 that is damaged.
std::string plain_text(std::string_view bytes, const std::string& name);

/// The plain text of a file; a file that needs no change is mapped, not copied.
class TextFile {
 public:
  /// @throws MissingInputError without such a file, DataError as `plain_text`.
  explicit TextFile(const std::string& path);

  std::string_view text() const { return text_; }

 private:
  MappedFile file_;
  std::string changed_;  // empty where the file itself is plain
  std::string_view text_;
};

/// ".csv" of "DATA.CSV": the ending of a file's name in lower case.
std::string lower_ending(const std::string& path);

}  // namespace gbid
