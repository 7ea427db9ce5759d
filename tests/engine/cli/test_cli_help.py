# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Help, manual pages and completion follow the tables of commands and options; scenarios for editors; errors with their line."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

import gbid_cli as cli
import pytest

ROOT = Path(__file__).resolve().parents[3]
EVERY_SCENARIO = sorted(ROOT.glob("scenarios/*/*.toml"))


@lru_cache
def said(*arguments: str) -> str:
    done = cli.gbid(*arguments, cwd=ROOT)
    cli.assert_done(done)
    return done.stdout


def commands() -> list[str]:
    return re.findall(r"^  ([a-z]+) {2,}", said("--help"), re.MULTILINE)


def options(command: str) -> set[str]:
    return set(re.findall(r"^  (?:-[a-z] \[ )?(--[a-z-]+)", said(command, "--help"), re.MULTILINE))


def test_help_of_a_command_is_that_of_its_option() -> None:
    assert len(commands()) >= 20
    for command in commands():
        assert said("help", command) == said(command, "--help")
    cli.assert_refused(cli.gbid("help", "rum", cwd=ROOT), cli.USAGE, "did you mean run?")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_every_option_of_every_command(shell: str, tmp_path: Path) -> None:
    script = said("completion", shell)
    for command in commands():
        lines = "\n".join(line for line in script.splitlines() if re.search(rf"(^ *{command}\)|from {command}')", line))
        for option in options(command):
            wanted = f"-l {option[2:]}" if shell == "fish" else option
            assert re.search(rf"{re.escape(wanted)}(?![a-z-])", lines), f"{shell}: {command} {option}"
    if shutil.which(shell):
        (tmp_path / "script").write_text(script)
        subprocess.run([shell, "-n", str(tmp_path / "script")], check=True)


def complete(*words: str) -> list[str]:
    script = f'source <("{cli.program()}" completion bash); COMP_WORDS=({" ".join(words)} ""); COMP_CWORD={len(words)}; _gbid; printf "%s\\n" "${{COMPREPLY[@]}}"'
    return subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True).stdout.split()


def test_bash_completes_commands_and_options() -> None:
    assert set(commands()) <= set(complete("gbid"))
    script = f'source <("{cli.program()}" completion bash); COMP_WORDS=(gbid run --tr); COMP_CWORD=2; _gbid; echo "${{COMPREPLY[@]}}"'
    found = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert found == ["--trials"]
    cli.assert_refused(cli.gbid("completion", "bahs", cwd=ROOT), cli.USAGE, 'did you mean "bash"?')


def test_manual_pages_hold_every_option() -> None:
    assert all(f"gbid\\-{command}" in said("man") for command in commands())
    for command in commands():
        page = said("man", command)
        assert page.startswith(f'.TH "GBID-{command}" 1')
        assert all(option.replace("-", "\\-") in page for option in options(command))


def test_a_minimal_scenario_is_the_same_scenario(tmp_path: Path) -> None:
    for structure in re.findall(r"^([a-z_]+) ", said("list", "markets"), re.MULTILINE) or ["bid_matrix"]:
        for name, more in (("full.toml", []), ("minimal.toml", ["--minimal"])):
            if cli.gbid("init", structure, "-o", name, *more, cwd=tmp_path).returncode != cli.OK:
                break
        else:
            assert "#" not in (tmp_path / "minimal.toml").read_text()
            checked = [cli.gbid("check", name, cwd=tmp_path) for name in ("full.toml", "minimal.toml")]
            assert checked[0].stdout == checked[1].stdout and checked[0].returncode == checked[1].returncode
            (tmp_path / "full.toml").unlink(), (tmp_path / "minimal.toml").unlink()
    cli.assert_done(cli.gbid("init", "bid_matrix", "--minimal", "-o", "m.toml", cwd=tmp_path))
    cli.assert_done(cli.gbid("check", "m.toml", cwd=tmp_path))


def test_the_scenarios_that_come_with_it_are_listed() -> None:
    listed = said("list", "scenarios")
    for path in EVERY_SCENARIO:
        assert f"{path.parent.name}/{path.name}" in listed
    assert "Price of anarchy in a ten-agent bidding market" in listed


