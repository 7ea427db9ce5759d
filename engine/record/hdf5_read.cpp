// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/record/hdf5_read.hpp"

#include <hdf5.h>
#include <hdf5_hl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <set>

#include "engine/core/error.hpp"
#include "engine/core/posix_file.hpp"

namespace gbid::h5 {
namespace {

// Deflate shrinks to 1/1032 at best; a file that claims more values than that has not stored them.
constexpr std::uint64_t kBestCompression = 1100;
constexpr std::uint64_t kUnstoredBytes = std::uint64_t{16}
                                         << 20;  // fill values that may be missing

[[noreturn]] void refuse(const std::string& where, const std::string& reason) {
  H5Eclear2(H5E_DEFAULT);
  throw DataError(where + ": " + reason);
}

Id need(hid id, const std::string& where, const char* what) {
  if (id < 0) refuse(where, std::string("cannot read ") + what);
  return Id(id);
}

void need_status(int status, const std::string& where, const char* what) {
  if (status < 0) refuse(where, std::string("cannot read ") + what);
}

struct Texts {  // the characters belong to HDF5 until they are copied
  std::vector<char*> pointers;
  hid type, space;
  ~Texts() { H5Dvlen_reclaim(type, space, H5P_DEFAULT, pointers.data()); }
};

std::vector<std::string> copied(const std::vector<char*>& pointers) {
  std::vector<std::string> texts;
  for (const char* pointer : pointers) texts.emplace_back(pointer == nullptr ? "" : pointer);
  return texts;
}

herr_t add_name(hid_t, const char* name, const H5L_info_t* info, void* names) {
  if (info->type == H5L_TYPE_HARD)
    static_cast<std::vector<std::string>*>(names)->emplace_back(name);
  return 0;
}

herr_t add_attribute_name(hid_t, const char* name, const H5A_info_t*, void* names) {
  static_cast<std::vector<std::string>*>(names)->emplace_back(name);
  return 0;
}

herr_t take_scale_name(hid_t, unsigned, hid_t scale, void* name) {
  char buffer[256] = "";
  if (H5DSget_scale_name(scale, buffer, sizeof buffer) < 0) return -1;
  *static_cast<std::string*>(name) = buffer;
  return 1;  // the first is enough
}

void check_storage(hid dataset, const std::string& where) {
  const Id creation = need(H5Dget_create_plist(dataset), where, "its storage");
  const H5D_layout_t layout = H5Pget_layout(creation.get());
  if (layout == H5D_VIRTUAL || H5Pget_external_count(creation.get()) != 0) {
    refuse(where, "its values are in other files");
  }
  const int filters = H5Pget_nfilters(creation.get());
  for (int k = 0; k < filters; ++k) {
    unsigned flags = 0, config = 0;
    std::size_t count = 0;
    const H5Z_filter_t filter = H5Pget_filter2(creation.get(), static_cast<unsigned>(k), &flags,
                                               &count, nullptr, 0, nullptr, &config);
    if (filter != H5Z_FILTER_SHUFFLE && filter != H5Z_FILTER_DEFLATE &&
        filter != H5Z_FILTER_FLETCHER32) {
      refuse(where, "is stored with filter " + std::to_string(filter) + ", expected gzip or none");
    }
  }
  const Id type = need(H5Dget_type(dataset), where, "its type");
  const auto count =
      static_cast<std::uint64_t>(element_count(dataset_shape(dataset, where), where));
  std::uint64_t bytes = 0;
  if (__builtin_mul_overflow(count, H5Tget_size(type.get()), &bytes)) refuse(where, "is too large");
  const std::uint64_t stored = H5Dget_storage_size(dataset);
  if (bytes > kUnstoredBytes && (bytes - kUnstoredBytes) / kBestCompression > stored) {
    refuse(where,
           "claims " + std::to_string(bytes) + " bytes but stores " + std::to_string(stored));
  }
}

// Integers travel as 64 bits of their own signedness: HDF5's conversion to double would round them
// silently.
template <class Integer>
std::vector<double> read_exactly(hid dataset, hid memory_type, hid memory_space, hid file_space,
                                 std::size_t count, const std::string& where) {
  constexpr double kExact = 9007199254740992.0;  // 2^53
  std::vector<Integer> integers(count);
  need_status(H5Dread(dataset, memory_type, memory_space, file_space, H5P_DEFAULT, integers.data()),
              where, "its values");
  std::vector<double> values(integers.begin(), integers.end());
  for (const double value : values) {
    if (std::abs(value) > kExact) refuse(where, "holds an integer beyond 2^53");
  }
  return values;
}

std::vector<double> read_values(hid dataset, hid memory_space, hid file_space, std::size_t count,
                                const std::string& where) {
  if (count == 0) return {};
  if (is_integer(dataset, where)) {
    const Id type = need(H5Dget_type(dataset), where, "its type");
    return H5Tget_sign(type.get()) == H5T_SGN_NONE
               ? read_exactly<std::uint64_t>(dataset, H5T_NATIVE_UINT64, memory_space, file_space,
                                             count, where)
               : read_exactly<std::int64_t>(dataset, H5T_NATIVE_INT64, memory_space, file_space,
                                            count, where);
  }
  std::vector<double> values(count);
  need_status(
      H5Dread(dataset, H5T_NATIVE_DOUBLE, memory_space, file_space, H5P_DEFAULT, values.data()),
      where, "its values");
  return values;
}

}  // namespace

Id open_file(const std::string& path) {
  initialise();
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || ::access(path.c_str(), R_OK) != 0) {
    throw MissingInputError(path + ": cannot open: " + errno_text(errno));
  }
  if (!S_ISREG(status.st_mode)) refuse(path, "expected a regular file");
  Id file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT));
  if (!file && is_locked(path))
    throw IoError(path +
                  ": is locked by another program, which may be writing it; with "
                  "HDF5_USE_FILE_LOCKING=FALSE it is read all the same");
  if (!file) refuse(path, "cannot read it as an HDF5 file");
  return file;
}

