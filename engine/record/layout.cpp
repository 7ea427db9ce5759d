// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/record/layout.hpp"

#include <algorithm>
#include <set>

#include "engine/core/error.hpp"
#include "engine/text/utf8.hpp"

namespace gbid {
namespace {

// A run of 2^60 doubles fits no disk; below it no product of sizes in this folder overflows.
constexpr std::int64_t kMaxValues = std::int64_t{1} << 60;

[[noreturn]] void refuse_layout(const std::string& reason) {
  throw Error(ExitCode::kInternal, "run layout: " + reason);
}

std::int64_t product(std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  if (__builtin_mul_overflow(a, b, &result) || result > kMaxValues)
    refuse_layout("too many values");
  return result;
}

std::int64_t width(const RegimeLayout& regime, const std::vector<Variable>& variables) {
  std::int64_t total = 0;
  for (const Variable& variable : variables) {
    std::int64_t count = 1;
    for (const std::int64_t size : dimension_sizes(regime, variable)) count = product(count, size);
    total += count;
    if (total > kMaxValues) refuse_layout("too many values");
  }
  return total;
}

void check_regime(const RegimeLayout& regime, std::int64_t trials) {
  std::set<std::string> taken = {"trial", "step", "outcome", "steps_done", "message"};
  const auto take = [&](const std::string& name) {
    if (!is_name(name)) refuse_layout("\"" + name + "\" in " + regime.name + " is not a name");
    if (!taken.insert(name).second) refuse_layout(regime.name + " names " + name + " twice");
  };
  for (const Dimension& dimension : regime.dimensions) {
    take(dimension.name);
    if (dimension.size < 1) refuse_layout("dimension " + dimension.name + " is empty");
  }
  for (const auto* variables : {&regime.trajectory, &regime.final}) {
    for (const Variable& variable : *variables) {
      take(variable.name);
      if (variable.dimensions.size() > kMaxVariableDimensions) {
        refuse_layout(variable.name + " has too many dimensions");
      }
    }
  }
  if (!regime.trajectory.empty() && regime.steps.empty())
    refuse_layout(regime.name + " has no steps");
  if (std::adjacent_find(regime.steps.begin(), regime.steps.end(), std::greater_equal<>()) !=
      regime.steps.end()) {
    refuse_layout("the steps of " + regime.name + " do not ascend");
  }
  product(product(trajectory_width(regime), static_cast<std::int64_t>(regime.steps.size())),
          trials);
  product(final_width(regime), trials);
}

}  // namespace

std::vector<std::int64_t> dimension_sizes(const RegimeLayout& regime, const Variable& variable) {
  std::vector<std::int64_t> sizes;
  for (const std::string& name : variable.dimensions) {
    const auto found = std::find_if(regime.dimensions.begin(), regime.dimensions.end(),
                                    [&](const Dimension& d) { return d.name == name; });
    if (found == regime.dimensions.end()) {
      refuse_layout(variable.name + " uses an unknown dimension \"" + name + "\"");
    }
    sizes.push_back(found->size);
  }
  return sizes;
}

std::int64_t trajectory_width(const RegimeLayout& regime) {
  return width(regime, regime.trajectory);
}

std::int64_t final_width(const RegimeLayout& regime) { return width(regime, regime.final); }

void check_layout(const RunLayout& layout) {
  if (layout.trials < 1) refuse_layout("no trials");
  if (layout.compression < 0 || layout.compression > 9)
    refuse_layout("compression is not in 0 .. 9");
  std::set<std::string> taken = {"summary", "scenario_toml"};
  for (const RegimeLayout& regime : layout.regimes) {
    if (!is_name(regime.name)) refuse_layout("regime \"" + regime.name + "\" is not a name");
    if (!taken.insert(regime.name).second)
      refuse_layout("regime " + regime.name + " appears twice");
    check_regime(regime, layout.trials);
  }
}

std::string valid_utf8(std::string_view text) {
  constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
  std::string clean;
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(text[at + k]); };
    const unsigned char lead = byte(0);
    const std::size_t length = lead < 0x80   ? 1
                               : lead < 0xC2 ? 0
                               : lead < 0xE0 ? 2
                               : lead < 0xF0 ? 3
                               : lead < 0xF5 ? 4
                                             : 0;
    bool is_valid = length > 0 && lead != 0 && at + length <= text.size();
    for (std::size_t k = 1; is_valid && k < length; ++k) is_valid = (byte(k) & 0xC0) == 0x80;
    if (is_valid && length >= 3) {  // overlong forms, surrogates, beyond U+10FFFF
      is_valid = !(lead == 0xE0 && byte(1) < 0xA0) && !(lead == 0xED && byte(1) > 0x9F) &&
                 !(lead == 0xF0 && byte(1) < 0x90) && !(lead == 0xF4 && byte(1) > 0x8F);
    }
    clean += is_valid ? text.substr(at, length) : kReplacement;
    at += is_valid ? length : 1;
  }
  return clean;
}

}  // namespace gbid
