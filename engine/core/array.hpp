// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gbid {

/// A dense array of float64, row-major. A scalar has an empty shape and one value.
struct Array {
  std::vector<std::int64_t> shape;
  std::vector<double> values;
  std::vector<std::string> columns = {};  ///< their names, where a text file has a header
  /// Of a text file: two columns of whole numbers, "0,5", which may be one of decimal commas.
  bool may_be_decimals = false;
};

/// In an allowed shape: any length.
inline constexpr std::int64_t kAnyLength = -1;

/// Numbers in an array of this shape, in checked arithmetic.
/// @throws DataError starting with `name` if a length is negative or the product exceeds 2^60.
std::int64_t element_count(const std::vector<std::int64_t>& shape, std::string_view name);

/// "(3, 4)"; "(any, 4)" for kAnyLength; "a number" for an empty shape.
std::string shape_text(const std::vector<std::int64_t>& shape);

/// The array in the first of the allowed shapes that it fits, or that it fits once axes of length 1
/// are left out on both sides: a CSV file of one row or one column is a vector if a vector is
/// allowed.
/// @throws DataError "NAME: expected shape (3) or (3, 4), got (2, 3)"; where decimal commas would
/// make another array that is allowed as well; where several columns have names and any number of
/// them is allowed, since then their places have no meaning that names could have.
Array require_shape(Array array, std::string_view name,
                    const std::vector<std::vector<std::int64_t>>& allowed);

}  // namespace gbid
