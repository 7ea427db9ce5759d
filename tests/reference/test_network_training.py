# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Training in the reference of the markets of networks: rows of variables, records, and learners. None needs the engine."""
from __future__ import annotations

from dataclasses import replace

import numpy as np

from learning_reference import Adam, Extragradient, Optimistic, Sgd
from network_reference import ExpertMarket, FlowMarket
from network_training import (
    EXPERT_TRAINING, ExpertGame, FlowGame, ImageSet, Plan, from_rows, play, to_rows, usable_images,
)  # fmt: skip
from test_network_reference import BASE, CLASSES, ONE, PIXELS, expert_parameters, start_parameters, flow_parameters


def tiny_images(count: int, seed: int) -> ImageSet:
    rng = np.random.default_rng(seed)
    return ImageSet(rng.integers(256, size=(count, PIXELS)), rng.integers(CLASSES, size=count))


def expert_game(market: ExpertMarket, plan: Plan) -> ExpertGame:
    return ExpertGame(market, plan, tiny_images(30, 1), tiny_images(12, 2))


def test_rows_of_agents_hold_every_variable_once():
    parameters = expert_parameters(BASE)
    agents = expert_game(BASE, Plan(1, 1, 4)).agents(parameters)
    rows = to_rows(agents, parameters)
    assert len(rows) == BASE.bidders + BASE.sellers
    again = from_rows(agents, rows, parameters)
    assert all(np.array_equal(again[name], parameters[name]) for name in parameters)
    assert np.count_nonzero(rows) == sum(value.size for value in parameters.values())


def test_records_and_evaluations_fall_where_the_rules_say():
    plan = Plan(1, 40, 4, every=7, evaluate=10)
    assert plan.recorded_steps() == [0, 7, 14, 21, 28, 35, 40]
    assert plan.evaluated_steps() == [0, 14, 21, 35, 40]
    assert Plan(1, 40, 4).evaluated_steps() == [40]
    assert Plan(1, 0, 4, evaluate=5).evaluated_steps() == [0]


def test_who_specialises_sees_its_own_classes():
    images, plan = tiny_images(30, 1), Plan(1, 1, 4, skip=5, specialise=True)
    shares_of_it = [usable_images(images, plan, 3, c) for c in range(3)]
    assert sorted(np.concatenate(shares_of_it)) == list(range(5, 30))
    assert all(np.all(images.labels[share] == c) for c, share in enumerate(shares_of_it))


def test_a_run_starts_from_its_parameters_and_records_its_own_noise():
    plan = Plan(1, 3, 4, evaluate=2)
    parameters = expert_parameters(BASE)
    trajectory, final = play(expert_game(BASE, plan), plan, parameters, Sgd(0.1), "own_payoff")
    assert set(EXPERT_TRAINING) < set(trajectory) and trajectory["bid"].shape == (4, 2, 3)
    # States 0 and 1 see the same batch, but other noise and other parameters.
    assert not np.array_equal(trajectory["importance"][0], trajectory["importance"][1])
    assert np.array_equal(np.isnan(trajectory["held_out_loss"][:, 0]), [False, True, False, False])
    assert trajectory["updates"][:, 0].tolist() == [0, 1, 2, 3]
    assert not np.array_equal(final["gate_weight"], parameters["gate_weight"])


def test_sellers_without_buyers_rest_with_their_moments():
    # Without noise, top 1 of 4: ties send everything to seller 0, for ever (one kept gate has no gradient).
    market = replace(ONE, noise=False, sellers=4, top_k=1)
    plan = Plan(1, 5, 4)
    parameters = start_parameters(market)
    trajectory, final = play(expert_game(market, plan), plan, parameters, Adam(0.01), "own_payoff")
    assert trajectory["updates"][-1].tolist() == [5, 5, 0, 0, 0]
    assert np.array_equal(final["expert_weight_0"][1:], parameters["expert_weight_0"][1:])
    assert not np.array_equal(final["expert_weight_0"][0], parameters["expert_weight_0"][0])


def test_training_pays():
    for learner in (Sgd(0.3), Adam(0.01), Optimistic(0.3), Extragradient(0.3)):
        plan = Plan(1, 30, 30)  # the whole set at once
        market = replace(ONE, noise=False)
        trajectory, _ = play(expert_game(market, plan), plan, expert_parameters(market), learner, "mean_payoff")
        assert trajectory["welfare"][-1] > trajectory["welfare"][0] + 0.1
    plan = Plan(1, 30, 30)
    game = FlowGame(FlowMarket(scale="keep_signal"), plan, tiny_images(30, 1), tiny_images(12, 2))
    trajectory, _ = play(game, plan, flow_parameters(), Adam(0.01), "own_payoff")
    assert trajectory["welfare"][-1] > trajectory["welfare"][0] + 0.1


def test_one_step_of_adam_moves_every_variable_by_its_rate():
    # t = 1: m = 0.1 g, v = 0.001 g^2, so the step is rate g / (|g| + 1e-8 / sqrt 0.001).
    plan = Plan(1, 1, 4)
    parameters = expert_parameters(BASE)
    game = expert_game(BASE, plan)
    _, final = play(game, plan, parameters, Adam(0.02), "own_payoff")
    gradient = game.gradient(parameters, game.train(parameters, 0), "own_payoff")
    for name, g in gradient.items():
        expected = 0.02 * g / (np.abs(g) + 1e-8 / np.sqrt(0.001))
        np.testing.assert_allclose(final[name] - parameters[name], expected, rtol=1e-9, atol=1e-15)
