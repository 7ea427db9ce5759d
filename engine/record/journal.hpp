// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "engine/record/layout.hpp"

namespace gbid {

struct JournalOptions {
  bool replace =
      false;  ///< start over where an earlier journal lies (one still being written is refused)
  std::chrono::milliseconds sync_interval{
      5000};  ///< longest time that written data stay off the disk
};

/// What a run has done so far: an append-only file of checksummed records, `OUT.h5.journal`.
/// However the program ends, `publish` finds every record that is on disk, complete.
///
///     Journal journal = Journal::create(journal_path("out.h5"), layout);
///     journal.append_trajectory(0, trial, record, 1, values);   // from any thread
///     journal.append_final(0, trial, matrices);
///     journal.append_outcome(0, trial, {TrialStatus::kCompleted, 1000, ""});
///     journal.close();
///     publish(journal_path("out.h5"), "out.h5", {});
///
/// The append functions are thread-safe and copy their argument; one thread of the journal's own
/// writes the file, some milliseconds later at most. They wait only when the disk is 16 MiB behind.
/// A failed write (a full disk) is thrown as IoError by the next call of any member; what was
/// written before stays valid. The order of records on disk depends on the threads; what `publish`
/// makes of them does not.
class Journal {
 public:
  /// @throws IoError (cannot create) if the file exists and is not to be replaced, or is in use.
  static Journal create(const std::string& path, RunLayout layout,
                        const JournalOptions& options = {});
  /// Goes on with what an interrupted run left, after its last whole record.
  /// @throws MissingInputError; IoError (cannot create) if it is in use; DataError if its header is
  /// damaged or of a newer format.
  static Journal reopen(const std::string& path, const JournalOptions& options = {});

  Journal(Journal&&) noexcept;
  Journal& operator=(Journal&&) noexcept;
  ~Journal();  ///< writes what is still waiting, but cannot report a failure: call close()

  /// @param first_record index into RegimeLayout::steps.
  /// @param values (record_count x trajectory_width(regime)): per record, the trajectory variables
  /// in layout order. Records written twice: the later call counts.
  void append_trajectory(std::size_t regime, std::int64_t trial, std::int64_t first_record,
                         std::int64_t record_count, std::span<const double> values);
  /// @param values final_width(regime) doubles: the final variables in layout order.
  void append_final(std::size_t regime, std::int64_t trial, std::span<const double> values);
  void append_outcome(std::size_t regime, std::int64_t trial, const Outcome& outcome);
  /// The trial goes on: the final values and the outcome that were appended before count no more.
  void append_reopened(std::size_t regime, std::int64_t trial);

  /// Returns once everything appended before the call is on the disk.
  void sync();
  /// Writes, syncs and closes; the journal takes no more records.
  void close();

  const RunLayout& layout() const noexcept;

 private:
  class Writer;
  explicit Journal(std::unique_ptr<Writer> writer);
  std::unique_ptr<Writer> writer_;
};

/// Where the journal of an output file lies: beside it.
inline std::string journal_path(const std::string& out_path) { return out_path + ".journal"; }

}  // namespace gbid