# --- A JSON Schema for editors -------------------------------------------------------------------


def faults(schema: dict[str, Any], value: Any, path: str = "") -> list[str]:
    """What a schema of this shape finds wrong: enough of JSON Schema for what is written."""
    if "anyOf" in schema:
        each = [faults(option, value, path) for option in schema["anyOf"]]
        return [] if any(not found for found in each) else min(each, key=len)
    found: list[str] = []
    if "const" in schema and value != schema["const"] or "enum" in schema and value not in schema["enum"]:
        found.append(f"{path}: {value!r}")
    types = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float)}
    allowed = schema.get("type", list(types))
    if not any(isinstance(value, types[name]) for name in ([allowed] if isinstance(allowed, str) else allowed)):
        found.append(f"{path}: {value!r} is no {allowed}")
    if isinstance(value, dict) and "properties" in schema | {"properties": None} and schema.get("type") != "array":
        for key, below in value.items():
            inner = schema.get("properties", {}).get(key, schema.get("additionalProperties", {}))
            found += [f"{path}.{key}: unknown"] if inner is False else faults(inner or {}, below, f"{path}.{key}")
    for item in value if isinstance(value, list) else []:
        found += faults(schema.get("items", {}), item, path)
    return found


@pytest.mark.parametrize("path", EVERY_SCENARIO, ids=lambda path: path.stem)
def test_the_json_schema_accepts_every_shipped_scenario(path: Path) -> None:
    schema = json.loads(said("list", "keys", "--json-schema"))
    assert faults(schema, tomllib.loads(path.read_text())) == []


def test_the_json_schema_marks_what_is_misspelt() -> None:
    schema = json.loads(said("list", "keys", "--json-schema"))
    tiny = tomllib.loads(cli.TINY)
    assert faults(schema, tiny) == []
    assert faults(schema, {**tiny, "trails": 2}) == [".trails: unknown"]
    assert faults(schema, {**tiny, "trials": "auto", "until_interval": {"welfare_gap": 0.1}}) == []
    assert faults(schema, {**tiny, "learning": {"learner": {"kind": "adan"}}})
    assert faults(schema, {**tiny, "regimes": {"a": {"objectiv": "own_payoff"}}}) == [".regimes.a.objectiv: unknown"]
    assert schema["properties"]["trials"]["description"].startswith("independent repetitions")
    cli.assert_refused(cli.gbid("list", "markets", "--json-schema", cwd=ROOT), cli.USAGE, "--json-schema goes with keys")


# --- Errors --------------------------------------------------------------------------------------


def test_an_error_shows_its_line_with_a_caret_and_no_colour_in_a_pipe(tmp_path: Path) -> None:
    cli.write_tiny(tmp_path, replace={"steps  = 20": 'steps  = "ten"'})
    done = cli.gbid("run", "tiny.toml", cwd=tmp_path)
    assert done.returncode == cli.BAD_DATA
    lines = done.stderr.splitlines()
    assert lines[0].startswith("tiny.toml:4:10: steps: expected an integer")
    assert lines[1:] == ['  4 | steps  = "ten"', "    |          ^"]
    assert "\x1b" not in done.stderr


def test_what_other_programs_call_otherwise_is_suggested(tmp_path: Path) -> None:
    for old, new, meant in (("rate = 0.05", "lr = 0.05", "rate"), ("trials = 2", "repetitions = 2", "trials"), ("agents    = 4", "n_agents = 4", "agents")):
        cli.write_tiny(tmp_path, replace={old: new})
        cli.assert_refused(cli.gbid("check", "tiny.toml", cwd=tmp_path), cli.BAD_DATA, f'did you mean "{meant}"?')


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    cli.write_tiny(tmp_path)
    for command in (["run", "tiny.toml", "-o", "no/such/out.h5"], ["init", "bid_matrix", "-o", "no/such/new.toml"], ["sweep", "tiny.toml", "--over", "seed=1,2", "-o", "no/such/s.h5"]):
        cli.assert_refused(cli.gbid(*command, cwd=tmp_path), cli.CANNOT_CREATE, "there is no folder no/such")
