// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/record/journal_reader.hpp"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <limits>

#include "engine/core/error.hpp"
#include "engine/core/sha256.hpp"
#include "engine/record/box_copy.hpp"
#include "engine/record/journal_format.hpp"

namespace gbid {

using journal_format::RecordHeader;
using journal_format::RecordType;

JournalReader::JournalReader(const std::string& path) : path_(path), file_(path) {
  const std::size_t records = read_header();
  for (const RegimeLayout& regime : layout_.regimes) {
    regimes_.push_back({.trials = std::vector<Trial>(static_cast<std::size_t>(layout_.trials)),
                        .trajectory_width = trajectory_width(regime),
                        .final_width = final_width(regime),
                        .record_count = 0});
  }
  read_records(records);
  for (Regime& regime : regimes_) {
    for (Trial& trial : regime.trials) {
      sort_extents(trial.trajectory, regime.trajectory_width);
      if (trial.trajectory.empty()) continue;
      const Extent& last = trial.trajectory.back();
      regime.record_count = std::max(regime.record_count, last.first + last.count);
    }
  }
}

bool JournalReader::is_failed_start(const std::string& path) {
  std::error_code missing;
  if (!std::filesystem::exists(path, missing)) return true;
  const MappedFile file(path);
  const std::span<const std::byte> bytes = file.bytes();
  journal_format::FileHeader header;
  if (bytes.size() < sizeof header) return true;
  std::memcpy(&header, bytes.data(), sizeof header);
  const bool is_whole = header.magic == journal_format::kFileMagic &&
                        header.header_crc == journal_format::checksum(header);
  // Without records after it, a body that has not reached the disk is all that is missing.
  const std::size_t body = bytes.size() - sizeof header;
  if (is_whole) return header.layout_length + header.scenario_length > body;
  return std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{}; });
}

std::size_t JournalReader::read_header() {
  const std::span<const std::byte> bytes = file_.bytes();
  journal_format::FileHeader header;
  if (bytes.size() < sizeof header) throw DataError(path_ + ": too short for a journal");
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header.magic != journal_format::kFileMagic) throw DataError(path_ + ": is not a journal");
  if (header.header_crc != journal_format::checksum(header)) {
    throw DataError(path_ + ": the journal's header is damaged");
  }
  if (header.version > journal_format::kFormatVersion) {
    throw DataError(path_ + ": journal format " + std::to_string(header.version) +
                    ", this program knows " + std::to_string(journal_format::kFormatVersion) +
                    ": it was written by a newer one");
  }
  const std::span<const std::byte> rest = bytes.subspan(sizeof header);
  if (header.layout_length > rest.size() ||
      header.scenario_length > rest.size() - header.layout_length ||
      journal_format::padded(header.layout_length + header.scenario_length) > rest.size()) {
    throw DataError(path_ + ": the journal ends within its header");
  }
  const auto body =
      rest.first(journal_format::padded(header.layout_length + header.scenario_length));
  if (crc32c(body) != header.body_crc) {
    throw DataError(path_ + ": the journal's header is damaged");
  }
  const std::string_view text(reinterpret_cast<const char*>(body.data()), body.size());
  try {
    layout_ = layout_from_toml(text.substr(0, header.layout_length));
  } catch (const DataError& error) {
    throw DataError(path_ + ": " + error.what());
  }
  layout_.seed = header.seed;
  layout_.scenario_toml = text.substr(header.layout_length, header.scenario_length);
  check_layout(layout_);
  scenario_sha256_.assign(header.scenario_sha256.begin(), header.scenario_sha256.end());
  if (scenario_sha256_ != sha256_hex(layout_.scenario_toml)) {
    throw DataError(path_ + ": the scenario in the journal's header is damaged");
  }
  return sizeof header + body.size();
}

void JournalReader::read_records(std::size_t offset) {
  const std::span<const std::byte> bytes = file_.bytes();
  end_of_records_ = offset;
  while (bytes.size() - offset >= sizeof(RecordHeader)) {
    RecordHeader header;
    std::memcpy(&header, bytes.data() + offset, sizeof header);
    const std::span<const std::byte> rest = bytes.subspan(offset + sizeof header);
    const bool has_header = header.magic == journal_format::kRecordMagic &&
                            header.offset == offset &&
                            header.header_crc == journal_format::checksum(header);
    if (has_header && header.length <= rest.size() &&
        header.payload_crc == crc32c(rest.first(header.length))) {
      add_record(offset);
      dropped_bytes_ += offset - end_of_records_;
      offset += sizeof header + header.length;
      end_of_records_ = offset;
      continue;
    }
    if (has_header && header.type == RecordType::kTrajectory) note_damaged(header);
    offset += journal_format::kAlignment;  // the next whole record is looked for
  }
  dropped_bytes_ += bytes.size() - end_of_records_;
}

