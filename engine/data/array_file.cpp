// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/data/array_file.hpp"

#include "engine/core/error.hpp"
#include "engine/record/hdf5_read.hpp"
#include "engine/text/text_file.hpp"

namespace gbid {
namespace {

Array read_hdf5(const std::string& path, const std::string& dataset) {
  if (dataset.empty()) throw DataError(path + ": which dataset? (`dataset` is missing)");
  const h5::Id file = h5::open_file(path);
  const std::string where = path + ": dataset " + dataset;
  return h5::read_numbers(h5::open_dataset(file.get(), dataset, where).get(), where);
}

}  // namespace

Array read_array(const std::string& path, const std::string& dataset) {
  const std::string ending = lower_ending(path);
  if (ending == ".h5" || ending == ".hdf5" || ending == ".nc") return read_hdf5(path, dataset);
  if (ending != ".npy" && ending != ".csv" && ending != ".txt") {
    throw DataError(path + ": expected a file ending in .npy, .csv, .txt, .h5, .hdf5 or .nc");
  }
  if (!dataset.empty()) throw DataError(path + ": only HDF5 files have datasets");
  return ending == ".npy" ? read_npy(path) : read_csv(path);
}

}  // namespace gbid
