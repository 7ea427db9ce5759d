# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Play scenarios from Python, by calling the program."""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gbid import _program
from gbid._load import Run, load
from gbid._sweep import Sweep, load_sweep

Scenario = Mapping[str, Any] | str | os.PathLike[str]

SOME_FAILED = 1  # the file is written, and says which trials failed and why
BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def run(
    scenario: Scenario,
    *,
    set: Mapping[str, Any] | None = None,
    trials: int | None = None,
    seed: int | None = None,
    threads: int | None = None,
    output: str | os.PathLike[str] | None = None,
    progress: bool | None = None,
) -> Run:
    """Play a scenario and open the run.

    Parameters
    ----------
    scenario : dict or path-like
        The tables of a scenario, or a TOML file.
    set : dict, optional
        Keys to override: ``{"market.agents": 50}``.
    trials, seed, threads : int, optional
        Instead of the scenario's; threads of the machine by default.
    output : path-like, optional
        The file to write, which must not exist; by default one that goes when the run is closed.
    progress : bool, optional
        Show progress on standard error; by default in a terminal and in a notebook.

    Returns
    -------
    Run
        Close it, or use it in a ``with`` statement. Failed trials say so in their ``outcome``.

    Raises
    ------
    GbidError
        If the scenario is wrong, or the run was stopped.
    FileNotFoundError
        If there is no program.

    Examples
    --------
    >>> game = {
    ...     "market": {"structure": "tullock", "agents": 2},
    ...     "regimes": {"selfish": {"objective": "own_payoff"}},
    ... }
    >>> with gbid.run(game, set={"steps": 200}, trials=3, progress=False) as run:
    ...     print(run["selfish"].sizes["trial"])
    3
    """
    keeps = tempfile.TemporaryDirectory(prefix="gbid-") if output is None else None
    path = Path(output or Path(keeps.name if keeps else "") / "run.h5")
    _play("run", scenario, path, set, trials, seed, threads, progress, [])
    opened = load(path)
    if keeps is not None:
        opened._resources.callback(keeps.cleanup)
    return opened


def sweep(
    scenario: Scenario,
    over: Mapping[str, Sequence[Any] | str],
    *,
    set: Mapping[str, Any] | None = None,
    trials: int | None = None,
    seed: int | None = None,
    threads: int | None = None,
    output: str | os.PathLike[str] | None = None,
    progress: bool | None = None,
) -> Sweep:
    """Play a scenario at every combination of values of some keys, and open the sweep.

    Parameters
    ----------
    scenario, set, trials, seed, threads, output, progress
        As of `run`.
    over : dict
        Key -> its values, as a list or as the program's text: ``{"market.agents": [4, 6]}``.

    Returns
    -------
    Sweep
        Close it, or use it in a ``with`` statement. Failed points say so in their ``status``.

    Raises
    ------
    GbidError, FileNotFoundError
        As of `run`.

    Examples
    --------
    >>> game = {
    ...     "market": {"structure": "tullock", "agents": 2},
    ...     "regimes": {"selfish": {"objective": "own_payoff"}},
    ... }
    >>> with gbid.sweep(game, {"market.agents": [2, 3]}, set={"steps": 200}, progress=False) as sweep:
    ...     print(sweep.points["market.agents"].tolist())
    [2, 3]
    """
    if not over:
        raise ValueError("over: expected at least one key with its values, got none")
    keeps = tempfile.TemporaryDirectory(prefix="gbid-") if output is None else None
    path = Path(output or Path(keeps.name if keeps else "") / "sweep.h5")
    axes = [
        f"--over={key}={values if isinstance(values, str) else ','.join(map(_toml, values))}"
        for key, values in over.items()
    ]
    _play("sweep", scenario, path, set, trials, seed, threads, progress, axes)
    opened = load_sweep(path)
    if keeps is not None:
        opened._resources.callback(keeps.cleanup)
    return opened


