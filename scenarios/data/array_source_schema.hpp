// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include "engine/config/schema.hpp"
#include "scenarios/data/array_source.hpp"

namespace gbid {

const config::Schema<FileArray>& file_array_schema();
config::Schema<RandomBetween> random_between_schema();
config::Kinds<RandomArray, FileArray> random_or_file_kinds();

}  // namespace gbid
