# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""The same scenario gives the same bits: again, and with any number of threads."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import gbid_cli as cli
import h5py
import numpy as np
import pytest


def run(folder: Path, scenario: str, output: str, *arguments: str) -> Path:
    cli.assert_done(cli.gbid("run", scenario, "-o", output, "--quiet", *arguments, cwd=folder))
    return folder / output


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    for path in cli.SCENARIOS.iterdir():
        if path.suffix in (".toml", ".csv"):
            shutil.copy(path, tmp_path)
    return tmp_path


def test_the_list_of_shipped_scenarios_is_whole() -> None:
    assert sorted(path.stem for path in cli.SCENARIOS.glob("*.toml")) == sorted(cli.SHIPPED)


@pytest.mark.parametrize("name", cli.SHIPPED)
def test_threads_change_no_bit_of_a_shipped_scenario(shipped: Path, name: str) -> None:
    short = cli.sets("steps=40", "trials=5", "record.every=4", *cli.SMALL.get(name, ()))
    one = run(shipped, f"{name}.toml", "one.h5", "--threads", "1", *short)
    for threads in ("2", "3", "8"):
        other = run(shipped, f"{name}.toml", f"{threads}.h5", "--threads", threads, *short)
        assert cli.differences(one, other) == []


def keep_only_competitive(scenario: Path) -> None:
    text = scenario.read_text()
    assert text.count("[regimes.coordinated]") == 1
    start = text.index("[regimes.coordinated]")
    scenario.write_text(text[:start] + text[text.index("[regimes.competitive]") :])


@pytest.mark.parametrize("schedule", ["all_agents", "one_random", "random_subset"])
@pytest.mark.parametrize("name", ["price_of_anarchy_notebook_budget", "rank"])
def test_threads_change_no_bit_inside_one_large_simulation(shipped: Path, name: str, schedule: str) -> None:
    # One trial of one regime: all threads work on one market. Rank has a Hessian an agent, so it is kept smaller.
    keep_only_competitive(shipped / f"{name}.toml")
    agents = 90 if name == "rank" else 600 if schedule == "one_random" else 300
    steps = {"all_agents": 30, "one_random": 40, "random_subset": 20}[schedule]
    who = '{kind="random_subset",size=40}' if schedule == "random_subset" else schedule
    large = cli.sets(f"market.agents={agents}", f"steps={steps}", "trials=1", f"regimes.competitive.schedule={who}")
    one = run(shipped, f"{name}.toml", "one.h5", "--threads", "1", *large)
    for threads in ("2", "3", "8"):
        other = run(shipped, f"{name}.toml", f"{threads}.h5", "--threads", threads, *large)
        assert cli.differences(one, other) == []
    bids = cli.values(one, "competitive/bids")
    assert np.abs(bids.sum(axis=-1) - 1.0).max() < 1e-12  # rows sum to one, up to 600 roundings


def test_threads_change_no_bit_of_a_planned_large_market(shipped: Path) -> None:
    large = cli.sets("market.agents=300", "steps=10", "trials=1", "record.every=5")
    one = run(shipped, "price_of_anarchy_notebook_budget.toml", "one.h5", "--threads", "1", *large)
    for threads in ("2", "8"):
        other = run(shipped, "price_of_anarchy_notebook_budget.toml", f"{threads}.h5", "--threads", threads, *large)
        assert cli.differences(one, other) == []


def test_the_same_seed_gives_the_same_numbers_and_another_seed_others(tmp_path: Path) -> None:
    cli.write_tiny(tmp_path)
    first = run(tmp_path, "tiny.toml", "first.h5")
    assert cli.differences(first, run(tmp_path, "tiny.toml", "again.h5", "--seed", "5")) == []
    other = run(tmp_path, "tiny.toml", "other.h5", "--seed", "6")
    for regime in ("coordinated", "competitive"):
        welfare = cli.values(first, f"{regime}/welfare")
        assert not (cli.values(other, f"{regime}/welfare") == welfare).any()
    with h5py.File(other) as file:
        assert file.attrs["seed"] == 6


def test_trials_differ_and_do_not_depend_on_how_many_there_are(tmp_path: Path) -> None:
    cli.write_tiny(tmp_path)
    two, five = run(tmp_path, "tiny.toml", "2.h5"), run(tmp_path, "tiny.toml", "5.h5", "--trials", "5")
    welfare = cli.values(five, "competitive/welfare")
    assert (cli.values(two, "competitive/welfare") == welfare[:2]).all()
    assert len(np.unique(welfare[:, 0])) == 5


