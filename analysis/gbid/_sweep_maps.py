# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Heat maps of a sweep: a quantity over the values of two keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.collections import PolyCollection
from matplotlib.colors import LogNorm, Normalize, to_rgb
from numpy.typing import NDArray

from gbid import _style
from gbid import _sweep_marks as marks
from gbid import _sweep_values as sv
from gbid._sweep import Sweep
from gbid._sweep_curves import is_wide, that_fit

LEAST_CELL = (36.0, 15.0)  # points, width and height, that a number needs
LINE, LETTER = 14.0, 6.0  # points that a tick's line is high, and a letter wide
MOST_NAME = 16  # letters of a text at an axis
DARK = 0.45  # luminance below which numbers are white
SQUARE = np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)])

Limits = tuple[float, float]


@dataclass(frozen=True)
class Cells:
    """A quantity of one regime over two keys.

    Attributes
    ----------
    columns, rows : list
        Values of the keys along and up.
    values : array
        (rows x columns), NaN where there is none.
    states : array
        (rows x columns), see `_sweep_marks`.
    """

    columns: list[Any]
    rows: list[Any]
    values: NDArray[Any]
    states: NDArray[Any]


def price_of_anarchy_map(
    sweep: Sweep,
    ax: Axes,
    x: str | None = None,
    y: str | None = None,
    where: Mapping[str, Any] | None = None,
    regime: str | None = None,
    limits: Limits | None = None,
) -> Axes:
    """Draw the price of anarchy over the values of two keys; cells are evenly wide.

    The welfare gap is drawn where no point has a price of anarchy. Points that share both values
    are pooled: a cell is the median over all their trials.

    Parameters
    ----------
    sweep : Sweep
        The sweep.
    ax : matplotlib.axes.Axes
        Where to draw; the image is ``ax.images[-1]``, for a colour bar, and marks of cells without
        a value are labelled, for a legend.
    x, y : str, optional
        Keys; by default the first two that take more than one value, a text along the vertical
        axis, where its names have room.
    where : mapping, optional
        Other key -> value: only these points.
    regime : str, optional
        Which competitive regime; by default the first.
    limits : pair of float, optional
        Of the colours; by default those of the values.

    Returns
    -------
    matplotlib.axes.Axes
        The same axes.

    Raises
    ------
    KeyError
        If a key was not swept, or there is no such regime.
    ValueError
        If the sweep has fewer than two keys.
    """
    quantity = sv.anarchy(sweep)
    return draw_map(sweep, ax, quantity, regime, x, y, where, limits)


def welfare_map(
    sweep: Sweep,
    ax: Axes,
    regime: str | None = None,
    x: str | None = None,
    y: str | None = None,
    where: Mapping[str, Any] | None = None,
    limits: Limits | None = None,
) -> Axes:
    """Draw the end welfare of one regime over the values of two keys.

    Parameters, errors and pooling are those of `price_of_anarchy_map`.
    """
    return draw_map(sweep, ax, sv.welfare(sweep), regime, x, y, where, limits)


def draw_map(
    sweep: Sweep,
    ax: Axes,
    quantity: sv.Quantity,
    regime: str | None = None,
    x: str | None = None,
    y: str | None = None,
    where: Mapping[str, Any] | None = None,
    limits: Limits | None = None,
) -> Axes:
    regime = regime or next(iter(quantity.columns), "")
    if regime not in quantity.columns:
        known = ", ".join(quantity.columns) or "none"
        raise KeyError(f"no {quantity.title.lower()} of {regime!r}; of: {known}")
    x, y = two_keys(sweep, x, y)
    found = cells(sweep, quantity, regime, x, y, where or {})
    norm = norm_of(quantity, found.values, limits)
    ax.imshow(
        np.where(np.isfinite(found.values), found.values, np.nan),
        cmap=_style.COLORMAP,
        norm=norm,
        aspect="auto",
        origin="lower",
        interpolation="nearest",
    )
    if sv.is_text(sweep, y):
        ax.invert_yaxis()  # texts are read from the top
    _mark_cells(sweep, ax, quantity, found)
    _annotate(ax, found, norm)
    _name(ax.xaxis, found.columns, _style.size_in_points(ax)[0])
    _name(ax.yaxis, found.rows, _style.size_in_points(ax)[1])
    ax.set_xlabel(sv.label_of(sweep, x))
    ax.set_ylabel(sv.label_of(sweep, y))
    ax.spines[:].set_visible(False)
    return ax


