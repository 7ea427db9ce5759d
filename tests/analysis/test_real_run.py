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

SOURCE = Path(__file__).resolve().parents[2]
SCENARIO = SOURCE / "scenarios/bid_matrix/price_of_anarchy.toml"


def test_the_published_scenario_loads_and_draws(tmp_path: Path) -> None:
    file = tmp_path / "tmp.h5"
    command = [os.environ["GBID_PROGRAM"], "run", str(SCENARIO), "--set", "trials=3"]
    command += ["--set", "steps=100", "-o", str(file), "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
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
