# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Draw runs and sweeps. Every function but the two overviews takes an Axes and returns it.

From a shell: ``python -m gbid.plot run.h5 -o run.png``, and so for a sweep.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec, SubplotSpec
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from gbid import _ends, _learning_page, _series, _style
from gbid._auctions import bid_functions, has_bid_functions
from gbid._distribution import price_of_anarchy
from gbid._families import has_network, has_portrait, phase_portrait, road_network
from gbid._flow import mask_distribution, masks_by_layer, pixel_importance
from gbid._header import draw_header
from gbid._learning import computation, learning_curves, loads, purchases, revenue
from gbid._load import Run, of_trial
from gbid._market_graph import market_graph
from gbid._series import trajectories
from gbid._sweep_curves import price_of_anarchy_by_key, welfare_by_key
from gbid._sweep_maps import price_of_anarchy_map, welfare_map
from gbid._sweep_page import sweep_overview
from gbid._sweep_ranking import ranking

__all__ = [
    "bid_functions",
    "bid_matrix",
    "computation",
    "learning_curves",
    "loads",
    "market_graph",
    "mask_distribution",
    "masks_by_layer",
    "overview",
    "phase_portrait",
    "pixel_importance",
    "price_of_anarchy",
    "price_of_anarchy_by_key",
    "price_of_anarchy_map",
    "purchases",
    "ranking",
    "revenue",
    "road_network",
    "sweep_overview",
    "trajectories",
    "welfare_by_key",
    "welfare_map",
]



def __dir__() -> list[str]:
    """Only what this module draws."""
    return __all__


MOST_LARGE = 2  # regimes whose family is drawn large
MOST_CELLS = 200  # rows of a heat map; larger matrices are averaged in blocks
PANELS = ("welfare", "payoff", "mean_utility", "mask_density")  # the first two that were recorded


def bid_matrix(dataset: xr.Dataset, ax: Axes, trial: int = 0, most_ticks: int = 20) -> Axes:
    """Draw who bids how much on whom at the end of a trial.

    Parameters
    ----------
    dataset : xarray.Dataset
        One regime, with the variable ``bids`` (trial, agent, counterpart), or (trial, edge) with ``source`` and
        ``target``.
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
    if not _has_bid_matrix(dataset):
        raise KeyError("this regime recorded no final bids")
    if "edge" in dataset.bids.dims:
        rows = columns = dataset.sizes["agent"]
        block = -(-rows // MOST_CELLS)
        source, target, bids = (of_trial(dataset[name], trial).values for name in ("source", "target", "bids"))
        cells = _block_means_of_edges(source, target, bids, rows, block)
    else:
        bids = of_trial(dataset.bids, trial).transpose("agent", "counterpart").values
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


def overview(run: Run) -> Figure:
    """One page about a run: welfare, payoffs, final bids, and what anarchy costs.

    Of networks that learn from data: accuracy and loss, revenue, who buys from whom, computation;
    of a layered flow, its masks. Of an auction its bid functions, of a road network the network with
    its flows, of a game of two agents the path of their strategies: large, of up to two regimes.

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
        figure = Figure(figsize=_style.PAGE_INCHES, facecolor="white")
        figure.set_layout_engine("constrained", w_pad=0.12, h_pad=0.12, wspace=0.04, hspace=0.04)
        heights = [0.11, 1.0, 0.7 + 0.3 * _matrix_rows(run)]
        grid = GridSpec(3, 1, figure=figure, height_ratios=heights)
        draw_header(run, figure.add_subplot(grid[0]))
        if _learning_page.is_learning(run):
            _learning_page.draw_page(run, figure, grid[1], grid[2])
        elif family := _family(run):
            _draw_family(run, figure, grid[1:], family)
        else:
            _draw_trajectories(run, figure, grid[1])
            _draw_ends(run, figure, grid[2])
    return figure


def _family(run: Run) -> tuple[Callable[[xr.Dataset, Axes, int], Axes], list[str]] | None:
    """What draws the run's family, and the regimes that it can draw; none for matrices of bids."""
    for is_of_it, draw in ((has_bid_functions, bid_functions), (has_network, road_network), (has_portrait, phase_portrait)):
        names = [name for name, dataset in run.items() if is_of_it(dataset)]
        if names:
            return draw, names
    return None


def _draw_family(
    run: Run, figure: Figure, place: SubplotSpec, family: tuple[Callable[[xr.Dataset, Axes, int], Axes], list[str]]
) -> None:
    """The family's figure large, and beside it welfare over updates and what anarchy costs."""
    draw, names = family
    shown = names[:MOST_LARGE]
    grid = place.subgridspec(1, 2, width_ratios=[1.75, 1.0])
    large = grid[0].subgridspec(len(shown), 1)
    for row, name in enumerate(shown):
        ax = draw(run[name], figure.add_subplot(large[row]), _ends.common_trial(run, [name]))
        ax.set_title(f"{ax.get_title(loc='left') or ax.get_title()}, {_style.shortened(name, 26)}")
    beside = grid[1].subgridspec(2, 1)
    if any(_series.is_recorded(dataset, "welfare") for dataset in run.values()):
        trajectories(run, "welfare", figure.add_subplot(beside[0])).set_title("Welfare, over trials")
    _learning_page.draw_anarchy(run, figure.add_subplot(beside[1]))


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
    with_bids = [name for name, dataset in run.items() if _has_bid_matrix(dataset)]
    if not with_bids:
        price_of_anarchy(run, figure.add_subplot(place))
        return
    grid = place.subgridspec(1, 2, width_ratios=[1.35, 1.0])
    price_of_anarchy(run, figure.add_subplot(grid[1]))
    rows = _matrix_rows(run)
    columns = -(-len(with_bids) // rows)
    matrices = grid[0].subgridspec(rows, columns)
    trial = _ends.common_trial(run, with_bids)
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


def _matrix_rows(run: Run) -> int:
    """Rows of heat maps: two from the fourth on."""
    return 1 if sum(_has_bid_matrix(dataset) for dataset in run.values()) <= 3 else 2


def _has_bid_matrix(dataset: xr.Dataset) -> bool:
    """Whether final bids were recorded, and where bids are held on edges, whose they are."""
    return "bids" in dataset and ("edge" not in dataset.bids.dims or {"source", "target"} <= set(dataset.data_vars))


def _share_colors(axes: list[Axes], beside: Axes, label: str) -> None:
    """One colour scale for several heat maps, and its bar beside one of them."""
    values = np.concatenate([ax.images[-1].get_array().filled(0.0).ravel() for ax in axes])
    for ax in axes:
        ax.images[-1].set_clim(0.0, float(values.max()) or 1.0)
    place = beside.inset_axes([1.04, 0.0, 0.05, 1.0])
    _style.color_bar(beside.figure, beside.images[-1], label, cax=place)


def _block_means_of_edges(source: NDArray[Any], target: NDArray[Any], values: NDArray[Any], agents: int, block: int) -> NDArray[Any]:
    """The same of a matrix of which only some entries are given; the others are zero, and NaN is no entry."""
    known = ~np.isnan(source)
    blocks = -(-agents // block)
    cells = np.zeros((blocks, blocks))
    np.add.at(cells, (source[known].astype(int) // block, target[known].astype(int) // block), values[known])
    lengths = np.diff(np.append(np.arange(0, agents, block), agents))
    return cells / np.outer(lengths, lengths)


def _block_means(matrix: NDArray[Any], block: int) -> NDArray[Any]:
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
