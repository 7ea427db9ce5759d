# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""What a scenario can get wrong: every fault is named with its place, and nothing is left behind."""

from __future__ import annotations

import re
import resource
import subprocess
from pathlib import Path

import gbid_cli as cli
import h5py
import numpy as np
import pytest

REFUSAL_CPU_S = 0.5  # before anything that grows with agents, trials or steps is set aside
REFUSAL_BYTES = 100e6


def refused(folder: Path, assignments: list[str], *fragments: str, code: int = cli.BAD_DATA, lines: int = 1) -> str:
    """Both check and run refuse alike; returns what run said."""
    said = []
    for command in (["check", "tiny.toml"], ["run", "tiny.toml", "-o", "out.h5"]):
        done = cli.gbid(*command, *cli.sets(*assignments), cwd=folder)
        cli.assert_refused(done, code, *fragments, lines=lines)
        said.append(done.stderr)
    assert said[0] == said[1]
    assert [name for name in cli.leftovers(folder) if name.startswith("out")] == []
    return said[1]


@pytest.mark.parametrize(
    ("old", "new", "place", "fragments"),
    [
        ("agents    = 4", "agnts     = 4", "8:1", ["market.agnts", "unknown", 'did you mean "agents"?']),
        ("agents    = 4", "agents    = 4.5", "8:13", ["market.agents", "an integer", "4.5"]),
        ("agents    = 4", 'agents    = "four"', "8:13", ["market.agents", "an integer", '"four"']),
        ("agents    = 4", "agents    = 1", "8:13", ["market.agents", ">= 2", "got 1"]),
        ("agents    = 4", "agents    = true", "8:13", ["market.agents", "an integer", "true"]),
        ("rate = 0.05", "rate = -0.05", "16:35", ["learning.learner.rate", "> 0", "-0.05"]),
        ("rate = 0.05", "rate = nan", "16:35", ["learning.learner.rate", "nan"]),
        ('"adam"', '"adamm"', "16:20", ["learning.learner.kind", 'did you mean "adam"?']),
        ('"own_payoff"', '"own_payof"', "23:13", ["regimes.competitive.objective", 'did you mean "own_payoff"?']),
        ('"one_random"', '"one-random"', "24:13", ["regimes.competitive.schedule", 'did you mean "one_random"?']),
        ("emission   = 1.0", "emision    = 1.0", "12:1", ["market.payoff.emision", 'did you mean "emission"?']),
        ("every      = 1", "every      = 0", "27:14", ["record.every", ">= 1", "got 0"]),
        ('"updates"', '"update"', "28:25", ["record.trajectory", 'did you mean "updates"?']),
        ("trials = 2", "trials = 0", "3:10", ["trials", ">= 1", "got 0"]),
        ("seed   = 5", "seed   = -5", "2:10", ["seed", ">= 0", "got -5"]),
        ("steps  = 20", "steps  = 20\nsteps = 30", "5:9", ["steps"]),
        ("steps  = 20", "steps  =", "4:9", ["TOML"]),
        ('"bid_matrix"', '"bid_matrx"', "7:13", ["market.structure", 'did you mean "bid_matrix"?']),
    ],
)
def test_a_fault_is_told_with_file_line_column_and_key(
    tmp_path: Path, old: str, new: str, place: str, fragments: list[str]
) -> None:
    cli.write_tiny(tmp_path, replace={old: new})
    said = refused(tmp_path, [], *fragments)
    assert said.startswith(f"tiny.toml:{place}"), said


def test_all_faults_are_told_at_once_in_file_order(tmp_path: Path) -> None:
    replace = {
        "trials = 2": "trials = 0",
        "agents    = 4": "agents    = 1",
        "utility    = 1.0": 'utility    = "a"',
        "rate = 0.05": "rate = 0",
        '"mean_payoff"': '"mean"',
        "every      = 1": "evry       = 1",
    }
    cli.write_tiny(tmp_path, replace=replace)
    said = refused(tmp_path, [], lines=len(replace))
    lines = [int(found) for found in re.findall(r"tiny\.toml:(\d+):\d+", said)]
    assert lines == sorted(lines) and len(lines) == len(replace), said


def test_an_override_is_blamed_by_its_option(tmp_path: Path) -> None:
    cli.write_tiny(tmp_path)
    refused(tmp_path, ["market.agents=x"], "--set market.agents=x", "an integer", '"x"')
    refused(tmp_path, ["market.agnts=3"], "--set market.agnts=3", 'did you mean "agents"?')
    refused(tmp_path, ["market.agents=3", "learning.learner.rate=0"], "--set learning.learner.rate=0", "> 0")


def test_faults_of_several_overrides_come_in_the_order_given(tmp_path: Path) -> None:
    cli.write_tiny(tmp_path)
    said = refused(tmp_path, ["market.agnts=3", "stepss=2", "record.every=0"], lines=3)
    places = [said.index(f"--set {key}") for key in ("market.agnts", "stepss", "record.every")]
    assert places == sorted(places), said


