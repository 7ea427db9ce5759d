// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/record/run_records.hpp"

#include <functional>
#include <numeric>

#include "engine/core/error.hpp"

namespace gbid {

bool RunRecords::is_complete() const {
  for (std::size_t regime = 0; regime < layout().regimes.size(); ++regime) {
    for (std::int64_t trial = 0; trial < layout().trials; ++trial) {
      const TrialStatus status = outcome(regime, trial).status;
      if (status == TrialStatus::kNotStarted || status == TrialStatus::kStopped) return false;
    }
  }
  return true;
}

std::vector<RecordedVariable> RunRecords::variables(std::size_t regime) const {
  const RegimeLayout& layout = this->layout().regimes.at(regime);
  std::vector<RecordedVariable> found;
  for (const bool is_final : {false, true}) {
    std::int64_t offset = 0;
    for (const Variable& variable : is_final ? layout.final : layout.trajectory) {
      found.push_back({regime, is_final, &variable, offset, dimension_sizes(layout, variable)});
      const auto& sizes = found.back().sizes;
      offset += std::accumulate(sizes.begin(), sizes.end(), std::int64_t{1}, std::multiplies<>());
    }
  }
  return found;
}

Array RunRecords::values(std::size_t regime, std::string_view variable) const {
  for (const RecordedVariable& source : variables(regime)) {
    if (source.variable->name != variable) continue;
    std::vector<std::int64_t> shape = {layout().trials, source.is_final ? 1 : record_count(regime)};
    shape.insert(shape.end(), source.sizes.begin(), source.sizes.end());
    const std::vector<std::int64_t> origin(shape.size(), 0);
    Array array;
    array.values.resize(static_cast<std::size_t>(
        std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>())));
    gather(source, origin, shape, array.values);
    if (source.is_final) shape.erase(shape.begin() + 1);
    array.shape = std::move(shape);
    return array;
  }
  throw Error(ExitCode::kInternal, "no variable " + std::string(variable) + " was recorded");
}

}  // namespace gbid
