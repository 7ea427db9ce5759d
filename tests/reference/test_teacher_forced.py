# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""The engine against the reference one state at a time, along runs too long or too chaotic to compare as a whole.

Every state becomes a trial of one scenario that makes a single plain gradient step, so that
(raw_1 - raw_0) / rate is the engine's gradient there. States: random starts, and every hundredth state of 1000-step
coordinated and competitive runs of the reference.
"""
from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import List

import numpy as np
import pytest

from bid_matrix_reference import OBJECTIVES, Inputs, Market, State, forward, gradient
from engine_runs import assert_same, read, regime_toml, run_engine, save_inputs, scenario_toml, start_engine
from experiments import AGENTS, MARKETS, RATE, SCALARS, VECTORS, draw_case, draw_initial
from learning_reference import Adam, Regime, run

LONG_STEPS, EVERY = 1000, 100
RANDOM_STARTS = 10
# A state this close to a kink may fall on either side of it after one rounding, and the gradient jumps there.
KINK_MARGIN = 1e-9
# One step must stay where a row of clipped bids keeps a positive sum (nash); elsewhere any rate will do.
STEP_RATE = {"nash": 2.0**-10}
VARIABLES_OFF = ("updates",)


def kink_distance(market: Market, state: State) -> float:
    """Distance of a state from the nearest place where the gradient jumps."""
    shifted = state["shifted"]
    distances: List[np.ndarray] = [np.array([np.inf])]
    if market.mask != "sigmoid":
        distances.append(np.abs(shifted))
    if market.mask == "hard":
        distances.append(np.abs(shifted - 0.1))
    if market.squash == "clip":
        raw = state["raw_bids"]
        distances += [np.abs(raw[raw != 0.0]), np.abs(raw - 1.0)]  # an exact zero is the same zero in any program
    if market.ranking_normalise == "minmax":
        sums = np.sort(state["column_sums"])
        distances += [sums[1:2] - sums[:1], sums[-1:] - sums[-2:-1]]
    return float(min(np.min(d) for d in distances))


@lru_cache(maxsize=None)
def states_of(name: str) -> np.ndarray:
    """(states, n, n) raw bids, none of them on a kink."""
    case = draw_case(name)
    rng = np.random.default_rng([41, list(MARKETS).index(name)])
    found = [draw_initial(name, rng) for _ in range(RANDOM_STARTS)]
    if name == "nash":
        found += [rng.uniform(0.05, 0.95, (AGENTS, AGENTS)) for _ in range(RANDOM_STARTS)]  # a defined divergence
    kept = range(EVERY, LONG_STEPS + 1, EVERY)
    movers = rng.integers(AGENTS, size=LONG_STEPS)
    for regime in (Regime("mean_payoff"), Regime("own_payoff", movers)):
        start = draw_initial(name, rng)
        long_run = run(case.market, case.inputs, regime, start, Adam(RATE), LONG_STEPS, [], keep_raw_at=kept)
        found += list(long_run["raw_bids"])
    clear = [raw for raw in found if kink_distance(case.market, forward(case.market, case.inputs, raw)) > KINK_MARGIN]
    return np.array(clear)


def one_step_everywhere(folder: Path, name: str, states: np.ndarray, inputs: Inputs, rate: float) -> Path:
    """Run one sgd step from every state, one regime per objective."""
    n = states.shape[-1]
    save_inputs(folder, {key: value for key, value in vars(inputs).items() if value is not None})
    start = folder / "states.npy"
    np.save(start, states)
    regimes = [regime_toml(objective, objective, start) for objective in OBJECTIVES]
    learner = f'{{ kind = "sgd", rate = {rate!r} }}'
    names = [variable for variable in VECTORS[name] + SCALARS if variable not in VARIABLES_OFF]
    scenario = folder / "teacher_forced.toml"
    scenario.write_text(scenario_toml(name, n, 1, learner, regimes, names, ["raw_bids"], trials=len(states)))
    return run_engine(scenario, folder / "run.h5")


def engine_gradient(result: Path, objective: str, states: np.ndarray, rate: float) -> np.ndarray:
    return (read(result, objective, ["raw_bids"])["raw_bids"] - states) / rate


@pytest.fixture(scope="module", name="stepped")
def fixture_stepped(tmp_path_factory):
    """experiment -> (result file, states, rate), run once."""
    done = {}

    def run_once(name: str):
        if name not in done:
            states, rate = states_of(name), STEP_RATE.get(name, 1.0)
            folder = tmp_path_factory.mktemp(f"{name}_teacher_forced")
            done[name] = (one_step_everywhere(folder, name, states, draw_case(name).inputs, rate), states, rate)
        return done[name]

    return run_once


@pytest.mark.parametrize("name", MARKETS)
def test_enough_states_lie_clear_of_kinks(name):
    # Long nash runs end with bids on the clip's edges and columns nobody bids on: at least the starts remain.
    assert len(states_of(name)) >= 2 * RANDOM_STARTS


@pytest.mark.parametrize("name", MARKETS)
def test_every_variable_follows_from_the_state(stepped, name):
    result, states, _ = stepped(name)
    market, inputs = MARKETS[name], draw_case(name).inputs
    expected = [forward(market, inputs, raw) for raw in states]
    names = [variable for variable in VECTORS[name] + SCALARS if variable not in VARIABLES_OFF]
    want = {variable: np.array([state[variable] for state in expected]) for variable in names}
    got = {variable: values[:, 0] for variable, values in read(result, "own_payoff", names).items()}
    # 1e-9 as for trajectories; late states have bids of 1e-5 beside bids of 1, hence the part of the largest.
    assert_same(got, want, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("name", MARKETS)
def test_every_gradient_follows_from_the_state(stepped, name, objective):
    result, states, rate = stepped(name)
    inputs = draw_case(name).inputs
    got = engine_gradient(result, objective, states, rate)
    for trial, raw in enumerate(states):
        want = gradient(MARKETS[name], inputs, raw, objective)
        # 1e-9 of the state's largest entry, plus what the difference of two stored raw bids can resolve: up to
        # 1e-14, where a converged run has gradients of 1e-6.
        resolution = 4.0 * np.finfo(float).eps * (np.max(np.abs(raw)) + 1.0) / rate
        tolerance = 1e-9 * np.max(np.abs(want)) + resolution
        np.testing.assert_allclose(got[trial], want, rtol=0.0, atol=tolerance, err_msg=f"state {trial}")


# Bids in halves and quarters: every sum, mean and comparison below is exact, so a kink is hit exactly by any program.
KINKED = {
    "columns without bids tie for the minimum": "0 0 .5 .5;   0 0 .25 .25;     0 0 1 0;        0 0 .5 .5",
    "two columns tie for the maximum": "         .5 .5 0 0;   .5 .25 .25 0;    .25 .5 .25 0;   .5 .5 0 0",
    "bids equal their column mean": "            .25 .25 .5 0; .25 .75 0 0;    .25 0 .25 .5;   .25 0 0 .75",
    "bids on and beyond both ends of the clip": "1 0 -.5 1;   2 0 0 1;         0 1 0 -1;       .5 1 .5 0",
}  # fmt: skip


@pytest.mark.parametrize("case", KINKED)
def test_subgradients_at_exact_kinks_of_nash(tmp_path, case):
    raw = np.array([row.split() for row in KINKED[case].split(";")], dtype=float)
    rng = np.random.default_rng(17)
    inputs = Inputs(alpha=np.array([0.0, 0.25, 0.5, 1.0]), hessians=rng.random((4, 4, 4)))
    rate = 2.0**-10
    result = one_step_everywhere(tmp_path, "nash", raw[None], inputs, rate)
    largest = 0.0
    for objective in OBJECTIVES:
        want = gradient(MARKETS["nash"], inputs, raw, objective)
        largest = max(largest, float(np.max(np.abs(want))))
        got = engine_gradient(result, objective, raw[None], rate)[0]
        np.testing.assert_allclose(got, want, rtol=0.0, atol=1e-11, err_msg=objective)
    assert largest > 1e-3  # no kink has silenced the whole gradient


def test_a_row_clipped_to_zero_is_an_error_that_names_the_agent(tmp_path):
    raw = np.full((4, 4), 0.25)
    raw[2] = [-1.0, 0.0, -0.5, 0.0]
    start = tmp_path / "start.npy"
    np.save(start, raw)
    save_inputs(tmp_path, {"alpha": np.full(4, 0.5), "hessians": np.ones((4, 4, 4))})
    scenario = tmp_path / "empty_row.toml"
    regime = regime_toml("competitive", "own_payoff", start)
    scenario.write_text(scenario_toml("nash", 4, 1, '{ kind = "sgd", rate = 1.0 }', [regime], ["payoff"], ["bids"]))
    done = start_engine(scenario, tmp_path / "run.h5")
    assert done.returncode not in (0, -6, -11), done.stderr  # an error with a message, not a crash
    assert re.search(r"agent\W{0,3}2\b", done.stderr), done.stderr
