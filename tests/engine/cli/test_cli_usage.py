# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Usage errors, and which stream says what."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import gbid_cli as cli
import pytest


@pytest.mark.parametrize(
    ("arguments", "fragments"),
    [
        (["runn"], ["runn", "did you mean run?"]),
        (["run"], ["FILE is missing"]),
        (["check"], ["FILE is missing"]),
        (["recover"], ["FILE is missing"]),
        (["analyze"], ["FILE is missing"]),
        (["init"], ["STRUCTURE is missing"]),
        (["run", "tiny.toml", "stray"], ["too many arguments"]),
        (["run", "tiny.toml", "--thr", "2"], ["--thr", "did you mean --threads?"]),
        (["run", "tiny.toml", "--forc"], ["--forc", "did you mean --force?"]),
        (["run", "tiny.toml", "--threads", "0"], ["--threads", "from 1 to 4096", "got 0"]),
        (["run", "tiny.toml", "--threads", "-1"], ["--threads"]),
        (["run", "tiny.toml", "--threads", "x"], ["--threads", "x"]),
        (["run", "tiny.toml", "--threads", "2.5"], ["--threads", "2.5"]),
        (["run", "tiny.toml", "--threads"], ["--threads", "missing"]),
        (["run", "tiny.toml", "--set"], ["--set", "missing"]),
        (["run", "tiny.toml", "--set", "market.agents"], ["--set market.agents", "KEY=VALUE"]),
        (["run", "tiny.toml", "--set", "steps=[1"], ["--set steps=[1"]),
        (["check", "tiny.toml", "--force"], ["--force"]),
        (["list", "termz"], ["termz", 'did you mean "terms"?']),
        (["list", "terms", "utlity"], ["utlity", 'did you mean "utility"?']),
        (["list", "terms", "utility", "weight"], ["too many arguments"]),
        (["init", "bid_matrx"], ["bid_matrx", 'did you mean "bid_matrix"?']),
        (["init", "nonsense"], ["nonsense", "bid_matrix"]),
    ],
    ids=" ".join,
)
def test_a_wrong_call_says_what_is_wrong_and_leaves_nothing(
    tmp_path: Path, arguments: list[str], fragments: list[str]
) -> None:
    cli.write_tiny(tmp_path)
    cli.assert_refused(cli.gbid(*arguments, cwd=tmp_path), cli.USAGE, *fragments)
    assert cli.leftovers(tmp_path) == []


def test_no_command_at_all_explains_the_commands(tmp_path: Path) -> None:
    done = cli.gbid(cwd=tmp_path)
    assert done.returncode == cli.USAGE
    assert done.stdout == ""
    for command in ("run", "check", "list", "init", "analyze", "recover"):
        assert f"\n  {command} " in done.stderr


@pytest.mark.parametrize("command", [[], ["run"], ["check"], ["list"], ["init"], ["analyze"], ["recover"]], ids=str)
def test_help_goes_to_stdout_and_is_no_error(tmp_path: Path, command: list[str]) -> None:
    done = cli.gbid(*command, "--help", cwd=tmp_path)
    cli.assert_done(done)
    assert done.stdout.startswith("usage: gbid")
    assert done.stderr == ""


def test_results_go_to_stdout_and_messages_to_stderr(tmp_path: Path) -> None:
    cli.write_tiny(tmp_path)
    done = cli.gbid("run", "tiny.toml", cwd=tmp_path)
    cli.assert_done(done)
    assert "competitive" in done.stdout and "wrote" not in done.stdout
    assert done.stderr == "wrote tiny.h5\n"


def test_quiet_prints_nothing(tmp_path: Path) -> None:
    cli.write_tiny(tmp_path)
    done = cli.gbid("run", "tiny.toml", "--quiet", cwd=tmp_path)
    cli.assert_done(done)
    assert (done.stdout, done.stderr) == ("", "")


def test_json_is_one_object_with_a_version_and_the_same_as_analyze_prints(tmp_path: Path) -> None:
    cli.write_tiny(tmp_path)
    done = cli.gbid("run", "tiny.toml", "--json", cwd=tmp_path)
    cli.assert_done(done)
    assert done.stderr == ""
    report = json.loads(done.stdout, parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))
    assert report["version"] == 1
    assert report["trials"] == 2
    again = cli.gbid("analyze", "tiny.h5", "--json", cwd=tmp_path)
    cli.assert_done(again)
    assert json.loads(again.stdout) == report


def test_json_of_a_run_with_undefined_numbers_is_still_json(tmp_path: Path) -> None:
    # No steps: no drift, nothing settled; one trial: no interval.
    cli.write_tiny(tmp_path)
    done = cli.gbid("run", "tiny.toml", "--json", *cli.sets("steps=0", "trials=1"), cwd=tmp_path)
    cli.assert_done(done)
    json.loads(done.stdout, parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))


@pytest.mark.parametrize("command", [["list"], ["init", "bid_matrix"], ["check", "tiny.toml"], ["--help"]], ids=" ".join)
def test_a_full_standard_output_is_an_input_output_error(tmp_path: Path, command: list[str]) -> None:
    cli.write_tiny(tmp_path)
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [cli.program(), *command], cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == cli.IO_FAILED
    assert done.stderr == "gbid: standard output: cannot be written\n"


@pytest.mark.parametrize("command", ["run", "check", "analyze", "recover"])
def test_a_missing_input_is_named(tmp_path: Path, command: str) -> None:
    name = "nowhere.toml" if command in ("run", "check") else "nowhere.h5"
    reason = "nothing to recover" if command == "recover" else "No such file"
    cli.assert_refused(cli.gbid(command, name, cwd=tmp_path), cli.MISSING, name, reason)
    assert cli.leftovers(tmp_path) == []


@pytest.mark.parametrize("command", ["run", "check"])
def test_a_folder_is_not_a_scenario(tmp_path: Path, command: str) -> None:
    cli.assert_refused(cli.gbid(command, tmp_path, cwd=tmp_path), cli.MISSING, "folder")


@pytest.mark.parametrize("text", [b"", b"not hdf5 at all\n", b"\x89HDF\r\n\x1a\n" + bytes(200)], ids=["empty", "text", "torn"])
@pytest.mark.parametrize("command", ["analyze", "recover"])
def test_what_is_not_a_run_is_bad_data(tmp_path: Path, command: str, text: bytes) -> None:
    (tmp_path / "odd.h5").write_bytes(text)
    if command == "recover":
        (tmp_path / "odd.h5").rename(tmp_path / "odd.h5.journal")
    cli.assert_refused(cli.gbid(command, "odd.h5", cwd=tmp_path), cli.BAD_DATA, "odd.h5")
