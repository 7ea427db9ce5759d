// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// What the project's own flags keep the compiler from getting wrong, see CMakeLists.txt.
#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <vector>

namespace {

template <class T>
__attribute__((noinline)) std::vector<T> halves() {
  return std::vector<T>{T{1}, T{1}, T{0}, T{0}};
}

template <class T>
__attribute__((noinline)) std::vector<T> quarters() {
  return std::vector<T>{T{7}, T{7}, T{0}, T{0}, T{0}, T{0}, T{0}, T{0}};
}

/// Counts without looking at the constants as such: the compiler would fold a comparison.
template <class T>
std::size_t nonzero(const std::vector<T>& values) {
  std::size_t count = 0;
  for (std::size_t k = 0; k < values.size(); ++k) {
    const volatile T value = values[k];
    count += value != T{0};
  }
  return count;
}

}  // namespace

TEST_CASE("compiler: a constant that ends in zeros is copied as it is") {
  CHECK(nonzero(halves<double>()) == 2);
  CHECK(nonzero(halves<long>()) == 2);
  CHECK(nonzero(quarters<double>()) == 2);
  CHECK(nonzero(quarters<long>()) == 2);
  CHECK(nonzero(quarters<float>()) == 2);
  CHECK(nonzero(quarters<int>()) == 2);
}
