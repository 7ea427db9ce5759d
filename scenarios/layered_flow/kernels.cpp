// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/layered_flow/kernels.hpp"

#if defined(__FMA__)
#include <immintrin.h>
#endif

namespace gbid::layered_flow {
namespace {

/// 32 bytes of numbers side by side, see engine/math/pack.hpp.
template <class T>
struct VectorOf;
template <>
struct VectorOf<float> {
  using Type = float __attribute__((vector_size(32)));
  using InMemory [[gnu::may_alias]] = Type;
};
template <>
struct VectorOf<double> {
  using Type = double __attribute__((vector_size(32)));
  using InMemory [[gnu::may_alias]] = Type;
};
template <class T>
using Vector = typename VectorOf<T>::Type;
template <class T>
constexpr Index kWidth = 32 / static_cast<Index>(sizeof(T));

template <class T>
Vector<T> load(const T* p) {
  return *reinterpret_cast<const typename VectorOf<T>::InMemory*>(p);
}
template <class T>
void store(T* p, Vector<T> x) {
  *reinterpret_cast<typename VectorOf<T>::InMemory*>(p) = x;
}

#if defined(__FMA__)
inline Vector<float> multiply_add(Vector<float> a, Vector<float> b, Vector<float> c) {
  return reinterpret_cast<Vector<float>>(_mm256_fmadd_ps(
      reinterpret_cast<__m256>(a), reinterpret_cast<__m256>(b), reinterpret_cast<__m256>(c)));
}
inline Vector<double> multiply_add(Vector<double> a, Vector<double> b, Vector<double> c) {
  return reinterpret_cast<Vector<double>>(_mm256_fmadd_pd(
      reinterpret_cast<__m256d>(a), reinterpret_cast<__m256d>(b), reinterpret_cast<__m256d>(c)));
}
#else
template <class V>
V multiply_add(V a, V b, V c) {
  return a * b + c;
}
#endif

/// Sum over the lanes, halves upon halves.
inline float sum(Vector<float> x) {
  x += __builtin_shufflevector(x, x, 4, 5, 6, 7, 0, 1, 2, 3);
  x += __builtin_shufflevector(x, x, 2, 3, 0, 1, 6, 7, 4, 5);
  return x[0] + x[1];
}
inline double sum(Vector<double> x) {
  x += __builtin_shufflevector(x, x, 2, 3, 0, 1);
  return x[0] + x[1];
}

/// One block of V vectors of samples: accumulators stay in registers.
template <int V, class T>
void block_product(const SparseRows<T>& a, Index begin, Index end, const T* x, Index x_stride, T* y,
                   Index y_stride) {
  for (Index r = begin; r < end; ++r) {
    const std::int32_t* columns = a.columns + r * a.capacity;
    const T* values = a.values + r * a.capacity;
    const Index count = a.counts[r];
    Vector<T> total[V] = {};
    for (Index k = 0; k < count; ++k) {
      const T* from = x + columns[k] * x_stride;
      const Vector<T> value = values[k] - Vector<T>{};
      for (int v = 0; v < V; ++v)
        total[v] = multiply_add(value, load(from + v * kWidth<T>), total[v]);
    }
    T* to = y + r * y_stride;
    for (int v = 0; v < V; ++v) store(to + v * kWidth<T>, total[v]);
  }
}

/// N dot products at a time, so that as many sums are under way as the processor can add.
template <int N, class T>
void some_products(const T* y, const T* x, Index x_stride, Index samples,
                   const std::int32_t* columns, T* out) {
  Vector<T> total[N] = {};
  const T* rows[N];
  for (int n = 0; n < N; ++n) rows[n] = x + columns[n] * x_stride;
  for (Index b = 0; b < samples; b += kWidth<T>) {
    const Vector<T> factor = load(y + b);
    for (int n = 0; n < N; ++n) total[n] = multiply_add(factor, load(rows[n] + b), total[n]);
  }
  for (int n = 0; n < N; ++n) out[n] = sum(total[n]);
}

}  // namespace

template <class T>
void sparse_product(const SparseRows<T>& a, Index begin, Index end, const T* x, Index x_stride,
                    T* y, Index y_stride, Index samples) {
  constexpr int kWide = 8, kNarrow = 2;  // vectors: half of the registers, and a group of floats
  Index b = 0;
  for (; b + kWide * kWidth<T> <= samples; b += kWide * kWidth<T>)
    block_product<kWide>(a, begin, end, x + b, x_stride, y + b, y_stride);
  for (; b < samples; b += kNarrow * kWidth<T>)
    block_product<kNarrow>(a, begin, end, x + b, x_stride, y + b, y_stride);
}

template <class T>
void sampled_products(const T* y, const T* x, Index x_stride, Index samples,
                      const std::int32_t* columns, Index count, T* out) {
  Index k = 0;
  for (; k + 8 <= count; k += 8) some_products<8>(y, x, x_stride, samples, columns + k, out + k);
  for (; k + 4 <= count; k += 4) some_products<4>(y, x, x_stride, samples, columns + k, out + k);
  for (; k < count; ++k) some_products<1>(y, x, x_stride, samples, columns + k, out + k);
}

#define GBID_INSTANTIATE(T)                                                                    \
  template void sparse_product(const SparseRows<T>&, Index, Index, const T*, Index, T*, Index, \
                               Index);                                                         \
  template void sampled_products(const T*, const T*, Index, Index, const std::int32_t*, Index, T*)
GBID_INSTANTIATE(float);
GBID_INSTANTIATE(double);
#undef GBID_INSTANTIATE

}  // namespace gbid::layered_flow
