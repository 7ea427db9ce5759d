# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""The reference judges the engine; these tests judge the reference. None of them needs the engine."""
from __future__ import annotations

from dataclasses import replace

import h5py
import numpy as np
import pytest

import generate
from bid_matrix_reference import (
    OBJECTIVES, Inputs, Market, forward, gradient, inverse, mask_slope, minmax_pull_back, squash_slope,
)  # fmt: skip
from experiments import AGENTS, MARKETS, RATE, REGIMES, draw_case
from learning_reference import Adam, Extragradient, Momentum, Optimistic, Regime, Sgd, run

# A central difference of step 1e-5 in float64 leaves about 1e-11 of the function's size (rounding 1e-16 / 1e-5) and
# a truncation error of h^2 times the third derivative.
DIFFERENCE_STEP = 1e-5


def interior_start(name: str, seed: int = 5) -> np.ndarray:
    """Raw bids away from every kink; for the clip that means inside (0, 1)."""
    rng = np.random.default_rng(seed)
    return rng.uniform(0.1, 0.9, (AGENTS, AGENTS)) if name == "nash" else rng.normal(0.0, 1.0, (AGENTS, AGENTS))


def everything_pays(market: Market) -> Market:
    """The same market with a payoff that names every term it can: no pull-back stays untested."""
    payoff = {"utility": 1.0, "ranking": "one_minus_alpha", "divergence": -0.5}
    if market.squash == "sigmoid":
        payoff["emission"] = 1.0
    source = market.ranking_source or "interranking"
    return replace(market, payoff=payoff, ranking_source=source)


def difference_quotient(market: Market, inputs: Inputs, raw: np.ndarray, objective: str) -> np.ndarray:
    """Row i: central differences of what agent i climbs, from forward passes alone."""
    result = np.zeros_like(raw)
    for i, j in np.ndindex(raw.shape):
        ends = []
        for sign in (1.0, -1.0):
            shifted = raw.copy()
            shifted[i, j] += sign * DIFFERENCE_STEP
            state = forward(market, inputs, shifted)
            value = {"own_payoff": state["payoff"][i], "mean_payoff": state["welfare"]}
            ends.append(value.get(objective, state["mean_utility"]))
        result[i, j] = (ends[0] - ends[1]) / (2.0 * DIFFERENCE_STEP)
    return result


def kinks_between(market: Market, raw: np.ndarray) -> bool:
    """Whether a relu edge or a hard-mask top lies within reach of a difference step."""
    shifted = forward(replace(market, payoff={}), Inputs(np.ones(AGENTS), np.eye(AGENTS), np.zeros((AGENTS,) * 3)), raw)
    distances = np.abs(np.concatenate([shifted["shifted"].ravel(), shifted["shifted"].ravel() - 0.1]))
    return market.mask != "sigmoid" and bool(np.min(distances) < DIFFERENCE_STEP)


@pytest.mark.parametrize("full", (False, True), ids=("published_payoff", "all_terms"))
@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("name", MARKETS)
def test_reverse_pass_equals_central_differences_and_is_not_zero(name, objective, full):
    market = everything_pays(MARKETS[name]) if full else MARKETS[name]
    inputs = draw_case(name).inputs
    raw = interior_start(name)
    assert not kinks_between(market, raw)
    got = gradient(market, inputs, raw, objective)
    expected = difference_quotient(market, inputs, raw, objective)
    largest = np.max(np.abs(expected))
    assert largest > 1e-6
    # 1e-10 of the payoff's size covers rounding; h^2 = 1e-10 times third derivatives of order 10 covers truncation.
    size = np.max(np.abs(forward(market, inputs, raw)["payoff"]))
    np.testing.assert_allclose(got, expected, rtol=0.0, atol=1e-9 * largest + 1e-10 * size)


