// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <optional>
#include <string>

#include "engine/data/array.hpp"
#include "scenarios/graph/config.hpp"
#include "scenarios/graph/topology.hpp"
#include "scenarios/structure/structure.hpp"

namespace gbid::graph {

/// Links as text: two agents a line, counted from 0, the first linked to the second; separated by
/// blanks or a comma; `#` begins a comment.
/// @throws MissingInputError without such a file, DataError "FILE:LINE: expected X, got Y".
Topology read_edge_list(const std::string& path, Index agents);

/// GraphML: the agents are the nodes in the order of the file; an undirected edge links both ways;
/// attributes are ignored. Files of more than 16 MiB, more than 64 levels of elements or with a
/// document type declaration are refused.
/// @throws MissingInputError without such a file, DataError naming the file, and the line where
/// there is one.
Topology read_graphml(const std::string& path, Index agents);

/// @param matrix (n x n), not zero where i is linked to j.
Topology from_matrix(const Array& matrix);

/// The graph of a file that a scenario names; faults go to the loader.
/// @param key dotted key of the file. @return nothing where the content is wrong.
/// @throws MissingInputError naming the key if the file is missing.
std::optional<Topology> load(const GraphFile& source, const std::string& key, Index agents,
                             ArrayLoader& loader);

}  // namespace gbid::graph
