// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/cli/mpi_cluster.hpp"

#include <mpi.h>

#include <boost/mpi/collectives.hpp>
#include <boost/mpi/communicator.hpp>
#include <boost/mpi/environment.hpp>
#include <boost/serialization/string.hpp>
#include <boost/serialization/vector.hpp>
#include <chrono>
#include <functional>
#include <thread>

namespace gbid::cli {
namespace {

namespace mpi = boost::mpi;

constexpr int kRequest = 1, kReply = 2, kEnd = 3;
constexpr std::int64_t kNoMore = -1;
// Every look at the messages takes some of the time of those that compute. Jobs take milliseconds
// and the next is asked for one job ahead, so that a request may wait for this long.
constexpr std::chrono::microseconds kRequestWaits{2000};
// Of a process that has nothing to play meanwhile.
constexpr std::chrono::microseconds kIdle{200};

std::vector<std::int64_t> encode(const std::vector<FinishedUnit>& units) {
  std::vector<std::int64_t> numbers;
  for (const FinishedUnit& unit : units)
    numbers.insert(numbers.end(), {unit.point, unit.regime, unit.has_failed});
  return numbers;
}

std::vector<FinishedUnit> decode(const std::vector<std::int64_t>& numbers) {
  std::vector<FinishedUnit> units;
  for (std::size_t k = 0; k + 3 <= numbers.size(); k += 3)
    units.push_back({numbers[k], numbers[k + 1], numbers[k + 2]});
  return units;
}

/// Has the list of jobs; answers the others whenever its process looks for work or for an end.
class FirstTeam final : public Team {
 public:
  FirstTeam(mpi::communicator world, std::size_t jobs, SweepPlayer& player)
      : world_(std::move(world)), jobs_(jobs), player_(player) {}

  std::optional<std::size_t> take(const std::function<bool(std::size_t)>& fits) override {
    serve();
    return jobs_.take(fits);
  }
  bool is_drained() const override {
    serve();
    return jobs_.is_drained() && ended_ == world_.size() - 1;
  }
  std::chrono::microseconds patience(bool is_busy) const override {
    return is_busy ? kRequestWaits : kIdle;
  }

 private:
  void serve() const {
    while (const auto message = world_.iprobe(mpi::any_source, mpi::any_tag)) {
      std::vector<std::int64_t> finished;
      world_.recv(message->source(), message->tag(), finished);
      player_.credit(decode(finished));
      if (message->tag() == kEnd) {
        ++ended_;
        continue;
      }
      const auto job = jobs_.take([](std::size_t) { return true; });
      world_.send(message->source(), kReply, job ? static_cast<std::int64_t>(*job) : kNoMore);
    }
  }

  mpi::communicator world_;
  mutable SoloTeam jobs_;
  SweepPlayer& player_;
  mutable int ended_ = 0;  // processes that have played all that they took
};

/// Asks the first process, always one job ahead.
class OtherTeam final : public Team {
 public:
  OtherTeam(mpi::communicator world, SweepPlayer& player)
      : world_(std::move(world)), player_(player) {
    ask();
  }

  std::optional<std::size_t> take(const std::function<bool(std::size_t)>&) override {
    if (has_ended_ || !world_.iprobe(0, kReply)) return std::nullopt;
    std::int64_t job = kNoMore;
    world_.recv(0, kReply, job);
    has_ended_ = job == kNoMore;
    if (has_ended_) return std::nullopt;
    ask();
    return static_cast<std::size_t>(job);
  }
  bool is_drained() const override { return has_ended_; }
  void finish() override { world_.send(0, kEnd, encode(player_.take_finished())); }
  std::chrono::microseconds patience(bool is_busy) const override {
    // The answer to what was asked for is there when a job ends.
    return is_busy || has_ended_ ? std::chrono::hours(1) : kIdle;
  }

 private:
  void ask() { world_.send(0, kRequest, encode(player_.take_finished())); }

  mpi::communicator world_;
  SweepPlayer& player_;
  bool has_ended_ = false;
};

class MpiCluster final : public Cluster {
 public:
  MpiCluster() : environment_(mpi::threading::funneled) {
    MPI_Comm machine = MPI_COMM_NULL;
    MPI_Comm_split_type(world_, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &machine);
    MPI_Comm_size(machine, &local_size_);
    MPI_Comm_free(&machine);
  }

  int rank() const override { return world_.rank(); }
  int size() const override { return world_.size(); }
  int local_size() const override { return local_size_; }
  void broadcast(std::string& text) const override { mpi::broadcast(world_, text, 0); }
  void broadcast(std::vector<std::int64_t>& numbers) const override {
    mpi::broadcast(world_, numbers, 0);
  }
  std::unique_ptr<Team> team(std::size_t jobs, SweepPlayer& player) const override {
    if (rank() == 0) return std::make_unique<FirstTeam>(world_, jobs, player);
    return std::make_unique<OtherTeam>(world_, player);
  }
  void wait_for_all() const override {
    // A barrier of MPI's own spins, and takes a core away from those that still compute.
    MPI_Request request = MPI_REQUEST_NULL;
    MPI_Ibarrier(world_, &request);
    for (int is_done = 0; is_done == 0;) {
      MPI_Test(&request, &is_done, MPI_STATUS_IGNORE);
      if (is_done == 0) std::this_thread::sleep_for(kIdle);
    }
  }
  void abandon(ExitCode code) const override {
    if (size() > 1) mpi::environment::abort(static_cast<int>(code));
  }

 private:
  mpi::environment environment_;
  mpi::communicator world_;
  int local_size_ = 1;
};

}  // namespace

std::unique_ptr<Cluster> make_mpi_cluster() { return std::make_unique<MpiCluster>(); }

}  // namespace gbid::cli
