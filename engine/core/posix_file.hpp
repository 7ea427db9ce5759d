// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace gbid {

/// The operating system's words for an errno.
std::string errno_text(int error_number);

/// Owns one open file descriptor.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int descriptor) : descriptor_(descriptor) {}
  FileDescriptor(FileDescriptor&& other) noexcept;
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  ~FileDescriptor() { close_quietly(); }

  int get() const noexcept { return descriptor_; }
  explicit operator bool() const noexcept { return descriptor_ >= 0; }

  /// Closes and looks at the answer: on some file systems that is where a full disk shows.
  /// @throws IoError naming `path`.
  void close(const std::string& path);

 private:
  void close_quietly() noexcept;
  int descriptor_ = -1;
};

/// Writes everything, however many calls that takes; interrupted calls are repeated.
/// @throws IoError naming `path` and the reason; how much was written is then unknown.
void write_all(int descriptor, std::span<const std::byte> bytes, const std::string& path);

/// Whether another program holds a file's lock for itself, as HDF5 does while it writes.
bool is_locked(const std::string& path);

/// Waits until the file's content is on the disk.  @throws IoError.
/// A file that cannot be synced (a device, a pipe) is left as it is.
void sync_content(int descriptor, const std::string& path);

/// Waits until the directory that holds `path` remembers its entries.  @throws IoError.
void sync_directory_of(const std::string& path);

/// A whole regular file as read-only memory, mapped rather than read.
class MappedFile {
 public:
  /// @throws MissingInputError if it does not exist or may not be read, DataError if it is not a
  /// regular file.
  explicit MappedFile(const std::string& path);
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  std::span<const std::byte> bytes() const noexcept { return {data_, size_}; }

 private:
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace gbid
