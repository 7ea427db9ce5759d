# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""The engine against the golden trajectories: every experiment, every regime, 200 steps, every recorded variable.

Tolerance: 1e-9 relative, plus 1e-10 of the variable's largest value for entries that pass near zero (a ranking
scaled by its smallest entry loses three digits there, and processors with wider vectors add in another order); the same for
all experiments. Two correct float64 programs stay within 1e-13 of each other here, except simultaneous divergence
(5e-13) and nash (2e-13): those two multiply rounding, and the seeds in experiments.py pick draws where 200 steps
multiply it least. What such a draw does not reach, test_teacher_forced.py checks state by state.
"""
from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

import generate
from engine_runs import SCENARIOS, assert_same, quoted, read, regime_toml, run_engine, save_inputs, scenario_toml
from experiments import AGENTS, MARKETS, MATRICES, RATE, REGIMES, SCALARS, STEPS, VECTORS

RELATIVE, OF_LARGEST = 1e-9, 1e-10
ADAM = f'{{ kind = "adam", rate = {RATE} }}'
SHIPPED = {name: [regime for regime in regimes if regime != "simultaneous"] for name, regimes in REGIMES.items()}
OURS = [name for name, regimes in REGIMES.items() if "simultaneous" in regimes]


def golden(name: str):
    return h5py.File(generate.DATA / f"{name}.h5", "r")


def matrices_of(name: str):
    return [matrix for matrix in MATRICES if matrix != "interranking" or MARKETS[name].has_interranking]


def save_regime(folder: Path, group: h5py.Group, regime: str, steps: int):
    """The start and, where one agent moves, the movers; returns both paths (None where all move)."""
    start, movers = folder / f"{regime}_start.npy", None
    np.save(start, group["raw_bids"][0])
    if "movers" in group:
        movers = folder / f"{regime}_movers.npy"
        np.save(movers, group["movers"][:steps].astype(np.int64))
    return start, movers


def shipped_overrides(folder: Path, file: h5py.File, name: str, steps: int):
    """The shipped scenario with our draws in place of its own; objectives and schedules stay as shipped."""
    inputs = {key: values[()] for key, values in file["inputs"].items()}
    save_inputs(folder, inputs)
    sets = ["trials=1", f"steps={steps}", f"market.agents={AGENTS}", f"learning.learner={ADAM}"]
    sets += ['learning.budget="steps"', 'learning.until="steps"', "certify=false"]
    sets += ["record.every=1", f"record.trajectory={quoted(VECTORS[name] + SCALARS)}"]
    sets += [f"record.final={quoted(matrices_of(name))}"]
    if "hessians" in inputs:
        sets += [f'market.utility.hessians={{ file = "{folder}/hessians.npy" }}']
        sets += [f'market.alpha={{ file = "{folder}/alpha.npy" }}']
    else:
        sets += [f'market.utility.contribution={{ file = "{folder}/contribution.npy" }}']
    for regime in SHIPPED[name]:
        start, movers = save_regime(folder, file[regime], regime, steps)
        sets += [f'regimes.{regime}.initial_bids={{ file = "{start}" }}']
        if movers is not None:
            sets += [f'regimes.{regime}.schedule={{ kind = "file", file = "{movers}" }}']
    return sets


@pytest.fixture(scope="module", name="shipped_run")
def fixture_shipped_run(tmp_path_factory):
    """(experiment, steps) -> result file, run once."""
    done = {}

    def run(name: str, steps: int) -> Path:
        if (name, steps) not in done:
            folder = tmp_path_factory.mktemp(f"{name}_{steps}")
            with golden(name) as file:
                overrides = shipped_overrides(folder, file, name, steps)
            done[name, steps] = run_engine(SCENARIOS / f"{name}.toml", folder / "run.h5", overrides)
        return done[name, steps]

    return run


def assert_trajectory(result: Path, file: h5py.File, regime: str, names) -> None:
    want = {name: file[f"{regime}/{name}"][()][None] for name in names}
    assert_same(read(result, regime, names), want, RELATIVE, OF_LARGEST)


def assert_final(result: Path, file: h5py.File, regime: str, names, position: int) -> None:
    want = {name: file[f"{regime}/{name}"][position][None] for name in names}
    assert_same(read(result, regime, names), want, RELATIVE, OF_LARGEST)


@pytest.mark.parametrize("name,regime", [(name, regime) for name in SHIPPED for regime in SHIPPED[name]])
def test_the_shipped_scenario_follows_the_reference(shipped_run, name, regime):
    result = shipped_run(name, STEPS)
    with golden(name) as file:
        assert_trajectory(result, file, regime, VECTORS[name] + SCALARS)
        assert_final(result, file, regime, matrices_of(name), 2)


@pytest.mark.parametrize("name,regime", [(name, regime) for name in SHIPPED for regime in SHIPPED[name]])
def test_its_matrices_agree_half_way(shipped_run, name, regime):
    result = shipped_run(name, STEPS // 2)
    with golden(name) as file:
        assert_final(result, file, regime, matrices_of(name), 1)


@pytest.mark.parametrize("name", OURS)
def test_every_row_climbing_its_own_payoff_at_once_follows_the_reference(tmp_path, name):
    with golden(name) as file:
        save_inputs(tmp_path, {key: values[()] for key, values in file["inputs"].items()})
        start, _ = save_regime(tmp_path, file["simultaneous"], "simultaneous", STEPS)
        regime = regime_toml("simultaneous", "own_payoff", start)
        names = VECTORS[name] + SCALARS
        scenario = tmp_path / "simultaneous.toml"
        scenario.write_text(scenario_toml(name, AGENTS, STEPS, ADAM, [regime], names, matrices_of(name)))
        result = run_engine(scenario, tmp_path / "run.h5")
        assert_trajectory(result, file, "simultaneous", names)
        assert_final(result, file, "simultaneous", matrices_of(name), 2)


@pytest.mark.parametrize("learner", generate.LEARNERS)
def test_every_learner_follows_the_reference(tmp_path, learner):
    name, steps = "price_of_anarchy", generate.LEARNER_STEPS
    with golden("learners") as file:
        save_inputs(tmp_path, {"contribution": file["inputs/contribution"][()]})
        start, movers = save_regime(tmp_path, file[learner], learner, steps)
        regime = regime_toml(learner, "own_payoff", start, movers)
        names = generate.LEARNER_VECTORS + SCALARS
        scenario = tmp_path / "learner.toml"
        toml = generate.LEARNERS[learner][0]
        scenario.write_text(scenario_toml(name, AGENTS, steps, toml, [regime], names, matrices_of(name)))
        result = run_engine(scenario, tmp_path / "run.h5")
        assert_trajectory(result, file, learner, names)
        assert_final(result, file, learner, matrices_of(name), 2)
