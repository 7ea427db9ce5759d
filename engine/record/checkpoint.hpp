// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace gbid {

/// Trials of one regime that are being played side by side, as they were between two steps.
struct Checkpoint {
  /// SHA-256 of what is played, 64 hexadecimal digits: of a run its scenario, of a sweep its plan.
  std::string fingerprint;
  std::int64_t point = 0;  ///< of a sweep
  std::uint32_t regime = 0;
  std::int64_t first_trial = 0;
  std::int64_t step = 0;
  std::vector<std::int64_t> records;  ///< per trial, how many had been delivered
  std::string simulation;             ///< Simulation::save
  std::vector<double> values;         ///< those records, where no journal holds them

  bool operator==(const Checkpoint&) const = default;
};

/// Which trials a checkpoint is of.
struct CheckpointPlace {
  std::int64_t point = 0;
  std::uint32_t regime = 0;
  std::int64_t first_trial = 0, trials = 0;
};

/// A folder of checkpoints, a file for every simulation that is under way and the one before it:
///
///     CheckpointHeader (checkpoint.cpp), records, simulation, values    each with its checksum
///
/// A file is written aside, synced and renamed, so that under its name it is always whole. Writing
/// is thread-safe; one file is written at a time, so that no more than one copy of a state lies in
/// memory.
class CheckpointFolder {
 public:
  explicit CheckpointFolder(std::string path) : path_(std::move(path)) {}
  const std::string& path() const { return path_; }

  /// `make` gives the checkpoint; the folder is made if it is not there. @throws IoError.
  template <class Make>
  void write(const Make& make) {
    const std::lock_guard lock(mutex_);
    write_file(make());
  }
  /// What is kept of a simulation, newest first: none, one or two. A file that is damaged is passed
  /// over, as is one of another fingerprint.
  /// @throws DataError if a file is of a newer format.
  std::vector<Checkpoint> read(const std::string& fingerprint, std::int64_t point,
                               std::uint32_t regime, std::int64_t first_trial) const;
  /// The same of every simulation in the folder, by file name.
  std::vector<std::vector<Checkpoint>> read_all(const std::string& fingerprint) const;
  /// Of what simulations something is kept, as the heads of the files say; the rest of a file may
  /// be damaged. Newest first where a simulation has two.
  std::vector<CheckpointPlace> places(const std::string& fingerprint) const;
  /// Something is kept of a simulation.
  bool has(std::int64_t point, std::uint32_t regime, std::int64_t first_trial) const;
  /// A simulation has ended: what was kept of it is removed.
  void remove(std::int64_t point, std::uint32_t regime, std::int64_t first_trial);
  /// Removes all checkpoints, what killed processes left of others, and the folder if it is empty
  /// then.
  void remove_all();

 private:
  void write_file(const Checkpoint& checkpoint);
  std::string file(std::int64_t point, std::uint32_t regime, std::int64_t first_trial) const;
  std::vector<std::string> files() const;
  static std::vector<Checkpoint> read_both(const std::string& file, const std::string& fingerprint);

  std::string path_;
  std::mutex mutex_;
};

/// Where the checkpoints of an output file lie: beside it.
inline std::string checkpoint_path(const std::string& out_path) { return out_path + ".checkpoint"; }

}  // namespace gbid
