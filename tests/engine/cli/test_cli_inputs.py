# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Files as other programs write them, in the folder `inputs`: read as meant, or refused with their place."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
from pathlib import Path

import gbid_cli as cli
import h5py
import numpy as np
import pytest
import xarray as xr

INPUTS = Path(__file__).parent / "inputs"
MATRIX = [[0.5, 0.25, 0.125, 0.0], [1.0, 2.0, 3.0, 4.0], [0.0, 0.75, -1.5, 2.5], [8.0, 0.0, 0.0, 1.0]]
RING = np.roll(np.eye(4), 1, axis=1)
IGNORE = ",weights='ignore'"

# Every file of the folder is in one of these tables. A list of fragments: it is refused with them.
ARRAYS: dict[str, list[str] | None] = {
    "plain.csv": None,
    "mac.csv": None,
    "windows.csv": None,
    "mark.csv": None,
    "utf16.csv": None,
    "utf16_big_endian.csv": None,
    "header.csv": None,
    "numbered_header.csv": None,
    "quoted.csv": None,
    "trailing.csv": None,
    "upper.CSV": None,
    "semicolons.csv": None,
    "big_endian.npy": None,
    "half.npy": None,
    "utf16_without_mark.csv": [".csv:1: expected text, got a zero byte"],
    "row_numbers.csv": [".csv:1:1: expected a name for every column", "numbers the rows"],
    "decimal_commas.csv": ['.csv:1:1: expected a number with a decimal point, got "0,5"'],
    "not_finite.csv": ["expected finite numbers, got nan"],
    "control.csv": ['.csv:3:8: expected a number, got "x?[31m"'],
}
# What the two bidders' values lie between.
PRIORS: dict[str, tuple[float, float] | list[str]] = {
    "prior_points.csv": (0.5, 0.75),
    "prior_header.csv": (0.5, 0.75),
    "prior_decimal_commas.csv": ['rows like "0,5"', "two whole numbers, or one with a decimal comma?"],
    "prior_columns.csv": ["expected one column or rows without a header", '"bidder", "value"'],
}
GRAPHS: dict[str, list[str] | None] = {
    "mark.edges": None,
    "utf16.edges": None,
    "header.txt": None,
    "networkx_default.edgelist": None,
    "networkx_weight_one.edgelist": None,
    "networkx_weighted.edgelist": None,
    "networkx_unlike.edgelist": [".edgelist:3: expected links of one weight", "got 0.5 after 1", "ignore"],
    "some_weighted.edgelist": [".edgelist:3: expected a weight with every link or with none"],
    "zero_weight.edgelist": [".edgelist:1: expected a weight other than 0"],
    "weights.csv": ["weights.csv: row 2, column 3: expected links of one weight", "got 0.5 after 1"],
    "plain.graphml": None,
    "prefix.graphml": None,
    "doctype.graphml": None,
    "own_directions.graphml": None,
    "weights_alike.graphml": None,
    "weights_default.graphml": None,
    "weights.graphml": [".graphml:11: expected links of one weight", "got 0.5 after 1"],
    "weights_missing.graphml": [".graphml:10: expected a weight with every link or with none"],
    "dangling.graphml": ['.graphml:12: expected a node as the target of an edge, got "n9"'],
    "no_edgedefault.graphml": ['.graphml:8: expected edgedefault="directed" or "undirected" in <graph>, got none'],
    "two_graphs.graphml": ["expected one graph, got several"],
    "nested.graphml": ['expected one graph, got another inside of node "n1"'],
    "hyperedge.graphml": ["expected nodes and edges, got <hyperedge>"],
    "twice.graphml": ['expected every node once, got "n1" again'],
}
# Networks and trips; two links of cost 1 + x and 2, two trips: 2 x 2, and 15/4 at x = 1/2.
ROADS: dict[tuple[str, str], list[str] | None] = {
    ("parallel", "parallel"): None,
    ("no_header", "parallel"): None,
    ("mac", "rounded"): None,
    ("reordered", "parallel"): None,
    ("critical_speed", "parallel"): None,
    ("names", "names"): None,
    ("lacking", "parallel"): ["lacking_net.tntp:7: expected a column named free_flow_time, got none"],
    ("more_names", "parallel"): ['more_names_net.tntp:8: expected a node from 1 to 2, got "101"', "these are 4, not 2"],
    ("parallel", "cut"): ["cut_trips.tntp:2: <TOTAL OD FLOW>: expected the sum of the trips, 2, got 5"],
    ("parallel", "not_finite"): ['not_finite_trips.tntp:4: expected trips, a number of at least 0, got "inf"'],
    ("names", "parallel"): ["parallel_trips.tntp:5: expected a zone that is a node of the network, got 1"],
}

