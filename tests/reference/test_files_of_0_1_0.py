# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Files that version 0.1.0 wrote still open, and give the numbers that 0.1.0 read from them."""
from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any, Dict, Iterator, Tuple

import gbid
import h5py
import numpy as np
import pytest
from gbid import plot

DATA = Path(__file__).resolve().parent / "data" / "0.1.0"
RUN_LIMIT_S = 300  # milliseconds on most machines
STORED = 1e-12  # relative: numbers that are read, and means and medians of them
COMPUTED = 1e-4  # certificates made again and networks evaluated: float32, and differences of payoffs, in another order of sums
REGIMES = ("coordinated", "competitive")


def report(command: str, file: str, *options: str) -> Dict[str, Any]:
    """What the program prints of a file that lies in the data folder, which it must not change."""
    before = (DATA / file).read_bytes()
    program = [os.environ["GBID_PROGRAM"], command, str(DATA / file), *options, "--json"]
    done = subprocess.run(program, capture_output=True, text=True, timeout=RUN_LIMIT_S, check=False)
    # certify: 1 where an end had not converged, which 0.1.0 did not say.
    assert done.returncode in ((0, 1) if command == "certify" else (0,)), done.stderr
    assert (DATA / file).read_bytes() == before
    return json.loads(done.stdout)


def stored(name: str) -> Dict[str, Any]:
    return json.loads((DATA / name).read_text())


def facts(value: Any, path: str = "") -> Iterator[Tuple[str, Any]]:
    """Numbers, truths, names and sizes of a report by their path, without its sentences."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from facts(inner, f"{path}.{key}")
    elif isinstance(value, list):
        yield f"{path}.size", len(value)
        for index, inner in enumerate(value):
            yield from facts(inner, f"{path}[{index}]")
    elif not (isinstance(value, str) and " " in value):
        yield path, value


def assert_holds(got: Dict[str, Any], want: Dict[str, Any], tolerance: float) -> None:
    """Every stored fact is still told; there may be more. Sentences may be worded anew."""
    now, then = dict(facts(got)), {path: fact for path, fact in facts(want) if "caveats" not in path}
    assert len(then) > 5
    wrong = [
        f"{path}: {fact!r} became {now.get(path, 'missing')!r}" for path, fact in then.items()
        if now.get(path, "missing") != (pytest.approx(fact, rel=tolerance, abs=tolerance) if isinstance(fact, float) else fact)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", ["run", "sweep", "networks"])
def test_analyze_reads_them(name: str) -> None:
    assert_holds(report("analyze", f"{name}.h5"), stored(f"{name}.analyze.json"), STORED)


@pytest.mark.parametrize("name", ["run", "networks"])
def test_certify_reads_what_was_recorded_and_finds_it_again(name: str) -> None:
    want = stored(f"{name}.certify.json")
    assert_holds(report("certify", f"{name}.h5"), want, STORED)
    assert_holds(report("certify", f"{name}.h5", "--afresh"), want, COMPUTED)


def test_evaluate_loads_their_networks() -> None:
    assert_holds(report("evaluate", "networks.h5"), stored("networks.evaluate.json"), COMPUTED)


def test_python_reads_the_run_and_draws_it() -> None:
    said = {regime["name"]: regime for regime in stored("run.analyze.json")["regimes"]}
    with gbid.load(DATA / "run.h5") as run, h5py.File(DATA / "run.h5") as raw:
        assert tuple(run) == REGIMES and run.attributes["gbid_version"] == "0.1.0" and run.status == "complete"
        assert run.scenario["market"]["agents"] == 4
        for name, dataset in run.items():
            assert dict(dataset.payoff.sizes) == {"trial": 2, "step": 4, "agent": 4}
            assert list(dataset.step.values) == [0, 20, 40, 60]
            # The report's window holds the last record alone.
            np.testing.assert_allclose(dataset.welfare.isel(step=-1), said[name]["welfare"], rtol=STORED)
            np.testing.assert_allclose(dataset.payoff.mean("agent"), dataset.welfare, rtol=STORED)
            np.testing.assert_array_equal(dataset.bids, raw[name]["bids"][()])
            np.testing.assert_allclose(dataset.bids.sum("counterpart"), 1.0, rtol=STORED)
            np.testing.assert_array_equal(run.summary[f"welfare_{name}"], dataset.welfare.isel(step=-1))
        plot.overview(run)


def test_python_reads_the_networks() -> None:
    said = stored("networks.evaluate.json")["evaluations"][0]["agents"][0]
    with gbid.load(DATA / "networks.h5") as run:
        dataset = run["coordinated"]
        assert dataset.gate_weight.shape == (1, 1, 784, 2)
        np.testing.assert_allclose(dataset.held_out_loss.values[0, -1], said["loss"], rtol=COMPUTED)
        plot.overview(run)


def test_python_reads_the_sweep_and_draws_it() -> None:
    points = stored("sweep.analyze.json")["points"]
    with gbid.load_sweep(DATA / "sweep.h5") as sweep:
        assert sweep.keys == ["market.agents"] and sweep.regimes == list(REGIMES)
        for point in points:
            row = sweep.points.loc[point["point"]]
            for name in ("market.agents", "welfare_gap", "welfare_gap_low", "welfare_competitive", "trials"):
                assert row[name] == pytest.approx(point[name], rel=STORED)
            last = sweep.trajectories(point["point"])["competitive"].welfare.isel(step=-1)
            assert float(last.median()) == pytest.approx(point["welfare_competitive"], rel=STORED)
        plot.sweep_overview(sweep)
