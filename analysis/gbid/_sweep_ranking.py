# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""A table of the best and the worst points of a sweep."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from gbid import _style
from gbid import _sweep_marks as marks
from gbid import _sweep_values as sv
from gbid._sweep import Sweep

LINE = 14.5  # points from one row to the next
LETTER, GAP = 6.2, 16.0  # points that a letter is wide, and between columns
FONT = 10.5
MOST_KEYS, MOST_REGIMES, MOST_NAME = 4, 4, 18  # columns, and letters of a value
HEAD_LINES = 2  # above the rows
MESSAGE = "message"
MOST_SPARE = 18.0  # points that columns stand further apart where there is room


@dataclass
class Column:
    """A column of the table: its head of one or two lines, its cells, whether they are numbers."""

    head: str
    cells: list[str]
    is_number: bool = True
    colors: list[str] = field(default_factory=list)

    @property
    def width(self) -> float:
        lines = (*self.head.splitlines(), *self.cells)
        return LETTER * max(len(line) for line in lines) + GAP


def ranking(sweep: Sweep, ax: Axes, most: int = 10) -> Axes:
    """Draw a table of the points with the lowest and the highest price of anarchy.

    With several competitive regimes a point ranks by the highest price of them. Where no point has
    a price of anarchy the welfare gap is used. Points that cannot be ranked, or may not be quoted, are
    counted below. Where none may be quoted, all that have a value are listed by number, with a star.

    Parameters
    ----------
    sweep : Sweep
        The sweep.
    ax : matplotlib.axes.Axes
        Where to draw.
    most : int
        Rows; of more points, the best half of so many and the worst half.

    Returns
    -------
    matplotlib.axes.Axes
        The same axes.
    """
    quantity = sv.anarchy(sweep)
    order = ranked(sweep, quantity)
    ax.set_axis_off()
    ax.set_title(_title(sweep, quantity, order, most))
    if not len(order):
        _style.note(ax, "no point has a result to rank")
    width, height = _style.size_in_points(ax)
    step = min(LINE / height, 1.0 / lines(sweep, most))
    bottom = 0.5
    if len(order):
        best = order[: -(-most // 2)] if len(order) > most else order
        worst = order[-(most // 2) :] if len(order) > most else order[:0]
        columns = _columns(sweep, quantity, best.append(worst))
        _add_messages(sweep, columns, best.append(worst), width)
        cut = len(best) if len(worst) else None
        between = len(order) - len(best) - len(worst)
        bottom = _draw_table(ax, columns, step, width, cut, between)
    note = _unranked(sweep, order)
    if note:
        note = _style.shortened(note, int(width / LETTER))
        ax.text(0, bottom - 1.3 * step, note, color=_style.ALARM, fontsize=FONT)
    return ax


def lines(sweep: Sweep, most: int = 10) -> float:
    """How many lines the table takes: head, rows, the gap between best and worst, and the note."""
    order = ranked(sweep, sv.anarchy(sweep))
    rows = min(len(order), most) + (1 if len(order) > most else 0)
    return HEAD_LINES + max(rows, 2) + (1.6 if len(order) < len(sweep.points) else 0.3)


def ranked(sweep: Sweep, quantity: sv.Quantity) -> pd.Index:
    """The points that have a value and may be quoted, the best first; equal ones by number.

    Where none may be quoted, those that have a value, by number.
    """
    values = sweep.points[list(quantity.columns.values())].astype(float)
    values = values.where(np.isfinite(values))
    rank = (values.max(axis=1) if quantity.is_better_low else -values.iloc[:, 0]).dropna()
    quotable = rank[rank.index.isin(sweep.quotable)]
    return quotable.sort_values(kind="stable").index if len(quotable) else rank.index


def _title(sweep: Sweep, quantity: sv.Quantity, order: pd.Index, most: int) -> str:
    if len(order) and order[0] not in sweep.quotable:
        return "Points by number: none may be quoted"
    which = "Best and worst points" if len(order) > most else "Points, best first,"
    several = ", the highest of the regimes" if len(quantity.columns) > 1 else ""
    if not quantity.is_better_low:
        several = f" of {next(iter(quantity.columns), '')}"
    return f"{which} by {quantity.title.lower()}{several}"


def _columns(sweep: Sweep, quantity: sv.Quantity, order: pd.Index) -> list[Column]:
    rows = sweep.points.loc[order]
    columns = [Column("point", [_starred(sweep, point) for point in order])]
    for key, head in list(sv.short_names(sweep.keys).items())[:MOST_KEYS]:
        values = sv.values_of(sweep, key)
        names = dict(zip(values, sv.names_of(values, MOST_NAME), strict=True))
        cells = [names[value] for value in rows[key]]
        head = _style.shortened(head, MOST_NAME) + sv.units(sweep, key)
        columns.append(Column(head, cells, not sv.is_text(sweep, key)))
    shown = list(quantity.columns.items())[:MOST_REGIMES] if quantity.is_better_low else []
    for regime, name in shown:
        head = quantity.title.lower()
        head += f"\n{_style.shortened(regime, MOST_NAME)}" if len(quantity.columns) > 1 else ""
        columns.append(Column(head, [_with_interval(row, name) for _, row in rows.iterrows()]))
    for regime, name in list(sv.welfare(sweep).columns.items())[:MOST_REGIMES]:
        head = f"welfare{sv.units(sweep, name)}\n{_style.shortened(regime, MOST_NAME)}"
        columns.append(Column(head, [_number(value) for value in rows[name]]))
    columns.append(_settled(rows))
    states = [str(status).replace("_", " ") for status in rows["status"]]
    colors = [_style.INK if state == "complete" else _style.ALARM for state in states]
    columns.append(Column("status", states, False, colors))
    return columns


def _starred(sweep: Sweep, point: int) -> str:
    return f"{point}*" if sweep.obstacles(point) else str(point)


def _add_messages(sweep: Sweep, columns: list[Column], order: pd.Index, width: float) -> None:
    """Say why trials failed, as far as there is room beside the other columns."""
    messages = [str(text) for text in sweep.points[MESSAGE].loc[order]]
    letters = int((width - sum(column.width for column in columns) - GAP) / LETTER)
    if any(messages) and letters > MOST_NAME:
        cells = [_style.shortened(text, letters) for text in messages]
        columns.append(Column(MESSAGE, cells, False, [_style.ALARM] * len(cells)))


def _settled(rows: pd.DataFrame) -> Column:
    """The share of trials that settled, in the regime where it is the smallest."""
    names = [name for name in rows if str(name).startswith("settled_share_")]
    least = rows[names].min(axis=1)
    cells = [f"{share:.0%}" if np.isfinite(share) else "\N{EN DASH}" for share in least]
    colors = [_style.ALARM if share < 1.0 else _style.INK for share in least]
    return Column("settled", cells, True, colors)


def _with_interval(row: pd.Series, name: str) -> str:
    low, high = (float(row.get(name + end, np.nan)) for end in ("_low", "_high"))
    text = _number(row[name])
    return text + (f"  [{low:#.4g}, {high:#.4g}]" if np.isfinite(low) and np.isfinite(high) else "")


def _number(value: float) -> str:
    return f"{value:#.4g}".rstrip(".") if np.isfinite(value) else "\N{EN DASH}"


def _draw_table(
    ax: Axes, columns: list[Column], step: float, width: float, cut: int | None, between: int
) -> float:
    """Draw heads and rows from the top; returns where the last row stands."""
    total = sum(column.width for column in columns)
    shrink = min(1.0, width / total)
    spare = min(MOST_SPARE, max(0.0, width - total) / len(columns)) / width
    font = FONT * shrink
    edge = 0.0
    for column in columns:
        right = edge + (column.width - GAP) * shrink / width
        place, side = (right, "right") if column.is_number else (edge, "left")
        base = {"ha": side, "va": "bottom", "linespacing": 1.1}
        height = 1.0 - step * (HEAD_LINES - 0.1)
        ax.text(place, height, column.head, color=_style.MUTED, fontsize=font, **base)
        for row, text in enumerate(column.cells):
            color = column.colors[row] if column.colors else _style.INK
            height = 1.0 - step * _line(row, cut)
            ax.text(place, height, text, ha=side, color=color, fontsize=font)
        edge += column.width * shrink / width + spare
    ax.plot([0, 1], [1.0 - step * HEAD_LINES] * 2, color=_style.GRID, linewidth=1.2)
    if cut is not None:
        place = 1.0 - step * (_line(cut, cut) - 1.0)
        text = f"\N{HORIZONTAL ELLIPSIS} {sv.count_of(between, 'point')} between"
        ax.text(0, place, text, color=_style.MUTED, fontsize=font)
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1)
    return 1.0 - step * _line(len(columns[0].cells) - 1, cut)


def _line(row: int, cut: int | None) -> float:
    """Lines from the top at which a row stands; one is left free at the cut."""
    return HEAD_LINES + 1.0 + row + (1.0 if cut is not None and row >= cut else 0.0)


def _unranked(sweep: Sweep, order: pd.Index) -> str:
    """How many points have no rank, why, and which; with the first message."""
    without = sweep.points.index.difference(order)
    quantity = sv.anarchy(sweep)
    is_known = np.isfinite(sweep.points[list(quantity.columns.values())].astype(float)).any(axis=1)
    doubtful = without[is_known.loc[without].to_numpy()]
    groups = {"not to be quoted": doubtful} if len(doubtful) else {}
    groups |= marks.by_status(sweep, without.difference(doubtful))
    parts = []
    for name, points in groups.items():
        numbers = ", ".join(map(str, points[:5])) + (" ..." if len(points) > 5 else "")
        what = "without a result" if name == "complete" else name
        parts.append(f"{len(points)} {what} ({numbers})")
    messages = [f"{p}: {text}" for p, text in sweep.points[MESSAGE].loc[without].items() if text]
    text = "Not ranked: " + ", ".join(parts) if parts else ""
    return text + (f". Point {messages[0]}" if messages else "")
