// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/record/journal.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <limits>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "engine/core/error.hpp"
#include "engine/core/posix_file.hpp"
#include "engine/core/sha256.hpp"
#include "engine/core/version.hpp"
#include "engine/record/journal_format.hpp"
#include "engine/record/journal_reader.hpp"

namespace gbid {

using journal_format::RecordHeader;
using journal_format::RecordType;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::size_t kMaxWaiting = std::size_t{16} << 20;  // bytes; then callers wait for the disk
constexpr std::size_t kMaxKept = std::size_t{8} << 20;      // bytes of an idle buffer
constexpr std::size_t kWriteAtOnce = std::size_t{256} << 10;  // bytes worth a write without delay
constexpr std::chrono::milliseconds kGather{20};  // small records wait this long for company

[[noreturn]] void refuse(const std::string& reason) {
  throw Error(ExitCode::kInternal, "journal: " + reason);
}

void append_bytes(std::vector<std::byte>& to, std::span<const std::byte> bytes) {
  const std::size_t at = to.size();
  to.resize(at + bytes.size());
  if (!bytes.empty()) std::memcpy(to.data() + at, bytes.data(), bytes.size());
}

std::vector<std::byte> encode_header(const RunLayout& layout) {
  const std::string text = layout_to_toml(layout);
  RunLayout again = layout_from_toml(text);
  again.seed = layout.seed;
  again.scenario_toml = layout.scenario_toml;
  if (again != layout) refuse("the layout does not survive its own header");

  std::vector<std::byte> body;
  append_bytes(body, std::as_bytes(std::span(text)));
  append_bytes(body, std::as_bytes(std::span(layout.scenario_toml)));
  body.resize(journal_format::padded(body.size()));

  journal_format::FileHeader header;
  header.body_crc = crc32c(body);
  header.layout_length = text.size();
  header.scenario_length = layout.scenario_toml.size();
  header.seed = layout.seed;
  const std::string digest = sha256_hex(layout.scenario_toml);
  std::copy(digest.begin(), digest.end(), header.scenario_sha256.begin());
  header.header_crc = journal_format::checksum(header);

  std::vector<std::byte> bytes;
  append_bytes(bytes, journal_format::bytes_of(header));
  append_bytes(bytes, body);
  return bytes;
}

void clean_texts(RunLayout& layout) {
  const auto clean = [](std::string& text) { text = valid_utf8(text); };
  if (layout.version.empty()) layout.version = version();
  if (layout.build.empty()) layout.build = build_description();
  for (std::string* text : {&layout.title, &layout.scenario_toml, &layout.command_line,
                            &layout.created, &layout.version, &layout.build, &layout.directory}) {
    clean(*text);
  }
  std::map<std::string, std::string> inputs;
  for (const auto& [name, digest] : layout.inputs) inputs[valid_utf8(name)] = digest;
  layout.inputs = std::move(inputs);
  for (RegimeLayout& regime : layout.regimes) {
    for (Dimension& dimension : regime.dimensions) clean(dimension.long_name);
    for (auto* variables : {&regime.trajectory, &regime.final}) {
      for (Variable& variable : *variables) {
        clean(variable.long_name);
        clean(variable.units);
      }
    }
    std::map<std::string, std::string> attributes;
    for (const auto& [name, value] : regime.attributes) {
      attributes[valid_utf8(name)] = valid_utf8(value);
    }
    regime.attributes = std::move(attributes);
  }
}

void lock_for_writing(const FileDescriptor& file, const std::string& path) {
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
    throw IoError(path + ": another run is writing it", ExitCode::kCannotCreate);
}

// Opens, locks and empties the file. It is emptied only under the lock: another run may be writing
// it.
FileDescriptor open_journal(const std::string& path, bool may_replace) {
  const int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (may_replace ? 0 : O_EXCL);
  FileDescriptor file(::open(path.c_str(), flags, 0666));
  if (!file && errno == EEXIST) {
    throw IoError(path + ": exists: an earlier run was not finished; recover or remove it first",
                  ExitCode::kCannotCreate);
  }
  if (!file) {
    throw IoError(path + ": cannot create: " + errno_text(errno), ExitCode::kCannotCreate);
  }
  lock_for_writing(file, path);
  struct stat status {};
  if (::fstat(file.get(), &status) == 0 && S_ISREG(status.st_mode) &&
      ::ftruncate(file.get(), 0) != 0) {
    throw IoError(path + ": cannot empty: " + errno_text(errno), ExitCode::kCannotCreate);
  }
  return file;
}

}  // namespace

/// Owns the file. Callers fill one buffer; the thread swaps it for an empty one and writes it.
class Journal::Writer {
 public:
  Writer(std::string path, RunLayout layout, const JournalOptions& options)
      : path_(std::move(path)), layout_(std::move(layout)), interval_(options.sync_interval) {
    clean_texts(layout_);
    check_layout(layout_);
    const std::vector<std::byte> header = encode_header(layout_);
    file_ = open_journal(path_, options.replace);
    write_header(header);
    start(header.size());
  }

