# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""How figures look: colours, lines, labels."""

from __future__ import annotations

import textwrap
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.cm import ScalarMappable
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

INK = "#1a1a1a"
MUTED = "#666666"
GRID = "#e3e3e3"
ALARM = "#b34700"
COLORMAP = "cividis"  # even in lightness, and to colour-blind eyes

# Okabe and Ito, 2008; the yellow is left out because it is too pale for a line.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
_LINES: tuple[Any, ...] = (
    "-",
    (0, (5, 1.6)),
    "-.",
    (0, (1.2, 1.2)),
    (0, (8, 2, 1, 2)),
    (0, (3, 3)),
)
_MARKERS = ("o", "s", "^", "D", "v", "P")

PAGE_INCHES = (16, 10)
WHITE_EDGE: dict[str, Any] = {"markeredgecolor": "white", "markeredgewidth": 0.8}  # of markers
NO_LOSS: dict[str, Any] = {"color": MUTED, "linewidth": 1.2, "linestyle": (0, (2, 2))}  # a line

LAYOUT_SHARE = 0.85  # of an axes' first size that titles and ticks leave it
LEAST_CONTRAST = 4.5  # of text, after WCAG 2
DARKEST, LIGHTEST = 0.45, 0.4  # how far the tones of a colour go towards black and white

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
        COLORS[index % len(COLORS)], _LINES[index % len(_LINES)], _MARKERS[index % len(_MARKERS)]
    )


def tone(color: str, index: int, count: int) -> str:
    """The tone of one of `count` members that share a colour, the first the darkest."""
    place = 2.0 * index / (count - 1) - 1.0 if count > 1 else 0.0
    target, share = (0.0, -DARKEST * place) if place < 0 else (1.0, LIGHTEST * place)
    return str(to_hex([(1.0 - share) * part + share * target for part in to_rgb(color)]))


def for_text(color: str) -> str:
    """The colour, darkened as far as text on white needs to be legible."""
    rgb = np.array(to_rgb(color))
    while _contrast_with_white(rgb) < LEAST_CONTRAST:
        rgb *= 0.95
    return str(to_hex(rgb))


def _contrast_with_white(rgb: NDArray[Any]) -> float:
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)  # IEC 61966-2-1
    return 1.05 / (float(linear @ (0.2126, 0.7152, 0.0722)) + 0.05)


def marker(index: int) -> str:
    """The marker of a regime, or of a member of one; repeats after six."""
    return _MARKERS[index % len(_MARKERS)]


def label(variable: xr.DataArray) -> str:
    """Axis label: the long name, with its units unless they are 1."""
    name = str(variable.attrs.get("long_name") or str(variable.name).replace("_", " "))
    units = str(variable.attrs.get("units", "1"))
    name = name[:1].upper() + name[1:]
    return name if units in ("1", "") else f"{name} [{units}]"


def folded(text: str, width: int = 40) -> str:
    """A label in lines of at most `width` characters, so that it stays beside its axis."""
    return "\n".join(textwrap.wrap(text, width))


def note(ax: Axes, text: str) -> Axes:
    """An axes that has nothing to show says why."""
    ax.set_axis_off()
    ax.text(0.5, 0.5, text, transform=ax.transAxes, ha="center", va="center", color=MUTED)
    return ax


def light_grid(ax: Axes, axis: str) -> None:
    ax.grid(True, axis=axis, linewidth=0.8)
    ax.set_axisbelow(True)


def round_ticks(axis: Axis, most: int, are_whole: bool = False) -> None:
    """At most so many ticks, and one more, at 1, 2 and 5 times the powers of ten."""
    axis.set_major_locator(MaxNLocator(nbins=most, steps=[1, 2, 5, 10], integer=are_whole))


def around(value: float) -> tuple[float, float]:
    """Limits for an axis, or for colours, that have a single value to show."""
    margin = abs(value) / 10 or 0.1
    return value - margin, value + margin


def color_bar(figure: Figure, shown: ScalarMappable, label: str, **place: Any) -> None:
    """A bar without a frame: beside the axes that share its colours, or in a place of its own."""
    beside = {"location": "right", "aspect": 35, "pad": 0.02} if "ax" in place else {}
    bar = figure.colorbar(shown, **beside, **place)
    bar.set_label(label)
    bar.outline.set_visible(False)


def size_in_points(ax: Axes) -> tuple[float, float]:
    """About how wide and high an axes is: the layout, which is not final, leaves it this much.

    An axes that takes no part in the layout stays as it is.
    """
    extent = ax.get_window_extent()
    share = (LAYOUT_SHARE if ax.get_in_layout() else 1.0) * 72.0 / ax.figure.dpi
    return extent.width * share, extent.height * share


def shortened(text: str, limit: int) -> str:
    """The text, or its beginning and an ellipsis: at most `limit` characters."""
    return text if len(text) <= limit else text[: limit - 1] + "\N{HORIZONTAL ELLIPSIS}"
