# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""What the pages say it costs to add something is what it costs: each addition is made in a scratch copy and played.

A payoff term, a learner and a statistic always; with GBID_ADDITIONS=all a market structure, an auction format and a
subcommand as well, which take minutes to compile.
"""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
from pathlib import Path

import h5py
import numpy as np
import pytest

from scratch_tree import ROOT, ScratchTree

EXPENSIVE = pytest.mark.skipif(os.environ.get("GBID_ADDITIONS") != "all", reason="minutes of compiling: GBID_ADDITIONS=all")

TINY = """\
trials = 2
steps = 40
[market]
structure = "bid_matrix"
agents = 4
[market.payoff]
utility = 1.0
[learning]
learner = { kind = "sgd", rate = 0.05 }
[regimes.competitive]
objective = "own_payoff"
[record]
every = 1
"""


@pytest.fixture
def tree(tmp_path: Path) -> ScratchTree:
    return ScratchTree(tmp_path)


def said(program: Path, *arguments: str) -> str:
    done = subprocess.run([program, *arguments], cwd=program.parent, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def play(program: Path, *sets: str) -> h5py.File:
    (program.parent / "tiny.toml").write_text(TINY)
    words = [word for assignment in sets for word in ("--set", assignment)]
    said(program, "run", "tiny.toml", *words, "-o", "tiny.h5", "--force", "--quiet")
    return h5py.File(program.parent / "tiny.h5")


def assert_as_the_page_says(tree: ScratchTree, what: str, lines: int = 1) -> None:
    """The paragraph "To add WHAT" of a page names every file that was touched, and so many lines were."""
    pages = [page for page in sorted(ROOT.rglob("README.md")) if "build" not in page.relative_to(ROOT).parts]
    found = [re.search(rf"\*\*To add {what}\*\*.*?(?:\n\n|\Z)", page.read_text(), flags=re.DOTALL) for page in pages]
    paragraphs = [match[0] for match in found if match]
    assert len(paragraphs) == 1, f"{len(paragraphs)} pages say how to add {what}"
    for name in tree.changed:
        assert Path(name).name in paragraphs[0], f"the page does not name {name}"
    for name in tree.new:
        folder = Path(name).parent
        assert f"{folder.name}/" in paragraphs[0] or f"{folder.parent.name}/<name>/" in paragraphs[0], f"nor where {name} goes"
    assert sum(tree.lines_changed().values()) == lines


def test_a_payoff_term_is_one_file_and_one_line(tree: ScratchTree) -> None:
    tree.add_file(
        "scenarios/bid_matrix/terms/concentration.hpp",
        """\
#pragma once

#include "scenarios/bid_matrix/terms/registry.hpp"

