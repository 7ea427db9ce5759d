# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Loading sweeps: tables, trajectories, errors, and no file left open."""

from __future__ import annotations

import warnings
from pathlib import Path

import gbid
import h5py
import numpy as np
import pytest
from gbid_files import write_run
from sweep_files import AGENTS, DIVERGENCE, GRAPH, RATE, STEPS, true_price, write_sweep
from test_gbid_load import open_files


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Six points over agents and graphs, of which one was refused, one failed, one in part."""
    keys = {AGENTS: [5, 10, 20], GRAPH: ["complete", "ring"]}
    states = {1: "refused", 2: "some_failed", 4: "failed"}
    return write_sweep(tmp_path / "sweep.h5", keys, trials=4, states=states, settled=0.5)


def test_keys_are_in_the_users_order_and_numbers_stay_numbers(tmp_path: Path) -> None:
    keys = {RATE: [0.1, 0.01], GRAPH: ["ring"], AGENTS: [7, 3]}
    with gbid.load_sweep(write_sweep(tmp_path / "sweep.h5", keys, trials=1)) as sweep:
        assert sweep.keys == [RATE, GRAPH, AGENTS]
        assert list(sweep.points.columns[:3]) == sweep.keys
        for frame in (sweep.points, sweep.table):
            assert frame[AGENTS].dtype == np.int64
            assert frame[RATE].dtype == np.float64
            assert frame[GRAPH].tolist() == ["ring"] * len(frame)
        assert sweep.points[AGENTS].tolist() == [7, 3, 7, 3]
        assert sweep.points[RATE].tolist() == [0.1, 0.1, 0.01, 0.01]


def test_whole_numbers_with_a_fill_value_stay_whole(file: Path) -> None:
    with h5py.File(file, "a") as raw:
        raw[f"summary/{AGENTS}"].attrs["_FillValue"] = np.int64(-9999)
    with gbid.load_sweep(file) as sweep:
        assert sweep.points[AGENTS].dtype == np.int64


def test_the_points_say_how_it_went_and_what_came_out(file: Path) -> None:
    with gbid.load_sweep(file) as sweep:
        points = sweep.points
        assert points.index.tolist() == [0, 1, 2, 3, 4, 5]
        assert points.index.name == "point"
        expected = ["complete", "refused", "some_failed", "complete", "failed", "complete"]
        assert points["status"].tolist() == expected
        assert points["message"][1] == "market.agents: expected >= 2"
        assert "scenario_toml" not in points
        assert sweep.summary.scenario_toml.values[3] == "# point 3\nsteps = 100\n"
        with h5py.File(file) as raw:
            for name in ("price_of_anarchy", "price_of_anarchy_low", "welfare_competitive_high"):
                np.testing.assert_array_equal(points[name], raw[f"summary/{name}"][()])
        # Prices are made up with noise of 2% per trial; the median of 4 is well within 5%.
        assert points["price_of_anarchy"][5] == pytest.approx(true_price((2, 1)), rel=0.05)
        assert points["price_of_anarchy"][[1, 4]].isna().all()


def test_the_table_has_a_row_per_point_trial_and_regime(file: Path) -> None:
    with gbid.load_sweep(file) as sweep:
        table = sweep.table
        assert list(table.columns[:5]) == ["point", "trial", "regime", AGENTS, GRAPH]
        assert len(table) == 5 * 4 * 2  # the refused point has none
        assert set(table["outcome"]) == {"completed", "settled", "failed"}
        assert list(table["outcome"].cat.categories)[0] == "not_started"
        assert set(table["settled"]) == {"no", "yes", "not_counted"}
        assert (table.loc[table["point"] == 4, "outcome"] == "failed").all()
        own = table[table["regime"] == "competitive"]
        medians = own.groupby("point")["price_of_anarchy"].median()
        expected = sweep.points["price_of_anarchy"].drop([1])
        np.testing.assert_array_equal(medians, expected)
        assert table.loc[table["regime"] == "coordinated", "price_of_anarchy"].isna().all()
        assert (table["mask_density"] == 0.25).all()  # whatever else was recorded


def test_trajectories_are_those_of_the_point_and_are_read_when_they_are_used(file: Path) -> None:
    with gbid.load_sweep(file) as sweep:
        regimes = sweep.trajectories(3)
        assert list(regimes) == ["coordinated", "competitive"]
        dataset = regimes["competitive"]
        assert dataset.welfare.dims == ("trial", "step")
        assert dataset.payoff.dims == ("trial", "step", "agent")
        assert dataset.bids.sizes == {"trial": 4, "agent": 10, "counterpart": 10}
        assert dataset.step.values.tolist() == list(STEPS)
        assert int(dataset.point) == 3
        assert not dataset.payoff.variable._in_memory
        own = sweep.table["regime"] == "competitive"
        ends = sweep.table.loc[own & (sweep.table["point"] == 3), "welfare"]
        np.testing.assert_array_equal(dataset.welfare.isel(step=-1), ends)


def test_points_of_one_shape_are_side_by_side(file: Path) -> None:
    with gbid.load_sweep(file) as sweep:
        assert sweep.shapes == [0, 1, 2]
        dataset = sweep.stacked(1)["competitive"]
        assert dataset.payoff.dims == ("point", "trial", "step", "agent")
        assert dataset.point.values.tolist() == [2, 3]
        assert dataset.sizes["agent"] == 10
        assert sweep.stacked(0)["competitive"].point.values.tolist() == [0]  # 1 was refused
        assert dataset.attrs["objective"] == "own_payoff"
        with pytest.raises(KeyError, match="no shape 3; its shapes: 0, 1, 2"):
            sweep.stacked(3)


def test_points_without_trajectories_say_why(file: Path) -> None:
    with gbid.load_sweep(file) as sweep:
        with pytest.raises(KeyError, match="point 1 .* refused: market.agents: expected >= 2"):
            sweep.trajectories(1)
        with pytest.raises(KeyError, match="no point 6; its points: 0 to 5"):
            sweep.trajectories(6)
        with pytest.raises(KeyError, match="no point -1"):
            sweep.trajectories(-1)


def test_one_trial_has_no_interval(tmp_path: Path) -> None:
    path = write_sweep(tmp_path / "sweep.h5", {AGENTS: [3, 5]}, trials=1)
    with gbid.load_sweep(path) as sweep:
        assert np.isfinite(sweep.points["price_of_anarchy"]).all()
        assert sweep.points["price_of_anarchy_low"].isna().all()


def test_root_keys_may_be_swept(tmp_path: Path) -> None:
    path = write_sweep(tmp_path / "sweep.h5", {"seed": [4, 5, 6]}, trials=2)
    with gbid.load_sweep(path) as sweep:
        assert sweep.points["seed"].tolist() == [4, 5, 6]
        assert list(sweep.points.columns).count("seed") == 1
        assert sweep.table["seed"].tolist() == [4] * 4 + [5] * 4 + [6] * 4


def test_the_sweep_describes_itself(file: Path) -> None:
    with gbid.load_sweep(file) as sweep:
        expected = f"<gbid.Sweep sweep.h5: 6 points over {AGENTS}, {GRAPH} (complete)>"
        assert repr(sweep) == expected
        assert sweep.regimes == ["coordinated", "competitive"]
        assert sweep.title == "Price of anarchy in a bidding market"
        assert sweep.scenario["market"]["structure"] == "bid_matrix"
        assert sweep.attributes["kind"] == "sweep"


def test_the_file_is_closed_at_the_end_and_the_tables_stay(file: Path) -> None:
    with gbid.load_sweep(file) as sweep:
        sweep.trajectories(0)["competitive"].welfare.load()
        assert open_files(file) >= 1
    assert open_files(file) == 0
    assert len(sweep.points) == 6
    sweep.close()
    with pytest.raises(ValueError, match="is closed"):
        sweep.trajectories(0)
    assert open_files(file) == 0


def test_a_partial_sweep_warns_and_shows_what_was_not_run(tmp_path: Path) -> None:
    states = {1: "not_run", 2: "not_run"}
    path = tmp_path / "sweep.h5"
    write_sweep(path, {DIVERGENCE: [-1.0, -0.5, 0.0]}, states=states, status="partial")
    with pytest.warns(gbid.PartialRunWarning, match="sweep.h5: the sweep is partial") as caught:
        sweep = gbid.load_sweep(path)
    assert caught[0].filename == __file__
    with sweep:
        assert sweep.status == "partial"
        assert sweep.points["status"].tolist() == ["complete", "not_run", "not_run"]
        with pytest.raises(KeyError, match="point 1 .* recorded nothing: not_run"):
            sweep.trajectories(1)


def test_a_sweep_of_which_nothing_was_run_loads(tmp_path: Path) -> None:
    path = write_sweep(tmp_path / "sweep.h5", {AGENTS: [3]}, states={0: "not_run"})
    with warnings.catch_warnings(), gbid.load_sweep(path) as sweep:
        warnings.simplefilter("error")
        assert len(sweep.table) == 0
        assert sweep.shapes == []


def test_runs_and_sweeps_are_told_apart(file: Path, tmp_path: Path) -> None:
    with pytest.raises(gbid.NotAGbidFileError, match="expected a run, got a sweep.*load_sweep"):
        gbid.load(file)
    run = write_run(tmp_path / "run.h5", trials=1)
    with pytest.raises(gbid.NotAGbidFileError, match="expected a sweep, got a run.*gbid.load$"):
        gbid.load_sweep(run)
    with h5py.File(run, "a") as raw:
        raw.attrs["kind"] = "tournament"
    for load in (gbid.load, gbid.load_sweep):
        with pytest.raises(gbid.NotAGbidFileError, match="kind is 'tournament', expected run or"):
            load(run)


def test_what_is_missing_in_a_sweep_is_named(file: Path) -> None:
    def fails(match: str) -> None:
        with pytest.raises(gbid.NotAGbidFileError, match=match):
            gbid.load_sweep(file)
        assert open_files(file) == 0

    with h5py.File(file, "a") as raw:
        raw["summary/status"][0] = 7
    fails(r"/summary/status: expected a flag out of 0, 1, 2, 3, 4, got 7")
    with h5py.File(file, "a") as raw:
        raw["summary/status"][0] = 1
        raw["summary"].attrs["swept_keys"] = f"{AGENTS}\nmarket.nothing"
    fails(r"/table: expected a variable 'market.nothing'")
    with h5py.File(file, "a") as raw:
        raw["summary"].attrs["swept_keys"] = ""
    fails("/summary swept_keys: expected keys, got none")
    with h5py.File(file, "a") as raw:
        del raw["table"]
    fails("expected a group /table, got none")
