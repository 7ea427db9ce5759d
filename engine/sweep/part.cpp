// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/sweep/part.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "engine/core/error.hpp"
#include "engine/sweep/part_format.hpp"

namespace gbid {

using part_format::PartHeader;
using part_format::UnitHeader;
namespace {

constexpr int kMostParts = 1000000;

void append_bytes(std::vector<std::byte>& to, std::span<const std::byte> bytes) {
  to.insert(to.end(), bytes.begin(), bytes.end());
}

void append_unit(std::vector<std::byte>& to, const UnitResult& result, std::uint64_t offset,
                 double now) {
  UnitHeader header;
  header.status = static_cast<std::uint32_t>(result.outcome.status);
  header.offset = offset;
  header.point = result.unit.point;
  header.trial = result.unit.trial;
  header.regime = result.unit.regime;
  header.steps_done = result.outcome.steps_done;
  header.trajectory_values = static_cast<std::int64_t>(result.trajectory.size());
  header.final_values = static_cast<std::int64_t>(result.final_values.size());
  header.message_length = static_cast<std::uint32_t>(result.outcome.message.size());
  header.seconds = result.seconds;
  header.finished = now;
  const std::size_t values = (result.trajectory.size() + result.final_values.size()) * 8;
  header.length = journal_format::padded(values + result.outcome.message.size());

  const std::size_t at = to.size();
  append_bytes(to, journal_format::bytes_of(header));
  append_bytes(to, std::as_bytes(std::span(result.trajectory)));
  append_bytes(to, std::as_bytes(std::span(result.final_values)));
  append_bytes(to, std::as_bytes(std::span(result.outcome.message)));
  to.resize(at + sizeof header + header.length);
  header.payload_crc = crc32c(std::span(to).subspan(at + sizeof header));
  header.header_crc = journal_format::checksum(header);
  std::memcpy(to.data() + at, &header, sizeof header);
}

bool fits(const UnitHeader& header) {
  const auto room = static_cast<std::int64_t>(header.length);
  const std::int64_t most = room / 8;
  return header.length % journal_format::kAlignment == 0 && header.trajectory_values >= 0 &&
         header.trajectory_values <= most && header.final_values >= 0 &&
         header.final_values <= most - header.trajectory_values &&
         header.message_length <= room - 8 * (header.trajectory_values + header.final_values) &&
         header.status <= static_cast<std::uint32_t>(TrialStatus::kStopped);
}

}  // namespace

PartWriter::PartWriter(const std::string& folder, const std::string& fingerprint,
                       std::chrono::milliseconds sync_interval)
    : interval_(sync_interval) {
  for (int number = 0; !file_; ++number) {
    path_ = fmt::format("{}/part-{:04}", folder, number);
    file_ = FileDescriptor(
        ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_APPEND, 0666));
    if (!file_ && (errno != EEXIST || number > kMostParts))
      throw IoError(path_ + ": cannot create: " + errno_text(errno), ExitCode::kCannotCreate);
  }
  ::flock(file_.get(), LOCK_EX | LOCK_NB);  // shows other processes that this part is in use
  PartHeader header;
  std::copy_n(fingerprint.begin(), std::min(fingerprint.size(), header.fingerprint.size()),
              header.fingerprint.begin());
  header.header_crc = journal_format::checksum(header);
  write_all(file_.get(), journal_format::bytes_of(header), path_);
  sync_directory_of(path_);
  end_ = sizeof header;
  thread_ = std::jthread([this](const std::stop_token& is_over) { keep_synced(is_over); });
}

PartWriter::~PartWriter() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void PartWriter::keep_synced(const std::stop_token& is_over) {
  std::unique_lock lock(mutex_);
  // An append, then the interval, then its sync; results appended meanwhile go along.
  while (appended_.wait(lock, is_over, [this] { return end_ > synced_ && failure_.empty(); })) {
    appended_.wait_for(lock, is_over, interval_, [] { return false; });
    if (is_over.stop_requested()) return;  // close() syncs
    if (!failure_.empty()) continue;
    const std::uint64_t end = end_;
    lock.unlock();  // others append meanwhile
    std::string failure;
    try {
      sync_content(file_.get(), path_);
    } catch (const IoError& error) {
      failure = error.what();
    }
    lock.lock();
    failure_ = failure;
    synced_ = end;
  }
}

