// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>

namespace gbid {

using Index = std::int64_t;

/// Values in one vector register group; rows are padded to a multiple of it.
inline constexpr Index kLanes = 4;

/// Length of a row of `count` values after padding. Rows that would be a multiple of 4 KiB apart
/// get one cache line more: walking down a column would otherwise hit the same cache set at every
/// row.
constexpr Index padded(Index count) {
  const Index rounded = (count + kLanes - 1) / kLanes * kLanes;
  return rounded % 512 == 0 && rounded > 0 ? rounded + 8 : rounded;
}

/// A block of numbers on a cache-line boundary, zero at the start.
template <class T>
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(Index count)
      : data_(count > 0 ? static_cast<T*>(::operator new (
                              static_cast<std::size_t>(count) * sizeof(T), std::align_val_t{64}))
                        : nullptr),
        size_(count) {
    for (Index k = 0; k < count; ++k) data_.get()[k] = T{};
  }

  T* data() { return data_.get(); }
  const T* data() const { return data_.get(); }
  Index size() const { return size_; }
  T& operator[](Index k) { return data_.get()[k]; }
  T operator[](Index k) const { return data_.get()[k]; }

 private:
  struct Release {
    void operator()(T* p) const { ::operator delete (p, std::align_val_t{64}); }
  };
  std::unique_ptr<T, Release> data_;
  Index size_ = 0;
};

using AlignedBuffer = Buffer<double>;

/// Row-major matrix (rows x columns) whose rows start on a vector boundary and are padded with
/// zeros, so that kernels run over whole vectors and give the same bits wherever the matrix lies in
/// memory.
class PaddedMatrix {
 public:
  PaddedMatrix() = default;
  PaddedMatrix(Index rows, Index columns)
      : buffer_(rows * padded(columns)), rows_(rows), columns_(columns), stride_(padded(columns)) {}

  Index rows() const { return rows_; }
  Index columns() const { return columns_; }
  Index stride() const { return stride_; }
  bool empty() const { return rows_ == 0; }

  double* row(Index i) { return buffer_.data() + i * stride_; }
  const double* row(Index i) const { return buffer_.data() + i * stride_; }
  std::span<double> row_span(Index i) { return {row(i), static_cast<std::size_t>(columns_)}; }
  std::span<const double> row_span(Index i) const {
    return {row(i), static_cast<std::size_t>(columns_)};
  }
  double& operator()(Index i, Index j) { return row(i)[j]; }
  double operator()(Index i, Index j) const { return row(i)[j]; }

 private:
  AlignedBuffer buffer_;
  Index rows_ = 0, columns_ = 0, stride_ = 0;
};

}  // namespace gbid
