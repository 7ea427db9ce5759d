// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <vector>

#include "scenarios/data/images.hpp"

namespace gbid {

/// Bytes of all pixels and labels.
double bytes_of(const Images& images);

/// The data sets of several scenarios, each read or drawn once. Thread-safe.
class ImageCache {
 public:
  /// As `load_images`.
  std::shared_ptr<const Images> load(const DataConfig& config,
                                     const std::filesystem::path& scenario_folder);
  /// Of all that was loaded so far.
  double bytes() const;

 private:
  struct Entry {
    DataConfig config;
    std::filesystem::path folder;
    std::shared_ptr<const Images> images;
  };
  mutable std::mutex mutex_;
  std::vector<Entry> entries_;
};

}  // namespace gbid
