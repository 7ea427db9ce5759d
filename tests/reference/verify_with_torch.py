# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Compare every gradient of the NumPy reference with PyTorch's automatic differentiation. Run by hand, never in CI:

    apt-get install python3-torch
    /usr/bin/python3 tests/reference/verify_with_torch.py

The forward pass is written again here, from torch operations whose subgradients are the ones wanted: relu'(0) = 0,
clamp 1 on the closed interval, relu6 (hardtanh) 0 at both ends, abs' sign with sign(0) = 0, amin and amax sharing
evenly among ties. States: random ones, long-run ones, and nash's starts, whose exact zeros sit on the clip's edge.
Markets of networks: random networks, and the start of every run (gates 0, self weights 1).
"""
from __future__ import annotations

import sys
from dataclasses import replace
from typing import Dict, List, Tuple

import numpy as np
import torch

from bid_matrix_reference import OBJECTIVES, Inputs, Market, gradient
from experiments import AGENTS, MARKETS, RATE, draw_case, draw_initial
from learning_reference import Adam, Regime, run
from network_reference import ExpertMarket, FlowMarket, expert_forward, expert_gradient, flow_forward, flow_gradient
from test_network_reference import (
    PAYS, expert_inputs, expert_parameters, flow_inputs, flow_parameters, start_parameters,
)  # fmt: skip

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


def expert_payoffs(
    market: ExpertMarket, p: Dict[str, torch.Tensor], inputs: Tuple, alone: bool
) -> Tuple[List[torch.Tensor], List[torch.Tensor]]:
    """Payoffs and losses of all bidders; alone: every bidder takes the others' bids in the mean price as constant."""
    images, labels, noise = ([torch.from_numpy(one) for one in part] for part in inputs)
    gates, bids, revenues = [], [], []
    for c in range(market.bidders):
        logits = images[c] @ p["gate_weight"][c]
        if market.noise:
            spread = torch.nn.functional.softplus(images[c] @ p["noise_weight"][c], threshold=100.0)
            logits = logits + noise[c] * (spread + market.noise_floor)
        top = logits.topk(market.top_k, dim=1)
        gates.append(torch.zeros_like(logits).scatter(1, top.indices, top.values.softmax(1)))
        weights = torch.cat([p["self_weight"][c : c + 1], gates[c].sum(0) / gates[c].sum(0).norm()])
        weights = weights / weights.norm()
        revenues.append(weights[0])
        bids.append(weights[1:] if market.alignment == "seller" else weights[:-1])
    payoffs, losses = [], []
    layers = sum(name.startswith("expert_weight") for name in p)
    for c in range(market.bidders):
        price = torch.stack([bid.detach() if alone and k != c else bid for k, bid in enumerate(bids)]).mean(0)
        mask = torch.relu(bids[c] - (price if market.fixed_price is None else market.fixed_price))
        answer = images[c].expand(market.sellers, -1, -1)
        for layer in range(layers):
            answer = torch.baddbmm(p[f"expert_bias_{layer}"][:, None, :], answer, p[f"expert_weight_{layer}"])
            answer = ACTIVATIONS[market.activation](answer) if layer < layers - 1 else answer
        embedding = torch.einsum("bi,i,ibm->bm", gates[c], mask, answer)
        logits = embedding @ p["head_weight"][c] + p["head_bias"][c]
        losses.append(torch.nn.functional.cross_entropy(logits, labels[c]))
        sums = gates[c].sum(0)
        uneven = sums.var(unbiased=False) / sums.mean() ** 2
        payoffs.append(market.loss * losses[c] + market.revenue * revenues[c] + market.balance * uneven)
    return payoffs, losses


ACTIVATIONS = {"identity": lambda x: x, "relu": torch.relu, "tanh": torch.tanh}


def largest_difference(got: Dict[str, np.ndarray], want: Dict[str, np.ndarray]) -> float:
    return max(np.max(np.abs(got[name] - want[name])) / max(np.max(np.abs(want[name])), 1e-4) for name in want)


def expert_difference(market: ExpertMarket, parameters: Dict[str, np.ndarray], objective: str) -> float:
    inputs = expert_inputs(market)
    p = {name: torch.from_numpy(value.copy()).requires_grad_() for name, value in parameters.items()}
    payoffs, losses = expert_payoffs(market, p, inputs, alone=objective == "own_payoff")
    trade = market.loss * sum(losses)
    # With the others' bids detached, the sum of payoffs has every bidder's own gradient; sellers see the losses alone.
    goal = trade if objective == "mean_utility" else sum(payoffs)
    found = torch.autograd.grad(goal, list(p.values()), allow_unused=True)
    want = {name: np.zeros_like(parameters[name]) if g is None else g.numpy() for name, g in zip(p, found)}
    state = expert_forward(market, parameters, *inputs)
    return largest_difference(expert_gradient(market, parameters, state, objective), want)


def flow_difference(market: FlowMarket) -> float:
    parameters, (images, labels) = flow_parameters(), flow_inputs()
    p = {name: torch.from_numpy(value.copy()).requires_grad_() for name, value in parameters.items()}
    x, layers, price = torch.from_numpy(images), len(p) // 3, 0.0
    for layer in range(layers):
        flow = p[f"flow_{layer}"]
        share = flow / flow.abs().sum(0) if market.squash == "l1" else flow.softmax(0)
        mask = torch.relu(share - share.mean(0))
        if market.scale == "keep_signal":
            mask = mask * len(flow) ** 0.5 / mask.norm(dim=0)
        x = x @ (p[f"weight_{layer}"] * mask) + p[f"bias_{layer}"]
        x = ACTIVATIONS[market.activation](x) if layer < layers - 1 else x
        price = price + flow.abs().sum()
    payoff = market.loss * torch.nn.functional.cross_entropy(x, torch.from_numpy(labels)) + market.flow * price
    want = dict(zip(p, (g.numpy() for g in torch.autograd.grad(payoff, list(p.values())))))
    return largest_difference(flow_gradient(market, parameters, flow_forward(market, parameters, images, labels)), want)


def verify_networks() -> float:
    worst_of_all = 0.0
    # Published alignment at a mean price starts on a kink: all bids on seller 0 are equal.
    starting = {
        f"{name}, at the start": replace(market, noise=True)
        for name, market in PAYS.items()
        if market.alignment == "seller" or market.fixed_price is not None
    }
    for name, market in {**PAYS, **starting}.items():
        parameters = start_parameters(market) if name in starting else expert_parameters(market)
        worst = max(expert_difference(market, parameters, objective) for objective in OBJECTIVES)
        print(f"mixture_of_experts, {name:47} largest difference {worst:.1e}")
        worst_of_all = max(worst_of_all, worst)
    for squash in ("l1", "softmax"):
        for scale in ("none", "keep_signal"):
            for kind in ACTIVATIONS:
                worst = flow_difference(FlowMarket(squash, scale, kind, loss=-1.5, flow=-1e-3))
                print(f"layered_flow, {squash + ', ' + scale + ', ' + kind:53} largest difference {worst:.1e}")
                worst_of_all = max(worst_of_all, worst)
    return worst_of_all


def main() -> int:
    worst_of_all = verify_networks()
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
