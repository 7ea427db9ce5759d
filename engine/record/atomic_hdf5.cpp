// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/record/atomic_hdf5.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <vector>

#include "engine/core/error.hpp"
#include "engine/core/posix_file.hpp"

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

/// Removes temporary files of this output that processes left which were killed.
void remove_abandoned(const std::string& out_path) {
  namespace fs = std::filesystem;
  const fs::path out(out_path);
  const std::string start = out.filename().string() + ".tmp.";
  std::error_code none;
  std::vector<std::string> abandoned;
  for (const auto& entry : fs::directory_iterator(out.parent_path() / ".", none)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(start)) continue;
    pid_t process = 0;
    const char* const end = name.data() + name.size();
    const auto [rest, error] = std::from_chars(name.data() + start.size(), end, process);
    const bool is_number = error == std::errc() && rest == end && process > 0;
    const bool is_alive = is_number && (::kill(process, 0) == 0 || errno != ESRCH);
    if (is_number && !is_alive && !is_locked(entry.path().string()))
      abandoned.push_back(entry.path().string());
  }
  for (const std::string& path : abandoned) ::unlink(path.c_str());
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

void write_file(const std::string& path, const AtomicHdf5& options,
                const std::function<void(h5::hid)>& fill) {
  h5::initialise();
  const bool is_in_memory = options.bytes <= options.memory_limit_bytes;
  h5::FileImage image(static_cast<std::size_t>(options.bytes));
  try {
    h5::Id file = is_in_memory ? h5::create_file(image) : h5::create_file(path);
    fill(file.get());
    if (is_in_memory)
      image.close(file);
    else
      file.close("cannot close the file");
  } catch (const IoError& error) {
    throw IoError(path + ": cannot write: " + error.what(), error.code());
  }
  FileDescriptor output = open_output(path, is_in_memory ? O_CREAT | O_EXCL : 0);
  write_all(output.get(), image.bytes(), path);
  sync_content(output.get(), path);
  output.close(path);
}

}  // namespace

void write_hdf5_atomically(const std::string& out_path, const AtomicHdf5& options,
                           const std::function<void(h5::hid file)>& fill) {
  if (is_locked(out_path))
    throw IoError(
        out_path + ": cannot replace: is locked by another program, which may be writing it",
        ExitCode::kCannotCreate);
  require_room(out_path, options.bytes);
  remove_abandoned(out_path);
  TemporaryFile temporary(out_path);
  write_file(temporary.path(), options, fill);
  temporary.rename_to(out_path, options.force);
  sync_directory_of(out_path);
}

}  // namespace gbid
