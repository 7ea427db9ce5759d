// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "engine/core/posix_file.hpp"
#include "engine/record/layout.hpp"

namespace gbid {

/// One simulation of a sweep: a trial of a regime of a point.
struct Unit {
  std::int64_t point = 0;
  std::uint32_t regime = 0;
  std::int64_t trial = 0;
  auto operator<=>(const Unit&) const = default;
};

/// What a finished simulation recorded.
struct UnitResult {
  Unit unit;
  Outcome outcome;
  double seconds = 0.0;              ///< that it took
  std::vector<double> trajectory;    ///< (records x width), only of records that were reached
  std::vector<double> final_values;  ///< empty if it failed
};

/// The file that one process of a sweep appends its results to. However the process ends, each
/// result that `append` has returned from is found again; a disk that loses power loses at most
/// what was appended in the last five seconds: a thread of its own syncs the file. Thread-safe.
class PartWriter {
 public:
  /// Makes FOLDER/part-K, with the first free number K, and locks it while it is open.
  /// @param sync_interval  longest time that results stay off the disk.
  /// @throws IoError (cannot create).
  PartWriter(const std::string& folder, const std::string& fingerprint,
             std::chrono::milliseconds sync_interval = std::chrono::seconds(5));
  PartWriter(const PartWriter&) = delete;
  PartWriter& operator=(const PartWriter&) = delete;
  ~PartWriter();

  /// One write for all results.
  /// @throws IoError with the reason; the file takes no more results then, what it holds stays.
  void append(std::span<const UnitResult> results);
  /// Returns once all results appended before are on the disk.
  void sync();
  /// Syncs and closes.
  void close();

 private:
  void keep_synced(const std::stop_token& is_over);
  void sync_locked();

  const std::chrono::milliseconds interval_;
  std::mutex mutex_;
  std::condition_variable_any appended_;
  std::string path_;
  FileDescriptor file_;
  std::vector<std::byte> buffer_;
  std::uint64_t end_ = 0, synced_ = 0;
  std::string failure_;
  std::jthread thread_;  // last: it uses what is above
};

/// A result where it lies in a mapped part.
struct StoredUnit {
  TrialStatus status = TrialStatus::kNotStarted;
  std::int64_t steps_done = 0;
  double seconds = 0.0, finished = 0.0;
  std::span<const double> trajectory, final_values;
  std::string_view message;
};

/// Everything that the processes of a sweep have played so far.
class Parts {
 public:
  /// @param folders  of which every file part-K is read.
  /// @throws DataError if a part belongs to another plan or has been damaged at its head.
  Parts(const std::vector<std::string>& folders, const std::string& fingerprint);

  /// Null if it has not been played. A unit played twice: either, they are equal.
  const StoredUnit* find(const Unit& unit) const;
  std::int64_t size() const { return static_cast<std::int64_t>(units_.size()); }
  const std::map<Unit, StoredUnit>& units() const { return units_; }
  /// Bytes that are of no whole result: a process was killed while writing, or a file is damaged.
  std::uint64_t dropped_bytes() const { return dropped_bytes_; }
  /// Parts that a process still writes.
  int live() const { return live_; }

 private:
  void read(const std::string& path, const std::string& fingerprint);

  std::vector<std::unique_ptr<MappedFile>> files_;
  std::map<Unit, StoredUnit> units_;
  std::uint64_t dropped_bytes_ = 0;
  int live_ = 0;
};

/// The parts in a folder, by name.
std::vector<std::string> part_files(const std::string& folder);

}  // namespace gbid