  /// Goes on with the file that is there.
  Writer(std::string path, const JournalOptions& options)
      : path_(std::move(path)), interval_(options.sync_interval) {
    file_ = FileDescriptor(::open(path_.c_str(), O_WRONLY | O_CLOEXEC));
    if (!file_) throw MissingInputError(path_ + ": cannot open: " + errno_text(errno));
    lock_for_writing(file_, path_);
    const JournalReader before(path_);
    layout_ = before.layout();
    // What follows the last whole record was torn by the end of the process that wrote it.
    const auto end = static_cast<off_t>(before.end_of_records());
    if (::ftruncate(file_.get(), end) != 0 || ::lseek(file_.get(), end, SEEK_SET) != end)
      throw IoError(path_ + ": cannot write: " + errno_text(errno));
    start(before.end_of_records());
  }

  ~Writer() {
    if (thread_.joinable()) stop();
  }

  void append(RecordHeader header, std::span<const std::byte> payload) {
    header.length = payload.size();
    header.payload_crc = crc32c(payload);
    const std::size_t size = sizeof header + payload.size();
    std::unique_lock lock(mutex_);
    has_room_.wait(lock, [&] {
      return is_failed() || waiting_.empty() || waiting_.size() + size <= kMaxWaiting;
    });
    throw_if_failed();
    if (is_closing_) refuse("append after close");
    header.offset = end_;
    header.header_crc = journal_format::checksum(header);
    const std::size_t before = waiting_.size();
    if (size > kMaxKept) waiting_.reserve(before + size);  // doubling would take twice as much
    append_bytes(waiting_, journal_format::bytes_of(header));
    append_bytes(waiting_, payload);
    end_ += size;
    const bool has_work = before == 0 || (before < kWriteAtOnce && waiting_.size() >= kWriteAtOnce);
    lock.unlock();
    if (has_work) work_.notify_one();
  }

  void sync() {
    std::unique_lock lock(mutex_);
    throw_if_failed();
    if (is_closing_) return;
    sync_wanted_ = std::max(sync_wanted_, end_);
    const std::uint64_t target = end_;
    work_.notify_one();
    synced_changed_.wait(lock, [&] { return is_failed() || synced_ >= target; });
    throw_if_failed();
  }

  void close() {
    if (thread_.joinable()) stop();
    throw_if_failed();
    file_.close(path_);
  }

  void check(std::size_t regime, std::int64_t trial) const {
    if (regime >= widths_.size()) refuse("unknown regime");
    if (trial < 0 || trial >= layout_.trials) refuse("unknown trial");
  }

  struct Widths {
    std::int64_t trajectory = 0;
    std::int64_t final = 0;
  };
  const Widths& widths(std::size_t regime) const { return widths_[regime]; }
  const RunLayout& layout() const { return layout_; }

 private:
  void start(std::uint64_t end) {
    for (const RegimeLayout& regime : layout_.regimes)
      widths_.push_back({trajectory_width(regime), final_width(regime)});
    end_ = end;
    thread_ = std::jthread([this] { run(); });
  }

  bool is_failed() const { return !failure_.empty(); }
  void throw_if_failed() const {
    if (is_failed()) throw IoError(failure_);
  }

  void write_header(std::span<const std::byte> header) {
    try {
      write_all(file_.get(), header, path_);
    } catch (const IoError&) {
      // Without a header it is no journal, and would only be in the way of the next run. Devices
      // stay.
      struct stat status {};
      if (::fstat(file_.get(), &status) == 0 && S_ISREG(status.st_mode)) ::unlink(path_.c_str());
      throw;
    }
  }

  void stop() {
    {
      const std::scoped_lock lock(mutex_);
      is_closing_ = true;
    }
    work_.notify_one();
    thread_.join();
  }

  void run() noexcept {
    try {
      while (write_once()) {
      }
    } catch (const std::exception& error) {
      const std::scoped_lock lock(mutex_);
      failure_ = error.what();
      waiting_.clear();
    }
    has_room_.notify_all();
    synced_changed_.notify_all();
  }

