// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include "engine/config/schema.hpp"
#include "scenarios/data/config.hpp"

namespace gbid {

/// data = "synthetic" | { kind = "synthetic", train = N, held_out = M } | "fashion_mnist" |
/// { idx = "DIR" }
config::Kinds<SyntheticData, FashionMnist, IdxFolder> data_kinds();

}  // namespace gbid