def certify(file: str | os.PathLike[str], *, tolerance: float | None = None) -> dict[str, Any]:
    """What every agent could still gain at the ends of a run: what ``gbid certify --json`` prints.

    Parameters
    ----------
    file : path-like
        A run's file, which is not changed.
    tolerance : float, optional
        Largest gain of an equilibrium, divided by the mean absolute payoff.

    Returns
    -------
    dict
        The report.

    Raises
    ------
    GbidError, FileNotFoundError
        As of `run`.
    """
    options = [] if tolerance is None else [f"--tolerance={tolerance!r}"]
    text = _program.call("certify", file, "--json", *options, accepted=(0, SOME_FAILED))
    report: dict[str, Any] = json.loads(text)
    return report


def init(structure: str, output: str | os.PathLike[str] | None = None) -> str:
    """A commented scenario of a structure to start from.

    Parameters
    ----------
    structure : str
        Its name, such as ``bid_matrix``.
    output : path-like, optional
        Where to write it, too.

    Returns
    -------
    str
        The scenario as TOML.

    Raises
    ------
    GbidError, FileNotFoundError
        As of `run`.

    Examples
    --------
    >>> print('"tullock"' in gbid.init("tullock"))
    True
    """
    text = _program.call("init", structure)
    if output is not None:
        Path(output).write_text(text)
    return text


def _play(
    command: str,
    scenario: Scenario,
    output: Path,
    overrides: Mapping[str, Any] | None,
    trials: int | None,
    seed: int | None,
    threads: int | None,
    progress: bool | None,
    options: list[str],
) -> None:
    is_table = isinstance(scenario, Mapping)
    shows = _shows_progress() if progress is None else progress
    words = [_program.program(), command, "-" if is_table else os.fspath(scenario), "-o", str(output), *options]  # type: ignore[arg-type]
    words += [f"--set={key}={_toml(value)}" for key, value in (overrides or {}).items()]
    for name, value in (("trials", trials), ("seed", seed), ("threads", threads)):
        words += [] if value is None else [f"--{name}={value}"]
    words += [] if shows else ["--quiet"]
    text = "".join(f"{_key(key)} = {_toml(value)}\n" for key, value in scenario.items()) if isinstance(scenario, Mapping) else None
    code, said = _watched(words, text, shows)
    if code not in (0, SOME_FAILED) or not output.exists():
        raise _program.GbidError(code, said.strip() or f"gbid {command} ended with exit code {code}")


def _watched(words: list[str], text: str | None, shows: bool) -> tuple[int, str]:
    """Run a command; its exit code and messages. Progress is what it draws on a terminal of its own."""
    if not shows:
        done = subprocess.run(words, input=text or "", capture_output=True, text=True, check=False)
        return done.returncode, done.stderr
    reader, writer = os.openpty()
    with tempfile.TemporaryFile("w+") as given:
        given.write(text or "")
        given.seek(0)
        with subprocess.Popen(words, stdin=given, stdout=subprocess.DEVNULL, stderr=writer) as process:
            os.close(writer)
            said = b""
            while part := _read(reader):
                said += part
                sys.stderr.write(part.decode(errors="replace"))
                sys.stderr.flush()
            os.close(reader)
        return process.returncode, _messages(said.decode(errors="replace"))


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 4096)
    except OSError:  # how Linux says that the other side was closed
        return b""


def _messages(drawn: str) -> str:
    """What stayed on the terminal: of each line what was drawn last."""
    lines = (ESCAPES.sub("", line).rstrip("\r").rsplit("\r", 1)[-1] for line in drawn.split("\n"))
    return "\n".join(line for line in lines if line.strip())


def _shows_progress() -> bool:
    """Whether a reader may watch: standard error is a terminal, or the cell of a notebook."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return sys.stderr.isatty() or type(shell).__name__ == "ZMQInteractiveShell"


def _key(key: str) -> str:
    return key if BARE_KEY.fullmatch(key) else json.dumps(key)


def _toml(value: Any) -> str:
    """A value as TOML on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(str(key))} = {_toml(each)}" for key, each in value.items()) + "}"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, (os.PathLike,)):
        return _toml(os.fspath(value))
    if hasattr(value, "tolist"):  # arrays and numbers of NumPy
        return _toml(value.tolist())
    if isinstance(value, Sequence):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else str(value)
    if isinstance(value, int):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in a scenario: {value!r}")
