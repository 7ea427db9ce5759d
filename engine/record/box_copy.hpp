// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "engine/record/layout.hpp"

namespace gbid {

/// Copies the part of a record that lies in a box: rows of the last dimension, found by counting
/// through the others.
class BoxCopy {
 public:
  BoxCopy(std::span<const std::int64_t> sizes, std::span<const std::int64_t> origin,
          std::span<const std::int64_t> shape)
      : rank_(sizes.size()) {
    std::int64_t source_stride = 1, target_stride = 1;
    for (std::size_t k = rank_; k-- > 0;) {
      counts_[k] = std::max<std::int64_t>(0, std::min(shape[k], sizes[k] - origin[k]));
      source_strides_[k] = source_stride;
      target_strides_[k] = target_stride;
      source_start_ += origin[k] * source_stride;
      source_stride *= sizes[k];
      target_stride *= shape[k];
      is_empty_ = is_empty_ || counts_[k] == 0;
    }
    target_size_ = target_stride;
  }

  std::int64_t target_size() const { return target_size_; }

  void operator()(const double* source, double* target) const {
    if (!is_empty_) copy(source + source_start_, target, 0);
  }

 private:
  void copy(const double* source, double* target, std::size_t axis) const {
    if (axis == rank_) {
      *target = *source;
    } else if (axis + 1 == rank_) {
      std::copy_n(source, counts_[axis], target);
    } else {
      for (std::int64_t k = 0; k < counts_[axis]; ++k) {
        copy(source + k * source_strides_[axis], target + k * target_strides_[axis], axis + 1);
      }
    }
  }

  std::size_t rank_;
  bool is_empty_ = false;
  std::int64_t source_start_ = 0;
  std::int64_t target_size_ = 1;
  std::array<std::int64_t, kMaxVariableDimensions> counts_{}, source_strides_{}, target_strides_{};
};

}  // namespace gbid
