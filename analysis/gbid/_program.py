# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Find the program ``gbid`` and call it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any


class GbidError(RuntimeError):
    """The program refused or failed.

    Attributes
    ----------
    code : int
        Its exit code.
    """

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def program() -> str:
    """Path of the program: ``$GBID_PROGRAM``, that of the installation, or that on the PATH.

    Raises
    ------
    FileNotFoundError
        If there is none.
    """
    package = Path(__file__).resolve().parent
    candidates = [
        os.environ.get("GBID_PROGRAM"),
        package.parents[2] / "bin" / "gbid",  # PREFIX/share/gbid/python/gbid
        package.parents[1] / "build" / "release" / "gbid",  # a checkout
        shutil.which("gbid"),
    ]
    for candidate in candidates:
        if candidate and os.access(candidate, os.X_OK) and Path(candidate).is_file():
            return str(candidate)
    raise FileNotFoundError("the program gbid was not found: GBID_PROGRAM names it")


def call(*arguments: object, accepted: tuple[int, ...] = (0,), text: str | None = None) -> str:
    """Call the program and return its standard output.

    Raises
    ------
    GbidError
        If it ends with an exit code that is not accepted, with what it said.
    """
    command = [program(), *map(str, arguments)]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if done.returncode not in accepted:
        raise GbidError(done.returncode, done.stderr.strip() or f"exit code {done.returncode}")
    return done.stdout


def call_json(*arguments: object) -> Any:
    """The same with ``--json``, decoded."""
    return json.loads(call(*arguments, "--json"))
