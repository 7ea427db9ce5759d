// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/bid_matrix/sparse/edge_game.hpp"

#include <algorithm>

namespace gbid::bid_matrix::sparse {

EdgeNumbers::EdgeNumbers(AlignedBuffer values) {
  const auto is_narrow = [](double value) {
    return static_cast<double>(static_cast<float>(value)) == value;
  };
  if (!std::all_of(values.data(), values.data() + values.size(), is_narrow)) {
    wide_ = std::move(values);
    return;
  }
  narrow_ = Buffer<float>(values.size());
  for (Index e = 0; e < values.size(); ++e) narrow_[e] = static_cast<float>(values[e]);
}

void EdgeNumbers::copy(Index begin, Index count, double* out) const {
  if (wide_.size() > 0)
    std::copy_n(wide_.data() + begin, count, out);
  else
    for (Index k = 0; k < count; ++k) out[k] = static_cast<double>(narrow_[begin + k]);
}

}  // namespace gbid::bid_matrix::sparse