@pytest.mark.parametrize(("option", "value"), [("--trials", "0"), ("--trials", "x"), ("--seed", "-1"), ("--seed", "x")])
def test_an_option_is_blamed_by_the_name_that_was_typed(tmp_path: Path, option: str, value: str) -> None:
    cli.write_tiny(tmp_path)
    done = cli.gbid("run", "tiny.toml", option, value, cwd=tmp_path)
    cli.assert_refused(done, cli.BAD_DATA, f"{option}")
    assert "--set" not in done.stderr, done.stderr


def test_contradictions_are_refused(tmp_path: Path) -> None:
    subset = 'schedule = { kind = "random_subset", size = 5 }'
    cli.write_tiny(tmp_path, replace={'schedule  = "one_random"': subset})
    refused(tmp_path, [], "tiny.toml:24", "regimes.competitive.schedule", "at most 4 agents", "got 5")
    cli.write_tiny(tmp_path, replace={"utility    = 1.0\nemission   = 1.0\ndivergence = -0.5\n": ""})
    refused(tmp_path, [], "market.payoff", "at least one term")
    regimes = cli.TINY[cli.TINY.index("[regimes.coord") : cli.TINY.index("[record]")]
    cli.write_tiny(tmp_path, replace={regimes: ""})
    refused(tmp_path, [], "tiny.toml", "regimes", "at least one regime")
    cli.write_tiny(tmp_path)
    refused(tmp_path, ['agents.initial_bids={kind="uniform",low=2,high=1}'], "initial_bids", "more than low")
    refused(tmp_path, ['agents.network={kind="mlp",observe=[]}'], "agents.network.observe", "at least one")


def test_a_missing_data_file_is_named_by_its_key(tmp_path: Path) -> None:
    cli.write_tiny(tmp_path)
    for key in ("market.alpha", "market.utility.contribution", "agents.initial_bids", "regimes.competitive.schedule"):
        refused(tmp_path, [f'{key}={{file="gone.npy"}}'], key, "gone.npy", "No such file", code=cli.MISSING)


@pytest.fixture
def bad_files(tmp_path: Path) -> Path:
    cli.write_tiny(tmp_path)
    np.save(tmp_path / "short.npy", np.ones((3, 4)))
    np.savetxt(tmp_path / "short.csv", np.ones((3, 4)), delimiter=",")
    holed = np.ones((4, 4))
    holed[2, 1] = np.nan
    np.save(tmp_path / "holed.npy", holed)
    np.savetxt(tmp_path / "holed.csv", holed, delimiter=",")
    (tmp_path / "ragged.csv").write_text("1,2,3,4\n1,2,3\n")
    (tmp_path / "words.csv").write_text("1,2,c,4\n")
    (tmp_path / "empty.csv").write_text("")
    np.save(tmp_path / "objects.npy", np.array([None, {}], dtype=object), allow_pickle=True)
    np.save(tmp_path / "complex.npy", np.ones((4, 4), dtype=complex))
    whole = (tmp_path / "holed.npy").read_bytes()
    (tmp_path / "torn.npy").write_bytes(whole[:-9])
    (tmp_path / "not.npy").write_text("nothing of the kind")
    (tmp_path / "not.h5").write_text("nothing of the kind")
    with h5py.File(tmp_path / "data.h5", "w") as file:
        file["short"] = np.ones((3, 4))
        file["holed"] = holed
        file["words"] = ["a", "b"]
        file.create_group("group")
    return tmp_path


@pytest.mark.parametrize(
    ("source", "fragments"),
    [
        ('file="short.npy"', ["short.npy", "(4, 4)", "(3, 4)"]),
        ('file="short.csv"', ["short.csv", "(4, 4)", "(3, 4)"]),
        ('file="data.h5",dataset="short"', ["data.h5", "(4, 4)", "(3, 4)"]),
        ('file="holed.npy"', ["holed.npy", "finite", "nan"]),
        ('file="holed.csv"', ["holed.csv", "finite", "nan"]),
        ('file="data.h5",dataset="holed"', ["data.h5", "finite", "nan"]),
        ('file="ragged.csv"', ["ragged.csv:2", "expected 4", "got 3"]),
        ('file="words.csv"', ["words.csv:1:5", "a number", '"c"']),
        ('file="empty.csv"', ["empty.csv", "no numbers"]),
        ('file="objects.npy"', ["objects.npy", "floats or integers"]),
        ('file="complex.npy"', ["complex.npy", "floats or integers"]),
        ('file="torn.npy"', ["torn.npy", "(4, 4)"]),
        ('file="not.npy"', ["not.npy", ".npy"]),
        ('file="not.h5"', ["not.h5"]),
        ('file="tiny.toml"', ["tiny.toml", ".npy"]),
        ('file="data.h5"', ["data.h5", "which dataset"]),
        ('file="data.h5",dataset="gone"', ["data.h5", "gone", "not found"]),
        ('file="data.h5",dataset="words"', ["data.h5", "words", "integers or floats"]),
        ('file="data.h5",dataset="group"', ["data.h5", "group"]),
        ('file="short.npy",dataset="short"', ["short.npy", "HDF5"]),
        ('file=""', ["contribution.file", "file name"]),
        ('fil="short.npy"', ["contribution", "fil"]),
    ],
)
def test_an_unusable_data_file_is_refused(bad_files: Path, source: str, fragments: list[str]) -> None:
    refused(bad_files, [f"market.utility.contribution={{{source}}}"], "market.utility.contribution", *fragments)


