# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Selfish routing through the program: the scenarios as they are shipped, and gbid route on files of a network."""

from __future__ import annotations

import json
from pathlib import Path

import gbid_cli as cli
import numpy as np
import pytest

FOLDER = Path(__file__).resolve().parents[3] / "scenarios" / "routing"
X = 1 / 5**0.25  # Pigou's optimum, where 5 x^4 = 1
Y = 23 / 60  # the two links' optimum
# Total travel time at the equilibrium and at the optimum, by hand; None: not known.
TOTALS = {
    "pigou": (1.0, 1 - X + X**5),
    "two_links": (16 / 15, Y * (2 * Y + 0.2) + (1 - Y) * (1 - Y + 0.5)),
    "braess": (2.0, 1.5),
    "grid": (None, None),
}

NETWORK = """\
<NUMBER OF ZONES> 2
<NUMBER OF NODES> 4
<FIRST THRU NODE> 1
<NUMBER OF LINKS> 5
<END OF METADATA>
~ from to capacity length free_flow_time b power speed toll type ;
 1 3 1 100 0.00000001 1000000000 1 0 0 1 ;
 1 4 1 100 50 0.02 1 0 0 1 ;
 3 2 1 100 50 0.02 1 0 0 1 ;
 3 4 1 100 10 0.1 1 0 0 1 ;
 4 2 1 100 0.00000001 1000000000 1 0 0 1 ;
"""
TRIPS = """\
<NUMBER OF ZONES> 2
<TOTAL OD FLOW> 6.0
<END OF METADATA>
Origin 1
 1 : 0.5; 2 : 6.0;
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "braess_net.tntp").write_text(NETWORK)
    (tmp_path / "braess_trips.tntp").write_text(TRIPS)
    return tmp_path


def last(path: Path, name: str) -> float:
    """The last value of the first trial that is not missing."""
    values = cli.values(path, name)[0]
    return float(values[~np.isnan(values)][-1])


def test_all_shipped_files_are_tested() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.toml")) == sorted(TOTALS)


@pytest.mark.parametrize("name", TOTALS)
def test_shipped_files_run_as_they_are_and_reach_what_is_known(tmp_path: Path, name: str) -> None:
    done = cli.gbid("run", FOLDER / f"{name}.toml", "-o", "run.h5", cwd=tmp_path)
    cli.assert_done(done)
    totals = [last(tmp_path / "run.h5", f"{regime}/total_travel_time") for regime in ("competitive", "coordinated")]
    for found, known in zip(totals, TOTALS[name]):
        if known is not None:
            assert found == pytest.approx(known, rel=1e-9)  # gaps are below 1e-12
    prices = cli.values(tmp_path / "run.h5", "summary/price_of_anarchy")
    # An end is the mean over the last tenth of the records; the one before the last is off by less than 1e-6.
    assert prices == pytest.approx(totals[0] / totals[1], rel=1e-6)
    assert set(cli.values(tmp_path / "run.h5", "competitive/outcome")) == {2}  # settled
    assert "competitive cost / best known cost" in cli.gbid("analyze", "run.h5", "--explain", cwd=tmp_path).stdout
    assert "divides negative welfare" not in done.stdout


def test_route_tells_the_price_of_anarchy_of_a_network(folder: Path) -> None:
    done = cli.gbid("route", "braess_net.tntp", "braess_trips.tntp", cwd=folder)
    cli.assert_done(done)
    assert done.stderr == ""
    for words in ("4 nodes, 2 zones, 5 links; 1 pair with 6 trips (0.5 more within zones are left out)",
                  "552.000", "498.000", "price of anarchy 1.108433735", "At most 1.333333"):
        assert words in done.stdout
    assert cli.leftovers(folder) == []


def test_route_as_json_and_as_a_file_agree(folder: Path) -> None:
    done = cli.gbid("route", "braess_net.tntp", "braess_trips.tntp", "--json", "-o", "out.h5", cwd=folder)
    cli.assert_done(done)
    told = json.loads(done.stdout)
    assert told["price_of_anarchy"] == pytest.approx(552 / 498, rel=1e-9)
    assert told["intrazonal_trips"] == 0.5
    for regime in ("equilibrium", "optimum"):
        assert told[regime]["is_settled"]
        assert told[regime]["relative_gap"] <= 1e-12
        assert told[regime]["total_travel_time"] == last(folder / "out.h5", f"{regime}/total_travel_time")
    assert cli.values(folder / "out.h5", "equilibrium/from_node")[0].tolist() == [1, 1, 3, 3, 4]
    assert cli.values(folder / "out.h5", "equilibrium/to_node")[0].tolist() == [3, 4, 2, 4, 2]
    assert cli.values(folder / "out.h5", "equilibrium/link_flow")[0] == pytest.approx([4, 2, 2, 2, 4])
    again = cli.gbid("route", "braess_net.tntp", "braess_trips.tntp", "-o", "out.h5", cwd=folder)
    cli.assert_refused(again, cli.CANNOT_CREATE, "out.h5: exists already")


def test_a_scenario_reads_the_same_files(folder: Path) -> None:
    (folder / "here.toml").write_text(
        '[market]\nstructure = "selfish_routing"\nnetwork = { kind = "tntp", network = "braess_net.tntp", '
        'trips = "braess_trips.tntp", toll_factor = 1.0 }\n[learning]\nuntil = "settled"\n[regimes.competitive]\n'
    )
    cli.assert_done(cli.gbid("run", "here.toml", "--quiet", cwd=folder))
    assert last(folder / "here.h5", "competitive/total_travel_time") == pytest.approx(552, rel=1e-9)


def test_demand_scales_trips(folder: Path) -> None:
    done = cli.gbid("route", "braess_net.tntp", "braess_trips.tntp", "--demand", "0.5", "--json", cwd=folder)
    cli.assert_done(done)
    # Three trips: all take the shortcut (30 + 13 + 30 = 73, either other way costs 30 + 50).
    assert json.loads(done.stdout)["equilibrium"]["total_travel_time"] == pytest.approx(3 * 73, rel=1e-9)


@pytest.mark.parametrize("threads", [1, 2, 8])
def test_the_file_does_not_depend_on_threads(tmp_path: Path, threads: int) -> None:
    arguments = ("run", FOLDER / "grid.toml", "--quiet", "-o")
    cli.assert_done(cli.gbid(*arguments, "one.h5", "--threads", 1, cwd=tmp_path))
    cli.assert_done(cli.gbid(*arguments, "more.h5", "--threads", threads, cwd=tmp_path))
    assert cli.differences(tmp_path / "one.h5", tmp_path / "more.h5") == []


@pytest.mark.parametrize(
    ("file", "old", "new", "fragments"),
    [
        ("net", "1 4 1 100", "1 9 1 100", ["braess_net.tntp:8: expected a node from 1 to 4"]),
        ("net", "1 4 1 100", "1 4 -1 100", ["braess_net.tntp:8: expected a capacity"]),
        ("net", "LINKS> 5", "LINKS> 6", ["braess_net.tntp:11: expected 6 links as declared, got 5"]),
        ("net", "<END OF METADATA>", "", ["braess_net.tntp", "expected metadata"]),
        ("trips", "2 : 6.0;", "2 : six;", ['braess_trips.tntp:5: expected trips, a number of at least 0, got "six"']),
        ("trips", "6.0\n<END OF METADATA>\nOrigin 1", "6.5\n<END OF METADATA>\nOrigin 2", ["braess_trips.tntp:5: expected trips that have a path, got none from 2 to 1"]),
    ],
)
def test_bad_files_are_refused(folder: Path, file: str, old: str, new: str, fragments: list[str]) -> None:
    path = folder / f"braess_{file}.tntp"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    done = cli.gbid("route", "braess_net.tntp", "braess_trips.tntp", "-o", "out.h5", cwd=folder)
    cli.assert_refused(done, cli.BAD_DATA, *fragments)
    assert cli.leftovers(folder) == []


def test_wrong_options_of_route_are_refused(folder: Path) -> None:
    files = ("braess_net.tntp", "braess_trips.tntp")
    cli.assert_refused(cli.gbid("route", *files, "--gap", "2", cwd=folder), cli.BAD_DATA, "--gap 2", "market.gap")
    cli.assert_refused(cli.gbid("route", *files, "--demand", "0", cwd=folder), cli.BAD_DATA, "--demand 0")
    cli.assert_refused(cli.gbid("route", "braess_net.tntp", cwd=folder), cli.USAGE, "TRIPS")
    cli.assert_refused(cli.gbid("route", "no.tntp", files[1], cwd=folder), cli.MISSING, "no.tntp")


def test_a_gap_that_is_not_reached_leaves_bounds_and_no_price(folder: Path) -> None:
    files = ("braess_net.tntp", "braess_trips.tntp", "--steps", "1")
    done = cli.gbid("route", *files, cwd=folder)
    assert done.returncode == cli.SOME_FAILED
    assert "equilibrium has not reached the gap in 1 steps" in done.stderr
    assert "price of anarchy not known: equilibrium has not converged" in done.stdout
    told = json.loads(cli.gbid("route", *files, "--json", cwd=folder).stdout)
    assert told["price_of_anarchy"] is None
    assert "equilibrium has not converged" in told["price_of_anarchy_not_known"]
    low, high = told["price_of_anarchy_interval"]
    assert 1 <= low <= 552 / 498 <= high <= told["price_of_anarchy_bound"]


def test_a_gap_that_is_reached_in_the_last_step_is_reached(folder: Path) -> None:
    files = ("braess_net.tntp", "braess_trips.tntp", "--json", "--steps")
    steps = max(json.loads(cli.gbid("route", *files, 1000, cwd=folder).stdout)[end]["steps"] for end in ("equilibrium", "optimum"))
    done = cli.gbid("route", *files, steps, cwd=folder)
    cli.assert_done(done)
    assert json.loads(done.stdout)["price_of_anarchy"] == pytest.approx(552 / 498, rel=1e-9)
    assert cli.gbid("route", *files, steps - 1, cwd=folder).returncode == cli.SOME_FAILED


def test_the_interval_of_the_gaps_holds_the_price_and_shrinks_with_them(folder: Path) -> None:
    widths = []
    for gap in (1e-2, 1e-6, 1e-12):
        done = cli.gbid("route", "braess_net.tntp", "braess_trips.tntp", "--gap", gap, "--json", cwd=folder)
        cli.assert_done(done)
        told = json.loads(done.stdout)
        low, high = told["price_of_anarchy_interval"]
        assert low <= told["price_of_anarchy"] <= high
        assert low <= 552 / 498 <= high
        widths.append(high - low)
    assert widths[0] >= widths[1] >= widths[2]
    assert widths[2] < 1e-5  # about twice the root of four times the gap


def test_tolls_and_demand_are_in_the_bounds(folder: Path) -> None:
    path = folder / "braess_net.tntp"
    path.write_text(path.read_text().replace("1 0 0 1 ;", "1 0 7 1 ;"))
    files = ("braess_net.tntp", "braess_trips.tntp", "--toll-factor", "2", "--demand", "0.7", "--json")
    done = cli.gbid("route", *files, cwd=folder)
    cli.assert_done(done)
    told = json.loads(done.stdout)
    low, high = told["price_of_anarchy_interval"]
    assert low <= told["price_of_anarchy"] <= high and high - low < 1e-5


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (["rows=1000", "columns=1000", "origins=900000", "destinations=900000"], "expected at most 1000000 pairs"),
        (["rows=1000", "columns=1000", "origins=2000"], "expected origins x rows x columns of at most 1000000000"),
        (["origins=31"], "expected at most rows x columns = 30"),
        (["destinations=30"], "expected fewer than rows x columns = 30"),
        (["power=0.5"], "expected a number >= 1"),
    ],
)
def test_towns_that_cannot_be_are_refused(tmp_path: Path, keys: list[str], expected: str) -> None:
    done = cli.gbid("run", FOLDER / "grid.toml", *cli.sets(*(f"market.network.{key}" for key in keys)), cwd=tmp_path)
    assert done.returncode == cli.BAD_DATA
    assert expected in done.stderr
    assert cli.leftovers(tmp_path) == []


def test_trips_beyond_all_numbers_fail_with_their_step(tmp_path: Path) -> None:
    done = cli.gbid("run", FOLDER / "grid.toml", "--quiet", "-o", "x.h5", *cli.sets("market.demand=1e300"), cwd=tmp_path)
    assert done.returncode == cli.SOME_FAILED
    assert "competitive, trial 0: step 0: term total_travel_time: not finite" in done.stderr
