# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""A variable over the steps: its median and band, and the figure of them."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from gbid import _ends, _style
from gbid._load import Run

BAND = (0.05, 0.95)
MOST_STEPS = 1500  # drawn per line; more cannot be told apart in a figure
MOST_VALUES = 1 << 22  # read at a time: 32 MiB


def trajectories(run: Run, variable: str, ax: Axes) -> Axes:
    """Draw a recorded variable over the steps: per regime the median, and a 5-95% band.

    Parameters
    ----------
    run : Run
        The run; regimes that did not record the variable are left out.
    variable : str
        Name of a variable over (trial, step) or (trial, step, agent, ...). Median and band are over
        all trials that count, and over agents where there are any.
    ax : matplotlib.axes.Axes
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        The same axes.

    Raises
    ------
    KeyError
        If no regime recorded the variable over steps.
    """
    shown = None
    for index, (name, dataset) in enumerate(run.items()):
        if variable not in dataset or not {"trial", "step"} <= set(dataset[variable].dims):
            continue
        shown = dataset[variable]
        steps, quantiles = quantiles_by_step(
            shown, _ends.counted_trials(dataset), _ends.settled_trials(dataset)
        )
        style = _style.look(index)
        low, middle, high = quantiles
        if np.any(high > low):
            ax.fill_between(steps, low, high, color=style.color, alpha=0.16, linewidth=0)
        alone = {"marker": style.marker} if np.isfinite(middle).sum() == 1 else {}
        ax.plot(
            steps,
            middle,
            color=style.color,
            linestyle=style.line,
            linewidth=2.0,
            label=name,
            **alone,
        )
    if shown is None:
        known = sorted({str(v) for d in run.values() for v in d.data_vars if "step" in d[v].dims})
        listed = ", ".join(known) or "nothing"
        raise KeyError(f"no regime recorded {variable!r}; recorded: {listed}")
    ax.set_xlabel("Step")
    ax.set_ylabel(_style.label(shown))
    ax.margins(x=0.01)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=7, steps=[1, 2, 5, 10], integer=True))
    _style.light_grid(ax, "y")
    return ax


def quantiles_by_step(
    variable: xr.DataArray, counted: np.ndarray, settled: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Steps, and (low, median, high) x step of a variable over everything but steps.

    A settled trial stays where it settled: otherwise the median would jump as trials end one by one.
    Reads at most MOST_VALUES at a time. Long series are thinned evenly so that the last step stays.
    """
    count = variable.sizes["step"]
    stride = max(1, -(-count // MOST_STEPS))
    thinned = variable.isel(step=slice((count - 1) % stride if count else 0, None, stride))
    thinned = thinned.transpose("step", "trial", ...)
    steps = thinned.step.values
    quantiles = np.full((3, len(steps)), np.nan)
    per_step = max(1, int(np.prod(thinned.shape[1:])))
    block = max(1, MOST_VALUES // per_step)
    stays = settled[counted]
    last = None
    for begin in range(0, len(steps), block):
        values = thinned.isel(step=slice(begin, begin + block)).values[:, counted]
        for row in values:
            if last is not None:
                row[stays] = np.where(np.isnan(row[stays]), last[stays], row[stays])
            last = row
        values = values.reshape(len(values), -1)
        known = ~np.isnan(values).all(axis=1) if values.size else np.zeros(len(values), dtype=bool)
        if known.any():
            part = np.nanquantile(values[known], [BAND[0], 0.5, BAND[1]], axis=1)
            quantiles[:, begin + np.flatnonzero(known)] = part
    return steps, quantiles
