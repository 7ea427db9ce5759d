# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""The reference judges the engine's markets of networks; these tests judge the reference. None needs the engine."""
from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from network_reference import (
    OBJECTIVES, ExpertMarket, FlowMarket, balance_cost, balance_slope, column_scale, cross_entropy,
    expert_forward, expert_gradient, flow_forward, flow_gradient, kept_sellers, shares, unit_pull_back,
)  # fmt: skip

# A central difference of step 1e-5 in float64 leaves about 1e-11 of the function's size (rounding 1e-16 / 1e-5) and
# a truncation error of h^2 times the third derivative.
DIFFERENCE_STEP = 1e-5
PIXELS, CLASSES, ROWS, HIDDEN, EMBEDDING = 5, 3, 6, 4, 3


def expert_parameters(market: ExpertMarket, seed: int = 3, layers=(PIXELS, HIDDEN, EMBEDDING)):
    """Random everything, the gates too: at the published start their gradients would be special."""
    rng = np.random.default_rng(seed)
    bidders, sellers = market.bidders, market.sellers
    shapes = {
        "gate_weight": (bidders, PIXELS, sellers), "noise_weight": (bidders, PIXELS, sellers),
        "self_weight": (bidders,), "head_weight": (bidders, layers[-1], CLASSES), "head_bias": (bidders, CLASSES),
    }  # fmt: skip
    for layer in range(len(layers) - 1):
        shapes[f"expert_weight_{layer}"] = (sellers, layers[layer], layers[layer + 1])
        shapes[f"expert_bias_{layer}"] = (sellers, layers[layer + 1])
    parameters = {name: rng.normal(0.0, 0.8, shape) for name, shape in shapes.items()}
    parameters["self_weight"] = rng.uniform(0.3, 0.8, bidders)
    return parameters


def expert_inputs(market: ExpertMarket, seed: int = 4, rows: int = ROWS):
    rng = np.random.default_rng(seed)
    images = [rng.uniform(0.0, 1.0, (rows, PIXELS)) for _ in range(market.bidders)]
    labels = [rng.integers(CLASSES, size=rows) for _ in range(market.bidders)]
    return images, labels, [rng.standard_normal((rows, market.sellers)) for _ in range(market.bidders)]


def start_parameters(market: ExpertMarket):
    """Gating weights 0 and self weights 1, as every run starts."""
    parameters = expert_parameters(market)
    parameters["gate_weight"] *= 0.0
    parameters["noise_weight"] *= 0.0
    parameters["self_weight"] = np.ones(market.bidders)
    return parameters


def goal(market: ExpertMarket, state, name: str, owner: int, objective: str) -> float:
    """What the owner of a variable climbs. Sellers reach the losses alone, so the trade is their goal in any case."""
    trade = market.loss * np.sum(state["loss"])
    if name.startswith("expert_") or objective == "mean_utility":
        return trade
    return state["payoff"][owner] if objective == "own_payoff" else np.sum(state["payoff"])


def expert_differences(market: ExpertMarket, parameters, inputs):
    """Per objective: central differences of what every variable's owner climbs, from forward passes alone.

    Under own payoffs nothing needs holding constant: one bidder's variables leave the other bids where they are.
    """
    result = {objective: {name: np.zeros_like(value) for name, value in parameters.items()} for objective in OBJECTIVES}
    for name, value in parameters.items():
        for place in np.ndindex(value.shape):
            ends = []
            for sign in (1.0, -1.0):
                moved = {**parameters, name: value.copy()}
                moved[name][place] += sign * DIFFERENCE_STEP
                ends.append(expert_forward(market, moved, *inputs))
            for objective in OBJECTIVES:
                high, low = (goal(market, state, name, place[0], objective) for state in ends)
                result[objective][name][place] = (high - low) / (2.0 * DIFFERENCE_STEP)
    return result


