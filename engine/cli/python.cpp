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

std::string data_folder(const std::string& name) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::read_symlink("/proc/self/exe").parent_path();
  const fs::path checkout = name == "python" ? "analysis" : name;
  for (const fs::path& candidate : {folder / "../share/gbid" / name, folder / "../.." / checkout})
    if (fs::is_directory(candidate)) return candidate.lexically_normal().string();
  return "";
}

void become_python(const std::vector<std::string>& arguments) {
  namespace fs = std::filesystem;
  const fs::path program = fs::read_symlink("/proc/self/exe");
  const fs::path package = fs::path(data_folder("python")) / "gbid";
  if (!fs::exists(package / "__main__.py"))
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
