// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/config/suggestion.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

namespace gbid::config {
namespace {

/// One letter in this many may be wrong before a candidate counts as another word.
constexpr std::size_t kLettersPerMistake = 3;
/// A beginning shorter than this does not determine which word was meant.
constexpr std::size_t kShortestPrefix = 3;

/// What other programs call things, and what they are called here.
constexpr std::pair<std::string_view, std::string_view> kAliases[] = {
    {"lr", "rate"},
    {"learning_rate", "rate"},
    {"step_size", "rate"},
    {"optimizer", "learner"},
    {"optimiser", "learner"},
    {"n", "agents"},
    {"n_agents", "agents"},
    {"num_agents", "agents"},
    {"players", "agents"},
    {"bidders", "agents"},
    {"iterations", "steps"},
    {"epochs", "steps"},
    {"repetitions", "trials"},
    {"repeats", "trials"},
    {"runs", "trials"},
    {"replicates", "trials"},
    {"batch_size", "batch"},
    {"tol", "tolerance"},
    {"eps", "epsilon"},
    {"reward", "payoff"},
    {"random_seed", "seed"},
    {"algorithm", "learner"},
    {"selfish", "own_payoff"},
    {"social_welfare", "mean_payoff"},
    {"cooperative", "mean_payoff"},
    {"simultaneous", "all_agents"},
    {"plot", "report"},
    {"show", "analyze"},
    {"analyse", "analyze"},
    {"new", "init"},
};

char folded(char letter) {
  if (letter == '-') return '_';
  return static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
}

std::size_t allowed_mistakes(std::string_view left, std::string_view right) {
  return std::max<std::size_t>(1, std::max(left.size(), right.size()) / kLettersPerMistake);
}

bool begins_with(std::string_view word, std::string_view beginning) {
  return beginning.size() <= word.size() &&
         std::equal(beginning.begin(), beginning.end(), word.begin(),
                    [](char a, char b) { return folded(a) == folded(b); });
}

std::optional<std::string> only_one_beginning_with(std::string_view name,
                                                   const std::vector<std::string>& candidates) {
  std::optional<std::string> found;
  if (name.size() < kShortestPrefix) return found;
  for (const std::string& candidate : candidates) {
    if (!begins_with(candidate, name)) continue;
    if (found) return std::nullopt;
    found = candidate;
  }
  return found;
}

}  // namespace

std::size_t edit_distance(std::string_view left, std::string_view right) {
  // Three rows of the table of distances between all beginnings; swaps look two rows back.
  std::vector<std::size_t> before(right.size() + 1), last(right.size() + 1), now(right.size() + 1);
  for (std::size_t j = 0; j <= right.size(); ++j) now[j] = j;
  for (std::size_t i = 1; i <= left.size(); ++i) {
    before.swap(last);
    last.swap(now);
    now[0] = i;
    for (std::size_t j = 1; j <= right.size(); ++j) {
      const bool is_equal = folded(left[i - 1]) == folded(right[j - 1]);
      now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + (is_equal ? 0 : 1)});
      const bool is_swap = i > 1 && j > 1 && folded(left[i - 1]) == folded(right[j - 2]) &&
                           folded(left[i - 2]) == folded(right[j - 1]);
      if (is_swap) now[j] = std::min(now[j], before[j - 2] + 1);
    }
  }
  return now[right.size()];
}

std::optional<std::string> nearest(std::string_view name,
                                   const std::vector<std::string>& candidates) {
  for (const auto& [alias, meant] : kAliases)
    if (alias == name)
      for (const std::string& candidate : candidates)
        if (candidate == meant) return candidate;
  std::optional<std::string> best;
  std::size_t best_distance = 0;
  for (const std::string& candidate : candidates) {
    const std::size_t limit = allowed_mistakes(name, candidate);
    const std::size_t difference =
        std::max(name.size(), candidate.size()) - std::min(name.size(), candidate.size());
    if (difference > limit) continue;  // also keeps a hostile, very long name cheap
    const std::size_t distance = edit_distance(name, candidate);
    if (distance > limit || distance >= std::max(name.size(), candidate.size())) continue;
    if (best && distance >= best_distance) continue;
    best = candidate;
    best_distance = distance;
  }
  return best ? best : only_one_beginning_with(name, candidates);
}

std::string did_you_mean(std::string_view name, const std::vector<std::string>& candidates) {
  const std::optional<std::string> candidate = nearest(name, candidates);
  return candidate ? "; did you mean \"" + *candidate + "\"?" : std::string();
}

}  // namespace gbid::config
