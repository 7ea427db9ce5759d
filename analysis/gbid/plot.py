# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Draw runs. Every function but `overview` takes an Axes and returns it.

From a shell: ``python -m gbid.plot run.h5 -o run.png``.
"""

from __future__ import annotations

import sys

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec, SubplotSpec
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from gbid import _distribution, _ends, _style
from gbid._load import Run

__all__ = ["bid_matrix", "overview", "price_of_anarchy", "trajectories"]

BAND = (0.05, 0.95)
MOST_STEPS = 1500  # drawn per line; more cannot be told apart in a figure
MOST_VALUES = 1 << 22  # read at a time: 32 MiB
MOST_CELLS = 200  # rows of a heat map; larger matrices are averaged in blocks
PANELS = ("welfare", "payoff", "mean_utility", "mask_density")  # the first two that were recorded


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
        steps, quantiles = _quantiles_by_step(
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


def bid_matrix(dataset: xr.Dataset, ax: Axes, trial: int = 0, most_ticks: int = 20) -> Axes:
    """Draw who bids how much on whom at the end of a trial.

    Parameters
    ----------
    dataset : xarray.Dataset
        One regime, with the variable ``bids`` (trial, agent, counterpart).
    ax : matplotlib.axes.Axes
        Where to draw; the image is ``ax.images[-1]``, for a colour bar.
    trial : int
        Which trial.
    most_ticks : int
        Up to so many agents get a tick each; of more, a few do.

    Returns
    -------
    matplotlib.axes.Axes
        The same axes.

    Raises
    ------
    KeyError
        If the regime recorded no final bids.
    IndexError
        If there is no such trial.
    """
    if "bids" not in dataset:
        raise KeyError("this regime recorded no final bids")
    if not 0 <= trial < dataset.sizes["trial"]:
        raise IndexError(f"trial {trial} of {dataset.sizes['trial']}")
    bids = dataset.bids.isel(trial=trial).transpose("agent", "counterpart").values
    rows, columns = bids.shape
    block = -(-max(bids.shape) // MOST_CELLS)
    cells = _block_means(bids, block)
    extent = (-0.5, cells.shape[1] * block - 0.5, cells.shape[0] * block - 0.5, -0.5)
    ax.imshow(cells, cmap=_style.COLORMAP, extent=extent, interpolation="nearest", vmin=0.0)
    ax.set_xlim(-0.5, columns - 0.5)
    ax.set_ylim(rows - 0.5, -0.5)
    for axis, count in ((ax.xaxis, columns), (ax.yaxis, rows)):
        if count <= most_ticks:
            axis.set_ticks(range(count))
            axis.set_tick_params(length=0, labelsize=9)
        else:
            axis.set_major_locator(MaxNLocator(nbins=5, integer=True))
            axis.set_tick_params(labelsize=9)
    ax.set_xlabel("Bid on agent")
    ax.set_ylabel("Bidding agent")
    ax.spines[:].set_visible(False)
    return ax


def price_of_anarchy(run: Run, ax: Axes) -> Axes:
    """Draw what anarchy costs over the trials, with the median and its 95% bootstrap interval.

    Shows the price of anarchy where it is defined, that is where payoffs are positive, and
    otherwise the welfare gap; a run without an equilibrium regime shows where every regime ended.

    Parameters
    ----------
    run : Run
        The run.
    ax : matplotlib.axes.Axes
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        The same axes.
    """
    found = _ends.anarchy(run)
    if not any(values.size for values in found.rows.values()):
        return _style.note(ax, "no trial has an end to show")
    looks = {name: _style.look(index) for index, name in enumerate(run)}
    _distribution.draw_rows(ax, found.rows, looks)
    if found.neutral is not None and ax.get_xlim()[0] <= found.neutral <= ax.get_xlim()[1]:
        ax.axvline(found.neutral, color=_style.MUTED, linewidth=1.2, linestyle=(0, (2, 2)))
    ax.set_title(found.title)
    ax.set_yticks([])
    ax.set_ylim(len(found.rows) - 0.5, -0.5)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=7, steps=[1, 2, 5, 10]))
    ax.set_xlabel(found.label + (f"\n{found.note}" if found.note else ""))
    ax.spines["left"].set_visible(False)
    _style.light_grid(ax, "x")
    return ax


def overview(run: Run) -> Figure:
    """One page about a run: welfare, payoffs, final bids, and what anarchy costs.

    Parameters
    ----------
    run : Run
        The run, with at least one regime.

    Returns
    -------
    matplotlib.figure.Figure
        16 x 10 inches: 1600 x 1000 pixels at 100 dots per inch.

    Raises
    ------
    ValueError
        If the run has no regime.
    """
    if not run:
        raise ValueError(f"{run.path.name} has no regimes to draw")
    with mpl.rc_context(_style.RC):
        figure = Figure(figsize=(16, 10), facecolor="white")
        figure.set_layout_engine("constrained", w_pad=0.12, h_pad=0.12, wspace=0.04, hspace=0.04)
        heights = [0.11, 1.0, 0.7 + 0.3 * _matrix_rows(run)]
        grid = GridSpec(3, 1, figure=figure, height_ratios=heights)
        _header(run, figure.add_subplot(grid[0]))
        _draw_trajectories(run, figure, grid[1])
        _draw_ends(run, figure, grid[2])
    return figure


def _header(run: Run, ax: Axes) -> None:
    ax.set_axis_off()
    ax.text(0, 1.0, _style.shortened(run.title, 90), fontsize=17, fontweight="bold", va="top")
    trials = max(d.sizes["trial"] for d in run.values())
    last = max(int(d.step.values[-1]) if d.sizes["step"] else 0 for d in run.values())
    agents = max(d.sizes.get("agent", 0) for d in run.values())
    failed = sum(int((~_ends.counted_trials(d)).sum()) for d in run.values())
    parts = [
        f"{agents} agents" if agents else "",
        f"{trials} trial" + ("s" if trials != 1 else ""),
        f"{last} steps",
        f"seed {run.attributes['seed']}" if "seed" in run.attributes else "",
        f"{failed} of {trials * len(run)} regime trials failed or unstarted" if failed else "",
        "lines: medians; bands: 5\N{EN DASH}95%",
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


def _draw_trajectories(run: Run, figure: Figure, place: SubplotSpec) -> None:
    recorded = [v for v in PANELS if any(v in d and "step" in d[v].dims for d in run.values())]
    chosen = recorded[:2]
    grid = place.subgridspec(1, max(1, len(chosen)))
    for column, variable in enumerate(chosen):
        ax = trajectories(run, variable, figure.add_subplot(grid[column]))
        has_agents = any("agent" in d[variable].dims for d in run.values() if variable in d)
        what = "over trials and agents" if has_agents else "over trials"
        ax.set_title(f"{variable.replace('_', ' ').capitalize()}, {what}")


def _draw_ends(run: Run, figure: Figure, place: SubplotSpec) -> None:
    with_bids = [name for name, dataset in run.items() if "bids" in dataset]
    if not with_bids:
        price_of_anarchy(run, figure.add_subplot(place))
        return
    grid = place.subgridspec(1, 2, width_ratios=[1.35, 1.0])
    rows = _matrix_rows(run)
    columns = -(-len(with_bids) // rows)
    matrices = grid[0].subgridspec(rows, columns)
    trial = _common_trial(run, with_bids)
    axes = []
    for index, name in enumerate(with_bids):
        ax = figure.add_subplot(matrices[index // columns, index % columns])
        bid_matrix(run[name], ax, trial, most_ticks=20 // columns // rows)
        ax.set_title(_style.shortened(name, 78 // columns), fontsize=12 if rows == 1 else 10.5)
        ax.set_anchor("N")
        if index % columns:
            ax.set_ylabel("")
        if index + columns < len(with_bids):
            ax.set_xlabel("")
        axes.append(ax)
    units = str(run[with_bids[0]].bids.attrs.get("units", "1"))
    label = f"Final bid, trial {trial}" + ("" if units == "1" else f" [{units}]")
    _share_colors(axes, axes[columns - 1], label)
    price_of_anarchy(run, figure.add_subplot(grid[1]))


def _matrix_rows(run: Run) -> int:
    """Rows of heat maps: two from the fourth on."""
    return 1 if sum("bids" in dataset for dataset in run.values()) <= 3 else 2


def _common_trial(run: Run, names: list[str]) -> int:
    """The first trial that counts in all these regimes; the first of all if there is none."""
    counted = [_ends.counted_trials(run[name]) for name in names]
    shortest = min(map(len, counted))
    common = np.flatnonzero(np.all([c[:shortest] for c in counted], axis=0))
    return int(common[0]) if common.size else 0


def _share_colors(axes: list[Axes], beside: Axes, label: str) -> None:
    """One colour scale for several heat maps, and its bar beside one of them."""
    values = np.concatenate([np.ma.filled(ax.images[-1].get_array(), 0.0).ravel() for ax in axes])
    for ax in axes:
        ax.images[-1].set_clim(0.0, float(values.max()) or 1.0)
    bar = beside.figure.colorbar(beside.images[-1], cax=beside.inset_axes([1.04, 0.0, 0.05, 1.0]))
    bar.set_label(label)
    bar.outline.set_visible(False)


def _quantiles_by_step(
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


def _block_means(matrix: np.ndarray, block: int) -> np.ndarray:
    """Means over square blocks; those at the far edges may be smaller."""
    if block == 1:
        return matrix
    for axis in (0, 1):
        starts = np.arange(0, matrix.shape[axis], block)
        lengths = np.diff(np.append(starts, matrix.shape[axis]))
        sums = np.add.reduceat(matrix, starts, axis=axis)
        matrix = sums / (lengths[:, None] if axis == 0 else lengths)
    return matrix


if __name__ == "__main__":
    from gbid._command import main

    sys.exit(main())
