# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Where a run may write: nothing is overwritten unasked, and no half-written file has the final name."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Callable

import gbid_cli as cli
import numpy as np
import pytest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    cli.write_tiny(tmp_path)
    return tmp_path


def test_an_existing_file_is_replaced_only_by_force(folder: Path) -> None:
    cli.assert_done(cli.gbid("run", "tiny.toml", cwd=folder))
    before = (folder / "tiny.h5").read_bytes()
    cli.assert_refused(cli.gbid("run", "tiny.toml", cwd=folder), cli.CANNOT_CREATE, "tiny.h5", "--force")
    assert (folder / "tiny.h5").read_bytes() == before
    welfare = cli.values(folder / "tiny.h5", "competitive/welfare")
    cli.assert_done(cli.gbid("run", "tiny.toml", "--force", "--seed", "6", cwd=folder))
    assert not (cli.values(folder / "tiny.h5", "competitive/welfare") == welfare).any()
    assert cli.leftovers(folder) == ["tiny.h5"]


def test_a_bad_scenario_does_not_cost_the_old_file_even_by_force(folder: Path) -> None:
    cli.assert_done(cli.gbid("run", "tiny.toml", cwd=folder))
    before = (folder / "tiny.h5").read_bytes()
    done = cli.gbid("run", "tiny.toml", "--force", "--set", "market.agents=1", cwd=folder)
    cli.assert_refused(done, cli.BAD_DATA)
    assert (folder / "tiny.h5").read_bytes() == before
    assert cli.leftovers(folder) == ["tiny.h5"]


def test_an_output_in_a_missing_folder_is_refused(folder: Path) -> None:
    done = cli.gbid("run", "tiny.toml", "-o", "missing/out.h5", cwd=folder)
    cli.assert_refused(done, cli.CANNOT_CREATE, "missing/out.h5", "there is no folder missing")
    done = cli.gbid("init", "bid_matrix", "-o", "missing/new.toml", cwd=folder)
    cli.assert_refused(done, cli.CANNOT_CREATE, "missing/new.toml", "there is no folder missing")


def test_a_folder_is_no_output_even_by_force(folder: Path) -> None:
    (folder / "results").mkdir()
    for force in ([], ["--force"]):
        done = cli.gbid("run", "tiny.toml", "-o", "results", *force, cwd=folder)
        cli.assert_refused(done, cli.CANNOT_CREATE, "results")
    assert sorted(path.name for path in folder.iterdir()) == ["results", "tiny.toml"]


def test_a_read_only_folder_is_refused(folder: Path) -> None:
    locked = folder / "locked"
    locked.mkdir()
    locked.chmod(0o555)
    # Root may write anywhere, unless it gives that up.
    as_user = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
    command = [*as_user, cli.program(), "run", "tiny.toml", "-o", "locked/out.h5"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=cli.LIMIT_S, check=False)
    cli.assert_refused(done, cli.CANNOT_CREATE, "locked/out.h5", "Permission denied")


def test_the_scenario_is_never_the_output_even_by_force(folder: Path) -> None:
    text = (folder / "tiny.toml").read_bytes()
    done = cli.gbid("run", "tiny.toml", "-o", "./tiny.toml", "--force", "--quiet", cwd=folder)
    assert (folder / "tiny.toml").read_bytes() == text
    assert done.returncode in (cli.USAGE, cli.CANNOT_CREATE), done


def test_init_does_not_overwrite(folder: Path) -> None:
    text = (folder / "tiny.toml").read_bytes()
    cli.assert_refused(cli.gbid("init", "bid_matrix", "-o", "tiny.toml", cwd=folder), cli.CANNOT_CREATE, "tiny.toml")
    assert (folder / "tiny.toml").read_bytes() == text


def test_a_second_run_does_not_disturb_one_that_is_writing(folder: Path) -> None:
    long = [cli.program(), "run", "tiny.toml", *cli.sets("steps=100000000", "record.every=100000"), "--quiet"]
    with subprocess.Popen(long, cwd=folder, stderr=subprocess.PIPE, text=True) as first:
        try:
            cli.wait_until(lambda: (folder / "tiny.h5.journal").exists(), first)
            second = cli.gbid("run", "tiny.toml", cwd=folder)
            cli.assert_refused(second, cli.CANNOT_CREATE, "tiny.h5.journal")
            recovery = cli.gbid("recover", "tiny.h5", cwd=folder)
            assert recovery.returncode in (cli.CANNOT_CREATE, cli.IO_FAILED), recovery
            forced = cli.gbid("run", "tiny.toml", "--force", cwd=folder)
            assert forced.returncode in (cli.CANNOT_CREATE, cli.IO_FAILED), forced
            assert first.poll() is None
        finally:
            first.send_signal(signal.SIGINT)
            _, said = first.communicate(timeout=cli.LIMIT_S)
    assert first.returncode == cli.STOPPED, said
    assert cli.status(folder / "tiny.h5") == "partial"


