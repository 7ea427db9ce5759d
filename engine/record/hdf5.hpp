// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
// HDF5 as this project uses it: ids that close themselves, calls that throw, and the few objects of
// a netCDF-4 file. hdf5.h stays out of the headers.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gbid::h5 {

using hid = std::int64_t;  ///< hid_t of HDF5 1.10 and later

/// Owns one HDF5 id of any kind.
class Id {
 public:
  Id() = default;
  explicit Id(hid id) : id_(id) {}
  Id(Id&& other) noexcept : id_(std::exchange(other.id_, -1)) {}
  Id& operator=(Id&& other) noexcept {
    std::swap(id_, other.id_);
    return *this;
  }
  ~Id();

  hid get() const noexcept { return id_; }
  explicit operator bool() const noexcept { return id_ >= 0; }
  /// Closes and checks: for a file, this is when the last bytes are written.  @throws IoError.
  void close(std::string_view what);

 private:
  hid id_ = -1;
};

/// Keeps HDF5 from printing its errors, and from cleaning up at exit after us (it crashes there if
/// a write has failed). To be called before any other HDF5 call of a function; cheap.
void initialise();

/// @throws IoError "WHAT: the innermost reason that HDF5 gives".
[[noreturn]] void fail(std::string_view what);
/// Takes ownership of a new id.  @throws IoError if it is negative.
Id own(hid id, std::string_view what);
/// @throws IoError if an HDF5 status is negative.
void check(int status, std::string_view what);

/// The types of a published file.
enum class Type { kFloat64, kInt64, kUint64, kInt8, kText };

/// HDF5 ids of a type: little-endian in the file, native in memory; variable-length UTF-8 for both
/// if it is text.
Id file_type(Type type);
Id memory_type(Type type);

void write_attribute(hid object, const std::string& name, const std::string& text);
void write_attribute(hid object, const std::string& name, std::uint64_t value);
void write_attribute(hid object, const std::string& name, std::span<const std::int64_t> values);
void write_attribute(hid object, const std::string& name, std::span<const std::int8_t> values);
void write_attribute(hid object, const std::string& name, double value);
/// As netCDF-C writes its own: fixed-length ASCII, and a 32-bit integer.
void write_netcdf_properties(hid root, const std::string& text);
void write_netcdf_dimension_id(hid scale, std::int32_t dimension_id);

/// The bytes of a file that is made in memory. They stay where they are while the file grows and
/// when it is closed, so that they are written without being copied.
class FileImage {
 public:
  /// @param expected  bytes that it will hardly exceed: address space, not memory.
  explicit FileImage(std::size_t expected) : expected_(expected) {}
  FileImage(const FileImage&) = delete;
  FileImage& operator=(const FileImage&) = delete;
  ~FileImage();

  /// Closes the file that lies here. @throws IoError.
  void close(Id& file);
  /// Of the closed file.
  std::span<const std::byte> bytes() const { return {begin_, size_}; }

 private:
  friend Id create_file(FileImage& image);
  static void* resize(void* begin, std::size_t size, int operation, void* image);

  std::size_t expected_, capacity_ = 0, size_ = 0;
  std::byte* begin_ = nullptr;
};

/// A new file, on the disk or in memory. Format of HDF5 1.8 at most, creation order tracked and
/// indexed.
Id create_file(const std::string& path);
Id create_file(FileImage& image);
Id create_group(hid parent, const std::string& name);

/// What a dataset is stored as.
struct Storage {
  std::vector<std::int64_t> chunk;  ///< empty: contiguous
  int deflate_level = 0;            ///< 0: as it is; above: shuffled, then deflated
};

/// A dataset with its scales attached to its axes. The fill value (and `_FillValue`) of a float64
/// is NaN.
/// @param scales one per axis; none for a scalar or for a dataset that will be a scale itself.
Id create_dataset(hid group, const std::string& name, Type type,
                  std::span<const std::int64_t> shape, std::span<const hid> scales,
                  const Storage& storage);
void write_dataset(hid dataset, Type type, const void* values);
void write_texts(hid dataset, std::span<const std::string> texts);
/// Writes one chunk that is stored already as the dataset's filters would leave it.
/// @param skipped_filters bit k: filter k was not applied to this chunk.
void write_chunk(hid dataset, std::span<const std::int64_t> origin, std::uint32_t skipped_filters,
                 std::span<const std::byte> stored);

/// Makes a dataset the scale of a dimension.
void make_scale(hid dataset, const std::string& name);

/// Version of the HDF5 library, "1.10.8".
std::string library_version();

}  // namespace gbid::h5
