# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Who buys from whom: purchases along a run, and the graph of the market at its end."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import gbid
import gbid.plot
import h5py
import matplotlib.colors
import numpy as np
import pytest
from gbid import _market_graph, _style
from gbid_files import COMPETITIVE, write_run, write_variable
from learning_files import STEPS, write_experts
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch
from test_gbid_learning import texts_of
from test_gbid_plot import new_axes


def test_purchases_are_a_row_for_each_pair_and_name_the_last_sellers(tmp_path: Path) -> None:
    path = write_experts(tmp_path / "run.h5", trials=2, bidders=2, sellers=4)
    with gbid.load(path) as run:
        ax = gbid.plot.purchases(run, new_axes(), "coordinated", trial=1)
        mask = run["coordinated"].mask.values[1]  # step, bidder, seller
        rows = mask.reshape(len(STEPS), 8).T
        np.testing.assert_array_equal(ax.collections[0].get_array().reshape(rows.shape), rows)
        assert texts_of(ax) == ["seller 1", "seller 2"]
        assert [text.get_position()[1] for text in ax.texts] == [1, 6]
        assert [label.get_text() for label in ax.get_yticklabels()] == ["bidder 0", "bidder 1"]
        bids = gbid.plot.purchases(run, new_axes(), trial=0, variable="bid")
        assert bids.collections[0].get_array().min() == 0.01
        with pytest.raises(IndexError, match="trial 2 of 2"):
            gbid.plot.purchases(run, new_axes(), trial=2)
        with pytest.raises(KeyError, match="did not record welfare"):
            gbid.plot.purchases(run, new_axes(), variable="welfare")


def test_where_rows_would_be_too_low_bidders_are_averaged(tmp_path: Path) -> None:
    with gbid.load(write_experts(tmp_path / "run.h5", bidders=20, sellers=12)) as run:
        ax = gbid.plot.purchases(run, new_axes())
        mask = run["competitive"].mask.values[0]
    mesh = ax.collections[0]
    np.testing.assert_allclose(mesh.get_array().reshape(12, -1), mask.mean(axis=1).T, rtol=1e-14)
    assert mesh.get_label() == "Mask, mean over bidders"
    assert [label.get_text() for label in ax.get_yticklabels()] == ["seller 0", "seller 11"]


def test_steps_that_a_trial_did_not_reach_are_no_purchases(tmp_path: Path) -> None:
    path = write_experts(tmp_path / "run.h5", regimes=1)
    with h5py.File(path, "a") as raw:
        raw["competitive/mask"][0, 4:] = np.nan
        raw["competitive/bid"][0, 4:] = np.nan
        raw["competitive/bid"][0, 3, 0, 1] = 0.75
        raw["competitive/mask"][0, 3, 0, 1] = 0.5
    with gbid.load(path) as run:
        ax = gbid.plot.purchases(run, new_axes())
        assert ax.collections[0].get_array().size == 4 * 9
        assert ax.get_xlim()[1] == pytest.approx(STEPS[3] + 5)  # half-way to the next
        trades = _market_graph.read_trades(run["competitive"], 0)
    assert (trades.bid[0, 1], trades.mask[0, 1]) == (0.75, 0.5)


def test_the_graph_has_edges_as_wide_as_masks_and_grey_ones_that_buy_nothing(
    tmp_path: Path,
) -> None:
    path = write_experts(tmp_path / "run.h5", trials=2)
    with gbid.load(path) as run:
        ax = gbid.plot.market_graph(run, new_axes(), "coordinated", trial=1)
        mask = run["coordinated"].mask.values[1, -1]
    idle, bought = ax.collections[:2]
    assert len(idle.get_segments()) == 6
    assert len(bought.get_segments()) == 3
    sold = np.array([mask[0, 1], mask[1, 2], mask[2, 0]])
    thin, wide = _market_graph.THINNEST, _market_graph.WIDEST
    np.testing.assert_allclose(bought.get_linewidths(), thin + (wide - thin) * sold / sold.max())
    left, right = bought.get_segments()[0]
    assert (left[0], right[0]) == (0.0, 1.0)  # bidders at the left
    assert (left[1], right[1]) == (1.0, 0.5)  # bidder 0 on top buys from seller 1
    assert set(idle.get_linewidths()) == {0.8}
    assert matplotlib.colors.to_hex(bought.get_colors()[0]) == _style.look(1).color.lower()
    for text in ("bidder 2", "seller 2", f"{mask[0, 1]:.2f}", "width: mask; grey: buys nothing"):
        assert text in texts_of(ax)


