# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Drawing sweeps: the numbers that are drawn, and points without any."""

from __future__ import annotations

import warnings
from pathlib import Path

import gbid
import gbid.plot
import h5py
import numpy as np
import pytest
from gbid import _sweep_maps, _sweep_marks, _sweep_values
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from sweep_files import AGENTS, DIVERGENCE, GRAPH, RATE, write_sweep
from test_gbid_plot import new_axes

COUNTS = [5, 10, 20, 50, 100]
DIVERGENCES = [-1.0, -0.75, -0.5, -0.25, 0.0, 0.25]
GRAPHS = ["complete", "ring", "star", "small_world"]
THREE = ("coordinated", "competitive", "cautious")
ALL_STATES = {2: "failed", 4: "some_failed", 6: "not_run", 11: "refused"}


def load(path: Path, keys: dict[str, list], **how: object) -> gbid.Sweep:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", gbid.PartialRunWarning)
        return gbid.load_sweep(write_sweep(path / "sweep.h5", keys, **how))


def lines_of(ax: Axes) -> dict[str, tuple[list, list]]:
    """Label -> places and values of every labelled line."""
    named = [line for line in ax.lines if not line.get_label().startswith("_")]
    return {n.get_label(): (list(n.get_xdata()), list(n.get_ydata())) for n in named}


def texts_of(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts]


def test_the_price_is_drawn_as_the_file_has_it_with_its_interval(tmp_path: Path) -> None:
    with load(tmp_path, {AGENTS: COUNTS}) as sweep:
        ax = gbid.plot.price_of_anarchy_by_key(sweep, new_axes())
        places, values = lines_of(ax)["competitive"]
        assert places == COUNTS
        np.testing.assert_array_equal(values, sweep.points["price_of_anarchy"])
        band = ax.collections[0].get_paths()[0].vertices
        for place, low, high in zip(
            COUNTS,
            sweep.points["price_of_anarchy_low"],
            sweep.points["price_of_anarchy_high"],
            strict=True,
        ):
            # The path of a band repeats its ends; every value is there, to the bit.
            assert set(band[band[:, 0] == place, 1]) >= {low, high}
    assert ax.get_xlabel() == AGENTS
    assert ax.get_xscale() == "log"
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["5", "10", "20", "50", "100"]
    neutral = [line for line in ax.lines if line.get_label().startswith("_")]
    assert list(neutral[0].get_ydata()) == [1.0, 1.0]


def test_welfare_has_a_line_per_regime_that_looks_like_no_other(tmp_path: Path) -> None:
    with load(tmp_path, {DIVERGENCE: DIVERGENCES}, regimes=THREE) as sweep:
        ax = gbid.plot.welfare_by_key(sweep, new_axes())
        assert list(lines_of(ax)) == list(THREE)
        np.testing.assert_array_equal(
            lines_of(ax)["cautious"][1], sweep.points["welfare_cautious"]
        )
        assert len({(line.get_color(), line.get_linestyle()) for line in ax.lines}) == 3
        assert ax.get_xscale() == "linear"
        prices = gbid.plot.price_of_anarchy_by_key(sweep, new_axes())
        assert list(lines_of(prices)) == ["competitive", "cautious"]
        expected = sweep.points["price_of_anarchy_cautious"]
        np.testing.assert_array_equal(lines_of(prices)["cautious"][1], expected)


@pytest.mark.parametrize(
    ("values", "scale"),
    [
        ([10, 20, 50, 100], "log"),  # 1 2 5 10: ratios of 2 and 2.5
        ([2, 4, 8], "log"),
        ([1, 3, 4, 30], "log"),  # more than a decade
        ([1, 20], "log"),
        ([1, 2, 3, 4], "linear"),
        ([round(0.1 * i, 1) for i in range(1, 21)], "linear"),  # even, though over a decade
        ([-1.0, 10.0, 1000.0], "linear"),
        ([5], "linear"),
        ([0.0, 0.01, 0.1, 1.0], "symlog"),
        ([0.0, 0.5, 1.0], "linear"),
    ],
)
def test_an_axis_is_logarithmic_if_its_values_ask_for_it(values: list[float], scale: str) -> None:
    assert _sweep_values.scale(values) == scale


