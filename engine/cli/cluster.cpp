// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/cli/cluster.hpp"

#include <algorithm>
#include <cstdlib>

#include "engine/core/error.hpp"
#if defined(GBID_HAS_MPI)
#include "engine/cli/mpi_cluster.hpp"
#endif

namespace gbid::cli {
namespace {

int count_in_environment(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr ? 0 : std::atoi(text);
}

/// Processes that an MPI launcher has started with this one, from the variables it has set. MPI_Init of a process that runs alone costs a fraction of a second and makes files.
int launched_processes() {
  const int by_name =
      std::max(count_in_environment("OMPI_COMM_WORLD_SIZE"), count_in_environment("PMI_SIZE"));
  if (by_name > 0) return by_name;
  return std::getenv("PMIX_RANK") != nullptr
             ? std::max(1, count_in_environment("SLURM_STEP_NUM_TASKS"))
             : 1;
}

}  // namespace

std::unique_ptr<Team> Cluster::team(std::size_t jobs, SweepPlayer&) const {
  return std::make_unique<SoloTeam>(jobs);
}

std::unique_ptr<Cluster> make_cluster() {
  if (launched_processes() <= 1) return std::make_unique<Cluster>();
#if defined(GBID_HAS_MPI)
  return make_mpi_cluster();
#else
  throw UsageError(
      "sweep: this is one of several MPI processes, but gbid was built without MPI, so each would "
      "play the whole sweep; build it with ./bootstrap build --mpi, or use --shard");
#endif
}

}  // namespace gbid::cli
