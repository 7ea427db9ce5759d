// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "agents/bidders.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "agents/network/initialise.hpp"
#include "engine/core/error.hpp"
#include "engine/stepping/blocks.hpp"

namespace gbid {
namespace {

// Movers that one task updates.
constexpr Index kMoversPerTask = 32;

ConstRows<double> one_row(const double* values, Index count) {
  return rows_of(values, 1, count, count);
}

}  // namespace

Bidders::Bidders(Index agents, const Network& network, const Learner& learner,
                 Index movers_per_step)
    : network_(network),
      cohort_(agents, parameter_count(network), learner, Cohort<double>::Gradients::kGiven) {
  const auto* mlp = std::get_if<Mlp<double>>(&network_);
  if (!mlp) return;
  observations_ = PaddedMatrix(agents, mlp->inputs());
  activations_ = PaddedMatrix(agents, mlp->activation_count(1));
  gradients_ = PaddedMatrix(movers_per_step, mlp->parameter_count());
  scratch_ = PaddedMatrix(block_count(movers_per_step, kMoversPerTask), mlp->scratch_count(1));
}

void Bidders::initialise(const PaddedMatrix& start, const StreamKey& key) {
  std::visit(
      [&](const auto& network) {
        for (Index i = 0; i < cohort_.agents(); ++i) {
          StreamKey own = key;
          own.agent = static_cast<std::uint64_t>(i);
          Stream stream(own);
          initialise_near(network, stream, start.row(i), cohort_.row(i));
        }
      },
      network_);
}

void Bidders::declare(State& state) {
  cohort_.declare(state);
  if (observations_.empty()) return;
  state.add({{"observations", "what networks saw when they bid last", "1", {"agent", "input"}},
             Role::kCarried},
            observations_);
  state.add({{"activations", "values of their layers then", "1", {"agent", "activation"}},
             Role::kCarried},
            activations_);
}

std::span<double> Bidders::observation(Index agent) {
  if (observations_.empty()) return {};
  return observations_.row_span(agent);
}

void Bidders::bid(const Movers& movers, PaddedMatrix& raw_bids) {
  const auto each = [&](const auto& answer) {
    for_blocks(movers.count(), kMoversPerTask, [&](Index, Index begin, Index end) {
      for (Index r = begin; r < end; ++r) answer(movers.agents[static_cast<std::size_t>(r)]);
    });
  };
  if (const auto* table = std::get_if<Table>(&network_))
    return each([&](Index agent) { table->forward(cohort_.row(agent), raw_bids.row(agent)); });
  const auto& mlp = std::get<Mlp<double>>(network_);
  each([&](Index agent) {
    mlp.forward(cohort_.row(agent), one_row(observations_.row(agent), mlp.inputs()),
                activations_.row(agent),
                rows_of(raw_bids.row(agent), 1, mlp.outputs(), mlp.outputs()));
  });
}

void Bidders::follow_cuts(const Movers& movers, const PaddedMatrix& raw_bids) {
  if (!std::holds_alternative<Table>(network_)) return;
  for (const Index agent : movers.agents)
    std::copy_n(raw_bids.row(agent), raw_bids.columns(), cohort_.row(agent));
}

void Bidders::learn(const Movers& movers, const PaddedMatrix& d_bids, int phase, Index clock) {
  cohort_.count_updates(movers.agents, phase);
  const auto* mlp = std::get_if<Mlp<double>>(&network_);
  // A table's parameters are its bids, and so are their gradients.
  const PaddedMatrix& gradients = mlp ? gradients_ : d_bids;
  for_blocks(movers.count(), kMoversPerTask, [&](Index task, Index begin, Index end) {
    const auto agents = movers.agents.subspan(static_cast<std::size_t>(begin),
                                              static_cast<std::size_t>(end - begin));
    for (Index r = begin; mlp && r < end; ++r) {
      const Index agent = movers.agents[static_cast<std::size_t>(r)];
      mlp->pull_back(cohort_.row(agent), one_row(observations_.row(agent), mlp->inputs()),
                     activations_.row(agent), one_row(d_bids.row(r), mlp->outputs()),
                     gradients_.row(r), scratch_.row(task));
    }
    cohort_.learn_from(gradients.row(begin), gradients.stride(), agents, phase, clock);
    for (const Index agent : agents)
      if (!cohort_.is_finite(agent)) throw NumericError(not_finite(agent));
  });
}

double Bidders::bytes(Index agents, const Network& network, const Learner& learner,
                      Index movers_per_step) {
  double values = 0.0;
  if (const auto* mlp = std::get_if<Mlp<double>>(&network)) {
    values += static_cast<double>(agents) *
              static_cast<double>(padded(mlp->inputs()) + padded(mlp->activation_count(1)));
    values +=
        static_cast<double>(movers_per_step) * static_cast<double>(padded(mlp->parameter_count()));
  }
  return Cohort<double>::bytes(agents, parameter_count(network), learner,
                               Cohort<double>::Gradients::kGiven) +
         values * sizeof(double);
}

}  // namespace gbid