std::vector<Link> list_links(hid group, const std::string& where) {
  std::vector<std::string> names;
  if (H5Literate(group, H5_INDEX_CRT_ORDER, H5_ITER_INC, nullptr, add_name, &names) < 0) {
    names.clear();
    need_status(H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, nullptr, add_name, &names), where,
                "its entries");
  }
  std::vector<Link> links;
  for (std::string& name : names) {
    // By its identifier's type: the H5Oget_info family changed between HDF5 1.10 and 1.12.
    const Id entry = need(H5Oopen(group, name.c_str(), H5P_DEFAULT), where, "an entry");
    const H5I_type_t type = H5Iget_type(entry.get());
    if (type == H5I_GROUP || type == H5I_DATASET)
      links.push_back({std::move(name), type == H5I_GROUP});
  }
  return links;
}

Id open_object(hid parent, const std::string& path, const std::string& where) {
  Id at;
  const auto here = [&] { return at ? at.get() : parent; };
  for (std::size_t begin = 0; begin < path.size();) {
    const std::size_t slash = std::min(path.find('/', begin), path.size());
    const std::string name = path.substr(begin, slash - begin);
    begin = slash + 1;
    if (name.empty() || name == ".") continue;
    if (at && H5Iget_type(at.get()) != H5I_GROUP) refuse(where, "not found in the file");
    if (H5Lexists(here(), name.c_str(), H5P_DEFAULT) <= 0) refuse(where, "not found in the file");
    H5L_info_t info;
    need_status(H5Lget_info(here(), name.c_str(), &info, H5P_DEFAULT), where, "its link");
    if (info.type != H5L_TYPE_HARD) refuse(where, "is a link to elsewhere");
    at = need(H5Oopen(here(), name.c_str(), H5P_DEFAULT), where, "it");
  }
  if (!at) refuse(where, "names no object");
  return at;
}

Id open_dataset(hid parent, const std::string& path, const std::string& where) {
  Id dataset = open_object(parent, path, where);
  if (H5Iget_type(dataset.get()) != H5I_DATASET) refuse(where, "is not a dataset");
  check_storage(dataset.get(), where);
  return dataset;
}

std::vector<std::int64_t> dataset_shape(hid dataset, const std::string& where) {
  const Id space = need(H5Dget_space(dataset), where, "its shape");
  if (H5Sget_simple_extent_type(space.get()) == H5S_NULL) refuse(where, "is empty");
  const int rank = H5Sget_simple_extent_ndims(space.get());
  need_status(rank, where, "its shape");
  std::vector<hsize_t> lengths(static_cast<std::size_t>(rank));
  if (rank > 0) {
    need_status(H5Sget_simple_extent_dims(space.get(), lengths.data(), nullptr), where,
                "its shape");
  }
  std::vector<std::int64_t> shape(lengths.begin(), lengths.end());
  element_count(shape, where);  // refuses what overflows
  return shape;
}

std::vector<std::string> dimension_names(hid dataset, const std::string& where) {
  std::vector<std::string> names(dataset_shape(dataset, where).size());
  if (H5DSis_scale(dataset) > 0) {
    for (std::string& name : names) take_scale_name(-1, 0, dataset, &name);
    return names;
  }
  for (std::size_t axis = 0; axis < names.size(); ++axis) {
    const auto index = static_cast<unsigned>(axis);
    if (H5DSget_num_scales(dataset, index) > 0) {
      need_status(H5DSiterate_scales(dataset, index, nullptr, take_scale_name, &names[axis]), where,
                  "its dimensions");
    }
  }
  return names;
}

bool is_integer(hid dataset, const std::string& where) {
  const Id type = need(H5Dget_type(dataset), where, "its type");
  const H5T_class_t kind = H5Tget_class(type.get());
  if (kind != H5T_INTEGER && kind != H5T_FLOAT) {
    refuse(where, "expected integers or floats, got another type");
  }
  return kind == H5T_INTEGER;
}

bool is_text(hid dataset, const std::string& where) {
  const Id type = need(H5Dget_type(dataset), where, "its type");
  return H5Tget_class(type.get()) == H5T_STRING;
}

