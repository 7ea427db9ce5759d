// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/math/rows.hpp"

namespace gbid {
namespace {

template <class C, class Product>
void put(C& c, const Product& product, Into into) {
  if (into == Into::kAdd)
    c.noalias() += product;
  else
    c.noalias() = product;
}

}  // namespace

template <class T>
void multiply(const ConstRows<T>& a, const ConstRows<T>& b, Rows<T> c, Into into) {
  put(c, a * b, into);
}
template <class T>
void multiply_tn(const ConstRows<T>& a, const ConstRows<T>& b, Rows<T> c, Into into) {
  put(c, a.transpose() * b, into);
}
template <class T>
void multiply_nt(const ConstRows<T>& a, const ConstRows<T>& b, Rows<T> c, Into into) {
  put(c, a * b.transpose(), into);
}

#define GBID_INSTANTIATE(T)                                                           \
  template void multiply(const ConstRows<T>&, const ConstRows<T>&, Rows<T>, Into);    \
  template void multiply_tn(const ConstRows<T>&, const ConstRows<T>&, Rows<T>, Into); \
  template void multiply_nt(const ConstRows<T>&, const ConstRows<T>&, Rows<T>, Into)
GBID_INSTANTIATE(float);
GBID_INSTANTIATE(double);
#undef GBID_INSTANTIATE

}  // namespace gbid
