// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/record/publish.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "engine/core/error.hpp"
#include "engine/record/atomic_hdf5.hpp"

namespace gbid {
namespace {

// Upper bound of the file's size: the values as they are, and room for what surrounds them.
std::int64_t estimated_bytes(const JournalReader& journal) {
  constexpr std::int64_t kPerFile = 1 << 16, kPerVariable = 1 << 13, kPerChunk = 64;
  const RunLayout& layout = journal.layout();
  std::int64_t bytes = kPerFile + static_cast<std::int64_t>(layout.scenario_toml.size());
  for (std::size_t k = 0; k < layout.regimes.size(); ++k) {
    const RegimeLayout& regime = layout.regimes[k];
    const std::int64_t records = std::max<std::int64_t>(1, journal.record_count(k));
    const std::int64_t values =
        layout.trials * (records * trajectory_width(regime) + final_width(regime) + 6) + records;
    const auto variables = static_cast<std::int64_t>(
        regime.trajectory.size() + regime.final.size() + regime.dimensions.size() + 5);
    bytes += values * static_cast<std::int64_t>(sizeof(double)) * 9 / 8 + variables * kPerVariable +
             layout.trials * kPerChunk;
  }
  return bytes;
}

// Refuses a journal that a run still writes: it would lose what comes after.
FileDescriptor lock_journal(const std::string& path) {
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) throw MissingInputError(path + ": cannot open: " + errno_text(errno));
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    throw IoError(path + ": a run is still writing it");
  }
  return file;
}

void write_and_rename(const JournalReader& journal, const std::string& out_path,
                      const PublishOptions& options) {
  const AtomicHdf5 file{estimated_bytes(journal), options.force, options.memory_limit_bytes};
  write_hdf5_atomically(out_path, file, [&](h5::hid root) {
    PublishedFile published(root, journal);
    published.write_run(journal.is_complete() ? "complete" : options.status_if_incomplete);
    if (options.finish) options.finish(published);
  });
}

}  // namespace

PublishReport publish(const std::string& journal_path, const std::string& out_path,
                      const PublishOptions& options) {
  FileDescriptor lock;
  if (!options.keep_journal) lock = lock_journal(journal_path);
  std::error_code ignored;
  if (!options.force && std::filesystem::exists(out_path, ignored)) {
    throw IoError(out_path + ": exists already", ExitCode::kCannotCreate);
  }
  const JournalReader journal(journal_path);
  try {
    write_and_rename(journal, out_path, options);
  } catch (const IoError& error) {
    throw IoError(fmt::format("{} (the run is kept in {})", error.what(), journal_path),
                  error.code());
  }
  const bool is_complete = journal.is_complete();
  const bool is_kept = options.keep_journal || (journal.dropped_bytes() > 0 && !is_complete);
  if (!is_kept && ::unlink(journal_path.c_str()) != 0) {
    throw IoError(journal_path + ": cannot remove: " + errno_text(errno));
  }
  return {is_complete, journal.dropped_bytes(), journal.losses(), is_kept};
}

}  // namespace gbid