  // Waits for work, writes it, syncs if it is time. Returns false after the last round.
  bool write_once() {
    std::unique_lock lock(mutex_);
    const auto is_urgent = [&] {
      return is_closing_ || sync_wanted_ > synced_ || waiting_.size() >= kWriteAtOnce;
    };
    const auto is_awake = [&] { return is_urgent() || !waiting_.empty(); };
    if (unsynced_since_) {
      work_.wait_until(lock, *unsynced_since_ + interval_, is_awake);
    } else {
      work_.wait(lock, is_awake);
    }
    if (!waiting_.empty()) work_.wait_for(lock, kGather, is_urgent);
    writing_.swap(waiting_);
    const std::uint64_t end = end_;
    const bool is_last = is_closing_;
    const bool is_sync_wanted = is_last || sync_wanted_ > synced_;
    lock.unlock();
    has_room_.notify_all();

    write_all(file_.get(), writing_, path_);
    if (!writing_.empty() && !unsynced_since_) unsynced_since_ = Clock::now();
    writing_.clear();
    if (writing_.capacity() > kMaxKept) std::vector<std::byte>().swap(writing_);
    if (is_sync_wanted || (unsynced_since_ && Clock::now() >= *unsynced_since_ + interval_)) {
      sync_file(end);
    }
    return !is_last;
  }

  void sync_file(std::uint64_t end) {
    sync_content(file_.get(), path_);
    if (!std::exchange(is_entry_synced_, true)) sync_directory_of(path_);
    unsynced_since_.reset();
    {
      const std::scoped_lock lock(mutex_);
      synced_ = end;
    }
    synced_changed_.notify_all();
  }

  const std::string path_;
  RunLayout layout_;
  const std::chrono::milliseconds interval_;
  std::vector<Widths> widths_;
  FileDescriptor file_;

  // The thread's own.
  std::vector<std::byte> writing_;
  std::optional<Clock::time_point> unsynced_since_;
  bool is_entry_synced_ = false;

  // Shared, under the mutex.
  std::mutex mutex_;
  std::condition_variable work_, has_room_, synced_changed_;
  std::vector<std::byte> waiting_;
  std::uint64_t end_ = 0;  // where the next record begins in the file
  std::uint64_t sync_wanted_ = 0;
  std::uint64_t synced_ = 0;
  bool is_closing_ = false;
  std::string failure_;

  std::jthread thread_;  // last: it uses everything above
};

Journal Journal::create(const std::string& path, RunLayout layout, const JournalOptions& options) {
  return Journal(std::make_unique<Writer>(path, std::move(layout), options));
}

Journal Journal::reopen(const std::string& path, const JournalOptions& options) {
  return Journal(std::make_unique<Writer>(path, options));
}

Journal::Journal(std::unique_ptr<Writer> writer) : writer_(std::move(writer)) {}
Journal::Journal(Journal&&) noexcept = default;
Journal& Journal::operator=(Journal&&) noexcept = default;
Journal::~Journal() = default;

void Journal::append_trajectory(std::size_t regime, std::int64_t trial, std::int64_t first_record,
                                std::int64_t record_count, std::span<const double> values) {
  writer_->check(regime, trial);
  const auto records = static_cast<std::int64_t>(writer_->layout().regimes[regime].steps.size());
  if (first_record < 0 || record_count < 1 || first_record > records - record_count) {
    refuse("records outside the layout");
  }
  if (values.size() !=
      static_cast<std::uint64_t>(record_count * writer_->widths(regime).trajectory)) {
    refuse("a trajectory of the wrong length");
  }
  writer_->append({.type = RecordType::kTrajectory,
                   .trial = trial,
                   .first_record = first_record,
                   .record_count = record_count,
                   .regime = static_cast<std::uint32_t>(regime)},
                  std::as_bytes(values));
}

void Journal::append_final(std::size_t regime, std::int64_t trial, std::span<const double> values) {
  writer_->check(regime, trial);
  if (values.size() != static_cast<std::uint64_t>(writer_->widths(regime).final)) {
    refuse("final values of the wrong length");
  }
  writer_->append({.type = RecordType::kFinal,
                   .trial = trial,
                   .record_count = 1,
                   .regime = static_cast<std::uint32_t>(regime)},
                  std::as_bytes(values));
}

void Journal::append_outcome(std::size_t regime, std::int64_t trial, const Outcome& outcome) {
  writer_->check(regime, trial);
  const std::string message = valid_utf8(outcome.message);
  const journal_format::OutcomeHeader header{
      .steps_done = outcome.steps_done,
      .status = static_cast<std::uint32_t>(outcome.status),
      .message_length = static_cast<std::uint32_t>(message.size())};
  std::vector<std::byte> payload;
  append_bytes(payload, journal_format::bytes_of(header));
  append_bytes(payload, std::as_bytes(std::span(message)));
  payload.resize(journal_format::padded(payload.size()));
  writer_->append(
      {.type = RecordType::kOutcome, .trial = trial, .regime = static_cast<std::uint32_t>(regime)},
      payload);
}

void Journal::append_reopened(std::size_t regime, std::int64_t trial) {
  writer_->check(regime, trial);
  writer_->append(
      {.type = RecordType::kReopened, .trial = trial, .regime = static_cast<std::uint32_t>(regime)},
      {});
}

void Journal::sync() { writer_->sync(); }
void Journal::close() { writer_->close(); }
const RunLayout& Journal::layout() const noexcept { return writer_->layout(); }

}  // namespace gbid
