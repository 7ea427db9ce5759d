// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/record/run_reader.hpp"
#include "engine/text/json_writer.hpp"

namespace gbid {

/// What one learner of one regime had learned at its last test. Vectors are over trials; NaN where
/// a trial was never tested.
struct LearnerEnd {
  std::string regime;
  std::string agent;                   ///< "bidder 0"; "network" where all agents share one task
  std::vector<double> accuracy, loss;  ///< on held-out images
  std::vector<double> revenue;         ///< empty where there is none
};

/// What one regime computed and left uncomputed, at its last record.
struct ComputationEnd {
  std::string regime;
  std::vector<double> share;     ///< (trial) multiply-adds done / if everything were computed
  std::vector<double> sparsity;  ///< (layer) share of connections not bought, median over trials
};

/// What agents learned from images; empty for a run that learned from none.
struct LearningSummary {
  std::string data;  ///< "synthetic", "fashion_mnist", "idx"
  std::vector<LearnerEnd> learners;
  std::vector<ComputationEnd> computation;

  bool empty() const { return learners.empty() && computation.empty(); }
};

/// Reads held_out_accuracy, held_out_loss, revenue, multiply_adds, dense_multiply_adds and sparsity
/// of every regime that recorded them.
/// @throws DataError if their shapes contradict each other.
LearningSummary learning_summary(const RunReader& run);

/// Plain text in the form of text_report; nothing for an empty summary.
std::string text_report(const LearningSummary& summary);
/// The member "learning" of the JSON report.
void write_json(JsonWriter& json, const LearningSummary& summary);

}  // namespace gbid
