# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Masks of layered flows: how sparse they become, how strong they are, which pixels they use."""

from __future__ import annotations

from typing import Any

import math
import re

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter
from numpy.typing import NDArray

from gbid import _members, _style
from gbid._load import Run, of_trial, regime_of

FEWEST_BINS, MOST_BINS = 8, 60  # of the logarithm of masks
NAME_PITCH = 0.065  # of the axes' height, from one layer's name to the next
MOST_NAMES = 8  # layers that are named


def masks_by_layer(run: Run, ax: Axes) -> Axes:
    """Draw how much of every layer's mask is zero, over the steps.

    Parameters, result and errors are those of `revenue`; what is needed is ``sparsity``.
    """
    lines = _members.recorded_lines(run, "sparsity", "layer")
    return _members.draw_shares(ax, lines, "Masks that are zero")


def mask_distribution(run: Run, ax: Axes, regime: str | None = None, trial: int = 0) -> Axes:
    """Draw how strong the masks that are not zero are at the end, layer by layer.

    Parameters
    ----------
    run : Run
        The run.
    ax : matplotlib.axes.Axes
        Where to draw; masks have a logarithmic axis.
    regime : str, optional
        Which regime; by default the first.
    trial : int
        Which trial.

    Returns
    -------
    matplotlib.axes.Axes
        The same axes.

    Raises
    ------
    KeyError
        If there is no such regime, or its final masks were not kept.
    IndexError
        If there is no such trial.
    """
    name = regime_of(run, regime)
    masks = [_final_mask(run[name], layer, trial) for layer in mask_layers(run[name])]
    if not masks:
        raise KeyError("the final masks were not kept")
    bought = [values[values > 0] for values in masks]
    if not any(values.size for values in bought):
        return _style.note(ax, "all masks are zero")
    every = np.log10(np.concatenate(bought))
    fewest = min(values.size for values in bought if values.size)
    bins = int(np.clip(fewest**0.5, FEWEST_BINS, MOST_BINS))
    edges = np.linspace(every.min() - 0.05, every.max() + 0.05, bins + 1)
    look = _style.look(list(run).index(name))
    for layer, values in enumerate(bought):
        share = np.histogram(np.log10(values), edges)[0] / max(1, values.size)
        color = _style.tone(look.color, layer, len(bought))
        ax.stairs(share, 10.0**edges, color=color, linewidth=1.8, label=f"layer {layer}")
    named = bought[:MOST_NAMES]
    for layer, values in enumerate(named):
        color = _style.tone(look.color, layer, len(bought))
        ax.text(
            0.985,
            0.97 - NAME_PITCH * layer,
            f"layer {layer}: {values.size:,} of {masks[layer].size:,}",
            transform=ax.transAxes,
            ha="right",
            va="top",
            fontsize=_members.LABEL_SIZE,
            color=_style.for_text(color),
        )
    ax.set_xscale("log")
    ax.set_ylim(0.0, ax.get_ylim()[1] / (0.95 - NAME_PITCH * len(named)))  # room for the names
    ax.set_xlabel("Mask, where it is not zero")
    ax.set_ylabel("Share of the layer's masks")
    ax.yaxis.set_major_formatter(PercentFormatter(1.0))
    _style.light_grid(ax, "y")
    return ax


def pixel_importance(run: Run, ax: Axes, regime: str | None = None, trial: int = 0) -> Axes:
    """Draw how much the first layer buys of every pixel: masks summed over neurons, as an image.

    Parameters, result and errors are those of `mask_distribution`. The image is ``ax.images[-1]``,
    for a colour bar; where the number of pixels is not a square, there is none, and it says so.
    """
    dataset = run[regime_of(run, regime)]
    if 0 not in mask_layers(dataset):
        raise KeyError("the final masks were not kept")
    bought = _final_mask(dataset, 0, trial).sum(axis=1)
    side = math.isqrt(bought.size)
    if side * side != bought.size:
        return _style.note(ax, f"{bought.size} pixels are no square image")
    if np.isnan(bought).all():
        return _style.note(ax, f"trial {trial} has no end to show")
    ax.imshow(bought.reshape(side, side), cmap=_style.COLORMAP, interpolation="nearest", vmin=0.0)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.spines[:].set_visible(False)
    return ax


def mask_layers(dataset: xr.Dataset) -> list[int]:
    """Layers whose final masks were kept, in order."""
    found = (re.fullmatch(r"mask_(\d+)", str(name)) for name in dataset.data_vars)
    return sorted(int(match[1]) for match in found if match)


def _final_mask(dataset: xr.Dataset, layer: int, trial: int) -> NDArray[Any]:
    """A trial's final mask of a layer (inputs x neurons)."""
    return np.asarray(of_trial(dataset[f"mask_{layer}"], trial).values)
