// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/record/checkpoint.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <span>

#include "engine/core/error.hpp"
#include "engine/core/posix_file.hpp"
#include "engine/record/journal_format.hpp"

namespace gbid {
namespace {

constexpr std::uint32_t kCheckpointVersion = 1;
constexpr const char* kFileStart = "checkpoint-";
constexpr const char* kPrevious = ".previous";
constexpr const char* kDraft = ".new";

/// Little-endian, as it lies in memory.
struct CheckpointHeader {
  std::array<char, 8> magic = {'G', 'B', 'I', 'D', 'C', 'K', 'P', 'T'};
  std::uint32_t version = kCheckpointVersion;
  std::uint32_t regime = 0;
  std::array<char, 64> fingerprint{};
  std::int64_t point = 0;
  std::int64_t first_trial = 0;
  std::int64_t step = 0;
  std::uint64_t trials = 0;  ///< how many records, int64 each, follow
  std::uint64_t simulation_bytes = 0;
  std::uint64_t values = 0;
  std::uint32_t records_crc = 0, simulation_crc = 0, values_crc = 0;
  std::uint32_t header_crc = 0;  ///< of everything above
};
static_assert(sizeof(CheckpointHeader) == 144);

template <class Container>
std::span<const std::byte> content(const Container& container) {
  return std::as_bytes(std::span(container.data(), container.size()));
}

/// Takes `count` elements; the file's checksum of them must fit.
template <class Container>
bool take_content(std::span<const std::byte>& bytes, std::uint64_t count, std::uint32_t crc,
                  Container& into) {
  constexpr std::size_t kSize = sizeof(typename Container::value_type);
  if (count > bytes.size() / kSize) return false;
  const auto own = bytes.first(static_cast<std::size_t>(count) * kSize);
  if (crc32c(own) != crc) return false;
  into.resize(static_cast<std::size_t>(count));
  if (!own.empty()) std::memcpy(into.data(), own.data(), own.size());
  bytes = bytes.subspan(own.size());
  return true;
}

/// @throws DataError if it is of a newer format.
std::optional<CheckpointHeader> header_in(std::span<const std::byte> bytes,
                                          const std::string& path) {
  CheckpointHeader header;
  const CheckpointHeader expected;
  if (bytes.size() < sizeof header) return std::nullopt;
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header.magic != expected.magic) return std::nullopt;
  if (header.header_crc != journal_format::checksum(header)) return std::nullopt;
  if (header.version > kCheckpointVersion)
    throw DataError(
        fmt::format("{}: checkpoint format {}, this program knows {}: it was written "
                    "by a newer one, which can go on with it",
                    path, header.version, kCheckpointVersion));
  return header;
}

std::string fingerprint_of(const CheckpointHeader& header) {
  return {header.fingerprint.begin(), header.fingerprint.end()};
}

bool is_file(const std::string& path) {
  std::error_code missing;
  return std::filesystem::is_regular_file(path, missing);
}

std::optional<Checkpoint> read_checkpoint(const std::string& path) {
  if (!is_file(path)) return std::nullopt;
  const MappedFile file(path);
  std::span<const std::byte> bytes = file.bytes();
  const auto found = header_in(bytes, path);
  if (!found) return std::nullopt;
  const CheckpointHeader& header = *found;
  bytes = bytes.subspan(sizeof header);
  Checkpoint checkpoint;
  checkpoint.fingerprint = fingerprint_of(header);
  checkpoint.point = header.point;
  checkpoint.regime = header.regime;
  checkpoint.first_trial = header.first_trial;
  checkpoint.step = header.step;
  if (!take_content(bytes, header.trials, header.records_crc, checkpoint.records) ||
      !take_content(bytes, header.simulation_bytes, header.simulation_crc, checkpoint.simulation) ||
      !take_content(bytes, header.values, header.values_crc, checkpoint.values) || !bytes.empty())
    return std::nullopt;
  return checkpoint;
}

}  // namespace

std::string CheckpointFolder::file(std::int64_t point, std::uint32_t regime,
                                   std::int64_t first_trial) const {
  return fmt::format("{}/{}{}-{}-{}", path_, kFileStart, point, regime, first_trial);
}