def assert_same_gradient(got, expected, zero=()):
    """1e-8 of the largest entry: rounding is 1e-11 of the payoff, truncation 1e-10 times third derivatives."""
    assert got.keys() == expected.keys()
    for name, want in expected.items():
        largest = np.max(np.abs(want))
        if name in zero:
            assert largest < 1e-10 and np.max(np.abs(got[name])) < 1e-15, name
            continue
        assert largest > 1e-4, f"{name}: nothing to compare"
        np.testing.assert_allclose(got[name], want, rtol=0.0, atol=1e-8 * largest + 1e-10, err_msg=name)


BASE = ExpertMarket(bidders=2, sellers=3, top_k=2, activation="tanh", loss=-1.0, revenue=0.7)
ONE = replace(BASE, bidders=1, top_k=3, fixed_price=0.1)
PAYS = {
    "mean price": BASE,
    "mean price, published alignment": replace(BASE, alignment="published"),
    "three bidders": replace(BASE, bidders=3, top_k=3),
    "fixed price": replace(BASE, fixed_price=0.1),
    "single bidder": ONE,
    "single bidder, published": replace(ONE, alignment="published", fixed_price=0.2),
    "relu": replace(BASE, activation="relu"),
    "identity": replace(BASE, activation="identity"),
    "balanced": replace(BASE, balance=-0.3),
    "a coefficient on the loss": replace(BASE, loss=-2.5, balance=0.2),
    "top 1": replace(BASE, top_k=1, fixed_price=0.05),
    "no noise": replace(BASE, noise=False),
    "a higher floor": replace(BASE, noise_floor=0.5),
}


@pytest.mark.parametrize("name", PAYS)
def test_expert_gradients_equal_central_differences_and_are_not_zero(name):
    market = PAYS[name]
    parameters, inputs = expert_parameters(market), expert_inputs(market)
    state = expert_forward(market, parameters, *inputs)
    gap = np.abs(state["bid"] - state["price"])
    assert np.min(gap) > 10 * DIFFERENCE_STEP and np.any(state["mask"] > 0)  # away from the masks' kinks
    zero = set() if market.noise else {"noise_weight"}
    if market.top_k == 1:  # the softmax of one number is 1
        zero |= {"gate_weight", "noise_weight"}
    expected = expert_differences(market, parameters, inputs)
    for objective in OBJECTIVES:
        assert_same_gradient(expert_gradient(market, parameters, state, objective), expected[objective], zero)


@pytest.mark.parametrize("layers", ((PIXELS, EMBEDDING), (PIXELS, 4, 2, EMBEDDING)))
def test_one_layer_and_three_layers_have_right_gradients_too(layers):
    parameters, inputs = expert_parameters(BASE, layers=layers), expert_inputs(BASE)
    got = expert_gradient(BASE, parameters, expert_forward(BASE, parameters, *inputs), "own_payoff")
    assert_same_gradient(got, expert_differences(BASE, parameters, inputs)["own_payoff"])


def test_objectives_differ_where_they_should():
    parameters, inputs = expert_parameters(BASE), expert_inputs(BASE)
    state = expert_forward(BASE, parameters, *inputs)
    own, mean, utility = (expert_gradient(BASE, parameters, state, objective) for objective in OBJECTIVES)
    for name in parameters:
        is_bid = name in ("gate_weight", "noise_weight", "self_weight")
        assert np.array_equal(own[name], mean[name]) != is_bid, name
        assert np.array_equal(mean[name], utility[name]) != is_bid, name


def test_a_single_bidder_at_a_fixed_price_is_its_own_planner():
    parameters, inputs = expert_parameters(ONE), expert_inputs(ONE)
    state = expert_forward(ONE, parameters, *inputs)
    own, mean = (expert_gradient(ONE, parameters, state, objective) for objective in OBJECTIVES[:2])
    assert all(np.array_equal(own[name], mean[name]) for name in parameters)


