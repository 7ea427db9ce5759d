// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/record/group_writer.hpp"

#include <numeric>
#include <sstream>

#include "engine/core/error.hpp"
#include "engine/record/tiles.hpp"

namespace gbid {

std::vector<std::int64_t> count_up(std::int64_t size) {
  std::vector<std::int64_t> values(static_cast<std::size_t>(size));
  std::iota(values.begin(), values.end(), std::int64_t{0});
  return values;
}

GroupWriter::GroupWriter(h5::hid parent, const std::string& name, std::int32_t& next_dimension_id)
    : group_(h5::create_group(parent, name)), name_(name), next_dimension_id_(next_dimension_id) {}

void GroupWriter::attribute(const std::string& name, const std::string& text) {
  h5::write_attribute(group_.get(), name, text);
}

void GroupWriter::coordinate(const VariableText& text, std::span<const std::int64_t> values) {
  const auto size = static_cast<std::int64_t>(values.size());
  h5::Storage storage;
  if (size > tile_length(size)) storage.chunk = {tile_length(size)};
  h5::Id dataset =
      h5::create_dataset(group_.get(), text.name, h5::Type::kInt64, {&size, 1}, {}, storage);
  h5::make_scale(dataset.get(), text.name);
  h5::write_netcdf_dimension_id(dataset.get(), next_dimension_id_++);
  h5::write_attribute(dataset.get(), "long_name", text.long_name);
  h5::write_attribute(dataset.get(), "units", text.units);
  h5::write_dataset(dataset.get(), h5::Type::kInt64, values.data());
  scales_[text.name] = {std::move(dataset), size};
}

const GroupWriter::Scale& GroupWriter::scale(const std::string& name) const {
  const auto found = scales_.find(name);
  if (found == scales_.end()) {
    throw Error(ExitCode::kInternal, "group " + name_ + " has no dimension " + name);
  }
  return found->second;
}

h5::Id GroupWriter::create(const VariableText& text, const std::vector<std::string>& dimensions,
                           h5::Type type, const h5::Storage& storage) {
  std::vector<std::int64_t> shape;
  std::vector<h5::hid> scales;
  for (const std::string& dimension : dimensions) {
    shape.push_back(scale(dimension).size);
    scales.push_back(scale(dimension).dataset.get());
  }
  h5::Id dataset = h5::create_dataset(group_.get(), text.name, type, shape, scales, storage);
  h5::write_attribute(dataset.get(), "long_name", text.long_name);
  h5::write_attribute(dataset.get(), "units", text.units);
  for (const auto& [name, value] : text.attributes) {
    h5::write_attribute(dataset.get(), name, value);
  }
  return dataset;
}

void GroupWriter::write_values(const VariableText& text, const std::vector<std::string>& dimensions,
                               h5::Type type, const void* values, std::size_t count) {
  std::int64_t expected = 1;
  for (const std::string& dimension : dimensions) expected *= scale(dimension).size;
  if (count != static_cast<std::size_t>(expected)) {
    throw Error(ExitCode::kInternal, name_ + "/" + text.name + ": expected " +
                                         std::to_string(expected) + " values, got " +
                                         std::to_string(count));
  }
  h5::write_dataset(create(text, dimensions, type, {}).get(), type, values);
}

void GroupWriter::write(const VariableText& text, const std::vector<std::string>& dimensions,
                        std::span<const double> values) {
  write_values(text, dimensions, h5::Type::kFloat64, values.data(), values.size());
}

void GroupWriter::write(const VariableText& text, const std::vector<std::string>& dimensions,
                        std::span<const std::int64_t> values) {
  write_values(text, dimensions, h5::Type::kInt64, values.data(), values.size());
}

void GroupWriter::write(const VariableText& text, const std::vector<std::string>& dimensions,
                        std::span<const std::uint64_t> values) {
  write_values(text, dimensions, h5::Type::kUint64, values.data(), values.size());
}

void GroupWriter::write(const VariableText& text, const std::vector<std::string>& dimensions,
                        std::span<const std::string> values) {
  std::vector<const char*> pointers;
  for (const std::string& value : values) pointers.push_back(value.c_str());
  write_values(text, dimensions, h5::Type::kText, pointers.data(), pointers.size());
}

void GroupWriter::write_flags(const VariableText& text, const std::vector<std::string>& dimensions,
                              std::span<const std::int8_t> values, const std::string& meanings) {
  VariableText flagged = text;
  flagged.attributes["flag_meanings"] = meanings;
  const h5::Id dataset = create(flagged, dimensions, h5::Type::kInt8, {});
  std::vector<std::int8_t> flags;
  std::istringstream words(meanings);
  for (std::string word; words >> word;) flags.push_back(static_cast<std::int8_t>(flags.size()));
  h5::write_attribute(dataset.get(), "flag_values", flags);
  h5::write_dataset(dataset.get(), h5::Type::kInt8, values.data());
}

}  // namespace gbid
