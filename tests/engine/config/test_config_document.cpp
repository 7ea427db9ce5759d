// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>

#include "engine/core/error.hpp"
#include "tests/engine/config/config_example.hpp"

using namespace gbid::config;
using gbid::MissingInputError;
using gbid::ScenarioError;
using gbid::UsageError;

namespace {

const std::string kTitle = "title = \"t\"\n";

example::Scenario read(const std::string& text, const std::vector<std::string>& overrides = {}) {
  Document document = Document::from_text(text, "s.toml");
  for (const std::string& assignment : overrides) document.set(assignment);
  return example::scenario_schema().read(document);
}

template <class Error, class Call>
std::string message_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

std::string set_error(const std::string& text, const std::string& assignment) {
  Document document = Document::from_text(text, "s.toml");
  return message_of<UsageError>([&] { document.set(assignment); });
}

/// A folder of this test alone, removed at its end.
class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "gbid-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::filesystem::path write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return path_ / name;
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace

TEST_CASE("file: read, with its folder and its name in messages") {
  const Folder folder;
  const auto path = folder.write("a.toml", "title = 5\n");
  const Document document = Document::from_file(path);
  CHECK(document.directory() == folder.path());
  const std::string message =
      message_of<ScenarioError>([&] { example::scenario_schema().read(document); });
  CHECK(message == path.string() + ":1:9: title: expected a string, got 5 (an integer)");
}

TEST_CASE("file: missing, a folder") {
  const Folder folder;
  const std::string missing = (folder.path() / "none.toml").string();
  CHECK(message_of<MissingInputError>([&] { Document::from_file(missing); }) ==
        missing + ": cannot be read: No such file or directory");
  CHECK(message_of<MissingInputError>([&] { Document::from_file(folder.path()); }) ==
        folder.path().string() + ": cannot be read: it is a folder");
}

TEST_CASE("file: exactly 1 MiB is read, one byte more is refused") {
  const Folder folder;
  std::string text = kTitle + "#";
  text.resize(1 << 20, 'x');
  CHECK_NOTHROW(Document::from_file(folder.write("full.toml", text)));
  const auto path = folder.write("over.toml", text + "x");
  CHECK(message_of<ScenarioError>([&] { Document::from_file(path); }) ==
        path.string() + ": larger than a scenario may be (1 MiB)");
}

TEST_CASE("file names: from the file they stay, from the command line they become relative to it") {
  const Folder folder;
  const auto path = folder.write("a.toml", kTitle + "[market.bids]\nshift = { file = \"x.h5\" }\n");
  Document document = Document::from_file(path);
  const auto file_of = [&] {
    const auto scenario = example::scenario_schema().read(document);
    return std::get<example::FromFile>(scenario.market.bids.shift).file;
  };
  CHECK(file_of() == "x.h5");
  document.set("market.bids.shift.file=y.h5");
  CHECK(std::filesystem::weakly_canonical(document.directory() / file_of()) ==
        std::filesystem::weakly_canonical(std::filesystem::current_path() / "y.h5"));
  document.set("market.bids.shift.file=/data/z.h5");
  CHECK(file_of() == "/data/z.h5");
}

TEST_CASE("override: numbers, lists, tables, quoted and bare words") {
  const auto scenario = read(kTitle, {"market.agents=50", "market.bids.mask=relu6", "title=\"a b\"",
                                      "hidden=[8, 4]", "learner={kind=\"sgd\", rate=1}"});
  CHECK(scenario.market.agents == 50);
  CHECK(scenario.market.bids.mask == example::Mask::kRelu6);
  CHECK(scenario.title == "a b");
  CHECK(scenario.hidden == std::vector<std::int64_t>{8, 4});
  CHECK(std::get<example::Sgd>(scenario.learner).rate == 1.0);
}

TEST_CASE("override: words that are no TOML are strings, with blanks, dots and signs in them") {
  CHECK(read(kTitle, {"title=hello world"}).title == "hello world");
  CHECK(read(kTitle, {"title = ../a=b.toml"}).title == "../a=b.toml");
  CHECK(read(kTitle, {"title=it\"s #1"}).title == "it\"s #1");
  CHECK(read(kTitle, {"title=2024-01-01"}).title == "2024-01-01");
}

TEST_CASE("override: replaces what the file says, and the last one wins") {
  const std::string text = kTitle + "[market]\nagents = 5\nbids = { mask = \"hard\" }\n";
  CHECK(read(text, {"market.agents=50", "market.agents=60"}).market.agents == 60);
  const auto bids = read(text, {"market.bids={squash=\"clip\"}"}).market.bids;
  CHECK(bids.squash == "clip");
  CHECK(bids.mask == example::Mask::kRelu);
}

TEST_CASE("override: keys below a table that the file has, inline or with a header") {
  const std::string text =
      kTitle + "[market]\nbids = { mask = \"hard\" }\n[regimes.one]\nmovers = 3\n";
  const auto scenario = read(text, {"market.bids.squash=clip", "regimes.one.objective=mean"});
  CHECK(scenario.market.bids.mask == example::Mask::kHard);
  CHECK(scenario.market.bids.squash == "clip");
  CHECK(scenario.regimes[0].second == example::Regime{"mean", 3});
}

TEST_CASE("override: a name in the way becomes a table of that kind") {
  const std::string text = kTitle + "learner = \"sgd\"\n";
  CHECK(std::get<example::Sgd>(read(text, {"learner.rate=0.5"}).learner).rate == 0.5);
  CHECK(std::get<example::Adam>(read(text, {"learner.kind=adam"}).learner).rate == 0.05);
  // The word keeps its place in the file, so that a fault in it is told there.
  const std::string message =
      message_of<ScenarioError>([] { read(kTitle + "learner = \"sdg\"\n", {"learner.rate=0.5"}); });
  CHECK(message.starts_with("s.toml:2:11: learner.kind: expected one of adam, sgd"));
}

TEST_CASE("override: a key of the default kind needs no kind") {
  const auto adam = std::get<example::Adam>(read(kTitle, {"learner.decay=0.5"}).learner);
  CHECK(adam == example::Adam{.rate = 0.05, .decay = 0.5});
}

TEST_CASE("override: faults are placed at the option") {
  CHECK(message_of<ScenarioError>([] { read(kTitle, {"market.agents=abc"}); }) ==
        "--set market.agents=abc market.agents: expected an integer, got \"abc\" (a string)");
  CHECK(message_of<ScenarioError>([] { read(kTitle, {"market.agnets=5"}); })
            .starts_with("--set market.agnets=5 market.agnets: unknown key; did you mean "
                         "\"agents\"?"));
  CHECK(message_of<ScenarioError>([] {
          read(kTitle, {"markt.agents=5"});
        }).starts_with("--set markt.agents=5 markt: unknown key; did you mean \"market\"?"));
  CHECK(message_of<ScenarioError>([] { read(kTitle, {"critic.rate=5"}); }) ==
        "--set critic.rate=5 critic: expected kind = one of adam, sgd, got a table without kind");
}

TEST_CASE("override: malformed ones name the option") {
  CHECK(set_error("", "agents") == "--set agents: expected KEY=VALUE");
  CHECK(set_error("", "agents=") == "--set agents=: expected a value after '='");
  CHECK(set_error("", "=5").starts_with("--set =5: not a key: expected a key"));
  CHECK(set_error("", "a..b=5").starts_with("--set a..b=5: not a key: expected a key"));
  CHECK(set_error("", "a b=5").starts_with("--set a b=5: not a key: expected the end"));
  CHECK(set_error("", "a=[1,").starts_with("--set a=[1,: not a TOML value: expected a value"));
  CHECK(set_error("", "a={x=1, x=2}").starts_with("--set a={x=1, x=2}: not a TOML value: "));
  CHECK(
      set_error("", "a=\"x").starts_with("--set a=\"x: not a TOML value: a string that is never"));
  CHECK(set_error("a = 5\n", "a.b=1") == "--set a.b=1: a is 5 (an integer), not a table");
  CHECK(set_error("a = [1]\n", "a.b=1") == "--set a.b=1: a is a list, not a table");
  CHECK(set_error("", std::string(2 << 20, 'a') + "=1").ends_with("longer than 1 MiB"));
}

TEST_CASE("override: a failed one changes nothing") {
  Document document = Document::from_text("a = 5\n", "s.toml");
  CHECK_THROWS_AS(document.set("a.b=1"), UsageError);
  CHECK(document.root()["a"].value<int>() == 5);
  CHECK(document.overrides().empty());
}

TEST_CASE("override: quoted keys, and an equals sign within quotes") {
  Document document = Document::from_text("", "s.toml");
  document.set("\"a=b\".c=1");
  CHECK(document.root()["a=b"]["c"].value<int>() == 1);
}

TEST_CASE("copy: independent, with the same values and places") {
  Document original = Document::from_text(kTitle + "steps = 0\n", "s.toml");
  original.set("batch=0");
  Document copy = original;
  original.set("steps=5");
  CHECK(copy.root()["steps"].value<int>() == 0);
  CHECK(copy.where(*copy.root().get("steps")) == "s.toml:2:9");
  CHECK(copy.where(*copy.root().get("batch")) == "--set batch=0");
  CHECK(original.where(*original.root().get("steps")) == "--set steps=5");
}

TEST_CASE("syntax: one placed error") {
  const auto error_of = [](const std::string& text) {
    return message_of<ScenarioError>([&] { Document::from_text(text, "s.toml"); });
  };
  CHECK(error_of("a = 1\nb = relu\n") ==
        "s.toml:2:5: not valid TOML: expected a value, got relu; text must stand in quotes");
  CHECK(error_of("a = 1\nb = \n") ==
        "s.toml:2:5: not valid TOML: expected a value, got the end of the line");
  CHECK(error_of("a = [1, 2\n") ==
        "s.toml:2:1: not valid TOML: expected ',' or ']' in a list, got the end of the file");
  CHECK(error_of("a 1\n") == "s.toml:1:3: not valid TOML: expected '=', got '1'");
  CHECK(error_of("[a\n") == "s.toml:1:3: not valid TOML: expected ']', got the end of the line");
  CHECK(error_of("a = \"x\n") == "s.toml:1:5: not valid TOML: a string that is never closed");
  CHECK(error_of("a = 1 b = 2\n") ==
        "s.toml:1:7: not valid TOML: expected the end of the line, got 'b'");
  CHECK(error_of("a = \"C:\\dir\"\n") ==
        "s.toml:1:8: not valid TOML: an unknown escape in a string; for a backslash write \\\\");
  CHECK(error_of("\"\xC3\xA9\" = 1\nd = 1\nd = 2\n").starts_with("s.toml:3:"));
  CHECK(error_of("[a]\n[b]\n[a]\n").starts_with("s.toml:3:1: not valid TOML: "));
}

TEST_CASE("syntax: all that TOML allows and a scenario may use") {
  const Document document = Document::from_text(
      "\xEF\xBB\xBF# a comment \xE2\x9C\x93\r\n"
      "a = 0x1F # hexadecimal\n"
      "b = [ 1_000, # comment in a list\n  +2, -3, ]\n"
      "c = { 'x y' = 1.5e-3, \"z\".w = true, e = {} }\n"
      "d = \"\"\"two\nlines \\\n   joined \"\" \"\"\"\n"
      "e = '''a 'quoted' word'''\n"
      "f = \"tab\\t \\u00e9 \\\\\"\n"
      "g.h . i = 0b101\n"
      "empty = []\n"
      "[[list]]\nx = 1\n[[list]]\nx = 2\n"
      "[ spaced . header ]\ny = -inf",
      "s.toml");
  const toml::table& root = document.root();
  CHECK(root["a"].value<int>() == 31);
  CHECK(root["b"].as_array()->size() == 3);
  CHECK(root["c"]["x y"].value<double>() == 0.0015);
  CHECK(root["c"]["z"]["w"].value<bool>() == true);
  CHECK(root["d"].value<std::string>() == "two\nlines joined \"\" ");
  CHECK(root["e"].value<std::string>() == "a 'quoted' word");
  CHECK(root["f"].value<std::string>() == "tab\t \xC3\xA9 \\");
  CHECK(root["g"]["h"]["i"].value<int>() == 5);
  CHECK(root["list"][1]["x"].value<int>() == 2);
  CHECK(root["spaced"]["header"]["y"].value<double>() == -std::numeric_limits<double>::infinity());
}
