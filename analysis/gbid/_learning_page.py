# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Pages about markets of networks: a mixture of experts, a layered flow."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from textwrap import fill

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import SubplotSpec

from gbid import _ends, _flow, _learning, _market_graph, _members, _series, _style
from gbid._distribution import price_of_anarchy
from gbid._load import Run

MOST_GRAPHS = 3  # regimes whose trades have room
MOST_LETTERS, MOST_NAME = 42, 14  # in a line, and of a regime's name, in a narrow panel
Panel = tuple[str, Callable[[Axes], Axes]]  # its title, and what draws it


def is_learning(run: Run) -> bool:
    """Whether the run is one of networks that learn from data."""
    names = ("held_out_accuracy", "loss")
    return any(_series.is_recorded(dataset, name) for dataset in run.values() for name in names)


def draw_page(run: Run, figure: Figure, above: SubplotSpec, below: SubplotSpec) -> None:
    """Learning above; below what was bought, what it cost, and what anarchy did."""
    _draw_row(figure, above, _learning_panels(run)[:3])
    if any(_flow.mask_layers(dataset) or "sparsity" in dataset for dataset in run.values()):
        _draw_flow(run, figure, below)
    else:
        _draw_market(run, figure, below)


def _has(run: Run, *variables: str) -> bool:
    """Whether some regime recorded all of these over steps."""
    return any(all(_series.is_recorded(d, v) for v in variables) for d in run.values())


def _learning_panels(run: Run) -> list[Panel]:
    """Panels for what was recorded, the most telling first."""
    panels: list[Panel] = []
    for name in ("accuracy", "loss"):
        if _has(run, name) or _has(run, _learning.HELD_OUT + name):
            panels.append(
                (name.capitalize(), partial(_learning.learning_curves, run, name))
            )
    if _has(run, "revenue"):
        panels.append(("Revenue", lambda ax: _learning.revenue(run, ax)))
    if _has(run, "sparsity"):
        panels.append(("Sparsity by layer", lambda ax: _flow.masks_by_layer(run, ax)))
    for name in ("welfare", "payoff"):
        if _has(run, name):
            panels.append(
                (name.capitalize(), partial(_series.trajectories, run, name))
            )
    return panels


def _draw_row(figure: Figure, place: SubplotSpec, panels: list[Panel]) -> None:
    grid = place.subgridspec(1, max(1, len(panels)))
    for column, (title, draw) in enumerate(panels):
        draw(figure.add_subplot(grid[column])).set_title(title)


def _draw_column(figure: Figure, place: SubplotSpec, panels: list[Panel]) -> None:
    grid = place.subgridspec(max(1, len(panels)), 1)
    for row, (title, draw) in enumerate(panels):
        ax = draw(figure.add_subplot(grid[row]))
        if title:
            ax.set_title(title)


def _cost_panels(run: Run) -> list[Panel]:
    """Computation, and what anarchy costs; without a planner to compare with, the loads of the sellers."""
    panels: list[Panel] = []
    if _has(run, "multiply_adds", "dense_multiply_adds"):
        panels.append(("Computation", lambda ax: _learning.computation(run, ax)))
    objectives = {str(dataset.attrs.get("objective")) for dataset in run.values()}
    if "own_payoff" in objectives and len(objectives) > 1 and _has(run, "welfare"):
        panels.append(("", lambda ax: draw_anarchy(run, ax)))
    elif _has(run, "load"):
        panels.append(("Samples sent to each seller", lambda ax: _learning.loads(run, ax)))
    elif _has(run, "welfare"):
        panels.append(("Welfare", lambda ax: _series.trajectories(run, "welfare", ax)))
    return panels


def draw_anarchy(run: Run, ax: Axes) -> Axes:
    """What anarchy costs, in a panel that is too narrow for the whole label."""
    price_of_anarchy(run, ax)
    for text in ax.texts:
        most = MOST_NAME if text.get_weight() == "bold" else MOST_LETTERS
        text.set(fontsize=9, text=_style.shortened(text.get_text(), most))
    _style.round_ticks(ax.xaxis, 4)
    lines = [fill(line, MOST_LETTERS) for line in ax.get_xlabel().splitlines()]
    ax.set_xlabel("\n".join(lines))
    return ax


