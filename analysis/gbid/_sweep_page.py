# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""One page about a sweep: what anarchy costs over the keys, and the best and worst points."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec, SubplotSpec
from matplotlib.layout_engine import ConstrainedLayoutEngine

from gbid import _style
from gbid import _sweep_curves as curves
from gbid import _sweep_maps as maps
from gbid import _sweep_values as sv
from gbid import _sweep_words as words
from gbid._sweep import Sweep
from gbid._sweep_ranking import lines as ranking_lines
from gbid._sweep_ranking import ranking

WIDTH, HEIGHT, EDGE = 1600, 1000, 20  # pixels, here and below
TITLE, LINE, LEGEND_LINE, SPACE = 34, 23, 28, 8
RANK_TITLE, RANK_LINE = 34, 20
ROWS = {1: 10, 2: 6}  # of the ranking, by rows of panels above it
MOST_PRICES, MOST_WELFARES = 2, 2  # heat maps of two keys, side by side
MOST_MULTIPLES, MOST_IN_A_ROW = 8, 4
MOST_NAMES = 6  # in a line of the legend


def sweep_overview(sweep: Sweep) -> Figure:
    """One page about a sweep: what anarchy costs, welfare, and the best and worst points.

    One key that varies: curves. Two: heat maps. Three: heat maps over the first two, one for each
    value of the third. More: the same, and points that differ in other keys alone are pooled.

    Parameters
    ----------
    sweep : Sweep
        The sweep, with at least one point.

    Returns
    -------
    matplotlib.figure.Figure
        16 x 10 inches: 1600 x 1000 pixels at 100 dots per inch.

    Raises
    ------
    ValueError
        If the sweep has no point.
    """
    if sweep.points.empty:
        raise ValueError(f"{sweep.path.name} has no points to draw")
    keys = sv.varying(sweep)
    multiples = _shown(sv.values_of(sweep, keys[2])) if len(keys) > 2 else []
    rows = 2 if len(multiples) > MOST_IN_A_ROW else 1
    with mpl.rc_context(_style.RC):
        figure = Figure(figsize=(WIDTH / 100, HEIGHT / 100), facecolor="white")
        floor = _draw_ranking(sweep, figure, ROWS[rows])
        ceiling = _draw_header(sweep, figure, multiples)
        place = _place(figure, floor, ceiling)
        if len(keys) == 1:
            panels = _draw_curves(sweep, figure, place, keys[0])
        elif len(keys) == 2:
            panels = _draw_maps(sweep, figure, place)
        else:
            panels = _draw_multiples(sweep, figure, place, keys, multiples, rows)
        ceiling = _draw_legend(figure, panels, ceiling)
        figure.get_layout_engine().set(rect=_part(floor, ceiling))
    return figure


def _fixed_axes(figure: Figure, bottom: float, top: float) -> Axes:
    """An axes across the page, between two heights in pixels, without lines of its own."""
    width, height = WIDTH - 2 * EDGE, top - bottom
    place = (EDGE / WIDTH, bottom / HEIGHT, width / WIDTH, height / HEIGHT)
    ax = figure.add_axes(place)
    ax.set_in_layout(False)
    ax.set_axis_off()
    return ax


def _part(bottom: float, top: float) -> tuple[float, float, float, float]:
    """The part of the page between two heights in pixels: left, bottom, width, height in shares."""
    edge = EDGE / 2 / WIDTH
    return edge, bottom / HEIGHT, 1 - 2 * edge, (top - bottom) / HEIGHT


def _place(figure: Figure, bottom: float, top: float) -> SubplotSpec:
    """A place for panels between two heights, laid out so that their labels fit."""
    figure.set_layout_engine(
        ConstrainedLayoutEngine(
            w_pad=0.1, h_pad=0.08, wspace=0.02, hspace=0.02, rect=_part(bottom, top)
        )
    )
    # The layout moves what it lays out; from where it starts, panels judge their room.
    inner = {"left": 0.04, "right": 0.97, "bottom": bottom / HEIGHT + 0.03, "top": top / HEIGHT}
    return GridSpec(1, 1, figure=figure, **inner)[0]


def _draw_ranking(sweep: Sweep, figure: Figure, most: int) -> float:
    """Draw the table at the foot of the page; returns where it ends, in pixels."""
    top = EDGE / 2 + RANK_LINE * ranking_lines(sweep, most)
    ranking(sweep, _fixed_axes(figure, EDGE / 2, top), most)
    return top + RANK_TITLE


def _shown(values: list[Any]) -> list[Any]:
    """The values that get a panel: all, or some that are evenly spread, with both ends."""
    if len(values) <= MOST_MULTIPLES:
        return values
    return [values[int(i)] for i in np.linspace(0, len(values) - 1, MOST_MULTIPLES).round()]


def _draw_header(sweep: Sweep, figure: Figure, multiples: list[Any]) -> float:
    """Draw title and lines below it; returns where they end, in pixels."""
    lines, notes = words.facts(sweep), words.caveats(sweep, len(multiples), MOST_PRICES)
    top, bottom = HEIGHT - EDGE / 2, HEIGHT - EDGE / 2 - TITLE - LINE * len(lines + notes)
    ax = _fixed_axes(figure, bottom, top)
    ax.set_ylim(bottom, top)
    title = _style.shortened(sweep.title, 90)
    ax.text(0, top, title, fontsize=17, fontweight="bold", va="top")
    if sweep.status != "complete":
        state = f"{sweep.status} sweep"
        ax.text(1, top, state, ha="right", va="top", color=_style.ALARM, fontweight="bold")
    for index, line in enumerate(lines + notes):
        color = _style.MUTED if index < len(lines) else _style.ALARM
        height = top - TITLE - LINE * index
        ax.text(0, height, _style.shortened(line, 185), fontsize=11.5, color=color, va="top")
    return bottom