/// Its values are lost, but it says whose they were.
void JournalReader::note_damaged(const RecordHeader& header) {
  if (header.regime >= regimes_.size() || header.trial < 0 || header.trial >= layout_.trials)
    return;
  const auto records = static_cast<std::int64_t>(layout_.regimes[header.regime].steps.size());
  if (header.first_record < 0 || header.record_count < 0 ||
      header.first_record > records - header.record_count)
    return;
  Trial& trial = regimes_[header.regime].trials[static_cast<std::size_t>(header.trial)];
  trial.damaged_end = std::max(trial.damaged_end, header.first_record + header.record_count);
}

// The checksums fit, so what is wrong here was written so: a journal of another program.
void JournalReader::add_record(std::size_t offset) {
  const std::byte* const at = file_.bytes().data() + offset;
  RecordHeader header;
  std::memcpy(&header, at, sizeof header);
  const auto require = [&](bool is_right) {
    if (!is_right) {
      throw DataError(path_ + ": the record at byte " + std::to_string(offset) +
                      " does not fit the journal's layout");
    }
  };
  require(header.regime < regimes_.size());
  require(header.trial >= 0 && header.trial < layout_.trials);
  require(header.length % journal_format::kAlignment == 0);
  is_empty_ = is_empty_ && header.type == RecordType::kReopened;
  Regime& regime = regimes_[header.regime];
  Trial& trial = regime.trials[static_cast<std::size_t>(header.trial)];
  const std::byte* const payload = at + sizeof header;
  const auto* const values = reinterpret_cast<const double*>(payload);
  const auto length = static_cast<std::int64_t>(header.length / sizeof(double));
  if (header.type == RecordType::kTrajectory) {
    const auto records = static_cast<std::int64_t>(layout_.regimes[header.regime].steps.size());
    require(header.record_count >= 1 && header.record_count <= records);
    require(header.first_record >= 0 && header.first_record <= records - header.record_count);
    require(length == header.record_count * regime.trajectory_width);
    trial.trajectory.push_back({header.first_record, header.record_count, values});
  } else if (header.type == RecordType::kFinal) {
    require(length == regime.final_width);
    trial.final.assign(1, {0, 1, values});
  } else if (header.type == RecordType::kReopened) {
    trial.final.clear();
    trial.outcome = nullptr;
  } else {
    require(header.type == RecordType::kOutcome);
    journal_format::OutcomeHeader outcome;
    require(header.length >= sizeof outcome);
    std::memcpy(&outcome, payload, sizeof outcome);
    require(outcome.message_length <= header.length - sizeof outcome);
    require(outcome.status <= static_cast<std::uint32_t>(TrialStatus::kStopped));
    trial.outcome = payload;
  }
}

// Sorts by record. Where extents overlap, each record goes to the extent that was appended last.
void JournalReader::sort_extents(std::vector<Extent>& extents, std::int64_t width) {
  const std::vector<Extent> appended = extents;
  std::stable_sort(extents.begin(), extents.end(),
                   [](const Extent& a, const Extent& b) { return a.first < b.first; });
  const auto overlap = std::adjacent_find(
      extents.begin(), extents.end(),
      [](const Extent& a, const Extent& b) { return a.first + a.count > b.first; });
  if (overlap == extents.end()) return;

  std::int64_t end = 0;
  for (const Extent& extent : appended) end = std::max(end, extent.first + extent.count);
  std::vector<std::int64_t> owner(static_cast<std::size_t>(end), -1);
  for (std::size_t k = 0; k < appended.size(); ++k) {
    std::fill_n(owner.begin() + appended[k].first, appended[k].count, static_cast<std::int64_t>(k));
  }
  extents.clear();
  for (std::int64_t record = 0; record < end;) {
    const std::int64_t first = record;
    const std::int64_t k = owner[static_cast<std::size_t>(first)];
    while (record < end && owner[static_cast<std::size_t>(record)] == k) ++record;
    if (k < 0) continue;
    const Extent& extent = appended[static_cast<std::size_t>(k)];
    extents.push_back({first, record - first, extent.values + (first - extent.first) * width});
  }
}

std::int64_t JournalReader::record_count(std::size_t regime) const {
  return regimes_.at(regime).record_count;
}

