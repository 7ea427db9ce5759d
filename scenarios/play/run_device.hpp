// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <string>

#include "engine/device/device.hpp"
#include "scenarios/loading/scenario.hpp"

namespace gbid {

/// What computes the steps of a run: the device that is asked for where every regime can be played
/// on it and fits; otherwise the CPU where that is asked for ("auto") or allowed
/// (`device_fallback`).
/// @param name of the scenario, for the message. @param asked "cpu", "cuda", "cuda:k" or "auto".
/// @param threads see Scenario::estimate. @param why what kept the run from the card; empty where
/// nothing did or none was asked for.
/// @throws ScenarioError saying what is missing: CUDA, a card, a kernel or memory.
Device device_of_run(const Scenario& scenario, const std::string& name, const std::string& asked,
                     int threads, std::string& why);

}  // namespace gbid
