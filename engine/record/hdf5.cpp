// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/record/hdf5.hpp"

#include <hdf5.h>
#include <hdf5_hl.h>
#include <sys/mman.h>

#include <algorithm>
#include <limits>
#include <type_traits>

#include "engine/core/error.hpp"

namespace gbid::h5 {

static_assert(std::is_same_v<hid, hid_t> || sizeof(hid) == sizeof(hid_t));

namespace {

int close_id(hid id) {
  switch (H5Iget_type(id)) {
    case H5I_FILE:
      return H5Fclose(id);
    case H5I_GROUP:
      return H5Gclose(id);
    case H5I_DATASET:
      return H5Dclose(id);
    case H5I_DATATYPE:
      return H5Tclose(id);
    case H5I_DATASPACE:
      return H5Sclose(id);
    case H5I_ATTR:
      return H5Aclose(id);
    case H5I_GENPROP_LST:
      return H5Pclose(id);
    default:
      return H5Idec_ref(id) < 0 ? -1 : 0;
  }
}

herr_t keep_first(unsigned, const H5E_error2_t* error, void* reason) {
  auto& text = *static_cast<std::string*>(reason);
  if (text.empty() && error->desc != nullptr) text = error->desc;
  return 0;
}

std::vector<hsize_t> sizes_of(std::span<const std::int64_t> shape) {
  return {shape.begin(), shape.end()};
}

Id new_space(std::span<const std::int64_t> shape) {
  if (shape.empty()) return own(H5Screate(H5S_SCALAR), "dataspace");
  const std::vector<hsize_t> sizes = sizes_of(shape);
  return own(H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr), "dataspace");
}

/// Names beyond ASCII are marked as UTF-8; others keep the mark that they have always had.
Id link_properties(const std::string& name) {
  Id properties = own(H5Pcreate(H5P_LINK_CREATE), "link properties");
  const bool is_ascii = std::all_of(name.begin(), name.end(),
                                    [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (!is_ascii) check(H5Pset_char_encoding(properties.get(), H5T_CSET_UTF8), "link properties");
  return properties;
}

void put_attribute(hid object, const std::string& name, hid type, hid memory, hid space,
                   const void* value) {
  const std::string what = "attribute " + name;
  const Id attribute =
      own(H5Acreate2(object, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT), what);
  check(H5Awrite(attribute.get(), memory, value), what);
}

constexpr unsigned kOrdered = H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED;

// Room in memory is taken, and cleared, in steps of these sizes: that of a large page, or little.
constexpr std::size_t kLargePage = std::size_t{2} << 20, kSmallStep = std::size_t{1} << 16;

Id new_file(const std::string& name, hid access) {
  const Id creation = own(H5Pcreate(H5P_FILE_CREATE), "file properties");
  check(H5Pset_link_creation_order(creation.get(), kOrdered), "file properties");
  check(H5Pset_attr_creation_order(creation.get(), kOrdered), "file properties");
  check(H5Pset_obj_track_times(creation.get(), false), "file properties");
  check(H5Pset_libver_bounds(access, H5F_LIBVER_EARLIEST, H5F_LIBVER_V18), "file properties");
  return own(H5Fcreate(name.c_str(), H5F_ACC_EXCL, creation.get(), access),
             "cannot create the file");
}

void* same(void* image) { return image; }
herr_t leave(void*) { return 0; }
herr_t leave_bytes(void*, H5FD_file_image_op_t, void*) { return 0; }

}  // namespace

Id::~Id() {
  if (id_ >= 0) close_id(id_);
}

void Id::close(std::string_view what) {
  if (id_ >= 0) check(close_id(std::exchange(id_, -1)), what);
}

void initialise() {
  H5dont_atexit();  // refused, harmlessly, when the library is already awake
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

void fail(std::string_view what) {
  std::string reason;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, &reason);
  H5Eclear2(H5E_DEFAULT);
  throw IoError(std::string(what) + ": " + (reason.empty() ? "HDF5 error" : reason));
}

Id own(hid id, std::string_view what) {
  if (id < 0) fail(what);
  return Id(id);
}

void check(int status, std::string_view what) {
  if (status < 0) fail(what);
}

Id file_type(Type type) {
  switch (type) {
    case Type::kFloat64:
      return own(H5Tcopy(H5T_IEEE_F64LE), "type");
    case Type::kInt64:
      return own(H5Tcopy(H5T_STD_I64LE), "type");
    case Type::kUint64:
      return own(H5Tcopy(H5T_STD_U64LE), "type");
    case Type::kInt8:
      return own(H5Tcopy(H5T_STD_I8LE), "type");
    case Type::kText:
      break;
  }
  Id text = own(H5Tcopy(H5T_C_S1), "text type");
  check(H5Tset_size(text.get(), H5T_VARIABLE), "text type");
  check(H5Tset_cset(text.get(), H5T_CSET_UTF8), "text type");
  return text;
}

Id memory_type(Type type) {
  switch (type) {
    case Type::kFloat64:
      return own(H5Tcopy(H5T_NATIVE_DOUBLE), "type");
    case Type::kInt64:
      return own(H5Tcopy(H5T_NATIVE_INT64), "type");
    case Type::kUint64:
      return own(H5Tcopy(H5T_NATIVE_UINT64), "type");
    case Type::kInt8:
      return own(H5Tcopy(H5T_NATIVE_INT8), "type");
    case Type::kText:
      break;
  }
  return file_type(Type::kText);
}

void write_attribute(hid object, const std::string& name, const std::string& text) {
  const Id type = file_type(Type::kText);
  const char* const pointer = text.c_str();
  put_attribute(object, name, type.get(), type.get(), new_space({}).get(), &pointer);
}

void write_attribute(hid object, const std::string& name, std::uint64_t value) {
  put_attribute(object, name, H5T_STD_U64LE, H5T_NATIVE_UINT64, new_space({}).get(), &value);
}

void write_attribute(hid object, const std::string& name, double value) {
  put_attribute(object, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, new_space({}).get(), &value);
}

void write_attribute(hid object, const std::string& name, std::span<const std::int64_t> values) {
  const std::int64_t size = static_cast<std::int64_t>(values.size());
  put_attribute(object, name, H5T_STD_I64LE, H5T_NATIVE_INT64, new_space({&size, 1}).get(),
                values.data());
}

void write_attribute(hid object, const std::string& name, std::span<const std::int8_t> values) {
  const std::int64_t size = static_cast<std::int64_t>(values.size());
  put_attribute(object, name, H5T_STD_I8LE, H5T_NATIVE_INT8, new_space({&size, 1}).get(),
                values.data());
}

void write_netcdf_properties(hid root, const std::string& text) {
  const Id type = own(H5Tcopy(H5T_C_S1), "text type");
  check(H5Tset_size(type.get(), text.size() + 1), "text type");
  put_attribute(root, "_NCProperties", type.get(), type.get(), new_space({}).get(), text.c_str());
}

void write_netcdf_dimension_id(hid scale, std::int32_t dimension_id) {
  put_attribute(scale, "_Netcdf4Dimid", H5T_STD_I32LE, H5T_NATIVE_INT32, new_space({}).get(),
                &dimension_id);
}

Id create_file(const std::string& path) {
  const Id access = own(H5Pcreate(H5P_FILE_ACCESS), "file properties");
  return new_file(path, access.get());
}

Id create_file(FileImage& image) {
  const Id access = own(H5Pcreate(H5P_FILE_ACCESS), "file properties");
  const std::size_t step = image.expected_ < kLargePage ? kSmallStep : kLargePage;
  check(H5Pset_fapl_core(access.get(), step, false), "file properties");
  H5FD_file_image_callbacks_t callbacks{};
  callbacks.image_realloc = [](void* begin, std::size_t size, H5FD_file_image_op_t operation,
                               void* data) {
    return FileImage::resize(begin, size, static_cast<int>(operation), data);
  };
  callbacks.image_free = leave_bytes;
  callbacks.udata_copy = same;
  callbacks.udata_free = leave;
  callbacks.udata = &image;
  check(H5Pset_file_image_callbacks(access.get(), &callbacks), "file properties");
  return new_file("memory", access.get());
}

void* FileImage::resize(void* begin, std::size_t size, int, void* data) {
  auto& image = *static_cast<FileImage*>(data);
  if (size <= image.capacity_) return begin;
  const std::size_t wanted = std::max(size, image.expected_ + kLargePage);
  void* const place = image.begin_ == nullptr
                          ? ::mmap(nullptr, wanted, PROT_READ | PROT_WRITE,
                                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
                          : ::mremap(image.begin_, image.capacity_,
                                     std::max(wanted, 2 * image.capacity_), MREMAP_MAYMOVE);
  if (place == MAP_FAILED) return nullptr;
  image.capacity_ = image.begin_ == nullptr ? wanted : std::max(wanted, 2 * image.capacity_);
  image.begin_ = static_cast<std::byte*>(place);
  // Only advice: pages of 2 MB, where the system has them.
  if (image.expected_ >= kLargePage) ::madvise(image.begin_, image.capacity_, MADV_HUGEPAGE);
  return place;
}

FileImage::~FileImage() {
  if (begin_ != nullptr) ::munmap(begin_, capacity_);
}

void FileImage::close(Id& file) {
  check(H5Fflush(file.get(), H5F_SCOPE_GLOBAL), "cannot close the file");
  const ssize_t size = H5Fget_file_image(file.get(), nullptr, 0);
  if (size < 0) fail("cannot close the file");
  file.close("cannot close the file");
  size_ = static_cast<std::size_t>(size);
}

Id create_group(hid parent, const std::string& name) {
  const Id creation = own(H5Pcreate(H5P_GROUP_CREATE), "group properties");
  check(H5Pset_link_creation_order(creation.get(), kOrdered), "group properties");
  check(H5Pset_attr_creation_order(creation.get(), kOrdered), "group properties");
  check(H5Pset_obj_track_times(creation.get(), false), "group properties");
  return own(
      H5Gcreate2(parent, name.c_str(), link_properties(name).get(), creation.get(), H5P_DEFAULT),
      "group " + name);
}

Id create_dataset(hid group, const std::string& name, Type type,
                  std::span<const std::int64_t> shape, std::span<const hid> scales,
                  const Storage& storage) {
  const std::string what = "dataset " + name;
  const Id creation = own(H5Pcreate(H5P_DATASET_CREATE), what);
  check(H5Pset_obj_track_times(creation.get(), false), what);
  check(H5Pset_attr_creation_order(creation.get(), kOrdered), what);
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  if (type == Type::kFloat64) {
    check(H5Pset_fill_value(creation.get(), H5T_NATIVE_DOUBLE, &kNaN), what);
  }
  if (!storage.chunk.empty()) {
    const std::vector<hsize_t> chunk = sizes_of(storage.chunk);
    check(H5Pset_chunk(creation.get(), static_cast<int>(chunk.size()), chunk.data()), what);
    if (storage.deflate_level > 0) {
      check(H5Pset_shuffle(creation.get()), what);
      check(H5Pset_deflate(creation.get(), static_cast<unsigned>(storage.deflate_level)), what);
    }
  }
  Id dataset = own(H5Dcreate2(group, name.c_str(), file_type(type).get(), new_space(shape).get(),
                              link_properties(name).get(), creation.get(), H5P_DEFAULT),
                   what);
  for (std::size_t axis = 0; axis < scales.size(); ++axis) {
    check(H5DSattach_scale(dataset.get(), scales[axis], static_cast<unsigned>(axis)), what);
  }
  if (type == Type::kFloat64) write_attribute(dataset.get(), "_FillValue", kNaN);
  return dataset;
}

void write_dataset(hid dataset, Type type, const void* values) {
  // Whatever is converted, texts above all, passes through a buffer that is cleared before every
  // write: 1 MB by default.
  constexpr std::size_t kBufferBytes = std::size_t{1} << 16;
  const Id transfer = own(H5Pcreate(H5P_DATASET_XFER), "dataset");
  check(H5Pset_buffer(transfer.get(), kBufferBytes, nullptr, nullptr), "dataset");
  check(H5Dwrite(dataset, memory_type(type).get(), H5S_ALL, H5S_ALL, transfer.get(), values),
        "dataset");
}

void write_texts(hid dataset, std::span<const std::string> texts) {
  std::vector<const char*> pointers;
  for (const std::string& text : texts) pointers.push_back(text.c_str());
  write_dataset(dataset, Type::kText, pointers.data());
}

void write_chunk(hid dataset, std::span<const std::int64_t> origin, std::uint32_t skipped_filters,
                 std::span<const std::byte> stored) {
  const std::vector<hsize_t> offset = sizes_of(origin);
  check(H5Dwrite_chunk(dataset, H5P_DEFAULT, skipped_filters, offset.data(), stored.size(),
                       stored.data()),
        "chunk");
}

void make_scale(hid dataset, const std::string& name) {
  check(H5DSset_scale(dataset, name.c_str()), "scale " + name);
}

std::string library_version() {
  unsigned major = 0, minor = 0, release = 0;
  check(H5get_libversion(&major, &minor, &release), "HDF5 version");
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(release);
}

}  // namespace gbid::h5
