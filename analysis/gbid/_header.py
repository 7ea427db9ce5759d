# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""The head of a page: title, sizes, and what stands for which regime."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from gbid import _ends, _style
from gbid._load import Run

DATA = {
    "synthetic": "synthetic images, drawn by the program",
    "fashion_mnist": "Fashion-MNIST",
    "idx": "images from IDX files",
}


def draw_header(run: Run, ax: Axes) -> None:
    ax.set_axis_off()
    ax.text(0, 1.0, _style.shortened(run.title, 90), fontsize=17, fontweight="bold", va="top")
    trials = max(d.sizes["trial"] for d in run.values())
    last = max(int(d.step.values[-1]) if d.sizes["step"] else 0 for d in run.values())
    failed = sum(int((~_ends.counted_trials(d)).sum()) for d in run.values())
    data = _data(run)
    parts = [
        *_sizes(run),
        f"{trials} trial" + ("s" if trials != 1 else ""),
        f"{last} steps",
        f"seed {run.attributes['seed']}" if "seed" in run.attributes else "",
        f"{failed} of {trials * len(run)} regime trials failed or unstarted" if failed else "",
        *data,
        "lines: medians; bands: 5\N{EN DASH}95%" if trials > 1 or not data else "",
    ]
    subtitle = " \N{MIDDLE DOT} ".join(part for part in parts if part)
    ax.text(0, 0.0, subtitle, fontsize=11.5, color=_style.MUTED, va="bottom")
    if run.status != "complete":
        state = f"{run.status} run"
        ax.text(1, 1.0, state, ha="right", va="top", color=_style.ALARM, fontweight="bold")
    handles = []
    for index, name in enumerate(run):
        style = _style.look(index)
        text = _style.shortened(name, 26)
        handles.append(
            Line2D([], [], color=style.color, linestyle=style.line, linewidth=2.5, label=text)
        )
    ax.legend(
        handles=handles,
        loc="lower right",
        bbox_to_anchor=(1.0, -0.25),
        ncols=len(handles) if len(handles) <= 3 else -(-len(handles) // 2),
        frameon=False,
        handlelength=3.2,
        borderaxespad=0.0,
        fontsize=12,
    )


def _sizes(run: Run) -> list[str]:
    """How many there are: bidders and sellers, neurons, or agents."""
    roles = ("bidder", "seller") if any("bidder" in d.sizes for d in run.values()) else ("agent",)
    counts = {role: max(d.sizes.get(role, 0) for d in run.values()) for role in roles}
    if any("layer" in d.sizes for d in run.values()):
        counts = {"neuron": counts.get("agent", 0)}
    return [f"{n} {role}" + ("s" if n != 1 else "") for role, n in counts.items() if n]


def _data(run: Run) -> list[str]:
    """What the regimes learned from, if from data."""
    kinds = {str(d.attrs["data"]): None for d in run.values() if "data" in d.attrs}
    return [DATA.get(kind, f"data: {kind}") for kind in kinds]
