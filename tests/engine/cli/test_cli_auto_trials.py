# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""trials = "auto": as many trials as a narrow interval takes, and the same bits as that number given by hand."""

from __future__ import annotations

import json
import re
from pathlib import Path

import gbid_cli as cli
import pytest

AUTO = {"trials = 2": 'trials = "auto"'}


def width(file: Path, statistic: str) -> float:
    (pair,) = json.loads(cli.gbid("analyze", file, "--json", cwd=file.parent).stdout)["comparisons"]
    low, high = pair[f"{statistic}_estimate"]["median_interval"]
    return high - low


def test_trials_are_added_until_the_interval_is_narrow(tmp_path: Path) -> None:
    wanted = 0.03
    cli.write_tiny(tmp_path, "auto.toml", replace=AUTO)
    done = cli.gbid("run", "auto.toml", *cli.sets(f"until_interval={{welfare_gap={wanted},first_trials=4}}"), cwd=tmp_path)
    cli.assert_done(done)
    steps = [int(n) for n in re.findall(r"playing (\d+)", done.stderr)]
    assert steps and steps == sorted(steps) and "4 trials: the 95% interval of welfare_gap is" in done.stderr
    assert done.stdout.count("Welfare where the regimes ended") == 1  # only the last run is told
    assert width(tmp_path / "auto.h5", "welfare_gap") <= wanted
    # The same bits as that number by hand.
    cli.write_tiny(tmp_path, "hand.toml", replace={"trials = 2": f"trials = {steps[-1]}"})
    cli.assert_done(cli.gbid("run", "hand.toml", "--quiet", cwd=tmp_path))
    assert cli.differences(tmp_path / "auto.h5", tmp_path / "hand.h5") == []


def test_check_speaks_of_the_trials_that_are_played_first(tmp_path: Path) -> None:
    cli.write_tiny(tmp_path, "auto.toml", replace=AUTO)
    done = cli.gbid("check", "auto.toml", *cli.sets("until_interval={welfare_gap=0.1,first_trials=6}", "starts=4"), cwd=tmp_path)
    cli.assert_done(done)
    assert "trials = 8\n" in done.stdout  # two games of four starts


def test_the_limit_is_kept_and_told(tmp_path: Path) -> None:
    cli.write_tiny(tmp_path, "auto.toml", replace=AUTO)
    until = cli.sets("until_interval={welfare_gap=1e-6,first_trials=4,most_trials=10}")
    done = cli.gbid("run", "auto.toml", "--quiet", *until, cwd=tmp_path)
    cli.assert_done(done)
    assert done.stderr.endswith("wanted 1e-06; the limit, until_interval.most_trials, is 10\n")
    assert cli.values(tmp_path / "auto.h5", "competitive/trial").size == 10
    # Trials that play one game stay together.
    cli.assert_done(cli.gbid("run", "auto.toml", "--quiet", "--force", *until, *cli.sets("starts=4"), cwd=tmp_path))
    assert cli.values(tmp_path / "auto.h5", "competitive/trial").size == 8


def test_a_statistic_that_is_not_known_ends_it_with_the_reason(tmp_path: Path) -> None:
    cli.write_tiny(tmp_path, "auto.toml", replace=AUTO)  # payoffs are negative
    done = cli.gbid("run", "auto.toml", "--quiet", *cli.sets("until_interval={price_of_anarchy=0.1}"), cwd=tmp_path)
    cli.assert_done(done)
    assert "price_of_anarchy of competitive is known in 0 of 16 trials" in done.stderr


def test_a_stopped_one_goes_on_with_the_number_it_had_reached(tmp_path: Path) -> None:
    cli.write_tiny(tmp_path, "auto.toml", replace={**AUTO, "steps  = 20": "steps  = 300000", "every      = 1\n": "every      = 1000\n"})
    until = cli.sets("until_interval={welfare_gap=1e-6,first_trials=2,most_trials=2}")
    stopped = cli.gbid("run", "auto.toml", "--quiet", "--threads", "1", "--max-time", "50ms", *until, cwd=tmp_path)
    assert stopped.returncode == cli.STOPPED, stopped.stderr
    done = cli.gbid("run", "auto.toml", "--quiet", "--resume", *until, cwd=tmp_path)
    cli.assert_done(done)
    assert "most_trials, is 2" in done.stderr
    assert cli.status(tmp_path / "auto.h5") == "complete"


@pytest.mark.parametrize(
    ("until", "fragment"),
    [
        ([], "needs a width to reach"),
        (cli.sets("until_interval={}"), "expected either welfare_gap or price_of_anarchy"),
        (cli.sets("until_interval={welfare_gap=0}"), "until_interval.welfare_gap"),
        (cli.sets("until_interval={welfare_gap=0.1,first_trials=50,most_trials=5}"), "first_trials"),
        (cli.sets("until_interval={welfare_gup=0.1}"), "did you mean"),
    ],
)
def test_what_it_cannot_mean_is_refused(until: list[str], fragment: str, tmp_path: Path) -> None:
    cli.write_tiny(tmp_path, "auto.toml", replace=AUTO)
    done = cli.gbid("run", "auto.toml", *until, cwd=tmp_path)
    assert done.returncode == cli.BAD_DATA and fragment in done.stderr, done.stderr
    assert not (tmp_path / "auto.h5").exists()
