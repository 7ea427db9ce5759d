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

from gbid import _style
from gbid import _sweep_curves as curves
from gbid import _sweep_maps as maps
from gbid import _sweep_marks as marks
from gbid import _sweep_values as sv
from gbid._sweep import Sweep
from gbid._sweep_ranking import ranking

MOST_PRICES, MOST_WELFARES = 2, 2  # heat maps of two keys, side by side
MOST_MULTIPLES, MOST_IN_A_ROW = 8, 4
ROWS = {1: 10, 2: 6}  # of the ranking, by rows of panels above it
DOT = " \N{MIDDLE DOT} "


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
        figure = Figure(figsize=(16, 10), facecolor="white")
        figure.set_layout_engine("constrained", w_pad=0.12, h_pad=0.1, wspace=0.04, hspace=0.02)
        below = 0.62 if rows == 1 else 0.42
        grid = GridSpec(4, 1, figure=figure, height_ratios=[0.15, 0.05, 1.0, below])
        _draw_header(sweep, figure.add_subplot(grid[0]), keys, multiples)
        if len(keys) == 1:
            panels = _draw_curves(sweep, figure, grid[2], keys[0])
        elif len(keys) == 2:
            panels = _draw_maps(sweep, figure, grid[2])
        else:
            panels = _draw_multiples(sweep, figure, grid[2], keys, multiples, rows)
        _draw_legend(figure.add_subplot(grid[1]), panels)
        ranking(sweep, figure.add_subplot(grid[3]), ROWS[rows])
    return figure


def _shown(values: list[Any]) -> list[Any]:
    """The values that get a panel: all, or some that are evenly spread, with both ends."""
    if len(values) <= MOST_MULTIPLES:
        return values
    return [values[int(i)] for i in np.linspace(0, len(values) - 1, MOST_MULTIPLES).round()]


def _draw_header(sweep: Sweep, ax: Axes, keys: list[str], multiples: list[Any]) -> None:
    ax.set_axis_off()
    ax.text(0, 1.0, _style.shortened(sweep.title, 90), fontsize=17, fontweight="bold", va="top")
    if sweep.status != "complete":
        state = f"{sweep.status} sweep"
        ax.text(1, 1.0, state, ha="right", va="top", color=_style.ALARM, fontweight="bold")
    look: dict[str, Any] = {"fontsize": 11.5, "color": _style.MUTED, "va": "bottom"}
    ax.text(0, 0.34, _style.shortened(_what_varies(sweep), 200), **look)
    counts = _style.shortened(DOT.join(_counts(sweep)), 190)
    ax.text(0, 0.0, counts, **look)
    notes = [*_pooling(sweep, keys, multiples), *_unsettled(sweep)]
    if notes:
        look["color"] = _style.ALARM
        ax.text(0, -0.34, _style.shortened(DOT.join(notes), 190), **look)


def _what_varies(sweep: Sweep) -> str:
    parts = []
    for key in sweep.keys:
        values = sv.values_of(sweep, key)
        if len(values) == 1:
            parts.append(f"{key} = {_style.shortened(sv.name_of(values[0]), 30)}")
        elif sv.is_text(sweep, key):
            parts.append(f"{key}: {len(values)} values")
        else:
            span = f"{sv.name_of(values[0])} to {sv.name_of(values[-1])}"
            parts.append(f"{key}: {len(values)} values, {span}")
    return "Swept: " + DOT.join(parts)


def _counts(sweep: Sweep) -> list[str]:
    status = sweep.points["status"]
    parts = [sv.count_of(len(status), "point")]
    for name in status.cat.categories:
        count = int((status == name).sum())
        if count and not (name == "complete" and count == len(status)):
            parts.append(f"{count} {str(name).replace('_', ' ')}")
    if "trials" in sweep.points:
        least, most = int(sweep.points["trials"].min()), int(sweep.points["trials"].max())
        trials = sv.count_of(most, "trial")
        parts.append(f"{trials} each" if least == most else f"{least} to {trials}")
        if most > 1:
            parts.append("medians over trials with their 95% intervals")
        else:
            parts.append("no intervals: they need more than one trial")
    return parts


