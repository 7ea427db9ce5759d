// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gbid {

/// A dense array of bytes, row-major.
struct Bytes {
  std::vector<std::int64_t> shape;
  std::vector<std::uint8_t> values;
};

/// Reads an IDX file of unsigned bytes, the form in which MNIST and its kin are published:
///
///   00 00 08 A    A is the number of axes, 1 to 8
///   A lengths     32 bits each, the most significant byte first, at least 1
///   the bytes     exactly as many as the lengths call for, at most 2^31
///
/// plain or as gzip, which is recognised by its content. Sizes are checked before memory is taken.
/// @throws MissingInputError if there is no such file, DataError naming the file, what was expected
/// and what was got if its content is wrong.
/// Source: LeCun, Cortes and Burges, "The MNIST database of handwritten digits".
Bytes read_idx(const std::string& path);

}  // namespace gbid
