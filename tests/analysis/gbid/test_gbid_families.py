# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Figures of a family: road networks with their flows, phase portraits, and which page shows which."""

from __future__ import annotations

import gbid.plot
import numpy as np
import pytest
import xarray as xr
from gbid import _families
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch


def braess() -> xr.Dataset:
    """1 -> 2, 3 -> 4 and 2 -> 3, with everything on 1-2-3-4."""
    begin, end, flow = [1, 1, 2, 3, 2], [2, 3, 4, 4, 3], [6.0, 0.0, 0.0, 6.0, 3.0]
    return xr.Dataset(
        {
            "link_flow": (("trial", "link"), [flow], {"units": "trips"}),
            "link_cost": (("trial", "link"), [[1.0, 1.0, 1.0, 2.0, 0.0]]),
            "from_node": (("trial", "link"), [begin]),
            "to_node": (("trial", "link"), [end]),
            "origin": (("trial", "agent"), [[1]]),
            "destination": (("trial", "agent"), [[4]]),
        }
    )


def test_a_road_network_is_drawn_with_its_flows() -> None:
    ax = gbid.plot.road_network(braess(), Figure().add_subplot())
    links = [patch for patch in ax.patches if isinstance(patch, FancyArrowPatch)]
    widths = sorted(link.get_linewidth() for link in links)
    assert len(links) == 5
    thin, thick = _families.THINNEST, _families.THICKEST
    np.testing.assert_allclose(widths, [thin, thin, (thin + thick) / 2, thick, thick])
    (nodes,) = [c for c in ax.collections if len(c.get_offsets()) == 4]
    places = dict(zip((1, 2, 3, 4), np.asarray(nodes.get_offsets()), strict=True))
    assert places[1][0] < min(places[2][0], places[3][0]) < places[4][0]  # trips go to the right
    assert np.hypot(*(places[1] - places[4])) > 1.2 * np.hypot(*(places[1] - places[2]))
    assert {text.get_text() for text in ax.texts} == {"1", "2", "3", "4"}
    assert ax.get_title(loc="left") + ax.get_title() == "Flows up to 6 trips, trial 0"


def test_parallel_links_and_both_directions_are_seen_apart() -> None:
    bends = _families._bends(np.array([0, 0, 1]), np.array([1, 1, 0]))
    assert len({bends[0], bends[1]}) == 2 and min(bends) > 0  # bends of opposite links are on opposite sides
    with pytest.raises(IndexError):
        gbid.plot.road_network(braess(), Figure().add_subplot(), trial=1)


def portrait() -> xr.Dataset:
    path = np.array([[[0.9, 0.1], [0.5, 0.5], [0.25, 0.5], [np.nan, np.nan]]])
    return xr.Dataset(
        {
            "strategies": (("trial", "step", "agent"), path),
            "known_equilibrium": (("trial", "agent"), [[0.2, 0.4]]),
        }
    )


def test_a_phase_portrait_has_the_path_its_ends_and_the_equilibrium() -> None:
    ax = gbid.plot.phase_portrait(portrait(), Figure().add_subplot())
    lines = {line.get_label(): line.get_xydata().tolist() for line in ax.lines}
    assert lines["path"] == [[0.9, 0.1], [0.5, 0.5], [0.25, 0.5]]
    assert (lines["start"], lines["end"], lines["equilibrium"]) == ([[0.9, 0.1]], [[0.25, 0.5]], [[0.2, 0.4]])
    three = xr.Dataset({"strategies": (("trial", "step", "agent"), np.zeros((1, 2, 3)))})
    with pytest.raises(ValueError, match="two agents"):
        gbid.plot.phase_portrait(three, Figure().add_subplot())


def test_a_page_shows_what_its_family_is_looked_at_for() -> None:
    family = gbid.plot._family
    assert family({"a": braess()}) == (gbid.plot.road_network, ["a"])  # type: ignore[arg-type]
    assert family({"a": xr.Dataset(), "b": portrait()}) == (gbid.plot.phase_portrait, ["b"])  # type: ignore[arg-type]
    assert family({"a": xr.Dataset()}) is None  # type: ignore[arg-type]
