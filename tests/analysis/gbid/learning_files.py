# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Writes synthetic runs of markets of networks with h5py, after the file format."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
from gbid_files import create_run, write_scale, write_variable

STEPS = tuple(range(0, 101, 10))
EVALUATED = (0, 50, 100)
OBJECTIVES = ("own_payoff", "mean_payoff", "mean_utility")
NAMES = ("competitive", "coordinated", "idealised")


def write_experts(
    path: Path,
    regimes: int = 2,
    trials: int = 1,
    bidders: int = 3,
    sellers: int = 3,
    steps: tuple[int, ...] = STEPS,
    evaluated: tuple[int, ...] = EVALUATED,
    data: str = "synthetic",
    title: str = "Three bidders, three sellers",
    without: tuple[str, ...] = (),
) -> Path:
    """Write a mixture of experts: bidder c ends up buying from seller c + 1 alone."""
    random = np.random.default_rng(3)
    with h5py.File(path, "w", track_order=True) as file:
        create_run(file, title, trials, bidders + sellers, structure="mixture_of_experts")
        for name, objective in list(zip(NAMES, OBJECTIVES, strict=True))[:regimes]:
            group = _group(file, name, objective, data, trials, steps)
            sizes = {"bidder": bidders, "seller": sellers, "pixel": 16, "hidden_0": 5}
            for dimension, size in {"agent": bidders + sellers, **sizes}.items():
                write_scale(group, dimension, size, dimension)
            over = ("trial", "step")
            per_bidder, per_pair = (*over, "bidder"), (*over, "bidder", "seller")
            values = _learning(random, (trials, len(steps), bidders), np.array(steps), evaluated)
            values = {variable: (per_bidder, array) for variable, array in values.items()}
            values["welfare"] = (over, values["revenue"][1].mean(2) - values["loss"][1].mean(2) + 3)
            bid = np.full((trials, len(steps), bidders, sellers), 0.01)
            favourite = (np.arange(bidders) + 1) % sellers
            bid[:, :, np.arange(bidders), favourite] += 0.4 + 0.1 * random.random(bidders)
            values["bid"] = (per_pair, bid)
            values["mask"] = (per_pair, np.maximum(bid - 0.2, 0.0))
            values["load"] = (per_pair, bid / bid.max())
            dense = np.full((trials, len(steps)), 4e8)
            values["multiply_adds"] = (over, dense * (0.3 + 0.5 * np.exp(-np.array(steps) / 20)))
            values["dense_multiply_adds"] = (over, dense)
            final = (trials, sellers, 16, 5)
            dims = ("trial", "seller", "pixel", "hidden_0")
            values["expert_weight_0"] = (dims, random.standard_normal(final))
            final_pair = ("trial", "bidder", "seller")
            values["bid_final"] = (final_pair, bid[:, -1])
            values["mask_final"] = (final_pair, np.maximum(bid[:, -1] - 0.2, 0.0))
            _write_all(group, values, without)
    return path


def write_flow(
    path: Path,
    regimes: int = 1,
    trials: int = 1,
    pixels: int = 16,
    layers: int = 3,
    steps: tuple[int, ...] = STEPS,
    evaluated: tuple[int, ...] = EVALUATED,
    without: tuple[str, ...] = (),
) -> Path:
    """Write a layered flow: pixel 0 is not bought, pixel 1 most; layer 0 ends the sparsest."""
    random = np.random.default_rng(4)
    title = "A feed-forward network whose neurons bid"
    names = ["pixel", *(f"hidden_{layer}" for layer in range(layers - 1)), "class"]
    widths = [pixels, *range(12, 12 + layers - 1), 10]
    with h5py.File(path, "w", track_order=True) as file:
        create_run(file, title, trials, sum(widths[1:]), structure="layered_flow")
        for name, objective in list(zip(NAMES[::-1], OBJECTIVES[::-1], strict=True))[:regimes]:
            group = _group(file, name, objective, "fashion_mnist", trials, steps)
            write_scale(group, "agent", sum(widths[1:]), "agent")
            write_scale(group, "layer", layers, "layer")
            for dimension, size in zip(names, widths, strict=True):
                write_scale(group, dimension, size, dimension)
            over = ("trial", "step")
            values = _learning(random, (trials, len(steps)), np.array(steps), evaluated)
            values = {variable: (over, array) for variable, array in values.items()}
            values["welfare"] = (over, -values["loss"][1])
            del values["revenue"]
            limits = 0.95 - 0.6 * np.arange(layers) / layers
            sparsity = limits * (1 - np.exp(-np.array(steps)[:, None] / 30))
            values["sparsity"] = ((*over, "layer"), np.repeat(sparsity[None], trials, axis=0))
            done = 6e7 * (1.0 - sparsity.mean(axis=1)) * np.ones((trials, 1))
            values["multiply_adds"] = (over, done)
            values["dense_multiply_adds"] = (over, np.full_like(done, 6e7))
            for layer in range(layers):
                mask = random.exponential(0.1, (trials, widths[layer], widths[layer + 1]))
                mask[random.random(mask.shape) < limits[layer]] = 0.0
                if layer == 0:
                    mask[:, 0], mask[:, 1] = 0.0, 0.5
                dims = ("trial", names[layer], names[layer + 1])
                values[f"mask_{layer}"] = (dims, mask)
            _write_all(group, values, without)
    return path


def _group(
    file: h5py.File, name: str, objective: str, data: str, trials: int, steps: tuple[int, ...]
) -> h5py.Group:
    group = file.create_group(name, track_order=True)
    group.attrs["objective"] = objective
    group.attrs["data"] = data
    group.attrs["shared_game"] = "true"
    write_scale(group, "trial", trials, "independent repetition")
    write_scale(group, "step", list(steps), "updates since the start")
    return group


def _learning(
    random: np.random.Generator,
    shape: tuple[int, ...],
    steps: np.ndarray,
    evaluated: tuple[int, ...],
) -> dict[str, np.ndarray]:
    """Losses that fall, accuracies that rise; the held-out ones NaN but at the evaluated steps."""
    along = steps.reshape([-1 if axis == 1 else 1 for axis in range(len(shape))])
    scale = 1.0 + 0.05 * random.standard_normal((*shape[:1], 1, *shape[2:]))
    loss = scale * (0.05 + 2.25 * np.exp(-along / 15)) * random.uniform(0.9, 1.1, shape)
    held_out = scale * (0.1 + 2.2 * np.exp(-along / 15))
    known = np.isin(along, evaluated)
    return {
        "loss": loss,
        "accuracy": 1.0 - 0.39 * np.minimum(loss, 2.3),
        "revenue": scale * (0.9 - 0.2 * np.exp(-along / 60)),
        "held_out_loss": np.where(known, held_out, np.nan),
        "held_out_accuracy": np.where(known, 1.0 - 0.39 * np.minimum(held_out, 2.3), np.nan),
    }


def _write_all(
    group: h5py.Group,
    values: dict[str, tuple[tuple[str, ...], np.ndarray]],
    without: tuple[str, ...],
) -> None:
    for name, (dimensions, array) in values.items():
        if name not in without:
            written = write_variable(group, name, array, dimensions, name.replace("_", " "))
            written.attrs["units"] = "nat" if name.endswith("loss") else "1"
