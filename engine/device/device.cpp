// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/device/device.hpp"

#include <charconv>

#if defined(GBID_HAS_CUDA)
#include <cuda_runtime_api.h>
#endif

namespace gbid {

std::string Device::name() const {
  if (kind == Kind::kCpu) return "cpu";
  return (kind == Kind::kCuda ? "cuda:" : "loops:") + std::to_string(index);
}

std::optional<DeviceChoice> device_choice(std::string_view text) {
  if (text == "auto") return DeviceChoice{.is_auto = true};
  if (text == "cpu") return DeviceChoice{};
  if (text == "cuda") return DeviceChoice{.device = {Device::Kind::kCuda, 0}};
  constexpr std::string_view kPrefix = "cuda:";
  if (!text.starts_with(kPrefix)) return std::nullopt;
  text.remove_prefix(kPrefix.size());
  int index = -1;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), index);
  if (error != std::errc() || rest != text.data() + text.size() || index < 0) return std::nullopt;
  return DeviceChoice{.device = {Device::Kind::kCuda, index}};
}

#if defined(GBID_HAS_CUDA)

std::vector<Card> cards() {
  int count = 0;
  if (cudaGetDeviceCount(&count) != cudaSuccess) {
    cudaGetLastError();  // said by why_no_card; later calls must not meet it
    return {};
  }
  std::vector<Card> found;
  for (int k = 0; k < count; ++k) {
    cudaDeviceProp of{};
    if (cudaGetDeviceProperties(&of, k) != cudaSuccess) continue;
    Card card{.name = of.name,
              .major = of.major,
              .minor = of.minor,
              .multiprocessors = of.multiProcessorCount,
              .memory_bytes = static_cast<double>(of.totalGlobalMem),
              .shared_bytes = static_cast<double>(of.sharedMemPerBlockOptin)};
    std::size_t free = 0, total = 0;
    if (cudaSetDevice(k) == cudaSuccess && cudaMemGetInfo(&free, &total) == cudaSuccess)
      card.free_bytes = static_cast<double>(free);
    found.push_back(card);
  }
  return found;
}

std::string why_no_card() {
  int count = 0;
  const cudaError_t error = cudaGetDeviceCount(&count);
  cudaGetLastError();
  if (error != cudaSuccess) return std::string("no card can be used: ") + cudaGetErrorString(error);
  return count > 0 ? "" : "there is no card";
}

#else

std::vector<Card> cards() { return {}; }
std::string why_no_card() {
  return "this program was built without CUDA (./bootstrap build --cuda)";
}

#endif

}  // namespace gbid
