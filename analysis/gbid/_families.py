# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Figures of their family: road networks with flows, phase portraits of games of two agents."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.patches import FancyArrowPatch
from numpy.typing import NDArray

from gbid import _style
from gbid._load import of_trial

MOST_NODES = 400  # of a network that is drawn
NAMED_NODES = 40  # up to so many have their number written
THINNEST, THICKEST = 0.6, 6.0  # points, of links
BEND = 0.18  # of a link, so that two directions and parallel links are seen apart
MOST_POINTS = 4000  # of a path


def has_network(dataset: xr.Dataset) -> bool:
    """Whether a regime kept the links of a road network and their flows, few enough to draw."""
    names = ("link_flow", "link_cost", "from_node", "to_node")
    if not all(name in dataset for name in names) or not dataset.sizes.get("trial"):
        return False
    nodes = np.unique(np.concatenate([dataset.from_node.values[0], dataset.to_node.values[0]]))
    return bool(nodes.size <= MOST_NODES)


def has_portrait(dataset: xr.Dataset) -> bool:
    """Whether a regime recorded the path of two agents' strategies."""
    return "strategies" in dataset and dataset.sizes.get("agent") == 2


def road_network(dataset: xr.Dataset, ax: Axes, trial: int = 0) -> Axes:
    """Draw a road network: the width of a link is its flow, its colour its cost.

    Nodes are placed so that distances in the figure follow numbers of links between them
    (classical scaling, Torgerson 1952), since networks have no coordinates. Links that carry
    nothing are pale.

    Parameters
    ----------
    dataset : xarray.Dataset
        A regime of a routing market with `link_flow`, `link_cost`, `from_node` and `to_node` (trial, link).
    ax : matplotlib.axes.Axes
        Where to draw; ``ax.collections`` hold the nodes, ``ax.patches`` the links.
    trial : int
        Which trial.

    Returns
    -------
    matplotlib.axes.Axes
        The same axes.

    Raises
    ------
    IndexError
        If there is no such trial.
    """
    begin, end = (of_trial(dataset[name], trial).values.astype(int) for name in ("from_node", "to_node"))
    flow, cost = (np.asarray(of_trial(dataset[name], trial).values, float) for name in ("link_flow", "link_cost"))
    names = np.unique(np.concatenate([begin, end]))
    tail, head = np.searchsorted(names, begin), np.searchsorted(names, end)
    places = _places(len(names), tail, head)
    if "origin" in dataset and places[np.isin(names, of_trial(dataset.origin, trial).values), 0].mean() > 0:
        places[:, 0] *= -1.0  # trips go to the right
    widest = float(np.nanmax(flow, initial=0.0)) or 1.0
    used = flow > 0
    norm = Normalize(*_ends_of(cost[used]))
    colors = ScalarMappable(norm, _style.COLORMAP)
    bends = _bends(tail, head)
    for link in np.argsort(flow, kind="stable"):
        ax.add_patch(
            FancyArrowPatch(
                places[tail[link]],
                places[head[link]],
                connectionstyle=f"arc3,rad={bends[link]}",
                arrowstyle="-|>",
                mutation_scale=9.0,
                shrinkA=7.0,
                shrinkB=7.0,
                linewidth=THINNEST + (THICKEST - THINNEST) * flow[link] / widest,
                color=colors.to_rgba(cost[link]) if used[link] else _style.GRID,
            )
        )
    is_end = np.zeros(len(names), dtype=bool)
    for name in ("origin", "destination"):
        if name in dataset:
            is_end |= np.isin(names, of_trial(dataset[name], trial).values)
    ax.scatter(*places.T, s=90, c=np.where(is_end, _style.INK, "white"), edgecolors=_style.INK, zorder=3)
    if len(names) <= NAMED_NODES:
        for name, place, dark in zip(names, places, is_end, strict=True):
            ax.text(*place, str(name), ha="center", va="center", fontsize=7.5, zorder=4, color="white" if dark else _style.INK)
    units = str(dataset.link_flow.attrs.get("units", "1"))
    ax.set_title(f"Flows up to {widest:.4g}" + ("" if units == "1" else f" {units}") + f", trial {trial}")
    ax.margins(0.12)
    ax.set_axis_off()
    if used.any():
        _style.color_bar(ax.figure, colors, "Cost of a link that carries trips", ax=ax, shrink=0.7)
    return ax


