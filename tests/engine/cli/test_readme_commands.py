# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Commands that the pages show work as written: scenarios and keys are checked, and every option is known."""

from __future__ import annotations

import os
import re
import shlex
import sys
from functools import lru_cache
from pathlib import Path

import gbid_cli as cli
import pytest

ROOT = Path(__file__).resolve().parents[3]
COMMAND = re.compile(r"^ {4}(?:\$ )?(?:build/release/)?gbid (.*)$", re.MULTILINE)
LIST_OF_COMMANDS = "engine/README.md"  # has [optional] parts
NEEDS_DATA = ("DIR", "fashion_mnist")


def commands() -> list[tuple[str, str]]:
    pages = [ROOT / "README.md", *sorted(page for depth in ("*", "*/*") for page in ROOT.glob(f"{depth}/README.md"))]
    return [
        (page.relative_to(ROOT).as_posix(), match[1])
        for page in pages
        for match in COMMAND.finditer(page.read_text())
    ]


PLAYED = "out/price_of_anarchy.h5"  # what pages call the file of the main experiment
READS = {"analyze", "certify", "report", "status", "compare", "graph"}
SHORT = cli.sets("steps=20", "record.every=5")


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the main experiment, shortened."""
    folder = tmp_path_factory.mktemp("played")
    (folder / "out").mkdir()
    main = ROOT / "scenarios/bid_matrix/price_of_anarchy.toml"
    cli.assert_done(cli.gbid("run", main, "-o", PLAYED, "--trials", "2", "--quiet", *SHORT, cwd=folder))
    return folder


@lru_cache
def help_of(command: str) -> str:
    shown = cli.gbid(command, "--help", cwd=ROOT)
    cli.assert_done(shown)
    return shown.stdout


def test_there_are_commands_to_check() -> None:
    assert len(commands()) > 30
    assert len({text.split()[0] for _, text in commands()}) >= 14, "every subcommand stands on some page"


@pytest.mark.parametrize(("page", "text"), commands())
def test_a_command_of_a_page_is_one(page: str, text: str, tmp_path: Path, played: Path) -> None:
    if page == LIST_OF_COMMANDS:
        text = text.replace("[", "").replace("]", "").replace("...", "")
    command, *arguments = shlex.split(text, comments=True)
    # 1. Subcommand and options.
    known = help_of(command)
    for option in (word.split("=")[0] for word in arguments if re.match(r"--?[a-z]", word)):
        assert re.search(rf"(?<![\w-]){option}(?![\w-])", known), f"{page}: {command} has no option {option}"
    # 2. Scenarios that are there, with the keys that are set.
    files = [word for word in arguments if word.endswith(".toml") and "=" not in word and (ROOT / word).is_file()]
    if any(word.startswith("scenarios/") and word.endswith(".toml") and word not in files for word in arguments):
        pytest.fail(f"{page}: no such scenario: {text}")
    if any(word in text for word in NEEDS_DATA):
        return
    if command in {"run", "check"} and files:
        sets = [w for k, w in enumerate(arguments) if w == "--set" or (k > 0 and arguments[k - 1] == "--set")]
        cli.assert_done(cli.gbid("check", ROOT / files[0], *sets, cwd=tmp_path))
    if command == "sweep" and files:
        cli.assert_done(cli.gbid(command, ROOT / files[0], "--dry-run", cwd=tmp_path))
    # 3. What writes nothing, or a new file, as it stands.
    if command in {"list", "init"} and page != LIST_OF_COMMANDS and not set(arguments) & {"STRUCTURE"}:
        target = [tmp_path / "new.toml" if word.endswith(".toml") else word for word in arguments]
        cli.assert_done(cli.gbid(command, *target, cwd=tmp_path))
    # 4. What reads the main experiment, as it stands; what plays a scenario, for a few steps.
    if command in READS and PLAYED in arguments and all((played / word).exists() for word in arguments if word.endswith(".h5")):
        python = {**os.environ, "GBID_PYTHON": sys.executable}
        done = cli.gbid(command, *arguments, *(["--force"] if command == "report" else []), cwd=played, env=python)
        assert done.returncode in (cli.OK, cli.SOME_FAILED), done.stderr
    if command == "run" and page == "analysis/report/README.md":
        until = cli.sets("until_interval={welfare_gap=10}") if "trials=auto" in text else []
        done = cli.gbid(command, ROOT / files[0], *arguments[1:], *SHORT, *until, "--quiet", "-o", "run.h5", cwd=tmp_path)
        assert done.returncode in (cli.OK, cli.SOME_FAILED), done.stderr
