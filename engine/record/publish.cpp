// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/record/publish.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <numeric>

#include "engine/core/error.hpp"

namespace gbid {
namespace {

/// A file that vanishes unless it is renamed.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& final_path)
      : path_(fmt::format("{}.tmp.{}", final_path, ::getpid())) {
    ::unlink(path_.c_str());  // of an earlier process with this number
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (!is_renamed_) ::unlink(path_.c_str());
  }

  const std::string& path() const { return path_; }

  void rename_to(const std::string& final_path, bool force) {
    if (!force) {
      if (::renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, final_path.c_str(), RENAME_NOREPLACE) ==
          0) {
        is_renamed_ = true;
        return;
      }
      // Some file systems do not know RENAME_NOREPLACE; existence was checked at the beginning.
      if (errno != EINVAL && errno != ENOSYS) refuse(final_path);
    }
    if (::rename(path_.c_str(), final_path.c_str()) != 0) refuse(final_path);
    is_renamed_ = true;
  }

 private:
  [[noreturn]] static void refuse(const std::string& final_path) {
    throw IoError(final_path + ": cannot create: " + errno_text(errno), ExitCode::kCannotCreate);
  }

  std::string path_;
  bool is_renamed_ = false;
};

// Upper bound of the file's size: the values as they are, and room for what surrounds them.
std::int64_t estimated_bytes(const JournalReader& journal) {
  constexpr std::int64_t kPerFile = 1 << 16, kPerVariable = 1 << 13, kPerChunk = 64;
  const RunLayout& layout = journal.layout();
  std::int64_t bytes = kPerFile + static_cast<std::int64_t>(layout.scenario_toml.size());
  for (std::size_t k = 0; k < layout.regimes.size(); ++k) {
    const RegimeLayout& regime = layout.regimes[k];
    const std::int64_t records = std::max<std::int64_t>(1, journal.record_count(k));
    const std::int64_t values =
        layout.trials * (records * trajectory_width(regime) + final_width(regime) + 6) + records;
    const auto variables = static_cast<std::int64_t>(
        regime.trajectory.size() + regime.final.size() + regime.dimensions.size() + 5);
    bytes += values * static_cast<std::int64_t>(sizeof(double)) * 9 / 8 + variables * kPerVariable +
             layout.trials * kPerChunk;
  }
  return bytes;
}

void require_room(const std::string& out_path, std::int64_t bytes) {
  const std::filesystem::path directory = std::filesystem::path(out_path).parent_path() / ".";
  struct statvfs status {};
  if (::statvfs(directory.c_str(), &status) != 0) {
    throw IoError(out_path + ": cannot create: " + errno_text(errno), ExitCode::kCannotCreate);
  }
  const std::uint64_t free = static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize;
  if (free < static_cast<std::uint64_t>(bytes)) {
    throw IoError(
        fmt::format("{}: needs up to {} bytes, the disk has {} left", out_path, bytes, free));
  }
}

FileDescriptor open_output(const std::string& path, int flags) {
  FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC | flags, 0666));
  if (!file) {
    throw IoError(path + ": cannot create: " + errno_text(errno), ExitCode::kCannotCreate);
  }
  return file;
}

void write_file(const JournalReader& journal, const PublishOptions& options, bool is_in_memory,
                const std::string& path) {
  h5::initialise();
  std::vector<std::byte> image;
  try {
    h5::Id file = h5::create_file(is_in_memory ? std::string() : path);
    PublishedFile published(file.get(), journal);
    published.write_run(journal.is_complete() ? "complete" : options.status_if_incomplete);
    if (options.finish) options.finish(published);
    if (is_in_memory) image = h5::file_image(file.get());
    file.close("cannot close the file");
  } catch (const IoError& error) {
    throw IoError(path + ": cannot write: " + error.what(), error.code());
  }
  FileDescriptor output = open_output(path, is_in_memory ? O_CREAT | O_EXCL : 0);
  write_all(output.get(), image, path);
  sync_content(output.get(), path);
  output.close(path);
}

// Refuses a journal that a run still writes: it would lose what comes after.
FileDescriptor lock_journal(const std::string& path) {
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) throw MissingInputError(path + ": cannot open: " + errno_text(errno));
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    throw IoError(path + ": a run is still writing it");
  }
  return file;
}

void write_and_rename(const JournalReader& journal, const std::string& out_path,
                      const PublishOptions& options) {
  const std::int64_t bytes = estimated_bytes(journal);
  require_room(out_path, bytes);

  TemporaryFile temporary(out_path);
  write_file(journal, options, bytes <= options.memory_limit_bytes, temporary.path());
  temporary.rename_to(out_path, options.force);
  sync_directory_of(out_path);
}

}  // namespace

PublishReport publish(const std::string& journal_path, const std::string& out_path,
                      const PublishOptions& options) {
  FileDescriptor lock;
  if (!options.keep_journal) lock = lock_journal(journal_path);
  std::error_code ignored;
  if (!options.force && std::filesystem::exists(out_path, ignored)) {
    throw IoError(out_path + ": exists already", ExitCode::kCannotCreate);
  }
  const JournalReader journal(journal_path);
  try {
    write_and_rename(journal, out_path, options);
  } catch (const IoError& error) {
    throw IoError(fmt::format("{} (the run is kept in {})", error.what(), journal_path),
                  error.code());
  }
  if (!options.keep_journal && ::unlink(journal_path.c_str()) != 0) {
    throw IoError(journal_path + ": cannot remove: " + errno_text(errno));
  }
  return {journal.is_complete(), journal.dropped_bytes()};
}

}  // namespace gbid