Outcome JournalReader::outcome(std::size_t regime, std::int64_t trial) const {
  const Trial& found = regimes_.at(regime).trials.at(static_cast<std::size_t>(trial));
  if (found.outcome != nullptr) {
    journal_format::OutcomeHeader header;
    std::memcpy(&header, found.outcome, sizeof header);
    const auto* const message = reinterpret_cast<const char*>(found.outcome + sizeof header);
    return {static_cast<TrialStatus>(header.status), header.steps_done,
            std::string(message, header.message_length)};
  }
  if (found.trajectory.empty()) return {};
  const Extent& last = found.trajectory.back();
  const auto record = static_cast<std::size_t>(last.first + last.count - 1);
  return {TrialStatus::kStopped, layout_.regimes[regime].steps[record], ""};
}

bool JournalReader::is_complete() const { return RunRecords::is_complete() && losses().empty(); }

bool JournalReader::is_whole(std::size_t regime, std::int64_t trial) const {
  const TrialStatus status = outcome(regime, trial).status;
  std::vector<Loss> losses;
  add_losses(regime, trial, losses);
  return status != TrialStatus::kNotStarted && status != TrialStatus::kStopped && losses.empty();
}

std::int64_t JournalReader::unbroken_records(std::size_t regime, std::int64_t trial) const {
  std::int64_t end = 0;
  for (const Extent& extent :
       regimes_.at(regime).trials.at(static_cast<std::size_t>(trial)).trajectory) {
    if (extent.first != end) break;
    end += extent.count;
  }
  return end;
}

std::vector<Loss> JournalReader::losses() const {
  std::vector<Loss> losses;
  for (std::size_t regime = 0; regime < regimes_.size(); ++regime)
    for (std::int64_t trial = 0; trial < layout_.trials; ++trial) add_losses(regime, trial, losses);
  return losses;
}

void JournalReader::add_losses(std::size_t regime, std::int64_t trial,
                               std::vector<Loss>& losses) const {
  const Regime& own = regimes_[regime];
  const Trial& found = own.trials[static_cast<std::size_t>(trial)];
  const std::vector<std::int64_t>& steps = layout_.regimes[regime].steps;
  // 1. Records that were made: up to the last one known of, or to where the trial ended; a failed
  // one may have failed before that step's record.
  std::int64_t end = found.damaged_end;
  if (!found.trajectory.empty())
    end = std::max(end, found.trajectory.back().first + found.trajectory.back().count);
  bool has_final = false;
  if (found.outcome != nullptr) {
    const Outcome ended = outcome(regime, trial);
    const bool has_failed = ended.status == TrialStatus::kFailed;
    const std::int64_t last = ended.steps_done - (has_failed ? 1 : 0);
    if (own.trajectory_width > 0)
      end = std::max<std::int64_t>(
          end, std::upper_bound(steps.begin(), steps.end(), last) - steps.begin());
    has_final = !has_failed && own.final_width > 0;
  }
  // 2. Those that are not there.
  std::int64_t next = 0;
  const auto add = [&](std::int64_t until) {
    if (until > next)
      losses.push_back({regime, trial, false, steps[static_cast<std::size_t>(next)],
                        steps[static_cast<std::size_t>(until - 1)]});
  };
  for (const Extent& extent : found.trajectory) {
    add(extent.first);
    next = extent.first + extent.count;
  }
  add(end);
  if (has_final && found.final.empty()) losses.push_back({regime, trial, true, 0, 0});
}

void JournalReader::gather(const RecordedVariable& source, std::span<const std::int64_t> origin,
                           std::span<const std::int64_t> shape, std::span<double> out) const {
  std::fill(out.begin(), out.end(), std::numeric_limits<double>::quiet_NaN());
  const Regime& regime = regimes_.at(source.regime);
  const std::int64_t width = source.is_final ? regime.final_width : regime.trajectory_width;
  const BoxCopy copy(source.sizes, origin.subspan(2), shape.subspan(2));
  const std::int64_t end_trial = std::min(origin[0] + shape[0], layout_.trials);
  const std::int64_t end_record = origin[1] + shape[1];
  for (std::int64_t t = origin[0]; t < end_trial; ++t) {
    const Trial& trial = regime.trials[static_cast<std::size_t>(t)];
    const std::vector<Extent>& extents = source.is_final ? trial.final : trial.trajectory;
    auto extent = std::partition_point(extents.begin(), extents.end(), [&](const Extent& e) {
      return e.first + e.count <= origin[1];
    });
    for (; extent != extents.end() && extent->first < end_record; ++extent) {
      const std::int64_t last = std::min(extent->first + extent->count, end_record);
      for (std::int64_t r = std::max(extent->first, origin[1]); r < last; ++r) {
        const std::int64_t row = (t - origin[0]) * shape[1] + (r - origin[1]);
        copy(extent->values + (r - extent->first) * width + source.offset,
             out.data() + row * copy.target_size());
      }
    }
  }
}

}  // namespace gbid
