# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""The page about a sweep: its size and texts for odd shapes, what it says, and the command."""

from __future__ import annotations

import os
import shutil
import warnings
from pathlib import Path

import gbid
import gbid.plot
import h5py
import matplotlib.image
import numpy as np
import pytest
from gbid._command import main
from gbid_files import write_run
from sweep_files import AGENTS, DIVERGENCE, GRAPH, RATE, write_sweep
from test_gbid_plot import misplaced, new_axes
from test_gbid_sweep_plot import ALL_STATES, COUNTS, DIVERGENCES, GRAPHS, THREE, load, texts_of

CASES: dict[str, dict] = {
    "one_key": {"keys": {AGENTS: COUNTS}},
    "one_key_with_faults": {
        "keys": {AGENTS: [2, 5, 10, 20, 50, 100, 200]},
        "states": {2: "failed", 4: "some_failed", 6: "not_run"},
        "undefined": (1,),
        "settled": 0.6,
        "status": "partial",
    },
    "one_text": {"keys": {GRAPH: GRAPHS}, "states": {2: "refused"}, "regimes": THREE},
    "forty_texts": {"keys": {GRAPH: [f"graph_{i}" for i in range(40)]}, "trials": 2},
    "many_numbers": {"keys": {RATE: [round(0.01 * i, 2) for i in range(41)]}, "trials": 2},
    "from_zero": {"keys": {RATE: [0.0, 0.001, 0.01, 0.1, 1.0]}, "trials": 2},
    "one_point": {"keys": {AGENTS: [10], RATE: [0.1]}, "trials": 1},
    "two_keys": {"keys": {AGENTS: COUNTS, DIVERGENCE: DIVERGENCES}},
    "two_keys_with_faults": {
        "keys": {AGENTS: COUNTS, DIVERGENCE: DIVERGENCES},
        "states": ALL_STATES,
        "undefined": (1, 8),
        "settled": 0.6,
    },
    "two_keys_negative": {
        "keys": {GRAPH: GRAPHS, RATE: [0.001, 0.01, 0.1]},
        "negative": True,
        "regimes": THREE,
    },
    "many_cells": {"keys": {AGENTS: list(range(2, 32)), RATE: DIVERGENCES}, "trials": 2},
    "three_keys": {"keys": {AGENTS: COUNTS, DIVERGENCE: DIVERGENCES, GRAPH: GRAPHS}, "trials": 2},
    "many_multiples": {
        "keys": {AGENTS: COUNTS, GRAPH: GRAPHS, RATE: [0.001 * 2**i for i in range(10)]},
        "trials": 2,
        "undefined": (3,),
        "regimes": THREE,
    },
    "four_keys": {
        "keys": {AGENTS: [3, 5], DIVERGENCE: [0.0, 1.0], GRAPH: GRAPHS[:2], RATE: [0.01, 0.1]},
        "settled": 0.4,
    },
    "all_refused": {"keys": {AGENTS: COUNTS}, "states": dict.fromkeys(range(5), "refused")},
    "nothing_run": {
        "keys": {AGENTS: COUNTS, DIVERGENCE: [0.0, 1.0]},
        "states": dict.fromkeys(range(10), "not_run"),
        "status": "partial",
    },
    "no_competition": {"keys": {AGENTS: COUNTS}, "regimes": ("coordinated", "idealised")},
    "no_competition_two_keys": {
        "keys": {AGENTS: COUNTS, RATE: [0.1, 0.2]},
        "regimes": ("coordinated", "idealised"),
    },
    "long_names": {
        "keys": {
            "market.a_very_long_table_name.with_a_long_key": COUNTS,
            "market.another_long_table.with_a_long_key": [
                '{ kind = "complete", self = true }',
                '{ kind = "small_world", neighbours = 4 }',
            ],
        },
        "regimes": ("a_coordinated_regime_with_a_long_name", "a_competitive_one_with_a_long_name"),
        "title": "A very long title that goes on " * 6,
    },
}