def closed_form_own_gradient(inputs: Inputs, raw: np.ndarray, gamma: float) -> np.ndarray:
    """price_of_anarchy, from the identity dQ_kl/dW_ij = Q_ki b_j (Q_jl - Q_kl) for j != i; the shift is 1/n."""
    n = len(raw)
    state = forward(MARKETS["price_of_anarchy"], inputs, raw)
    bids, q, b = state["bids"], state["interranking"], np.sum(state["visits"], axis=1)
    m, log_q = np.mean(q, axis=0), np.log(q)
    by_bid = inputs.contribution * (bids > 1.0 / n)
    for i in range(n):
        ratio = m / q[i]
        c = np.mean(q[:, i] * (q @ log_q[i]))
        emission = bids[i, i] * q[i, i] * b * (q[:, i] - q[i, i])
        divergence = gamma * b * (m[i] * (q @ log_q[i]) - c + q[i, i] * (q @ ratio - 1.0))
        through_rank = emission + divergence
        through_rank[i] = q[i, i]
        by_bid[i] += through_rank
    inner = np.sum(by_bid * bids, axis=1, keepdims=True)
    sigmoid = 1.0 / (1.0 + np.exp(-raw))
    return bids * (1.0 - sigmoid) * (by_bid - inner)


def test_own_gradient_of_price_of_anarchy_equals_the_closed_form():
    case = draw_case("price_of_anarchy")
    raw = interior_start("price_of_anarchy")
    got = gradient(case.market, case.inputs, raw, "own_payoff")
    np.testing.assert_allclose(got, closed_form_own_gradient(case.inputs, raw, 0.5), rtol=0.0, atol=1e-14)


def test_common_gradient_of_price_of_anarchy_equals_the_closed_form():
    case = draw_case("price_of_anarchy")
    raw = interior_start("price_of_anarchy")
    n, gamma = len(raw), 0.5
    state = forward(case.market, case.inputs, raw)
    bids, q, visits = state["bids"], state["interranking"], state["visits"]
    q_bar = (np.diag(np.diagonal(bids)) + gamma * (np.mean(q, axis=0) / q + np.mean(np.log(q), axis=0))) / n
    visits_bar = (q_bar - np.sum(q_bar * q, axis=1, keepdims=True)) / np.sum(visits, axis=1, keepdims=True)
    by_bid = visits.T @ visits_bar @ visits.T
    np.fill_diagonal(by_bid, np.diagonal(q) / n)
    by_bid += case.inputs.contribution * (bids > 1.0 / n) / n
    inner = np.sum(by_bid * bids, axis=1, keepdims=True)
    expected = bids * (1.0 - 1.0 / (1.0 + np.exp(-raw))) * (by_bid - inner)
    np.testing.assert_allclose(gradient(case.market, case.inputs, raw, "mean_payoff"), expected, rtol=0.0, atol=1e-14)


def test_interranking_of_two_agents_by_hand():
    # W = [[1/2, 1/2], [1/4, 3/4]]: I - W + diag W = [[1, -1/2], [-1/4, 1]], inverse 8/7 [[1, 1/2], [1/4, 1]],
    # so Q = [[2/3, 1/3], [1/5, 4/5]] and E = (2/3 1/2, 4/5 3/4).
    market = replace(MARKETS["price_of_anarchy"], squash="clip")
    state = forward(market, Inputs(np.ones(2), np.zeros((2, 2))), np.array([[0.5, 0.5], [0.25, 0.75]]))
    np.testing.assert_allclose(state["interranking"], [[2 / 3, 1 / 3], [1 / 5, 4 / 5]], rtol=1e-15)
    np.testing.assert_allclose(state["emission"], [1 / 3, 3 / 5], rtol=1e-15)
    mean = np.array([13 / 30, 17 / 30])
    expected = -np.log(state["interranking"]) @ mean
    np.testing.assert_allclose(state["divergence"], expected, rtol=1e-15)


