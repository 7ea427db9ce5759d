# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""The shipped classical games, played as a user would: their ends are the answers in the comments of the files."""

from __future__ import annotations

from pathlib import Path

import gbid_cli as cli
import numpy as np
import pytest

FOLDER = cli.SCENARIOS.parent / "classical"
# File -> strategies of the equilibrium, price of anarchy.
ANSWERS = {
    "tullock": ([1.6] * 5, 5.0),
    "cournot": ([0.25] * 3, 16 / 15),
    "bertrand": ([2 / 3] * 2, 9 / 8),
    "common_pool": ([1 / 11] * 10, 3.025),
    "linear_quadratic": ([0.5] * 5, 4 / 3),
}
# The same with another society or another use of effort.
OTHER_SOCIETIES = {
    "tullock": ('market.effort="transfer"', 1.0),
    "cournot": ('market.society="firms"', 4 / 3),
    "bertrand": ('market.society="everyone"', 9 / 8),
}


def played(folder: Path, name: str, *assignments: str) -> Path:
    cli.assert_done(cli.gbid("run", FOLDER / f"{name}.toml", "-o", "r.h5", "--quiet", *cli.sets(*assignments), cwd=folder))
    return folder / "r.h5"


def price_of_anarchy(file: Path) -> np.ndarray:
    ends = [cli.values(file, f"{regime}/welfare")[:, -1] for regime in ("coordinated", "competitive")]
    return ends[0] / ends[1]


@pytest.mark.parametrize("name", ANSWERS)
def test_a_game_ends_at_its_known_answer(tmp_path: Path, name: str) -> None:
    strategies, anarchy = ANSWERS[name]
    file = played(tmp_path, name)
    # What is left after the steps of the file is far below this.
    np.testing.assert_allclose(cli.values(file, "competitive/strategy"), [strategies] * 4, atol=1e-6)
    np.testing.assert_allclose(price_of_anarchy(file), anarchy, atol=1e-6)
    assert np.all(cli.values(file, "competitive/is_exact") == 1)
    assert np.all(cli.values(file, "competitive/largest_gain") < 1e-9)


@pytest.mark.parametrize("name", OTHER_SOCIETIES)
def test_the_price_of_anarchy_depends_on_who_counts(tmp_path: Path, name: str) -> None:
    assignment, anarchy = OTHER_SOCIETIES[name]
    np.testing.assert_allclose(price_of_anarchy(played(tmp_path, name, assignment)), anarchy, atol=1e-6)


def test_nine_followers_cost_what_theory_says(tmp_path: Path) -> None:
    n = 9.0
    t = np.sqrt(n * n + n) - n
    file = played(tmp_path, "proportional_share")
    np.testing.assert_allclose(price_of_anarchy(file), 1 / (1 - n * t * (1 - t) / (t + n)), atol=1e-6)


def test_simultaneous_gradients_circle_and_the_others_settle(tmp_path: Path) -> None:
    file = played(tmp_path, "matching_pennies")
    for regime in ("simultaneous", "optimistic", "extragradient", "two_timescale", "best_response"):
        is_circling = regime == "simultaneous"
        assert np.all(cli.values(file, f"{regime}/is_cycling") == is_circling), regime
        distance = cli.values(file, f"{regime}/distance_to_equilibrium")[:, -1]
        assert np.all(distance > 0.5 if is_circling else distance < 1e-6), regime


@pytest.mark.parametrize(
    ("name", "assignment", "said"),
    [
        ("bilinear", "market.agents=3", "expected an even number, got 3"),
        ("cournot", "market.costs={values=[0.1]}", "expected a number for each of 3 agents, got 1"),
        ("tullock", "market.prizes={values=[1,2,3,4,5]}", "expected more than 0: where prizes differ"),
        ("linear_quadratic", "market.interaction=0.6", "at most 0.5"),
        ("proportional_share", "market.slopes=0", "expected a number above 0, got 0"),
    ],
)
def test_what_makes_no_game_is_refused(tmp_path: Path, name: str, assignment: str, said: str) -> None:
    cli.assert_done(cli.gbid("init", name, "-o", "g.toml", cwd=tmp_path))
    done = cli.gbid("check", "g.toml", *cli.sets(assignment), cwd=tmp_path)
    cli.assert_refused(done, cli.BAD_DATA, said)


def test_every_file_is_played() -> None:
    assert {path.stem for path in FOLDER.glob("*.toml")} == {*ANSWERS, "proportional_share", "matching_pennies"}