def _draw_curves(sweep: Sweep, figure: Figure, place: SubplotSpec, key: str) -> list[Axes]:
    grid = place.subgridspec(1, 2)
    left, right = figure.add_subplot(grid[0]), figure.add_subplot(grid[1])
    if not sv.anarchy(sweep).is_better_low:  # welfare is all there is
        left.remove()
        right.remove()
        return [curves.price_of_anarchy_by_key(sweep, figure.add_subplot(place), key)]
    curves.price_of_anarchy_by_key(sweep, left, key)
    curves.welfare_by_key(sweep, right, key)
    return [right, left]  # the right one has all regimes: they lead the legend


def _draw_maps(sweep: Sweep, figure: Figure, place: SubplotSpec) -> list[Axes]:
    """What anarchy costs, and welfare, which shares its colours."""
    quantity, welfare = sv.anarchy(sweep), sv.welfare(sweep)
    prices = list(quantity.columns)[:MOST_PRICES] if quantity.is_better_low else []
    # The competitive regimes' welfare, then that of those they are compared with.
    order = [*prices, *(n for n in welfare.columns if n not in prices)]
    welfares = [n for n in order if n in welfare.columns][: 1 if len(prices) > 1 else MOST_WELFARES]
    grid = place.subgridspec(1, max(1, len(prices) + len(welfares)))
    axes = [figure.add_subplot(grid[column]) for column in range(len(prices) + len(welfares))]
    for group, names, shown in (
        (axes[: len(prices)], prices, quantity),
        (axes[len(prices) :], welfares, welfare),
    ):
        limits = _limits(sweep, shown, names, [{}])
        for ax, name in zip(group, names, strict=True):
            maps.draw_map(sweep, ax, shown, name, limits=limits)
            is_alone = shown is quantity and len(quantity.columns) == 1
            title = shown.title if is_alone else f"{shown.title}: {name}"
            ax.set_title(_style.shortened(title, 126 // max(3, len(axes)) - 2))
        _color_bar(group, shown)
    _share_axes(axes, len(axes))
    return axes


def _draw_multiples(
    sweep: Sweep,
    figure: Figure,
    place: SubplotSpec,
    keys: list[str],
    values: list[Any],
    rows: int,
) -> list[Axes]:
    """A heat map over the first two keys for each of these values of the third."""
    quantity = sv.anarchy(sweep)
    columns = -(-len(values) // rows)
    grid = place.subgridspec(rows, columns)
    x, y = maps.two_keys(sweep)
    titles = _titles(quantity, sv.short_names(keys)[keys[2]], values, 128 // columns)
    regime = next(iter(quantity.columns), "")
    limits = _limits(sweep, quantity, [regime], [{keys[2]: value} for value in values])
    axes = []
    for index, (value, title) in enumerate(zip(values, titles, strict=True)):
        ax = figure.add_subplot(grid[index // columns, index % columns])
        maps.draw_map(sweep, ax, quantity, regime, x, y, {keys[2]: value}, limits)
        ax.set_title(title)
        axes.append(ax)
    _share_axes(axes, columns)
    _color_bar(axes, quantity)
    return axes


def _titles(quantity: sv.Quantity, key: str, values: list[Any], limit: int) -> list[str]:
    """What is drawn and for which value, or the value alone where there is no room for both."""
    key = _style.shortened(key, limit // 2)
    short = [f"{key} = {name}" for name in sv.names_of(values, limit - len(key) - 3)]
    long = [f"{quantity.title}, {title}" for title in short]
    return long if max(map(len, long)) <= limit else short


def _share_axes(axes: list[Axes], columns: int) -> None:
    """Name values and keys at the left and at the bottom alone."""
    for index, ax in enumerate(axes):
        if index % columns:
            ax.set_ylabel("")
            ax.tick_params(labelleft=False)
        if index + columns < len(axes):
            ax.set_xlabel("")
            ax.tick_params(labelbottom=False)


def _limits(
    sweep: Sweep, quantity: sv.Quantity, regimes: list[str], wheres: list[dict[str, Any]]
) -> maps.Limits | None:
    """The least and the greatest value of several heat maps; None if there is none."""
    if not regimes:
        return None
    x, y = maps.two_keys(sweep)
    found = [maps.cells(sweep, quantity, name, x, y, w) for name in regimes for w in wheres]
    known = np.concatenate([each.values[np.isfinite(each.values)] for each in found])
    return (float(known.min()), float(known.max())) if known.size else None


def _color_bar(axes: list[Axes], quantity: sv.Quantity) -> None:
    """One bar for heat maps that share their colours; none if they are all empty."""
    if not any(ax.images[-1].get_array().count() for ax in axes):
        return
    _style.color_bar(axes[-1].figure, axes[-1].images[-1], quantity.label, ax=axes)


def _draw_legend(figure: Figure, panels: list[Axes], ceiling: float) -> float:
    """One legend for all panels, below the header; returns where it ends, in pixels."""
    named: dict[str, Any] = {}
    for panel in panels:
        for handle, label in zip(*panel.get_legend_handles_labels(), strict=True):
            named.setdefault(label, handle)  # what panels share is named once
    if not named:
        return ceiling
    rows = -(-len(named) // MOST_NAMES)
    floor = ceiling - SPACE - LEGEND_LINE * rows
    _fixed_axes(figure, floor, ceiling - SPACE).legend(
        list(named.values()),
        list(named),
        loc="upper left",
        ncols=-(-len(named) // rows),
        frameon=False,
        handlelength=3.0,
        borderaxespad=0.0,
        borderpad=0.0,
        fontsize=11,
    )
    return floor
