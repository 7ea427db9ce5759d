# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Budgets, stopping rules, schedules, networks and learners, seen from outside."""

from __future__ import annotations

from pathlib import Path

import gbid_cli as cli
import numpy as np
import pytest

REGIMES = ("coordinated", "competitive")
COMPLETED, SETTLED = 1, 2


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    cli.write_tiny(tmp_path)
    return tmp_path


def run(folder: Path, *assignments: str, output: str = "out.h5") -> Path:
    cli.assert_done(cli.gbid("run", "tiny.toml", *cli.sets(*assignments), "-o", output, "--quiet", cwd=folder))
    return folder / output


def moved(path: Path, regime: str) -> np.ndarray:
    """(trial, step, agent): who moved in each step, where every step is recorded."""
    return np.diff(cli.values(path, f"{regime}/updates"), axis=1) > 0


def test_a_budget_of_steps_counts_steps(folder: Path) -> None:
    file = run(folder)
    assert (cli.values(file, "coordinated/updates")[:, -1] == 20).all()
    assert (cli.values(file, "competitive/updates")[:, -1].sum(axis=-1) == 20).all()


@pytest.mark.parametrize("schedule", ["one_random", "round_robin", '{kind="random_subset",size=3}', "all_agents"])
def test_a_budget_of_updates_gives_every_regime_as_many(folder: Path, schedule: str) -> None:
    budget = ('learning.budget="updates_per_agent"', f"regimes.competitive.schedule={schedule}", "steps=21")
    file = run(folder, *budget)
    means = [cli.values(file, f"{regime}/updates")[:, -1].mean(axis=-1) for regime in REGIMES]
    assert (means[0] == 21).all()
    # The last step may take the mean past it, by less than one step's updates.
    movers = 3 if "subset" in schedule else 4 if schedule == "all_agents" else 1
    assert (means[1] >= 21).all() and (means[1] < 21 + movers / 4).all()
    if "subset" not in schedule:  # 4/3 steps from one record to the next cannot be
        records = [cli.values(file, f"{regime}/step").size for regime in REGIMES]
        assert records == [22, 22]


def test_a_settled_run_ends_early_and_says_so(folder: Path) -> None:
    settle = ('learning.until="settled"', "learning.settled.window=5", "learning.settled.tolerance=0.01", "steps=5000")
    file, whole = run(folder, *settle), run(folder, "steps=5000", output="whole.h5")
    for regime in REGIMES:
        outcome, done = cli.values(file, f"{regime}/outcome"), cli.values(file, f"{regime}/steps_done")
        assert (outcome == SETTLED).all() and (done < 5000).all() and (done >= 4).all()
        welfare, all_welfare = cli.values(file, f"{regime}/welfare"), cli.values(whole, f"{regime}/welfare")
        for trial, last in enumerate(done):
            window = welfare[trial, last - 4 : last + 1]
            assert np.ptp(window) <= 0.01 * abs(window.mean()) * (1 + 1e-12)  # the order of the sum
            assert (welfare[trial, : last + 1] == all_welfare[trial, : last + 1]).all()
            assert np.isnan(welfare[trial, last + 1 :]).all()
            for start in range(last - 4):  # and not before
                earlier = welfare[trial, start : start + 5]
                assert np.ptp(earlier) > 0.01 * abs(earlier.mean()) * (1 - 1e-12)
        assert np.isfinite(cli.values(file, f"{regime}/bids")).all()
    assert cli.status(file) == "complete"


def test_a_run_that_does_not_settle_goes_to_its_end(folder: Path) -> None:
    file = run(folder, 'learning.until="settled"', "learning.settled.tolerance=1e-300", "learning.settled.window=2")
    for regime in REGIMES:
        assert (cli.values(file, f"{regime}/outcome") == COMPLETED).all()
        assert (cli.values(file, f"{regime}/steps_done") == 20).all()


def test_all_agents_all_move(folder: Path) -> None:
    assert moved(run(folder), "coordinated").all()


def test_one_random_moves_one_and_trials_differ(folder: Path) -> None:
    who = moved(run(folder, "steps=400"), "competitive")
    assert (who.sum(axis=-1) == 1).all()
    assert not (who[0] == who[1]).all()
    # 800 draws of four: each is 200 on average, standard deviation 12.2; beyond five of them once in a million.
    assert (np.abs(who.sum(axis=(0, 1)) - 200) < 61).all()


def test_round_robin_takes_turns(folder: Path) -> None:
    who = moved(run(folder, "regimes.competitive.schedule=round_robin"), "competitive")
    assert (who == np.eye(4, dtype=bool)[np.arange(20) % 4]).all()


@pytest.mark.parametrize("size", [1, 2, 4])
def test_a_random_subset_has_its_size(folder: Path, size: int) -> None:
    subset = f'regimes.competitive.schedule={{kind="random_subset",size={size}}}'
    who = moved(run(folder, subset, "steps=300"), "competitive")
    assert (who.sum(axis=-1) == size).all()
    expected, deviation = 600 * size / 4, np.sqrt(600 * size / 4 * (1 - size / 4))
    assert (np.abs(who.sum(axis=(0, 1)) - expected) <= 5 * deviation).all()  # once in a million