AUCTION = """\
steps = 1
[market]
structure = "auction"
bidders = 2
format = "first_price"
prior = {{ file = "{}" }}
[regimes.competitive]
[record]
every = 1
final = ["value"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(INPUTS, tmp_path, dirs_exist_ok=True)
    cli.write_tiny(tmp_path)
    return tmp_path


def test_every_file_has_its_expectation() -> None:
    named = {*ARRAYS, *PRIORS, *GRAPHS}
    for network, trips in ROADS:
        named |= {f"{network}_net.tntp", f"{trips}_trips.tntp"}
    assert {path.name for path in INPUTS.iterdir()} == named


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays(folder: Path, name: str) -> None:
    sets = cli.sets(f"agents.initial_bids={{file='{name}'}}", "steps=0")
    done = cli.gbid("run", "tiny.toml", "-o", "out.h5", "--quiet", *sets, cwd=folder)
    fragments = ARRAYS[name]
    if fragments is not None:
        return cli.assert_refused(done, cli.BAD_DATA, name, *fragments)
    cli.assert_done(done)
    np.testing.assert_array_equal(cli.values(folder / "out.h5", "competitive/raw_bids")[1], MATRIX)


@pytest.mark.parametrize("name", GRAPHS)
def test_graphs(folder: Path, name: str) -> None:
    def run(more: str = "") -> subprocess.CompletedProcess[str]:
        graph = f"market.graph={{file='{name}'{more}}}"
        sets = cli.sets(graph, "market.payoff={utility=1.0}", 'record.final=["adjacency"]')
        return cli.gbid("run", "tiny.toml", "-o", "out.h5", "--quiet", *sets, cwd=folder)

    fragments = GRAPHS[name]
    done = run()
    if fragments is not None:
        cli.assert_refused(done, cli.BAD_DATA, name, *fragments)
        if "weight" not in fragments[0] or name == "zero_weight.edgelist":
            return None
        done = run(IGNORE)
    cli.assert_done(done)
    np.testing.assert_array_equal(cli.values(folder / "out.h5", "competitive/adjacency")[0], RING + np.eye(4))
    return None


@pytest.mark.parametrize(("network", "trips"), ROADS)
def test_roads(folder: Path, network: str, trips: str) -> None:
    done = cli.gbid("route", f"{network}_net.tntp", f"{trips}_trips.tntp", "--json", "-o", "out.h5", cwd=folder)
    fragments = ROADS[network, trips]
    if fragments is not None:
        return cli.assert_refused(done, cli.BAD_DATA, *fragments)
    cli.assert_done(done)
    said = json.loads(done.stdout)
    assert said["equilibrium"]["total_travel_time"] == pytest.approx(4.0)
    assert said["optimum"]["total_travel_time"] == pytest.approx(3.75)
    assert said["price_of_anarchy"] == pytest.approx(16 / 15)
    ends = {name: set(cli.values(folder / "out.h5", f"equilibrium/{name}")[0]) for name in ("from_node", "to_node")}
    assert ends == {"from_node": {101 if network == "names" else 1}, "to_node": {205 if network == "names" else 2}}


def test_a_toll_that_no_column_holds_is_refused(folder: Path) -> None:
    files = ("critical_speed_net.tntp", "parallel_trips.tntp")
    done = cli.gbid("route", *files, "--toll-factor", "1", cwd=folder)
    cli.assert_refused(done, cli.BAD_DATA, "critical_speed_net.tntp:7: expected a column named toll")
    done = cli.gbid("route", "reordered_net.tntp", files[1], "--distance-factor", "1", cwd=folder)
    cli.assert_done(done)


@pytest.mark.parametrize("name", PRIORS)
def test_priors(folder: Path, name: str) -> None:
    (folder / "auction.toml").write_text(AUCTION.format(name))
    done = cli.gbid("run", "auction.toml", "-o", "out.h5", "--quiet", cwd=folder)
    expected = PRIORS[name]
    if isinstance(expected, list):
        return cli.assert_refused(done, cli.BAD_DATA, name, *expected)
    cli.assert_done(done)
    values = cli.values(folder / "out.h5", "competitive/value")[0]
    assert (values.min(), values.max()) == expected


@pytest.mark.parametrize(
    "saved",
    [
        cli.TINY.replace("\n", "\r").encode(),
        b"\xff\xfe" + cli.TINY.encode("utf-16-le"),
        b"\xfe\xff" + cli.TINY.replace("\n", "\r\n").encode("utf-16-be"),
    ],
    ids=["CR", "UTF-16 little-endian", "UTF-16 big-endian"],
)
def test_scenarios_of_other_encodings_are_the_same(folder: Path, saved: bytes) -> None:
    (folder / "other.toml").write_bytes(saved)
    for name in ("tiny", "other"):
        cli.assert_done(cli.gbid("run", f"{name}.toml", "--quiet", cwd=folder))
    assert cli.differences(folder / "tiny.h5", folder / "other.h5") == []


def test_a_scenario_without_a_mark_in_utf16_is_refused_in_one_printable_line(folder: Path) -> None:
    (folder / "odd.toml").write_bytes(cli.TINY.encode("utf-16-le"))
    done = cli.gbid("run", "odd.toml", cwd=folder)
    cli.assert_refused(done, cli.BAD_DATA, "odd.toml:1: expected text, got a zero byte; save the file as UTF-8")


# --- Whole numbers ----------------------------------------------------------------------------------------------------


def test_whole_numbers_are_integers_however_they_are_written(folder: Path) -> None:
    text = cli.TINY.replace("steps  = 20", "steps  = 2e1").replace("agents    = 4", "agents = 4.0")
    (folder / "whole.toml").write_text(text)
    done = cli.gbid("check", "whole.toml", "--trials", "1e1", *cli.sets("record.every=1e0"), cwd=folder)
    cli.assert_done(done)
    for line in ("steps = 20", "agents = 4", "trials = 10", "every = 1"):
        assert f"\n{line}\n" in done.stdout
    refused = cli.gbid("check", "tiny.toml", *cli.sets("steps=1.5"), cwd=folder)
    cli.assert_refused(refused, cli.BAD_DATA, "steps: expected an integer, got 1.5 (a float)")


@pytest.mark.parametrize(
    ("values", "expected"),
    [("log:2:8:3", [2, 4, 8]), ("lin:2:4:2", [2, 4]), ("2e0,4", [2, 4]), ("2e0:4:2", [2, 4])],
)
def test_ranges_of_whole_numbers_sweep_integers(folder: Path, values: str, expected: list[int]) -> None:
    arguments = ("--over", f"market.agents={values}", "--quiet", "-o", "s.h5", *cli.sets("steps=1", "trials=1"))
    cli.assert_done(cli.gbid("sweep", "tiny.toml", *arguments, cwd=folder))
    swept = cli.values(folder / "s.h5", "summary/market.agents")
    assert swept.tolist() == expected
    assert swept.dtype.kind == ("f" if values.startswith("2e0,") else "i")


def test_ranges_between_whole_numbers_are_refused_for_integers(folder: Path) -> None:
    done = cli.gbid("sweep", "tiny.toml", "--over", "market.agents=log:2:9:4", "-o", "s.h5", cwd=folder)
    assert done.returncode == cli.SOME_FAILED
    messages = cli.text(folder / "s.h5", "summary/message")
    assert ["expected an integer, got " in message for message in messages] == [False, True, True, False]


# --- Names ------------------------------------------------------------------------------------------------------------


def test_regimes_may_have_names_of_any_alphabet(folder: Path) -> None:
    names = ["égoïste", "社会", "свободный"]
    text = cli.TINY.replace("[regimes.coordinated]", f'[regimes."{names[0]}"]')
    text = text.replace("[regimes.competitive]", f'[regimes."{names[1]}"]')
    (folder / "names.toml").write_text(text + f'[regimes."{names[2]}"]\nobjective = "own_payoff"\n')
    cli.assert_done(cli.gbid("run", "names.toml", "--quiet", cwd=folder))
    shown = cli.gbid("analyze", "names.h5", cwd=folder)
    cli.assert_done(shown)
    certified = cli.gbid("certify", "names.h5", cwd=folder)
    for name in names:
        assert name in shown.stdout and name in certified.stdout
        with xr.open_dataset(folder / "names.h5", group=name, engine="h5netcdf") as regime:
            assert regime.payoff.dims == ("trial", "step", "agent")
    with h5py.File(folder / "names.h5") as file:
        assert set(names) < set(file)
    dumped = subprocess.run(["ncdump", "-h", folder / "names.h5"], capture_output=True, check=True)
    assert all(f"group: {name}" in dumped.stdout.decode() for name in names)
    assert gbid_regimes(folder / "names.h5") == set(names)


def gbid_regimes(path: Path) -> set[str]:
    import gbid

    with gbid.load(path) as run:
        return set(run)


@pytest.mark.parametrize("name", ["e\u0301goïste", "a b", "a-b", "2nd", "a\u2013b", "😀"])
def test_other_names_are_refused(folder: Path, name: str) -> None:
    text = cli.TINY.replace("[regimes.competitive]", f'[regimes."{name}"]')
    (folder / "names.toml").write_text(text)
    done = cli.gbid("run", "names.toml", cwd=folder)
    cli.assert_refused(done, cli.BAD_DATA, "names.toml:22:1", "expected a name of letters, digits and _")


# --- Standard input ---------------------------------------------------------------------------------------------------


def test_a_scenario_may_come_from_standard_input(folder: Path) -> None:
    text = cli.TINY + '[agents]\ninitial_bids = { file = "plain.csv" }\n'
    (folder / "file.toml").write_text(text)
    cli.assert_done(cli.gbid("run", "file.toml", "--quiet", cwd=folder))
    cli.assert_done(cli.gbid("run", "-", "-o", "in.h5", "--quiet", cwd=folder, input=text))
    assert cli.differences(folder / "file.h5", folder / "in.h5") == []
    cli.assert_done(cli.gbid("check", "-", cwd=folder, input=text))
    sweep = ("sweep", "-", "--over", "market.agents=4", "--quiet")
    cli.assert_done(cli.gbid(*sweep, "-o", "s.h5", cwd=folder, input=text))
    for command in (("run", "-"), sweep):
        done = cli.gbid(*command, cwd=folder, input=text)
        cli.assert_refused(done, cli.USAGE, "standard input", "-o")
    wrong = cli.gbid("run", "-", "-o", "x.h5", cwd=folder, input=text.replace("trials = 2", "trials = 0"))
    cli.assert_refused(wrong, cli.BAD_DATA, "standard input:3:10: trials: expected an integer >= 1")
    cli.assert_refused(cli.gbid("run", "-", "-o", "x.h5", cwd=folder, input="a = "), cli.BAD_DATA, "standard input:1:5")


# --- Locks ------------------------------------------------------------------------------------------------------------


def test_a_locked_file_is_said_to_be_locked(folder: Path) -> None:
    cli.assert_done(cli.gbid("run", "tiny.toml", "--quiet", cwd=folder))
    before = (folder / "tiny.h5").read_bytes()
    locked = os.open(folder / "tiny.h5", os.O_RDWR)
    try:
        fcntl.flock(locked, fcntl.LOCK_EX)
        reading = cli.gbid("analyze", "tiny.h5", cwd=folder)
        cli.assert_refused(reading, cli.IO_FAILED, "tiny.h5: is locked by another program", "HDF5_USE_FILE_LOCKING=FALSE")
        writing = cli.gbid("run", "tiny.toml", "--force", cwd=folder)
        cli.assert_refused(writing, cli.CANNOT_CREATE, "tiny.h5: is locked by another program")
        environment = {**os.environ, "HDF5_USE_FILE_LOCKING": "FALSE"}
        cli.assert_done(cli.gbid("analyze", "tiny.h5", cwd=folder, env=environment))
    finally:
        os.close(locked)
    assert (folder / "tiny.h5").read_bytes() == before
    cli.assert_done(cli.gbid("analyze", "tiny.h5", cwd=folder))