def test_at_the_start_revenue_is_one_over_root_two_and_bids_are_equal():
    market = replace(BASE, noise=False, sellers=4, top_k=4)
    state = expert_forward(market, start_parameters(market), *expert_inputs(market))
    np.testing.assert_allclose(state["revenue"], 1.0 / np.sqrt(2.0), rtol=1e-15)
    np.testing.assert_allclose(state["importance"], 0.5, rtol=1e-15)
    np.testing.assert_allclose(state["bid"], np.sqrt(0.125), rtol=1e-15)
    np.testing.assert_allclose(state["load"], 1.0)
    np.testing.assert_allclose(state["balance"], 0.0, atol=1e-30)


def test_with_noise_revenue_still_starts_at_one_over_root_two():
    state = expert_forward(BASE, start_parameters(BASE), *expert_inputs(BASE))
    np.testing.assert_allclose(state["revenue"], np.sqrt(0.5), rtol=1e-15)


def test_published_masks_at_the_start_by_hand():
    # Three sellers, price 0.2: expert 0 is masked by the self weight, 1/sqrt 2 - 0.2; the bids are 1/sqrt 6 each.
    market = replace(ONE, noise=False, alignment="published", fixed_price=0.2)
    state = expert_forward(market, start_parameters(market), *expert_inputs(market))
    np.testing.assert_allclose(state["mask"][0], [np.sqrt(0.5) - 0.2, *[np.sqrt(1 / 6) - 0.2] * 2], rtol=1e-15)
    corrected = replace(market, alignment="seller")
    state = expert_forward(corrected, start_parameters(corrected), *expert_inputs(corrected))
    np.testing.assert_allclose(state["mask"][0], [np.sqrt(1 / 6) - 0.2] * 3, rtol=1e-15)


def test_ties_go_to_the_lower_seller_and_the_others_rest():
    assert kept_sellers(np.array([[1.0, 3.0, 3.0, 2.0], [0.0] * 4]), 1).tolist() == [[0, 1, 0, 0], [1, 0, 0, 0]]
    assert kept_sellers(np.array([[1.0, 3.0, 3.0, 3.0]]), 2).tolist() == [[0, 1, 1, 0]]
    market = replace(ONE, noise=False, sellers=4, top_k=1)
    parameters, inputs = start_parameters(market), expert_inputs(market)
    state = expert_forward(market, parameters, *inputs)
    assert state["importance"].tolist() == [[1, 0, 0, 0]] and state["load"].tolist() == [[1, 0, 0, 0]]
    assert state["samples"].tolist() == [ROWS, 0, 0, 0] and state["mask_density"] == 0.25
    gradient = expert_gradient(market, parameters, state, "own_payoff")
    for name in ("expert_weight_0", "expert_weight_1", "expert_bias_0", "expert_bias_1"):
        assert np.any(gradient[name][0] != 0) and np.all(gradient[name][1:] == 0)


def test_balance_by_hand():
    # Sums (4, 2, 0): mean 2, variance 8/3, CV^2 = 2/3. Its slope: 2 (s - 2) / 12 - 2 (8/3) / 24.
    sums = np.array([4.0, 2.0, 0.0])
    np.testing.assert_allclose(balance_cost(sums), 2 / 3, rtol=1e-15)
    np.testing.assert_allclose(balance_slope(sums), [1 / 3 - 2 / 9, -2 / 9, -1 / 3 - 2 / 9], rtol=1e-14)


