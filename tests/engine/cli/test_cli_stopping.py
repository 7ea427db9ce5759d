# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Ctrl-C, SIGTERM and kill -9 in the middle of a run: what was done is kept, and says that it is not all."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

import gbid_cli as cli
import numpy as np
import pytest
import xarray

NOT_STARTED, COMPLETED, SETTLED, FAILED, STOPPED = range(5)
ENDLESS = cli.sets("steps=100000000", "record.every=100000")
BUSY = cli.sets("steps=2000000", "record.every=1", "trials=1")  # a block of records every few milliseconds


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    cli.write_tiny(tmp_path)
    return tmp_path


class Run:
    """A run that is under way; killed when the test is over."""

    def __init__(self, folder: Path, arguments: list[str], journal_bytes: int) -> None:
        self.process = subprocess.Popen(
            [cli.program(), "run", "tiny.toml", *arguments], cwd=folder, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        journal = folder / "tiny.h5.journal"
        try:
            cli.wait_until(lambda: journal.exists() and journal.stat().st_size > journal_bytes, self.process)
        except BaseException:
            self.process.kill()
            raise

    def end_by(self, number: int) -> tuple[int, str, str]:
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=cli.LIMIT_S)
        return self.process.returncode, out, err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=["Ctrl-C", "SIGTERM", "SIGHUP"])
def test_a_stopped_run_leaves_a_valid_partial_file(folder: Path, number: int) -> None:
    code, _, err = Run(folder, [*ENDLESS, "--threads", "2"], 0).end_by(number)
    assert code == cli.STOPPED, err
    assert "stopped early" in err and "gbid resume tiny.h5" in err
    # Checkpoints are of simulations that had begun.
    assert [name for name in cli.leftovers(folder) if name != "tiny.h5.checkpoint"] == ["tiny.h5", "tiny.h5.journal"]
    assert cli.status(folder / "tiny.h5") == "partial"
    for regime in ("coordinated", "competitive"):
        outcome = cli.values(folder / "tiny.h5", f"{regime}/outcome")
        steps = cli.values(folder / "tiny.h5", f"{regime}/steps_done")
        assert set(outcome) <= {NOT_STARTED, STOPPED}
        assert (steps < 10**8).all() and (steps[outcome == NOT_STARTED] == 0).all()
        with xarray.open_dataset(folder / "tiny.h5", group=regime) as dataset:
            assert dataset.sizes["trial"] == 2
    cli.assert_done(cli.gbid("analyze", "tiny.h5", cwd=folder))


def test_a_stopped_run_with_json_still_prints_nothing_but_json(folder: Path) -> None:
    code, out, _ = Run(folder, [*ENDLESS, "--json"], 0).end_by(signal.SIGINT)
    assert code == cli.STOPPED
    assert json.loads(out)["version"] == 1


def test_a_stopped_run_holds_the_prefix_of_a_whole_one(folder: Path) -> None:
    code, _, err = Run(folder, [*BUSY, "--quiet"], 300_000).end_by(signal.SIGINT)
    assert code == cli.STOPPED, err
    assert_prefix_of_a_whole_run(folder)


