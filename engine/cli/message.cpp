// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/cli/message.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "engine/core/error.hpp"

namespace gbid::cli {

void tell(std::string_view message) {
  while (!message.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, message.data(), message.size());
    if (written < 0 && errno != EINTR) return;
    if (written > 0) message.remove_prefix(static_cast<std::size_t>(written));
  }
}

void guard_standard_streams() {
  std::signal(SIGPIPE, SIG_IGN);
  for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; ++descriptor) {
    if (::fcntl(descriptor, F_GETFD) >= 0) continue;
    // A file that is opened gets the lowest number that is free: this one.
    const int unusable = descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY;
    if (::open("/dev/null", unusable) != descriptor)
      throw IoError("/dev/null: cannot be opened in place of a closed standard stream");
  }
}

}  // namespace gbid::cli
