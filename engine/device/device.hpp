// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gbid {

/// What the steps of a run are computed on.
struct Device {
  enum class Kind {
    kCpu,
    kCuda,
    kLoops,  ///< a device's kernels as plain loops on the CPU: for tests of everything but the card
  };
  Kind kind = Kind::kCpu;
  int index = 0;  ///< of the cards

  bool is_cpu() const { return kind == Kind::kCpu; }
  std::string name() const;  ///< "cpu", "cuda:0"
  bool operator==(const Device&) const = default;
};

/// What a user asks for.
struct DeviceChoice {
  bool is_auto = false;  ///< a card where that pays, or else the CPU
  Device device = {};
};

/// "auto", "cpu", "cuda" (the first card) or "cuda:k"; nothing if the text is none of these.
std::optional<DeviceChoice> device_choice(std::string_view text);

/// A card as its driver describes it.
struct Card {
  std::string name;
  int major = 0, minor = 0;  ///< compute capability
  int multiprocessors = 0;
  double memory_bytes = 0.0, free_bytes = 0.0;
  double shared_bytes = 0.0;  ///< that one block of threads can have
};

/// All cards that this program can use; none where it was built without CUDA or finds no driver.
std::vector<Card> cards();
/// Why there is none: "this program was built without CUDA", or what the driver says. Empty if there
/// are cards.
std::string why_no_card();

}  // namespace gbid
