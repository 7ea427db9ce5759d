#!/usr/bin/python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Play the same scenarios with two programs, on this machine, and compare all that they leave, bit for bit.

    tests/reference/compare_programs.py OLD NEW [-j N] [--allow 'mixture_of_experts/*:loss']...

Prints a row for each dataset, attribute or number of the report that differs, named SCENARIO/GROUP:VARIABLE, with its
largest difference. Exit code 0: all equal, or allowed; 1: something differs, or a scenario could not be compared.
"""
from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple

import h5py
import numpy as np

from comparison_cases import Case, cases

LIMIT_S, TIMED_OUT = 300, 124  # of one call, and the exit code of one that takes longer
# How, when and by which program a file was made; and addresses inside the file.
OF_THE_CALL = {"command_line", "created", "build", "gbid_version", "_NCProperties", "DIMENSION_LIST", "REFERENCE_LIST"}
ALONE = {"SOURCE_DATE_EPOCH": "0", "OMP_NUM_THREADS": "1"}  # no dates and no measured times in files
Values = Dict[str, np.ndarray]  # GROUP:VARIABLE, GROUP:VARIABLE@ATTRIBUTE, analyze:PATH


@dataclass(frozen=True)
class Difference:
    case: str
    place: str  # GROUP:VARIABLE
    what: str

    @property
    def name(self) -> str:
        return f"{self.case}/{self.place}"


@dataclass(frozen=True)
class Played:
    """What one program made of a case."""

    exit_code: int
    message: str
    values: Values


def contents(path: Path) -> Values:
    """Every dataset and attribute of a file but those that tell of the call."""
    found: Values = {}

    def visit(name: str, node: Any) -> None:
        is_dataset = isinstance(node, h5py.Dataset)
        group, _, variable = name.rpartition("/") if is_dataset else (name, "", "")
        place = f"{group}:{variable}"
        if is_dataset:
            found[place] = np.asarray(node[()])
        for key, value in node.attrs.items():
            if key not in OF_THE_CALL:
                found[f"{place}@{key}"] = np.asarray(value)

    with h5py.File(path, "r") as file:
        visit("", file)
        file.visititems(visit)
    return found


def leaves(value: Any, path: str = "") -> Iterator[Tuple[str, np.ndarray]]:
    """The numbers and words of a JSON document, by path; lists of numbers whole."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and any(isinstance(inner, (dict, list)) for inner in value):
        for index, inner in enumerate(value):
            yield from leaves(inner, f"{path}[{index}]")
    else:
        yield path, np.asarray(value)


def differences(case: str, old: Values, new: Values) -> List[Difference]:
    found = []
    for place in sorted(old.keys() | new.keys()):
        if place not in new or place not in old:
            what = "only in OLD" if place in old else "only in NEW"
        else:
            what = difference(old[place], new[place])
        if what:
            found.append(Difference(case, place, what))
    return found


def difference(old: np.ndarray, new: np.ndarray) -> str:
    """Empty where both have the same type, shape and bits (any NaN equals any NaN); otherwise how they differ."""
    if old.shape != new.shape:
        return f"shape {old.shape} became {new.shape}"
    if old.dtype != new.dtype and not old.dtype.kind == new.dtype.kind in "US":  # texts of any length
        return f"type {old.dtype} became {new.dtype}"
    if old.dtype.kind != "f":
        is_other = np.asarray(old != new)
    else:
        bits = f"u{old.dtype.itemsize}"
        is_other = (np.atleast_1d(old).view(bits) != np.atleast_1d(new).view(bits)).reshape(old.shape)
        is_other &= ~(np.isnan(old) & np.isnan(new))
    count = int(np.count_nonzero(is_other))
    if not count:
        return ""
    how_many = f"{count} of {is_other.size} differ"
    if old.dtype.kind not in "fiu":
        texts = [str(values[is_other].ravel()[0] if values.ndim else values[()]) for values in (old, new)]
        return f"{how_many}: {' became '.join(first_change(*texts))}"
    with np.errstate(all="ignore"):
        change = np.abs(np.asarray(new, float) - np.asarray(old, float))[is_other]
        size = np.abs(np.asarray(old, float))[is_other]
        if not np.isfinite(change).all():
            return f"{how_many}: some are finite in one alone"
        share = np.divide(change, size, out=np.full_like(change, np.inf), where=size > 0)
    return f"{how_many}: at most by {change.max():.1e}, relatively by {share[change > 0].max(initial=0.0):.1e}"