def test_texts_are_rows_of_dots_with_bars(tmp_path: Path) -> None:
    with load(tmp_path, {GRAPH: GRAPHS}, regimes=THREE, states={2: "refused"}) as sweep:
        ax = gbid.plot.price_of_anarchy_by_key(sweep, new_axes())
        assert [tick.get_text() for tick in ax.get_yticklabels()] == GRAPHS
        assert ax.yaxis_inverted()
        drawn = lines_of(ax)
        np.testing.assert_array_equal(
            drawn["competitive"][0], sweep.points["price_of_anarchy_competitive"]
        )
        rows = np.array(drawn["competitive"][1]), np.array(drawn["cautious"][1])
        assert np.all(rows[0] < rows[1])  # beside each other, not over each other
        assert np.all(np.abs(rows[0] - range(4)) < 0.5)
        bar = ax.collections[0].get_segments()[0][:, 0]
        low, high = "price_of_anarchy_competitive_low", "price_of_anarchy_competitive_high"
        assert list(bar) == [sweep.points[low][0], sweep.points[high][0]]
        assert drawn["failed or refused: 1 point"][1] == [2]


def test_points_without_a_value_are_marked_by_the_reason_and_counted(tmp_path: Path) -> None:
    keys = {AGENTS: [2, 5, 10, 20, 50, 100, 200, 500]}
    states = {2: "failed", 3: "refused", 5: "some_failed", 6: "not_run"}
    with load(tmp_path, keys, states=states, undefined=(1,)) as sweep:
        ax = gbid.plot.price_of_anarchy_by_key(sweep, new_axes())
        drawn = lines_of(ax)
        assert np.isnan(drawn["competitive"][1])[[1, 2, 3, 6]].all()
        assert drawn["failed or refused: 2 points"][0] == [10, 20]
        assert drawn["some trials failed: 1 point"][0] == [100]
        assert drawn["not run: 1 point"][0] == [200]
        assert drawn["price of anarchy not defined: 1 point"][0] == [5]
        # A point whose neighbours have no interval shows its own as a bar: 2 and 500.
        bars = ax.collections[1].get_segments()
        assert [bar[0, 0] for bar in bars] == [2, 500]
        welfare = gbid.plot.welfare_by_key(sweep, new_axes())
        assert not any("not defined" in label for label in lines_of(welfare))


def test_negative_payoffs_have_a_gap_and_say_why(tmp_path: Path) -> None:
    with load(tmp_path, {AGENTS: COUNTS}, negative=True) as sweep:
        ax = gbid.plot.price_of_anarchy_by_key(sweep, new_axes())
        np.testing.assert_array_equal(
            lines_of(ax)["competitive"][1], sweep.points["welfare_gap"]
        )
        assert "Welfare gap" in ax.get_ylabel()
        assert "price of anarchy not defined" in ax.get_xlabel()
        table = gbid.plot.ranking(sweep, new_axes())
        assert "by welfare gap" in table.get_title()


def test_one_defined_price_keeps_the_price(tmp_path: Path) -> None:
    with load(tmp_path, {AGENTS: COUNTS}, undefined=(0, 1, 2, 3)) as sweep:
        ax = gbid.plot.price_of_anarchy_by_key(sweep, new_axes())
        assert "Price of anarchy" in ax.get_ylabel()
        assert "price of anarchy not defined: 4 points" in lines_of(ax)


def test_an_unswept_key_is_refused_and_the_swept_ones_are_named(tmp_path: Path) -> None:
    with load(tmp_path, {AGENTS: COUNTS}) as sweep:
        with pytest.raises(KeyError, match=f"'market.agent' was not swept; swept: {AGENTS}"):
            gbid.plot.welfare_by_key(sweep, new_axes(), "market.agent")
        with pytest.raises(ValueError, match="a map needs two keys"):
            gbid.plot.price_of_anarchy_map(sweep, new_axes())


def test_other_keys_are_pooled_over_all_their_trials(tmp_path: Path) -> None:
    with load(tmp_path, {AGENTS: [5, 10], RATE: [0.1, 0.2, 0.3]}, states={1: "failed"}) as sweep:
        ax = gbid.plot.price_of_anarchy_by_key(sweep, new_axes())
        rows = sweep.table[sweep.table["regime"] == "competitive"]
        first = rows.loc[(rows[AGENTS] == 5) & (rows[RATE] != 0.2), "price_of_anarchy"]
        assert len(first) == 10
        assert lines_of(ax)["competitive"][1][0] == np.median(first)
        assert "pooled over rate" in ax.get_xlabel()
        by_rate = gbid.plot.price_of_anarchy_by_key(sweep, new_axes(), RATE)
        assert lines_of(by_rate)["competitive"][0] == [0.1, 0.2, 0.3]


