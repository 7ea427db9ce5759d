// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <string>

#include "engine/core/array.hpp"

namespace gbid {

/// Reads numbers from a file, by its ending, in upper or lower case:
///
///   .npy           NumPy's format 1.0 to 3.0: f2, f4, f8, i1 to i8, u1 to u8 of either byte order,
///                  b1; C or Fortran order
///   .csv .txt      rows of numbers separated by commas, semicolons or blanks, in quotes or not; `#`
///                  begins a comment; a separator may end all rows. A first row of words names the
///                  columns: those that are numbered (agent_1, agent_0) are put in that order.
///                  Decimal commas are refused; always 2-D
///   .h5 .hdf5 .nc  the named dataset; integers or floats
///
/// Integers beyond 2^53 are refused, since float64 would change them. Sizes are checked before
/// memory is taken.
/// @param dataset "a/b" within an HDF5 file; must be empty for the other kinds.
/// @throws MissingInputError if there is no such file, DataError naming file and place if its
/// content is wrong.
Array read_array(const std::string& path, const std::string& dataset = "");

/// Each kind by itself, for any ending.
Array read_npy(const std::string& path);
Array read_csv(const std::string& path);

}  // namespace gbid