def phase_portrait(dataset: xr.Dataset, ax: Axes, trial: int = 0) -> Axes:
    """Draw one agent's strategy against the other's: the path, where it began and ended, the known equilibrium.

    Parameters
    ----------
    dataset : xarray.Dataset
        A regime of two agents with `strategies` (trial, step, agent).
    ax : matplotlib.axes.Axes
        Where to draw.
    trial : int
        Which trial.

    Returns
    -------
    matplotlib.axes.Axes
        The same axes.

    Raises
    ------
    ValueError
        If it is not a game of two agents.
    """
    if not has_portrait(dataset):
        raise ValueError("a phase portrait needs the strategies of two agents, recorded over steps")
    path = np.asarray(of_trial(dataset.strategies, trial).transpose("step", "agent").values, float)
    path = path[np.isfinite(path).all(axis=1)]
    if not len(path):
        return _style.note(ax, f"trial {trial} has no path to show")
    stride = max(1, -(-len(path) // MOST_POINTS))
    drawn = path[::-1][::stride][::-1]  # with its end
    ax.plot(*drawn.T, color=_style.COLORS[0], linewidth=1.2, alpha=0.8, label="path")
    ax.plot(*path[0], marker="o", markersize=8, linestyle="", markerfacecolor="white", color=_style.INK, label="start")
    ax.plot(*path[-1], marker="s", markersize=8, linestyle="", color=_style.INK, label="end")
    if "known_equilibrium" in dataset:
        known = np.asarray(of_trial(dataset.known_equilibrium, trial).values, float)
        if np.isfinite(known).all():
            ax.plot(*known, marker="X", markersize=10, linestyle="", color=_style.COLORS[1], label="equilibrium")
    ax.set_xlabel("Strategy of agent 0")
    ax.set_ylabel("Strategy of agent 1")
    ax.set_title(f"Path of the strategies, trial {trial}")
    ax.margins(0.08)
    _style.light_grid(ax, "both")
    ax.legend(frameon=False, fontsize=10, ncols=2)
    return ax


def _places(count: int, tail: NDArray[Any], head: NDArray[Any]) -> NDArray[Any]:
    """Places (node, 2) whose distances are as near as can be to the numbers of links between nodes."""
    hops = np.full((count, count), np.inf)
    hops[tail, head] = hops[head, tail] = 1.0
    np.fill_diagonal(hops, 0.0)
    for middle in range(count):  # Floyd and Warshall
        hops = np.minimum(hops, hops[:, middle, None] + hops[None, middle, :])
    reached = hops[np.isfinite(hops)]
    hops[~np.isfinite(hops)] = 1.5 * reached.max() if reached.size else 1.0  # parts that nothing joins
    centred = hops**2
    centred = -0.5 * (centred - centred.mean(0) - centred.mean(1)[:, None] + centred.mean())
    values, vectors = np.linalg.eigh(centred)
    best = np.argsort(-values)[:2]
    places = np.zeros((count, 2))
    for axis, which in enumerate(best):
        vector = vectors[:, which]
        largest = np.argmax(np.abs(vector).round(9))
        places[:, axis] = vector * np.sign(vector[largest]) * np.sqrt(max(values[which], 0.0))
    return places


def _bends(tail: NDArray[Any], head: NDArray[Any]) -> list[float]:
    """How much each link is bent: the k-th between two nodes more than the one before."""
    seen: dict[tuple[int, int], int] = {}
    bends = []
    for pair in zip(tail.tolist(), head.tolist(), strict=True):
        bends.append(BEND * (1 + seen.get(pair, 0)))
        seen[pair] = seen.get(pair, 0) + 1
    return bends


def _ends_of(values: NDArray[Any]) -> tuple[float, float]:
    known = values[np.isfinite(values)]
    if not known.size:
        return 0.0, 1.0
    low, high = float(known.min()), float(known.max())
    return (low, high) if high > low else _style.around(low)
