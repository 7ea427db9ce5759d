# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Training the networks of network_reference.py as a scenario does: batches, noise, learners, records, evaluations.

Learners are those of learning_reference.py. They know a matrix with a row per agent, so every agent's variables are
laid into one row (bidders, then sellers; a layered flow, whose neurons always move together, is one row).
"""
from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Dict, List, Optional, Sequence, Tuple, Union

import numpy as np

from learning_reference import Extragradient
from network_reference import (
    ExpertMarket, FlowMarket, Parameters, State, expert_forward, expert_gradient, flow_forward, flow_gradient,
    flow_layers,
)  # fmt: skip
from philox_streams import GATING_NOISE, Batches, Stream

SELLER_VARIABLES = "expert_"  # prefix of what a seller owns; everything else in an ExpertMarket is a bidder's

EXPERT_TRAINING = ("payoff", "loss", "accuracy", "revenue", "importance", "load", "bid", "mask", "price", "samples")
FLOW_TRAINING = ("payoff", "loss", "accuracy", "norm_sum", "sparsity")
SCALARS = ("welfare", "mask_density")
HELD_OUT = ("loss", "accuracy")  # recorded as held_out_loss, held_out_accuracy


@dataclass(frozen=True)
class ImageSet:
    """Pixels 0..255 (image, pixel) and labels (image)."""

    pixels: np.ndarray
    labels: np.ndarray

    def take(self, which: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
        """Images as networks see them, in [0, 1], and their labels."""
        return self.pixels[which].astype(float) / 255.0, self.labels[which].astype(int)


@dataclass(frozen=True)
class Plan:
    """What a scenario says about a run besides its market."""

    seed: int
    steps: int
    batch: int
    trial: int = 0
    skip: int = 0
    every: int = 1
    evaluate: int = 0  # steps from one held-out evaluation to the next; 0: only at the last step
    specialise: bool = False

    def recorded_steps(self) -> List[int]:
        """Every so many steps, and the last."""
        return sorted({*range(0, self.steps + 1, self.every), self.steps})

    def evaluated_steps(self) -> List[int]:
        """The first record at or after every multiple of `evaluate`, step 0 included, and the last step."""
        records = self.recorded_steps()
        found = {self.steps}
        for due in range(0, self.steps + 1, self.evaluate) if self.evaluate else ():
            found.add(next(step for step in records if step >= due))
        return sorted(found)


def usable_images(images: ImageSet, plan: Plan, bidders: int, bidder: int) -> np.ndarray:
    """Image numbers that a bidder learns from; who specialises sees the classes k with k mod bidders = bidder."""
    numbers = np.arange(plan.skip, len(images.labels))
    return numbers[own_classes(images.labels[numbers], plan, bidders, bidder)]


def own_classes(labels: np.ndarray, plan: Plan, bidders: int, bidder: int) -> np.ndarray:
    return labels % bidders == bidder if plan.specialise else np.ones(len(labels), dtype=bool)


@lru_cache(maxsize=4096)  # many regimes and cases see the same noise
def gating_noise(seed: int, purpose: int, trial: int, bidder: int, step: int, rows: int, sellers: int) -> np.ndarray:
    noise = Stream(seed, purpose, trial, bidder, step).normals(rows, sellers)
    noise.flags.writeable = False
    return noise


class ExpertGame:
    """A mixture_of_experts, its images and random numbers."""

    def __init__(self, market: ExpertMarket, plan: Plan, images: ImageSet, held_out: ImageSet):
        self.market, self.plan, self.images, self.held_out = market, plan, images, held_out
        self.bidders = range(market.bidders)
        self.batches = [
            Batches(plan.seed, plan.trial, c, usable_images(images, plan, market.bidders, c), plan.batch)
            for c in self.bidders
        ]

    def agents(self, parameters: Parameters) -> List[List[Tuple[str, object]]]:
        """Whose is what: per agent the (name, first index) of its variables."""
        sold = [name for name in parameters if name.startswith(SELLER_VARIABLES)]
        own = [name for name in parameters if name not in sold]
        bidders = [[(name, c) for name in own] for c in self.bidders]
        return bidders + [[(name, i) for name in sold] for i in range(self.market.sellers)]

    def clear(self, parameters: Parameters, batch_of: int, purpose: int, step: int) -> State:
        """On the batch of training step `batch_of`, with the noise of `purpose` at `step`."""
        plan, market, noise = self.plan, self.market, None
        drawn = [self.images.take(batches.at(batch_of)) for batches in self.batches]
        if market.noise:
            noise = [
                gating_noise(plan.seed, purpose, plan.trial, c, step, plan.batch, market.sellers)
                for c in self.bidders
            ]
        return expert_forward(market, parameters, [x for x, _ in drawn], [labels for _, labels in drawn], noise)

    def train(self, parameters: Parameters, step: int) -> State:
        return self.clear(parameters, step, GATING_NOISE, step)

    def movers(self, state: State) -> List[int]:
        """All bidders, and the sellers somebody buys from."""
        return list(self.bidders) + [self.market.bidders + int(i) for i in np.flatnonzero(state["samples"])]

    def gradient(self, parameters: Parameters, state: State, objective: str) -> Parameters:
        return expert_gradient(self.market, parameters, state, objective)

    def record(self, parameters: Parameters, step: int) -> State:
        """On the batch that is learned from next, with its noise."""
        state = self.train(parameters, step)
        return {name: state[name] for name in EXPERT_TRAINING + SCALARS}

    def evaluate(self, parameters: Parameters) -> State:
        """Everything of the held-out set at once, without noise."""
        labels = self.held_out.labels
        seen = [
            self.held_out.take(np.flatnonzero(own_classes(labels, self.plan, self.market.bidders, c)))
            for c in self.bidders
        ]
        return expert_forward(self.market, parameters, [x for x, _ in seen], [labels for _, labels in seen], None)

    def final(self, parameters: Parameters) -> State:
        state = self.evaluate(parameters)
        return {"bid_final": state["bid"], "mask_final": state["mask"]}


class FlowGame:
    """A layered_flow and its images: one learner of batches, no noise."""

    def __init__(self, market: FlowMarket, plan: Plan, images: ImageSet, held_out: ImageSet):
        self.market, self.images, self.held_out = market, images, held_out
        self.batches = Batches(plan.seed, plan.trial, 0, usable_images(images, plan, 1, 0), plan.batch)

    def agents(self, parameters: Parameters) -> List[List[Tuple[str, object]]]:
        return [[(name, slice(None)) for name in parameters]]

    def train(self, parameters: Parameters, step: int) -> State:
        return flow_forward(self.market, parameters, *self.images.take(self.batches.at(step)))

    def movers(self, state: State) -> List[int]:
        return [0]

    def gradient(self, parameters: Parameters, state: State, objective: str) -> Parameters:
        return flow_gradient(self.market, parameters, state)

    def record(self, parameters: Parameters, step: int) -> State:
        """On the batch that is learned from next."""
        state = self.train(parameters, step)
        return {name: state[name] for name in FLOW_TRAINING + SCALARS}

    def evaluate(self, parameters: Parameters) -> State:
        return flow_forward(self.market, parameters, *self.held_out.take(np.arange(len(self.held_out.labels))))

    def final(self, parameters: Parameters) -> State:
        state = self.evaluate(parameters)
        return {f"mask_{layer}": state[f"mask_{layer}"] for layer in range(flow_layers(parameters))}


Game = Union[ExpertGame, FlowGame]


def to_rows(agents: Sequence, parameters: Parameters) -> np.ndarray:
    """(agent, variable): every agent's variables in one row, padded with zeros."""
    rows = [np.concatenate([np.ravel(parameters[name][index]) for name, index in own]) for own in agents]
    matrix = np.zeros((len(rows), max(len(row) for row in rows)))
    for row, values in zip(matrix, rows):
        row[: len(values)] = values
    return matrix


