// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/cli/cluster.hpp"

#include <cstdlib>

#include "engine/core/error.hpp"
#if defined(GBID_HAS_MPI)
#include "engine/cli/mpi_cluster.hpp"
#endif

namespace gbid::cli {
namespace {

/// Whether an MPI launcher has started this process: MPI_Init of a process that runs alone costs a
/// fraction of a second and makes files, so it is left out there.
bool is_launched_by_mpi() {
  for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK", "PMI_SIZE"})
    if (std::getenv(name) != nullptr) return true;
  return false;
}

}  // namespace

std::unique_ptr<Team> Cluster::team(std::size_t jobs, SweepPlayer&) const {
  return std::make_unique<SoloTeam>(jobs);
}

std::unique_ptr<Cluster> make_cluster() {
  if (!is_launched_by_mpi()) return std::make_unique<Cluster>();
#if defined(GBID_HAS_MPI)
  return make_mpi_cluster();
#else
  throw UsageError(
      "sweep: this is one of several MPI processes, but gbid was built without MPI, and each would "
      "play the whole sweep; build it with ./bootstrap build --mpi, or use --shard");
#endif
}

}  // namespace gbid::cli