def test_a_regime_does_not_depend_on_the_others(tmp_path: Path) -> None:
    cli.write_tiny(tmp_path)
    both = run(tmp_path, "tiny.toml", "both.h5")
    coordinated = cli.TINY[cli.TINY.index("[regimes.coord") : cli.TINY.index("[regimes.compet")]
    cli.write_tiny(tmp_path, "alone.toml", replace={coordinated: ""})
    alone = run(tmp_path, "alone.toml", "alone.h5")
    left, right = cli.contents(both), cli.contents(alone)
    of_regime = {name for name in right if name.startswith("competitive/") and "@_Netcdf4Dimid" not in name}
    assert "competitive/bids" in of_regime
    assert [name for name in of_regime if left[name] != right[name]] == []


def test_more_steps_only_add_to_a_run(tmp_path: Path) -> None:
    cli.write_tiny(tmp_path)
    short, long = run(tmp_path, "tiny.toml", "short.h5"), run(tmp_path, "tiny.toml", "long.h5", "--set", "steps=30")
    for regime in ("coordinated", "competitive"):
        start = cli.values(long, f"{regime}/payoff")[:, :21]
        assert (cli.values(short, f"{regime}/payoff") == start).all()


def test_the_same_command_gives_the_same_file_byte_for_byte(tmp_path: Path) -> None:
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1000000000"}
    files = []
    for name in ("first", "second"):
        folder = tmp_path / name
        folder.mkdir()
        cli.write_tiny(folder)
        cli.assert_done(cli.gbid("run", "tiny.toml", "--quiet", cwd=folder, env=environment))
        files.append((folder / "tiny.h5").read_bytes())
    assert files[0] == files[1]
    with h5py.File(tmp_path / "first" / "tiny.h5") as file:
        assert file.attrs["created"] == "2001-09-09T01:46:40Z"
        assert file.attrs["command_line"] == "gbid run tiny.toml --quiet"


@pytest.mark.parametrize("name", cli.SHIPPED)
def test_a_resolved_scenario_runs_to_the_same_numbers(shipped: Path, name: str) -> None:
    short = cli.sets("steps=30", "trials=3", *cli.SMALL.get(name, ()))
    checked = cli.gbid("check", f"{name}.toml", *short, cwd=shipped)
    cli.assert_done(checked)
    assert checked.stderr == ""
    (shipped / "resolved.toml").write_text(checked.stdout)
    again = cli.gbid("check", "resolved.toml", cwd=shipped)
    cli.assert_done(again)
    original, resolved = run(shipped, f"{name}.toml", "a.h5", *short), run(shipped, "resolved.toml", "b.h5")
    assert cli.differences(original, resolved) == []


def test_a_resolved_scenario_with_data_files_runs_to_the_same_numbers(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    data = tmp_path / "data"
    data.mkdir()
    np.save(data / "alpha.npy", rng.random(4))
    np.savetxt(data / "contribution.csv", rng.random((4, 4)), delimiter=",")
    np.save(data / "movers.npy", rng.integers(0, 4, (2, 20)))
    with h5py.File(data / "start.h5", "w") as file:
        file["bids/raw"] = rng.random((2, 4, 4))
    cli.write_tiny(tmp_path)
    inputs = cli.sets(
        'market.alpha={file="data/alpha.npy"}',
        'market.utility.contribution={file="data/contribution.csv"}',
        'regimes.competitive.schedule={file="data/movers.npy"}',
        'agents.initial_bids={file="data/start.h5",dataset="bids/raw"}',
    )
    checked = cli.gbid("check", "tiny.toml", *inputs, cwd=tmp_path)
    cli.assert_done(checked)
    (tmp_path / "resolved.toml").write_text(checked.stdout)
    original, resolved = run(tmp_path, "tiny.toml", "a.h5", *inputs), run(tmp_path, "resolved.toml", "b.h5")
    assert cli.differences(original, resolved) == []
    # Files are found beside the scenario, from wherever it is run.
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert cli.differences(original, run(elsewhere, "../resolved.toml", "c.h5")) == []
