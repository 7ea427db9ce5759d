# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""The engine's markets of networks against the reference: 60 steps, every recorded variable, the final networks.

The engine draws the initial networks (read back from a run of no steps) and both draw batches and noise from the same
streams; from there on nothing is shared. Tolerance: 1e-9 relative, plus 1e-11 of the variable's largest value for
entries that pass near zero. Summing over pixels and samples in another order moves the reference by 2e-16 to 4e-14 of
the largest value; a test below holds it to ROUNDING_MOVES.
"""
from __future__ import annotations

import tomllib
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

import network_training
from engine_runs import assert_same, read, run_engine
from learning_reference import Adam, Extragradient, Momentum, Optimistic, Sgd
from network_reference import ExpertMarket, FlowMarket
from network_runs import (
    CLASSES, COLUMNS, COSTS, HELD_OUT, ROWS, TRAIN, Case, draw_networks, draw_train_and_held_out, fan_in_scale, game_of,
    idx_bytes, initial_networks, network_shapes, replay, scenario_toml, stack_trials, write_case,
)  # fmt: skip
from network_training import Plan
from philox_streams import Batches

RELATIVE, OF_LARGEST = 1e-9, 1e-11
ROUNDING_MOVES = 1e-12
STEPS = 60

ADAM = ('{ kind = "adam", rate = 0.01 }', lambda: Adam(0.01))
OWN = {"competitive": "own_payoff"}
ALL = {"competitive": "own_payoff", "coordinated": "mean_payoff", "utility": "mean_utility"}
PLAN = Plan(seed=11, steps=STEPS, batch=16, skip=5, evaluate=25)  # 55 images: three batches an epoch

SINGLE = ExpertMarket(1, 3, 3, activation="identity", fixed_price=0.2, alignment="published")
CORRECTED = ExpertMarket(1, 3, 3, activation="relu", fixed_price=0.2)
SEVERAL = ExpertMarket(3, 3, 3, activation="tanh")
TOP_1 = ExpertMarket(2, 4, 1, activation="relu", fixed_price=0.25)
FLOW = FlowMarket()

CASES = {
    "single, as published": Case(SINGLE, PLAN, ADAM, {"own": "own_payoff", "utility": "mean_utility"}),
    "single, corrected": Case(CORRECTED, PLAN, ADAM, OWN, init="scaled"),
    "single, without noise": Case(replace(CORRECTED, noise=False, activation="tanh"), PLAN, ADAM, OWN, init="scaled"),
    "ties without noise": Case(replace(CORRECTED, noise=False, sellers=4, top_k=2), PLAN, ADAM, OWN, init="scaled"),
    "several bidders": Case(SEVERAL, PLAN, ADAM, ALL, init="scaled", trials=2),
    # Not at a mean price: there all bids on seller 0 start equal, and rounding decides who gets through.
    "several bidders, published alignment": Case(
        replace(SEVERAL, alignment="published", fixed_price=0.3), PLAN, ADAM, ALL, init="scaled", hidden=(6,)
    ),
    "top 1 of 4": Case(TOP_1, replace(PLAN, batch=4), ADAM, ALL, init="scaled"),
    "top 2 of 4, balanced": Case(
        ExpertMarket(2, 4, 2, activation="relu", noise_floor=0.1, loss=-2.0, revenue=0.5, balance=-0.1),
        replace(PLAN, batch=8), ADAM, ALL, init="scaled", hidden=(),
    ),
    "specialists": Case(SEVERAL, replace(PLAN, batch=8, specialise=True), ADAM, ALL, init="scaled"),
    "rare records": Case(SEVERAL, replace(PLAN, every=7, evaluate=10), ADAM, OWN, init="scaled"),
    "flow, as published": Case(FLOW, PLAN, ADAM, ALL, trials=2),
    "flow, softmax": Case(replace(FLOW, squash="softmax", activation="tanh"), PLAN, ADAM, OWN, init="scaled"),
    "flow, keep signal": Case(replace(FLOW, scale="keep_signal", activation="relu"), PLAN, ADAM, OWN, init="scaled"),
    "flow, softmax, keep signal, dear": Case(
        FlowMarket("softmax", "keep_signal", "relu", loss=-2.0, flow=-0.01), PLAN, ADAM, OWN, init="scaled", hidden=(6,)
    ),
}  # fmt: skip

# Adam plays above. Rates large enough that 60 steps change every network visibly, small enough to be smooth.
# learner -> (more TOML, factory from the rate, rates: several bidders, top 1 of 4, flow)
LEARNERS = {
    "sgd": ("", Sgd, (0.5, 0.2, 0.05)),
    "momentum": (", beta = 0.8", lambda rate: Momentum(rate, 0.8), (0.1, 0.04, 0.01)),
    "optimistic": ("", Optimistic, (0.5, 0.2, 0.05)),
    # Who rests in which of the two passes is a rule of its own, so no seller may rest here; flows are stiff.
    "extragradient": ("", Extragradient, (0.5, None, 0.005)),
}
LEARNER_CASES = {
    "": (SEVERAL, PLAN),
    ", top 1 of 4": (TOP_1, replace(PLAN, batch=4)),
    ", flow": (replace(FLOW, scale="keep_signal"), PLAN),
}


def learner_cases():
    for name, (more, make, rates) in LEARNERS.items():
        for rate, (market_name, (market, plan)) in zip(rates, LEARNER_CASES.items()):
            if rate is not None:
                toml = f'{{ kind = "{name}", rate = {rate}{more} }}'
                yield name + market_name, Case(market, plan, (toml, partial(make, rate)), OWN, init="scaled")


CASES.update(learner_cases())


@pytest.fixture(scope="module", name="played")
def fixture_played(tmp_path_factory):
    """case name -> (scenario, result file), run once."""
    done = {}

    def run(name: str):
        if name not in done:
            folder = tmp_path_factory.mktemp("case")
            scenario = write_case(CASES[name], folder)
            done[name] = scenario, run_engine(scenario, folder / "run.h5")
        return done[name]

    return run


EVERY_REGIME = [(name, regime) for name, case in CASES.items() for regime in case.regimes]


@pytest.mark.parametrize("name,regime", EVERY_REGIME)
def test_the_engine_follows_the_reference(played, name, regime):
    case = CASES[name]
    scenario, result = played(name)
    start = initial_networks(case, scenario, regime)
    trajectories, finals = [], []
    for trial in range(case.trials):
        networks = {variable: value[trial] for variable, value in start.items()}
        trajectory, final = replay(case, case.regimes[regime], networks, trial)
        trajectories.append(trajectory)
        finals.append(final)
    want = stack_trials(trajectories)
    assert_same(read(result, regime, list(want)), want, RELATIVE, OF_LARGEST)
    want = stack_trials(finals)
    assert_same(read(result, regime, list(want)), want, RELATIVE, OF_LARGEST)


@pytest.mark.parametrize("name", CASES)
def test_the_engine_starts_as_it_should(played, name):
    """Ranges, not values: who draws what in which order is the engine's own affair."""
    case = CASES[name]
    scenario, _ = played(name)
    starts = [initial_networks(case, scenario, regime) for regime in case.regimes]
    for start in starts[1:]:  # all regimes of a trial start alike
        assert all(np.array_equal(start[variable], starts[0][variable]) for variable in start)
    for variable, values in starts[0].items():
        assert values.shape == (case.trials, *network_shapes(case)[variable])
        if variable in ("gate_weight", "noise_weight"):
            assert np.all(values == 0.0)
        elif variable == "self_weight":
            assert np.all(values == 1.0)
        elif "bias" in variable:
            assert np.all(values == (0.1 if case.init == "published" else 0.0))
        else:
            scale = 0.1 if variable.startswith("flow_") else fan_in_scale(case, values.shape)
            assert np.all(np.abs(values) <= 2.0 * scale * (1.0 + 1e-12))
            assert len(np.unique(values)) == values.size  # no two sellers, bidders, trials alike
            # A normal number within two deviations has variance 0.774; its square has a standard deviation of 0.81,
            # so 5 standard errors are a chance of 6e-7, and the numbers are fixed.
            mean_square = np.mean((values / scale) ** 2)
            assert abs(mean_square - 0.774) < 5 * 0.81 / np.sqrt(values.size), variable


