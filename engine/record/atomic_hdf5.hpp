// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "engine/record/hdf5.hpp"

namespace gbid {

/// How an HDF5 file is brought under its final name.
struct AtomicHdf5 {
  std::int64_t bytes = 0;  ///< how large it may become; refused if the disk has less
  bool force = false;      ///< replace an existing file
  /// Files no larger than this are made in memory and written in one go, so that a full disk never
  /// meets HDF5 (which may crash on it).
  std::int64_t memory_limit_bytes = std::int64_t{256} << 20;
};

/// Writes OUT.tmp.PID by `fill`, syncs it, renames it to OUT and syncs the folder: under its final
/// name the file is always whole.
/// @throws IoError (cannot create) if it exists or cannot be made there; IoError with the reason.
void write_hdf5_atomically(const std::string& out_path, const AtomicHdf5& options,
                           const std::function<void(h5::hid file)>& fill);

}  // namespace gbid
