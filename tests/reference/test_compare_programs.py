# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""`compare_programs.py`: what it calls equal, what it calls different, and that it plays what there is."""
from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import compare_programs as compare
import h5py
import numpy as np
import pytest
from comparison_cases import LEARNERS, SCENARIOS, SCHEDULES, cases

CASE = "classical/cournot"


def say(old: Any, new: Any) -> str:
    return compare.difference(np.asarray(old), np.asarray(new))


def test_equal_is_the_same_type_shape_and_bits_and_any_nan_is_nan() -> None:
    other_nan = np.array([0x7FF8000000000001], dtype="u8").view("f8")
    assert say([1.0, np.nan], [1.0, other_nan[0]]) == ""
    assert say(np.float64(np.nan), np.float64(np.nan)) == ""
    assert say(["a", "b"], ["a", "b"]) == "" and say([], []) == ""
    assert "1 of 1" in say(0.0, -0.0)
    assert "type" in say(np.float32(1.0), 1.0) and "shape" in say([1.0], [[1.0]])


def test_a_difference_is_told_with_its_size() -> None:
    assert say([1.0, 2.0, np.nan], [1.0, 2.5, np.nan]) == "1 of 3 differ: at most by 5.0e-01, relatively by 2.5e-01"
    assert say([0, 7], [0, 4]) == "1 of 2 differ: at most by 3.0e+00, relatively by 4.3e-01"
    assert "finite in one alone" in say([1.0], [np.nan])
    assert say("two", "three") == "1 of 1 differ: 'two' became 'three'"
    assert say(b"steps = 1\ntrials = 2", b"steps = 1\nforks = []\ntrials = 2").endswith("\"trials = 2'\" became \"forks = []\\\\ntrials = 2'\"")


def test_datasets_attributes_and_what_is_missing_are_told_but_not_the_call(tmp_path: Path) -> None:
    for name, rate in (("old", 0.1), ("new", 0.2)):
        with h5py.File(tmp_path / name, "w") as file:
            file.attrs["created"] = name
            file.create_group("competitive").attrs["rate"] = rate
            file["competitive/welfare"] = [1.0, rate]
            file["competitive/welfare"].attrs["units"] = "payoff"
            file[f"competitive/{name}"] = 0
    old, new = (compare.contents(tmp_path / name) for name in ("old", "new"))
    found = compare.differences(CASE, old, new)
    assert [each.place for each in found] == ["competitive:@rate", "competitive:new", "competitive:old", "competitive:welfare"]
    assert [each.what for each in found[1:3]] == ["only in NEW", "only in OLD"]
    assert compare.is_allowed(found[3], ["classical/*:welfare"]) and not compare.is_allowed(found[0], ["classical/*:welfare"])


def test_every_shipped_scenario_and_every_learner_and_schedule_is_played(tmp_path: Path) -> None:
    names = {case.name for case in cases(os.environ["GBID_PROGRAM"], tmp_path)}
    assert {f"{path.parent.name}/{path.stem}" for path in SCENARIOS.glob("*/*.toml")} <= names
    for learner in LEARNERS:
        assert {f"bid_matrix/price_of_anarchy/{learner}_{schedule}" for schedule in SCHEDULES} <= names
    for learner in set(LEARNERS) - {"best_response", "fictitious_play"}:
        assert {f"layered_flow/ffnn_bidding/{precision}_{learner}" for precision in ("float32", "float64")} <= names


def test_a_program_equals_itself_and_not_one_of_another_seed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program = os.environ["GBID_PROGRAM"]
    assert compare.main([program, program, "--only", CASE, "-j", "1"]) == 0
    assert "0 differ" in capsys.readouterr().out
    other = tmp_path / "other"
    other.write_text(f'#!/bin/sh\ncommand=$1\nif [ "$command" = run ]; then set -- "$@" --seed 7; fi\nexec "{program}" "$@"\n')
    other.chmod(0o755)
    assert compare.main([program, str(other), "--only", CASE]) == 1
    said = capsys.readouterr().out
    assert any(line.split()[:3] == [CASE, "competitive", "welfare"] for line in said.splitlines())
    assert compare.main([program, str(other), "--only", CASE, "--allow", f"{CASE}/*"]) == 0
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    assert compare.main([program, str(broken), "--only", CASE]) == 1
    assert "exit code 0 became 3" in capsys.readouterr().out
