// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <atomic>
#include <cstdint>

#include "analysis/price_of_anarchy.hpp"
#include "engine/config/document.hpp"
#include "engine/record/run_reader.hpp"

namespace gbid {

/// A run's comparison with a certificate for every end, made now where the run has none.
///
/// A trial's end is taken from what it recorded (the bids of a bid-matrix market, the strategies of
/// a classical game). A structure whose file does not hold its state is played again from the
/// scenario, which must end where the file says.
/// @param scenario the run's, with the keys that were overridden.
/// @param is_afresh  whether recorded certificates are made again.
/// @param done       counts ends that are certified, of trials x regimes.
/// @throws DataError if the structure cannot be certified, or a trial that is played again ends
/// elsewhere.
PriceOfAnarchyResult certify_run(const RunReader& run, config::Document scenario, bool is_afresh,
                                 const std::atomic<bool>& stop, std::atomic<std::int64_t>& done);

}  // namespace gbid