namespace gbid::bid_matrix {

/// Concentration: the sum of an agent's squared bids, C_i = sum_j W_ij^2.
class Concentration final : public Term {
 public:
  double value(const Columns& columns, const Row& row) const override {
    double sum = 0.0;
    for (Index j = 0; j < columns.agents; ++j) sum += row.bids[j] * row.bids[j];
    return sum;
  }
  void add_partials(const Columns& columns, const Row& row, double weight, const Partials& partials) const override {
    for (Index j = 0; j < columns.agents; ++j) partials.bids[j] += weight * 2.0 * row.bids[j];
  }
};

inline std::unique_ptr<Term> make_concentration(const MarketConfig&, const Game&) {
  return std::make_unique<Concentration>();
}

}  // namespace gbid::bid_matrix
""",
    )
    registry = "scenarios/bid_matrix/terms/registry.cpp"
    tree.add_line(registry, '#include "scenarios/bid_matrix/terms/concentration.hpp"', before="terms/divergence.hpp")
    tree.add_line(
        registry,
        '    {"concentration", "sum of squared bids", "concentration of bids", "1", never, make_concentration},',
        before='{"divergence", ',
    )
    assert_as_the_page_says(tree, "a term")
    program = tree.make()
    assert tree.compiled == 1

    assert "sum of squared bids" in said(program, "list", "terms", "concentration")
    file = play(program, "market.payoff={concentration=1.0}", 'record.trajectory=["concentration","payoff"]')
    recorded = file["competitive/concentration"][...]
    bids = file["competitive/bids"][...]
    np.testing.assert_allclose(recorded[:, -1], (bids**2).sum(axis=2), rtol=1e-12)  # a sum of four
    np.testing.assert_array_equal(file["competitive/payoff"][...], recorded)
    assert (np.diff(recorded.sum(axis=2)) > 0.0).all()  # every step climbs what it pays


def test_a_statistic_is_one_row(tree: ScratchTree) -> None:
    tree.add_line(
        "analysis/statistic_table.cpp",
        '    {.name = "squared_welfare", .compute = [](const StatisticAt& at) { return std::pow(at.end->welfare[at.trial], 2.0); },'
        ' .label = "squared", .help = "square of welfare at the end"},',
        before="// An equilibrium regime beside the best planner.",
    )
    assert_as_the_page_says(tree, "a statistic")
    program = tree.make()
    assert tree.compiled == 1

    # 1. A run: its file, the text report and the JSON.
    summary = play(program)["summary"]
    squares = summary["welfare_competitive"][...] ** 2
    np.testing.assert_array_equal(summary["squared_welfare_competitive"][...], squares)
    assert "squared: square of welfare at the end" in said(program, "analyze", "tiny.h5", "--explain")
    [regime] = json.loads(said(program, "analyze", "tiny.h5", "--json"))["regimes"]
    assert regime["squared_welfare"] == squares.tolist()
    assert regime["squared_welfare_estimate"]["count"] == 2

    # 2. A sweep: the table of points, and the rows that --csv prints.
    said(program, "sweep", "tiny.toml", "--over", "steps=20,40", "-o", "sweep.h5", "--quiet")
    with h5py.File(program.parent / "sweep.h5") as sweep:
        points = sweep["summary"]
        assert (points["squared_welfare_competitive_low"][...] <= points["squared_welfare_competitive"][...]).all()
    rows = list(csv.DictReader(said(program, "analyze", "sweep.h5", "--csv").splitlines()))
    assert len(rows) == 4
    for row in rows:
        assert float(row["squared_welfare"]) == float(row["welfare"]) * float(row["welfare"])


def test_a_learner_is_one_file_and_one_line(tree: ScratchTree) -> None:
    tree.add_file(
        "agents/learning/sign.hpp",
        """\
#pragma once

#include <cmath>

#include "agents/learning/rows.hpp"

namespace gbid {

/// p += rate sign(g).
struct Sign {
  double rate = 0.05;

  static constexpr LearnerInfo kInfo{
      .name = "sign", .title = "signs of the gradient", .help = "steps of one length, whatever the gradient"};

  template <class Keys>
  static void keys(Keys& schema) {
    schema.number("rate", &Sign::rate, {.min = 0.0, .min_open = true}, "step size");
  }

  template <class T>
  void learn(const LearnerRows<T>& rows) const {
    rows.each([&](const auto& row) {
      for (Index k = 0; k < row.length; ++k) row.parameters[k] += std::copysign(static_cast<T>(rate), row.gradient[k]);
    });
  }
};

}  // namespace gbid
""",
    )
    registry = "agents/learning/registry.hpp"
    tree.add_line(registry, '#include "agents/learning/sign.hpp"', before="learning/two_timescale.hpp")
    tree.add_line(registry, "                          Sign,", before="TwoTimescale,")
    assert_as_the_page_says(tree, "a learner")
    program = tree.make()

    assert "steps of one length" in said(program, "list", "learners", "sign")
    ends = []
    for steps in (0, 1):
        sets = [f"steps={steps}", 'learning.learner={kind="sign",rate=0.125}', 'record.final=["raw_bids"]']
        with play(program, *sets) as file:
            ends.append(file["competitive/raw_bids"][...])
            assert file["competitive"].attrs["learner"] in ("sign", b"sign")
    np.testing.assert_allclose(np.abs(ends[1] - ends[0]), 0.125, rtol=0.0, atol=1e-15)  # bids below 2


@EXPENSIVE
def test_a_market_structure_is_one_folder_and_one_line(tree: ScratchTree) -> None:
    for name in ("config.hpp", "structure.cpp"):
        text = (Path(__file__).parent / "public_good" / f"{name}.in").read_text()
        tree.add_file(f"scenarios/public_good/{name}", text.split("\n", 2)[2])
    structures = "scenarios/loading/structures.hpp"
    tree.add_line(structures, '#include "scenarios/public_good/config.hpp"', before="scenarios/routing/config.hpp")
    tree.add_line(structures, "    public_good::entry,", before="routing::entry,")
    assert_as_the_page_says(tree, "a market structure")
    program = tree.make()

    assert "a good that all pay for" in said(program, "list", "markets", "public_good")
    said(program, "init", "public_good", "-o", "good.toml")
    said(program, "run", "good.toml", "--set", "market.agents=4", "-o", "good.h5", "--quiet")
    with h5py.File(program.parent / "good.h5") as file:
        # An agent gains m - x_i by a unit more, all together n m - x_i: closed forms, 0.9^300 of the way is left.
        np.testing.assert_allclose(file["competitive/contribution"][...], 1.0, atol=1e-8)
        np.testing.assert_allclose(file["coordinated/contribution"][...], 4.0, atol=1e-8)
        # n m X - X^2 / 2n at X = n m and at X = n^2 m, by n: 3.5 and 8.
        np.testing.assert_allclose(file["summary/price_of_anarchy"][...], 8.0 / 3.5, atol=1e-8)


@EXPENSIVE
def test_an_auction_format_is_one_file_pair_and_one_line(tree: ScratchTree) -> None:
    tree.add_file(
        "scenarios/auctions/formats/half_reserve.hpp",
        """\
