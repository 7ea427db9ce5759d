// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// How all pairs move at once.
#include <algorithm>
#include <cmath>

#include "scenarios/routing/assignment.hpp"

namespace gbid::routing {
namespace {

// Conjugate gradients end where the residual has fallen this far, or after so many products: a step
// that is followed by others need not be solved any better.
constexpr double kSolved = 0.03;
constexpr int kMostProducts = 40;
// A step ends where the objective falls this much less steeply than at its start.
constexpr double kFlat = 0.1;
constexpr int kMostChords = 30;

}  // namespace

void Assignment::joint_step(const Movers& movers) {
  choose_free_paths(movers);
  solve_joint_move(movers);
  keep_flows_positive(movers);
  to_links(movers, move_);
  const double share = joint_step_length();
  if (share > 0.0) make_joint_move(movers, share);
}

/// Free are the paths in use, but for the largest of each pair and those whose costs are constant.
void Assignment::choose_free_paths(const Movers& movers) {
  const auto count = static_cast<std::size_t>(paths_.path_count());
  for (auto* of_paths : {&scale_, &residual_, &direction_, &image_, &move_})
    of_paths->assign(count, 0.0);
  for (const Index pair : movers.agents) {
    const Index first = paths_.first(pair), last = paths_.first(pair + 1);
    Index base = first;
    for (Index path = first + 1; path < last; ++path)
      if (paths_.flow(path) > paths_.flow(base)) base = path;
    base_[static_cast<std::size_t>(pair)] = base;
    if (last - first < 2) continue;
    mark(base, on_cheapest_);
    marks_.cheapest = mark_;
    for (Index path = first; path < last; ++path) {
      if (path == base || paths_.flow(path) <= 0.0) continue;
      mark(path, on_path_);
      marks_.path = mark_;
      const double slope = difference(path, base).slope;
      if (slope > 0.0) scale_[static_cast<std::size_t>(path)] = 1.0 / slope;
    }
  }
}

/// Conjugate gradients, scaled by the diagonal, for the move after which, to first order, all free
/// paths cost what their base costs.
void Assignment::solve_joint_move(const Movers& movers) {
  const std::size_t count = move_.size();
  to_paths(movers, cost_, residual_);
  double rho = 0.0;
  for (std::size_t p = 0; p < count; ++p) {
    residual_[p] = -residual_[p];
    direction_[p] = scale_[p] * residual_[p];
    rho += residual_[p] * direction_[p];
  }
  const double goal = kSolved * kSolved * rho;
  for (int k = 0; k < kMostProducts && rho > goal; ++k) {
    to_links(movers, direction_);
    for (std::size_t l = 0; l < change_.size(); ++l) change_[l] *= slope_[l];
    to_paths(movers, change_, image_);
    double curvature = 0.0;
    for (std::size_t p = 0; p < count; ++p) curvature += direction_[p] * image_[p];
    if (!(curvature > 0.0)) return;
    const double step = rho / curvature;
    double next = 0.0;
    for (std::size_t p = 0; p < count; ++p) {
      move_[p] += step * direction_[p];
      residual_[p] -= step * image_[p];
      next += scale_[p] * residual_[p] * residual_[p];
    }
    for (std::size_t p = 0; p < count; ++p)
      direction_[p] = scale_[p] * residual_[p] + next / rho * direction_[p];
    rho = next;
  }
}

/// No path gives more trips than it has; a pair whose base would is scaled back.
void Assignment::keep_flows_positive(const Movers& movers) {
  for (const Index pair : movers.agents) {
    const double of_base = paths_.flow(base_[static_cast<std::size_t>(pair)]);
    double sum = 0.0;
    for (Index path = paths_.first(pair); path < paths_.first(pair + 1); ++path) {
      double& move = move_[static_cast<std::size_t>(path)];
      move = std::max(move, -paths_.flow(path));
      sum += move;
    }
    if (sum <= of_base) continue;
    for (Index path = paths_.first(pair); path < paths_.first(pair + 1); ++path)
      move_[static_cast<std::size_t>(path)] *= of_base / sum;
  }
}

/// How far along `change_` the objective falls, by chords of its slope; at most all of it, and 0
/// where it does not fall at all.
double Assignment::joint_step_length() const {
  const auto slope_at = [&](double share) {
    double sum = 0.0;
    for (std::size_t l = 0; l < change_.size(); ++l)
      if (change_[l] != 0.0)
        sum += change_[l] * latencies_.value(static_cast<Index>(l),
                                             std::max(0.0, flow_[l] + share * change_[l]));
    return sum;
  };
  const double at_start = slope_at(0.0);
  if (!(at_start < 0.0)) return 0.0;
  double low = 0.0, at_low = at_start, high = 1.0, at_high = slope_at(1.0);
  if (at_high <= 0.0) return 1.0;
  for (int k = 0; k < kMostChords && at_high > -kFlat * at_start; ++k) {
    const double share = low + (high - low) * at_low / (at_low - at_high);
    const double at_share = slope_at(share);
    if (std::fabs(at_share) <= -kFlat * at_start) return share;
    (at_share > 0.0 ? high : low) = share;
    (at_share > 0.0 ? at_high : at_low) = at_share;
  }
  return at_high > -kFlat * at_start ? low : high;
}

void Assignment::make_joint_move(const Movers& movers, double share) {
  for (const Index pair : movers.agents) {
    const Index base = base_[static_cast<std::size_t>(pair)];
    double sum = 0.0;
    for (Index path = paths_.first(pair); path < paths_.first(pair + 1); ++path) {
      const double moved = share * move_[static_cast<std::size_t>(path)];
      if (moved == 0.0) continue;
      paths_.flow(path) = std::max(0.0, paths_.flow(path) + moved);
      sum += moved;
    }
    paths_.flow(base) = std::max(0.0, paths_.flow(base) - sum);
  }
  for (std::size_t l = 0; l < change_.size(); ++l) {
    if (change_[l] == 0.0) continue;
    flow_[l] = std::max(0.0, flow_[l] + share * change_[l]);
    const Latencies::Point point = latencies_.at(static_cast<Index>(l), flow_[l]);
    cost_[l] = point.value;
    slope_[l] = point.slope;
  }
}

void Assignment::to_links(const Movers& movers, const std::vector<double>& move) {
  std::fill(change_.begin(), change_.end(), 0.0);
  for (const Index pair : movers.agents) {
    double sum = 0.0;
    for (Index path = paths_.first(pair); path < paths_.first(pair + 1); ++path) {
      const double moved = move[static_cast<std::size_t>(path)];
      if (moved == 0.0) continue;
      for (const LinkId link : paths_.links(path)) change_[static_cast<std::size_t>(link)] += moved;
      sum += moved;
    }
    if (sum == 0.0) continue;
    for (const LinkId link : paths_.links(base_[static_cast<std::size_t>(pair)]))
      change_[static_cast<std::size_t>(link)] -= sum;
  }
}

void Assignment::to_paths(const Movers& movers, const std::vector<double>& value,
                          std::vector<double>& out) {
  const auto sum_over = [&](Index path) {
    double sum = 0.0;
    for (const LinkId link : paths_.links(path)) sum += value[static_cast<std::size_t>(link)];
    return sum;
  };
  for (const Index pair : movers.agents) {
    const Index first = paths_.first(pair), last = paths_.first(pair + 1);
    if (last - first < 2) continue;
    const double of_base = sum_over(base_[static_cast<std::size_t>(pair)]);
    for (Index path = first; path < last; ++path) {
      const auto p = static_cast<std::size_t>(path);
      if (scale_[p] > 0.0) out[p] = sum_over(path) - of_base;
    }
  }
}

}  // namespace gbid::routing
