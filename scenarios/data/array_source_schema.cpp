// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/data/array_source_schema.hpp"

namespace gbid {

using config::Kinds;
using config::Schema;

const Schema<FileArray>& file_array_schema() {
  static const auto schema =
      Schema<FileArray>("file", "numbers from a file")
          .file("file", &FileArray::file,
                ".npy, .csv or .h5 file, relative to the scenario's folder")
          .required("file")
          .text("dataset", &FileArray::dataset, "dataset inside an .h5 file");
  return schema;
}

Schema<RandomBetween> random_between_schema() {
  return Schema<RandomBetween>("between", "random numbers between two bounds")
      .number("low", &RandomBetween::low, {}, "lower bound")
      .number("high", &RandomBetween::high, {}, "upper bound")
      .check([](const RandomBetween& between, const config::Checker& checker) {
        if (!(between.low < between.high)) checker.fail("high", "expected more than low");
      });
}

Kinds<RandomArray, FileArray> random_or_file_kinds() {
  return Kinds<RandomArray, FileArray>()
      .kind("random", Schema<RandomArray>("random", "drawn"), "drawn anew for every trial")
      .kind("file", file_array_schema(), "read from a file, the same for every trial")
      .key_means<FileArray>("file");
}

}  // namespace gbid