def recover_after_kill(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Recovers tiny.h5. A run that was killed while it wrote a record has lost that, which is said."""
    done = cli.gbid("recover", "tiny.h5", *options, cwd=folder)
    if done.returncode == cli.SOME_FAILED:
        assert "bytes are damaged" in done.stderr and "it is kept" in done.stderr
        (folder / "tiny.h5.journal").unlink()
    else:
        assert done.returncode == cli.OK, done.stderr
    return done


def test_a_killed_run_is_recovered_to_the_prefix_of_a_whole_one(folder: Path) -> None:
    code, _, _ = Run(folder, [*BUSY, "--quiet"], 300_000).end_by(signal.SIGKILL)
    assert code == -signal.SIGKILL
    assert cli.leftovers(folder) == ["tiny.h5.journal"]

    # A second try does not lose it, and says what to do.
    journal = (folder / "tiny.h5.journal").read_bytes()
    again = cli.gbid("run", "tiny.toml", cwd=folder)
    cli.assert_refused(again, cli.CANNOT_CREATE, "unfinished run", "gbid recover tiny.h5", "--discard")
    assert (folder / "tiny.h5.journal").read_bytes() == journal

    recovered = recover_after_kill(folder)
    assert recovered.stdout == "" and "partial" in recovered.stderr
    assert cli.leftovers(folder) == ["tiny.h5"]
    assert cli.status(folder / "tiny.h5") == "partial"
    assert_prefix_of_a_whole_run(folder)
    # There is nothing left to recover now.
    cli.assert_refused(cli.gbid("recover", "tiny.h5", cwd=folder), cli.MISSING, "tiny.h5.journal")


def assert_prefix_of_a_whole_run(folder: Path) -> None:
    """Of tiny.h5, one trial recorded at every step."""
    compared = 0
    limit = 8000  # steps of the whole run: enough for the first blocks, and quick
    whole = [*cli.sets(f"steps={limit}", "record.every=1", "trials=1"), "-o", "whole.h5", "--quiet"]
    cli.assert_done(cli.gbid("run", "tiny.toml", *whole, cwd=folder))
    for regime in ("coordinated", "competitive"):
        for name in ("welfare", "payoff", "updates"):
            got = cli.values(folder / "tiny.h5", f"{regime}/{name}")[:, : limit + 1]
            want = cli.values(folder / "whole.h5", f"{regime}/{name}")[:, : got.shape[1]]
            if cli.values(folder / "tiny.h5", f"{regime}/outcome")[0] == NOT_STARTED:
                assert np.isnan(got).all()
                continue
            assert not np.isnan(got).any() and np.array_equal(got, want)
            compared += got.shape[1]
        done = cli.values(folder / "tiny.h5", f"{regime}/steps_done")
        assert done[0] < 2000000
    assert compared > 1000


def test_a_torn_journal_is_recovered_up_to_the_tear(folder: Path) -> None:
    Run(folder, [*BUSY, "--quiet"], 300_000).end_by(signal.SIGKILL)
    journal = folder / "tiny.h5.journal"
    with journal.open("r+b") as file:
        file.truncate(300_001)
    torn = journal.read_bytes()
    recovered = cli.gbid("recover", "tiny.h5.journal", cwd=folder)  # the journal's own name does as well
    assert recovered.returncode == cli.SOME_FAILED, recovered.stderr
    assert "bytes are damaged" in recovered.stderr and "it is kept" in recovered.stderr
    assert journal.read_bytes() == torn
    assert_prefix_of_a_whole_run(folder)


def test_one_flipped_bit_costs_one_record_and_the_journal_is_kept(folder: Path) -> None:
    Run(folder, [*cli.sets("steps=100000000", "record.every=2000", "trials=1"), "--quiet", "--threads", "1"], 60_000).end_by(signal.SIGKILL)
    journal = folder / "tiny.h5.journal"
    data = bytearray(journal.read_bytes())
    first = data.index(b"GBRD")
    data[first + 64 + 3] ^= 1  # a value of the first record
    journal.write_bytes(data)
    whole = len(data)
    recovered = cli.gbid("recover", "tiny.h5", "-o", "elsewhere.h5", cwd=folder)
    assert recovered.returncode == cli.SOME_FAILED, recovered.stderr
    assert "trial 0: step" in recovered.stderr and "lost" in recovered.stderr
    assert journal.read_bytes() == bytes(data) and len(data) == whole
    assert not (folder / "tiny.h5").exists()
    kept = max((cli.values(folder / "elsewhere.h5", f"{regime}/welfare") for regime in ("coordinated", "competitive")), key=len)
    welfare = [cli.values(folder / "elsewhere.h5", f"{regime}/welfare") for regime in ("coordinated", "competitive")]
    lost = [int(np.isnan(w).sum()) for w in welfare if w.shape[1] > 1]
    assert sum(lost) > 0 and kept.size > 0
    assert any(np.isfinite(w).any() for w in welfare), "all was lost for one bit"
    # The damage is no obstacle to going on: what is missing is played again.
    assert cli.gbid("resume", "tiny.h5", "--max-time", "300ms", "--quiet", cwd=folder).returncode == cli.STOPPED
    assert cli.values(folder / "tiny.h5", "coordinated/steps_done").max() > 0


def test_recovery_does_not_replace_a_file_unasked(folder: Path) -> None:
    cli.assert_done(cli.gbid("run", "tiny.toml", "-o", "old.h5", cwd=folder))
    old = (folder / "old.h5").read_bytes()
    Run(folder, [*BUSY, "--quiet"], 0).end_by(signal.SIGKILL)
    (folder / "old.h5").rename(folder / "tiny.h5")
    cli.assert_refused(cli.gbid("recover", "tiny.h5", cwd=folder), cli.CANNOT_CREATE, "tiny.h5")
    assert (folder / "tiny.h5").read_bytes() == old
    recover_after_kill(folder, "--force")
    assert cli.status(folder / "tiny.h5") == "partial"
    assert cli.leftovers(folder) == ["tiny.h5"]


def test_discard_starts_over_where_an_unfinished_run_lies(folder: Path) -> None:
    Run(folder, [*BUSY, "--quiet"], 0).end_by(signal.SIGKILL)
    cli.assert_done(cli.gbid("run", "tiny.toml", "--discard", cwd=folder))
    assert cli.leftovers(folder) == ["tiny.h5"]
    assert cli.status(folder / "tiny.h5") == "complete"


def test_a_planner_that_was_not_started_is_not_called_missing(folder: Path) -> None:
    # One thread plays one regime after the other: at the kill, the second one, here the planner's, had not begun.
    swapped = cli.sets("regimes.coordinated.objective=own_payoff", "regimes.competitive.objective=mean_payoff")
    Run(folder, [*BUSY, *swapped, "--quiet", "--threads", "1"], 100_000).end_by(signal.SIGKILL)
    recover_after_kill(folder)
    assert cli.values(folder / "tiny.h5", "competitive/outcome")[0] == NOT_STARTED
    report = cli.gbid("analyze", "tiny.h5", cwd=folder)
    cli.assert_done(report)
    assert "not started" in report.stdout
    assert "no regime has the objective" not in report.stdout


def test_a_killed_run_with_few_records_loses_no_more_than_a_moment(folder: Path) -> None:
    # A hundred records are far from a block of 256 KiB; they reach the journal by time instead.
    slow = cli.sets("steps=100000000", "record.every=2000", "trials=1")
    code, _, _ = Run(folder, [*slow, "--quiet", "--threads", "1"], 12_000).end_by(signal.SIGKILL)
    assert code == -signal.SIGKILL
    recover_after_kill(folder)
    assert max(cli.values(folder / "tiny.h5", f"{regime}/steps_done").max() for regime in ("coordinated", "competitive")) > 0
