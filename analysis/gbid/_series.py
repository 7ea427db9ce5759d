# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""A variable over the steps: its median and band, and the figure of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from numpy.typing import NDArray

from gbid import _ends, _style
from gbid._load import Run

BAND = (0.05, 0.95)
MOST_STEPS = 1500  # drawn per line; more cannot be distinguished in a figure
MOST_VALUES = 1 << 22  # read at a time: 32 MiB


def trajectories(run: Run, variable: str, ax: Axes) -> Axes:
    """Draw a recorded variable over updates per agent: per regime the median, and a 5-95% band.

    So regimes whose agents move more rarely stand beside the others. Where updates are not known, as
    of data without agents that take turns, it is drawn over the steps. Steps at which nothing is known, as between two evaluations, are passed over: lines and bands
    join the steps before and after.

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
    curves = {name: known_quantiles(dataset, dataset[variable]) for name, dataset in run.items() if is_recorded(dataset, variable)}
    updates = {name: updates_at(run[name], steps) for name, (steps, *_) in curves.items()}
    is_over_updates = all(np.isfinite(found).all() for found in updates.values())
    for index, (name, dataset) in enumerate(run.items()):
        if name not in curves:
            continue
        shown = dataset[variable]
        steps, low, middle, high = curves[name]
        if is_over_updates:
            steps = updates[name]
        style = _style.look(index)
        if np.any(high > low):
            ax.fill_between(steps, low, high, color=style.color, alpha=0.16, linewidth=0)
        alone = {"marker": style.marker} if middle.size == 1 else {}
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
        raise unrecorded(run, variable)
    ax.set_ylabel(_style.folded(_style.label(shown)))
    over_steps(ax)
    if is_over_updates:
        ax.set_xlabel("Updates per agent")
    return ax


def updates_at(dataset: xr.Dataset, steps: NDArray[Any]) -> NDArray[Any]:
    """Updates that an agent had by these steps on average: as recorded, else movers a step by agents."""
    if not len(steps):
        return np.empty(0)
    if "updates" in dataset and set(dataset.updates.dims) >= {"trial", "step"}:
        recorded = dataset.updates.sel(step=steps)
        others = [d for d in recorded.dims if d != "step"]
        return np.asarray(recorded.mean(others, skipna=True).values, dtype=float)
    movers = float(dataset.attrs.get("movers_per_step", "nan"))
    return np.asarray(steps * movers / dataset.sizes.get("agent", 1), dtype=float)


def unrecorded(run: Run, variable: str) -> KeyError:
    """The error for a variable that no regime recorded over steps."""
    known = sorted({str(v) for d in run.values() for v in d.data_vars if "step" in d[v].dims})
    listed = ", ".join(known) or "nothing"
    return KeyError(f"no regime recorded {variable!r}; recorded: {listed}")


def over_steps(ax: Axes) -> Axes:
    """An axes whose x axis are the steps."""
    ax.set_xlabel("Step")
    ax.margins(x=0.01)
    _style.round_ticks(ax.xaxis, 7, are_whole=True)
    _style.light_grid(ax, "y")
    return ax


def is_recorded(dataset: xr.Dataset, variable: str) -> bool:
    """Whether a regime has the variable over trials and steps."""
    return variable in dataset and {"trial", "step"} <= set(dataset[variable].dims)


def known_quantiles(dataset: xr.Dataset, variable: xr.DataArray) -> NDArray[Any]:
    """(steps, low, median, high) x step of what a regime recorded, where it is known."""
    steps, quantiles = quantiles_by_step(
        variable, _ends.counted_trials(dataset), _ends.settled_trials(dataset)
    )
    return np.vstack([steps, quantiles])[:, ~np.isnan(quantiles[1])]


def quantiles_by_step(
    variable: xr.DataArray, counted: NDArray[Any], settled: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Steps, and (low, median, high) x step of a variable over everything but steps.

    A settled trial stays where it settled: otherwise the median would jump as trials end one by
    one. Steps at which no trial has a value, though some have one later, are NaN. Reads at most
    MOST_VALUES at a time. Long series are thinned.
    """
    thinned = variable.isel(step=_drawn_steps(variable)).transpose("step", "trial", ...)
    steps = thinned.step.values
    quantiles = np.full((3, len(steps)), np.nan)
    recorded = np.zeros(len(steps), dtype=bool)  # some trial was there
    per_step = max(1, int(np.prod(thinned.shape[1:])))
    block = max(1, MOST_VALUES // per_step)
    stays = settled[counted]
    last = None
    for begin in range(0, len(steps), block):
        values = thinned.isel(step=slice(begin, begin + block)).values[:, counted]
        recorded[begin : begin + block] = _has_value(values)
        for row in values:
            if last is not None:
                row[stays] = np.where(np.isnan(row[stays]), last[stays], row[stays])
            last = row
        known = _has_value(values)
        if known.any():
            flat = values[known].reshape(known.sum(), -1)
            part = np.nanquantile(flat, [BAND[0], 0.5, BAND[1]], axis=1)
            quantiles[:, begin + np.flatnonzero(known)] = part
    comes_later = np.logical_or.accumulate(recorded[::-1])[::-1]
    quantiles[:, ~recorded & comes_later] = np.nan
    return steps, quantiles


def _has_value(values: NDArray[Any]) -> NDArray[Any]:
    """Whether each row has anything that is not NaN."""
    return np.asarray(~np.isnan(values).all(axis=tuple(range(1, values.ndim))))


def _drawn_steps(variable: xr.DataArray) -> NDArray[Any]:
    """Indices of the steps to draw: all, or MOST_STEPS of those with a value, up to the last."""
    count = variable.sizes["step"]
    drawn = np.arange(count)
    if count > MOST_STEPS:
        first = {d: 0 for d in variable.dims if d not in ("trial", "step")}
        known = np.flatnonzero(variable.isel(first).notnull().any("trial").values)
        if known.size:
            drawn = np.append(known, np.arange(known[-1] + 1, count))
    stride = max(1, -(-drawn.size // MOST_STEPS))
    return drawn[(drawn.size - 1) % stride if drawn.size else 0 :: stride]