@pytest.mark.parametrize("name,regime", EVERY_REGIME)
def test_what_nobody_buys_is_not_paid_for(played, name, regime):
    case = CASES[name]
    _, result = played(name)
    found = read(result, regime, list(COSTS))
    spent, dense = found["multiply_adds"], found["dense_multiply_adds"]
    assert np.all(spent > 0) and np.all(spent <= dense) and np.all(dense == dense[0, 0])
    if case.is_flow:
        return
    # Every row that a seller does not compute saves the same, and so does every pair that does not trade.
    market, pixels = case.market, ROWS * COLUMNS
    last = case.hidden[-1] if case.hidden else pixels
    per_row = (3 if case.hidden else 2) * last * CLASSES
    for layer, (before, after) in enumerate(zip([pixels, *case.hidden], case.hidden)):
        per_row += (2 if layer == 0 else 3) * before * after
    per_pair = 3 * last * case.embedding * CLASSES
    sold = read(result, regime, ["samples", "mask", "load"])
    rows = np.sum(sold["samples"], axis=-1)
    pairs = np.sum((sold["mask"] > 0) & (sold["load"] > 0), axis=(-2, -1))
    unsold_rows = case.plan.batch * market.bidders * market.sellers - rows
    unsold_pairs = market.bidders * market.sellers - pairs
    assert np.array_equal(dense - spent, unsold_rows * per_row + unsold_pairs * per_pair)


