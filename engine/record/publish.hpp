// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/record/journal_reader.hpp"
#include "engine/record/published_file.hpp"

namespace gbid {

struct PublishOptions {
  bool force = false;         ///< replace an existing file
  bool keep_journal = false;  ///< also after success, for example while the run goes on
  std::string status_if_incomplete = "partial";  ///< root attribute `status` if trials are missing
  std::function<void(PublishedFile&)> finish = {};  ///< adds further groups, for example `/summary`
  /// Files estimated to be no larger are made in memory and written in one go, so that a full disk
  /// never meets HDF5 (which may crash on it).
  std::int64_t memory_limit_bytes = std::int64_t{256} << 20;
};

struct PublishReport {
  bool is_complete = false;
  std::uint64_t dropped_bytes = 0;  ///< of the journal, that are of no whole record
  std::vector<Loss> losses;         ///< that the journal shows, see JournalReader::losses
  bool is_journal_kept = false;
};

/// Makes a run's journal into the file that is read: HDF5 in the form of netCDF-4, one group per
/// regime. Written as OUT.tmp.PID, synced and renamed, so that under its final name it is always
/// whole. The same journal records in any order give the same bytes. The journal is removed
/// after success only, and only if nothing in it was damaged or the run is complete all the same.
/// @throws IoError (cannot create) if the file exists; IoError if the journal is still being
/// written (unless it is kept), if the disk has no room or writing fails; DataError or
/// MissingInputError for the journal.
PublishReport publish(const std::string& journal_path, const std::string& out_path,
                      const PublishOptions& options);

}  // namespace gbid
