# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Lines of a market's members (bidders, layers): a tone each of their regime's colour.

Over trials a member has a median and a band. Where there are too many members to distinguish, a
regime is one line instead, its median and band over trials and members.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.patheffects import Normal, Stroke
from matplotlib.ticker import PercentFormatter
from numpy.typing import NDArray

from gbid import _series, _style
from gbid._load import Run

MOST_LINES = 9  # over all regimes; of more, each regime is one line
FEW_MARKERS = 12  # of a line; more are smaller
LABEL_SIZE = 9.0  # points
LABEL_PITCH = 1.3  # of their size, from one label to the next


@dataclass(frozen=True)
class Line:
    """A member's values over the steps, and how it looks."""

    regime: str
    member: str  # empty where a regime has one line
    steps: NDArray[Any]
    low: NDArray[Any]
    middle: NDArray[Any]
    high: NDArray[Any]
    color: str
    line: Any
    marker: str

    @property
    def label(self) -> str:
        return f"{self.regime}, {self.member}" if self.member else self.regime


def lines_of(run: Run, variable: str, dimension: str, averaged: str = "") -> list[Line]:
    """The lines of a variable over (trial, step) or (trial, step, dimension, ...).

    A dimension to be averaged is averaged before any median.
    """
    recorded = [
        (index, name, dataset, _averaged(dataset[variable], averaged))
        for index, (name, dataset) in enumerate(run.items())
        if _series.is_recorded(dataset, variable)
    ]
    total = sum(values.sizes.get(dimension, 1) for _, _, _, values in recorded)
    lines = []
    for index, name, dataset, values in recorded:
        look = _style.look(index)
        if total > MOST_LINES or dimension not in values.dims:
            what = f"all {dimension}s" if values.sizes.get(dimension, 1) > 1 else ""
            lines.append(line_of(dataset, values, name, what, look))
            continue
        count = values.sizes[dimension]
        for member in range(count):
            own = look._replace(
                color=_style.tone(look.color, member, count),
                marker=_style.marker(member if count > 1 else index),
            )
            what = f"{dimension} {member}" if count > 1 else ""
            lines.append(line_of(dataset, values.isel({dimension: member}), name, what, own))
    return lines


def recorded_lines(run: Run, variable: str, dimension: str, averaged: str = "") -> list[Line]:
    """The lines of a variable that some regime must have recorded."""
    lines = lines_of(run, variable, dimension, averaged)
    if not lines:
        raise _series.unrecorded(run, variable)
    return lines


def _averaged(values: xr.DataArray, dimension: str) -> xr.DataArray:
    return values.mean(dimension) if dimension in values.dims else values


def line_of(
    dataset: xr.Dataset, values: xr.DataArray, regime: str, member: str, look: _style.Look
) -> Line:
    """One line: the median and the band of everything but the steps."""
    steps, low, middle, high = _series.known_quantiles(dataset, values)
    return Line(regime, member, steps, low, middle, high, *look)


def draw_strong(ax: Axes, lines: list[Line], most_markers: int = 0) -> None:
    """Medians as strong lines, with a band, and with markers where a line has few points."""
    for line in lines:
        if np.any(line.high > line.low):
            ax.fill_between(
                line.steps, line.low, line.high, color=line.color, alpha=0.12, linewidth=0
            )
        has_markers = line.steps.size == 1 or line.steps.size <= most_markers
        ax.plot(
            line.steps,
            line.middle,
            color=line.color,
            linestyle=line.line,
            linewidth=1.8,
            marker=line.marker if has_markers else "",
            markersize=5 if line.steps.size <= FEW_MARKERS else 3.5,
            markeredgecolor="white",
            markeredgewidth=0.6,
            label=line.label,
        )


def draw_numbers(ax: Axes, lines: list[Line], label: str) -> Axes:
    """A panel of strong lines, with their last values beside it."""
    draw_strong(ax, lines)
    _series.over_steps(ax)
    ax.set_ylabel(label)
    label_ends(ax, lines, as_number)
    return ax


def draw_shares(ax: Axes, lines: list[Line], label: str, top: float | None = None) -> Axes:
    """A panel of strong lines in percent, from 0 to the top if that is given."""
    draw_strong(ax, lines)
    _series.over_steps(ax)
    if top is not None:
        ax.set_ylim(0.0, top)
    ax.yaxis.set_major_formatter(PercentFormatter(1.0))
    ax.set_ylabel(label)
    label_ends(ax, lines, lambda value: f"{value:.1%}")
    return ax


