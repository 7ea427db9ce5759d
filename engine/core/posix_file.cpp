// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/core/posix_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "engine/core/error.hpp"

namespace gbid {

std::string errno_text(int error_number) { return std::generic_category().message(error_number); }

FileDescriptor::FileDescriptor(FileDescriptor&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (this != &other) {
    close_quietly();
    descriptor_ = std::exchange(other.descriptor_, -1);
  }
  return *this;
}

void FileDescriptor::close_quietly() noexcept {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

void FileDescriptor::close(const std::string& path) {
  // Linux has released the descriptor even when close() reports EINTR: never repeat it.
  if (descriptor_ >= 0 && ::close(std::exchange(descriptor_, -1)) != 0 && errno != EINTR) {
    throw IoError(path + ": cannot close: " + errno_text(errno));
  }
}

void write_all(int descriptor, std::span<const std::byte> bytes, const std::string& path) {
  constexpr std::size_t kLargestWrite = std::size_t{1} << 30;  // Linux writes at most 2 GiB at once
  while (!bytes.empty()) {
    const ssize_t written =
        ::write(descriptor, bytes.data(), std::min(bytes.size(), kLargestWrite));
    if (written < 0) {
      if (errno == EINTR) continue;
      throw IoError(path + ": cannot write: " + errno_text(errno));
    }
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

bool is_locked(const std::string& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  return file && ::flock(file.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

void sync_content(int descriptor, const std::string& path) {
  while (::fdatasync(descriptor) != 0) {
    if (errno == EINTR) continue;
    if (errno == EINVAL || errno == EROFS) return;  // a device or a pipe: nothing to wait for
    throw IoError(path + ": cannot sync: " + errno_text(errno));
  }
}

void sync_directory_of(const std::string& path) {
  std::string directory = std::filesystem::path(path).parent_path().string();
  if (directory.empty()) directory = ".";
  const FileDescriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened) throw IoError(directory + ": cannot open: " + errno_text(errno));
  while (::fsync(opened.get()) != 0) {
    if (errno == EINTR) continue;
    if (errno == EINVAL) return;  // some network file systems cannot sync a directory
    throw IoError(directory + ": cannot sync: " + errno_text(errno));
  }
}

MappedFile::MappedFile(const std::string& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) throw MissingInputError(path + ": cannot open: " + errno_text(errno));
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) {
    throw IoError(path + ": cannot read: " + errno_text(errno));
  }
  if (!S_ISREG(status.st_mode)) throw DataError(path + ": expected a regular file");
  if (status.st_size == 0) return;
  const auto size = static_cast<std::size_t>(status.st_size);
  void* const mapped = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (mapped == MAP_FAILED) throw IoError(path + ": cannot map: " + errno_text(errno));
  data_ = static_cast<const std::byte*>(mapped);
  size_ = size;
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
}

}  // namespace gbid
