// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "engine/record/hdf5.hpp"

namespace gbid {

/// What the file says about a variable.
struct VariableText {
  std::string name;
  std::string long_name;
  std::string units = "1";
  std::map<std::string, std::string> attributes = {};  ///< further ones, for example flag_meanings
};

/// One group of a netCDF-4 file while it is written: its dimensions, each with a coordinate
/// variable of the same name, and variables over them.
class GroupWriter {
 public:
  GroupWriter(h5::hid parent, const std::string& name, std::int32_t& next_dimension_id);

  void attribute(const std::string& name, const std::string& text);
  /// A dimension and its coordinate. Must come before the variables that use it.
  void coordinate(const VariableText& text, std::span<const std::int64_t> values);

  /// A variable over named dimensions; none: a scalar. The number of values must fit.
  void write(const VariableText& text, const std::vector<std::string>& dimensions,
             std::span<const double> values);
  void write(const VariableText& text, const std::vector<std::string>& dimensions,
             std::span<const std::int64_t> values);
  void write(const VariableText& text, const std::vector<std::string>& dimensions,
             std::span<const std::uint64_t> values);
  void write(const VariableText& text, const std::vector<std::string>& dimensions,
             std::span<const std::string> values);
  /// Flags: value k stands for the k-th of the meanings.
  /// @param meanings words separated by blanks.
  void write_flags(const VariableText& text, const std::vector<std::string>& dimensions,
                   std::span<const std::int8_t> values, const std::string& meanings);

  /// A variable whose values come later; its shape follows from its dimensions.
  h5::Id create(const VariableText& text, const std::vector<std::string>& dimensions, h5::Type type,
                const h5::Storage& storage);

 private:
  struct Scale {
    h5::Id dataset;
    std::int64_t size = 0;
  };
  void write_values(const VariableText& text, const std::vector<std::string>& dimensions,
                    h5::Type type, const void* values, std::size_t count);
  const Scale& scale(const std::string& name) const;

  h5::Id group_;
  std::string name_;
  std::int32_t& next_dimension_id_;
  std::map<std::string, Scale> scales_;
};

/// 0 .. size-1, the coordinate of a dimension without a meaning of its own.
std::vector<std::int64_t> count_up(std::int64_t size);

}  // namespace gbid