@pytest.mark.parametrize("case", CASES)
def test_the_page_is_1600_by_1000_and_no_text_covers_another(case: str, tmp_path: Path) -> None:
    figure_path = tmp_path / "sweep.png"
    with load(tmp_path, **CASES[case]) as sweep, warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = gbid.plot.sweep_overview(sweep)
        figure.savefig(figure_path, dpi=100)
    if "GBID_KEEP_FIGURES" in os.environ:
        shutil.copy(figure_path, Path(os.environ["GBID_KEEP_FIGURES"]) / f"sweep_{case}.png")
    assert matplotlib.image.imread(figure_path).shape[:2] == (1000, 1600)
    assert misplaced(figure) == []


def page_texts(sweep: gbid.Sweep) -> str:
    return "\n".join(t for ax in gbid.plot.sweep_overview(sweep).axes for t in texts_of(ax))


def test_the_page_says_how_many_points_went_how(tmp_path: Path) -> None:
    with load(tmp_path, **CASES["two_keys_with_faults"]) as sweep:
        text = page_texts(sweep)
        counts = ("30 points", "26 complete", "1 some failed", "1 failed", "1 refused", "1 not run")
        assert " \N{MIDDLE DOT} ".join(counts) in text
        assert "At 27 of 27 points some trials had not settled" in text
        assert f"{AGENTS}: 5 values, 5 to 100" in text
    with load(tmp_path, {AGENTS: COUNTS}) as sweep:
        assert "not settled" not in page_texts(sweep)


def test_three_keys_share_their_colours_and_a_fourth_is_pooled(tmp_path: Path) -> None:
    with load(tmp_path, **CASES["four_keys"]) as sweep:
        figure = gbid.plot.sweep_overview(sweep)
        maps = [ax for ax in figure.axes if ax.images]
        assert [ax.get_title(loc="left") for ax in maps] == [
            "Price of anarchy, kind = complete",
            "Price of anarchy, kind = ring",
        ]
        values = np.ma.concatenate([ax.images[-1].get_array().ravel() for ax in maps])
        for ax in maps:
            assert ax.images[-1].get_clim() == (values.min(), values.max())
        assert f"Pooled over {RATE}" in page_texts(sweep)


def test_of_many_values_of_a_third_key_some_are_drawn_with_both_ends(tmp_path: Path) -> None:
    with load(tmp_path, **CASES["many_multiples"]) as sweep:
        figure = gbid.plot.sweep_overview(sweep)
        titles = [ax.get_title(loc="left") for ax in figure.axes if ax.images]
        assert len(titles) == 8
        assert titles[0].endswith("rate = 0.001")
        assert titles[-1].endswith("rate = 0.512")
        text = page_texts(sweep)
        assert f"8 of 10 values of {RATE} are drawn" in text
        assert "Price of anarchy of competitive alone is drawn" in text


def test_a_key_with_one_value_is_named_and_not_an_axis(tmp_path: Path) -> None:
    with load(tmp_path, {RATE: [0.1], AGENTS: COUNTS}) as sweep:
        assert gbid.plot.welfare_by_key(sweep, new_axes()).get_xlabel() == AGENTS
        assert f"{RATE} = 0.1" in page_texts(sweep)
        assert not any(ax.images for ax in gbid.plot.sweep_overview(sweep).axes)


def test_the_command_recognises_a_sweep(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sweep = write_sweep(tmp_path / "sweep.h5", {AGENTS: COUNTS}, trials=2, status="partial")
    run = write_run(tmp_path / "run.h5", trials=1)
    assert main([str(sweep), "-o", str(tmp_path / "sweep.png")]) == 0
    assert capsys.readouterr().err == f"gbid.plot: {sweep}: the sweep is partial\n"
    assert matplotlib.image.imread(tmp_path / "sweep.png").shape[:2] == (1000, 1600)
    assert main([str(run), "-o", str(tmp_path / "run.png")]) == 0
    arguments = [str(sweep), "-o", str(tmp_path / "other.png"), "--variable", "welfare"]
    assert main(arguments) == 64
    assert "--variable: expected a run, got a sweep" in capsys.readouterr().err
    assert not (tmp_path / "other.png").exists()
    with h5py.File(sweep, "a") as raw:
        del raw["table"]
    assert main([str(sweep), "-o", str(tmp_path / "other.png")]) == 65
    assert capsys.readouterr().err.count("\n") == 1