void PartWriter::append(std::span<const UnitResult> results) {
  const double now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  const std::lock_guard lock(mutex_);
  if (!failure_.empty()) throw IoError(failure_);
  buffer_.clear();
  for (const UnitResult& result : results) append_unit(buffer_, result, end_ + buffer_.size(), now);
  try {
    write_all(file_.get(), buffer_, path_);
  } catch (const IoError&) {
    failure_ = path_ + ": an earlier write failed";  // half a result ends the file
    throw;
  }
  end_ += buffer_.size();
  appended_.notify_one();
}

void PartWriter::sync_locked() {
  if (!failure_.empty()) throw IoError(failure_);
  sync_content(file_.get(), path_);
  synced_ = end_;
}

void PartWriter::sync() {
  const std::lock_guard lock(mutex_);
  sync_locked();
}

void PartWriter::close() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
  const std::lock_guard lock(mutex_);
  sync_locked();
  file_.close(path_);
}

std::vector<std::string> part_files(const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code missing;
  for (const auto& entry : std::filesystem::directory_iterator(folder, missing))
    if (entry.path().filename().string().starts_with("part-"))
      paths.push_back(entry.path().string());
  std::sort(paths.begin(), paths.end());
  return paths;
}

Parts::Parts(const std::vector<std::string>& folders, const std::string& fingerprint) {
  for (const std::string& folder : folders)
    for (const std::string& path : part_files(folder)) read(path, fingerprint);
}

void Parts::read(const std::string& path, const std::string& fingerprint) {
  live_ += is_locked(path);
  auto file = std::make_unique<MappedFile>(path);
  const std::span<const std::byte> bytes = file->bytes();
  PartHeader header;
  if (bytes.size() < sizeof header) return;  // killed while it was made
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header.magic != part_format::kFileMagic ||
      header.header_crc != journal_format::checksum(header) ||
      header.version != part_format::kFormatVersion)
    throw DataError(path + ": is not a part of a sweep, or of another version");
  if (std::string_view(header.fingerprint.data(), header.fingerprint.size()) != fingerprint)
    throw DataError(path + ": belongs to another sweep");
  std::size_t offset = sizeof header, end = offset;  // of the last whole result
  while (bytes.size() - offset >= sizeof(UnitHeader)) {
    UnitHeader unit;
    std::memcpy(&unit, bytes.data() + offset, sizeof unit);
    const std::span<const std::byte> rest = bytes.subspan(offset + sizeof unit);
    if (unit.magic != part_format::kUnitMagic || unit.offset != offset ||
        unit.header_crc != journal_format::checksum(unit) || unit.length > rest.size() ||
        unit.payload_crc != crc32c(rest.first(unit.length)) || !fits(unit)) {
      offset += journal_format::kAlignment;  // the next whole result is looked for
      continue;
    }
    const auto* const values = reinterpret_cast<const double*>(rest.data());
    const auto trajectory = static_cast<std::size_t>(unit.trajectory_values);
    const auto finals = static_cast<std::size_t>(unit.final_values);
    units_[{unit.point, unit.regime, unit.trial}] = {
        static_cast<TrialStatus>(unit.status),
        unit.steps_done,
        unit.seconds,
        unit.finished,
        {values, trajectory},
        {values + trajectory, finals},
        {reinterpret_cast<const char*>(values + trajectory + finals), unit.message_length}};
    dropped_bytes_ += offset - end;
    offset += sizeof unit + unit.length;
    end = offset;
  }
  dropped_bytes_ += bytes.size() - end;
  files_.push_back(std::move(file));
}

const StoredUnit* Parts::find(const Unit& unit) const {
  const auto found = units_.find(unit);
  return found == units_.end() ? nullptr : &found->second;
}

}  // namespace gbid
