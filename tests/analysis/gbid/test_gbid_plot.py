# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Drawing runs: what is drawn, odd shapes, and the command."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import warnings
from dataclasses import replace
from pathlib import Path

import gbid
import gbid.plot
import h5py
import matplotlib.image
import numpy as np
import pytest
import xarray as xr
from gbid import _ends, _series
from gbid._command import main
from gbid_files import COMPETITIVE, COORDINATED, write_run
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

SHORT = [0, 500, 1000]
BOTH = (replace(COORDINATED, steps=SHORT), replace(COMPETITIVE, steps=SHORT))
SIX = tuple(replace(BOTH[i % 2], name=f"regime_number_{i}", end=-0.2 * (i + 1)) for i in range(6))


def new_axes() -> Axes:
    return Figure().add_subplot()


def drawn_texts(figure: Figure) -> list[tuple[str, Bbox]]:
    """Every text that a figure draws, and its box in pixels."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    texts = []
    for ax in figure.findobj(Axes):
        texts += [ax.title, ax._left_title, ax._right_title, *ax.texts]
        texts += ax.get_legend().get_texts() if ax.get_legend() else []
        for axis in (ax.xaxis, ax.yaxis) if ax.axison else ():
            ticks = axis._update_ticks()  # those within the limits: the only ones that are drawn
            texts += [axis.label, *(t.label1 for t in ticks), *(t.label2 for t in ticks)]
    renderer = canvas.get_renderer()
    visible = (t for t in texts if t.get_visible() and t.get_text().strip())
    # Of an annotation the text alone, without its line.
    return [(t.get_text(), Text.get_window_extent(t, renderer)) for t in visible]


def misplaced(figure: Figure) -> list[str]:
    """Texts that cover another by more than a pixel each way, or leave the figure."""
    boxes = drawn_texts(figure)
    width, height = figure.canvas.get_width_height()
    found = [
        f"{text!r} leaves the figure"
        for text, box in boxes
        if box.x0 < 0 or box.y0 < 0 or box.x1 > width or box.y1 > height
    ]
    for i, (text, box) in enumerate(boxes):
        for other, second in boxes[i + 1 :]:
            common = Bbox.intersection(box, second)
            if common is not None and common.width > 1 and common.height > 1:
                found.append(f"{text!r} covers {other!r}")
    return found


def test_trajectories_draw_the_median_and_the_band_over_trials(tmp_path: Path) -> None:
    path = write_run(tmp_path / "run.h5", BOTH, trials=5, agents=2)
    with gbid.load(path) as run:
        ax = gbid.plot.trajectories(run, "welfare", new_axes())
        welfare = run["competitive"].welfare.values
        updates = run["competitive"].updates.mean(["trial", "agent"]).values
    lines = {line.get_label(): line for line in ax.lines}
    assert list(lines) == ["coordinated", "competitive"]
    np.testing.assert_allclose(lines["competitive"].get_xdata(), updates, rtol=1e-12)
    assert ax.get_xlabel() == "Updates per agent" and updates[-1] != SHORT[-1]
    np.testing.assert_array_equal(lines["competitive"].get_ydata(), np.median(welfare, axis=0))
    assert lines["coordinated"].get_linestyle() != lines["competitive"].get_linestyle()
    band = ax.collections[1].get_paths()[0].vertices
    assert band[:, 1].max() == pytest.approx(np.quantile(welfare, 0.95, axis=0).max(), rel=1e-12)
    assert ax.get_ylabel() == "Mean payoff over agents"


def test_units_are_on_the_axis(tmp_path: Path) -> None:
    path = write_run(tmp_path / "run.h5", BOTH, trials=2)
    with h5py.File(path, "a") as raw:
        raw["competitive/welfare"].attrs["units"] = "EUR"
    with gbid.load(path) as run:
        assert gbid.plot.trajectories(run, "welfare", new_axes()).get_ylabel().endswith(" [EUR]")


def test_one_trial_has_no_band_but_agents_make_one(tmp_path: Path) -> None:
    path = write_run(tmp_path / "run.h5", BOTH, trials=1)
    with gbid.load(path) as run:
        assert len(gbid.plot.trajectories(run, "welfare", new_axes()).collections) == 0
        assert len(gbid.plot.trajectories(run, "payoff", new_axes()).collections) == 2


def test_failed_trials_are_left_out_of_the_lines(tmp_path: Path) -> None:
    path = write_run(tmp_path / "run.h5", BOTH, trials=3, failed=(0, 2))
    with gbid.load(path) as run:
        ax = gbid.plot.trajectories(run, "welfare", new_axes())
        np.testing.assert_array_equal(ax.lines[1].get_ydata(), run["competitive"].welfare.values[1])


def test_an_unknown_variable_names_the_recorded_ones(tmp_path: Path) -> None:
    with gbid.load(write_run(tmp_path / "run.h5", BOTH, trials=1)) as run:
        with pytest.raises(KeyError, match="recorded: mask_density, payoff, updates, welfare"):
            gbid.plot.trajectories(run, "wellfare", new_axes())


def test_long_series_are_read_in_blocks_and_thinned_up_to_the_last_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    regime = replace(COMPETITIVE, steps=list(range(5000)))
    path = write_run(tmp_path / "run.h5", (regime,), trials=2, agents=3)
    with gbid.load(path) as run:
        whole = gbid.plot.trajectories(run, "payoff", new_axes()).lines[0]
        assert whole.get_xdata()[-1] == pytest.approx(4999 / 10, rel=1e-12)  # one agent in ten moves
        assert len(whole.get_xdata()) <= _series.MOST_STEPS
        monkeypatch.setattr(_series, "MOST_VALUES", 60)
        blocks = gbid.plot.trajectories(run, "payoff", new_axes()).lines[0]
        np.testing.assert_array_equal(whole.get_ydata(), blocks.get_ydata())


def test_bid_matrix_puts_bidders_in_rows(tmp_path: Path) -> None:
    path = write_run(tmp_path / "run.h5", BOTH, trials=2, agents=4)
    with gbid.load(path) as run:
        ax = gbid.plot.bid_matrix(run["coordinated"], new_axes(), trial=1)
        np.testing.assert_array_equal(ax.images[0].get_array(), run["coordinated"].bids.values[1])
        assert list(ax.get_xticks()) == [0, 1, 2, 3]
        with pytest.raises(IndexError, match="trial 2 of 2"):
            gbid.plot.bid_matrix(run["coordinated"], new_axes(), trial=2)
        with pytest.raises(KeyError, match="no final bids"):
            gbid.plot.bid_matrix(run["coordinated"].drop_vars("bids"), new_axes())


def test_large_matrices_are_averaged_in_blocks() -> None:
    matrix = np.arange(25.0).reshape(5, 5)
    means = gbid.plot._block_means(matrix, 2)
    assert means.shape == (3, 3)
    assert means[0, 0] == (0 + 1 + 5 + 6) / 4
    assert means[2, 0] == (20 + 21) / 2  # the block at the edge is smaller
    assert means[2, 2] == 24


def test_a_thousand_agents_fit(tmp_path: Path) -> None:
    path = write_run(tmp_path / "run.h5", BOTH, trials=1, agents=1000)
    with gbid.load(path) as run:
        ax = gbid.plot.bid_matrix(run["competitive"], new_axes())
        assert ax.images[0].get_array().shape == (200, 200)
        assert ax.get_xlim() == (-0.5, 999.5)
        assert isinstance(gbid.plot.overview(run), Figure)


def distribution(path: Path) -> _ends.Distribution:
    with gbid.load(path) as run:
        return _ends.anarchy(run)


def test_positive_payoffs_have_a_price_of_anarchy(tmp_path: Path) -> None:
    good = replace(BOTH[0], end=4.0, second_end=None)
    bad = replace(BOTH[1], end=2.0)
    path = write_run(tmp_path / "run.h5", (good, bad), trials=6)
    found = distribution(path)
    assert "Price of anarchy" in found.label
    with gbid.load(path) as run:  # one shared game: the best end of all over each trial's end
        ends = run["competitive"].welfare.values[:, -1]
        best = run["coordinated"].welfare.values[:, -1].max()
    np.testing.assert_allclose(found.rows["competitive"], best / ends, rtol=1e-12)


def test_negative_payoffs_have_a_gap_and_say_why(tmp_path: Path) -> None:
    path = write_run(tmp_path / "run.h5", BOTH, trials=6, failed=(2,))
    found = distribution(path)
    assert "Welfare gap" in found.label
    assert "not defined" in found.note
    assert found.rows["competitive"].size == 5
    with h5py.File(path, "a") as raw:
        for name in ("coordinated", "competitive"):
            raw[name].attrs["shared_game"] = "false"
    own = distribution(path)  # every trial is its own game
    with gbid.load(path) as run:
        ends = {n: np.delete(d.welfare.values[:, -1], 2) for n, d in run.items()}
    np.testing.assert_allclose(own.rows["competitive"], ends["coordinated"] - ends["competitive"])


def test_the_summary_of_the_file_is_used_where_there_is_one(tmp_path: Path) -> None:
    path = write_run(tmp_path / "run.h5", BOTH, trials=3, with_summary=True)
    with h5py.File(path, "a") as raw:
        gap = raw["summary"].create_dataset("welfare_gap", data=[0.5, 0.25, 0.125])
        gap.dims[0].attach_scale(raw["summary/trial"])
    np.testing.assert_array_equal(distribution(path).rows["competitive"], [0.5, 0.25, 0.125])


def test_without_an_equilibrium_regime_the_ends_are_shown(tmp_path: Path) -> None:
    path = write_run(tmp_path / "run.h5", BOTH[:1], trials=3)
    assert distribution(path).title == "Where the trials ended"


def test_the_interval_of_the_median_needs_two_values() -> None:
    assert _ends.bootstrap_median(np.array([1.0])) is None
    assert _ends.bootstrap_median(np.array([2.0, 2.0, 2.0])) == (2.0, 2.0)


CASES: dict[str, dict] = {
    "twenty_trials": {"regimes": (COORDINATED, COMPETITIVE)},
    "one_trial": {"regimes": BOTH, "trials": 1},
    "six_regimes": {"regimes": SIX, "trials": 3},
    "four_regimes_twenty_agents": {"regimes": SIX[:4], "trials": 3, "agents": 20},
    "three_regimes_twenty_agents": {"regimes": SIX[:3], "trials": 3, "agents": 20},
    "one_regime": {"regimes": BOTH[1:], "trials": 3},
    "two_agents": {"regimes": BOTH, "trials": 3, "agents": 2},
    "no_bids": {"regimes": BOTH, "trials": 3, "with_bids": False},
    "all_failed": {"regimes": BOTH, "trials": 2, "failed": (0, 1)},
    "a_thousand_trials": {"regimes": BOTH, "trials": 1000, "agents": 2},
    "one_step": {"regimes": tuple(replace(r, steps=[7]) for r in BOTH), "trials": 2},
    "long_title": {"regimes": BOTH, "trials": 2, "title": "A very long title that goes on " * 6},
}


@pytest.mark.parametrize("case", CASES)
def test_the_overview_is_1600_by_1000_and_no_text_covers_another(case: str, tmp_path: Path) -> None:
    path = write_run(tmp_path / "run.h5", **CASES[case])
    figure_path = tmp_path / "overview.png"
    with warnings.catch_warnings(), gbid.load(path) as run:
        warnings.simplefilter("error")
        figure = gbid.plot.overview(run)
        figure.savefig(figure_path, dpi=100)
    if "GBID_KEEP_FIGURES" in os.environ:
        shutil.copy(figure_path, Path(os.environ["GBID_KEEP_FIGURES"]) / f"{case}.png")
    assert matplotlib.image.imread(figure_path).shape[:2] == (1000, 1600)
    assert misplaced(figure) == []


def test_a_run_without_regimes_is_refused(tmp_path: Path) -> None:
    path = write_run(tmp_path / "run.h5", regimes=())
    with gbid.load(path) as run, pytest.raises(ValueError, match="no regimes"):
        gbid.plot.overview(run)


def test_the_command_writes_a_figure_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = str(write_run(tmp_path / "run.h5", BOTH, trials=2))
    output = tmp_path / "figure.png"
    assert main([run, "-o", str(output), "--dpi", "50"]) == 0
    first = output.read_bytes()
    assert matplotlib.image.imread(output).shape[:2] == (500, 800)
    assert main([run, "-o", str(output)]) == 73
    assert "exists; --force" in capsys.readouterr().err
    assert output.read_bytes() == first
    assert main([run, "-o", str(output), "--force", "--variable", "mask_density"]) == 0
    assert output.read_bytes() != first
    assert oct(output.stat().st_mode & 0o777) == oct(0o666 & ~current_umask())
    assert main([run, "-o", str(tmp_path / "figure.svg")]) == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["figure.png", "figure.svg", "run.h5"]


def current_umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_the_command_ends_with_the_documented_codes_and_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = str(write_run(tmp_path / "run.h5", BOTH, trials=2))
    text = tmp_path / "text.h5"
    text.write_text("no")
    empty = str(write_run(tmp_path / "empty.h5", regimes=()))
    png = str(tmp_path / "f.png")
    for code, arguments in (
        (64, []),
        (64, [run]),
        (64, [run, "-o", png, "--dp", "50"]),
        (64, [run, "-o", png, "--dpi", "5"]),
        (64, [run, "-o", str(tmp_path / "f.xyz")]),
        (64, [run, "-o", png, "--variable", "nonsense"]),
        (65, [str(text), "-o", png]),
        (65, [empty, "-o", png]),
        (66, [str(tmp_path / "none.h5"), "-o", png]),
        (73, [run, "-o", str(tmp_path / "nowhere" / "f.png")]),
    ):
        assert main(arguments) == code, arguments
        assert capsys.readouterr().err.count("\n") == 1, arguments
    assert not Path(png).exists()


def test_the_command_runs_as_a_module_and_warns_of_a_partial_run(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run.h5", BOTH, trials=1, status="partial")
    package = Path(gbid.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-m", "gbid.plot", str(run), "-o", str(tmp_path / "f.pdf")],
        env={**os.environ, "PYTHONPATH": str(package)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == f"gbid.plot: {run}: the run is partial\n"
    assert (tmp_path / "f.pdf").read_bytes().startswith(b"%PDF")


def test_a_settled_trial_stays_where_it_settled() -> None:
    values = np.array([[1.0, 1.0, np.nan, np.nan], [3.0, 3.0, 3.0, np.nan]])
    variable = xr.DataArray(values, dims=("trial", "step"), coords={"step": [0, 1, 2, 3]})
    everyone = np.array([True, True])
    _, (_, median, _) = _series.quantiles_by_step(variable, everyone, np.array([True, False]))
    assert median.tolist() == [2.0, 2.0, 2.0, 1.0]
    _, (_, median, _) = _series.quantiles_by_step(variable, everyone, np.array([False, False]))
    assert median[:3].tolist() == [2.0, 2.0, 3.0]
    assert np.isnan(median[3])


def test_steps_without_a_value_are_passed_over(tmp_path: Path) -> None:
    path = write_run(tmp_path / "run.h5", BOTH[1:], trials=3)
    with h5py.File(path, "a") as raw:
        raw["competitive/welfare"][:, 1] = np.nan
    with gbid.load(path) as run:
        ax = gbid.plot.trajectories(run, "welfare", new_axes())
        welfare = run["competitive"].welfare.values[:, [0, 2]]
    assert list(ax.lines[0].get_xdata()) == [SHORT[0] / 10, SHORT[2] / 10]  # one agent in ten moves
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), np.median(welfare, axis=0))
    band = ax.collections[0].get_paths()[0].vertices
    assert np.isfinite(band).all()
    assert set(band[:, 0]) == {SHORT[0] / 10, SHORT[2] / 10}


def test_a_settled_trial_does_not_fill_the_gaps_between_evaluations() -> None:
    nan = np.nan
    values = np.array([[1.0, nan, nan, nan, nan, nan], [3.0, nan, 4.0, nan, 5.0, nan]])
    variable = xr.DataArray(values, dims=("trial", "step"), coords={"step": range(6)})
    everyone, first = np.array([True, True]), np.array([True, False])
    _, (_, median, _) = _series.quantiles_by_step(variable, everyone, first)
    np.testing.assert_array_equal(median, [2.0, nan, 2.5, nan, 3.0, 1.0])
    _, (_, median, _) = _series.quantiles_by_step(variable, everyone, everyone)
    np.testing.assert_array_equal(median, [2.0, nan, 2.5, nan, 3.0, 3.0])


def test_thinning_a_long_series_keeps_its_few_values() -> None:
    values = np.full((1, 5000), np.nan)
    known = np.arange(0, 5000, 7)  # none of the usual stride, 4, but every fourth
    values[0, known] = known
    variable = xr.DataArray(values, dims=("trial", "step"), coords={"step": range(5000)})
    steps, (_, median, _) = _series.quantiles_by_step(variable, np.array([True]), np.array([False]))
    np.testing.assert_array_equal(steps[~np.isnan(median)], known)