def _draw_market(run: Run, figure: Figure, place: SubplotSpec) -> None:
    """Purchases over time, who buys from whom at the end, and the costs, side by side."""
    pairs = [n for n, d in run.items() if _series.is_recorded(d, "mask")][:MOST_GRAPHS]
    ends = [n for n, d in run.items() if "bid" in d or "bid_final" in d][:MOST_GRAPHS]
    costs = _cost_panels(run)
    wished = ((1.0, pairs), (0.3 + 0.45 * len(ends), ends), (1.05, costs))
    widths = [width for width, shown in wished if shown]
    grid = iter(place.subgridspec(1, max(1, len(widths)), width_ratios=widths or [1.0]))
    trial = _ends.common_trial(run, list(run))
    if pairs:
        _draw_purchases(run, figure, next(grid), pairs, trial)
    if ends:
        _draw_graphs(run, figure, next(grid), ends, trial)
    if costs:
        _draw_column(figure, next(grid), costs)


def _draw_purchases(
    run: Run, figure: Figure, place: SubplotSpec, names: list[str], trial: int
) -> None:
    grid = place.subgridspec(len(names), 1)
    axes = []
    for row, name in enumerate(names):
        ax = _learning.purchases(run, figure.add_subplot(grid[row]), name, trial)
        when = f", trial {trial}" if run[name].sizes["trial"] > 1 else ""
        ax.set_title(_style.shortened(f"Bought{when}: {name}", 30))
        if row + 1 < len(names):
            ax.set_xlabel("")
        axes.append(ax)
    meshes = [ax.collections[0] for ax in axes if ax.collections]
    if not meshes:
        return
    most = max(mesh.get_clim()[1] for mesh in meshes)
    for mesh in meshes:
        mesh.set_clim(0.0, most)
    _style.color_bar(figure, meshes[0], meshes[0].get_label(), ax=axes)


def _draw_graphs(
    run: Run, figure: Figure, place: SubplotSpec, names: list[str], trial: int
) -> None:
    grid = place.subgridspec(1, len(names))
    trades = [_market_graph.read_trades(run[name], trial) for name in names]
    widest = max((float(t.weight.max()) for t in trades if t is not None), default=0.0)
    for column, name in enumerate(names):
        ax = figure.add_subplot(grid[column])
        _market_graph.market_graph(run, ax, name, trial, widest)
        place = list(run).index(name)
        title = "At the end: " if len(names) < 3 else ""
        ax.set_title(
            title + _style.shortened(name, 42 // len(names)), color=_style.look(place).color
        )


def _draw_flow(run: Run, figure: Figure, place: SubplotSpec) -> None:
    """Bought pixels, how strong masks are, and the computation, side by side."""
    kept = [name for name, dataset in run.items() if _flow.mask_layers(dataset)][:2]
    trial = _ends.common_trial(run, list(run))
    panels: list[Panel] = []
    for name in kept:
        title = "Pixels bought by the first layer"
        if len(run) > 1:
            title = _style.shortened(f"Pixels: {name}", MOST_LETTERS // len(kept))
        panels.append((title, partial(_draw_pixels, run, regime=name, trial=trial)))
    for name in kept[:1]:
        title = "Masks that are not zero"
        if len(run) > 1:
            title = _style.shortened(f"Masks: {name}", MOST_LETTERS // len(kept))
        panels.append((title, partial(_flow.mask_distribution, run, regime=name, trial=trial)))
    costs = _cost_panels(run)
    _draw_row(figure, place, panels + costs[: max(1, 3 - len(panels))])


def _draw_pixels(run: Run, ax: Axes, regime: str, trial: int) -> Axes:
    _flow.pixel_importance(run, ax, regime, trial)
    if ax.images:
        place = ax.inset_axes([1.03, 0.0, 0.04, 1.0])
        _style.color_bar(ax.figure, ax.images[-1], "Sum of masks over neurons", cax=place)
        ax.set_anchor("NW")
    return ax