def _pooling(sweep: Sweep, keys: list[str], multiples: list[Any]) -> list[str]:
    """What three keys and a few panels cannot show."""
    notes = []
    if len(keys) > 3:
        notes.append(f"Pooled over {', '.join(keys[3:])}")
    if multiples and len(multiples) < len(values := sv.values_of(sweep, keys[2])):
        notes.append(f"{len(multiples)} of {len(values)} values of {keys[2]} are drawn")
    equilibria = list(sv.anarchy(sweep).columns)
    shown = {1: len(equilibria), 2: MOST_PRICES}.get(len(keys), 1)
    if len(equilibria) > shown:
        notes.append(f"Drawn for {', '.join(equilibria[:shown])} alone")
    quantity = sv.anarchy(sweep)
    if quantity.note and len(keys) > 1:
        notes.append(quantity.note[:1].upper() + quantity.note[1:])
    return notes


def _unsettled(sweep: Sweep) -> list[str]:
    count = len(marks.unsettled(sweep))
    played = int((~sweep.points["status"].isin([*sv.FAILED, sv.NOT_RUN])).sum())
    if not count:
        return []
    where = f"At {count} of {sv.count_of(played, 'point')}" if played > 1 else "Here"
    return [f"{where} some trials had not settled: values may still move"]


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
    for ax in axes[1:]:
        ax.set_ylabel("")
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
    short = sv.short_names(keys)[keys[2]]
    regime = next(iter(quantity.columns), "")
    limits = _limits(sweep, quantity, [regime], [{keys[2]: value} for value in values])
    axes = []
    for index, value in enumerate(values):
        ax = figure.add_subplot(grid[index // columns, index % columns])
        maps.draw_map(sweep, ax, quantity, regime, *keys[:2], {keys[2]: value}, limits)
        title = f"{short} = {sv.name_of(value)}"
        ax.set_title(_style.shortened(title, 120 // columns))
        if index % columns:
            ax.set_ylabel("")
        if index + columns < len(values):
            ax.set_xlabel("")
        axes.append(ax)
    _color_bar(axes, quantity)
    return axes


def _limits(
    sweep: Sweep, quantity: sv.Quantity, regimes: list[str], wheres: list[dict[str, Any]]
) -> maps.Limits | None:
    """The least and the greatest value of several heat maps; None if there is none."""
    if not regimes:
        return None
    x, y = maps.two_keys(sweep)
    found = [maps.cells(sweep, quantity, n, x, y, where).values for n in regimes for where in wheres]
    known = np.concatenate([values[np.isfinite(values)] for values in found])
    return (float(known.min()), float(known.max())) if known.size else None


def _color_bar(axes: list[Axes], quantity: sv.Quantity) -> None:
    """One bar for heat maps that share their colours; none if they are all empty."""
    if not any(ax.images[-1].get_array().count() for ax in axes):
        return
    last = axes[-1]
    bar = last.figure.colorbar(last.images[-1], ax=axes, location="right", aspect=35, pad=0.02)
    bar.set_label(quantity.label)
    bar.outline.set_visible(False)


def _draw_legend(ax: Axes, panels: list[Axes]) -> None:
    """One legend for all panels: what they share is named once."""
    ax.set_axis_off()
    named: dict[str, Any] = {}
    for panel in panels:
        for handle, label in zip(*panel.get_legend_handles_labels(), strict=True):
            named.setdefault(label, handle)
    if named:
        ax.legend(
            list(named.values()),
            list(named),
            loc="lower left",
            bbox_to_anchor=(0.0, -0.6),
            ncols=len(named) if len(named) <= 6 else -(-len(named) // 2),
            frameon=False,
            handlelength=3.0,
            borderaxespad=0.0,
            fontsize=11,
        )
