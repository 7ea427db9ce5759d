# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""A quantity of a sweep against one key: lines with bands, or dots with bars if the key is text."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, NullFormatter, NullLocator, ScalarFormatter
from numpy.typing import NDArray

from gbid import _style
from gbid import _sweep_marks as marks
from gbid import _sweep_values as sv
from gbid._sweep import Sweep

MOST_TICKS = 12  # of them every swept value may have one of its own
LETTER = 7.0  # points that a letter of a tick is wide, with some space
MOST_NAME = 28  # letters of a category
MARK_PLACE = 0.035  # of the axes' height or width: where points without a value are marked
SPAN_OF_LOG = 100.0  # results that span more have a logarithmic axis
DODGE = 0.5  # of the distance of two categories: how far apart regimes are drawn


def price_of_anarchy_by_key(sweep: Sweep, ax: Axes, key: str | None = None) -> Axes:
    """Draw the price of anarchy against one key, with 95% intervals of the median over trials.

    The welfare gap is drawn where no point has a price of anarchy. Points that differ in other
    keys alone are pooled: the median is over the trials of all of them.

    Parameters
    ----------
    sweep : Sweep
        The sweep.
    ax : matplotlib.axes.Axes
        Where to draw; regimes and marks are labelled, for a legend.
    key : str, optional
        A swept key; by default the first that takes more than one value.

    Returns
    -------
    matplotlib.axes.Axes
        The same axes.

    Raises
    ------
    KeyError
        If the key was not swept.
    """
    return _draw(sweep, ax, sv.anarchy(sweep), _checked(sweep, key))


def welfare_by_key(sweep: Sweep, ax: Axes, key: str | None = None) -> Axes:
    """Draw every regime's end welfare against one key, with 95% intervals.

    Parameters, errors and pooling are those of `price_of_anarchy_by_key`.
    """
    return _draw(sweep, ax, sv.welfare(sweep), _checked(sweep, key))


def _checked(sweep: Sweep, key: str | None) -> str:
    if key is None:
        return sv.varying(sweep)[0]
    if key not in sweep.keys:
        raise KeyError(f"{key!r} was not swept; swept: {', '.join(sweep.keys)}")
    return key


def _draw(sweep: Sweep, ax: Axes, quantity: sv.Quantity, key: str) -> Axes:
    values = sv.values_of(sweep, key)
    groups = [sv.at(sweep, {key: value}) for value in values]
    estimates = {
        regime: [sv.estimate(sweep, quantity, regime, points) for points in groups]
        for regime in quantity.columns
    }
    if sv.is_text(sweep, key):
        _draw_categories(sweep, ax, quantity, values, estimates)
    else:
        _draw_numbers(sweep, ax, quantity, values, estimates)
    _hollow(sweep, ax, quantity, groups)
    _mark(sweep, ax, quantity, groups, values, estimates)
    others = [other for other in sv.varying(sweep) if other != key]
    pooled = f"pooled over {', '.join(sv.short_names(others).values())}" if others else ""
    label = sv.label_of(sweep, key)
    result = quantity.label + sv.units(sweep, next(iter(quantity.columns.values()), ""))
    if sv.is_text(sweep, key):
        ax.set_ylabel(label)
        ax.set_xlabel("\n".join(filter(None, [result, quantity.note, pooled])))
    else:
        ax.set_xlabel("\n".join(filter(None, [label, quantity.note, pooled])))
        ax.set_ylabel(result)
    ax.set_title(quantity.title)
    if not any(np.isfinite(e.value) for found in estimates.values() for e in found):
        (ax.xaxis if sv.is_text(sweep, key) else ax.yaxis).set_ticks([])
        ax.text(0.5, 0.5, "no point has a value", transform=ax.transAxes, ha="center")
    elif quantity.neutral is not None:
        draw_line = ax.axvline if sv.is_text(sweep, key) else ax.axhline
        draw_line(quantity.neutral, **_style.NO_LOSS)
    return ax


def _draw_numbers(
    sweep: Sweep,
    ax: Axes,
    quantity: sv.Quantity,
    values: list[float],
    estimates: dict[str, list[sv.Estimate]],
) -> None:
    """A line per regime; a band joins the intervals of neighbours, a bar shows a lone one."""
    places = np.array(values, dtype=float)
    for regime, found in estimates.items():
        style = _style.look(sweep.regimes.index(regime))
        middle, low, high = _arrays(found)
        ax.plot(
            places,
            middle,
            linestyle=style.line,
            linewidth=2.0,
            markersize=6.5 if len(places) <= 2 * MOST_TICKS else 3.5,
            **_dots(style, regime),
        )
        ax.fill_between(places, low, high, color=style.color, alpha=0.18, linewidth=0)
        alone = np.isfinite(low) & ~_has_neighbour(np.isfinite(low))
        ax.vlines(places[alone], low[alone], high[alone], color=style.color, linewidth=2.0)
    ax.margins(x=0.04, y=0.12)
    _scale_results(ax.set_yscale, quantity, estimates)
    _scale_numbers(ax, values)
    _style.light_grid(ax, "y")


