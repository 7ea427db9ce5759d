// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "engine/math/vector_math.hpp"

using namespace gbid;

namespace {

double ulps(double got, long double exact) {
  const double nearest = static_cast<double>(exact);
  if (got == nearest) return 0.0;
  const double unit = std::nextafter(std::fabs(nearest), INFINITY) - std::fabs(nearest);
  return static_cast<double>(std::fabs(static_cast<long double>(got) - exact) / unit);
}

template <class Vector, class Exact>
double worst(Vector vector, Exact exact, double low, double high, int count) {
  double result = 0.0;
  for (int k = 0; k < count; k += 4) {
    Pack x;
    for (int lane = 0; lane < 4; ++lane)
      x[lane] = low + (high - low) * (k + lane + 0.37) / (count + 1);
    const Pack y = vector(x);
    for (int lane = 0; lane < 4; ++lane)
      result = std::max(result, ulps(y[lane], exact(static_cast<long double>(x[lane]))));
  }
  return result;
}

}  // namespace

TEST_CASE("vector exp, log, sigmoid and tanh stay within their stated units in the last place") {
  const auto e = [](Pack x) { return gbid::exp(x); };
  const auto l = [](Pack x) { return gbid::log(x); };
  const auto t = [](Pack x) { return gbid::tanh(x); };
  const auto s = [](Pack x) { return gbid::sigmoid(x); };
  CHECK(worst(
            e, [](long double x) { return expl(x); }, -700, 700, 400000) < 2.0);
  CHECK(worst(
            e, [](long double x) { return expl(x); }, -2, 2, 400000) < 2.0);
  CHECK(worst(
            l, [](long double x) { return logl(x); }, 1e-12, 3, 400000) < 2.0);
  CHECK(worst(
            l, [](long double x) { return logl(x); }, 1e-3, 1e6, 400000) < 2.0);
  CHECK(worst(
            t, [](long double x) { return tanhl(x); }, -3, 3, 400000) < 3.0);
  CHECK(worst(
            t, [](long double x) { return tanhl(x); }, -30, 30, 400000) < 3.0);
  CHECK(worst(
            s, [](long double x) { return 1.0L / (1.0L + expl(-x)); }, -30, 30, 400000) < 3.0);
}

TEST_CASE("vector functions at the edges of the line") {
  const double inf = INFINITY;
  const Pack logs = gbid::log(Pack{0.0, -1.0, inf, 5e-324});
  CHECK(logs[0] == -inf);
  CHECK(std::isnan(logs[1]));
  CHECK(logs[2] == inf);
  CHECK(logs[3] == doctest::Approx(std::log(5e-324)).epsilon(1e-15));
  const Pack exps = gbid::exp(Pack{-1e9, 1e9, 0.0, std::nan("")});
  CHECK(exps[0] == 0.0);
  CHECK(exps[1] == inf);
  CHECK(exps[2] == 1.0);
  CHECK(std::isnan(exps[3]));
  const Pack tanhs = gbid::tanh(Pack{-inf, inf, 0.0, 1e-300});
  CHECK(tanhs[0] == -1.0);
  CHECK(tanhs[1] == 1.0);
  CHECK(tanhs[2] == 0.0);
  CHECK(tanhs[3] == 1e-300);
  CHECK(std::isnan(gbid::log(broadcast(std::nan("")))[0]));
}

TEST_CASE("dot and sum over padded rows agree with the plain loop") {
  for (Index n : {4, 8, 12, 20, 100}) {
    AlignedBuffer a(n), b(n);
    double expected = 0.0, total = 0.0;
    for (Index k = 0; k < n; ++k) {
      a[k] = 0.5 + static_cast<double>(k % 7);
      b[k] = static_cast<double>(k % 5) - 2.0;
      expected += a[k] * b[k];
      total += a[k];
    }
    CHECK(dot(a.data(), b.data(), n) == doctest::Approx(expected));
    CHECK(sum(a.data(), n) == doctest::Approx(total));
  }
}
