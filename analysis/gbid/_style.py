# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""How figures look: colours, lines, labels."""

from __future__ import annotations

from typing import Any, NamedTuple

import xarray as xr
from matplotlib.axes import Axes

INK = "#1a1a1a"
MUTED = "#666666"
GRID = "#e3e3e3"
ALARM = "#b34700"
COLORMAP = "cividis"  # even in lightness, and to colour-blind eyes

# Okabe and Ito, 2008; the yellow is left out because it is too pale for a line.
_COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
_LINES: tuple[Any, ...] = (
    "-",
    (0, (5, 1.6)),
    "-.",
    (0, (1.2, 1.2)),
    (0, (8, 2, 1, 2)),
    (0, (3, 3)),
)
_MARKERS = ("o", "s", "^", "D", "v", "P")

RC = {
    "font.size": 11.0,
    "axes.titlesize": 12.0,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 8.0,
    "axes.labelsize": 11.0,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "grid.color": GRID,
    "axes.formatter.useoffset": False,
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
}


class Look(NamedTuple):
    """One regime's colour, line and marker: never colour alone."""

    color: str
    line: Any
    marker: str


def look(index: int) -> Look:
    """The look of the regime at this place in its run; repeats after six."""
    return Look(
        _COLORS[index % len(_COLORS)], _LINES[index % len(_LINES)], _MARKERS[index % len(_MARKERS)]
    )


def label(variable: xr.DataArray) -> str:
    """Axis label: the long name, with its units unless they are 1."""
    name = str(variable.attrs.get("long_name") or str(variable.name).replace("_", " "))
    units = str(variable.attrs.get("units", "1"))
    name = name[:1].upper() + name[1:]
    return name if units in ("1", "") else f"{name} [{units}]"


def note(ax: Axes, text: str) -> Axes:
    """An axes that has nothing to show says why."""
    ax.set_axis_off()
    ax.text(0.5, 0.5, text, transform=ax.transAxes, ha="center", va="center", color=MUTED)
    return ax


def light_grid(ax: Axes, axis: str) -> None:
    ax.grid(True, axis=axis, linewidth=0.8)
    ax.set_axisbelow(True)


def shortened(text: str, limit: int) -> str:
    """The text, or its beginning and an ellipsis: at most `limit` characters."""
    return text if len(text) <= limit else text[: limit - 1] + "\N{HORIZONTAL ELLIPSIS}"
