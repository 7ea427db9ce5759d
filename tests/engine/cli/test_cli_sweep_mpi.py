# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""mpirun gbid sweep: several processes play one sweep, and what they leave is what one leaves."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

import gbid_cli as cli
import pytest

WORK = ["--over", "market.agents=6,8,10,12", "--over", "seed=1:6:1", "--trials", "2", *cli.sets("steps=4000", "record.every=200")]
# As root, and with more processes than processors, Open MPI wants to be told that this is meant.
ENVIRONMENT = {
    **os.environ, "SOURCE_DATE_EPOCH": "0", "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
}

with_mpi = pytest.mark.skipif(os.environ.get("GBID_HAS_MPI") != "ON", reason="gbid was built without MPI")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    cli.write_tiny(tmp_path)
    return tmp_path


def mpirun(count: int, *arguments: object) -> list[str]:
    launcher = shutil.which("mpirun")
    assert launcher, "gbid was built with MPI, but there is no mpirun"
    return [launcher, "--oversubscribe", "-n", str(count), cli.program(), "sweep", *map(str, arguments)]


def run_mpi(folder: Path, count: int, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        mpirun(count, *arguments), cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, timeout=cli.LIMIT_S, check=False
    )


def whole(folder: Path, *work: object) -> Path:
    cli.assert_done(cli.gbid("sweep", "tiny.toml", *work, "-o", "whole.h5", "--quiet", cwd=folder, env=ENVIRONMENT))
    return folder / "whole.h5"


@with_mpi
@pytest.mark.parametrize("count", [1, 2, 4])
def test_the_number_of_processes_changes_nothing(folder: Path, count: int) -> None:
    done = run_mpi(folder, count, "tiny.toml", *WORK, "-o", "s.h5", "--json")
    assert done.returncode == cli.OK, done.stderr
    assert cli.leftovers(folder) == ["s.h5"]
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert sorted(event["point"] for event in events if event["event"] == "point") == list(range(24))
    assert cli.differences(folder / "s.h5", whole(folder, *WORK)) == []


@with_mpi
def test_every_process_plays_a_part(folder: Path) -> None:
    long = [*WORK, *cli.sets("steps=40000")]
    process = subprocess.Popen(mpirun(4, "tiny.toml", *long, "-o", "s.h5"), cwd=folder, env=ENVIRONMENT, stderr=subprocess.PIPE)
    work = folder / "s.h5.sweep"
    try:
        cli.wait_until(lambda: len(parts(work)) == 4 and min(path.stat().st_size for path in parts(work)) > 1000, process)
    finally:
        process.terminate()
        process.communicate(timeout=cli.LIMIT_S)


def parts(work: Path) -> list[Path]:
    return sorted(work.glob("part-*"))


@with_mpi
def test_a_killed_process_takes_the_others_along_and_nothing_is_lost(folder: Path) -> None:
    process = subprocess.Popen(
        mpirun(4, "tiny.toml", *WORK, *cli.sets("steps=20000"), "-o", "s.h5"), cwd=folder, env=ENVIRONMENT,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )
    work = folder / "s.h5.sweep"
    cli.wait_until(lambda: len(parts(work)) == 4 and max(path.stat().st_size for path in parts(work)) > 5000, process)
    ranks = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=False).stdout.split()
    assert len(ranks) == 4
    os.kill(int(ranks[2]), signal.SIGKILL)
    process.communicate(timeout=cli.LIMIT_S)
    assert process.returncode != 0
    state = json.loads(cli.gbid("status", "s.h5", "--json", cwd=folder).stdout)
    assert state["state"] == "interrupted" and 0 < state["simulations_done"] < state["simulations"]
    # Two go on where four had been; the end is that of one that was never killed.
    resumed = run_mpi(folder, 2, "--resume", "-o", "s.h5", "--quiet")
    assert resumed.returncode == cli.OK, resumed.stderr
    assert cli.differences(folder / "s.h5", whole(folder, *WORK, *cli.sets("steps=20000"))) == []


@with_mpi
def test_a_mistake_is_told_once_and_ends_all(folder: Path) -> None:
    done = run_mpi(folder, 3, "tiny.toml", "--over", "market.agnets=3,4", "-o", "s.h5")
    assert done.returncode == cli.BAD_DATA
    assert done.stderr.count("agnets=3") == 1, done.stderr
    assert cli.leftovers(folder) == []


@pytest.mark.skipif(os.environ.get("GBID_HAS_MPI") == "ON", reason="gbid was built with MPI")
def test_without_mpi_several_processes_are_refused(folder: Path) -> None:
    done = cli.gbid("sweep", "tiny.toml", *WORK, cwd=folder, env={**ENVIRONMENT, "OMPI_COMM_WORLD_SIZE": "2"})
    cli.assert_refused(done, cli.USAGE, "without MPI", "--shard")
