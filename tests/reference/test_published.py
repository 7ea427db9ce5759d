# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""The published price-of-anarchy run, reproduced in distribution: printed contribution matrix, random starts.

What is printed after 1000 steps is the state after 999 updates. The expectations come from the NumPy reference on the
same matrix with its own random starts: 400 coordinated ones, 100 competitive ones with each clock. The engine draws
other starts, so ranges carry some slack beyond the extremes seen; where a share or a mean is tested the chance
of failing with a correct engine is stated. Seeds are fixed: a pass stays a pass.

Of the two values that coordinated runs show after 1000 steps only one is an end point. Bids that circle among three
agents are a plateau: continued to 6000 updates, every such run of the reference had fallen into a cycle of two.
"""
from __future__ import annotations

import numpy as np
import pytest

from engine_runs import SCENARIOS, quoted, read, run_engine

SCENARIO = SCENARIOS / "price_of_anarchy_published.toml"
UPDATES = 999
STARTS = 100
LONG_UPDATES, LONG_STARTS = 6000, 20
GAMMA = 0.5
LOG_2, LOG_3 = np.log(2.0), np.log(3.0)
# Mean cross-entropy of a coordinated state: up to 0.75 a cycle of two (log 2 = 0.69); from 1.04 bids that circle
# among three (log 3 = 1.10 in equal parts, about 1.06 in unequal ones); between them on the way from three to two.
TWO_UP_TO, THREE_FROM = 0.75, 1.04
TRAJECTORY = ("payoff", "utility", "emission", "divergence", "self_bid", "welfare")
SHARED, PER_AGENT = "shared", "per_agent"


@pytest.fixture(scope="module", name="ends")
def fixture_ends(tmp_path_factory):
    """clock -> regime -> variable -> (starts, ...) at the last recorded step; one engine run per clock."""
    done = {}

    def run(clock: str):
        if clock not in done:
            output = tmp_path_factory.mktemp(f"published_{clock}") / "run.h5"
            run_engine(SCENARIO, output, published_overrides(STARTS, UPDATES, clock))
            done[clock] = {}
            for regime in ("coordinated", "competitive"):
                last = {name: values[:, -1] for name, values in read(output, regime, TRAJECTORY).items()}
                done[clock][regime] = {**last, **read(output, regime, ["bids"])}
        return done[clock]

    return run


def published_overrides(starts: int, updates: int, clock: str) -> list:
    """Only the ends are recorded; the market, its matrix and the regimes stay as shipped."""
    return [
        f"trials={starts}",
        f"steps={updates}",
        f"record.every={updates}",
        f"record.trajectory={quoted(TRAJECTORY)}",
        f"record.final={quoted(['bids'])}",
        f'learning.learner={{ kind = "adam", rate = 0.05, clock = "{clock}" }}',
    ]


def assert_within(values: np.ndarray, low: float, high: float, what: str) -> None:
    assert low <= np.min(values) and np.max(values) <= high, (
        f"{what}: {np.min(values):.4f} to {np.max(values):.4f}, expected within {low} to {high}"
    )


def test_there_are_as_many_ends_as_starts(ends):
    assert ends(SHARED)["coordinated"]["welfare"].shape == (STARTS,)
    assert ends(SHARED)["competitive"]["bids"].shape == (STARTS, 10, 10)


def test_coordinated_starts_show_cycles_of_two_or_of_three_after_1000_steps(ends):
    end = ends(SHARED)["coordinated"]
    divergence, welfare = np.mean(end["divergence"], axis=1), end["welfare"]
    two, three = divergence <= TWO_UP_TO, divergence >= THREE_FROM

    # Two: 245 of 400 in the reference, payoff -0.2539 to -0.2218 (the published -0.2256 is one of them), within
    # 0.01 of log 2 but for 7 that have just arrived.
    assert_within(welfare[two], -0.275, -0.210, "payoff of two-cycles")
    assert np.min(divergence) > LOG_2 - 0.01
    assert abs(np.median(divergence[two]) - LOG_2) < 0.01

    # Three: 149 of 400, payoff -0.4526 to -0.4001; in equal parts (110 of them) -0.4526 to -0.4279.
    assert_within(welfare[three], -0.465, -0.380, "payoff of three-cycles")
    assert np.max(divergence) < LOG_3 + 0.03
    equal_parts = np.abs(divergence - LOG_3) < 0.01
    assert_within(welfare[equal_parts], -0.465, -0.415, "payoff of three-cycles in equal parts")

    # Between: 6 of 400. Were the true share as high as 3%, more than 12 of 100 would have a chance of 1e-5.
    assert np.count_nonzero(~two & ~three) <= 12


def test_the_share_of_two_cycles_is_the_references(ends):
    share = np.mean(np.mean(ends(SHARED)["coordinated"]["divergence"], axis=1) <= TWO_UP_TO)
    # 245 of 400 = 0.6125 in the reference, 12 of 20 in the first count. The difference of two binomial shares from
    # 400 and 100 starts has a standard deviation of 0.0545: five of them are exceeded with a chance of 6e-7.
    assert abs(share - 0.6125) < 5.0 * np.sqrt(0.6125 * 0.3875 * (1.0 / 400 + 1.0 / STARTS)), share


def test_three_cycles_do_not_last(tmp_path):
    # Of the reference's runs that circle among three at step 999, 74 were continued: 69 circle among two at step 2000,
    # all 74 at step 4000. One of 20 may stay: were 4% of the third that shows three-cycles to last (excluded by 74
    # of 74 at the 5% level), two or more of 20 would still have a chance of only 4%.
    result = run_engine(SCENARIO, tmp_path / "run.h5", published_overrides(LONG_STARTS, LONG_UPDATES, SHARED))
    end = {name: values[:, -1] for name, values in read(result, "coordinated", ["divergence", "welfare"]).items()}
    two = np.mean(end["divergence"], axis=1) <= TWO_UP_TO
    assert np.count_nonzero(two) >= LONG_STARTS - 1
    assert_within(end["welfare"][two], -0.265, -0.205, "payoff of two-cycles")


def test_coordinated_bids_leave_no_emission(ends):
    end = ends(SHARED)["coordinated"]
    assert_within(end["emission"], 0.0, 0.01, "emission")  # at most 0.001 in 400 starts
    assert_within(np.sum(end["bids"], axis=-1), 1.0 - 1e-12, 1.0 + 1e-12, "row sums")


def test_competitive_agents_bid_on_themselves(ends):
    end = ends(SHARED)["competitive"]
    assert np.all(np.argmax(end["bids"], axis=-1) == np.arange(10))
    # Reference, 100 starts: payoff -1.0312 to -1.0201, mean -1.0243; published -1.0220.
    assert_within(end["welfare"], -1.037, -1.014, "payoff")
    # Published run: utility 0.03 to 0.10; reference 0.019 to 0.101 over all agents of 100 starts.
    assert_within(end["utility"], 0.010, 0.110, "utility")
    # Published emission 0.59 to 0.66, divergence gamma CE 1.68 to 1.75: the middle of the distribution.
    assert 0.59 < np.median(end["emission"]) < 0.66
    assert_within(GAMMA * np.mean(end["divergence"], axis=1), 1.66, 1.76, "divergence")


@pytest.mark.parametrize(
    "clock,low,high,mean,mean_slack",
    [
        # Reference, 100 starts each: 0.764 to 0.800, mean 0.7884, standard deviation 0.006 (published: 0.785) ...
        (SHARED, 0.74, 0.82, 0.7884, 0.005),
        # ... and 0.533 to 0.673, mean 0.6042, standard deviation 0.026, when each agent counts its own steps.
        (PER_AGENT, 0.48, 0.72, 0.6042, 0.020),
    ],
)
def test_the_mean_self_bid_tells_the_clocks_apart(ends, clock, low, high, mean, mean_slack):
    self_bid = np.mean(ends(clock)["competitive"]["self_bid"], axis=1)
    assert_within(self_bid, low, high, "mean self-bid of a start")
    # The slack is more than five standard deviations of the difference of two means of 100: a chance below 1e-6.
    assert abs(np.mean(self_bid) - mean) < mean_slack, np.mean(self_bid)


def test_the_published_ratio_is_one_draw_of_two(ends):
    coordinated, competitive = ends(SHARED)["coordinated"], ends(SHARED)["competitive"]
    divergence = np.mean(coordinated["divergence"], axis=1)
    ratio = competitive["welfare"] / coordinated["welfare"]
    # Published: 4.53. The bounds are the quotients of the payoff ranges above.
    assert_within(ratio[divergence <= TWO_UP_TO], 1.014 / 0.275, 1.037 / 0.210, "ratio with a two-cycle")
    assert_within(ratio[divergence >= THREE_FROM], 1.014 / 0.465, 1.037 / 0.380, "ratio with a three-cycle")
    assert np.min(np.abs(ratio - 4.53)) < 0.05
