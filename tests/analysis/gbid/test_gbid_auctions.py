# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Figures of auctions and of markets whose payoffs are costs."""

from __future__ import annotations

from pathlib import Path

import gbid
import gbid_files
import h5py
import numpy as np
import xarray as xr
from gbid import _ends, _style
from gbid._auctions import bid_functions, has_bid_functions
from matplotlib.figure import Figure


def auction(known: bool = True) -> xr.Dataset:
    values = np.tile(np.linspace(0.0, 1.0, 5), (2, 3, 1))
    bids = 0.5 * values + np.arange(3)[:, None]
    dims = ("trial", "agent", "node")
    answer = 0.5 * values if known else np.full_like(values, np.nan)
    return xr.Dataset({"value": (dims, values), "bid": (dims, bids), "known_bid": (dims, answer)})


def test_every_agent_has_a_line_and_the_equilibrium_is_beside_it() -> None:
    ax = bid_functions(auction(), Figure().add_subplot(), trial=1)
    lines = {line.get_label(): line.get_ydata() for line in ax.lines if not str(line.get_label()).startswith("_")}
    assert list(lines) == ["agent 0", "agent 1", "agent 2", "equilibrium"]
    np.testing.assert_allclose(lines["agent 2"], 2.0 + 0.5 * np.linspace(0.0, 1.0, 5))
    np.testing.assert_allclose(lines["equilibrium"], 0.5 * np.linspace(0.0, 1.0, 5))


def test_an_unknown_equilibrium_is_not_drawn() -> None:
    ax = bid_functions(auction(known=False), Figure().add_subplot())
    assert len(ax.lines) == 3


def test_bids_of_several_numbers_are_left_to_others() -> None:
    assert has_bid_functions(auction())
    assert not has_bid_functions(auction().expand_dims(item=2).transpose("trial", "agent", "node", "item"))
    assert not has_bid_functions(auction().drop_vars("value"))


def test_a_long_name_is_folded() -> None:
    folded = _style.folded("Mean payoff: minus total travel time by pairs and much more [cost]")
    assert max(map(len, folded.split("\n"))) <= 40
    assert folded.replace("\n", " ").endswith("more [cost]")


def test_costs_have_a_price_of_anarchy(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    gbid_files.write_run(path)
    with h5py.File(path, "r+") as file:
        for name, cost in (("competitive", 2.0), ("coordinated", 1.5)):
            file[name]["welfare"][...] = -cost
            file[name].attrs["welfare_sign"] = "cost"
        if "summary" in file:
            del file["summary"]
    with gbid.load(path) as run:
        found = _ends.anarchy(run)
    np.testing.assert_allclose(found.rows["competitive"], 4.0 / 3.0)
    assert found.neutral == 1.0
