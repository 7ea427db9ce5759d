# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Games with known answers: learned as theory says, and as scenarios/KNOWN_ANSWERS.md says."""

from __future__ import annotations

import json
import math
import subprocess
from pathlib import Path
from typing import Any

import gbid_cli as cli
import pytest

PAGE = Path(__file__).resolve().parents[3] / "scenarios" / "KNOWN_ANSWERS.md"
LIMIT_S = 1800.0  # 99 games take 40 seconds of one core, many times that under a sanitizer


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """All games, played once for all tests of this file."""
    done = subprocess.run(
        [cli.program(), "validate", "--json", "--quiet"],
        cwd=tmp_path_factory.mktemp("validate"), capture_output=True, text=True, timeout=LIMIT_S, check=False,
    )
    cli.assert_done(done)
    result = json.loads(done.stdout)
    assert result["passed"] == result["games"] == len(result["cases"])
    return result["cases"]


def test_every_game_is_learned_as_theory_says(played: list[dict[str, Any]]) -> None:
    assert {case["family"] for case in played} >= {"auctions", "classical", "dynamics", "markets", "routing"}
    for case in played:
        assert case["checks"] and case["source"], case["game"]
        for check in case["checks"]:
            error = abs(check["computed"] - check["exact"])
            assert math.isclose(error, check["error"], abs_tol=1e-15)
            assert check["passed"] and error <= check["tolerance"], (case["game"], check)


def rows_of(page: str) -> list[tuple[str, list[str]]]:
    """The family and the cells of every row of the page."""
    family, rows = "", []
    for line in page.splitlines():
        if line.startswith("## "):
            family = line[3:]
        elif line.startswith("| ") and not line.startswith("| game |"):
            rows.append((family, [cell.strip() for cell in line.strip("|").split(" | ")]))
    return rows


def faults_of(page: str, played: list[dict[str, Any]]) -> list[str]:
    """How the page differs from what was played: names, sources and known values exactly, computed ones within tolerance."""
    rows = rows_of(page)
    if len(rows) != len(played):
        return [f"{len(rows)} rows for {len(played)} games"]
    faults = []
    for (family, (game, known, computed, error, source)), case in zip(rows, played):
        checks = case["checks"]
        if (family, game, source) != (case["family"], case["game"], case["source"]):
            faults.append(f"{family}: {game} ({source}) stands where {case['game']} is")
        if known != "; ".join(f"{check['quantity']} {check['exact']:.8g}" for check in checks):
            faults.append(f"{game}: known values")
        numbers = [float(number) for number in computed.split("; ")]
        # Numbers of eight digits, distances of two.
        if len(numbers) != len(checks) or any(
            abs(number - check["computed"]) > check["tolerance"] + 1e-7 * abs(check["exact"])
            for number, check in zip(numbers, checks)
        ):
            faults.append(f"{game}: computed values")
        if not any(error.endswith(f"({check['tolerance']:.0e})") for check in checks):
            faults.append(f"{game}: tolerance")
    return faults


def test_the_page_of_known_answers_is_current(played: list[dict[str, Any]], tmp_path: Path) -> None:
    """`gbid validate --markdown > scenarios/KNOWN_ANSWERS.md` renews it."""
    page = PAGE.read_text()
    assert faults_of(page, played) == []
    # A game, a source, a known value, a computed value and a row that are not those of the program are all seen.
    for old, new in (("Pigou, degree 1", "Pigou, degree 3"), ("Braess, 1968", "Braess, 1969"),
                     ("total travel time, optimum 498", "total travel time, optimum 499"), ("| 552; 498; ", "| 553; 498; "),
                     ("\n| Braess |", "\n- Braess |")):
        assert page.count(old) >= 1, old
        assert faults_of(page.replace(old, new, 1), played) != []
    # Head and tables are written as the page has them; one small family is enough to see that.
    markets = cli.gbid("validate", "markets", "--markdown", "--quiet", cwd=tmp_path)
    cli.assert_done(markets)
    head = page[: page.index("\n## ")]
    assert markets.stdout.startswith(head + "\n## markets\n\n| game | known | computed |")


def test_an_unknown_family_is_refused(tmp_path: Path) -> None:
    refused = cli.gbid("validate", "market", cwd=tmp_path)
    cli.assert_refused(refused, cli.USAGE, "unknown family market", 'did you mean "markets"')
