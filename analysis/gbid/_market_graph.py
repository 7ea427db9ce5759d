# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Who buys from whom, as a graph: what `gbid graph` exports, drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.patches import Circle, FancyArrowPatch
from numpy.typing import NDArray

from gbid import _style
from gbid._load import Run, of_trial, regime_of

MOST_VERTICES = 60  # of more, edges hide each other
MOST_NUMBERS = 9  # edges that buy of which each carries its mask as a number
LEAST_SHARE = 0.01  # of the widest, that a mask has to be for a number
THINNEST, WIDEST = 0.6, 7.0  # points, of edges that buy
IDLE = "#c4c4c4"  # bids that buy nothing
NUMBER_PLACES = (0.3, 0.42, 0.58, 0.7, 0.5)  # along an edge, in the order they are tried
NUMBER_ROOM = (28.0, 14.0)  # points, across and along, in which there is no other number
NODE_ROOM = 20.0  # points, from the middle of a trader to that of a number
SIDE_LIMITS, HEIGHT_LIMITS = (-0.5, 1.5), (-0.12, 1.12)  # of the panel; traders lie in [0, 1]


@dataclass(frozen=True)
class Trades:
    """Bids and masks (buyers x sellers) at the end of a trial; no masks if none were kept."""

    bid: NDArray[Any]
    mask: NDArray[Any] | None
    is_between_agents: bool

    @property
    def weight(self) -> NDArray[Any]:
        """What the width of an edge shows."""
        return self.bid if self.mask is None else self.mask


def market_graph(
    run: Run, ax: Axes, regime: str | None = None, trial: int = 0, widest: float | None = None
) -> Axes:
    """Draw who buys from whom at the last record of a trial.

    Bidders stand at the left and sellers at the right; the agents of a bid matrix on a circle, with
    arrows to whom they buy from. Edges are as wide as the mask; bids that buy nothing are thin and
    grey, and a seller without buyers is hollow.

    Parameters
    ----------
    run : Run
        The run.
    ax : matplotlib.axes.Axes
        Where to draw; the edges that buy nothing are ``ax.collections[0]``.
    regime : str, optional
        Which regime; by default the first.
    trial : int
        Which trial.
    widest : float, optional
        The mask of the widest edge, where several graphs are compared; by default the largest.

    Returns
    -------
    matplotlib.axes.Axes
        The same axes; with more than 60 vertices, or without an end, it says so instead.

    Raises
    ------
    KeyError
        If there is no such regime, or it recorded no bids.
    IndexError
        If there is no such trial.
    """
    name = regime_of(run, regime)
    trades = read_trades(run[name], trial)
    if trades is None:
        return _style.note(ax, f"trial {trial} has no end to show")
    buyers, sellers = trades.bid.shape
    vertices = buyers if trades.is_between_agents else buyers + sellers
    if vertices > MOST_VERTICES:
        return _style.note(ax, f"{vertices} traders: too many to distinguish in a graph")
    color = _style.look(list(run).index(name)).color
    widest = widest or float(trades.weight.max()) or 1.0
    draw = _draw_circle if trades.is_between_agents else _draw_sides
    ax.set_axis_off()
    draw(ax, trades, color, widest)
    what = "mask" if trades.mask is not None else "bid; masks were not recorded"
    idle = "; grey: buys nothing" if trades.mask is not None else ""
    arrows = "; arrows: from whom" if trades.is_between_agents else ""
    ax.text(
        0.5,
        -0.01,
        f"width: {what}{idle}{arrows}",
        transform=ax.transAxes,
        ha="center",
        va="top",
        fontsize=9,
        color=_style.MUTED,
    )
    return ax


def read_trades(dataset: xr.Dataset, trial: int) -> Trades | None:
    """The trades of a trial's last record; None where the trial has none."""
    pairs = ("bidder", "seller")
    for bid, mask, dims in (
        ("bid", "mask", ("step", *pairs)),
        ("bid_final", "mask_final", pairs),
        ("bids", "mask", ("agent", "counterpart")),
    ):
        if bid in dataset and set(dataset[bid].dims) == {"trial", *dims}:
            break
    else:
        raise KeyError("this regime recorded no bids")
    bids = _last_record(of_trial(dataset[bid], trial).transpose(*dims))
    masks = None
    if mask in dataset and dataset[mask].dims == dataset[bid].dims:
        masks = _last_record(of_trial(dataset[mask], trial).transpose(*dims))
    if bids is None or np.isnan(bids).any():
        return None
    return Trades(bids, masks, bid == "bids")


def _last_record(values: xr.DataArray) -> NDArray[Any] | None:
    """The last record that was reached; None if none was."""
    if "step" not in values.dims:
        return np.asarray(values.values)
    known = np.flatnonzero(values.isel({d: 0 for d in values.dims[1:]}).notnull())
    return np.asarray(values.isel(step=known[-1]).values) if known.size else None


def _widths(weights: NDArray[Any], widest: float) -> NDArray[Any]:
    return THINNEST + (WIDEST - THINNEST) * np.minimum(weights / widest, 1.0)


