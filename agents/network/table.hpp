// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <algorithm>

#include "engine/random/stream.hpp"

namespace gbid {

/// A network that observes nothing: its parameters are its outputs. As a kind of network it has no
/// size yet.
class Table {
 public:
  Table() = default;
  explicit Table(Index outputs) : outputs_(outputs) {}

  Index inputs() const { return 0; }
  Index outputs() const { return outputs_; }
  Index parameter_count() const { return outputs_; }
  Index activation_count(Index) const { return 0; }
  Index scratch_count(Index) const { return 0; }

  /// Outputs, one row.
  template <class T>
  void forward(const T* parameters, T* y) const {
    std::copy_n(parameters, outputs_, y);
  }

  bool operator==(const Table&) const = default;

 private:
  Index outputs_ = 0;
};

}  // namespace gbid