def as_number(value: float) -> str:
    return f"{value:.3f}"


def draw_thin(ax: Axes, lines: list[Line]) -> None:
    """Medians as thin pale lines behind the others; no legend names them."""
    for line in lines:
        ax.plot(line.steps, line.middle, color=line.color, linewidth=0.8, alpha=0.45, zorder=1.5)


def label_ends(ax: Axes, lines: list[Line], written: Callable[[float], str]) -> None:
    """Write names and last values of lines beside the axes, spread so that none covers another.

    Members of a regime that end too near to each other to distinguish have one label, their range.
    Call it when the scale of the axes is final.
    """
    known = [line for line in lines if line.middle.size]
    if not known:
        return
    ax.get_ylim()  # settles the limits
    pitch = label_pitch(ax)
    labels = []
    for regime in dict.fromkeys(line.regime for line in known):
        labels += _labels_of([line for line in known if line.regime == regime], ax, pitch, written)
    heights = np.array([label.height for label in labels])
    for label, spread in zip(labels, spread_out(heights, pitch), strict=True):
        ax.annotate(
            label.text,
            xy=(1.0, label.height),
            xytext=(1.035, spread),
            xycoords="axes fraction",
            va="center",
            fontsize=LABEL_SIZE,
            color=_style.for_text(label.color),
            annotation_clip=False,
            arrowprops={
                "arrowstyle": "-",
                "color": label.color,
                "linewidth": 0.8,
                "shrinkA": 0.0,
                "shrinkB": 2.0,
                "relpos": (0.0, 0.5),
            },
        )


def label_pitch(ax: Axes) -> float:
    """From one label to the next, as a share of the axes' height."""
    return LABEL_PITCH * LABEL_SIZE / _style.size_in_points(ax)[1]


@dataclass(frozen=True)
class _Label:
    height: float  # where its line ends, as a share of the axes
    text: str
    color: str


def _labels_of(
    lines: list[Line], ax: Axes, pitch: float, written: Callable[[float], str]
) -> list[_Label]:
    """The labels of one regime."""
    place = ax.transScale + ax.transLimits
    ends = np.array([line.middle[-1] for line in lines])
    heights = place.transform([(line.steps[-1], line.middle[-1]) for line in lines])[:, 1]
    if len(lines) > 1 and np.ptp(heights) < pitch:
        low, high = written(float(ends.min())), written(float(ends.max()))
        text = low if low == high else f"{low}\N{EN DASH}{high}"
        return [_Label(float(heights.mean()), text, lines[len(lines) // 2].color)]
    return [
        _Label(float(height), f"{written(float(end))}  {line.member}".rstrip(), line.color)
        for height, end, line in zip(heights, ends, lines, strict=True)
    ]


def spread_out(places: NDArray[Any], pitch: float) -> NDArray[Any]:
    """Places, moved as little as it takes to lie a pitch apart and half of one inside [0, 1].

    Neighbours that are too close form a block around the mean of where its members would be.
    """
    order = np.argsort(places, kind="stable")
    blocks: list[tuple[float, int]] = []  # the centre of each, and how many it holds
    for place in places[order]:
        blocks.append((float(place), 1))
        while True:
            blocks[-1] = _kept_inside(*blocks[-1], pitch)
            if len(blocks) < 2:
                break
            (lower, below), (upper, above) = blocks[-2:]
            if upper - lower >= pitch * (below + above) / 2:
                break
            blocks[-2:] = [((lower * below + upper * above) / (below + above), below + above)]
    spread = np.empty(len(places))
    placed = [
        centre + pitch * (k - (count - 1) / 2) for centre, count in blocks for k in range(count)
    ]
    spread[order] = placed
    return spread


def _kept_inside(centre: float, count: int, pitch: float) -> tuple[float, int]:
    half = pitch * count / 2
    return (min(max(centre, half), 1.0 - half) if half < 0.5 else 0.5), count


def annotate_corner(ax: Axes, text: str, is_top: bool) -> None:
    """A muted remark in a corner at the right, legible over lines."""
    ax.text(
        0.985,
        0.97 if is_top else 0.03,
        text,
        transform=ax.transAxes,
        ha="right",
        va="top" if is_top else "bottom",
        fontsize=LABEL_SIZE,
        color=_style.MUTED,
        path_effects=[Stroke(linewidth=3, foreground="white"), Normal()],
    )
