# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Bid functions of an auction: what was learned, and what is known."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from gbid import _style

MOST_AGENTS = 8  # lines that can be distinguished


def has_bid_functions(dataset: xr.Dataset) -> bool:
    """Whether every agent's type and bid are single numbers, kept at the end."""
    return all(name in dataset and dataset[name].dims == ("trial", "agent", "node") for name in ("value", "bid"))


def bid_functions(dataset: xr.Dataset, ax: Axes, trial: int = 0) -> Axes:
    """Bids over types, a line an agent; dashed, the equilibrium where one is known.

    Parameters
    ----------
    dataset : xarray.Dataset
        A regime of an auction with the final variables `value` and `bid` (trial, agent, node).
    ax : matplotlib.axes.Axes
        Where to draw.
    trial : int
        Which trial.

    Returns
    -------
    matplotlib.axes.Axes
    """
    values = dataset.value.values[trial]
    bids = dataset.bid.values[trial]
    known = dataset.get("known_bid")
    has_known = known is not None and known.dims == dataset.bid.dims and np.isfinite(known.values[trial]).any()
    shown = min(len(values), MOST_AGENTS)
    for agent in range(shown):
        color, line, _ = _style.look(agent)
        ax.plot(values[agent], bids[agent], color=color, linestyle=line, linewidth=2.0, label=f"agent {agent}")
    if known is not None and has_known:
        for agent in range(shown):
            label = "equilibrium" if agent == 0 else None
            ax.plot(values[agent], known.values[trial, agent], color=_style.INK, linestyle=(0, (4, 3)), linewidth=1.2, label=label)
    ax.set_xlabel("Type")
    ax.set_ylabel("Bid")
    more = f", {shown} of {len(values)} agents" if shown < len(values) else ""
    ax.set_title(f"Bid functions, trial {trial}{more}")
    _style.light_grid(ax, "both")
    ax.legend(frameon=False, loc="upper left", fontsize=10)
    return ax