def two_keys(sweep: Sweep, x: str | None = None, y: str | None = None) -> tuple[str, str]:
    """The keys along and up; those that vary come first."""
    if len(sweep.keys) < 2:
        raise ValueError(f"{sweep.path.name} sweeps {sweep.keys[0]} alone; a map needs two keys")
    for key in (x, y):
        if key is not None and key not in sweep.keys:
            raise KeyError(f"{key!r} was not swept; swept: {', '.join(sweep.keys)}")
    offered = [k for k in dict.fromkeys([*sv.varying(sweep), *sweep.keys]) if k not in (x, y)]
    if x is None and y is None and sv.is_text(sweep, offered[0]):
        offered[:2] = offered[1::-1]
    x = x or offered.pop(0)
    y = y or offered.pop(0)
    if x == y:
        raise ValueError(f"a map needs two different keys, got {x!r} twice")
    return x, y


def cells(
    sweep: Sweep, quantity: sv.Quantity, regime: str, x: str, y: str, where: Mapping[str, Any]
) -> Cells:
    """Values and states over two keys, of the points that fulfil `where`."""
    columns, rows = sv.values_of(sweep, x), sv.values_of(sweep, y)
    chosen = sweep.points.loc[sv.at(sweep, where)]
    groups = chosen.groupby([y, x], sort=False).groups
    values = np.full((len(rows), len(columns)), np.nan)
    states = np.full(values.shape, marks.ABSENT, dtype=object)
    for (row, column), points in groups.items():
        place = rows.index(row), columns.index(column)
        value = sv.middle(sweep, quantity, regime, points)
        values[place] = value if np.isfinite(value) else np.nan
        states[place] = marks.state(sweep, points, bool(np.isfinite(value)))
    return Cells(columns, rows, values, states)


def norm_of(quantity: sv.Quantity, values: NDArray[Any], limits: Limits | None = None) -> Normalize:
    """From value to colour: logarithmic if values are positive and span much."""
    known = values[np.isfinite(values)]
    if limits is None:
        limits = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    low, high = limits
    if low == high:
        low, high = _style.around(low)
    return (LogNorm if is_wide(quantity, np.array([low, high])) else Normalize)(low, high)


def _mark_cells(sweep: Sweep, ax: Axes, quantity: sv.Quantity, found: Cells) -> None:
    for what, mark in marks.MARKS.items():
        rows, columns = np.nonzero(found.states == what)
        if not rows.size:
            continue
        label = marks.label(sweep, quantity, what)
        if what in (marks.SOME_FAILED, marks.UNQUOTABLE):
            ax.plot(
                columns + 0.38,
                rows + (-0.34 if ax.yaxis_inverted() else 0.34),
                linestyle="",
                marker=mark.marker,
                markersize=6,
                markerfacecolor="white",
                markeredgecolor=mark.color,
                label=label,
            )
            continue
        squares = SQUARE + np.stack([columns, rows], axis=1)[:, None, :]
        shown = PolyCollection(
            squares, facecolor=mark.face, edgecolor=mark.color, hatch=mark.hatch, label=label
        )
        shown.set_linewidth(0.0)
        ax.add_collection(shown, autolim=False)


def _annotate(ax: Axes, found: Cells, norm: Normalize) -> None:
    """Write the numbers into the cells if they have room."""
    width, height = _style.size_in_points(ax)
    rows, columns = found.values.shape
    if width / columns < LEAST_CELL[0] or height / rows < LEAST_CELL[1]:
        return
    colormap = mpl.colormaps[_style.COLORMAP]
    for row, column in zip(*np.nonzero(np.isfinite(found.values)), strict=True):
        value = found.values[row, column]
        luminance = np.dot(to_rgb(colormap(norm(value))), (0.2126, 0.7152, 0.0722))
        ax.text(
            column,
            row,
            f"{value:#.3g}".rstrip("."),
            ha="center",
            va="center",
            fontsize=10 if width / columns > LEAST_CELL[0] * 1.3 else 8.5,
            color="white" if luminance < DARK else _style.INK,
        )


def _name(axis: Axis, values: list[Any], room: float) -> None:
    """Name the cells along an axis that has so much room, in points; all, or those that fit."""
    names = sv.names_of(values, MOST_NAME)
    places = (np.arange(len(values)) + 0.5) * room / len(values)
    if axis.axis_name == "x":
        if any(isinstance(value, str) for value in values):
            names = sv.names_of(values, max(3, int(room / len(values) / LETTER)))
        kept = that_fit(places, names)
    else:
        kept = list(range(0, len(values), max(1, int(np.ceil(LINE * len(values) / room)))))
    axis.set_ticks(kept, [names[index] for index in kept])
    axis.set_tick_params(length=0, labelsize=9.5)
