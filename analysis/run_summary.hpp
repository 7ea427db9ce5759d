// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include "analysis/price_of_anarchy.hpp"
#include "engine/record/published_file.hpp"
#include "engine/record/run_reader.hpp"

namespace gbid {

/// What the comparison needs, from a published file. Reads one variable of one trial at a time,
/// apart from those over (trial, step) alone.
///
///     const RunReader run("out.h5");
///     std::cout << text_report(price_of_anarchy(price_of_anarchy_input(run)));
///
/// @throws DataError if a regime has no welfare over (trial, step), or shapes contradict each
/// other.
PriceOfAnarchyInput price_of_anarchy_input(
    const RunReader& run, std::span<const StatisticRow> statistics = statistic_table());

/// The same from the journal of a run, before it is published.
PriceOfAnarchyInput price_of_anarchy_input(
    const RunRecords& records, std::span<const StatisticRow> statistics = statistic_table());

/// Writes `/summary` over `trial` into a file that is being published:
///
///     PublishOptions options;
///     options.finish = [](PublishedFile& file) { write_summary(file); };
///
/// Per regime R: settled_R (no | yes | not_counted) and the statistics of regimes, as welfare_R;
/// those of what was not recorded are left out. Over all: best_known_welfare. For the equilibrium
/// regime E and the best planner P the statistics of comparisons, as price_of_anarchy (NaN where it
/// is not defined; its attribute `not_defined` says why) and ratio_E_to_P. With several equilibrium
/// regimes the names without one end in _E. Where ends were certified, those of certificates and
/// games. The group's attributes hold the definitions and, one a line, the caveats. No group is
/// written for a run that did not record welfare in every regime.
void write_summary(PublishedFile& file, const PriceOfAnarchyConfig& config = {});

}  // namespace gbid
