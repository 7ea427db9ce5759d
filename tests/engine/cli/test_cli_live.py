# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""A run while it goes on: its status, a snapshot of it, the page that is served, and welfare in the terminal.

None of these touches the run: it ends in the file that it would have ended in.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

import gbid_cli as cli
import pytest

LONG = {"steps  = 20": "steps  = 100000000", "every      = 1\n": "every      = 1000\n"}
RECORDS = 20


@contextmanager
def going_on(folder: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """A run that has recorded something and would last for hours."""
    cli.write_tiny(folder, replace=LONG)
    command = [cli.program(), "run", "tiny.toml", "--threads", "1", *options]
    run = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        cli.wait_until(lambda: recorded(folder) > RECORDS * 1000, run)
        yield run
    finally:
        run.kill()
        run.communicate()


def state(folder: Path) -> dict:
    done = cli.gbid("status", "tiny.h5", "--json", cwd=folder)
    cli.assert_done(done)
    return json.loads(done.stdout)


def recorded(folder: Path) -> int:
    """Step of the last record of the regime that is furthest."""
    if not (folder / "tiny.h5.journal").exists() or (folder / "tiny.h5.journal").stat().st_size == 0:
        return -1
    done = cli.gbid("status", "tiny.h5", "--json", cwd=folder)
    if done.returncode != cli.OK:  # the head is being written
        return -1
    return max((regime["recorded_step"] or -1 for regime in json.loads(done.stdout)["regimes"]), default=-1)


def test_the_status_of_a_run_follows_it_to_its_end(tmp_path: Path) -> None:
    with going_on(tmp_path) as run:
        found = state(tmp_path)
        assert found["kind"] == "run" and found["state"] == "running" and found["trials"] == 2
        assert {regime["name"] for regime in found["regimes"]} == {"coordinated", "competitive"}
        assert all(regime["ended"] == 0 and regime["last_step"] == 100000000 for regime in found["regimes"])
        text = cli.gbid("status", "tiny.h5.journal", cwd=tmp_path).stdout
        assert text.startswith("tiny.h5: running\n") and "under way, the slowest at step" in text
        run.kill()
        run.wait()
        assert state(tmp_path)["state"] == "interrupted"
        assert "gbid resume tiny.h5 goes on" in cli.gbid("status", "tiny.h5", cwd=tmp_path).stdout
    (tmp_path / "tiny.h5.journal").unlink()
    cli.write_tiny(tmp_path)
    cli.assert_done(cli.gbid("run", "tiny.toml", "--quiet", cwd=tmp_path))
    assert state(tmp_path)["state"] == "complete"
    assert [regime["ended"] for regime in state(tmp_path)["regimes"]] == [2, 2]
    cli.assert_refused(cli.gbid("status", "none.h5", cwd=tmp_path), cli.MISSING, "none.h5: no run and no sweep")


def test_a_snapshot_leaves_the_run_as_it_is(tmp_path: Path) -> None:
    with going_on(tmp_path) as run:
        before = recorded(tmp_path)
        cli.assert_done(cli.gbid("recover", "tiny.h5", "--snapshot", "-o", "seen.h5", cwd=tmp_path))
        assert cli.status(tmp_path / "seen.h5") == "partial"
        assert cli.values(tmp_path / "seen.h5", "coordinated/step")[-1] >= before
        cli.wait_until(lambda: recorded(tmp_path) > before, run)  # it goes on
    cli.assert_refused(cli.gbid("recover", "tiny.h5", "--snapshot", cwd=tmp_path), cli.USAGE, "--snapshot needs -o")
    assert (tmp_path / "tiny.h5.journal").exists()


def test_watching_draws_welfare_and_changes_no_number(tmp_path: Path) -> None:
    cli.write_tiny(tmp_path)
    cli.assert_done(cli.gbid("run", "tiny.toml", "--quiet", cwd=tmp_path))
    cli.assert_done(cli.gbid("run", "tiny.toml", "--watch", "-o", "watched.h5", cwd=tmp_path))
    assert cli.differences(tmp_path / "tiny.h5", tmp_path / "watched.h5") == []
    script = f"import pty, sys; sys.exit(pty.spawn({[cli.program(), 'run', 'tiny.toml', '--watch', '-o', 'drawn.h5']!r}))"
    cli.write_tiny(tmp_path, replace=LONG)
    shown = ""
    run = subprocess.Popen([sys.executable, "-c", script], cwd=tmp_path, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    try:
        assert run.stdout is not None
        while not re.search(r"coordinated [▁▂▃▄▅▆▇█]+ -?\d", shown):
            letter = run.stdout.read(1)
            assert letter, shown
            shown += letter
    finally:
        run.send_signal(signal.SIGINT)
        run.kill()
        run.wait()


@contextmanager
def watching(folder: Path) -> Iterator[str]:
    pytest.importorskip("xarray", reason="python3-xarray is not installed")
    command = [cli.program(), "watch", "tiny.h5", "--port", "0"]
    environment = {**os.environ, "GBID_PYTHON": sys.executable}
    server = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    try:
        assert server.stdout is not None
        line = server.stdout.readline()
        found = re.match(r"http://127\.0\.0\.1:(\d+)/ shows tiny\.h5; Ctrl-C ends\n", line)
        assert found, line + (server.communicate()[1] if server.poll() is not None else "")
        yield found[1]
    finally:
        server.kill()
        server.communicate()


def get(port: str, path: str = "/") -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=cli.LIMIT_S) as answer:
        return answer.read().decode()


def test_the_page_of_a_run_is_served_and_is_new_when_the_journal_has_grown(tmp_path: Path) -> None:
    with watching(tmp_path) as port:
        assert "there is no run yet" in get(port)
        with going_on(tmp_path) as run:
            first, version = get(port), get(port, "/version")
            assert '"status":"partial"' in first and "setInterval" in first
            cli.wait_until(lambda: get(port, "/version") != version, run)
            assert get(port).count('"kind":"run"') == 1
            assert (tmp_path / "tiny.h5.journal").exists()
        (tmp_path / "tiny.h5.journal").unlink()
        cli.write_tiny(tmp_path)
        cli.assert_done(cli.gbid("run", "tiny.toml", "--quiet", cwd=tmp_path))
        assert '"status":"complete"' in get(port)


def test_nothing_is_served_to_another_site_or_from_the_disk(tmp_path: Path) -> None:
    with watching(tmp_path) as port:
        foreign = http.client.HTTPConnection("127.0.0.1", int(port))
        foreign.request("GET", "/", headers={"Host": f"elsewhere.example:{port}"})
        assert foreign.getresponse().status == 403
        with pytest.raises(urllib.error.HTTPError):
            get(port, "/../../etc/passwd")
