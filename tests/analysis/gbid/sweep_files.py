# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Writes synthetic sweeps with h5py, after the file format and without the engine."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from gbid_files import create_run, write_scale, write_variable

STEPS = (0, 50, 100)
STATUSES = ("not_run", "complete", "some_failed", "failed", "refused")
OUTCOMES = ("not_started", "completed", "settled", "failed", "stopped")
OBJECTIVES = {"coordinated": "mean_payoff", "idealised": "mean_utility"}  # others: own_payoff
BEST = 2.0  # welfare of the planner
AGENTS = "market.agents"
DIVERGENCE = "market.payoff.divergence"
GRAPH = "market.graph.kind"
RATE = "learning.learner.rate"


def true_price(places: tuple[int, ...], rank: int = 0) -> float:
    """Price of anarchy at a point: 1 + place of the first key / 2 + of the second / 4 ..."""
    return 1.0 + sum(place / 2.0 ** (axis + 1) for axis, place in enumerate(places)) + 0.2 * rank


def write_sweep(
    path: Path,
    keys: Mapping[str, list],
    trials: int = 5,
    regimes: tuple[str, ...] = ("coordinated", "competitive"),
    states: Mapping[int, str] | None = None,
    undefined: tuple[int, ...] = (),
    negative: bool = False,
    settled: float = 1.0,
    status: str = "complete",
    spread: float = 0.02,
    title: str = "Price of anarchy in a bidding market",
    obstacles: Mapping[int, str] | None = None,
) -> Path:
    """Write a sweep over every combination of the keys' values, the last key fastest.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    keys : mapping
        Key -> its values. Points of another number of agents have another shape.
    trials, regimes, status, title
        As in a run.
    states : mapping, optional
        Point -> how it went, if not ``complete``. In ``some_failed`` trial 0 failed, in ``failed``
        all; points that were refused or not run have neither rows nor a shape.
    undefined : tuple of int
        Points without a price of anarchy.
    negative : bool
        Whether welfare is negative everywhere, so that only the gap is defined.
    settled : float
        Share of trials that settled.
    spread : float
        Relative standard deviation of welfare over trials.
    obstacles : mapping, optional
        Point -> why it may not be quoted; the others may.
    """
    random = np.random.default_rng(5)
    combinations = list(product(*keys.values()))
    places = list(product(*(range(len(values)) for values in keys.values())))
    states = {point: (states or {}).get(point, "complete") for point in range(len(places))}
    ends = np.full((len(places), trials, len(regimes)), np.nan)
    best = -BEST if negative else BEST
    for point, place in enumerate(places):
        for index, regime in enumerate(regimes):
            price = 1.0 if regime in OBJECTIVES else true_price(place, index - 1)
            noise = 1.0 + spread * random.standard_normal(trials)
            ends[point, :, index] = (best * price if negative else best / price) * noise
        failed = {"some_failed": 1, "complete": 0}.get(states[point], trials)
        ends[point, :failed] = np.nan
    with h5py.File(path, "w", track_order=True) as file:
        agents = int(keys.get(AGENTS, [3])[0])
        create_run(file, title, trials, agents, status=status)
        file.attrs["kind"] = "sweep"
        sweep = _Sweep(list(keys), combinations, list(regimes), states, ends, settled, undefined)
        shape, place = sweep.write_points(file, random)
        sweep.write_summary(file, shape, place, random)
        lines = np.array([(obstacles or {}).get(point, "") for point in range(len(places))])
        write_column(file["summary"], "obstacles", lines, ("point",), "why it may not be quoted")
        sweep.write_table(file)
    return path


