# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""How a market of networks learns: losses and accuracies, revenue, purchases, computation."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from numpy.typing import NDArray

from gbid import _members, _series, _style
from gbid._load import Run, of_trial, regime_of

HELD_OUT = "held_out_"
MOST_MARKERS = 40  # points of a held-out line up to which each has a marker
LEAST_ROW = 3.5  # points, of a row of purchases; where rows would be lower, bidders are averaged


def learning_curves(run: Run, variable: str, ax: Axes) -> Axes:
    """Draw a loss or an accuracy: on the training batch thin, on held-out images strong.

    Every bidder has its tone of the regime's colour; of several trials the median, and for held-out
    images a 5-95% band. The last values stand beside the axes.

    Parameters
    ----------
    run : Run
        The run; regimes that recorded neither are left out.
    variable : str
        ``"loss"`` or ``"accuracy"``; losses have a logarithmic axis.
    ax : matplotlib.axes.Axes
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        The same axes.

    Raises
    ------
    KeyError
        If no regime recorded the variable over steps, on the batch or on held-out images.
    """
    name = variable.removeprefix(HELD_OUT)
    training = _members.lines_of(run, name, "bidder")
    held_out = _members.lines_of(run, HELD_OUT + name, "bidder")
    if not training and not held_out:
        raise _series.unrecorded(run, name)
    if held_out:
        _members.draw_thin(ax, training)
    strong = held_out or training
    _members.draw_strong(ax, strong, MOST_MARKERS if held_out else 0)
    _series.over_steps(ax)
    is_loss = name == "loss"
    if is_loss and all((line.middle > 0).all() for line in training + held_out):
        _logarithmic(ax)
    ax.set_ylabel(_label(run, name))
    remark = "on the training batch"
    if held_out:
        remark = "on held-out images" + ("; thin: on the training batch" if training else "")
    _members.annotate_corner(ax, remark, is_top=is_loss)
    _members.label_ends(ax, strong, _members.as_number)
    return ax


def revenue(run: Run, ax: Axes) -> Axes:
    """Draw every bidder's revenue over the steps.

    Parameters
    ----------
    run : Run
        The run; regimes that did not record ``revenue`` are left out.
    ax : matplotlib.axes.Axes
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        The same axes.

    Raises
    ------
    KeyError
        If no regime recorded it.
    """
    lines = _members.recorded_lines(run, "revenue", "bidder")
    return _members.draw_numbers(ax, lines, _label(run, "revenue"))


def loads(run: Run, ax: Axes) -> Axes:
    """Draw the share of samples routed to each seller over the steps: its mean over bidders.

    Parameters, result and errors are those of `revenue`; what is needed is ``load``.
    """
    lines = _members.recorded_lines(run, "load", "seller", averaged="bidder")
    return _members.draw_shares(ax, lines, "Samples", top=1.02)


