// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "engine/core/array.hpp"
#include "engine/record/layout.hpp"

namespace gbid {

/// Where a variable lies in the records of a journal.
struct RecordedVariable {
  std::size_t regime = 0;
  bool is_final = false;  ///< one record per trial instead of one per step
  const Variable* variable = nullptr;
  std::int64_t offset = 0;          ///< doubles before it in a record
  std::vector<std::int64_t> sizes;  ///< of its own dimensions
};

/// What a run has recorded, wherever it lies.
class RunRecords {
 public:
  virtual ~RunRecords() = default;

  virtual const RunLayout& layout() const noexcept = 0;
  /// Records of the longest trial of a regime.
  virtual std::int64_t record_count(std::size_t regime) const = 0;
  virtual Outcome outcome(std::size_t regime, std::int64_t trial) const = 0;
  /// Every trial of every regime has ended: completed, settled or failed.
  virtual bool is_complete() const;

  /// All variables of a regime, trajectory first, in layout order.
  std::vector<RecordedVariable> variables(std::size_t regime) const;

  /// Copies a box of one variable, NaN where nothing was recorded. Thread-safe.
  /// @param origin, shape (trial, record, dimensions...); for a final variable the record axis is 0
  /// .. 1.
  /// @param out row-major, product(shape) values. What of the box lies outside the variable is NaN
  /// too.
  virtual void gather(const RecordedVariable& source, std::span<const std::int64_t> origin,
                      std::span<const std::int64_t> shape, std::span<double> out) const = 0;

  /// A whole variable by name: (trial, record, dimensions...), or (trial, dimensions...) for a
  /// final one.
  /// @throws Error (internal) if there is no such variable.
  Array values(std::size_t regime, std::string_view variable) const;
};

}  // namespace gbid