def _draw_sides(ax: Axes, trades: Trades, color: str, widest: float) -> None:
    buyers, sellers = trades.bid.shape
    left, right = _column(0.0, buyers), _column(1.0, sellers)
    is_bought = trades.weight > 0
    idle = np.argwhere((trades.bid > 0) & ~is_bought)
    bought = np.argwhere(is_bought)
    for pairs, order in ((idle, 1), (bought, 2)):
        widths = _widths(trades.weight[tuple(pairs.T)], widest) if order == 2 else 0.8
        lines = [(left[c], right[i]) for c, i in pairs]
        tint = color if order == 2 else IDLE
        ax.add_collection(LineCollection(lines, linewidths=widths, colors=tint, zorder=order))
    size = float(np.clip(900.0 / max(buyers, sellers), 30.0, 170.0))
    outline = {"s": size, "edgecolors": _style.INK, "linewidths": 1.4, "zorder": 3}
    sells = is_bought.any(axis=0)
    ax.scatter(*left.T, marker="o", c=_style.INK, **outline)
    faces = np.where(sells, _style.INK, "white")
    ax.scatter(*right.T, marker="s", c=faces, **outline)
    font = float(np.clip(130.0 / max(buyers, sellers), 6.0, 10.5))
    for role, places, side in (("bidder", left, -1), ("seller", right, 1)):
        for k, place in enumerate(places):
            ax.annotate(
                f"{role} {k}",
                place,
                xytext=(side * (size**0.5 / 2 + 4.0), 0.0),
                textcoords="offset points",
                ha="right" if side < 0 else "left",
                va="center",
                fontsize=font,
            )
    ax.set_xlim(SIDE_LIMITS)
    ax.set_ylim(HEIGHT_LIMITS)
    wide = [(c, i) for c, i in bought if trades.weight[c, i] >= LEAST_SHARE * widest]
    if len(wide) <= MOST_NUMBERS:
        _write_numbers(ax, [(left[c], right[i], trades.weight[c, i]) for c, i in wide])


def _column(x: float, count: int) -> NDArray[Any]:
    """Places one below the other, the first at the top."""
    heights = np.linspace(1.0, 0.0, count) if count > 1 else np.array([0.5])
    return np.stack([np.full(count, x), heights], axis=1)


def _write_numbers(ax: Axes, edges: list[tuple[NDArray[Any], NDArray[Any], float]]) -> None:
    """The mask on each edge, at the first place that is clear of other numbers."""
    panel = np.array([np.ptp(SIDE_LIMITS), np.ptp(HEIGHT_LIMITS)])
    unit = _style.size_in_points(ax) / panel  # points
    taken: list[NDArray[Any]] = []
    for begin, end, value in edges:
        length = float(np.hypot(*((end - begin) * unit)))
        shares = [s for s in NUMBER_PLACES if min(s, 1.0 - s) * length >= NODE_ROOM]
        places = [begin + share * (end - begin) for share in shares]
        clear = [
            p for p in places if not any((abs(p - q) * unit < NUMBER_ROOM).all() for q in taken)
        ]
        if clear:
            taken.append(clear[0])
            box = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}
            place = {"ha": "center", "va": "center", "zorder": 4}
            ax.text(*clear[0], f"{value:.2f}", fontsize=9, bbox=box, **place)


def _draw_circle(ax: Axes, trades: Trades, color: str, widest: float) -> None:
    agents = len(trades.bid)
    angles = np.pi / 2 - 2 * np.pi * np.arange(agents) / agents  # the first on top, then clockwise
    places = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    is_bought = trades.weight > 0
    idle = [(places[c], places[i]) for c, i in np.argwhere((trades.bid > 0) & ~is_bought) if c != i]
    ax.add_collection(LineCollection(idle, linewidths=0.4, colors=IDLE, zorder=1))
    size = float(np.clip(700.0 / agents, 12.0, 90.0))  # square points
    for c, i in np.argwhere(is_bought):
        width = float(_widths(trades.weight[c, i], widest))
        if c == i:
            loop = Circle(1.11 * places[c], 0.1, fill=False, lw=width, ec=color, zorder=2)
            ax.add_patch(loop)
            continue
        arrow = FancyArrowPatch(
            places[c],
            places[i],
            connectionstyle="arc3,rad=0.12",
            arrowstyle="-|>",
            mutation_scale=7 + width,
            shrinkA=size**0.5 / 2,
            shrinkB=size**0.5 / 2,
            linewidth=width,
            color=color,
            alpha=0.85,
            joinstyle="miter",
            zorder=2,
        )
        ax.add_patch(arrow)
    faces = np.where(is_bought.any(axis=0), _style.INK, "white")
    ax.scatter(*places.T, s=size, c=faces, edgecolors=_style.INK, linewidths=1.2, zorder=3)
    font = float(np.clip(200.0 / agents, 6.0, 10.5))
    for k, place in enumerate(places):
        outside = (1.3 if is_bought[k, k] else 1.12) * place
        ax.text(*outside, str(k), ha="center", va="center", fontsize=font)
    ax.set_aspect("equal")
    ax.set_xlim(-1.45, 1.45)
    ax.set_ylim(-1.45, 1.45)