@pytest.mark.parametrize(
    ("movers", "fragments"),
    [
        (np.zeros(19), ["20 steps", "got 19"]),
        (np.full(20, 4), ["agents from 0 to 3", "got 4"]),
        (np.full(20, -1), ["agents from 0 to 3", "got -1"]),
        (np.full(20, 0.5), ["agents from 0 to 3", "got 0.5"]),
        (np.zeros((3, 20)), ["(2, any)", "(3, 20)"]),
        (np.zeros((2, 19)), ["20 steps", "got 19"]),
        (np.full(20, np.nan), ["finite", "nan"]),
        (np.zeros(0), ["20 steps", "got 0"]),
    ],
    ids=["short", "too high", "negative", "fraction", "trials", "short rows", "nan", "empty"],
)
def test_a_sequence_of_movers_that_cannot_be_played_is_refused(
    tmp_path: Path, movers: np.ndarray, fragments: list[str]
) -> None:
    cli.write_tiny(tmp_path)
    np.save(tmp_path / "movers.npy", movers)
    refused(tmp_path, ['regimes.competitive.schedule={file="movers.npy"}'], "regimes.competitive.schedule", *fragments)


def few_cpu_seconds() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (2, 2))


def cpu_of_children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.mark.parametrize(
    ("assignments", "fragments"),
    [
        (["market.agents=1000000000000"], ["market.agents", "1000000000000"]),
        (["market.agents=100000000"], ["100000000 agents", "memory", "this machine has"]),
        (["market.agents=3000000"], ["3000000 agents", "memory", "this machine has"]),
        (["trials=1000000000000000"], ["trials", "1000000000000000"]),
        (["steps=1000000000000000000"], ["steps", "1000000000000000000"]),
        (["steps=100000000000", "record.every=1"], ["1e+11 records", "record.every"]),
        (['agents.network={kind="mlp",hidden=[1000000,1000000]}'], ["memory", "this machine has"]),
        (["learning.settled.window=1000000000"], ["learning.settled.window", "1000000000"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_cannot_fit_is_refused_at_once_saying_why(
    tmp_path: Path, assignments: list[str], fragments: list[str]
) -> None:
    cli.write_tiny(tmp_path)
    before_s = cpu_of_children_s()
    done = cli.gbid("run", "tiny.toml", *cli.sets(*assignments), cwd=tmp_path, preexec_fn=few_cpu_seconds)
    cli.assert_refused(done, cli.BAD_DATA, *fragments)
    assert cpu_of_children_s() - before_s < REFUSAL_CPU_S
    assert cli.leftovers(tmp_path) == []


def test_refusing_a_million_million_agents_takes_no_memory(tmp_path: Path) -> None:
    cli.write_tiny(tmp_path)
    measure = (
        "import resource, subprocess, sys\n"
        "subprocess.run(sys.argv[1:], capture_output=True)\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
    )
    for agents in (10**12, 10**8, 10**6):
        command = [cli.program(), "run", "tiny.toml", "--set", f"market.agents={agents}"]
        done = subprocess.run(
            ["/usr/bin/python3", "-c", measure, *command], cwd=tmp_path, capture_output=True, text=True, check=True
        )
        assert int(done.stdout) * 1024 < REFUSAL_BYTES


def test_what_the_disk_cannot_hold_is_refused_before_it_is_played(tmp_path: Path) -> None:
    # 10^8 trials of two regimes with 101 records of 9 numbers: 15 TB. check says so; run must not find out at the end.
    cli.write_tiny(tmp_path)
    huge = cli.sets("trials=100000000", "steps=100000000", "record.every=1000000")
    checked = cli.gbid("check", "tiny.toml", *huge, cwd=tmp_path)
    assert checked.returncode == cli.BAD_DATA and "of disk" in checked.stderr, checked.stderr
    # Two seconds of the processor, not of the clock: a run that was started is killed.
    done = cli.gbid("run", "tiny.toml", *huge, "--quiet", cwd=tmp_path, preexec_fn=few_cpu_seconds)
    cli.assert_refused(done, cli.BAD_DATA, "of disk")
    assert cli.leftovers(tmp_path) == []
