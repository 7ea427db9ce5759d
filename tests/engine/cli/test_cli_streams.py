# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Standard streams that cannot be written to.

Files and exit codes do not depend on whether messages arrive; a result that could not be printed is 74.
"""
from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

import gbid_cli as cli
import pytest

FULL, CLOSED, DEAD = "a full disk", "closed", "a pipe without a reader"
STATES = (FULL, CLOSED, DEAD)
STREAMS = {"stdout": 1, "stderr": 2}
OF_THE_CLOCK = ("table/seconds", "summary/seconds")


def call(folder: Path, stream: str, state: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """A call of the program with one standard stream in that state; the other one is read."""
    words = [cli.program(), *map(str, arguments)]
    if state == CLOSED:  # the shell closes it: Python would open another file in its place
        words = ["sh", "-c", f"exec {shlex.join(words)} {STREAMS[stream]}>&-"]
    streams: dict[str, int] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    if state == FULL:
        streams[stream] = os.open("/dev/full", os.O_WRONLY)
    elif state == DEAD:
        reader, streams[stream] = os.pipe()
        os.close(reader)
    try:
        return subprocess.run(words, cwd=folder, text=True, timeout=cli.LIMIT_S, check=False, **streams)  # type: ignore[call-overload]
    finally:
        if state != CLOSED:
            os.close(streams[stream])


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    cli.write_tiny(folder)
    cli.assert_done(cli.gbid("run", "tiny.toml", "-o", "run.h5", cwd=folder))
    cli.assert_done(cli.gbid("sweep", "tiny.toml", "--over", "learning.learner.rate=0.01,0.02", "-o", "sweep.h5", cwd=folder))
    return folder


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("stream", STREAMS)
@pytest.mark.parametrize("kind", ["run", "sweep"])
def test_files_do_not_depend_on_streams(whole: Path, tmp_path: Path, kind: str, stream: str, state: str) -> None:
    cli.write_tiny(tmp_path)
    over = ["--over", "learning.learner.rate=0.01,0.02"] if kind == "sweep" else []
    done = call(tmp_path, stream, state, kind, "tiny.toml", *over, "-o", f"{kind}.h5")
    assert done.returncode == (cli.IO_FAILED if stream == "stdout" else 0), done.stderr
    assert cli.differences(whole / f"{kind}.h5", tmp_path / f"{kind}.h5", but=OF_THE_CLOCK) == []
    assert cli.leftovers(tmp_path) == [f"{kind}.h5"]
    if stream == "stderr":
        assert done.stdout
    else:
        assert "standard output: cannot be written" in done.stderr


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("command", ["list", "init bid_matrix", "check tiny.toml", "analyze run.h5", "status sweep.h5", "--version", "help"])
def test_a_result_that_cannot_be_printed_is_an_input_output_error(whole: Path, state: str, command: str) -> None:
    done = call(whole, "stdout", state, *command.split())
    assert (done.returncode, done.stderr) == (cli.IO_FAILED, "gbid: standard output: cannot be written\n")


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(
    ("command", "code"),
    [("run nowhere.toml", cli.MISSING), ("run --no-such-option", 64), ("analyze tiny.toml", cli.BAD_DATA), ("certify run.h5", 0)],
)
def test_an_exit_code_does_not_depend_on_its_message(whole: Path, state: str, command: str, code: int) -> None:
    usual = cli.gbid(*command.split(), cwd=whole)
    done = call(whole, "stderr", state, *command.split())
    assert (done.returncode, done.stdout) == (usual.returncode, usual.stdout)
    assert code == 0 or usual.returncode == code, usual.stderr
