# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Rows of dots over one axis: values over trials, with their median and its interval."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from gbid import _ends, _style
from gbid._load import Run

MOST_DOTS = 400  # per row of a distribution; more become a histogram
MANY_DOTS = 60  # from here on they are half as large
DOT_SIZE = 10.0  # points
VANISHING = 1e-12  # of the axis: rounding of zero, as in the report
WHITE_BOX = {"facecolor": "white", "edgecolor": "none", "pad": 2.0}  # keeps lines off the words
PANEL_WIDTH, PANEL_HEIGHT = 340.0, 230.0  # points that a distribution's values have in an overview


def price_of_anarchy(run: Run, ax: Axes) -> Axes:
    """Draw what anarchy costs over the trials, with the median and its 95% bootstrap interval.

    Shows the price of anarchy where it is defined, that is where payoffs are positive, and
    otherwise the welfare gap; a run without an equilibrium regime shows where every regime ended.

    Parameters
    ----------
    run : Run
        The run.
    ax : matplotlib.axes.Axes
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        The same axes.
    """
    found = _ends.anarchy(run)
    if not any(values.size for values in found.rows.values()):
        return _style.note(ax, "no trial has an end to show")
    looks = {name: _style.look(index) for index, name in enumerate(run)}
    _draw_rows(ax, found.rows, looks)
    if found.neutral is not None and ax.get_xlim()[0] <= found.neutral <= ax.get_xlim()[1]:
        ax.axvline(found.neutral, **_style.NO_LOSS)
    ax.set_title(found.title)
    ax.set_yticks([])
    ax.set_ylim(len(found.rows) - 0.5, -0.5)
    _style.round_ticks(ax.xaxis, 7)
    ax.set_xlabel(found.label + (f"\n{found.note}" if found.note else ""))
    ax.spines["left"].set_visible(False)
    _style.light_grid(ax, "x")
    return ax


def _draw_rows(ax: Axes, rows: Mapping[str, NDArray[Any]], looks: Mapping[str, _style.Look]) -> None:
    """Draw one row per name; at least one of them holds a value."""
    everything = np.concatenate(list(rows.values()))
    size = DOT_SIZE if everything.size <= MANY_DOTS else DOT_SIZE / 2
    edges = np.histogram_bin_edges(everything, bins=int(PANEL_WIDTH / size))
    for row, (name, values) in enumerate(rows.items()):
        ax.text(
            0.0,
            row - 0.4,
            _style.shortened(name, 30),
            transform=ax.get_yaxis_transform(),
            va="center",
            color=looks[name].color,
            fontweight="bold",
            bbox=WHITE_BOX,
        )
        if values.size:
            _draw_values(ax, row, values, edges, looks[name], size, size / PANEL_HEIGHT * len(rows))
            _draw_median(ax, row, values, float(np.abs(everything).max()))
    if everything.max() == everything.min():
        ax.set_xlim(*_style.around(float(everything[0])))
    else:
        ax.margins(x=0.12)


def _draw_values(
    ax: Axes,
    row: int,
    values: NDArray[Any],
    edges: NDArray[Any],
    style: _style.Look,
    size: float,
    pitch: float,
) -> None:
    """Values as stacked dots of a size in points, each a pitch high; too many: a histogram."""
    counts, _ = np.histogram(values, edges)
    floor = row + 0.2
    if values.size <= MOST_DOTS:
        bins = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, len(counts) - 1)
        rank = np.array([np.sum(bins[:i] == bins[i]) for i in range(values.size)])
        height = floor - min(pitch, 0.48 / counts.max()) * (rank + 0.5)
        ax.plot(
            values,
            height,
            linestyle="",
            marker="o",
            markersize=size,
            color=style.color,
            alpha=0.85,
            **_style.WHITE_EDGE,
        )
    else:
        ax.bar(
            edges[:-1],
            -0.48 * counts / counts.max(),
            np.diff(edges),
            bottom=floor,
            align="edge",
            color=style.color,
            alpha=0.7,
            linewidth=0,
        )


def _number(value: float, scale: float) -> str:
    """Four digits, or "~0" of what is rounding of zero beside the axis."""
    return "~0" if value != 0.0 and abs(value) <= VANISHING * scale else f"{value:#.4g}"


def _draw_median(ax: Axes, row: int, values: NDArray[Any], scale: float) -> None:
    """The median and its interval as a bar below the values, and in words above them."""
    middle = float(np.median(values))
    interval = _ends.bootstrap_median(values)
    text = _number(middle, scale)
    if interval is not None:
        text = f"median {text}" + ("" if text == "~0" else f"  [{_number(interval[0], scale)}, {_number(interval[1], scale)}]")
        ax.plot(interval, [row + 0.32] * 2, color=_style.INK, linewidth=2.5, solid_capstyle="butt")
    ax.plot(
        [middle], [row + 0.32], marker="|", markersize=13, markeredgewidth=2.5, color=_style.INK
    )
    ax.text(
        1.0,
        row - 0.4,
        text,
        transform=ax.get_yaxis_transform(),
        ha="right",
        va="center",
        bbox=WHITE_BOX,
    )
