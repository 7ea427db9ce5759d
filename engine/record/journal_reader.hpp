// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/core/posix_file.hpp"
#include "engine/record/run_records.hpp"

namespace gbid {

/// A journal replayed: its layout and everything that it holds up to the first record with a wrong
/// checksum. The values stay in the mapped file; an index of 24 bytes per appended block is kept.
/// Where a record was appended twice, the later one counts.
class JournalReader final : public RunRecords {
 public:
  /// @throws MissingInputError, or DataError if the header is damaged.
  explicit JournalReader(const std::string& path);

  const RunLayout& layout() const noexcept override { return layout_; }
  const std::string& scenario_sha256() const noexcept { return scenario_sha256_; }

  std::int64_t record_count(std::size_t regime) const override;
  /// A trial that left records but no outcome was killed: it counts as stopped after its last
  /// recorded step.
  Outcome outcome(std::size_t regime, std::int64_t trial) const override;
  /// Also that nothing was dropped.
  bool is_complete() const override;
  /// Bytes after the last valid record.
  std::uint64_t dropped_bytes() const noexcept { return dropped_bytes_; }
  void gather(const RecordedVariable& source, std::span<const std::int64_t> origin,
              std::span<const std::int64_t> shape, std::span<double> out) const override;

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
