// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
// Reading HDF5 files that may be damaged or foreign: every link, type, rank and size is looked at
// before HDF5 is asked for the values. All functions throw DataError beginning with `where`, which
// names file and object.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/array.hpp"
#include "engine/record/hdf5.hpp"

namespace gbid::h5 {

/// Opens for reading.  @throws MissingInputError, DataError if it is not an HDF5 file, IoError if it
/// is locked.
Id open_file(const std::string& path);

struct Link {
  std::string name;
  bool is_group = false;  ///< else a dataset
};

/// What a group holds, in the order of its creation where that was tracked, else by name. Soft and
/// external links and other kinds of objects are left out.
std::vector<Link> list_links(hid group, const std::string& where);

/// Opens "a/b/c" below an object, following hard links only.
Id open_object(hid parent, const std::string& path, const std::string& where);
/// The same, and refuses what is not a dataset, is stored in other files or by filters other than
/// shuffle, deflate and Fletcher's checksum, or claims far more values than it stores.
Id open_dataset(hid parent, const std::string& path, const std::string& where);

std::vector<std::int64_t> dataset_shape(hid dataset, const std::string& where);
/// Names of the dimension scales of the axes; "" for an axis without.
std::vector<std::string> dimension_names(hid dataset, const std::string& where);
bool is_text(hid dataset, const std::string& where);
/// Of a dataset of numbers.
bool is_integer(hid dataset, const std::string& where);

/// Integers and floats of any size as float64; an integer beyond 2^53 is refused, since it would
/// change.
Array read_numbers(hid dataset, const std::string& where);
/// The same for index `first` of the first axis alone; that axis is left out of the shape.
Array read_numbers_at(hid dataset, std::int64_t first, const std::string& where);
std::vector<std::int64_t> read_integers(hid dataset, const std::string& where);
/// Variable-length texts of a dataset with at most one axis.
std::vector<std::string> read_texts(hid dataset, const std::string& where);

/// All attributes that are one text; those of netCDF and of the dimension scales are left out.
std::map<std::string, std::string> text_attributes(hid object, const std::string& where);
/// An integer attribute; nothing if there is none.
std::optional<std::vector<std::uint64_t>> integer_attribute(hid object, const std::string& name,
                                                            const std::string& where);

}  // namespace gbid::h5
