// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <stdexcept>
#include <string>

namespace gbid {

/// Exit codes of the program, after BSD's sysexits.
enum class ExitCode : int {
  kOk = 0,
  kSomeFailed = 1,     ///< done, but some trials or points failed or have not converged
  kUsage = 64,         ///< the command line is wrong
  kBadData = 65,       ///< a scenario or a data file is wrong
  kMissingInput = 66,  ///< a file that was named does not exist or cannot be read
  kUnavailable = 69,   ///< a program or package that is needed is not installed
  kInternal = 70,      ///< internal error
  kCannotCreate = 73,  ///< an output file cannot be created, or exists already
  kIo = 74,            ///< reading or writing failed half-way
  kStopped = 75,       ///< stopped before the end; what was done is kept and can be recovered
};

/// Base of every error that a user can cause; carries the exit code that `main` ends with.
class Error : public std::runtime_error {
 public:
  Error(ExitCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ExitCode code() const noexcept { return code_; }

 private:
  ExitCode code_;
};

/// The command line is wrong.
struct UsageError : Error {
  explicit UsageError(const std::string& message) : Error(ExitCode::kUsage, message) {}
};

/// A scenario is wrong: one line per error, "file:line:column key: expected X, got Y".
struct ScenarioError : Error {
  explicit ScenarioError(const std::string& message) : Error(ExitCode::kBadData, message) {}
};

/// A data file is wrong; names the file and what was expected of it.
struct DataError : Error {
  explicit DataError(const std::string& message) : Error(ExitCode::kBadData, message) {}
};

/// A named input is missing or unreadable.
struct MissingInputError : Error {
  explicit MissingInputError(const std::string& message)
      : Error(ExitCode::kMissingInput, message) {}
};

/// A number became infinite, undefined or lost all its digits; names agent, step and term.
struct NumericError : Error {
  explicit NumericError(const std::string& message) : Error(ExitCode::kSomeFailed, message) {}
};

/// Reading or writing failed; names the file and the operating system's reason.
struct IoError : Error {
  explicit IoError(const std::string& message, ExitCode code = ExitCode::kIo)
      : Error(code, message) {}
};

}  // namespace gbid