void CheckpointFolder::write_file(const Checkpoint& checkpoint) {
  CheckpointHeader header;
  header.regime = checkpoint.regime;
  std::copy_n(checkpoint.fingerprint.begin(),
              std::min(checkpoint.fingerprint.size(), header.fingerprint.size()),
              header.fingerprint.begin());
  header.point = checkpoint.point;
  header.first_trial = checkpoint.first_trial;
  header.step = checkpoint.step;
  header.trials = checkpoint.records.size();
  header.simulation_bytes = checkpoint.simulation.size();
  header.values = checkpoint.values.size();
  header.records_crc = crc32c(content(checkpoint.records));
  header.simulation_crc = crc32c(content(checkpoint.simulation));
  header.values_crc = crc32c(content(checkpoint.values));
  header.header_crc = journal_format::checksum(header);

  const std::string path = file(checkpoint.point, checkpoint.regime, checkpoint.first_trial);
  const std::string draft = path + kDraft;
  const auto refuse = [](const std::string& what) {
    throw IoError(what + ": cannot create: " + errno_text(errno));
  };
  if (::mkdir(path_.c_str(), 0777) == 0)
    sync_directory_of(path_);
  else if (errno != EEXIST)
    refuse(path_);
  try {
    FileDescriptor output(::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
    if (!output) refuse(draft);
    for (const auto part : {journal_format::bytes_of(header), content(checkpoint.records),
                            content(checkpoint.simulation), content(checkpoint.values)})
      write_all(output.get(), part, draft);
    sync_content(output.get(), draft);
    output.close(draft);
  } catch (const IoError&) {
    ::unlink(draft.c_str());
    throw;
  }
  // The one before stays until the next is there; a kill in between leaves that one.
  if (::rename(path.c_str(), (path + kPrevious).c_str()) != 0 && errno != ENOENT) refuse(path);
  if (::rename(draft.c_str(), path.c_str()) != 0) refuse(path);
  sync_directory_of(path);
}

std::vector<Checkpoint> CheckpointFolder::read_both(const std::string& file,
                                                    const std::string& fingerprint) {
  std::vector<Checkpoint> found;
  for (const std::string& path : {file, file + kPrevious})
    if (auto checkpoint = read_checkpoint(path);
        checkpoint && checkpoint->fingerprint == fingerprint)
      found.push_back(std::move(*checkpoint));
  return found;
}

std::vector<Checkpoint> CheckpointFolder::read(const std::string& fingerprint, std::int64_t point,
                                               std::uint32_t regime,
                                               std::int64_t first_trial) const {
  return read_both(file(point, regime, first_trial), fingerprint);
}

std::vector<std::string> CheckpointFolder::files() const {
  std::vector<std::string> files;
  std::error_code missing;
  for (const auto& entry : std::filesystem::directory_iterator(path_, missing)) {
    std::string path = entry.path().string();
    if (!entry.path().filename().string().starts_with(kFileStart)) continue;
    if (path.ends_with(kPrevious)) path.resize(path.size() - std::strlen(kPrevious));
    if (!path.ends_with(kDraft)) files.push_back(std::move(path));
  }
  std::sort(files.begin(), files.end());
  files.erase(std::unique(files.begin(), files.end()), files.end());
  return files;
}

std::vector<CheckpointPlace> CheckpointFolder::places(const std::string& fingerprint) const {
  std::vector<CheckpointPlace> found;
  for (const std::string& file : files())
    for (const std::string& path : {file, file + kPrevious}) {
      if (!is_file(path)) continue;
      const MappedFile mapped(path);
      const auto header = header_in(mapped.bytes(), path);
      if (header && fingerprint_of(*header) == fingerprint)
        found.push_back({header->point, header->regime, header->first_trial,
                         static_cast<std::int64_t>(header->trials)});
    }
  return found;
}

std::vector<std::vector<Checkpoint>> CheckpointFolder::read_all(
    const std::string& fingerprint) const {
  std::vector<std::vector<Checkpoint>> found;
  for (const std::string& path : files())
    if (auto both = read_both(path, fingerprint); !both.empty()) found.push_back(std::move(both));
  return found;
}

bool CheckpointFolder::has(std::int64_t point, std::uint32_t regime,
                           std::int64_t first_trial) const {
  const std::string path = file(point, regime, first_trial);
  return ::access(path.c_str(), F_OK) == 0 || ::access((path + kPrevious).c_str(), F_OK) == 0;
}

void CheckpointFolder::remove(std::int64_t point, std::uint32_t regime, std::int64_t first_trial) {
  const std::string path = file(point, regime, first_trial);
  for (const char* ending : {kPrevious, kDraft, ""}) ::unlink((path + ending).c_str());
}

void CheckpointFolder::remove_all() {
  std::error_code missing;
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(path_, missing))
    if (entry.path().filename().string().starts_with(kFileStart))
      files.push_back(entry.path().string());
  for (const std::string& path : files) ::unlink(path.c_str());
  ::rmdir(path_.c_str());  // stays if something else is in it
}

}  // namespace gbid