# Single precision: 1e-7 a rounding, some tens of terms a sum and a few steps; Adam divides small gradients by their
# own size, so what is near zero is compared with the largest value. Accuracies jump where two logits are close.
SINGLE_PRECISION_RELATIVE, SINGLE_PRECISION_OF_LARGEST, SINGLE_PRECISION_STEPS = 1e-3, 1e-4, 5


@pytest.mark.parametrize("name", ("single, corrected", "several bidders", "top 1 of 4", "flow, keep signal"))
def test_single_precision_stays_near_double_precision_for_a_few_steps(tmp_path, name):
    found = []
    for precision in ("float32", "float64"):
        plan = replace(CASES[name].plan, steps=SINGLE_PRECISION_STEPS, evaluate=1)
        case = replace(CASES[name], precision=precision, plan=plan)
        folder = tmp_path / precision
        folder.mkdir()
        result = run_engine(write_case(case, folder), folder / "run.h5")
        regime = list(case.regimes)[-1]
        names = [variable for variable in case.trajectory if "accuracy" not in variable] + list(network_shapes(case))
        found.append(read(result, regime, names))
    single, double = found
    assert_same(single, double, SINGLE_PRECISION_RELATIVE, SINGLE_PRECISION_OF_LARGEST)
    assert any(not np.array_equal(single[variable], double[variable]) for variable in double)


# ------------------------------------------------------------------------------- the cases themselves, without engine


@pytest.mark.parametrize("name", CASES)
def test_scenarios_are_toml_and_name_every_key_of_the_case(name):
    scenario = tomllib.loads(scenario_toml(CASES[name]))
    market, case = scenario["market"], CASES[name]
    assert market["data"] == {"idx": "images"} and market["batch"] == case.plan.batch
    assert scenario["record"]["final"][0] == "networks"
    assert set(scenario["regimes"]) == set(case.regimes)
    if not case.is_flow:
        assert set(market) >= {"gating", "experts", "bids", "payoff"} and market["sellers"] == case.market.sellers


