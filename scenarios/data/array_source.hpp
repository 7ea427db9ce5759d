// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <string>
#include <variant>

namespace gbid {

/// Drawn from the run's random numbers.
struct RandomArray {
  bool operator==(const RandomArray&) const = default;
};

/// Drawn uniformly, or from a normal vector scaled to its smallest and largest value, between two
/// bounds.
struct RandomBetween {
  double low = 0.0;
  double high = 1.0;
  bool operator==(const RandomBetween&) const = default;
};

/// Rows of normal numbers, each scaled to [0, 1] and then to sum one.
struct MinmaxRows {
  bool operator==(const MinmaxRows&) const = default;
};

/// The same number everywhere.
struct ConstantArray {
  double value = 1.0;
  bool operator==(const ConstantArray&) const = default;
};

/// Read from a .npy, .csv or HDF5 file; `file` is resolved against the scenario's folder.
struct FileArray {
  std::string file;
  std::string dataset;
  bool operator==(const FileArray&) const = default;
};

}  // namespace gbid