def test_one_sample_by_hand():
    # One bidder, two sellers, one pixel x = 1, linear experts y = w: gates softmax(ln 3, 0) = (3/4, 1/4); importance
    # (3, 1)/sqrt 10; weights (1, 3/sqrt 10, 1/sqrt 10)/sqrt 2; price 0.1; two classes, head (1, -1) without bias.
    market = ExpertMarket(1, 2, 2, noise=False, activation="identity", fixed_price=0.1)
    parameters = {
        "gate_weight": np.array([[[np.log(3.0), 0.0]]]), "noise_weight": np.zeros((1, 1, 2)),
        "self_weight": np.ones(1), "head_weight": np.array([[[1.0, -1.0]]]), "head_bias": np.zeros((1, 2)),
        "expert_weight_0": np.array([[[2.0]], [[4.0]]]), "expert_bias_0": np.zeros((2, 1)),
    }  # fmt: skip
    state = expert_forward(market, parameters, [np.ones((1, 1))], [np.array([0])], None)
    masks = np.array([3.0, 1.0]) / np.sqrt(20.0) - 0.1
    np.testing.assert_allclose(state["mask"][0], masks, rtol=1e-14)
    embedding = 0.75 * masks[0] * 2.0 + 0.25 * masks[1] * 4.0
    np.testing.assert_allclose(state["loss"], np.log(1.0 + np.exp(-2.0 * embedding)), rtol=1e-14)
    np.testing.assert_allclose(state["payoff"], np.sqrt(0.5) - state["loss"], rtol=1e-14)
    assert state["accuracy"].tolist() == [1.0]
    # d loss / d embedding = -2 / (1 + e^(2 embedding)); the experts climb -loss.
    slope = 2.0 / (1.0 + np.exp(2.0 * embedding))
    gradient = expert_gradient(market, parameters, state, "own_payoff")
    np.testing.assert_allclose(
        gradient["expert_weight_0"].ravel(), slope * np.array([0.75, 0.25]) * masks, rtol=1e-14
    )


def test_a_mean_price_by_hand():
    # Two bidders, top 1 of two sellers: each sends everything to its own seller. Bids 1/sqrt 2 and 0, price half of it.
    market = ExpertMarket(2, 2, 1, noise=False, activation="identity")
    parameters = start_parameters(market)
    parameters["gate_weight"][0, :, 0] = 1.0
    parameters["gate_weight"][1, :, 1] = 1.0
    state = expert_forward(market, parameters, *expert_inputs(market))
    np.testing.assert_allclose(state["bid"], np.eye(2) * np.sqrt(0.5), rtol=1e-15)
    np.testing.assert_allclose(state["price"], np.sqrt(0.125), rtol=1e-15)
    np.testing.assert_allclose(state["mask"], np.eye(2) * np.sqrt(0.125), rtol=1e-15)
    assert state["samples"].tolist() == [ROWS, ROWS] and state["mask_density"] == 0.5


def test_published_alignment_at_a_mean_price_starts_on_a_kink():
    # Every bidder's bid on seller 0 is its revenue, 1/sqrt 2, and so is their mean: rounding alone decides who gets
    # through. No two programs need agree from there on.
    market = replace(BASE, alignment="published", bidders=3)
    state = expert_forward(market, start_parameters(market), *expert_inputs(market))
    assert np.max(np.abs(state["bid"][:, 0] - state["price"][0])) < 4e-16


def test_a_lone_bidder_under_its_own_mean_price_gets_nothing():
    market = replace(ONE, fixed_price=None)
    parameters, inputs = expert_parameters(market), expert_inputs(market)
    state = expert_forward(market, parameters, *inputs)
    assert np.all(state["mask"] == 0) and np.all(state["samples"] == 0)
    gradient = expert_gradient(market, parameters, state, "own_payoff")
    # Importance only turns on its sphere: no revenue there.
    moving = {name for name, value in gradient.items() if np.max(np.abs(value)) > 1e-15}
    assert moving == {"head_bias", "self_weight"}


def test_sellers_in_another_order_change_nothing():
    order = [2, 0, 1]
    parameters, (images, labels, noise) = expert_parameters(BASE), expert_inputs(BASE)
    turned = dict(parameters)
    for name, value in parameters.items():
        if name.startswith("expert_"):
            turned[name] = value[order]
        elif name in ("gate_weight", "noise_weight"):
            turned[name] = value[..., order]
    one = expert_forward(BASE, parameters, images, labels, noise)
    other = expert_forward(BASE, turned, images, labels, [n[:, order] for n in noise])
    np.testing.assert_allclose(other["payoff"], one["payoff"], rtol=1e-13)
    np.testing.assert_allclose(other["mask"], one["mask"][:, order], rtol=1e-12)
    at = [expert_gradient(BASE, p, s, "mean_payoff") for p, s in ((parameters, one), (turned, other))]
    np.testing.assert_allclose(at[1]["expert_weight_0"], at[0]["expert_weight_0"][order], rtol=1e-11, atol=1e-14)


