// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/core/padded_matrix.hpp"
#include "scenarios/data/config.hpp"

namespace gbid {

/// Grey images of one size, each with its class.
struct ImageSet {
  Index count = 0, rows = 0, columns = 0;
  std::vector<std::uint8_t> pixels;  ///< (count x rows x columns), 0 to 255
  std::vector<std::uint8_t> labels;  ///< (count), 0 to classes - 1

  Index pixel_count() const { return rows * columns; }  ///< of one image
};

/// What a market of networks learns from and is judged by.
struct Images {
  std::string name;  ///< "synthetic", "fashion_mnist" or "idx"
  bool is_synthetic = false;
  Index classes = 0;  ///< largest label in the training set + 1, at least 2
  ImageSet train, held_out;
  std::vector<std::string> files;  ///< that they were read from; empty if drawn
};

/// Where Debian puts its data sets. The environment variable GBID_DATA_DIR names another place,
/// which is then the only one that is looked at.
inline constexpr const char* kDataFolder = "/usr/share/datasets";

/// Draws or reads the images. A folder of IDX files holds, by either of two names and each plain or
/// with .gz (the first that exists is read, in this order):
///
///   train-images-idx3-ubyte  or  train-images.idx3-ubyte    (N x rows x columns)
///   train-labels-idx1-ubyte  or  train-labels.idx1-ubyte    (N)
///   t10k-images-idx3-ubyte   or  t10k-images.idx3-ubyte     (M x the same rows x columns)
///   t10k-labels-idx1-ubyte   or  t10k-labels.idx1-ubyte     (M), classes of the training set only
///
/// @param scenario_folder  relative folders start here.
/// @throws MissingInputError naming the files that were looked for and how to get them; DataError
/// naming the file that is wrong.
/// The same on any number of threads.
Images load_images(const DataConfig& config, const std::filesystem::path& scenario_folder);

}  // namespace gbid
