# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Writes synthetic runs with h5py, after the file format and without the engine."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import h5py
import numpy as np

SCENARIO = """title = "{title}"
seed = 1
trials = {trials}

[market]
structure = "{structure}"
agents = {agents}
"""


@dataclass
class Regime:
    """What a synthetic regime is like."""

    name: str
    objective: str
    end: float  # welfare that it relaxes to
    spread: float = 0.01  # standard deviation of the end over trials
    second_end: float | None = None  # taken by 2 of 5 trials
    schedule: str = "all_agents"
    updates: float = 1000.0
    steps: list[int] = field(default_factory=lambda: list(range(0, 1001, 10)))


COORDINATED = Regime("coordinated", "mean_payoff", -0.24, second_end=-0.44)
COMPETITIVE = Regime(
    "competitive", "own_payoff", -1.02, spread=0.003, schedule="one_random", updates=100.0
)


def write_run(
    path: Path,
    regimes: tuple[Regime, ...] = (COORDINATED, COMPETITIVE),
    trials: int = 20,
    agents: int = 10,
    status: str = "complete",
    failed: tuple[int, ...] = (),
    with_bids: bool = True,
    with_summary: bool = False,
    title: str = "Price of anarchy in a ten-node bidding market",
) -> Path:
    """Write a run; trials in `failed` fail half-way and are NaN from there."""
    random = np.random.default_rng(7)
    with h5py.File(path, "w", track_order=True) as file:
        create_run(file, title, trials, agents, status=status)
        ends = {
            regime.name: _write_regime(file, regime, trials, agents, failed, with_bids, random)
            for regime in regimes
        }
        if with_summary:
            summary = file.create_group("summary", track_order=True)
            write_scale(summary, "trial", trials, "independent repetition")
            for name, end in ends.items():
                write_variable(summary, f"welfare_{name}", end, ("trial",), f"end welfare, {name}")
    return path


def create_run(
    file: h5py.File,
    title: str,
    trials: int,
    agents: int,
    status: str = "complete",
    structure: str = "bid_matrix",
) -> None:
    """Write what a run's file says of itself."""
    file.attrs["Conventions"] = "GradientBidding-1.0"
    file.attrs["gbid_format_version"] = np.array([1, 0], dtype="i4")
    file.attrs["gbid_version"] = "0.1.0"
    file.attrs["title"] = title
    file.attrs["seed"] = np.uint64(1)
    file.attrs["status"] = status
    text = SCENARIO.format(title=title, trials=trials, agents=agents, structure=structure)
    file.create_dataset("scenario_toml", data=text, dtype=h5py.string_dtype())


def write_scale(group: h5py.Group, name: str, values: int | list[int], long_name: str) -> None:
    data = np.arange(values) if isinstance(values, int) else np.array(values)
    dataset = group.create_dataset(name, data=data.astype("i8"))
    dataset.make_scale(name)
    dataset.attrs["units"] = "1"
    dataset.attrs["long_name"] = long_name


def write_variable(
    group: h5py.Group, name: str, data: np.ndarray, dimensions: tuple[str, ...], long_name: str
) -> h5py.Dataset:
    dataset = group.create_dataset(name, data=data)
    for axis, dimension in enumerate(dimensions):
        dataset.dims[axis].attach_scale(group[dimension])
    dataset.attrs["units"] = "1"
    dataset.attrs["long_name"] = long_name
    if data.dtype.kind == "f":
        dataset.attrs["_FillValue"] = np.float64("nan")
    return dataset


def _write_regime(
    file: h5py.File,
    regime: Regime,
    trials: int,
    agents: int,
    failed: tuple[int, ...],
    with_bids: bool,
    random: np.random.Generator,
) -> np.ndarray:
    group = file.create_group(regime.name, track_order=True)
    group.attrs["objective"] = regime.objective
    group.attrs["schedule"] = regime.schedule
    group.attrs["learner"] = "adam"
    group.attrs["budget"] = "1000 steps"
    group.attrs["shared_game"] = "true"
    write_scale(group, "trial", trials, "independent repetition")
    write_scale(group, "step", regime.steps, "updates since the start")
    write_scale(group, "agent", agents, "agent")
    write_scale(group, "counterpart", agents, "agent that is bid on")

    steps = np.array(regime.steps, dtype=float)
    payoff, end = _payoffs(regime, steps, trials, agents, random)
    payoff[list(failed), len(steps) // 2 :] = np.nan
    over = ("trial", "step")
    write_variable(group, "payoff", payoff, (*over, "agent"), "payoff")
    write_variable(group, "welfare", payoff.mean(axis=2), over, "mean payoff over agents")
    density = 0.2 + 0.35 * np.exp(-steps / 80) + 0.01 * random.standard_normal((trials, len(steps)))
    write_variable(group, "mask_density", density, over, "share of bids that pass the mask")
    updates = steps[None, :, None] / 1000 * regime.updates * np.ones((trials, 1, agents))
    write_variable(group, "updates", updates, (*over, "agent"), "updates so far")

    outcome = np.where(np.isin(np.arange(trials), failed), 3, 1).astype("i1")
    variable = write_variable(group, "outcome", outcome, ("trial",), "how the trial ended")
    variable.attrs["flag_values"] = np.arange(5, dtype="i1")
    variable.attrs["flag_meanings"] = "not_started completed settled failed stopped"
    message = group.create_dataset("message", data=[""] * trials, dtype=h5py.string_dtype())
    message.dims[0].attach_scale(group["trial"])
    if with_bids:
        bids = np.stack([_bids(regime, agents, random) for _ in range(trials)])
        dims = ("trial", "agent", "counterpart")
        write_variable(group, "bids", bids, dims, "bid, share of the row")
    return np.where(np.isin(np.arange(trials), failed), np.nan, end)


def _payoffs(
    regime: Regime, steps: np.ndarray, trials: int, agents: int, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Payoffs (trial x step x agent) that relax from -1.1 to each trial's end, and those ends."""
    end = regime.end + regime.spread * random.standard_normal(trials)
    if regime.second_end is not None:
        end[np.arange(trials) % 5 >= 3] += regime.second_end - regime.end
    scale = 90.0 if regime.updates >= 1000 else 170.0  # steps
    relax = 1.0 - np.exp(-steps[None, :, None] / (scale * random.uniform(0.8, 1.2, (trials, 1, 1))))
    agent_part = 0.06 * random.standard_normal((trials, 1, agents))
    agent_part -= agent_part.mean(axis=2, keepdims=True)
    noise = 0.008 * random.standard_normal((trials, len(steps), agents))
    start = -0.75 + 0.05 * random.standard_normal((trials, 1, 1))
    return start + (end[:, None, None] - start) * relax + agent_part + noise, end


def _bids(regime: Regime, agents: int, random: np.random.Generator) -> np.ndarray:
    """Everyone on itself, or all on a cycle of two: rows sum to one."""
    bids = 0.004 * random.random((agents, agents))
    if regime.objective == "own_payoff":
        bids += 0.021 + (0.785 - 0.021) * np.eye(agents)
    else:
        pair = random.choice(agents, 2, replace=False)
        bids[:, pair] += 0.5
    return bids / bids.sum(axis=1, keepdims=True)
