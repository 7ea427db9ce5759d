# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""What ``./bootstrap`` says before it touches anything; what it installs and builds needs an empty machine to try."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
USAGE, MISSING_INPUT, UNAVAILABLE = 64, 66, 69


def bootstrap(*arguments: str, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ROOT / "bootstrap", *arguments],
        cwd=cwd,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_help_names_every_command() -> None:
    result = bootstrap("--help")
    assert result.returncode == 0
    for command in ("run", "test", "build"):
        assert f"./bootstrap {command} " in result.stdout


@pytest.mark.parametrize("arguments", [(), ("frobnicate",), ("build", "everything")])
def test_a_wrong_command_line_ends_with_64(arguments: tuple[str, ...]) -> None:
    result = bootstrap(*arguments)
    assert result.returncode == USAGE
    assert result.stdout == ""
    assert result.stderr


@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_scenario_that_does_not_exist_is_named_before_anything_is_done(elsewhere: bool, tmp_path: Path) -> None:
    result = bootstrap("run", "no_such.toml", cwd=tmp_path if elsewhere else ROOT)
    assert result.returncode == MISSING_INPUT
    assert result.stderr == "bootstrap: no such scenario: no_such.toml\n"


def test_without_tools_and_without_apt_it_says_what_is_needed(tmp_path: Path) -> None:
    for tool in ("bash", "dirname"):
        (tmp_path / tool).symlink_to(f"/usr/bin/{tool}")
    result = bootstrap("build", GBID_SKIP_APT="1", PATH=str(tmp_path))
    assert result.returncode == UNAVAILABLE
    assert "there is no cmake" in result.stderr
    assert "libhdf5-dev" in result.stderr
