# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""A run of the real program loads and draws. GBID_PROGRAM is set by ctest."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import gbid
import gbid.plot
import numpy as np
from gbid import _ends
from matplotlib.figure import Figure

SOURCE = Path(__file__).resolve().parents[3]
SCENARIO = SOURCE / "scenarios/bid_matrix/price_of_anarchy_notebook_budget.toml"
EXPERTS = SOURCE / "scenarios/mixture_of_experts/multiple_bidder.toml"


def run_scenario(scenario: Path, file: Path, *settings: str) -> Path:
    command = [os.environ["GBID_PROGRAM"], "run", str(scenario), "-o", str(file), "--quiet"]
    for setting in settings:
        command += ["--set", setting]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return file


def test_the_published_scenario_loads_and_draws(tmp_path: Path) -> None:
    file = run_scenario(SCENARIO, tmp_path / "tmp.h5", "trials=3", "steps=100")
    with gbid.load(file) as run:
        assert {"coordinated", "competitive"} <= set(run)
        assert run.scenario["trials"] == 3
        assert run.status == "complete"
        for dataset in run.values():
            assert dataset.sizes["trial"] == 3
            assert dataset.step.values[-1] == 100
            assert np.isfinite(dataset.welfare.values).all()
            np.testing.assert_allclose(dataset.payoff.mean("agent"), dataset.welfare, rtol=1e-9)
        assert run.summary is not None  # the engine's; recomputed here from the trajectories
        for name, dataset in run.items():
            ends = _ends.end_welfare(dataset)
            np.testing.assert_allclose(run.summary[f"welfare_{name}"], ends, rtol=1e-12)
        assert run.combined(["welfare"]).welfare.dims[0] == "regime"
        gbid.plot.overview(run).savefig(tmp_path / "overview.png")
    assert (tmp_path / "overview.png").stat().st_size > 10_000


def test_a_market_of_experts_loads_and_draws(tmp_path: Path) -> None:
    settings = ("trials=2", "steps=6", "record.every=1", "market.evaluate=3", "market.batch=32")
    networks = ("market.experts.hidden=[8]", "market.experts.embedding=6")
    data = 'market.data={kind="synthetic", train=200, held_out=50}'
    file = run_scenario(EXPERTS, tmp_path / "tmp.h5", *settings, *networks, data)
    with gbid.load(file) as run:
        dataset = run["competitive"]
        assert dataset.attrs["data"] == "synthetic"
        known = np.isfinite(dataset.held_out_accuracy.values).all(axis=(0, 2))
        assert list(dataset.step.values[known]) == [0, 3, 6]
        ax = gbid.plot.learning_curves(run, "accuracy", Figure().add_subplot())
        strong = next(line for line in ax.lines if line.get_label() == "competitive, bidder 0")
        assert list(strong.get_xdata()) == [0, 3, 6]
        mask = dataset.mask.isel(trial=1, step=-1).transpose("bidder", "seller").values
        graph = gbid.plot.market_graph(run, Figure().add_subplot(), "competitive", trial=1)
        assert len(graph.collections[1].get_segments()) == np.sum(mask > 0)
        gbid.plot.overview(run).savefig(tmp_path / "overview.png")
        assert not dataset.expert_weight_0.variable._in_memory
    assert (tmp_path / "overview.png").stat().st_size > 10_000