def test_cross_entropy_of_equal_logits_is_the_log_of_their_number_and_huge_logits_are_no_trouble():
    loss, accuracy, bar = cross_entropy(np.zeros((2, 4)), np.array([0, 3]))
    np.testing.assert_allclose(loss, np.log(4.0), rtol=1e-15)
    assert accuracy == 0.5  # the first of equals
    np.testing.assert_allclose(bar[0], [-0.375, 0.125, 0.125, 0.125], rtol=1e-15)
    loss, _, bar = cross_entropy(np.array([[1e4, -1e4]]), np.array([1]))
    assert loss == 2e4 and bar.tolist() == [[1.0, -1.0]]


def test_the_slope_of_a_unit_vector_is_across_it():
    x = np.array([3.0, 4.0])
    np.testing.assert_allclose(unit_pull_back(x, np.array([1.0, 0.0])), [16 / 125, -12 / 125], rtol=1e-15)


# ----------------------------------------------------------------------------------------------------- layered_flow

SIZES = (PIXELS, 4, 5, CLASSES)


def flow_parameters(seed: int = 26):  # with relu, each hidden layer has both live and dead neurons
    rng = np.random.default_rng(seed)
    parameters = {}
    for layer, (fan_in, fan_out) in enumerate(zip(SIZES, SIZES[1:])):
        parameters[f"flow_{layer}"] = rng.normal(0.0, 2.0, (fan_in, fan_out))
        parameters[f"weight_{layer}"] = rng.normal(0.0, 2.0, (fan_in, fan_out))
        parameters[f"bias_{layer}"] = rng.uniform(-0.1, 0.5, fan_out)  # relu: most neurons alive
    return parameters


def flow_inputs(seed: int = 6):
    rng = np.random.default_rng(seed)
    return rng.uniform(0.0, 1.0, (ROWS, PIXELS)), rng.integers(CLASSES, size=ROWS)


def flow_differences(market: FlowMarket, parameters, inputs):
    result = {}
    for name, value in parameters.items():
        result[name] = np.zeros_like(value)
        for place in np.ndindex(value.shape):
            ends = []
            for sign in (1.0, -1.0):
                moved = {**parameters, name: value.copy()}
                moved[name][place] += sign * DIFFERENCE_STEP
                ends.append(flow_forward(market, moved, *inputs)["payoff"])
            result[name][place] = (ends[0] - ends[1]) / (2.0 * DIFFERENCE_STEP)
    return result


@pytest.mark.parametrize("kind", ("identity", "relu", "tanh"))
@pytest.mark.parametrize("scale", ("none", "keep_signal"))
@pytest.mark.parametrize("squash", ("l1", "softmax"))
def test_flow_gradients_equal_central_differences_and_are_not_zero(squash, scale, kind):
    market = FlowMarket(squash, scale, kind, loss=-1.5, flow=-1e-3)
    parameters, inputs = flow_parameters(), flow_inputs()
    got = flow_gradient(market, parameters, flow_forward(market, parameters, *inputs))
    assert_same_gradient(got, flow_differences(market, parameters, inputs))


