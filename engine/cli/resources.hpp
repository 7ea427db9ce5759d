// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <filesystem>
#include <string>

#include "scenarios/loading/scenario.hpp"

namespace gbid::cli {

/// Memory that can be used without swapping, from the kernel's own estimate and the limits of the
/// container that this runs in; 0 where neither is known.
double available_memory_bytes();

/// Makes large blocks go back to the system when they are freed. glibc otherwise keeps them, one
/// heap per thread, and a limit on memory would count only what is in use.
void return_memory_at_once();

/// Keeps what is freed, up to some 32 MB, for what is needed next: a page that the system takes back
/// and gives again costs more than what is written to it.
void keep_freed_memory();

/// Room on the disk that holds a folder; negative if the folder does not exist.
double free_disk_bytes(const std::filesystem::path& folder);

/// Refuses a scenario that needs more memory or disk than there is now.
/// @param name of the scenario, for the message. @param folder where its output will lie.
/// @throws ScenarioError saying what it needs and what there is.
void refuse_what_does_not_fit(const Scenario& scenario, const std::string& name, int threads,
                              const Device& device, const std::filesystem::path& folder);

}  // namespace gbid::cli
