// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/cli/python.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "engine/core/error.hpp"

namespace gbid::cli {

void become_python(const std::vector<std::string>& arguments) {
  namespace fs = std::filesystem;
  const fs::path program = fs::read_symlink("/proc/self/exe");
  fs::path package;
  for (const char* place : {"../share/gbid/python", "../../analysis"}) {
    const fs::path candidate = program.parent_path() / place / "gbid";
    if (package.empty() && fs::exists(candidate / "__main__.py"))
      package = candidate.lexically_normal();
  }
  if (package.empty())
    throw Error(ExitCode::kUnavailable,
                "the Python package gbid is not beside the program; it is installed with it");
  const char* given = std::getenv("GBID_PYTHON");
  const std::string python = given && *given ? given : "python3";
  ::setenv("GBID_PROGRAM", program.c_str(), 1);
  std::vector<std::string> words = {python, package.string()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  ::execvp(argv.front(), argv.data());
  throw Error(ExitCode::kUnavailable,
              fmt::format("{}: cannot be started: {}; GBID_PYTHON names another Python", python,
                          std::strerror(errno)));
}

}  // namespace gbid::cli
