// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/posix_file.hpp"
#include "engine/data/array.hpp"
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

/// A journal replayed: its layout and everything that it holds up to the first record with a wrong
/// checksum. The values stay in the mapped file; an index of 24 bytes per appended block is kept.
/// Where a record was appended twice, the later one counts.
class JournalReader {
 public:
  /// @throws MissingInputError, or DataError if the header is damaged.
  explicit JournalReader(const std::string& path);

  const RunLayout& layout() const noexcept { return layout_; }
  const std::string& scenario_sha256() const noexcept { return scenario_sha256_; }

  /// Records of the longest trial of a regime.
  std::int64_t record_count(std::size_t regime) const;
  /// A trial that left records but no outcome was killed: it counts as stopped after its last
  /// recorded step.
  Outcome outcome(std::size_t regime, std::int64_t trial) const;
  /// Every trial of every regime has ended (completed, settled or failed) and nothing was dropped.
  bool is_complete() const;
  /// Bytes after the last valid record.
  std::uint64_t dropped_bytes() const noexcept { return dropped_bytes_; }

  /// All variables of a regime, trajectory first, in layout order.
  std::vector<RecordedVariable> variables(std::size_t regime) const;

  /// Copies a box of one variable, NaN where nothing was recorded.
  /// @param origin, shape (trial, record, dimensions...); for a final variable the record axis is 0
  /// .. 1.
  /// @param out row-major, product(shape) values. What of the box lies outside the variable is NaN
  /// too.
  void gather(const RecordedVariable& source, std::span<const std::int64_t> origin,
              std::span<const std::int64_t> shape, std::span<double> out) const;

  /// A whole variable by name: (trial, record, dimensions...), or (trial, dimensions...) for a
  /// final one.
  /// @throws Error (internal) if there is no such variable.
  Array values(std::size_t regime, std::string_view variable) const;

 private:
  struct Extent {
    std::int64_t first = 0;
    std::int64_t count = 0;
    const double* values = nullptr;
  };
  struct Trial {
    std::vector<Extent> trajectory;  // sorted, disjoint
    std::vector<Extent> final;       // none or one
    const std::byte* outcome = nullptr;
  };
  struct Regime {
    std::vector<Trial> trials;
    std::int64_t trajectory_width = 0;
    std::int64_t final_width = 0;
    std::int64_t record_count = 0;
  };

  std::size_t read_header();
  void read_records(std::size_t offset);
  void add_record(std::size_t offset);
  static void sort_extents(std::vector<Extent>& extents, std::int64_t width);

  std::string path_;
  MappedFile file_;
  RunLayout layout_;
  std::string scenario_sha256_;
  std::vector<Regime> regimes_;
  std::uint64_t dropped_bytes_ = 0;
};

}  // namespace gbid
