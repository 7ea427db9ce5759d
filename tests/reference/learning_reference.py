# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Learners over the raw bids and the loop that records a regime, in plain NumPy.

Every learner climbs: `g` is the gradient of the objective. A step updates the rows of the movers alone, and moments
of other rows stay as they are.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Dict, Optional, Sequence

import numpy as np

from bid_matrix_reference import Inputs, Market, forward, gradient

ADAM_BETA1, ADAM_BETA2, ADAM_EPSILON = 0.9, 0.999, 1e-8  # the defaults of the published runs
MOMENTUM_BETA = 0.9

GradientAt = Callable[[np.ndarray], np.ndarray]


class Sgd:
    """raw += rate g"""

    def __init__(self, rate: float):
        self.rate = rate

    def step(self, raw: np.ndarray, gradient_at: GradientAt, rows: Sequence[int]) -> np.ndarray:
        raw = raw.copy()
        raw[rows] += self.rate * gradient_at(raw)[rows]
        return raw


class Momentum:
    """m = beta m + g; raw += rate m"""

    def __init__(self, rate: float, beta: float = MOMENTUM_BETA):
        self.rate, self.beta, self.m = rate, beta, None

    def step(self, raw: np.ndarray, gradient_at: GradientAt, rows: Sequence[int]) -> np.ndarray:
        if self.m is None:
            self.m = np.zeros_like(raw)
        raw = raw.copy()
        self.m[rows] = self.beta * self.m[rows] + gradient_at(raw)[rows]
        raw[rows] += self.rate * self.m[rows]
        return raw


class Optimistic:
    """raw += rate (2 g_t - g_{t-1}), g_{-1} = g_0; t counts the updates of the row"""

    def __init__(self, rate: float):
        self.rate, self.previous, self.has_previous = rate, None, None

    def step(self, raw: np.ndarray, gradient_at: GradientAt, rows: Sequence[int]) -> np.ndarray:
        if self.previous is None:
            self.previous, self.has_previous = np.zeros_like(raw), np.zeros(len(raw), dtype=bool)
        raw, g = raw.copy(), gradient_at(raw)
        for i in rows:
            before = self.previous[i] if self.has_previous[i] else g[i]
            raw[i] += self.rate * (2.0 * g[i] - before)
            self.previous[i], self.has_previous[i] = g[i], True
        return raw


class Extragradient:
    """half = raw + rate g(raw); raw += rate g(half). All movers look ahead together."""

    def __init__(self, rate: float):
        self.rate = rate

    def step(self, raw: np.ndarray, gradient_at: GradientAt, rows: Sequence[int]) -> np.ndarray:
        half = raw.copy()
        half[rows] += self.rate * gradient_at(raw)[rows]
        raw = raw.copy()
        raw[rows] += self.rate * gradient_at(half)[rows]
        return raw


class Adam:
    """m += (g-m)(1-b1); v += (g g-v)(1-b2); raw -= rate sqrt(1-b2^t)/(1-b1^t) m/(sqrt(v)+eps), g of -objective.

    clock "shared": t counts all steps, whoever moved; "per_agent": t counts the updates of the row.
    """

    def __init__(self, rate: float, clock: str = "shared"):
        self.rate, self.clock, self.m, self.v = rate, clock, None, None

    def step(self, raw: np.ndarray, gradient_at: GradientAt, rows: Sequence[int]) -> np.ndarray:
        if self.m is None:
            self.m, self.v = np.zeros_like(raw), np.zeros_like(raw)
            self.steps, self.updates = 0, np.zeros(len(raw), dtype=int)
        raw, g = raw.copy(), -gradient_at(raw)
        self.steps += 1
        for i in rows:
            self.updates[i] += 1
            t = self.steps if self.clock == "shared" else int(self.updates[i])
            self.m[i] += (g[i] - self.m[i]) * (1.0 - ADAM_BETA1)
            self.v[i] += (g[i] * g[i] - self.v[i]) * (1.0 - ADAM_BETA2)
            scale = self.rate * np.sqrt(1.0 - ADAM_BETA2**t) / (1.0 - ADAM_BETA1**t)
            raw[i] -= scale * self.m[i] / (np.sqrt(self.v[i]) + ADAM_EPSILON)
        return raw


@dataclass(frozen=True)
class Regime:
    """Who climbs what. movers None: every row at every step; else the one agent of each step."""

    objective: str
    movers: Optional[np.ndarray] = None


def run(
    market: Market,
    inputs: Inputs,
    regime: Regime,
    raw: np.ndarray,
    learner,
    steps: int,
    variables: Sequence[str],
    keep_raw_at: Sequence[int] = (),
) -> Dict[str, np.ndarray]:
    """Play `steps` steps. Row s of each variable is the state after s updates; `raw_bids` (kept steps, n, n)."""
    n = len(raw)
    updates = np.zeros(n, dtype=np.int64)
    record = {name: [] for name in variables}
    kept = []
    for step in range(steps + 1):
        if variables:
            state = {**forward(market, inputs, raw), "updates": updates.copy()}
            for name in variables:
                record[name].append(state[name])
        if step in keep_raw_at:
            kept.append(raw)
        if step == steps:
            break
        mover = None if regime.movers is None else int(regime.movers[step])
        rows = list(range(n)) if mover is None else [mover]
        raw = learner.step(raw, lambda at: gradient(market, inputs, at, regime.objective, mover), rows)
        updates[rows] += 1
    result = {name: np.array(values) for name, values in record.items()}
    if kept:
        result["raw_bids"] = np.array(kept)
    return result