def test_what_failed_trials_left_behind_is_not_pooled(tmp_path: Path) -> None:
    path = write_sweep(
        tmp_path / "sweep.h5", {AGENTS: [5, 10], RATE: [0.1, 0.2]}, states={0: "failed"}
    )
    with h5py.File(path, "a") as raw:
        failed = raw["table/outcome"][()] == 3
        raw["table/welfare"][failed] = 99.0
    with gbid.load_sweep(path) as sweep:
        ax = gbid.plot.welfare_by_key(sweep, new_axes())
        assert lines_of(ax)["competitive"][1][0] == pytest.approx(
            sweep.points["welfare_competitive"][1], rel=1e-15  # the other point's own median
        )


def test_a_map_has_one_cell_per_pair_with_its_number(tmp_path: Path) -> None:
    keys = {AGENTS: COUNTS, DIVERGENCE: DIVERGENCES}
    with load(tmp_path, keys) as sweep:
        ax = gbid.plot.price_of_anarchy_map(sweep, new_axes())
        cells = ax.images[-1].get_array()
        assert cells.shape == (6, 5)
        for agents, divergence in ((5, -1.0), (100, -0.5), (20, 0.25)):
            chosen = (sweep.points[AGENTS] == agents) & (sweep.points[DIVERGENCE] == divergence)
            expected = sweep.points.loc[chosen, "price_of_anarchy"].item()
            place = DIVERGENCES.index(divergence), COUNTS.index(agents)
            assert cells[place] == expected
            text = next(t for t in ax.texts if t.get_position() == place[::-1])
            assert float(text.get_text()) == pytest.approx(expected, rel=5e-3)  # three digits
        assert len(ax.texts) == 30
        assert (ax.get_xlabel(), ax.get_ylabel()) == (AGENTS, DIVERGENCE)
        assert not ax.yaxis_inverted()
        other = gbid.plot.welfare_map(sweep, new_axes(), "coordinated", x=DIVERGENCE, y=AGENTS)
        assert other.images[-1].get_array().shape == (5, 6)
        first = sweep.points["welfare_coordinated"][0]
        assert other.images[-1].get_array()[0, 0] == first


def test_a_map_takes_the_asked_regime_and_points(tmp_path: Path) -> None:
    keys = {AGENTS: [5, 10], DIVERGENCE: [0.0, 1.0], GRAPH: ["ring", "star"]}
    with load(tmp_path, keys, regimes=THREE) as sweep:
        star = {GRAPH: "star"}
        ax = gbid.plot.price_of_anarchy_map(sweep, new_axes(), where=star, regime="cautious")
        chosen = sweep.points[sweep.points[GRAPH] == "star"]
        expected = chosen["price_of_anarchy_cautious"].to_numpy().reshape(2, 2).T
        np.testing.assert_array_equal(ax.images[-1].get_array(), expected)
        with pytest.raises(KeyError, match="'coordinated'; of: competitive, cautious"):
            gbid.plot.price_of_anarchy_map(sweep, new_axes(), regime="coordinated")


def test_a_map_without_where_pools_the_trials_of_a_cell(tmp_path: Path) -> None:
    keys = {AGENTS: [5, 10], DIVERGENCE: [0.0, 1.0], GRAPH: ["ring", "star"]}
    with load(tmp_path, keys, states={0: "failed"}) as sweep:
        ax = gbid.plot.price_of_anarchy_map(sweep, new_axes())
        rows = sweep.table[sweep.table["regime"] == "competitive"]
        corner = rows.loc[(rows[AGENTS] == 10) & (rows[DIVERGENCE] == 1.0), "price_of_anarchy"]
        assert len(corner) == 10
        assert ax.images[-1].get_array()[1, 1] == np.median(corner)
        assert ax.get_legend_handles_labels()[1] == ["pooled with failed points"]


def test_cells_without_a_value_are_hatched_by_the_reason(tmp_path: Path) -> None:
    keys = {AGENTS: COUNTS, DIVERGENCE: DIVERGENCES}
    with load(tmp_path, keys, states=ALL_STATES, undefined=(1,)) as sweep:
        ax = gbid.plot.price_of_anarchy_map(sweep, new_axes())
        hatched = {c.get_label(): c for c in ax.collections}
        assert set(hatched) == {
            "failed or refused: 2 points",
            "not run: 1 point",
            "price of anarchy not defined: 1 point",
        }
        centres = [p.vertices[:4].mean(axis=0) for p in hatched["not run: 1 point"].get_paths()]
        np.testing.assert_allclose(centres, [(1, 0)])  # point 6: second count, first divergence
        assert len(hatched["failed or refused: 2 points"].get_paths()) == 2
        assert len({c.get_hatch() for c in hatched.values()}) == 3
        assert ax.images[-1].get_array().mask.sum() == 4
        labels = ax.get_legend_handles_labels()[1]
        assert set(labels) == {*hatched, "some trials failed: 1 point"}


