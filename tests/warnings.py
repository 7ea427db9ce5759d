#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Lets a compiler read every source with the warnings of the preset dev, and makes nothing.

    cmake --preset dev && python3 tests/warnings.py [--compiler clang++] [PART OF A PATH ...]

Takes about a second and a half for a source. Exit code 1 where there is a warning.
"""
import argparse
import json
import os
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def command_of(entry: dict[str, str], compiler: str | None) -> list[str]:
    """The compiler's call for one source, without its output."""
    words = shlex.split(entry["command"])
    words = words[next(k for k, word in enumerate(words) if Path(word).name.startswith(("g++", "clang++"))) :]
    at = words.index("-o")
    del words[at : at + 2]
    if compiler:
        gcc_only = ("-mmove-max", "-mstore-max", "-Wno-restrict", "-Wno-maybe-uninitialized", "-Wno-stringop-overflow")
        words = [compiler, *(word for word in words[1:] if not word.startswith(gcc_only))]
    return [*words, "-fsyntax-only"]


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--compiler", help="instead of the preset's")
    options.add_argument("parts", nargs="*", metavar="PART", help="only sources with one of these in their paths")
    chosen = options.parse_args()
    entries = json.loads((ROOT / "build/dev/compile_commands.json").read_text())
    entries = [entry for entry in entries if not chosen.parts or any(part in entry["file"] for part in chosen.parts)]

    def read(entry: dict[str, str]) -> str:
        ran = subprocess.run(command_of(entry, chosen.compiler), cwd=entry["directory"], capture_output=True, text=True)
        return ran.stderr if ran.returncode or "warning:" in ran.stderr else ""

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        said = [text for text in pool.map(read, entries) if text]
    print("".join(said), end="")
    print(f"{len(entries)} sources, {len(said)} with warnings")
    return 1 if said or not entries else 0


if __name__ == "__main__":
    sys.exit(main())
