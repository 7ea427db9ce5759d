// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "agents/learning/learner.hpp"

#include "engine/config/schema.hpp"

namespace gbid {
namespace {

template <class L>
config::Schema<L> schema_of() {
  config::Schema<L> schema(L::kInfo.name, L::kInfo.title);
  L::keys(schema);
  return schema;
}

template <class... L>
config::Kinds<L...> declare(config::Kinds<L...> kinds) {
  static_assert(((L::kInfo.moments <= 2 && L::kInfo.phases >= 1) && ...));
  (kinds.kind(L::kInfo.name, schema_of<L>(), L::kInfo.help), ...);
  return kinds;
}

}  // namespace

const LearnerInfo& info_of(const Learner& learner) {
  return std::visit([](const auto& kind) -> const LearnerInfo& { return kind.kInfo; }, learner);
}

template <class T>
void learn(const Learner& learner, const LearnerRows<T>& rows) {
  std::visit([&](const auto& kind) { kind.learn(rows); }, learner);
}

template void learn(const Learner&, const LearnerRows<double>&);
template void learn(const Learner&, const LearnerRows<float>&);

const OverLearners<config::Kinds>& learner_kinds() {
  static const auto kinds = declare(OverLearners<config::Kinds>());
  return kinds;
}

}  // namespace gbid
