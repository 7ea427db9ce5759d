// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/play/run_device.hpp"

#include <fmt/format.h>

#include "engine/core/error.hpp"

namespace gbid {
namespace {

// Fewer trials than this of ten agents are faster on the CPU's cores than on a card.
constexpr Index kLeastOnCard = 25;

/// Why the scenario cannot be played on the card; empty if it can.
std::string obstacle(const Scenario& scenario, const Device& device, int threads) {
  for (std::size_t regime = 0; regime < scenario.regime_count(); ++regime)
    if (const std::string missing = scenario.structure().missing_on_card(scenario.plan(regime));
        !missing.empty())
      return fmt::format("regimes.{}: a card does not play {} so far", scenario.plan(regime).name,
                         missing);
  if (const std::string why = why_no_card(); !why.empty()) return why;
  const std::vector<Card> found = cards();
  const auto index = static_cast<std::size_t>(device.index);
  if (index >= found.size())
    return fmt::format("there is no {}; `gbid list devices` shows {}", device.name(), found.size());
  const Card& card = found[index];
  for (std::size_t regime = 0; regime < scenario.regime_count(); ++regime) {
    const double shared =
        scenario.structure().card_bytes(scenario.plan(regime), scenario.trials()).shared;
    if (shared > card.shared_bytes)
      return fmt::format("regimes.{}: a market needs {:.0f} bytes of shared memory, {} has {:.0f}",
                         scenario.plan(regime).name, shared, card.name, card.shared_bytes);
  }
  const double needed = scenario.estimate(threads, device).card_bytes;
  if (needed > card.free_bytes)
    return fmt::format("{:.3g} GB of memory are needed on {}, {:.3g} GB are free; lower trials",
                       needed / 1e9, card.name, card.free_bytes / 1e9);
  return "";
}

}  // namespace

Device device_of_run(const Scenario& scenario, const std::string& name, const std::string& asked,
                     int threads, std::string& why) {
  why.clear();
  const auto choice = device_choice(asked);
  if (!choice)
    throw ScenarioError(
        fmt::format("{}: device: expected cpu, cuda, cuda:K or auto, got \"{}\"", name, asked));
  if (!choice->is_auto && choice->device.is_cpu()) return {};
  const Device card{Device::Kind::kCuda, choice->device.index};
  why = obstacle(scenario, card, threads);
  if (choice->is_auto && why.empty() && scenario.trials() < kLeastOnCard)
    why = fmt::format("a card pays from {} trials on", kLeastOnCard);
  if (why.empty()) return card;
  if (choice->is_auto || scenario.config().device_fallback) return {};
  throw ScenarioError(fmt::format(
      "{}: device \"{}\": {}; device_fallback = true lets the CPU play it", name, asked, why));
}

}  // namespace gbid
