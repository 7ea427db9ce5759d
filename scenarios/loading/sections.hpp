// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include "scenarios/loading/config.hpp"

namespace gbid {

// One declaration per key of the sections of a scenario besides [market] and [agents].
config::Schema<LearningConfig> learning_schema();        // learning_schema.cpp
config::Schema<RegimeConfig> regime_schema();            // regime_schema.cpp
config::Schema<RecordConfig> record_schema();            // record_schema.cpp
config::Schema<CertificateConfig> certificate_schema();  // record_schema.cpp

}  // namespace gbid
