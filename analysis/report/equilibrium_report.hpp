// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <string>

#include "analysis/price_of_anarchy.hpp"
#include "engine/text/json_writer.hpp"

namespace gbid {

/// The section of a text report that says which ends are equilibria, how nearly, and what the price
/// of anarchy and of stability over them are; empty if nothing was certified. Lines of at most 100
/// columns.
/// @param definitions  gets what its numbers mean.
std::string equilibrium_report(const PriceOfAnarchyResult& result, std::string& definitions);

/// A report of its own, for `gbid certify`, with what its numbers mean at the end.
std::string certificate_report(const PriceOfAnarchyResult& result);

/// The same as one JSON object.
void write_equilibria(JsonWriter& json, const PriceOfAnarchyResult& result);

}  // namespace gbid
