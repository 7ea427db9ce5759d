// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <memory>

#include "engine/cli/cluster.hpp"

namespace gbid::cli {

/// The processes of MPI_COMM_WORLD. The first one has the list of jobs and plays along; the others
/// ask it for the next one while they still play the last, and report what they have finished.
std::unique_ptr<Cluster> make_mpi_cluster();

}  // namespace gbid::cli