def test_pairs_that_no_point_has_stay_empty(tmp_path: Path) -> None:
    path = write_sweep(tmp_path / "sweep.h5", {AGENTS: [5, 10], DIVERGENCE: [0.0, 1.0]})
    with h5py.File(path, "a") as raw:
        raw[f"summary/{DIVERGENCE}"][:] = [0.0, 1.0, 1.0, 1.0]  # nobody has (10, 0)
    with gbid.load_sweep(path) as sweep:
        quantity = _sweep_values.anarchy(sweep)
        found = _sweep_maps.cells(sweep, quantity, "competitive", AGENTS, DIVERGENCE, {})
        assert found.states[0, 1] == _sweep_marks.ABSENT
        assert np.isnan(found.values[0, 1])
        assert len(gbid.plot.price_of_anarchy_map(sweep, new_axes()).collections) == 0


def test_colours_are_logarithmic_over_two_decades_but_never_for_a_gap() -> None:
    prices = _sweep_values.Quantity("price_of_anarchy", {})
    gaps = _sweep_values.Quantity("welfare_gap", {})
    wide = np.array([1.0, 500.0, np.nan])
    assert isinstance(_sweep_maps.norm_of(prices, wide), LogNorm)
    assert not isinstance(_sweep_maps.norm_of(prices, wide / wide + 1.0), LogNorm)
    assert not isinstance(_sweep_maps.norm_of(gaps, wide), LogNorm)
    assert not isinstance(_sweep_maps.norm_of(prices, np.array([np.nan])), LogNorm)


def test_the_ranking_has_the_best_first_and_says_what_is_between(tmp_path: Path) -> None:
    keys = {AGENTS: COUNTS, DIVERGENCE: DIVERGENCES}
    with load(tmp_path, keys) as sweep:
        ax = new_axes()
        ax.figure.set_size_inches(16, 4)
        gbid.plot.ranking(sweep, ax, most=6)
        order = sweep.points["price_of_anarchy"].sort_values().index
        texts = texts_of(ax)
        begin = texts.index("point")
        assert texts[begin + 1 : begin + 7] == [str(p) for p in [*order[:3], *order[-3:]]]
        assert "\N{HORIZONTAL ELLIPSIS} 24 points between" in texts
        best = sweep.points.loc[order[0]]
        low, high = best["price_of_anarchy_low"], best["price_of_anarchy_high"]
        assert f"{best['price_of_anarchy']:#.4g}  [{low:#.4g}, {high:#.4g}]" in texts
        assert f"{best['welfare_coordinated']:#.4g}" in texts
        assert ax.get_title() == "Best and worst points by price of anarchy"


def test_several_competitive_regimes_rank_by_the_highest_price(tmp_path: Path) -> None:
    with load(tmp_path, {GRAPH: GRAPHS}, regimes=THREE, spread=0.3) as sweep:
        columns = ["price_of_anarchy_competitive", "price_of_anarchy_cautious"]
        expected = sweep.points[columns].max(axis=1).sort_values().index
        texts = texts_of(gbid.plot.ranking(sweep, new_axes()))
        assert texts[1:5] == [str(point) for point in expected]


def test_points_that_cannot_be_ranked_are_counted_with_a_reason(tmp_path: Path) -> None:
    keys = {AGENTS: COUNTS, DIVERGENCE: DIVERGENCES}
    with load(tmp_path, keys, states=ALL_STATES, undefined=(1,), settled=0.6) as sweep:
        ax = new_axes()
        ax.figure.set_size_inches(24, 4)
        texts = texts_of(gbid.plot.ranking(sweep, ax, most=30))
        note = "Not ranked: 1 without a result (1), 1 failed (2), 1 refused (11), 1 not run (6)"
        assert texts[-1].startswith(note + ". Point 2: agent 0: payoff is not finite")
        assert texts.count("some failed") == 1
        assert texts.count("trial 0: agent 2: payoff is not finite") == 1
        assert texts.count("60%") == 25
        assert texts.count("50%") == 1  # of the four trials that count, two settled


