// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <string_view>
#include <vector>

#include "analysis/statistics.hpp"
#include "engine/text/json_writer.hpp"

namespace gbid {

/// Adds the member `name`: count, median and mean with their intervals.
inline void write_estimate(JsonWriter& json, std::string_view name, const Estimate& found) {
  json.key(name).begin_object();
  json.member("count", found.count).member("median", found.median);
  json.key("median_interval")
      .value(std::vector{found.median_interval.low, found.median_interval.high});
  json.member("mean", found.mean);
  json.key("mean_interval").value(std::vector{found.mean_interval.low, found.mean_interval.high});
  json.end_object();
}

}  // namespace gbid
