// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <optional>
#include <string>

#include "engine/core/array.hpp"
#include "scenarios/graph/config.hpp"
#include "scenarios/graph/topology.hpp"
#include "scenarios/structure/structure.hpp"

namespace gbid::graph {

/// Looks at the weights of the links of a file one by one. Weights that are all alike and not 0 say
/// no more than that there are links; others would be lost.
class WeightCheck {
 public:
  explicit WeightCheck(FileWeights wanted) : wanted_(wanted) {}

  /// @param weight of a link; none where the file gives it none.
  /// @throws DataError without a place.
  void add(std::optional<double> weight);

 private:
  FileWeights wanted_;
  bool has_links_ = false;
  std::optional<double> first_;
};

/// Links as text: two agents a line, counted from 0, the first linked to the second; separated by
/// blanks or a comma; `#` begins a comment. A third number is the link's weight, or networkx's
/// attributes in braces hold it: "0 1 {'weight': 2.0}". A first line of words names the columns:
/// source and target (or from and to), and weight.
/// @throws MissingInputError without such a file, DataError "FILE:LINE: expected X, got Y".
Topology read_edge_list(const std::string& path, Index agents, FileWeights weights);

/// GraphML: the agents are the nodes in the order of the file; an undirected edge links both ways;
/// attributes other than the weight of an edge are left alone. Refused are edges to nodes that are
/// not there, edges of both kinds, an edge whose kind is not said, several graphs, hyperedges,
/// files of more than 16 MiB or more than 64 levels of elements, and entities of their own.
/// @throws MissingInputError without such a file, DataError naming the file, and the line where
/// there is one.
Topology read_graphml(const std::string& path, Index agents, FileWeights weights);

/// @param matrix (n x n), not zero where i is linked to j. @param path of its file, for messages.
/// @throws DataError see WeightCheck.
Topology from_matrix(const Array& matrix, FileWeights weights, const std::string& path);

/// The graph of a file that a scenario names; faults go to the loader.
/// @param key dotted key of the file. @return nothing where the content is wrong.
/// @throws MissingInputError naming the key if the file is missing.
std::optional<Topology> load(const GraphFile& source, const std::string& key, Index agents,
                             ArrayLoader& loader);

}  // namespace gbid::graph
