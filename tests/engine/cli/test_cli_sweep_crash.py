# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Sweeps that are killed, stopped, out of memory or out of disk: what was played is kept, and the end is the same."""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import gbid_cli as cli
import numpy as np
import pytest
import xarray

# 16 points, two regimes, three trials: about two seconds on one core.
WORK = ["--over", "market.agents=6,8,10,12", "--over", "market.payoff.divergence=-1,-0.5,-0.2,0", "--trials", "3", *cli.sets("steps=8000", "record.every=200")]
# Measured times are left out, so that equal sweeps give equal files.
PLAIN = {**os.environ, "SOURCE_DATE_EPOCH": "0"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    cli.write_tiny(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of the same sweep, never interrupted."""
    folder = tmp_path_factory.mktemp("whole")
    cli.write_tiny(folder)
    cli.assert_done(cli.gbid("sweep", "tiny.toml", *WORK, "-o", "s.h5", "--quiet", cwd=folder, env=PLAIN))
    return folder / "s.h5"


def start(folder: Path, *arguments: object) -> subprocess.Popen[str]:
    command = [cli.program(), "sweep", *map(str, arguments)]
    return subprocess.Popen(command, cwd=folder, env=PLAIN, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def done_so_far(folder: Path) -> int:
    answer = cli.gbid("status", "s.h5", "--json", cwd=folder)
    cli.assert_done(answer)
    return int(json.loads(answer.stdout)["simulations_done"])


PART_HEADER_BYTES = 88  # what a part holds before its first result, which takes some 8000


def bytes_of_parts(folder: Path) -> int:
    return sum(part.stat().st_size for part in (folder / "s.h5.sweep").glob("part-*"))


def test_a_sweep_killed_again_and_again_ends_as_if_it_never_had_been(folder: Path, whole: Path) -> None:
    kept, kills_after_results = 0, 0
    work = folder / "s.h5.sweep"
    # What a process has come to when it is killed: nothing, its plan, a part of its own, results of so many bytes.
    for _ in range(5):
        for progress in ("nothing", "plan", "part", 1, 10_000):
            before, parts = bytes_of_parts(folder), len(list(work.glob("part-*")))
            come_to = {
                "nothing": lambda: True,
                "plan": lambda: (work / "sweep.toml").exists(),
                "part": lambda: len(list(work.glob("part-*"))) > parts,
            }.get(progress, lambda: bytes_of_parts(folder) > before + PART_HEADER_BYTES + progress)
            process = start(folder, "tiny.toml", *WORK, "-o", "s.h5", "--resume", "--threads", "1")
            cli.wait_until(come_to, process)
            process.kill()
            process.communicate()
            assert process.returncode == -signal.SIGKILL, "the sweep was over before it was killed: it needs more work"
            assert not (folder / "s.h5").exists()
            if (work / "sweep.toml").exists():
                now = done_so_far(folder)
                assert now >= kept, "finished simulations were lost"
                kills_after_results += now > kept
                kept = now
    assert kills_after_results >= 5
    resumed = cli.gbid("sweep", "--resume", "-o", "s.h5", "--quiet", cwd=folder, env=PLAIN)
    cli.assert_done(resumed)
    assert cli.leftovers(folder) == ["s.h5"]
    assert cli.differences(folder / "s.h5", whole) == []


def test_a_sweep_killed_at_any_moment_of_its_life_can_be_resumed(folder: Path) -> None:
    # From its first breath to the last rename: a short sweep, of which planning and the file are a good part.
    short = ["--over", "market.agents=6,8,10,12", "--over", "seed=1,2,3,4", "--trials", "3", *cli.sets("steps=200", "record.every=1")]
    begin = time.monotonic()
    cli.assert_done(cli.gbid("sweep", "tiny.toml", *short, "-o", "whole.h5", "--quiet", cwd=folder, env=PLAIN))
    life = time.monotonic() - begin
    moments = random.Random(7)
    for _ in range(20):
        process = start(folder, "tiny.toml", *short, "-o", "s.h5", "--quiet", "--threads", "1")
        time.sleep(moments.uniform(0.0, 1.1 * life))
        process.kill()
        process.communicate()
        # A file under its final name is whole; whatever else may still lie there then is not needed.
        if not (folder / "s.h5").exists():
            resumed = cli.gbid("sweep", "tiny.toml", *short, "-o", "s.h5", "--resume", "--quiet", cwd=folder, env=PLAIN)
            cli.assert_done(resumed)
        assert cli.differences(folder / "s.h5", folder / "whole.h5") == []
        assert cli.gbid("status", "s.h5", cwd=folder).returncode == cli.OK
        again = cli.gbid("sweep", "tiny.toml", *short, "-o", "s.h5", "--force", "--quiet", cwd=folder, env=PLAIN)
        cli.assert_done(again)
        assert not (folder / "s.h5.sweep").exists()
        for rest in folder.glob("s.h5*"):
            assert rest.name == "s.h5" or ".tmp." in rest.name, "a draft of a killed process is all that may stay"
            rest.unlink()


def test_finished_simulations_are_not_played_again(folder: Path) -> None:
    process = start(folder, "tiny.toml", *WORK, "-o", "s.h5", "--threads", "1")
    parts = folder / "s.h5.sweep" / "part-0000"
    cli.wait_until(lambda: parts.exists() and parts.stat().st_size > 10000, process)
    process.kill()
    process.communicate()
    before = parts.read_bytes()
    played = done_so_far(folder)
    assert 0 < played < 96
    again = start(folder, "--resume", "-o", "s.h5", "--threads", "1")
    second = folder / "s.h5.sweep" / "part-0001"
    cli.wait_until(lambda: second.exists() and second.stat().st_size > 5000, again)
    again.kill()
    again.communicate()
    assert parts.read_bytes() == before
    assert done_so_far(folder) > played


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=["Ctrl-C", "SIGTERM", "SIGHUP"])
def test_a_stopped_sweep_says_how_to_go_on(folder: Path, number: int, whole: Path) -> None:
    process = start(folder, "tiny.toml", *WORK, "-o", "s.h5", "--threads", "2")
    part = folder / "s.h5.sweep" / "part-0000"
    cli.wait_until(lambda: part.exists() and part.stat().st_size > 5000, process)
    process.send_signal(number)
    _, said = process.communicate(timeout=cli.LIMIT_S)
    assert process.returncode == cli.STOPPED, said
    assert "--resume" in said
    assert cli.leftovers(folder) == ["s.h5.sweep"]
    state = json.loads(cli.gbid("status", "s.h5", "--json", cwd=folder).stdout)
    assert state["state"] == "interrupted" and state["processes"] == 0
    cli.assert_refused(
        cli.gbid("sweep", "tiny.toml", *WORK, "-o", "s.h5", cwd=folder), cli.CANNOT_CREATE, "--resume", "--force"
    )
    other = cli.gbid("sweep", "tiny.toml", *WORK, "--over", "steps=1", "-o", "s.h5", "--resume", cwd=folder)
    cli.assert_refused(other, cli.USAGE, "another sweep", "steps=1", lines=3)
    # What there is can be looked at before it goes on.
    partial = cli.gbid("merge", "s.h5", "--partial", "-o", "so_far.h5", cwd=folder)
    assert partial.returncode == cli.OK, partial.stderr
    assert cli.status(folder / "so_far.h5") == "partial"
    cli.assert_refused(cli.gbid("merge", "s.h5", cwd=folder), cli.STOPPED, "missing", "--resume", "--partial")
    cli.assert_done(cli.gbid("sweep", "tiny.toml", *WORK, "-o", "s.h5", "--resume", "--quiet", cwd=folder, env=PLAIN))
    assert cli.differences(folder / "s.h5", whole) == []


def test_a_running_sweep_can_be_asked_how_far_it_is(folder: Path) -> None:
    process = start(folder, "tiny.toml", *WORK, "-o", "s.h5", "--threads", "1")
    part = folder / "s.h5.sweep" / "part-0000"
    cli.wait_until(lambda: part.exists() and part.stat().st_size > 5000, process)
    state = json.loads(cli.gbid("status", "s.h5", "--json", cwd=folder).stdout)
    assert state["state"] == "running" and state["processes"] == 1
    assert 0 < state["simulations_done"] < state["simulations"] == 96
    assert state["points"] == 16 and state["seconds_left"] > 0
    forced = cli.gbid("sweep", "tiny.toml", *WORK, "-o", "s.h5", "--force", cwd=folder)
    cli.assert_refused(forced, cli.CANNOT_CREATE, "still writing")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=cli.LIMIT_S)
    cli.assert_done(cli.gbid("sweep", "--resume", "-o", "s.h5", "--quiet", cwd=folder))
    state = json.loads(cli.gbid("status", "s.h5", "--json", cwd=folder).stdout)
    assert state["state"] == "complete" and state["points_done"] == 16


def test_the_number_of_threads_changes_nothing(folder: Path, whole: Path) -> None:
    for threads in (1, 3, 8):
        name = f"t{threads}.h5"
        done = cli.gbid("sweep", "tiny.toml", *WORK, "--threads", threads, "-o", name, "--quiet", cwd=folder, env=PLAIN)
        cli.assert_done(done)
        assert cli.differences(folder / name, whole) == []


def test_shards_merge_into_the_same_file(folder: Path, whole: Path) -> None:
    for shard in (2, 0, 1):
        cli.assert_done(cli.gbid("sweep", "tiny.toml", *WORK, "--shard", f"{shard}/3", "-o", "s.h5", cwd=folder, env=PLAIN))
    done = cli.gbid("merge", "s.h5", "--quiet", cwd=folder, env=PLAIN)
    cli.assert_done(done)
    assert cli.leftovers(folder) == ["s.h5"]
    assert cli.differences(folder / "s.h5", whole) == []


def test_shards_of_other_machines_are_merged_from_their_folders(folder: Path, whole: Path) -> None:
    for shard in range(2):
        there = folder / f"machine{shard}"
        there.mkdir()
        cli.write_tiny(there)
        cli.assert_done(cli.gbid("sweep", "tiny.toml", *WORK, "--shard", f"{shard}/2", "-o", "s.h5", cwd=there, env=PLAIN))
    missing = cli.gbid("merge", "machine0/s.h5", "-o", "s.h5", cwd=folder, env=PLAIN)
    cli.assert_refused(missing, cli.STOPPED, "48 of 96 simulations are missing")
    done = cli.gbid("merge", "machine0/s.h5", "--from", "machine1/s.h5.sweep", "-o", "s.h5", "--quiet", cwd=folder, env=PLAIN)
    cli.assert_done(done)
    assert cli.differences(folder / "s.h5", whole) == []
    assert (folder / "machine0" / "s.h5.sweep").exists()


def test_tasks_of_a_slurm_array_are_shards(folder: Path, whole: Path) -> None:
    for task in (10, 12, 14):
        slurm = {"SLURM_ARRAY_TASK_ID": str(task), "SLURM_ARRAY_TASK_COUNT": "3", "SLURM_ARRAY_TASK_MIN": "10", "SLURM_ARRAY_TASK_STEP": "2"}
        done = cli.gbid("sweep", "tiny.toml", *WORK, "-o", "s.h5", cwd=folder, env={**PLAIN, **slurm})
        cli.assert_done(done)
        assert f"shard {(task - 10) // 2}/3" in done.stderr
    cli.assert_done(cli.gbid("merge", "s.h5", "--quiet", cwd=folder, env=PLAIN))
    assert cli.differences(folder / "s.h5", whole) == []


def test_a_damaged_part_is_read_up_to_the_damage(folder: Path, whole: Path) -> None:
    cli.assert_done(cli.gbid("sweep", "tiny.toml", *WORK, "--shard", "0/1", "-o", "x.h5", cwd=folder, env=PLAIN))
    process = start(folder, "tiny.toml", *WORK, "-o", "s.h5", "--threads", "1")
    part = folder / "s.h5.sweep" / "part-0000"
    cli.wait_until(lambda: part.exists() and part.stat().st_size > 30000, process)
    process.kill()
    process.communicate()
    played = done_so_far(folder)
    data = bytearray(part.read_bytes())
    data[len(data) // 2] ^= 1
    part.write_bytes(data)
    assert 0 < done_so_far(folder) < played
    cli.assert_done(cli.gbid("sweep", "--resume", "-o", "s.h5", "--quiet", cwd=folder, env=PLAIN))
    assert cli.differences(folder / "s.h5", whole) == []


# --- Memory --------------------------------------------------------------------------------------


def test_what_needs_more_memory_than_may_be_used_fails_alone(folder: Path) -> None:
    over = ["--over", "market.agents=4,300,5", *cli.sets("steps=3", "record.final=[]")]
    done = cli.gbid("sweep", "tiny.toml", *over, "--memory", "3MB", "-o", "s.h5", cwd=folder)
    assert done.returncode == cli.SOME_FAILED, done.stderr
    points = xarray.open_dataset(folder / "s.h5", group="summary", engine="h5netcdf")
    assert points.status.values.tolist() == [1, 3, 1]
    assert "--memory" in str(points.message.values[1])


# A process starts with the size of the one that it was forked from: a small one, so that it does not show.
LAUNCHER = """
import os, resource, subprocess, sys
code = subprocess.call(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""


def peak_bytes(folder: Path, *arguments: object) -> int:
    """Largest resident set of the sweep, from the kernel's own account of it."""
    command = [sys.executable, "-S", "-c", LAUNCHER, cli.program(), "sweep", "tiny.toml", *map(str, arguments), "--quiet"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    cli.assert_done(done)
    return int(done.stdout) * 1024


def test_the_memory_limit_is_respected(folder: Path) -> None:
    # Eight markets of 400 agents want some 10 MB each; with eight threads all would be there at once.
    over = ["--over", "seed=1,2,3,4,5,6,7,8", *cli.sets("market.agents=400", "steps=15", "trials=1", "record.final=[]", "record.trajectory=[]")]
    plan = json.loads(cli.gbid("sweep", "tiny.toml", *over, "--threads", 8, "--dry-run", "--json", cwd=folder).stdout)
    base = peak_bytes(folder, "--over", "seed=1", *cli.sets("market.agents=2", "steps=3"), "-o", "base.h5", "--threads", 8)
    free = peak_bytes(folder, *over, "--threads", 8, "-o", "free.h5", "--memory", "4GB") - base
    limit = plan["memory_bytes"] / 3
    held = peak_bytes(folder, *over, "--threads", 8, "-o", "held.h5", "--memory", int(limit)) - base
    assert free > 0.6 * plan["memory_bytes"], "the estimate is far too high, or nothing runs side by side"
    # Allocators keep a little of what was freed.
    assert held < 1.3 * limit
    assert cli.differences(folder / "free.h5", folder / "held.h5", but=times_of(folder / "free.h5")) == []


def times_of(path: Path) -> tuple[str, ...]:
    return ("table/seconds", "summary/seconds")


# --- Disk ----------------------------------------------------------------------------------------


def test_a_full_disk_keeps_what_was_played(folder: Path, whole: Path) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000))

    done = cli.gbid("sweep", "tiny.toml", *WORK, "-o", "s.h5", "--quiet", cwd=folder, env=PLAIN, preexec_fn=limit)
    cli.assert_refused(done, cli.IO_FAILED, "s.h5.sweep", "File too large", "--resume")
    assert cli.leftovers(folder) == ["s.h5.sweep"]
    assert 0 < done_so_far(folder) < 96
    cli.assert_done(cli.gbid("sweep", "--resume", "-o", "s.h5", "--quiet", cwd=folder, env=PLAIN))
    assert cli.differences(folder / "s.h5", whole) == []


def test_a_disk_too_full_for_the_file_keeps_the_parts(folder: Path, whole: Path) -> None:
    def limit() -> None:  # parts of two processes are smaller than the file that is made of them
        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))

    for shard in range(4):
        cli.assert_done(cli.gbid("sweep", "tiny.toml", *WORK, "--shard", f"{shard}/4", "-o", "s.h5", cwd=folder, env=PLAIN))
    done = cli.gbid("merge", "s.h5", "--quiet", cwd=folder, env=PLAIN, preexec_fn=limit)
    assert done.returncode == cli.IO_FAILED, done
    assert cli.leftovers(folder) == ["s.h5.sweep"]
    cli.assert_done(cli.gbid("merge", "s.h5", "--quiet", cwd=folder, env=PLAIN))
    assert cli.differences(folder / "s.h5", whole) == []
    assert np.isfinite(cli.values(folder / "s.h5", "table/welfare")).all()
