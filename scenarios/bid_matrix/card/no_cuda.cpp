// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// In place of cuda.cu where the program is built without CUDA.
#if !defined(GBID_HAS_CUDA)

#include "engine/core/error.hpp"
#include "scenarios/bid_matrix/card/card_backend.hpp"

namespace gbid::bid_matrix {

std::unique_ptr<CardBackend> card_of_cuda(int, const CardGame&, Index, std::span<const double>,
                                          std::span<const double>) {
  throw Error(ExitCode::kUnavailable, why_no_card());
}

}  // namespace gbid::bid_matrix

#endif