@pytest.mark.parametrize("ending", [".npy", ".csv"])
def test_a_file_says_who_moves(folder: Path, ending: str) -> None:
    movers = np.random.default_rng(7).integers(0, 4, (2, 25))
    if ending == ".npy":
        np.save(folder / "movers.npy", movers)
    else:
        np.savetxt(folder / "movers.csv", movers, delimiter=",", fmt="%d")
    who = moved(run(folder, f'regimes.competitive.schedule={{file="movers{ending}"}}'), "competitive")
    assert (who.argmax(axis=-1) == movers[:, :20]).all() and (who.sum(axis=-1) == 1).all()


def test_a_column_of_movers_in_csv_serves_every_trial(folder: Path) -> None:
    movers = np.arange(20) * 3 % 4
    np.savetxt(folder / "row.csv", movers[None], delimiter=",", fmt="%d")
    np.savetxt(folder / "column.csv", movers, fmt="%d")
    for name in ("row", "column"):
        who = moved(run(folder, f'regimes.competitive.schedule={{file="{name}.csv"}}', output=f"{name}.h5"), "competitive")
        assert (who.argmax(axis=-1) == movers).all()


def test_a_file_says_where_bids_start(folder: Path) -> None:
    start = np.random.default_rng(8).normal(size=(2, 4, 4))
    np.save(folder / "start.npy", start)
    file = run(folder, 'agents.initial_bids={file="start.npy"}', "steps=0")
    for regime in REGIMES:
        assert (cli.values(file, f"{regime}/raw_bids") == start).all()
        squashed = 1 / (1 + np.exp(-start))
        want = squashed / squashed.sum(axis=-1, keepdims=True)
        np.testing.assert_allclose(cli.values(file, f"{regime}/bids"), want, rtol=1e-14)


def test_a_paired_start_is_the_same_in_every_regime(folder: Path) -> None:
    for paired in ("true", "false"):
        file = run(folder, f"agents.paired_start={paired}", "steps=0", output=f"{paired}.h5")
        starts = [cli.values(file, f"{regime}/raw_bids") for regime in REGIMES]
        assert (starts[0] == starts[1]).all() == (paired == "true")


@pytest.mark.parametrize("activation", ["tanh", "relu", "gelu", "identity"])
@pytest.mark.parametrize("channel", ["constant", "prices", "rankings", "own_payoff"])
def test_a_network_bids_by_what_it_sees_and_learns(folder: Path, channel: str, activation: str) -> None:
    network = f'agents.network={{kind="mlp",hidden=[5,3],activation="{activation}",observe=["{channel}"]}}'
    start, end = run(folder, network, "steps=0", output="start.h5"), run(folder, network, output="end.h5")
    for regime in REGIMES:
        bids = cli.values(end, f"{regime}/bids")
        assert np.isfinite(bids).all() and (bids >= 0).all()
        assert np.abs(bids.sum(axis=-1) - 1).max() < 1e-14
        assert (np.abs(bids - cli.values(start, f"{regime}/bids")).max(axis=(1, 2)) > 1e-4).all()


def test_a_network_may_see_several_things_and_have_no_hidden_layer(folder: Path) -> None:
    see = 'observe=["constant","prices","rankings","own_payoff"]'
    for hidden in ("[]", "[8]", "[4,4,4]"):
        file = run(folder, f'agents.network={{kind="mlp",hidden={hidden},{see}}}', output=f"{len(hidden)}.h5")
        assert np.isfinite(cli.values(file, "competitive/bids")).all()


@pytest.mark.parametrize("learner", ["sgd", "momentum", "adam", "optimistic", "extragradient"])
def test_every_learner_raises_the_common_payoff_of_a_planner(folder: Path, learner: str) -> None:
    # A small rate and a smooth market: ascent. Adam's steps do not shrink with the gradient, so its rate is smaller.
    rate = 0.001 if learner == "adam" else 0.02
    climb = (f'learning.learner={{kind="{learner}",rate={rate}}}', "market.bids.mask=sigmoid", "steps=100")
    welfare = cli.values(run(folder, *climb), "coordinated/welfare")
    assert (np.diff(welfare, axis=1) > 0).all()


def test_a_regime_may_have_its_own_learner_and_start(folder: Path) -> None:
    np.save(folder / "start.npy", np.full((4, 4), 0.25))
    file = run(folder, "regimes.competitive.learner=sgd", 'regimes.competitive.initial_bids={file="start.npy"}', "steps=0")
    assert (cli.values(file, "competitive/raw_bids") == 0.25).all()
    assert not (cli.values(file, "coordinated/raw_bids") == 0.25).any()


def test_records_come_every_so_often_and_at_the_end(folder: Path) -> None:
    file, dense = run(folder, "record.every=7"), run(folder, output="dense.h5")
    for regime in REGIMES:
        assert cli.values(file, f"{regime}/step").tolist() == [0, 7, 14, 20]
        for name in ("welfare", "payoff", "updates"):
            want = cli.values(dense, f"{regime}/{name}")[:, [0, 7, 14, 20]]
            assert np.array_equal(cli.values(file, f"{regime}/{name}"), want)


def test_welfare_is_the_mean_payoff(folder: Path) -> None:
    file = run(folder)
    for regime in REGIMES:
        mean = cli.values(file, f"{regime}/payoff").mean(axis=-1)
        np.testing.assert_allclose(cli.values(file, f"{regime}/welfare"), mean, rtol=1e-13)