Array read_numbers(hid dataset, const std::string& where) {
  Array array;
  array.shape = dataset_shape(dataset, where);
  const auto count = static_cast<std::size_t>(element_count(array.shape, where));
  is_integer(dataset, where);
  array.values = read_values(dataset, H5S_ALL, H5S_ALL, count, where);
  return array;
}

Array read_numbers_at(hid dataset, std::int64_t first, const std::string& where) {
  const std::vector<std::int64_t> shape = dataset_shape(dataset, where);
  if (shape.empty() || first < 0 || first >= shape[0]) {
    refuse(where, "has no index " + std::to_string(first));
  }
  Array array;
  array.shape.assign(shape.begin() + 1, shape.end());
  const auto count = static_cast<std::size_t>(element_count(array.shape, where));
  std::vector<hsize_t> origin(shape.size(), 0), lengths(shape.begin(), shape.end());
  origin[0] = static_cast<hsize_t>(first);
  lengths[0] = 1;
  const Id file_space = need(H5Dget_space(dataset), where, "its shape");
  need_status(H5Sselect_hyperslab(file_space.get(), H5S_SELECT_SET, origin.data(), nullptr,
                                  lengths.data(), nullptr),
              where, "a part of it");
  const hsize_t length = count;
  const Id memory_space = need(H5Screate_simple(1, &length, nullptr), where, "a part of it");
  array.values = read_values(dataset, memory_space.get(), file_space.get(), count, where);
  return array;
}

std::vector<std::int64_t> read_integers(hid dataset, const std::string& where) {
  if (!is_integer(dataset, where)) refuse(where, "expected integers, got floats");
  std::vector<std::int64_t> values(
      static_cast<std::size_t>(element_count(dataset_shape(dataset, where), where)));
  need_status(H5Dread(dataset, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()),
              where, "its values");
  return values;
}

std::vector<std::string> read_texts(hid dataset, const std::string& where) {
  const Id stored = need(H5Dget_type(dataset), where, "its type");
  if (H5Tget_class(stored.get()) != H5T_STRING || H5Tis_variable_str(stored.get()) <= 0) {
    refuse(where, "expected variable-length text");
  }
  const Id type = memory_type(Type::kText);
  const Id space = need(H5Dget_space(dataset), where, "its shape");
  const auto count = element_count(dataset_shape(dataset, where), where);
  Texts texts{std::vector<char*>(static_cast<std::size_t>(count)), type.get(), space.get()};
  need_status(H5Dread(dataset, type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, texts.pointers.data()),
              where, "its texts");
  return copied(texts.pointers);
}

std::map<std::string, std::string> text_attributes(hid object, const std::string& where) {
  static const std::set<std::string> kOfTheFormat = {
      "CLASS", "NAME", "DIMENSION_LIST", "REFERENCE_LIST", "_Netcdf4Dimid", "_NCProperties"};
  std::vector<std::string> names;
  need_status(H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, nullptr, add_attribute_name, &names),
              where, "its attributes");
  std::map<std::string, std::string> attributes;
  for (const std::string& name : names) {
    if (kOfTheFormat.count(name) > 0) continue;
    const Id attribute = need(H5Aopen(object, name.c_str(), H5P_DEFAULT), where, "an attribute");
    const Id stored = need(H5Aget_type(attribute.get()), where, "an attribute");
    const Id space = need(H5Aget_space(attribute.get()), where, "an attribute");
    if (H5Tget_class(stored.get()) != H5T_STRING || H5Tis_variable_str(stored.get()) <= 0 ||
        H5Sget_simple_extent_npoints(space.get()) != 1) {
      continue;
    }
    const Id type = memory_type(Type::kText);
    Texts texts{std::vector<char*>(1), type.get(), space.get()};
    need_status(H5Aread(attribute.get(), type.get(), texts.pointers.data()), where, "an attribute");
    attributes[name] = copied(texts.pointers).front();
  }
  return attributes;
}

std::optional<std::vector<std::uint64_t>> integer_attribute(hid object, const std::string& name,
                                                            const std::string& where) {
  if (H5Aexists(object, name.c_str()) <= 0) return std::nullopt;
  const Id attribute = need(H5Aopen(object, name.c_str(), H5P_DEFAULT), where, "an attribute");
  const Id type = need(H5Aget_type(attribute.get()), where, "an attribute");
  const Id space = need(H5Aget_space(attribute.get()), where, "an attribute");
  const hssize_t count = H5Sget_simple_extent_npoints(space.get());
  constexpr hssize_t kMost = 1024;  // attributes are small
  if (H5Tget_class(type.get()) != H5T_INTEGER || count < 1 || count > kMost) {
    refuse(where, "attribute " + name + " is not an integer");
  }
  std::vector<std::uint64_t> values(static_cast<std::size_t>(count));
  need_status(H5Aread(attribute.get(), H5T_NATIVE_UINT64, values.data()), where, "an attribute");
  return values;
}

}  // namespace gbid::h5
