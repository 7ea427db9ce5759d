# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Start the gbid program as a user would, and compare what it leaves behind. GBID_PROGRAM names it."""

from __future__ import annotations

import os
import re
import struct
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

import h5py
import numpy as np

SCENARIOS = Path(__file__).resolve().parents[3] / "scenarios" / "bid_matrix"
SHIPPED = ("price_of_anarchy", "price_of_anarchy_published", "price_of_anarchy_notebook_budget", "poa", "nash", "divergence", "rank", "agents", "small_world", "agents_sparse", "million_agents")
# What makes the largest of them small enough for a test: more blocks of agents than threads.
SMALL = {"million_agents": ("market.agents=3000",)}
LIMIT_S = 300.0  # runs here take milliseconds: only a hang takes so long, on the slowest machine

OK, SOME_FAILED, USAGE, BAD_DATA, MISSING, CANNOT_CREATE, IO_FAILED, STOPPED = 0, 1, 64, 65, 66, 73, 74, 75

# Two regimes, four agents, a dozen milliseconds.
TINY = """\
title  = "Tiny"
seed   = 5
trials = 2
steps  = 20

[market]
structure = "bid_matrix"
agents    = 4

[market.payoff]
utility    = 1.0
emission   = 1.0
divergence = -0.5

[learning]
learner = { kind = "adam", rate = 0.05 }

[regimes.coordinated]
objective = "mean_payoff"
schedule  = "all_agents"

[regimes.competitive]
objective = "own_payoff"
schedule  = "one_random"

[record]
every      = 1
trajectory = ["payoff", "updates"]
final      = ["bids", "raw_bids"]
"""


def program() -> str:
    return os.environ["GBID_PROGRAM"]


def gbid(*arguments: object, cwd: Path, **options: Any) -> subprocess.CompletedProcess[str]:
    command = [program(), *map(str, arguments)]
    return subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, timeout=LIMIT_S, check=False, **options
    )


def faulty(folder: Path, **settings: str) -> dict[str, str]:
    """The environment of a program that is killed at a call, or whose calls are noted: engine/record/faults.c."""
    library = Path(program()).resolve().parent / "tests" / "libgbid_faults.so"
    assert library.exists(), "it is built with the tests"
    return {**os.environ, "LD_PRELOAD": str(library), "GBID_FAULTS_FOLDER": str(folder.resolve()), **settings}


@dataclass
class Call:
    """A call that changed something on the disk; the kinds are those of engine/record/faults.c."""

    kind: str
    inode: int
    offset: int
    time_s: float
    path: str
    data: bytes


def calls_of(trace: Path) -> list[Call]:
    content, at, calls = trace.read_bytes(), 0, []
    while at < len(content):
        kind, inode, offset, path_bytes, data_bytes, time_ns = struct.unpack_from("<6Q", content, at)
        at += 48
        path, data = content[at : at + path_bytes], content[at + path_bytes : at + path_bytes + data_bytes]
        at += path_bytes + data_bytes
        calls.append(Call(chr(kind), inode, offset, time_ns / 1e9, path.decode(), data))
    return calls


def sets(*assignments: str) -> list[str]:
    """--set a=1 --set b=2 ..."""
    return [word for assignment in assignments for word in ("--set", assignment)]


def write_tiny(folder: Path, name: str = "tiny.toml", *, replace: dict[str, str] | None = None) -> Path:
    text = TINY
    for old, new in (replace or {}).items():
        assert old in text, f"nothing to replace: {old}"
        text = text.replace(old, new)
    path = folder / name
    path.write_text(text)
    return path


def assert_done(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == OK, f"exit code {done.returncode} of {done.args}\n{done.stderr}{done.stdout}"


def assert_refused(done: subprocess.CompletedProcess[str], code: int, *fragments: str, lines: int = 1) -> None:
    """The code, nothing on stdout, and `lines` lines on stderr (a usage line apart) that hold all fragments."""
    said = f"exit code {done.returncode} of {done.args}\nstderr: {done.stderr}\nstdout: {done.stdout}"
    assert done.returncode == code, said
    assert done.stdout == "", said
    assert re.match(r"gbid: |[^\n]+?:\d+:\d+: ", done.stderr), said
    for fault in ("internal error", "Traceback", "terminate called", "what():", "Assertion"):
        assert fault not in done.stderr, said
    excerpt = re.compile(r"  [\d ]+ \|( |$)")
    messages = [line for line in done.stderr.splitlines() if not line.startswith("usage: ") and not excerpt.match(line)]
    assert len(messages) == lines, said
    for fragment in fragments:
        assert fragment in done.stderr, f"{fragment!r} is not in it\n{said}"


def leftovers(folder: Path) -> list[str]:
    """Results, journals and temporary files in a folder."""
    return sorted(path.name for path in folder.iterdir() if ".h5" in path.name)


# What legitimately differs between two runs of one scenario.
OF_THE_CALL = {"command_line", "created"}


def contents(path: Path) -> dict[str, bytes]:
    """Every dataset and attribute of a file, by path, as bytes; but for how and when it was made."""
    found: dict[str, bytes] = {}

    def note(name: str, value: Any) -> None:
        array = np.asarray(value)
        if array.dtype == object:  # strings
            found[name] = repr((array.shape, array.tolist())).encode()
        else:
            found[name] = repr((array.shape, array.dtype.str)).encode() + array.tobytes()

    def visit(name: str, node: h5py.HLObject) -> None:
        for key, value in node.attrs.items():
            if key in OF_THE_CALL or key in ("DIMENSION_LIST", "REFERENCE_LIST"):  # addresses in the file
                continue
            note(f"{name}@{key}", value)
        if isinstance(node, h5py.Dataset):
            note(name, node[()])

    with h5py.File(path, "r") as file:
        visit("/", file)
        file.visititems(visit)
    return found


def differences(left: Path, right: Path, *, but: tuple[str, ...] = ()) -> list[str]:
    """Paths of what is not the same, bit for bit."""
    a, b = contents(left), contents(right)
    names = sorted(a.keys() | b.keys())
    return [name for name in names if a.get(name) != b.get(name) and name not in but]


def values(path: Path, name: str) -> np.ndarray:
    with h5py.File(path, "r") as file:
        return file[name][()]


def text(path: Path, name: str) -> list[str]:
    with h5py.File(path, "r") as file:
        return [str(word) for word in file[name].asstr()[()]]


def status(path: Path) -> str:
    with h5py.File(path, "r") as file:
        word = file.attrs["status"]
    return word.decode() if isinstance(word, bytes) else str(word)


def wait_until(condition: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Returns as soon as the condition holds; fails if the process ends before, or after a while."""
    deadline = time.monotonic() + LIMIT_S
    while not condition():
        assert process.poll() is None, f"ended with exit code {process.returncode}"
        assert time.monotonic() < deadline, "still waiting"
        time.sleep(0.005)
