# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Numbers that cease to be: the trial fails and says where, the others go on."""

from __future__ import annotations

import json
import re
from pathlib import Path

import gbid_cli as cli
import h5py
import numpy as np
import pytest

COMPLETED, FAILED = 1, 3


def failing_start(folder: Path) -> list[str]:
    """Options for three trials, of which the second starts with an agent whose bids are all cut to zero."""
    start = np.random.default_rng(1).uniform(0.1, 1.0, (3, 4, 4))
    start[1, 2] = [-1.0, 0.0, -0.5, -2.0]
    np.save(folder / "start.npy", start)
    return cli.sets('market.bids.squash="clip"', 'agents.initial_bids={file="start.npy"}', "trials=3")


def test_a_row_that_is_cut_to_nothing_fails_its_trial_alone(tmp_path: Path) -> None:
    cli.write_tiny(tmp_path)
    done = cli.gbid("run", "tiny.toml", *failing_start(tmp_path), cwd=tmp_path)
    assert done.returncode == cli.SOME_FAILED, done
    failures = [line for line in done.stderr.splitlines() if line.startswith("gbid: failed: ")]
    assert len(failures) == 2, done.stderr  # one a regime
    for regime, line in zip(("coordinated", "competitive"), failures):
        assert re.search(rf"{regime}, trial 1: step 0: .*agent 2\b", line), line
    assert cli.leftovers(tmp_path) == ["tiny.h5"]
    for regime in ("coordinated", "competitive"):
        with h5py.File(tmp_path / "tiny.h5") as file:
            group = file[regime]
            assert group["outcome"][()].tolist() == [COMPLETED, FAILED, COMPLETED]
            assert group["steps_done"][()].tolist() == [20, 0, 20]
            messages = group["message"].asstr()[()].tolist()
            assert messages[0] == messages[2] == "" and "agent 2" in messages[1] and "step 0" in messages[1]
            for name in ("welfare", "payoff", "bids"):
                is_known = np.isfinite(group[name][()]).reshape(3, -1)
                assert is_known[0].all() and is_known[2].all() and not is_known[1].any()


@pytest.mark.parametrize("learner", ["sgd", "momentum", "optimistic", "extragradient"])
def test_a_rate_beyond_all_measure_names_step_and_agent(tmp_path: Path, learner: str) -> None:
    cli.write_tiny(tmp_path)
    wild = cli.sets(f'learning.learner={{kind="{learner}",rate=1.7e308}}', 'market.bids.squash="softmax"', "steps=400")
    done = cli.gbid("run", "tiny.toml", *wild, cwd=tmp_path)
    if done.returncode == cli.OK:  # the market came to rest before numbers ran out: then all of them are finite
        for regime in ("coordinated", "competitive"):
            assert np.isfinite(cli.values(tmp_path / "tiny.h5", f"{regime}/raw_bids")).all()
        return
    assert done.returncode == cli.SOME_FAILED, done
    failures = [line for line in done.stderr.splitlines() if line.startswith("gbid: failed: ")]
    assert failures, done.stderr
    for line in failures:
        assert re.search(r"(coordinated|competitive), trial \d: step \d+: .*agent \d", line), line
    for regime in ("coordinated", "competitive"):
        outcome = cli.values(tmp_path / "tiny.h5", f"{regime}/outcome")
        message = cli.text(tmp_path / "tiny.h5", f"{regime}/message")
        steps = cli.values(tmp_path / "tiny.h5", f"{regime}/steps_done")
        for trial, end in enumerate(outcome):
            assert (end == FAILED) == (message[trial] != "") == (steps[trial] < 400)


def test_a_failed_trial_keeps_what_it_had_recorded_before(tmp_path: Path) -> None:
    cli.write_tiny(tmp_path)
    wild = cli.sets('learning.learner={kind="sgd",rate=1.7e308}', 'market.bids.squash="softmax"', "steps=400")
    done = cli.gbid("run", "tiny.toml", *wild, cwd=tmp_path)
    assert done.returncode == cli.SOME_FAILED, done
    with h5py.File(tmp_path / "tiny.h5") as file:
        group = file["competitive"]
        for trial, steps in enumerate(group["steps_done"][()]):
            welfare = group["welfare"][trial]
            assert not np.isnan(welfare[:steps]).any()  # an infinite loss is a loss
            assert np.isnan(welfare[steps + 1 :]).all()


def test_all_trials_failing_is_still_a_file_and_a_report(tmp_path: Path) -> None:
    cli.write_tiny(tmp_path)
    np.save(tmp_path / "start.npy", -np.ones((4, 4)))
    nothing = cli.sets('market.bids.squash="clip"', 'agents.initial_bids={file="start.npy"}')
    done = cli.gbid("run", "tiny.toml", *nothing, cwd=tmp_path)
    assert done.returncode == cli.SOME_FAILED, done
    assert done.stderr.count("gbid: failed: ") == 4
    assert cli.leftovers(tmp_path) == ["tiny.h5"]
    assert "nan" not in done.stdout.lower()


def test_failures_are_told_even_in_quiet_and_do_not_spoil_json(tmp_path: Path) -> None:
    cli.write_tiny(tmp_path)
    options = failing_start(tmp_path)
    quiet = cli.gbid("run", "tiny.toml", *options, "--quiet", cwd=tmp_path)
    assert (quiet.returncode, quiet.stdout) == (cli.SOME_FAILED, "")
    assert quiet.stderr.count("gbid: failed: ") == 2
    as_json = cli.gbid("run", "tiny.toml", *options, "--json", "--force", cwd=tmp_path)
    assert as_json.returncode == cli.SOME_FAILED
    assert json.loads(as_json.stdout, parse_constant=lambda word: pytest.fail(word))["version"] == 1


def test_threads_change_nothing_of_a_failing_run(tmp_path: Path) -> None:
    cli.write_tiny(tmp_path)
    options = failing_start(tmp_path)
    said = []
    for threads in ("1", "3"):
        where = ("--threads", threads, "-o", f"{threads}.h5", "--quiet")
        done = cli.gbid("run", "tiny.toml", *options, *where, cwd=tmp_path)
        said.append(done.stderr)
    assert said[0] == said[1]
    assert cli.differences(tmp_path / "1.h5", tmp_path / "3.h5") == []
