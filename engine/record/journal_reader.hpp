// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/core/posix_file.hpp"
#include "engine/record/journal_format.hpp"
#include "engine/record/run_records.hpp"

namespace gbid {

/// What a journal should hold of a trial and does not: it was damaged, or not written.
struct Loss {
  std::size_t regime = 0;
  std::int64_t trial = 0;
  bool is_final = false;  ///< the final values; otherwise the records of these steps
  std::int64_t first_step = 0, last_step = 0;

  bool operator==(const Loss&) const = default;
};

/// A journal replayed: its layout and every whole record that it holds; a damaged one is passed
/// over. The values stay in the mapped file; an index of 24 bytes per appended block is kept.
/// Where a record was appended twice, the later one counts.
class JournalReader final : public RunRecords {
 public:
  /// @throws MissingInputError, or DataError if the header is damaged.
  explicit JournalReader(const std::string& path);

  /// Whether the file is missing, or holds no more than a part of its header: its run never began.
  static bool is_failed_start(const std::string& path);

  const RunLayout& layout() const noexcept override { return layout_; }
  const std::string& scenario_sha256() const noexcept { return scenario_sha256_; }

  std::int64_t record_count(std::size_t regime) const override;
  /// A trial that left records but no outcome was killed: it counts as stopped after its last
  /// recorded step.
  Outcome outcome(std::size_t regime, std::int64_t trial) const override;
  /// Also that nothing was lost.
  bool is_complete() const override;
  /// A trial has completed, settled or failed, and all of it is there.
  bool is_whole(std::size_t regime, std::int64_t trial) const;
  /// How many records of a trial are there from its first on, without a gap.
  std::int64_t unbroken_records(std::size_t regime, std::int64_t trial) const;
  /// Nothing was recorded and no trial has ended.
  bool is_empty() const noexcept { return is_empty_; }

  /// Bytes that are of no whole record.
  std::uint64_t dropped_bytes() const noexcept { return dropped_bytes_; }
  /// What should be there and is not, by regime, trial and step. What a torn end held is not known
  /// and not among it.
  std::vector<Loss> losses() const;
  /// Where the last whole record ends.
  std::uint64_t end_of_records() const noexcept { return end_of_records_; }
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
    std::int64_t damaged_end = 0;  // of records whose header is whole, but whose values are not
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
  void note_damaged(const journal_format::RecordHeader& header);
  void add_losses(std::size_t regime, std::int64_t trial, std::vector<Loss>& losses) const;
  static void sort_extents(std::vector<Extent>& extents, std::int64_t width);

  std::string path_;
  MappedFile file_;
  RunLayout layout_;
  std::string scenario_sha256_;
  std::vector<Regime> regimes_;
  std::uint64_t dropped_bytes_ = 0, end_of_records_ = 0;
  bool is_empty_ = true;
};

}  // namespace gbid
