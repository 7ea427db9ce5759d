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


def assert_as_the_page_says(tree: ScratchTree, page: str, what: str, lines: int = 1) -> None:
    """The paragraph "To add WHAT" of a page names every file that was touched, and so many lines were."""
    text = (ROOT / page).read_text()
    found = re.search(rf"\*\*To add {what}\*\*.*?(?:\n\n|\Z)", text, flags=re.DOTALL)
    assert found, f"{page} does not say how to add {what}"
    for name in tree.changed:
        assert Path(name).name in found[0], f"{page} does not name {name}"
    for name in tree.new:
        assert f"{Path(name).parent.name}/" in found[0], f"{page} does not say where {name} goes"
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
    assert_as_the_page_says(tree, "scenarios/bid_matrix/README.md", "a term")
    program = tree.make()
    assert tree.compiled == 1

    assert "sum of squared bids" in said(program, "list", "terms", "concentration")
    file = play(program, "market.payoff={concentration=1.0}", 'record.trajectory=["concentration","payoff"]')
    recorded = file["competitive/concentration"][...]
    bids = file["competitive/bids"][...]
    np.testing.assert_allclose(recorded[:, -1], (bids**2).sum(axis=2), rtol=1e-12)  # a sum of four
    np.testing.assert_array_equal(file["competitive/payoff"][...], recorded)
    assert (np.diff(recorded.sum(axis=2)) > 0.0).all()  # every step climbs what it pays


def test_a_learner_is_one_file_and_one_line(tree: ScratchTree) -> None:
    tree.add_file(
        "agents/learning/sign.hpp",
        """\
#pragma once

#include "agents/learning/rows.hpp"

namespace gbid {

/// p += rate sign(g).
struct Sign {
  double rate = 0.01;

  static constexpr LearnerInfo kInfo{
      .name = "sign", .title = "sign of the gradient", .help = "steps of one length, by the sign of the gradient"};

  template <class Keys>
  static void keys(Keys& schema) {
    schema.number("rate", &Sign::rate, {.min = 0.0, .min_open = true}, "step size");
  }

  template <class T>
  void learn(const LearnerRows<T>& rows) const {
    const T step = static_cast<T>(rate);
    rows.each([&](const auto& row) {
      for (Index k = 0; k < row.length; ++k)
        row.parameters[k] += row.gradient[k] > T{0} ? step : row.gradient[k] < T{0} ? -step : T{0};
    });
  }
};

}  // namespace gbid
""",
    )
    registry = "agents/learning/registry.hpp"
    tree.add_line(registry, '#include "agents/learning/sign.hpp"', before="learning/two_timescale.hpp")
    tree.add_line(registry, "                          Sign,           //", before="BestResponse>")
    assert_as_the_page_says(tree, "agents/README.md", "a learner")
    program = tree.make()

    assert "steps of one length" in said(program, "list", "learners", "sign")
    bids = []
    for steps in (5, 6):
        with play(program, f"steps={steps}", 'learning.learner="sign"', 'record.final=["raw_bids"]') as file:
            bids.append(file["competitive/raw_bids"][...])
    step = np.abs(bids[1] - bids[0])
    assert (step > 0.0).any()
    np.testing.assert_allclose(step[step > 0.0], 0.01, rtol=1e-12)  # of numbers of size one


def test_a_statistic_is_one_row(tree: ScratchTree) -> None:
    tree.add_line(
        "analysis/statistic_table.cpp",
        '    {.name = "squared_welfare", .compute = [](const StatisticAt& at) { return std::pow(at.end->welfare[at.trial], 2.0); },'
        ' .label = "squared", .help = "square of welfare at the end"},',
        before="// An equilibrium regime beside the best planner.",
    )
    assert_as_the_page_says(tree, "analysis/README.md", "a statistic")
    program = tree.make()
    assert tree.compiled == 1

    # 1. A run: its file, the text report and the JSON.
    summary = play(program)["summary"]
    squares = summary["welfare_competitive"][...] ** 2
    np.testing.assert_array_equal(summary["squared_welfare_competitive"][...], squares)
    assert "squared: square of welfare at the end" in said(program, "analyze", "tiny.h5")
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
  for (const std::string& regime : RunReader(options.get<std::string>("FILE")).regimes())
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
    assert_as_the_page_says(tree, "engine/README.md", "a subcommand", lines=2)
    program = tree.make()

    assert "the names of the regimes of a run" in said(program, "--help")
    play(program).close()
    assert said(program, "regimes", "tiny.h5") == "competitive\n"