def first_change(old: str, new: str) -> Tuple[str, str]:
    """Two texts from where they part, or from the beginning of that line; some 40 characters of each."""
    same = len(os.path.commonprefix([old, new]))
    begin = max(old.rfind(end, 0, same) + len(end) if end in old[:same] else 0 for end in ("\n", "\\n"))
    return repr(old[begin : begin + 40]), repr(new[begin : begin + 40])


def play(program: str, case: Case, folder: Path) -> Played:
    """Runs the case in a folder of its own: file names, and so all texts, are the same for both programs."""
    folder.mkdir(parents=True)
    settings = [word for setting in case.settings for word in ("--set", setting)]
    done = call(program, case.command, case.scenario, *settings, *case.options, "-o", "out.h5", "--threads", 1, "--quiet", cwd=folder)
    values: Values = {}
    output = folder / "out.h5"
    if output.exists():
        values = contents(output)
        report = call(program, "analyze", "out.h5", "--json", cwd=folder)
        if report.returncode == 0:
            values.update((f"analyze:{path}", value) for path, value in leaves(json.loads(report.stdout)))
        else:
            values["analyze:exit_code"] = np.asarray(report.returncode)
        output.unlink()
    return Played(done.returncode, done.stderr.strip(), values)


def call(program: str, *arguments: object, cwd: Path) -> "subprocess.CompletedProcess[str]":
    command = [program, *map(str, arguments)]
    environment = {**os.environ, **ALONE}
    try:
        return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, TIMED_OUT, "", f"did not end in {LIMIT_S} s")


def compare(case: Case, old: str, new: str, folder: Path) -> Tuple[int, List[Difference]]:
    """How many values were compared, and those that differ."""
    before, after = play(old, case, folder / "old" / case.name), play(new, case, folder / "new" / case.name)
    if before.exit_code not in case.exit_codes:
        return 0, [Difference(case.name, ":", f"OLD ends with {before.exit_code}: {before.message}")]
    if before.exit_code != after.exit_code:
        return 0, [Difference(case.name, ":", f"exit code {before.exit_code} became {after.exit_code}: {after.message}")]
    return len(before.values), differences(case.name, before.values, after.values)


def is_allowed(found: Difference, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(found.name, pattern) for pattern in patterns)


def print_table(found: Sequence[Difference], allowed: Sequence[str]) -> None:
    rows = [("", "scenario", "group", "variable", "difference")]
    for each in found:
        group, _, variable = each.place.partition(":")
        rows.append(("allowed" if is_allowed(each, allowed) else "", each.case, group or "/", variable, each.what.replace("\n", " ")))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        print("  ".join([*(text.ljust(width) for text, width in zip(row, widths)), row[4]]).rstrip())


def main(arguments: Optional[Sequence[str]] = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old", metavar="OLD", help="a gbid program")
    parser.add_argument("new", metavar="NEW", help="another")
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="calls side by side; default: one per processor")
    parser.add_argument("--allow", action="append", default=[], metavar="GLOB", help="differences SCENARIO/GROUP:VARIABLE that are meant")
    parser.add_argument("--only", action="append", default=[], metavar="GLOB", help="play only the scenarios and variants of this name")
    parser.add_argument("--list", action="store_true", help="name the scenarios and variants, and play none")
    options = parser.parse_args(arguments)
    old, new = (str(Path(name).resolve()) for name in (options.old, options.new))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        chosen = [case for case in cases(old, folder) if not options.only or any(fnmatchcase(case.name, glob) for glob in options.only)]
        if options.list or not chosen:
            print("\n".join(case.name for case in chosen) or "no scenario has such a name")
            return 0 if chosen else 1
        with ThreadPoolExecutor(options.jobs) as pool:
            results = list(pool.map(lambda case: compare(case, old, new, folder), chosen))
    found = [each for _, some in results for each in some]
    if found:
        print_table(found, options.allow)
    unused = [glob for glob in options.allow if not any(is_allowed(each, [glob]) for each in found)]
    for glob in unused:
        print(f"nothing differs that --allow '{glob}' names")
    forbidden = sum(not is_allowed(each, options.allow) for each in found)
    print(
        f"{len(chosen)} scenarios and variants, {sum(count for count, _ in results)} values compared: "
        f"{len(found)} differ, {forbidden} of them not allowed"
    )
    return 1 if forbidden else 0


if __name__ == "__main__":
    sys.exit(main())
