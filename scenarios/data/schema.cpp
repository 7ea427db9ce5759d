// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/data/schema.hpp"

namespace gbid {

using config::Kinds;
using config::Schema;

namespace {

Schema<SyntheticData> synthetic_schema() {
  // Ten images are one of every class; a million take 0.8 GB.
  const config::IntRange count{.min = 10, .max = 1000000};
  return Schema<SyntheticData>("synthetic", "drawn by the program")
      .integer("train", &SyntheticData::train, count, "images to learn from")
      .integer("held_out", &SyntheticData::held_out, count, "images to judge by");
}

Schema<IdxFolder> idx_schema() {
  return Schema<IdxFolder>("idx", "a folder of IDX files")
      .file("idx", &IdxFolder::idx,
            "folder with train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte "
            "and t10k-labels-idx1-ubyte, plain or .gz, relative to the scenario's folder")
      .required("idx");
}

}  // namespace

Kinds<SyntheticData, FashionMnist, IdxFolder> data_kinds() {
  return Kinds<SyntheticData, FashionMnist, IdxFolder>()
      .kind("synthetic", synthetic_schema(),
            "ten kinds of drawn signs, 28 x 28 pixels, made by the program: needs no file")
      .kind("fashion_mnist", Schema<FashionMnist>("fashion_mnist", "Fashion-MNIST"),
            "70000 articles of clothing, 28 x 28 pixels: apt-get install dataset-fashion-mnist")
      .kind("idx", idx_schema(), "a folder with the four IDX files of MNIST or of images like it")
      .key_means<IdxFolder>("idx");
}

}  // namespace gbid