# 300000 records of 9 numbers of two regimes and two trials: 86 MB.
LARGE = cli.sets("steps=300000", "trials=1", "regimes.coordinated.schedule=one_random")


def limited(is_ignored: bool) -> Callable[[], None]:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN if is_ignored else signal.SIG_DFL)

    return limit


@pytest.mark.parametrize("is_ignored", [True, False], ids=["as an error", "as a signal"])
def test_a_limit_on_file_sizes_is_an_input_output_error_that_keeps_the_journal(folder: Path, is_ignored: bool) -> None:
    # `ulimit -f` and quotas: the kernel sends SIGXFSZ, which kills, unless the program asks for the error instead.
    done = cli.gbid("run", "tiny.toml", *LARGE, cwd=folder, preexec_fn=limited(is_ignored))
    cli.assert_refused(done, cli.IO_FAILED, "tiny.h5", "File too large")
    assert cli.leftovers(folder) in ([], ["tiny.h5.journal"])


def test_what_a_full_disk_leaves_can_be_recovered(folder: Path) -> None:
    done = cli.gbid("run", "tiny.toml", *LARGE, cwd=folder, preexec_fn=limited(True))
    assert done.returncode == cli.IO_FAILED
    assert cli.leftovers(folder) == ["tiny.h5.journal"]
    recovered = cli.gbid("recover", "tiny.h5", cwd=folder)  # the last record was cut where the disk was full
    assert recovered.returncode == cli.SOME_FAILED and "are lost" in recovered.stderr, recovered.stderr
    assert cli.leftovers(folder) == ["tiny.h5", "tiny.h5.journal"]
    assert cli.status(folder / "tiny.h5") == "partial"
    whole = cli.gbid("run", "tiny.toml", *cli.sets(*LARGE[1::2], "steps=2000"), "-o", "whole.h5", cwd=folder)
    cli.assert_done(whole)
    kept = 0
    for regime in ("coordinated", "competitive"):
        held = cli.values(folder / "tiny.h5", f"{regime}/payoff")[:, :2001]
        held = held[:, ~np.isnan(held).any(axis=(0, 2))]  # one of the two may not have come to its first block
        kept += held.shape[1]
        assert np.array_equal(held, cli.values(folder / "whole.h5", f"{regime}/payoff")[:, : held.shape[1]])
    assert kept > 0


def on_small_disk(folder: Path, size: str, script: str) -> subprocess.CompletedProcess[str]:
    """Runs a shell script that finds an empty disk of that size at ./disk; the disk vanishes with its name space."""
    unshare, disk = shutil.which("unshare"), folder / "disk"
    disk.mkdir()
    mount = f"mount -t tmpfs -o size={size} tmpfs '{disk}'"
    if not unshare or subprocess.run([unshare, "-m", "sh", "-c", mount], capture_output=True, check=False).returncode:
        pytest.skip("mounting is not permitted")
    command = [unshare, "-m", "sh", "-c", f"{mount} && {script}"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=cli.LIMIT_S, check=False)


RUN_LARGE = f"'{cli.program()}' run tiny.toml {' '.join(repr(word) for word in LARGE)} -o disk/out.h5"


def test_a_disk_that_is_too_small_is_told_before_the_run(folder: Path) -> None:
    done = on_small_disk(folder, "1m", f"{RUN_LARGE}; echo code $?; ls disk")
    assert done.stdout.splitlines() == [f"code {cli.BAD_DATA}"], done
    assert "86.4 MB of disk" in done.stderr, done.stderr


def test_a_full_disk_leaves_no_half_written_file(folder: Path) -> None:
    # Another program fills the disk once the run has begun; the run waits for that, however fast it is.
    script = (
        f"{{ {RUN_LARGE} & }}; while [ ! -e disk/out.h5.journal ]; do :; done; kill -STOP $!; "
        "head -c 99m /dev/zero > disk/other 2>/dev/null; kill -CONT $!; wait $!; echo code $?; rm disk/other; ls disk"
    )
    done = on_small_disk(folder, "100m", script)
    code, *names = done.stdout.splitlines()
    assert code == f"code {cli.IO_FAILED}", done
    assert names in ([], ["out.h5.journal"]), names
    assert done.stderr.startswith("gbid: disk/out.h5"), done.stderr
    assert "No space left" in done.stderr or "bytes" in done.stderr, done.stderr
