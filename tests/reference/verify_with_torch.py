# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Compare every gradient of the NumPy reference with PyTorch's automatic differentiation. Run by hand, never in CI:

    apt-get install python3-torch
    /usr/bin/python3 tests/reference/verify_with_torch.py

The forward pass is written again here, from torch operations whose subgradients are the ones wanted: relu'(0) = 0,
clamp 1 on the closed interval, relu6 (hardtanh) 0 at both ends, abs' sign with sign(0) = 0, amin and amax sharing
evenly among ties. States: random ones, long-run ones, and nash's starts, whose exact zeros sit on the clip's edge.
"""
from __future__ import annotations

import sys
from typing import Dict

import numpy as np
import torch

from bid_matrix_reference import OBJECTIVES, Inputs, Market, gradient
from experiments import AGENTS, MARKETS, RATE, draw_case, draw_initial
from learning_reference import Adam, Regime, run

TOLERANCE = 1e-12  # of the largest entry, taken as at least 1e-4: the two sum in different orders
LONG_STEPS = 300


def row_normalise(x: torch.Tensor) -> torch.Tensor:
    return x / x.abs().sum(-1, keepdim=True)


def minmax(x: torch.Tensor) -> torch.Tensor:
    return (x - x.amin()) / (x.amax() - x.amin())


def squashed_bids(market: Market, raw: torch.Tensor) -> torch.Tensor:
    return row_normalise(torch.sigmoid(raw) if market.squash == "sigmoid" else raw.clamp(0.0, 1.0))


def masked(market: Market, bids: torch.Tensor) -> torch.Tensor:
    shifted = bids - (bids.mean(0) if market.shift == "column_mean" else 1.0 / len(bids))
    if market.mask == "relu":
        return torch.relu(shifted)
    if market.mask == "relu6":
        return torch.nn.functional.relu6(shifted)
    return torch.sigmoid(shifted) if market.mask == "sigmoid" else (10.0 * torch.relu(shifted)).clamp(0.0, 1.0)


def terms(market: Market, inputs: Dict[str, torch.Tensor], raw: torch.Tensor) -> Dict[str, torch.Tensor]:
    """The per-agent terms that this market can pay for."""
    bids = squashed_bids(market, raw)
    mask = masked(market, bids)
    rows = {"bids": bids}
    if market.utility == "linear":
        found = {"utility": (inputs["contribution"] * mask).sum(1)}
    else:
        utility = 0.5 * (mask[:, None, :] @ inputs["hessians"] @ mask[:, :, None]).reshape(-1)
        found = {"utility": inputs["alpha"] * utility if market.utility_scaled_by_alpha else utility}
    if market.has_interranking:
        absorbing = torch.eye(len(bids), dtype=bids.dtype) - bids + torch.diag(torch.diagonal(bids))
        rows["interranking"] = row_normalise(torch.linalg.inv(absorbing))
        found["emission"] = torch.diagonal(rows["interranking"]) * torch.diagonal(bids)
    if market.ranking_source:
        sums = rows[market.ranking_source].sum(0)
        if market.ranking_normalise == "softmax":
            ranks = sums.softmax(0)
        else:
            ranks = row_normalise(minmax(sums) if market.ranking_normalise == "minmax" else sums)
        found["ranking"] = ranks + market.ranking_offset
    if "divergence" in market.payoff:
        source = rows[market.divergence_source]
        entropy = -(source.mean(0) * source.log()).sum(1)
        found["divergence"] = entropy if market.divergence_form == "cross_entropy" else entropy.softmax(0)
    return found


def autograd(market: Market, inputs: Inputs, raw: np.ndarray, objective: str) -> np.ndarray:
    tensors = {name: torch.from_numpy(value) for name, value in vars(inputs).items() if value is not None}
    weights = {"alpha": tensors["alpha"], "one_minus_alpha": 1.0 - tensors["alpha"]}
    leaf = torch.from_numpy(raw.copy()).requires_grad_()
    found = terms(market, tensors, leaf)
    if objective == "mean_utility":
        goal = found["utility"].mean()
        return torch.autograd.grad(goal, leaf)[0].numpy()
    payoff = sum(weights.get(weight, weight) * found[term] for term, weight in market.payoff.items())
    if objective == "mean_payoff":
        return torch.autograd.grad(payoff.mean(), leaf)[0].numpy()
    rows = [torch.autograd.grad(payoff[i], leaf, retain_graph=True)[0][i] for i in range(len(raw))]
    return torch.stack(rows).numpy()


def states_of(name: str) -> np.ndarray:
    case, rng = draw_case(name), np.random.default_rng(7)
    found = [draw_initial(name, rng) for _ in range(5)] + [rng.uniform(0.05, 0.95, (AGENTS, AGENTS)) for _ in range(5)]
    for objective in OBJECTIVES:
        kept = range(50, LONG_STEPS + 1, 50)
        start = draw_initial(name, rng)
        long_run = run(case.market, case.inputs, Regime(objective), start, Adam(RATE), LONG_STEPS, [], kept)
        found += list(long_run["raw_bids"])
    return np.array(found)


def main() -> int:
    worst_of_all = 0.0
    for name, market in MARKETS.items():
        inputs = draw_case(name).inputs
        states = states_of(name)
        for objective in OBJECTIVES:
            worst = 0.0
            for raw in states:
                want = autograd(market, inputs, raw, objective)
                got = gradient(market, inputs, raw, objective)
                worst = max(worst, np.max(np.abs(got - want)) / max(np.max(np.abs(want)), 1e-4))
            print(f"{name:17} {objective:13} {len(states)} states, largest difference {worst:.1e} of the largest entry")
            worst_of_all = max(worst_of_all, worst)
    return 0 if worst_of_all <= TOLERANCE else 1


if __name__ == "__main__":
    sys.exit(main())