def test_points_that_may_not_be_quoted_are_hollow_and_never_ranked(tmp_path: Path) -> None:
    why = {0: "coordinated has not settled in 1 of 5 trials", 3: "5 of 5 ends have no certificate"}
    with load(tmp_path, {AGENTS: COUNTS}, obstacles=why) as sweep:
        assert list(sweep.quotable) == [1, 2, 4]
        assert sweep.obstacles(0) == [why[0]]
        ax = gbid.plot.price_of_anarchy_by_key(sweep, new_axes())
        places, values = lines_of(ax)["not to be quoted: 2 points"]
        assert places == [COUNTS[0], COUNTS[3]]
        np.testing.assert_array_equal(values, sweep.points["price_of_anarchy"][[0, 3]])
        hollow = next(line for line in ax.lines if line.get_label().startswith("not to be quoted"))
        assert hollow.get_markerfacecolor() == "white"
        texts = texts_of(gbid.plot.ranking(sweep, new_axes()))
        assert texts[1:4] == ["1", "2", "4"]  # the price rises with the number
        assert texts[-1].startswith("Not ranked: 2 not to be quoted (0, 3)")


def test_where_no_point_may_be_quoted_none_is_called_the_best(tmp_path: Path) -> None:
    with load(tmp_path, {AGENTS: COUNTS}, obstacles=dict.fromkeys(range(5), "no certificate")) as sweep:
        ax = gbid.plot.ranking(sweep, new_axes())
        assert ax.get_title() == "Points by number: none may be quoted"
        assert texts_of(ax)[1:6] == ["0*", "1*", "2*", "3*", "4*"]


def test_cells_that_may_not_be_quoted_have_a_hollow_mark(tmp_path: Path) -> None:
    keys = {AGENTS: COUNTS, DIVERGENCE: DIVERGENCES}
    with load(tmp_path, keys, obstacles={7: "no certificate"}) as sweep:
        ax = gbid.plot.price_of_anarchy_map(sweep, new_axes())
        (mark,) = [line for line in ax.lines if line.get_label() == "not to be quoted: 1 point"]
        column, row = 1, 1  # point 7: the second number of agents, the second divergence
        assert abs(mark.get_xdata()[0] - column) < 0.5 and abs(mark.get_ydata()[0] - row) < 0.5


def test_a_file_that_does_not_judge_its_points_has_none_to_quote(tmp_path: Path) -> None:
    path = write_sweep(tmp_path / "sweep.h5", {AGENTS: COUNTS})
    with h5py.File(path, "a") as raw:
        del raw["summary/obstacles"]
    with gbid.load_sweep(path) as sweep:
        assert not len(sweep.quotable)
        assert "does not say" in sweep.obstacles(0)[0]


def test_the_shortest_ends_of_keys_tell_them_apart() -> None:
    keys = ["market.graph.kind", "market.utility.kind", "market.agents"]
    expected = {"market.graph.kind": "graph.kind", "market.utility.kind": "utility.kind"}
    assert _sweep_values.short_names(keys) == {**expected, "market.agents": "agents"}
    assert _sweep_values.short_names(["kind", "a.kind"]) == {"kind": "kind", "a.kind": "a.kind"}


def test_long_texts_lose_what_they_have_in_common() -> None:
    values = ['{ kind = "complete", self = true }', '{ kind = "ring" }']
    dots = "\N{HORIZONTAL ELLIPSIS}"
    expected = [f'{dots}complete", s{dots}', f'{dots}ring" }}']
    assert _sweep_values.names_of(values, 14) == expected
    assert _sweep_values.names_of(values[1:], 30) == values[1:]
    assert _sweep_values.names_of([0.1, 0.10000001], 20) == ["0.1", "0.10000001"]
    assert _sweep_values.names_of([5, 10_000_000], 20) == ["5", "10000000"]


def test_which_regime_is_competitive_is_in_the_scenario_if_nothing_was_played(
    tmp_path: Path,
) -> None:
    regimes = ("competitive", "coordinated")
    path = tmp_path / "sweep.h5"
    write_sweep(path, {AGENTS: [3, 5]}, regimes=regimes, states={0: "not_run", 1: "not_run"})
    with h5py.File(path, "a") as raw:
        text = '[regimes.competitive]\nobjective = "own_payoff"\n'
        raw["scenario_toml"][()] = text + '[regimes.coordinated]\nobjective = "mean_payoff"\n'
    with gbid.load_sweep(path) as sweep:
        assert list(_sweep_values.anarchy(sweep).columns) == ["competitive"]