@pytest.mark.parametrize("squash", ("l1", "softmax"))
def test_without_its_price_a_flow_only_turns(squash):
    # l1: only directions count, so the gradient of every column is orthogonal to it, and doubling it changes nothing.
    # softmax: a constant added to a column changes nothing, so the gradient of every column sums to zero.
    market = FlowMarket(squash, "none", "tanh", flow=0.0)
    parameters, inputs = flow_parameters(), flow_inputs()
    state = flow_forward(market, parameters, *inputs)
    gradient = flow_gradient(market, parameters, state)
    moved = dict(parameters)
    for layer in range(3):
        flow, bar = parameters[f"flow_{layer}"], gradient[f"flow_{layer}"]
        still = np.sum(bar * flow, axis=0) if squash == "l1" else np.sum(bar, axis=0)
        assert np.max(np.abs(bar)) > 1e-4 and np.max(np.abs(still)) < 1e-15
        moved[f"flow_{layer}"] = 2.0 * flow if squash == "l1" else flow + 3.0
    np.testing.assert_allclose(flow_forward(market, moved, *inputs)["loss"], state["loss"], rtol=1e-13)


def test_shares_and_masks_by_hand():
    # Column (3, -1, 0): |f| sums to 4, F = (3/4, -1/4, 0), mean 1/6, mask (7/12, 0, 0); keep_signal: sqrt 3 in place
    # of 7/12. A column of equal flows has a mask of zeros, which stay zeros.
    flow = np.array([[3.0, 2.0], [-1.0, 2.0], [0.0, 2.0]])
    np.testing.assert_allclose(shares("l1", flow)[:, 0], [0.75, -0.25, 0.0])
    np.testing.assert_allclose(shares("softmax", flow)[:, 1], [1 / 3] * 3, rtol=1e-15)
    parameters = {"flow_0": flow, "weight_0": np.ones((3, 2)), "bias_0": np.zeros(2)}
    inputs = np.array([[1.0, 5.0, 5.0]]), np.array([0])
    state = flow_forward(FlowMarket(), parameters, *inputs)
    np.testing.assert_allclose(state["mask_0"], [[7 / 12, 0.0], [0.0, 0.0], [0.0, 0.0]], rtol=1e-15, atol=1e-16)
    np.testing.assert_allclose(state["loss"], np.log(1.0 + np.exp(-7 / 12)), rtol=1e-14)
    assert state["norm_sum"] == 10.0
    np.testing.assert_allclose(state["payoff"], -state["loss"] - 1e-4, rtol=1e-14)
    mask = np.array([[7 / 12, 0.0], [0.0, 0.0], [0.0, 0.0]])
    np.testing.assert_allclose(mask * column_scale(mask), [[np.sqrt(3.0), 0.0], [0.0, 0.0], [0.0, 0.0]], rtol=1e-15)


def test_keep_signal_gives_every_column_the_norm_of_a_column_of_ones():
    state = flow_forward(FlowMarket(scale="keep_signal"), flow_parameters(), *flow_inputs())
    for layer, fan_in in enumerate(SIZES[:-1]):
        np.testing.assert_allclose(np.linalg.norm(state[f"mask_{layer}"], axis=0), np.sqrt(fan_in), rtol=1e-14)
    plain = flow_forward(FlowMarket(), flow_parameters(), *flow_inputs())
    assert np.array_equal(plain["sparsity"], state["sparsity"]) and np.all(plain["sparsity"] > 0.2)
    sizes = np.array([5 * 4, 4 * 5, 5 * 3])
    zeros = np.sum(plain["sparsity"] * sizes) / np.sum(sizes)
    np.testing.assert_allclose(1.0 - plain["mask_density"], zeros, rtol=1e-14)


def test_a_flow_of_exactly_zero_pays_no_price_at_the_margin():
    parameters, inputs = flow_parameters(), flow_inputs()
    parameters["flow_0"][0, 0] = 0.0
    plain, priced = (
        flow_gradient(market, parameters, flow_forward(market, parameters, *inputs))["flow_0"]
        for market in (FlowMarket(flow=0.0), FlowMarket(flow=-0.5))
    )
    difference = priced - plain
    assert difference[0, 0] == 0.0
    np.testing.assert_allclose(np.abs(difference).ravel()[1:], 0.5, rtol=1e-12)