def purchases(
    run: Run, ax: Axes, regime: str | None = None, trial: int = 0, variable: str = "mask"
) -> Axes:
    """Draw what every bidder buys from every seller over the steps, or bids: a row for each pair.

    Where the rows would be too low, there is one for each seller: the mean over bidders. Rows that
    are bought at the end are named at the right, where there is room.

    Parameters
    ----------
    run : Run
        The run.
    ax : matplotlib.axes.Axes
        Where to draw; the mesh is ``ax.collections[0]``, with a label for its colour bar.
    regime : str, optional
        Which regime; by default the first.
    trial : int
        Which trial.
    variable : str
        ``"mask"`` (what is bought), ``"bid"``, or another over (trial, step, bidder, seller).

    Returns
    -------
    matplotlib.axes.Axes
        The same axes.

    Raises
    ------
    KeyError
        If there is no such regime, or it did not record the variable.
    IndexError
        If there is no such trial.
    """
    dataset = run[regime_of(run, regime)]
    dimensions = {"trial", "step", "bidder", "seller"}
    if variable not in dataset or set(dataset[variable].dims) != dimensions:
        raise KeyError(f"this regime did not record {variable} of every bidder and seller")
    values = of_trial(dataset[variable], trial)
    stride = max(1, -(-values.sizes["step"] // _series.MOST_STEPS))
    values = values.isel(step=slice(None, None, stride))
    values = values.transpose("bidder", "seller", "step").load()
    values = values.isel(step=np.flatnonzero(values.notnull().any(("bidder", "seller"))))
    if values.sizes["step"] == 0:
        return _style.note(ax, "no step of this trial is known")
    if LEAST_ROW * values.sizes["bidder"] * values.sizes["seller"] > _style.size_in_points(ax)[1]:
        values = values.mean("bidder").expand_dims("bidder")
        _draw_rows(ax, values)
        last = values.sizes["seller"] - 1
        ax.set_yticks([0, last], ["seller 0", f"seller {last}"])
        ax.collections[0].set_label(f"{variable.capitalize()}, mean over bidders")
    else:
        _draw_rows(ax, values)
        ax.collections[0].set_label(variable.capitalize())
    ax.set_xlabel("Step")
    return ax


def computation(run: Run, ax: Axes) -> Axes:
    """Draw the multiply-adds done, as a share of those of a market that computes everything.

    Parameters, result and errors are those of `revenue`; what is needed is ``multiply_adds`` and
    ``dense_multiply_adds``.
    """
    lines = []
    for index, (name, dataset) in enumerate(run.items()):
        if all(_series.is_recorded(dataset, v) for v in ("multiply_adds", "dense_multiply_adds")):
            share = dataset.multiply_adds / dataset.dense_multiply_adds
            lines.append(_members.line_of(dataset, share, name, "", _style.look(index)))
    if not lines:
        raise _series.unrecorded(run, "multiply_adds")
    top = max(1.0, *(float(line.high.max(initial=0.0)) for line in lines))
    return _members.draw_shares(ax, lines, "Of dense work", top)


def _label(run: Run, variable: str) -> str:
    """The variable's own name, with units; its long name may speak of the batch alone."""
    names = (variable, HELD_OUT + variable)
    shown = next(d[name] for name in names for d in run.values() if name in d)
    units = str(shown.attrs.get("units", "1"))
    return variable.capitalize() + ("" if units in ("1", "") else f" [{units}]")


def _logarithmic(ax: Axes) -> None:
    """A logarithmic y axis with plain numbers, at 1, 2 and 5 times the powers of ten."""
    ax.set_yscale("log")
    ax.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.yaxis.set_minor_formatter(NullFormatter())
    ax.tick_params(axis="y", which="minor", length=0)


def _draw_rows(ax: Axes, values: xr.DataArray) -> None:
    """A mesh of (bidder, seller) x step, the bidders apart, with the names of both."""
    bidders, sellers, _ = values.shape
    rows = values.values.reshape(bidders * sellers, -1)
    mesh = ax.pcolormesh(
        _edges(values.step.values.astype(float)),
        np.arange(bidders * sellers + 1) - 0.5,
        rows,
        cmap=_style.COLORMAP,
        vmin=0.0,
        vmax=float(rows.max()) or 1.0,
        linewidth=0,
        rasterized=True,
    )
    mesh.set_edgecolor("face")
    ax.set_ylim(bidders * sellers - 0.5, -0.5)
    for bidder in range(1, bidders):
        ax.axhline(bidder * sellers - 0.5, color="white", linewidth=3)
    ax.set_yticks(
        (np.arange(bidders) + 0.5) * sellers - 0.5, [f"bidder {k}" for k in range(bidders)]
    )
    ax.tick_params(axis="y", length=0)
    _style.round_ticks(ax.xaxis, 5, are_whole=True)
    bought = np.flatnonzero(rows[:, -1] > 0)
    if np.diff(bought).min(initial=len(rows)) / len(rows) >= _members.label_pitch(ax):
        for row in bought:
            ax.text(
                1.015,
                row,
                f"seller {row % sellers}",
                transform=ax.get_yaxis_transform(),
                va="center",
                fontsize=_members.LABEL_SIZE,
            )
    ax.spines[:].set_visible(False)


def _edges(centres: NDArray[Any]) -> NDArray[Any]:
    """Borders half-way between centres; the outermost as far out as the next ones are in."""
    if centres.size == 1:
        return np.asarray(centres[0] + np.array([-0.5, 0.5]))
    between = (centres[1:] + centres[:-1]) / 2
    return np.concatenate([[2 * centres[0] - between[0]], between, [2 * centres[-1] - between[-1]]])