class _Sweep:
    """What was made up about a sweep, and the writing of it."""

    def __init__(
        self,
        keys: list[str],
        combinations: list[tuple[Any, ...]],
        regimes: list[str],
        states: dict[int, str],
        ends: np.ndarray,
        settled: float,
        undefined: tuple[int, ...],
    ) -> None:
        self.keys, self.combinations = keys, combinations
        self.regimes, self.states = regimes, states
        self.ends = ends  # point, trial, regime
        self.trials = ends.shape[1]
        self.settled = np.arange(self.trials) < round(settled * self.trials)
        self.equilibria = [regime for regime in regimes if regime not in OBJECTIVES]
        self.best = ends.max(axis=2)
        prices = self.best[..., None] / ends
        self.prices = np.where((ends > 0) & (self.best[..., None] > 0), prices, np.nan)
        self.prices[list(undefined)] = np.nan

    def values(self, key: str) -> np.ndarray:
        return np.array([combination[self.keys.index(key)] for combination in self.combinations])

    def write_points(self, file: h5py.File, random: np.random.Generator) -> np.ndarray:
        """Groups of points side by side; returns each point's shape and its place there."""
        shape, place = np.full((2, len(self.combinations)), -1)
        played = [p for p, state in self.states.items() if state not in ("refused", "not_run")]
        agents = self.values(AGENTS) if AGENTS in self.keys else np.full(len(shape), 3)
        for number, count in enumerate(dict.fromkeys(agents[played])):
            members = [point for point in played if agents[point] == count]
            shape[members], place[members] = number, range(len(members))
            for index, regime in enumerate(self.regimes):
                group = file.create_group(f"points/{number}/{regime}", track_order=True)
                group.attrs["objective"] = OBJECTIVES.get(regime, "own_payoff")
                write_scale(group, "point", members, "point of the sweep")
                write_scale(group, "trial", self.trials, "independent repetition")
                write_scale(group, "step", list(STEPS), "updates since the start")
                write_scale(group, "agent", int(count), "agent")
                write_scale(group, "counterpart", int(count), "agent that is bid on")
                self._write_regime(group, self.ends[members, :, index], int(count), random)
        return np.array([shape, place])

    def _write_regime(
        self, group: h5py.Group, ends: np.ndarray, agents: int, random: np.random.Generator
    ) -> None:
        over = ("point", "trial", "step")
        welfare = np.stack([0.5 * ends, 0.75 * ends, ends], axis=2)
        write_variable(group, "welfare", welfare, over, "mean payoff over agents")
        payoff = np.repeat(welfare[..., None], agents, axis=3)
        write_variable(group, "payoff", payoff, (*over, "agent"), "payoff")
        bids = random.random((*ends.shape, agents, agents))
        dims = ("point", "trial", "agent", "counterpart")
        write_variable(group, "bids", bids, dims, "bid, share of the row")
        write_flags(group, "outcome", self._outcomes(ends), ("point", "trial"), OUTCOMES)

    def _outcomes(self, ends: np.ndarray) -> np.ndarray:
        return np.where(np.isnan(ends), 3, np.where(self.settled, 2, 1))

    def write_summary(
        self, file: h5py.File, shape: np.ndarray, place: np.ndarray, random: np.random.Generator
    ) -> None:
        group = file.create_group("summary", track_order=True)
        group.attrs["swept_keys"] = "\n".join(self.keys)
        count = len(self.combinations)
        write_scale(group, "point", count, "point of the sweep")
        over = ("point",)
        for key in self.keys:
            write_column(group, key, self.values(key), over, key)
        text = [f"# point {point}\nsteps = 100\n" for point in range(count)]
        write_column(group, "scenario_toml", np.array(text), over, "scenario of the point")
        if "seed" not in self.keys:
            write_column(group, "seed", np.full(count, 1, dtype="u8"), over, "seed")
        flags = np.array([STATUSES.index(state) for state in self.states.values()])
        write_flags(group, "status", flags, over, STATUSES)
        why = {
            "some_failed": "trial 0: agent 2: payoff is not finite",
            "failed": "agent 0: payoff is not finite",
            "refused": "market.agents: expected >= 2",
        }
        message = [why.get(state, "") for state in self.states.values()]
        write_column(group, "message", np.array(message), over, "why it failed or was refused")
        write_column(group, "shape", shape, over, "group of points of one shape")
        write_column(group, "place", place, over, "place on that group's point axis")
        write_column(group, "trials", np.full(count, self.trials), over, "trials")
        write_column(group, "seconds", np.full(count, 0.5), over, "time taken").attrs["units"] = "s"
        for regime in self.equilibria:
            suffix = f"_{regime}" if len(self.equilibria) > 1 else ""
            index = self.regimes.index(regime)
            prices = self.prices[..., index]
            self._write_estimate(group, f"price_of_anarchy{suffix}", prices, random)
            gap = self.best - self.ends[..., index]
            self._write_estimate(group, f"welfare_gap{suffix}", gap, random)
        for index, regime in enumerate(self.regimes):
            self._write_estimate(group, f"welfare_{regime}", self.ends[..., index], random)
            known = ~np.isnan(self.ends[..., index])
            share = np.where(known.any(axis=1), (known & self.settled).sum(1), np.nan)
            share = share / np.maximum(known.sum(axis=1), 1)
            name = f"settled_share_{regime}"
            write_column(group, name, share, over, f"share of trials that settled, {regime}")
        for variable in group.values():
            if variable.name.rsplit("/", 1)[-1] not in ("point", *self.keys):
                variable.attrs["coordinates"] = " ".join(self.keys)

    def _write_estimate(
        self, group: h5py.Group, name: str, values: np.ndarray, random: np.random.Generator
    ) -> None:
        """Median over trials and a bootstrap interval of it; values are (point, trial)."""
        estimates = np.full((3, len(values)), np.nan)
        for point, row in enumerate(values):
            known = row[np.isfinite(row)]
            if known.size:
                estimates[0, point] = np.median(known)
            if known.size > 1:
                drawn = known[random.integers(known.size, size=(200, known.size))]
                drawn = np.median(drawn, axis=1)
                estimates[1:, point] = np.quantile(drawn, [0.025, 0.975])
        what = name.replace("_", " ")
        write_column(group, name, estimates[0], ("point",), f"{what}, median over trials")
        write_column(group, f"{name}_low", estimates[1], ("point",), f"{what}, low end of 95%")
        write_column(group, f"{name}_high", estimates[2], ("point",), f"{what}, high end of 95%")

    def write_table(self, file: h5py.File) -> None:
        played = [p for p, state in self.states.items() if state not in ("refused", "not_run")]
        rows = list(product(played, range(self.trials), range(len(self.regimes))))
        point, trial, regime = np.array(rows, dtype="i8").reshape(-1, 3).T
        group = file.create_group("table", track_order=True)
        write_scale(group, "row", len(rows), "one point, trial and regime")
        over = ("row",)
        write_column(group, "point", point, over, "point of the sweep")
        write_column(group, "trial", trial, over, "independent repetition")
        names = np.array(self.regimes)[regime]
        write_column(group, "regime", names, over, "regime")
        for key in self.keys:
            write_column(group, key, self.values(key)[point], over, key)
        objectives = [OBJECTIVES.get(name, "own_payoff") for name in names]
        write_column(group, "objective", np.array(objectives), over, "what every agent maximises")
        if "seed" not in self.keys:
            write_column(group, "seed", np.full(len(rows), 1, dtype="u8"), over, "seed")
        ends = self.ends[point, trial, regime]
        outcome = np.where(np.isnan(ends), 3, np.where(self.settled[trial], 2, 1))
        write_flags(group, "outcome", outcome, over, OUTCOMES)
        write_column(group, "steps_done", np.full(len(rows), 100), over, "steps done")
        write_column(group, "welfare", ends, over, "mean payoff over agents, at the end")
        flags = np.where(np.isnan(ends), 2, np.where(self.settled[trial], 1, 0))
        write_flags(group, "settled", flags, over, ("no", "yes", "not_counted"))
        is_equilibrium = np.isin(names, self.equilibria)
        prices = np.where(is_equilibrium, self.prices[point, trial, regime], np.nan)
        write_column(group, "price_of_anarchy", prices, over, "best known / own welfare")
        gap = np.where(is_equilibrium, self.best[point, trial] - ends, np.nan)
        write_column(group, "welfare_gap", gap, over, "best known - own welfare")
        write_column(group, "mask_density", np.full(len(rows), 0.25), over, "share of bids")


def write_column(
    group: h5py.Group, name: str, values: np.ndarray, dimensions: tuple[str, ...], long_name: str
) -> h5py.Dataset:
    """A variable of numbers or of text."""
    if values.dtype.kind != "U":
        return write_variable(group, name, values, dimensions, long_name)
    dataset = group.create_dataset(name, data=values.astype(object), dtype=h5py.string_dtype())
    dataset.dims[0].attach_scale(group[dimensions[0]])
    dataset.attrs["units"] = "1"
    dataset.attrs["long_name"] = long_name
    return dataset


def write_flags(
    group: h5py.Group,
    name: str,
    values: np.ndarray,
    dimensions: tuple[str, ...],
    meanings: tuple[str, ...],
) -> None:
    variable = write_variable(group, name, values.astype("i1"), dimensions, name)
    variable.attrs["flag_values"] = np.arange(len(meanings), dtype="i1")
    variable.attrs["flag_meanings"] = " ".join(meanings)