def test_a_closed_cycle_of_two_diverges_by_log_two():
    raw = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.5, 0.5, 1e-9]])
    state = forward(replace(MARKETS["price_of_anarchy"], squash="clip"), Inputs(np.ones(3), np.zeros((3, 3))),
                    np.clip(raw, 1e-9, 1.0))  # fmt: skip
    np.testing.assert_allclose(state["divergence"][:2], np.log(2.0), rtol=1e-6)


@pytest.mark.parametrize("name", ("poa", "divergence"))
def test_mean_ranking_has_no_gradient_where_ranks_sum_to_one(name):
    market = replace(MARKETS[name], payoff={"ranking": 1.0})
    inputs, raw = draw_case(name).inputs, interior_start(name)
    assert np.max(np.abs(gradient(market, inputs, raw, "mean_payoff"))) < 1e-16
    assert np.max(np.abs(gradient(market, inputs, raw, "own_payoff"))) > 1e-4
    both = [gradient(MARKETS[name], inputs, raw, objective) for objective in ("mean_payoff", "mean_utility")]
    np.testing.assert_allclose(both[0], both[1], rtol=0.0, atol=1e-15 * max(1.0, np.max(np.abs(both[1])) * 10))


def test_in_rank_neither_ranking_nor_divergence_reaches_the_payoff():
    inputs, raw = draw_case("rank").inputs, interior_start("rank")
    state = forward(MARKETS["rank"], inputs, raw)
    assert np.array_equal(state["payoff"], state["utility"])
    assert abs(np.sum(state["ranking"]) - 1.0) < 1e-15 and abs(np.sum(state["divergence"]) - 1.0) < 1e-15


def test_subgradients_at_kinks():
    at = np.array([-0.5, 0.0, 0.05, 0.1, 0.5, 6.0])
    assert mask_slope("relu", at).tolist() == [0, 0, 1, 1, 1, 1]
    assert mask_slope("relu6", at).tolist() == [0, 0, 1, 1, 1, 0]
    assert mask_slope("hard", at).tolist() == [0, 0, 10, 10, 0, 0]  # 10 * 0.1 is exactly 1 in float64
    assert squash_slope("clip", np.array([-0.1, 0.0, 0.5, 1.0, 1.1])).tolist() == [0, 1, 1, 1, 0]


def test_minmax_shares_among_ties():
    # c = (0, 0, 1, 2, 2), bar on the middle entry: d/dc of (c_2 - low) / (high - low), with low and high shared.
    got = minmax_pull_back(np.array([0.0, 0.0, 1.0, 2.0, 2.0]), np.array([0.0, 0.0, 1.0, 0.0, 0.0]))
    np.testing.assert_allclose(got, [-0.125, -0.125, 0.5, -0.125, -0.125], rtol=1e-15)


def test_a_clipped_bid_of_exactly_zero_gets_its_gradient_without_the_mean():
    # mask relu, utility linear, row mean: g = C where W > 1/n. Row (0, 1/2, 1/2): S = 1, g = (0, c1, c2).
    market = Market("clip", "row_mean", "relu", "linear", payoff={"utility": 1.0})
    contribution = np.array([[9.0, 1.0, 3.0]] * 3)
    raw = np.array([[0.0, 0.5, 0.5]] * 3)
    got = gradient(market, Inputs(np.ones(3), contribution), raw, "own_payoff")
    np.testing.assert_allclose(got[0], [0.0, -1.0, 1.0], atol=1e-15)  # g_0 / S alone, not g_0 - 2


def test_nash_starts_with_an_undefined_divergence_and_a_zero_in_every_row():
    case = draw_case("nash")
    raw = case.initial["coordinated"]
    assert np.all(np.sum(raw == 0.0, axis=1) == 1)
    assert np.all(np.isnan(forward(case.market, case.inputs, raw)["divergence"]))
    assert np.all(np.isfinite(forward(case.market, case.inputs, interior_start("nash"))["divergence"]))


