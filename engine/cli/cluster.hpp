// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/core/error.hpp"
#include "engine/stepping/team.hpp"
#include "scenarios/sweep/jobs.hpp"
#include "scenarios/sweep/player.hpp"

namespace gbid::cli {

/// The processes that play one sweep together: those of `mpirun`, or this one alone. Members are
/// called by the main thread, and `broadcast`, `team` and `wait_for_all` by all processes.
class Cluster {
 public:
  virtual ~Cluster() = default;
  virtual int rank() const { return 0; }
  virtual int size() const { return 1; }
  /// Processes of this machine among them.
  virtual int local_size() const { return 1; }
  /// What the first process has, everywhere.
  virtual void broadcast(std::string& text) const { (void)text; }
  virtual void broadcast(std::vector<std::int64_t>& numbers) const { (void)numbers; }
  /// Hands out jobs. What the others finish is credited to the player of the first process.
  virtual std::unique_ptr<Team> team(std::size_t jobs, SweepPlayer& player) const;
  virtual void wait_for_all() const {}
  /// Ends all processes, where there are others; else returns.
  virtual void abandon(ExitCode code) const { (void)code; }
};

/// @throws UsageError if this is one of several processes but was built without MPI.
std::unique_ptr<Cluster> make_cluster();

}  // namespace gbid::cli
