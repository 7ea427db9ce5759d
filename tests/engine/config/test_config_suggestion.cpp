// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>

#include "engine/config/suggestion.hpp"

using namespace gbid::config;

TEST_CASE("edit distance: inserting, deleting, replacing and swapping count one each") {
  CHECK(edit_distance("mask", "mask") == 0);
  CHECK(edit_distance("mask", "masks") == 1);
  CHECK(edit_distance("mask", "ask") == 1);
  CHECK(edit_distance("mask", "task") == 1);
  CHECK(edit_distance("maks", "mask") == 1);
  CHECK(edit_distance("", "mask") == 4);
  CHECK(edit_distance("kitten", "sitting") == 3);  // the textbook pair
}

TEST_CASE("edit distance: case and the two dashes do not count") {
  CHECK(edit_distance("Row-Mean", "row_mean") == 0);
}

TEST_CASE("nearest: a typing mistake finds the word that was meant") {
  const std::vector<std::string> masks = {"relu", "hard", "sigmoid", "relu6"};
  CHECK(nearest("rellu", masks) == "relu");
  CHECK(nearest("sigmiod", masks) == "sigmoid");
  CHECK(nearest("RELU", masks) == "relu");
}

TEST_CASE("nearest: another word finds nothing") {
  const std::vector<std::string> masks = {"relu", "hard", "sigmoid", "relu6"};
  CHECK_FALSE(nearest("temperature", masks));
  CHECK_FALSE(nearest("x", masks));
  CHECK_FALSE(nearest("", masks));
  CHECK_FALSE(nearest("relu", {}));
  CHECK_FALSE(nearest("a", {"b"}));
}

TEST_CASE("nearest: the only word with that beginning is found, an ambiguous beginning is not") {
  CHECK(nearest("temp", {"temperature", "steps"}) == "temperature");
  CHECK_FALSE(nearest("row", {"row_mean_of_bids", "row_median_of_bids"}));
}

TEST_CASE("nearest: of two words at one distance the first declared is found") {
  CHECK(nearest("bat", {"cat", "hat"}) == "cat");
}

TEST_CASE("did you mean: the tail of a message, or nothing") {
  CHECK(did_you_mean("maks", {"mask"}) == "; did you mean \"mask\"?");
  CHECK(did_you_mean("zebra", {"mask"}).empty());
}

TEST_CASE("nearest: a name of a megabyte costs nothing") {
  CHECK_FALSE(nearest(std::string(1 << 20, 'a'), {"relu", "hard"}));
}