def test_the_two_inverses_agree():
    bids = forward(MARKETS["poa"], draw_case("poa").inputs, interior_start("poa"))["bids"]
    system = np.eye(AGENTS) - bids + np.diag(np.diagonal(bids))
    np.testing.assert_allclose(inverse(system), inverse(system.astype(np.longdouble)).astype(float), rtol=1e-13)


def constant(value):
    return lambda raw: np.full_like(raw, value)


def test_learners_by_hand_on_a_gradient_that_doubles():
    # raw starts at 1 and g(raw) = raw, so every number below is a short product.
    start, rows, climb = np.ones((1, 1)), [0], lambda raw: raw

    def two_steps(learner):
        first = learner.step(start, climb, rows)
        return [float(first), float(learner.step(first, climb, rows))]

    assert two_steps(Sgd(0.5)) == [1.5, 2.25]
    assert two_steps(Momentum(0.5, 0.5)) == [1.5, 2.5]  # m = 1, then 0.5 + 1.5
    assert two_steps(Optimistic(0.5)) == [1.5, 2.5]  # 2 * 1 - 1, then 2 * 1.5 - 1
    assert two_steps(Extragradient(0.5)) == [1.75, 3.0625]  # half = 1.5 raw


def test_adam_takes_its_first_step_of_the_rate_and_keeps_resting_rows():
    raw = np.zeros((2, 2))
    moved = Adam(0.05).step(raw, constant(3.0), [0])
    # m = 0.1 g, v = 0.001 g^2: rate sqrt(0.001)/0.1 * 0.1 g / (sqrt(0.001) g + 1e-8)
    np.testing.assert_allclose(moved[0], 0.05 / (1.0 + 1e-8 / (3.0 * np.sqrt(0.001))), rtol=1e-13)
    assert np.all(moved[1] == 0.0)


def test_clocks_differ_only_when_agents_rest():
    case = draw_case("price_of_anarchy", steps=20)
    start = case.initial["simultaneous"]
    for movers, same in ((None, True), (case.regimes["competitive"].movers, False)):
        ends = [
            run(case.market, case.inputs, Regime("own_payoff", movers), start, Adam(RATE, clock), 20, ["bids"])["bids"]
            for clock in ("shared", "per_agent")
        ]
        assert np.array_equal(*ends) == same


@pytest.mark.parametrize("name", tuple(MARKETS) + ("learners",))
def test_golden_variables_follow_from_the_golden_raw_bids(name):
    with h5py.File(generate.DATA / f"{name}.h5", "r") as file:
        market = MARKETS.get(name, MARKETS["price_of_anarchy"])
        stored = {key: values[()] for key, values in file["inputs"].items()}
        inputs = Inputs(**stored)
        regimes = [group for group in file if group != "inputs"]
        assert set(regimes) == set(REGIMES.get(name, generate.LEARNERS))
        for regime in regimes:
            group = file[regime]
            for position, step in enumerate(file.attrs["matrix_steps"]):
                state = forward(market, inputs, group["raw_bids"][position])
                for variable, values in group.items():
                    if variable in state and variable != "raw_bids":
                        where = position if values.ndim == 3 else step
                        np.testing.assert_allclose(values[where], state[variable], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", MARKETS)
def test_golden_runs_replay(name):
    # Cheap regimes only (one reverse pass a step): the simultaneous ones cost ten. 1e-10 leaves room for another
    # LAPACK (nash multiplies rounding by a thousand, see SEEDS).
    case = draw_case(name)
    with h5py.File(generate.DATA / f"{name}.h5", "r") as file:
        for regime, rule in case.regimes.items():
            if regime == "simultaneous":
                continue
            again = run(case.market, case.inputs, rule, case.initial[regime], Adam(RATE), 200, ["price", "welfare"])
            for variable, values in again.items():
                np.testing.assert_allclose(values, file[f"{regime}/{variable}"][()], rtol=1e-10, atol=1e-12)
