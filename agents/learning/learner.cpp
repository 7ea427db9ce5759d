// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "agents/learning/learner.hpp"

#include <vector>

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

/// Of a learner that is not written for eight trials at once: one trial after the other.
template <class L>
void learn_by_trial(const L& learner, const LearnerRows<Wide>& rows) {
  static thread_local std::vector<double> values;
  const Index only = 0;
  rows.each([&](const LearnerRows<Wide>::Row& row) {
    values.resize(static_cast<std::size_t>(4 * row.length));
    const auto column = [&](Index k) { return values.data() + k * row.length; };
    for (Index lane = 0; lane < kWideLanes; ++lane) {
      for (Index j = 0; j < row.length; ++j) {
        column(0)[j] = row.parameters[j][lane];
        column(1)[j] = row.gradient[j][lane];
        if (row.first) column(2)[j] = row.first[j][lane];
        if (row.second) column(3)[j] = row.second[j][lane];
      }
      const Index updates = row.updates[lane], name = row.agent[lane];
      learner.learn(LearnerRows<double>{.parameters = column(0),
                                        .first = row.first ? column(2) : nullptr,
                                        .second = row.second ? column(3) : nullptr,
                                        .gradients = column(1),
                                        .length = row.length,
                                        .agents = {&only, 1},
                                        .updates = &updates,
                                        .names = &name,
                                        .clock = rows.clock,
                                        .phase = rows.phase});
      for (Index j = 0; j < row.length; ++j) {
        row.parameters[j][lane] = column(0)[j];
        if (row.first) row.first[j][lane] = column(2)[j];
        if (row.second) row.second[j][lane] = column(3)[j];
      }
    }
  });
}

}  // namespace

const LearnerInfo& info_of(const Learner& learner) {
  return std::visit([](const auto& kind) -> const LearnerInfo& { return kind.kInfo; }, learner);
}

template <class T>
void learn(const Learner& learner, const LearnerRows<T>& rows) {
  std::visit([&](const auto& kind) { kind.learn(rows); }, learner);
}

template <>
void learn(const Learner& learner, const LearnerRows<Wide>& rows) {
  std::visit(
      [&]<class L>(const L& kind) {
        if constexpr (L::kInfo.in_lanes)
          kind.learn(rows);
        else
          learn_by_trial(kind, rows);
      },
      learner);
}

template void learn(const Learner&, const LearnerRows<double>&);
template void learn(const Learner&, const LearnerRows<float>&);

const OverLearners<config::Kinds>& learner_kinds() {
  static const auto kinds = declare(OverLearners<config::Kinds>());
  return kinds;
}

}  // namespace gbid