def test_a_shared_scale_makes_graphs_comparable(tmp_path: Path) -> None:
    with gbid.load(write_experts(tmp_path / "run.h5")) as run:
        alone = gbid.plot.market_graph(run, new_axes()).collections[1].get_linewidths()
        shared = gbid.plot.market_graph(run, new_axes(), widest=1.0).collections[1].get_linewidths()
    assert max(alone) == pytest.approx(_market_graph.WIDEST)
    assert max(shared) < _market_graph.WIDEST / 2


def test_final_bids_stand_in_for_their_trajectories(tmp_path: Path) -> None:
    path = write_experts(tmp_path / "run.h5", without=("bid", "mask"))
    with gbid.load(path) as run:
        assert len(gbid.plot.market_graph(run, new_axes()).collections[1].get_segments()) == 3
    bare = write_experts(tmp_path / "bare.h5", without=("bid", "mask", "bid_final"))
    with gbid.load(bare) as run, pytest.raises(KeyError, match="recorded no bids"):
        gbid.plot.market_graph(run, new_axes())


def test_agents_of_a_bid_matrix_stand_on_a_circle(tmp_path: Path) -> None:
    path = write_run(tmp_path / "run.h5", (replace(COMPETITIVE, steps=[0, 10]),), 1, agents=4)
    with gbid.load(path) as run:
        ax = gbid.plot.market_graph(run, new_axes())
        assert any("masks were not recorded" in text for text in texts_of(ax))
    mask = np.zeros((1, 4, 4))
    mask[0, 1, 1], mask[0, 0, 2], mask[0, 3, 2] = 0.2, 0.4, 0.1
    with h5py.File(path, "a") as raw:
        dims = ("trial", "agent", "counterpart")
        write_variable(raw["competitive"], "mask", mask, dims, "mask")
    with gbid.load(path) as run:
        ax = gbid.plot.market_graph(run, new_axes())
        with pytest.raises(IndexError, match="trial 1 of 1"):
            gbid.plot.market_graph(run, new_axes(), trial=1)
    arrows = [patch for patch in ax.patches if isinstance(patch, FancyArrowPatch)]
    loops = [patch for patch in ax.patches if isinstance(patch, Circle)]
    widths = [arrow.get_linewidth() for arrow in arrows]
    assert len(arrows) == 2
    assert widths[0] == pytest.approx(_market_graph.WIDEST)  # 0 -> 2, the largest mask
    assert widths[1] < widths[0] / 2
    assert len(loops) == 1
    assert len(ax.collections[0].get_segments()) == 12 - 2  # all other bids on others


def test_too_many_traders_are_told_not_drawn(tmp_path: Path) -> None:
    with gbid.load(write_experts(tmp_path / "run.h5", bidders=30, sellers=31)) as run:
        ax = gbid.plot.market_graph(run, new_axes())
    assert texts_of(ax) == ["61 traders: too many to distinguish in a graph"]
    assert not ax.collections


def test_a_trial_without_an_end_is_told(tmp_path: Path) -> None:
    path = write_experts(tmp_path / "run.h5")
    with h5py.File(path, "a") as raw:
        for name in ("bid", "mask"):
            raw[f"competitive/{name}"][...] = np.nan
    with gbid.load(path) as run:
        assert texts_of(gbid.plot.market_graph(run, new_axes())) == ["trial 0 has no end to show"]
        assert texts_of(gbid.plot.purchases(run, new_axes())) == ["no step of this trial is known"]
        assert isinstance(gbid.plot.overview(run), Figure)