def from_rows(agents: Sequence, rows: np.ndarray, like: Parameters) -> Parameters:
    parameters = {name: np.empty_like(value) for name, value in like.items()}
    for own, row in zip(agents, rows):
        start = 0
        for name, index in own:
            shape = like[name][index].shape
            size = int(np.prod(shape))
            parameters[name][index] = row[start : start + size].reshape(shape)
            start += size
    return parameters


def play(
    game: Game, plan: Plan, parameters: Parameters, learner, objective: str
) -> Tuple[Dict[str, np.ndarray], State]:
    """Trajectory (record, ...) and the final state: the parameters and what `game.final` adds to them.

    A seller that nobody buys from rests. Under extragradient it rests in each of the two passes by itself: its gradient
    is zero there; the update counts if it was bought from in the first.
    """
    agents = game.agents(parameters)
    rows = to_rows(agents, parameters)
    updates = np.zeros(len(agents), dtype=np.int64)
    records: Dict[str, list] = {}
    evaluation: Optional[State] = None
    for step in range(plan.steps + 1):
        now = from_rows(agents, rows, parameters)
        if step in plan.recorded_steps():
            state = {**game.record(now, step), "updates": updates.copy()}
            evaluation = game.evaluate(now) if step in plan.evaluated_steps() else None
            for name in HELD_OUT:
                seen = np.full_like(state[name], np.nan) if evaluation is None else evaluation[name]
                state[f"held_out_{name}"] = seen
            for name, value in state.items():
                records.setdefault(name, []).append(value)
        if step == plan.steps:
            break
        first = game.train(now, step)
        movers = game.movers(first)

        def gradient_at(at: np.ndarray) -> np.ndarray:
            where = from_rows(agents, at, parameters)
            state = first if np.array_equal(at, rows) else game.train(where, step)
            return to_rows(agents, game.gradient(where, state, objective))

        everyone = list(range(len(agents)))
        rows = learner.step(rows, gradient_at, everyone if isinstance(learner, Extragradient) else movers)
        updates[movers] += 1
    trajectory = {name: np.array(values) for name, values in records.items()}
    return trajectory, {**now, **game.final(now)}