def test_idx_files_by_hand(tmp_path):
    assert idx_bytes(np.array([3, 1, 255])) == bytes([0, 0, 8, 1, 0, 0, 0, 3, 3, 1, 255])
    header = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 1, 44]
    assert idx_bytes(np.zeros((2, 1, 300), dtype=np.uint8)) == bytes(header + [0] * 600)
    write_case(CASES["single, corrected"], tmp_path)
    sizes = {path.name: path.stat().st_size for path in (tmp_path / "images").iterdir()}
    assert sizes == {
        "train-images-idx3-ubyte": 16 + TRAIN * ROWS * COLUMNS, "train-labels-idx1-ubyte": 8 + TRAIN,
        "t10k-images-idx3-ubyte": 16 + HELD_OUT * ROWS * COLUMNS, "t10k-labels-idx1-ubyte": 8 + HELD_OUT,
    }  # fmt: skip
    for images in draw_train_and_held_out():
        assert sorted(set(images.labels)) == list(range(CLASSES))


def with_pixels_backwards(case: Case, networks):
    """The same networks for images whose pixels are numbered from the other end."""
    turned = dict(networks)
    for name in ("gate_weight", "noise_weight"):
        if name in turned:
            turned[name] = networks[name][:, ::-1]
    first = ("flow_0", "weight_0") if case.is_flow else ("expert_weight_0",)
    for name in first:
        turned[name] = networks[name][..., ::-1, :]
    return {name: np.ascontiguousarray(value) for name, value in turned.items()}


@pytest.fixture(scope="module", name="replayed")
def fixture_replayed():
    """case name -> (start drawn here, trajectory, end) under its first objective, played once."""
    done = {}

    def run(name: str):
        if name not in done:
            case, networks = CASES[name], draw_networks(CASES[name])
            done[name] = networks, *replay(case, next(iter(case.regimes.values())), networks)
        return done[name]

    return run


@pytest.mark.parametrize("name", CASES)
def test_rounding_alone_stays_far_below_the_tolerance(name, replayed, monkeypatch):
    case = CASES[name]
    objective = next(iter(case.regimes.values()))
    networks, one, end = replayed(name)
    assert set(end) == set(network_shapes(case)) | set(case.final)
    # The same sums in another order: pixels, samples of a batch (with their noise) and held-out images backwards.
    train, held_out = draw_train_and_held_out()
    train = replace(train, pixels=train.pixels[:, ::-1])
    held_out = replace(held_out, pixels=held_out.pixels[::-1, ::-1], labels=held_out.labels[::-1])
    monkeypatch.setattr("network_runs.draw_train_and_held_out", lambda: (train, held_out))
    forward_at, forward_noise = Batches.at, network_training.gating_noise
    monkeypatch.setattr(Batches, "at", lambda self, step: forward_at(self, step)[::-1])
    monkeypatch.setattr(network_training, "gating_noise", lambda *key: forward_noise(*key)[::-1])
    other, _ = replay(case, objective, with_pixels_backwards(case, networks))
    assert_same(other, one, 0.0, ROUNDING_MOVES)


@pytest.mark.parametrize("name", CASES)
def test_cases_exercise_what_they_are_named_after(name, replayed):
    case = CASES[name]
    networks, trajectory, end = replayed(name)
    assert not np.isclose(trajectory["welfare"][-1], trajectory["welfare"][0], rtol=1e-3)
    market = case.market
    for variable in network_shapes(case):
        is_still = variable == "noise_weight" and not market.noise
        is_still |= variable in ("gate_weight", "noise_weight") and not case.is_flow and market.top_k == 1
        moved = np.max(np.abs(end[variable] - networks[variable]))
        assert moved == 0.0 if is_still else moved > 1e-4, variable
    evaluated = np.isfinite(np.reshape(trajectory["held_out_loss"], (len(trajectory["welfare"]), -1))[:, 0])
    game, plan = game_of(case, 0)
    assert [plan.recorded_steps()[k] for k in np.flatnonzero(evaluated)] == plan.evaluated_steps()
    if not case.is_flow and market.top_k == 1:
        sellers = trajectory["updates"][-1][market.bidders :]
        assert np.any(sellers < STEPS) and np.all(sellers > 0), "sellers should rest now and then"
    if "extragradient" in name and not case.is_flow:
        assert np.all(trajectory["updates"][-1] == STEPS), "no seller may rest"
