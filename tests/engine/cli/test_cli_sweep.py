# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""gbid sweep: what is played, what the file says, and what is refused."""

from __future__ import annotations

import csv
import io
import json
import math
import subprocess
from pathlib import Path

import gbid_cli as cli
import h5py
import numpy as np
import pytest
import xarray

NOT_RUN, COMPLETE, SOME_FAILED, FAILED, REFUSED = range(5)
GRID = ["--over", "market.agents=3,5", "--over", "market.payoff.divergence=-1:0:0.5"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    cli.write_tiny(tmp_path)
    return tmp_path


def sweep(folder: Path, *arguments: object, **options: object):
    return cli.gbid("sweep", "tiny.toml", *arguments, cwd=folder, **options)


def summary(path: Path) -> xarray.Dataset:
    return xarray.open_dataset(path, group="summary", engine="h5netcdf").load()


def table(path: Path) -> xarray.Dataset:
    return xarray.open_dataset(path, group="table", engine="h5netcdf").load()


def test_all_combinations_are_played_the_last_key_fastest(folder: Path) -> None:
    cli.assert_done(sweep(folder, *GRID, "-o", "s.h5"))
    assert cli.leftovers(folder) == ["s.h5"]
    points = summary(folder / "s.h5")
    assert points["market.agents"].values.tolist() == [3, 3, 3, 5, 5, 5]
    assert points["market.payoff.divergence"].values.tolist() == [-1.0, -0.5, 0.0] * 2
    assert (points.status == COMPLETE).all()
    assert points.attrs["swept_keys"] == "market.agents\nmarket.payoff.divergence"
    assert set(points.coords) == {"point", "market.agents", "market.payoff.divergence"}
    rows = table(folder / "s.h5")
    assert rows.sizes["row"] == 6 * 2 * 2
    assert rows.regime.values[:2].tolist() == ["coordinated", "competitive"]
    assert rows.trial.values[:4].tolist() == [0, 0, 1, 1]


def test_zipped_keys_are_taken_together(folder: Path) -> None:
    cli.assert_done(sweep(folder, "--over", "market.agents=3,4,5", "--over", "steps=5,10,15", "--zip", "-o", "s.h5"))
    points = summary(folder / "s.h5")
    assert points["market.agents"].values.tolist() == [3, 4, 5]
    assert points["steps"].values.tolist() == [5, 10, 15]


def test_the_scenario_may_hold_its_own_sweep_which_run_ignores(folder: Path) -> None:
    text = cli.TINY + "\n[sweep]\nseeds = \"common\"\n[sweep.over]\nsteps = [4, 2]\nmarket.agents = \"2:4:2\"\n"
    (folder / "tiny.toml").write_text(text)
    cli.assert_done(sweep(folder, "-o", "s.h5"))
    points = summary(folder / "s.h5")
    assert points["steps"].values.tolist() == [4, 4, 2, 2]
    assert points["market.agents"].values.tolist() == [2, 4, 2, 4]
    assert points.seed.values.tolist() == [5] * 4
    cli.assert_done(cli.gbid("run", "tiny.toml", cwd=folder))
    assert cli.values(folder / "tiny.h5", "competitive/step")[-1] == 20
    cli.assert_done(sweep(folder, "--over", "steps=3", "-o", "t.h5"))  # the command line replaces its axes
    assert summary(folder / "t.h5")["steps"].values.tolist() == [3]


def test_a_point_is_the_run_of_its_scenario(folder: Path) -> None:
    cli.assert_done(sweep(folder, *GRID, "-o", "s.h5"))
    points = summary(folder / "s.h5")
    for point in (0, 4):
        (folder / "point.toml").write_text(str(points.scenario_toml.values[point]))
        cli.assert_done(cli.gbid("run", "point.toml", "--force", cwd=folder))
        shape, place = int(points["shape"][point]), int(points.place[point])
        with h5py.File(folder / "s.h5") as stacked, h5py.File(folder / "point.h5") as run:
            for regime in ("coordinated", "competitive"):
                group = stacked[f"points/{shape}/{regime}"]
                assert group["point"][place] == point
                assert group["step"][()].tolist() == run[regime]["step"][()].tolist()
                for name in ("welfare", "payoff", "updates", "bids", "raw_bids", "outcome", "steps_done"):
                    assert np.array_equal(group[name][place], run[regime][name][()]), (point, regime, name)
            for name, ours in (("price_of_anarchy", "price_of_anarchy"), ("welfare_gap", "welfare_gap")):
                per_trial = run["summary"][name][()]
                expected = np.nanmedian(per_trial) if np.isfinite(per_trial).any() else math.nan
                assert np.isclose(points[ours].values[point], expected, rtol=1e-14, equal_nan=True)


def test_points_have_seeds_of_their_own_that_new_points_do_not_change(folder: Path) -> None:
    cli.assert_done(sweep(folder, "--over", "market.agents=3,5", "-o", "a.h5"))
    cli.assert_done(sweep(folder, "--over", "market.agents=2,5,4,3", "-o", "b.h5"))
    a, b = summary(folder / "a.h5"), summary(folder / "b.h5")
    assert len(set(b.seed.values.tolist())) == 4
    assert a.seed.values.tolist() == [b.seed.values[3], b.seed.values[1]]
    assert a.welfare_competitive.values.tolist() == [b.welfare_competitive.values[3], b.welfare_competitive.values[1]]
    # Nor do more trials, or other records.
    cli.assert_done(sweep(folder, "--over", "market.agents=3,5", "--trials", "3", *cli.sets("record.every=20"), "-o", "c.h5"))
    assert summary(folder / "c.h5").seed.values.tolist() == a.seed.values.tolist()
    # Another seed of the scenario changes all.
    cli.assert_done(sweep(folder, "--over", "market.agents=3,5", "--seed", "6", "-o", "d.h5"))
    assert not set(summary(folder / "d.h5").seed.values.tolist()) & set(a.seed.values.tolist())


def test_common_seeds_are_the_scenarios_own(folder: Path) -> None:
    cli.assert_done(sweep(folder, "--over", "market.agents=3,5", "--seeds", "common", "-o", "s.h5"))
    cli.assert_done(cli.gbid("run", "tiny.toml", *cli.sets("market.agents=3"), cwd=folder))
    stacked = cli.values(folder / "s.h5", "points/0/competitive/welfare")
    assert np.array_equal(stacked[0], cli.values(folder / "tiny.h5", "competitive/welfare"))


def test_a_swept_seed_is_taken_as_it_is(folder: Path) -> None:
    cli.assert_done(sweep(folder, "--over", "seed=1,9", "-o", "s.h5"))
    assert summary(folder / "s.h5").seed.values.tolist() == [1, 9]


def test_points_of_one_shape_lie_side_by_side(folder: Path) -> None:
    cli.assert_done(sweep(folder, *GRID, "--over", "trials=1,2", "-o", "s.h5"))
    points = summary(folder / "s.h5")
    with h5py.File(folder / "s.h5") as file:
        assert sorted(file["points"]) == ["0", "1", "2", "3"]  # two numbers of agents, two of trials
        for shape in file["points"]:
            numbers = file[f"points/{shape}/competitive/point"][()]
            assert points["shape"].values[numbers].tolist() == [int(shape)] * 3
            assert points.place.values[numbers].tolist() == [0, 1, 2]


def test_the_table_says_what_the_trajectories_say(folder: Path) -> None:
    cli.assert_done(sweep(folder, *GRID, *cli.sets('record.trajectory=["payoff","mean_utility"]'), "-o", "s.h5"))
    rows, points = table(folder / "s.h5"), summary(folder / "s.h5")
    for k in range(rows.sizes["row"]):
        row = rows.isel(row=k)
        point = int(row.point)
        group = f"points/{int(points['shape'][point])}/{row.regime.item()}"
        place, trial = int(points.place[point]), int(row.trial)
        for name in ("welfare", "mean_utility"):
            series = cli.values(folder / "s.h5", f"{group}/{name}")[place, trial]
            assert series.shape == (21,)
            assert float(row[name]) == pytest.approx(series[-3:].mean(), rel=1e-14)  # the last tenth, rounded up
    competitive = rows.where(rows.regime == "competitive", drop=True)
    assert np.allclose(competitive.welfare_gap, competitive.best_known_welfare - competitive.welfare, rtol=1e-12)
    assert np.isnan(rows.price_of_anarchy.values[rows.regime.values == "coordinated"]).all()


def test_what_analyze_prints_is_in_the_file(folder: Path) -> None:
    cli.assert_done(sweep(folder, *GRID, "-o", "s.h5"))
    done = cli.gbid("analyze", "s.h5", "--csv", cwd=folder)
    cli.assert_done(done)
    read = list(csv.DictReader(io.StringIO(done.stdout)))
    rows = table(folder / "s.h5")
    assert len(read) == rows.sizes["row"]
    assert [float(row["welfare"]) for row in read] == rows.welfare.values.tolist()
    assert {row["outcome"] for row in read} == {"completed"}
    found = json.loads(cli.gbid("analyze", "s.h5", "--json", cwd=folder).stdout)
    assert found["kind"] == "sweep" and found["swept_keys"] == ["market.agents", "market.payoff.divergence"]
    assert [point["market.agents"] for point in found["points"]] == [3, 3, 3, 5, 5, 5]
    assert len(found["rows"]) == 24
    text = cli.gbid("analyze", "s.h5", cwd=folder)
    assert "6 complete" in text.stdout and max(map(len, text.stdout.splitlines())) <= 120


def test_a_dry_run_writes_nothing(folder: Path) -> None:
    done = sweep(folder, *GRID, "--dry-run")
    cli.assert_done(done)
    assert "# points       6" in done.stdout and "# simulations  24" in done.stdout
    plan = json.loads(sweep(folder, *GRID, "--dry-run", "--json").stdout)
    assert plan["points"] == 6 and plan["simulations"] == 24 and len(plan["list"]) == 6
    assert plan["steps"] == 24 * 20 and plan["memory_bytes"] > 0 and plan["file_bytes"] > 0
    assert sorted(path.name for path in folder.iterdir()) == ["tiny.toml"]


def test_events_are_json_lines(folder: Path) -> None:
    done = sweep(folder, "--over", "market.agents=1,3,5", "--json", "-o", "s.h5")
    assert done.returncode == cli.SOME_FAILED, done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert events[0]["event"] == "start" and events[0]["points"] == 3 and events[0]["simulations"] == 8
    assert events[1]["event"] == "refused" and events[1]["point"] == 0 and "agents" in events[1]["message"]
    assert sorted(event["point"] for event in events if event["event"] == "point") == [1, 2]
    assert events[-1] == {"event": "end", "file": "s.h5", "points": 3, "failed": 0, "refused": 1}


def test_a_bad_combination_is_told_and_the_rest_go_on(folder: Path) -> None:
    over = ["--over", "market.agents=2,3,40", "--over", "regimes.competitive.schedule.size=3,4"]
    done = sweep(folder, *cli.sets('regimes.competitive.schedule={ kind = "random_subset", size = 2 }'), *over, "-o", "s.h5")
    assert done.returncode == cli.SOME_FAILED, done.stderr
    points = summary(folder / "s.h5")
    assert points.status.values.tolist() == [REFUSED, REFUSED, COMPLETE, REFUSED, COMPLETE, COMPLETE]
    assert "at most 3 agents" in str(points.message.values[3])
    assert points["shape"].values[3] == -1 and math.isnan(points.welfare_competitive.values[3])
    assert "What went wrong" in done.stdout and "at most 2 agents" in done.stdout


def test_a_numeric_failure_is_told_and_the_rest_go_on(folder: Path) -> None:
    over = ["--over", "learning.learner.rate=0.01,1e300", *cli.sets('learning.learner={ kind = "sgd", rate = 1.0 }')]
    done = sweep(folder, *over, "-o", "s.h5")
    assert done.returncode == cli.SOME_FAILED, done.stderr
    points = summary(folder / "s.h5")
    assert points.status.values.tolist()[0] == COMPLETE
    assert points.status.values.tolist()[1] in (SOME_FAILED, FAILED)
    assert "step" in str(points.message.values[1])


@pytest.mark.parametrize(
    ("over", "code", "fragments"),
    [
        ([], cli.USAGE, ["--over"]),
        (["--over", "market.agents"], cli.USAGE, ["--over market.agents", "KEY=VALUES"]),
        (["--over", "market.agents="], cli.USAGE, ["expected values"]),
        (["--over", "market.agents=10:20"], cli.USAGE, ["10:20", "START:STOP:STEP"]),
        (["--over", "market.agents=10:20:-1"], cli.USAGE, ["step of -1"]),
        (["--over", "learning.learner.rate=log:0:1:5"], cli.USAGE, ["positive"]),
        (["--over", "market.agents=3,4", "--over", "market.agents=5"], cli.USAGE, ["swept twice"]),
        (["--over", "market.agents=3,3"], cli.USAGE, ["3", "twice"]),
        (["--over", "market.agents=3,4", "--over", "steps=1", "--zip"], cli.USAGE, ["equally long"]),
        (["--over", "steps=0:2000000:1"], cli.USAGE, ["more than 1000000"]),
        (["--over", "market.agnets=3,4"], cli.BAD_DATA, ["--over market.agnets=3", "agents"]),
        (["--over", "market.agents=three"], cli.BAD_DATA, ["--over market.agents", "three"]),
        (["--over", "market.agents=3", "--memory", "much"], cli.USAGE, ["--memory", "4GB", "much"]),
        (["--over", "market.agents=3", "--shard", "3/3"], cli.USAGE, ["--shard", "3/3"]),
        (["--over", "market.agents=3", "--seeds", "same"], cli.USAGE, ["--seeds", "independent", "same"]),
        (["--over", "market.agents=3", "--threads", "0"], cli.USAGE, ["--threads"]),
    ],
)
def test_mistakes_are_told_in_one_line(folder: Path, over: list[str], code: int, fragments: list[str]) -> None:
    cli.assert_refused(sweep(folder, *over, "-o", "s.h5"), code, *fragments)
    assert cli.leftovers(folder) == []


@pytest.mark.parametrize(
    ("section", "fragments"),
    [
        ("sweep = 3", ["sweep: expected a table"]),
        ("[sweep]\nover = 3", ["sweep.over"]),
        ("[sweep.over]\nmarket.agents = 3", ["sweep.over.market.agents", "list of values"]),
        ("[sweep.over]\nmarket.agents = \"3:\"", ["sweep.over.market.agents", "START:STOP:STEP"]),
        ("[sweep]\nzipp = true\n[sweep.over]\nsteps = [1]", ["sweep.zipp", "zip"]),
        ("[sweep]\nseeds = \"any\"\n[sweep.over]\nsteps = [1]", ["sweep.seeds", "common"]),
        ("[sweep.over]\nsteps = []", ["steps", "at least one value"]),
    ],
)
def test_mistakes_in_the_scenarios_sweep_have_a_place(folder: Path, section: str, fragments: list[str]) -> None:
    parts = section.split("\n")
    lines = cli.TINY.splitlines()
    text = "\n".join([parts[0], *lines] if parts[0] == "sweep = 3" else [*lines, *parts]) + "\n"
    (folder / "tiny.toml").write_text(text)
    done = sweep(folder, "-o", "s.h5")
    assert done.returncode in (cli.BAD_DATA, cli.USAGE)
    assert done.stderr.startswith("tiny.toml:"), done.stderr
    for fragment in fragments:
        assert fragment in done.stderr


def test_nothing_is_replaced_without_being_asked(folder: Path) -> None:
    cli.assert_done(sweep(folder, "--over", "steps=1,2", "-o", "s.h5"))
    before = (folder / "s.h5").read_bytes()
    cli.assert_refused(sweep(folder, "--over", "steps=3", "-o", "s.h5"), cli.CANNOT_CREATE, "s.h5", "--force")
    assert (folder / "s.h5").read_bytes() == before
    cli.assert_done(sweep(folder, "--over", "steps=3", "-o", "s.h5", "--force"))
    assert summary(folder / "s.h5")["steps"].values.tolist() == [3]
    cli.assert_refused(sweep(folder, "--over", "steps=3", "-o", "tiny.toml", "--force"), cli.CANNOT_CREATE, "scenario itself")


def test_the_result_may_go_into_a_folder(folder: Path) -> None:
    (folder / "out").mkdir()
    cli.assert_done(sweep(folder, "--over", "steps=1,2", "-o", "out"))
    assert cli.leftovers(folder / "out") == ["tiny_sweep.h5"]


def test_text_booleans_and_tables_can_be_swept(folder: Path) -> None:
    over = ["--over", "market.bids.mask=relu,sigmoid", "--over", "agents.paired_start=true,false",
            "--over", "learning.learner={kind=\"adam\",rate=0.1},{kind=\"sgd\",rate=0.2}"]
    cli.assert_done(sweep(folder, *over, "-o", "s.h5"))
    points = summary(folder / "s.h5")
    assert points["market.bids.mask"].values.tolist() == ["relu"] * 4 + ["sigmoid"] * 4
    assert points["agents.paired_start"].values.tolist()[:4] == ["true", "true", "false", "false"]
    assert len(set(points.scenario_toml.values.tolist())) == 8


def test_the_file_is_read_by_everything(folder: Path) -> None:
    cli.assert_done(sweep(folder, *GRID, "-o", "s.h5"))
    for command in (["ncdump", "-h", "s.h5"], ["h5dump", "-H", "s.h5"]):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    with xarray.open_dataset(folder / "s.h5", group="points/0/competitive", engine="netcdf4") as dataset:
        assert dataset.welfare.dims == ("point", "trial", "step")
        assert dataset.bids.dims == ("point", "trial", "agent", "counterpart")
