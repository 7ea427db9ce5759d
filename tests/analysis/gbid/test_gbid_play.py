# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Scenarios played from Python, and what the package says of itself."""

from __future__ import annotations

import doctest
import os
import shutil
import subprocess
import sys
from pathlib import Path

import gbid
import gbid._play
import numpy as np
import pytest
from gbid import plot

ANALYSIS = Path(gbid.__file__).parents[1]
GAME = {
    "title": 'A "quoted" title \\ with\nlines',
    "steps": 30,
    "market": {"structure": "tullock", "agents": np.int64(3)},
    "learning": {"learner": {"kind": "sgd", "rate": 0.1}},
    "regimes": {"selfish": {"objective": "own_payoff"}},
}


def test_tables_arrive_as_they_are_and_overrides_win() -> None:
    with gbid.run(GAME, set={"steps": 20, "learning.learner": {"kind": "adam", "rate": 0.2}}, trials=2, seed=7, progress=False) as run:
        assert run.title.replace("\n", " ").startswith('A "quoted" title \\')
        assert (run.scenario["steps"], run.scenario["trials"], run.scenario["seed"]) == (20, 2, 7)
        assert run.scenario["market"]["agents"] == 3
        assert run.scenario["learning"]["learner"]["rate"] == 0.2
        path = run.path
        assert path.exists()
    assert not path.exists()


def test_a_file_that_was_asked_for_stays(tmp_path: Path) -> None:
    gbid.run(GAME, output=tmp_path / "a.h5", progress=False).close()
    assert gbid.load(tmp_path / "a.h5")["selfish"].sizes["trial"] == 1
    with pytest.raises(gbid.GbidError) as error:
        gbid.run(GAME, output=tmp_path / "a.h5", progress=False)
    assert error.value.code == 73


@pytest.mark.parametrize("progress", [False, True])
def test_a_wrong_scenario_raises_what_the_program_said(progress: bool, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(gbid.GbidError, match='did you mean "tullock"') as error:
        gbid.run({**GAME, "market": {"structure": "tullok"}}, progress=progress)
    assert error.value.code == 65
    with pytest.raises(TypeError, match="object has no place"):
        gbid.run({"market": object()}, progress=progress)


def test_a_sweep_plays_lists_and_ranges() -> None:
    with gbid.sweep(GAME, {"market.agents": [2, 3], "steps": "10:20:10"}, progress=False) as sweep:
        assert sweep.points[["market.agents", "steps"]].to_numpy().tolist() == [[2, 10], [2, 20], [3, 10], [3, 20]]


def test_ends_are_the_last_records_of_trials_that_end_at_different_steps(tmp_path: Path) -> None:
    scenario = {
        **GAME,
        "steps": 4000,
        "trials": 6,
        "learning": {"until": "settled", "settled": {"window": 5, "tolerance": 1e-3}},
        "record": {"every": 1, "trajectory": ["payoff"]},
    }
    with gbid.run(scenario, progress=False) as run:
        dataset, ends = run["selfish"], run.ends()["selfish"]
        assert len(set(ends.welfare.step.values)) > 1  # they do end at different steps
        for trial in range(6):
            known = np.flatnonzero(~np.isnan(dataset.welfare.values[trial]))[-1]
            assert ends.welfare.values[trial] == dataset.welfare.values[trial, known]
            assert ends.welfare.step.values[trial] == dataset.step.values[known]
            assert (ends.payoff.values[trial] == dataset.payoff.values[trial, known]).all()


def test_certify_and_init(tmp_path: Path) -> None:
    gbid.run(GAME, output=tmp_path / "a.h5", progress=False).close()
    assert gbid.certify(tmp_path / "a.h5", tolerance=0.5)
    text = gbid.init("tullock", tmp_path / "a.toml")
    assert (tmp_path / "a.toml").read_text() == text
    gbid.run(tmp_path / "a.toml", set={"steps": 5}, trials=1, progress=False).close()


def test_the_package_as_a_command_is_the_program() -> None:
    command = [sys.executable, "-m", "gbid", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": str(ANALYSIS)})
    assert done.stdout.startswith(f"gbid {gbid.__version__} ")


def test_plot_exports_its_own_names_only() -> None:
    assert dir(plot) == sorted(plot.__all__)
    assert all(getattr(plot, name).__module__.startswith("gbid") for name in plot.__all__)


@pytest.mark.parametrize("module", [gbid, gbid._play])
def test_examples_run(module: object) -> None:
    found = doctest.testmod(module, extraglobs={"gbid": gbid})  # type: ignore[arg-type]
    assert found.attempted > 0
    assert found.failed == 0


def test_types_are_complete() -> None:
    if shutil.which("mypy") is None:
        pytest.skip("mypy is not installed")
    done = subprocess.run(["mypy", "--strict", "--cache-dir=/dev/null", "gbid"], cwd=ANALYSIS, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
