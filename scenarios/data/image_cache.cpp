// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/data/image_cache.hpp"

namespace gbid {

double bytes_of(const Images& images) {
  double bytes = 0.0;
  for (const ImageSet* set : {&images.train, &images.held_out})
    bytes += static_cast<double>(set->pixels.size() + set->labels.size());
  return bytes;
}

std::shared_ptr<const Images> ImageCache::load(const DataConfig& config,
                                               const std::filesystem::path& scenario_folder) {
  const std::lock_guard lock(mutex_);  // a second caller for the same set waits for it
  for (const Entry& entry : entries_)
    if (entry.config == config && entry.folder == scenario_folder) return entry.images;
  auto images = std::make_shared<const Images>(load_images(config, scenario_folder));
  entries_.push_back({config, scenario_folder, images});
  return images;
}

double ImageCache::bytes() const {
  const std::lock_guard lock(mutex_);
  double bytes = 0.0;
  for (const Entry& entry : entries_) bytes += bytes_of(*entry.images);
  return bytes;
}

}  // namespace gbid