#pragma once

#include "scenarios/auctions/formats/format_entry.hpp"

namespace gbid::auctions {

/// One item at its winner's bid, which is at least one half.
struct HalfReserve {
  static constexpr FormatEntry kEntry{.name = "half_reserve", .help = "the winner pays its bid of at least one half"};

  static void keys(config::Schema<HalfReserve>&) {}
  std::unique_ptr<const Format> make(const std::vector<Prior>& priors, ArrayLoader& loader) const;
};

}  // namespace gbid::auctions
""",
    )
    tree.add_file(
        "scenarios/auctions/formats/half_reserve.cpp",
        """\
#include "scenarios/auctions/formats/half_reserve.hpp"

#include "scenarios/auctions/formats/single_item.hpp"

namespace gbid::auctions {

std::unique_ptr<const Format> HalfReserve::make(const std::vector<Prior>& priors, ArrayLoader& loader) const {
  return single_item({.payment = Payment::kOwnBid, .reserve = 0.5}, priors, loader);
}

}  // namespace gbid::auctions
""",
    )
    registry = "scenarios/auctions/formats/registry.hpp"
    tree.add_line(registry, '#include "scenarios/auctions/formats/half_reserve.hpp"', before="formats/llg.hpp")
    tree.add_line(registry, "                         HalfReserve,", before="DoubleAuction,")
    assert_as_the_page_says(tree, "an auction format")
    program = tree.make()

    said(program, "init", "auction", "-o", "auction.toml")
    ends = []
    for kind in ('"half_reserve"', '{kind="first_price",reserve=0.5}'):
        words = ["--set", f"market.format={kind}", "--set", "steps=20", "--set", "record.every=10"]
        said(program, "run", "auction.toml", *words, "-o", "auction.h5", "--force", "--quiet")
        with h5py.File(program.parent / "auction.h5") as file:
            ends.append(file["competitive/bid"][...])
    assert np.isfinite(ends[0]).any()
    np.testing.assert_array_equal(ends[0], ends[1])


@EXPENSIVE
def test_a_subcommand_is_one_file_and_its_row(tree: ScratchTree) -> None:
    tree.add_file(
        "engine/cli/regimes.cpp",
        """\
#include <iostream>

#include "engine/cli/options.hpp"
#include "engine/record/run_reader.hpp"

namespace gbid::cli {

ExitCode regimes_command(const Arguments& arguments) {
  Options options("regimes");
  options.positional({"FILE"}, 1);
  if (!options.parse(arguments)) return ExitCode::kOk;
  const RunReader run(options.get<std::string>("FILE"));
  for (const std::string& regime : run.regimes())
    std::cout << regime << "\\n";
  return ExitCode::kOk;
}

}  // namespace gbid::cli
""",
    )
    tree.add_line("engine/cli/commands.hpp", "ExitCode regimes_command(const Arguments&);", before="ExitCode run_command")
    tree.add_line(
        "engine/cli/main.cpp",
        '    {"regimes", "regimes FILE.h5", "the names of the regimes of a run", regimes_command},',
        before='{"recover", ',
    )
    assert_as_the_page_says(tree, "a subcommand", lines=2)
    program = tree.make()

    assert "the names of the regimes of a run" in said(program, "--help")
    play(program).close()
    assert said(program, "regimes", "tiny.h5") == "competitive\n"
