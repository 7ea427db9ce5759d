# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Power that fails at any moment of a run or a sweep: what was synced is found, and the end is the same.

The calls of one run that change the disk are noted. A moment is picked; what had been synced by then is on the disk, and
of all other writes and names either none ("lost") or any, whatever their order ("reordered"), some of them in part. The
program is then started on such a disk. GBID_REPLAYS=1000 tries so many of each (the default is a few).
"""

from __future__ import annotations

import json
import os
import random
import shutil
import struct
from pathlib import Path

import gbid_cli as cli
import numpy as np
import pytest

REPLAYS = int(os.environ.get("GBID_REPLAYS", "8"))
SYNCED_WITHIN_S = 5.0  # what the program promises
SLACK_S = 5.0  # a disk and a scheduler may take so long

WORK = cli.sets("steps=1500", "record.every=10", "record.checkpoint='1ms'")
RUN = ["run", "tiny.toml", *WORK, "-o", "cut.h5", "--quiet", "--threads", "2"]
SWEEP = ["sweep", "tiny.toml", "--over", "market.agents=4,5", *WORK, "-o", "cut.h5", "--quiet", "--threads", "2"]


class Disk:
    """What a disk may hold if power fails before the call `crash`."""

    def __init__(self, calls: list[cli.Call], crash: int, is_reordered: bool, chance: random.Random) -> None:
        self.names: dict[str, int] = {}
        self.folders: set[str] = set()
        self.content: dict[int, bytearray] = {}
        before = calls[:crash]
        last_sync = {call.inode: k for k, call in enumerate(before) if call.kind == "s"}
        last_folder_sync = {call.path: k for k, call in enumerate(before) if call.kind == "d"}
        for k, call in enumerate(before):
            is_content = call.kind in "wt"
            synced = last_sync.get(call.inode, -1) if is_content else last_folder_sync.get(str(Path(call.path).parent), -1)
            if synced > k:
                self.apply(call)
            elif is_reordered and chance.random() < 0.6:
                torn = call.kind == "w" and chance.random() < 0.2
                self.apply(call, call.data[: chance.randrange(len(call.data) + 1)] if torn else None)

    def apply(self, call: cli.Call, data: bytes | None = None) -> None:
        data = call.data if data is None else data
        if call.kind == "c":
            self.names[call.path] = call.inode
        elif call.kind == "w":
            content = self.content.setdefault(call.inode, bytearray())
            content.extend(bytes(max(0, call.offset + len(data) - len(content))))
            content[call.offset : call.offset + len(data)] = data
        elif call.kind == "t":
            content = self.content.setdefault(call.inode, bytearray())
            del content[call.offset :]
            content.extend(bytes(call.offset - len(content)))
        elif call.kind == "r" and call.path in self.names:
            self.names[call.data.decode()] = self.names.pop(call.path)
        elif call.kind == "l" and call.path in self.names:
            self.names[call.data.decode()] = call.inode
        elif call.kind == "u":
            self.names.pop(call.path, None)
        elif call.kind == "m":
            self.folders.add(call.path)
        elif call.kind == "x":
            self.folders.discard(call.path)

    def write(self, from_folder: Path, to_folder: Path) -> None:
        def place(path: str) -> Path:
            return to_folder / Path(path).relative_to(from_folder)

        for folder in self.folders:
            place(folder).mkdir(parents=True, exist_ok=True)
        for path, inode in self.names.items():
            place(path).parent.mkdir(parents=True, exist_ok=True)  # a file was synced below a folder that was not
            place(path).write_bytes(self.content.get(inode, b""))


class Recorded:
    """The whole file of a command, and the calls by which it came about."""

    def __init__(self, folder: Path, command: list[str]) -> None:
        self.folder = folder.resolve()
        cli.write_tiny(folder)
        trace = folder / "trace"
        done = cli.gbid(*command, cwd=folder, env=cli.faulty(folder, GBID_TRACE=str(trace), SOURCE_DATE_EPOCH="0"))
        cli.assert_done(done)
        self.calls = [call for call in cli.calls_of(trace) if ".h5" in call.path or call.kind == "d"]
        self.whole = folder / "cut.h5"
        assert {call.kind for call in self.calls} >= set("cwsdru"), "the library saw too little"

    def synced_bytes(self, inode: int, crash: int) -> int:
        """Of a file that is only appended to."""
        before = self.calls[:crash]
        synced = max((k for k, call in enumerate(before) if call.kind == "s" and call.inode == inode), default=-1)
        named = max((k for k, call in enumerate(before) if call.kind == "d"), default=-1)
        created = next(k for k, call in enumerate(self.calls) if call.kind == "c" and call.inode == inode)
        if named < created:
            return 0
        return max((call.offset + len(call.data) for call in before[: synced + 1] if call.kind == "w" and call.inode == inode), default=0)


def content_of(calls: list[cli.Call], inode: int) -> bytes:
    return b"".join(call.data for call in calls if call.kind == "w" and call.inode == inode)


def synced_records(run: Recorded, crash: int) -> list[tuple[int, int, int]]:
    """(regime, trial, record) of all records in the synced part of the journal, by a reader of its own."""
    inode = next(call.inode for call in run.calls if call.kind == "c" and call.path.endswith(".journal"))
    end = run.synced_bytes(inode, crash)
    data, found = content_of(run.calls, inode)[:end], []
    if len(data) < 112:
        return []
    layout, scenario = struct.unpack_from("<QQ", data, 16)
    at = 112 + (layout + scenario + 7) // 8 * 8
    while at + 64 <= len(data):
        magic, kind, _, length, trial, first, count, regime = struct.unpack_from("<IIQQqqqI", data, at)
        assert magic == 0x44524247
        if kind == 1 and at + 64 + length <= len(data):
            found += [(regime, trial, record) for record in range(first, first + count)]
        at += 64 + length
    return found


MODES = pytest.mark.parametrize("mode", ["lost", "reordered"])


@MODES
def test_a_run_finds_what_was_synced_and_ends_the_same(tmp_path: Path, mode: str) -> None:
    (tmp_path / "whole").mkdir()
    run = Recorded(tmp_path / "whole", RUN)
    chance = random.Random(1)
    found = 0
    for replay in range(REPLAYS):
        crash = chance.randrange(1, len(run.calls) + 1)
        folder = tmp_path / str(replay)
        folder.mkdir()
        cli.write_tiny(folder)
        Disk(run.calls, crash, mode == "reordered", chance).write(run.folder, folder)
        if not (folder / "cut.h5").exists():
            expected = synced_records(run, crash)
            if expected:
                looked = tmp_path / "looked"
                shutil.copytree(folder, looked)
                recovered = cli.gbid("recover", "cut.h5", "-o", "found.h5", cwd=looked)
                assert recovered.returncode in (cli.OK, cli.SOME_FAILED), recovered.stderr
                welfare = [cli.values(looked / "found.h5", f"{regime}/welfare") for regime in ("coordinated", "competitive")]
                assert all(np.isfinite(welfare[regime][trial, record]) for regime, trial, record in expected)
                shutil.rmtree(looked)
                found += len(expected)
            done = cli.gbid(*RUN, "--resume", cwd=folder)
            cli.assert_done(done)
        assert cli.differences(folder / "cut.h5", run.whole) == []
        shutil.rmtree(folder)
    assert found > 0, "no moment had anything synced"


@MODES
def test_a_sweep_finds_what_was_synced_and_ends_the_same(tmp_path: Path, mode: str) -> None:
    (tmp_path / "whole").mkdir()
    sweep = Recorded(tmp_path / "whole", SWEEP)
    part = next(call.inode for call in sweep.calls if call.kind == "c" and "part-" in call.path)
    appended = [call for call in sweep.calls if call.kind == "w" and call.inode == part]
    chance = random.Random(2)
    for replay in range(REPLAYS):
        crash = chance.randrange(1, len(sweep.calls) + 1)
        folder = tmp_path / str(replay)
        folder.mkdir()
        cli.write_tiny(folder)
        Disk(sweep.calls, crash, mode == "reordered", chance).write(sweep.folder, folder)
        synced = sweep.synced_bytes(part, crash)
        expected = sum(call.data.count(b"GBSU") for call in appended if call.offset + len(call.data) <= synced)
        if not (folder / "cut.h5").exists():
            if expected > 0:
                state = json.loads(cli.gbid("status", "cut.h5", "--json", cwd=folder).stdout)
                assert state["simulations_done"] >= expected
            done = cli.gbid(*SWEEP, "--resume", cwd=folder, env={**os.environ, "SOURCE_DATE_EPOCH": "0"})
            cli.assert_done(done)
        assert cli.differences(folder / "cut.h5", sweep.whole) == []
        shutil.rmtree(folder)


def longest_unsynced_s(calls: list[cli.Call], ending: str) -> float:
    """Longest time from a write to a file until it was synced, or until the last call of all if it never was."""
    longest = 0.0
    for k, call in enumerate(calls):
        if call.kind != "w" or ending not in call.path:
            continue
        synced = next((c.time_s for c in calls[k:] if c.kind == "s" and c.inode == call.inode), calls[-1].time_s)
        longest = max(longest, synced - call.time_s)
    return longest


def test_records_of_a_run_are_synced_by_a_timer(tmp_path: Path) -> None:
    cli.write_tiny(tmp_path)
    endless = cli.sets("steps=100000000", "record.every=1000000", "record.checkpoint='1h'")
    trace = tmp_path / "trace"
    done = cli.gbid("run", "tiny.toml", *endless, "--quiet", "--threads", "1", "--max-time", "15s", cwd=tmp_path, env=cli.faulty(tmp_path, GBID_TRACE=str(trace)))
    assert done.returncode == cli.STOPPED, done.stderr
    calls = cli.calls_of(trace)
    assert sum(call.kind == "s" and call.path.endswith(".journal") for call in calls) >= 2
    assert longest_unsynced_s(calls, ".journal") < SYNCED_WITHIN_S + SLACK_S


def test_results_of_a_sweep_are_synced_by_a_timer_without_waiting_for_the_next(tmp_path: Path) -> None:
    cli.write_tiny(tmp_path)
    # One simulation is over at once, the others take longer than the sweep is given.
    work = ["--over", "steps=10,100000000", *cli.sets("record.every=1000000", "trials=1", "record.checkpoint='1h'")]
    trace = tmp_path / "trace"
    done = cli.gbid("sweep", "tiny.toml", *work, "-o", "s.h5", "--quiet", "--threads", "4", "--max-time", "15s", cwd=tmp_path, env=cli.faulty(tmp_path, GBID_TRACE=str(trace)))
    assert done.returncode == cli.STOPPED, done.stderr
    calls = cli.calls_of(trace)
    results = [k for k, call in enumerate(calls) if call.kind == "w" and "part-" in call.path and b"GBSU" in call.data]
    assert results  # both regimes of the short point, in one write or two
    assert longest_unsynced_s([calls[k] for k in range(results[0], len(calls))], "part-") < SYNCED_WITHIN_S + SLACK_S
