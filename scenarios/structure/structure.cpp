// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/structure/structure.hpp"

#include <cmath>
#include <filesystem>

#include "engine/core/error.hpp"

namespace gbid {

std::string ArrayLoader::where(const std::string& key) const {
  const auto node = document_.root().at_path(key);
  return node ? document_.where(*node.node()) : document_.name();
}

void ArrayLoader::fail(const std::string& key, const std::string& message) {
  diagnostics_.add(where(key), key, message);
}

Array ArrayLoader::load(const FileArray& source, const std::string& key,
                        const std::vector<std::vector<std::int64_t>>& shapes) {
  const std::string path = (document_.directory() / source.file).string();
  files_.push_back(path);
  try {
    Array array = require_shape(read_array(path, source.dataset), path, shapes);
    for (const double value : array.values)
      if (!std::isfinite(value))
        throw DataError(path + ": expected finite numbers, got " + std::to_string(value));
    return array;
  } catch (const MissingInputError& error) {
    throw MissingInputError(where(key) + " " + key + ": " + error.what());
  } catch (const DataError& error) {
    fail(key, error.what());
    return {};
  }
}

std::optional<Certificate> Structure::certify(const RegimePlan&, Index, const StateReader&) const {
  return std::nullopt;
}

}  // namespace gbid
