// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <string>
#include <vector>

#include "engine/cli/options.hpp"
#include "engine/sweep/work_folder.hpp"
#include "scenarios/sweep/jobs.hpp"

namespace gbid::cli {

/// All options of `gbid sweep`.
void add_sweep_options(Options& options);

/// The scenario with the overrides and the axes of the command line, or its own [sweep].
/// @throws the errors of the scenario or of an axis.
SweepOrder order_of(const Options& options);

/// Where the result goes: -o FILE, -o FOLDER, or the scenario's name with _sweep.h5.
std::string sweep_output(const Options& options);

/// --shard I/N; where it is not given, a task of a SLURM job array is a shard.
/// @throws UsageError.
Shard shard_of(const Options& options);

/// --memory, or four fifths of what is free, shared with the other processes of this machine.
/// @throws UsageError.
double memory_limit(const Options& options, int processes);

/// --threads, or the processors of this machine, shared likewise; at least one.
int sweep_threads(const Options& options, int processes);

/// What two orders of a sweep differ in, for a message.
std::string difference(const SweepOrder& before, const SweepOrder& now);

}  // namespace gbid::cli