def _draw_categories(
    sweep: Sweep,
    ax: Axes,
    quantity: sv.Quantity,
    values: list[str],
    estimates: dict[str, list[sv.Estimate]],
) -> None:
    """A row per text and in it a dot with a bar per regime."""
    shifts = np.linspace(-0.5, 0.5, len(estimates) + 2)[1:-1] * DODGE
    for shift, (regime, found) in zip(shifts, estimates.items(), strict=True):
        style = _style.look(sweep.regimes.index(regime))
        middle, low, high = _arrays(found)
        rows = np.arange(len(values)) + shift
        ax.hlines(rows, low, high, color=style.color, linewidth=2.4, alpha=0.7)
        ax.plot(middle, rows, linestyle="", markersize=8, **_dots(style, regime))
    names = sv.names_of(values, MOST_NAME)
    stride = max(1, -(-len(names) * 16 // max(1, int(_style.size_in_points(ax)[1]))))
    ax.set_yticks(range(0, len(names), stride), names[::stride])
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.margins(x=0.1)
    _scale_results(ax.set_xscale, quantity, estimates)
    _style.light_grid(ax, "x")


def _hollow(sweep: Sweep, ax: Axes, quantity: sv.Quantity, groups: list[pd.Index]) -> None:
    """Make the dots hollow where some point may not be quoted."""
    doubtful = [len(points.difference(sweep.quotable)) > 0 for points in groups]
    label = marks.label(sweep, quantity, marks.UNQUOTABLE)
    for line in [line for line in ax.lines if len(line.get_xdata()) == len(groups)]:
        x, y = np.asarray(line.get_xdata(), float), np.asarray(line.get_ydata(), float)
        shown = np.array(doubtful) & np.isfinite(x) & np.isfinite(y)
        if not shown.any():
            continue
        ax.plot(
            x[shown],
            y[shown],
            linestyle="",
            marker=line.get_marker(),
            markersize=line.get_markersize(),
            markerfacecolor="white",
            markeredgecolor=line.get_color(),
            markeredgewidth=1.6,
            label=label,
            zorder=3.5,
        )
        label = "_"  # once in the legend


def _dots(style: _style.Look, regime: str) -> dict[str, Any]:
    """How a regime's medians look, in either kind of figure."""
    named = {"label": _style.shortened(regime, 26), "zorder": 3}
    return {"color": style.color, "marker": style.marker, **named, **_style.WHITE_EDGE}


def _arrays(found: list[sv.Estimate]) -> NDArray[Any]:
    """Middle, low and high (3 x values); what is not finite is NaN."""
    table = np.array([(e.value, e.low, e.high) for e in found], dtype=float).reshape(-1, 3).T
    return np.where(np.isfinite(table), table, np.nan)


def _has_neighbour(known: NDArray[Any]) -> NDArray[Any]:
    before, after = np.append(False, known[:-1]), np.append(known[1:], False)
    return np.asarray(known & (before | after))


def _scale_results(
    set_scale: Any, quantity: sv.Quantity, estimates: dict[str, list[sv.Estimate]]
) -> None:
    values = np.concatenate([_arrays(found)[0] for found in estimates.values()] or [np.empty(0)])
    if is_wide(quantity, values):
        set_scale("log")


def is_wide(quantity: sv.Quantity, values: NDArray[Any]) -> bool:
    """Whether results are positive and span so much that a linear axis would hide the small.

    A gap never is: it is near zero where nothing is lost, and how near says nothing.
    """
    known = values[np.isfinite(values)]
    if quantity.kind == sv.GAP or not known.size or known.min() <= 0:
        return False
    return bool(known.max() > SPAN_OF_LOG * known.min())


def _scale_numbers(ax: Axes, values: list[float]) -> None:
    """The scale that the numbers ask for, with ticks at them as far as there is room."""
    places = np.array(values, dtype=float)
    kind = sv.scale(list(places))
    if kind == "symlog":
        ax.set_xscale("symlog", linthresh=places[places > 0].min())
    else:
        ax.set_xscale(kind)
    if len(places) == 1:
        ax.set_xlim(*_style.around(places[0]))
    if len(places) > MOST_TICKS and kind == "linear":
        _style.round_ticks(ax.xaxis, 7)
        ax.xaxis.set_major_formatter(ScalarFormatter(useOffset=False))
        return
    names = sv.names_of(list(values), MOST_NAME)
    ends = ax.transLimits.transform(ax.transScale.transform(np.c_[places, np.ones(len(places))]))
    kept = that_fit(ends[:, 0] * _style.size_in_points(ax)[0], names)
    ax.xaxis.set_major_locator(FixedLocator(places[kept]))
    ax.set_xticks(places[kept], [names[index] for index in kept])
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_minor_formatter(NullFormatter())


def that_fit(places: NDArray[Any], names: list[str]) -> list[int]:
    """Which of these names can stand beside each other, at places in points, ascending."""
    kept: list[int] = []
    for index, name in enumerate(names):
        if not kept or places[index] - places[kept[-1]] > LETTER * (
            len(name) / 2 + len(names[kept[-1]]) / 2 + 1
        ):
            kept.append(index)
    return kept


def _mark(
    sweep: Sweep,
    ax: Axes,
    quantity: sv.Quantity,
    groups: list[pd.Index],
    values: list[Any],
    estimates: dict[str, list[sv.Estimate]],
) -> None:
    """Mark at the edge the values at which points failed, were not run, or have no result."""
    is_text = bool(values) and isinstance(values[0], str)
    by_state: dict[str, list[Any]] = {}
    for index, points in enumerate(groups):
        is_known = all(np.isfinite(found[index].value) for found in estimates.values())
        what = marks.state(sweep, points, is_known)
        by_state.setdefault(what, []).append(index if is_text else values[index])
    for what, mark in marks.MARKS.items():
        places = by_state.get(what, [])
        if not places or what == marks.UNQUOTABLE:  # hollow where it is
            continue
        edge = np.full(len(places), MARK_PLACE)
        ax.plot(
            edge if is_text else places,
            places if is_text else edge,
            transform=ax.get_yaxis_transform() if is_text else ax.get_xaxis_transform(),
            linestyle="",
            marker=mark.marker,
            markersize=9,
            color=mark.color,
            markerfacecolor="white",
            markeredgecolor=mark.color,
            markeredgewidth=mark.stroke,
            label=marks.label(sweep, quantity, what),
            zorder=4,
        )
