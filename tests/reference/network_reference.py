# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Two markets of networks in plain NumPy: mixture_of_experts and layered_flow, forward passes and their gradients.

This is the judge of the engine, so it shares nothing with it: every seller computes every row, whether anybody buys it
or not, and every gradient comes from one reverse pass that follows the forward pass line by line. Objectives climb.

Parameters are dictionaries whose names and shapes are those of the engine's final "networks":
mixture_of_experts: gate_weight, noise_weight (bidder, pixel, seller), self_weight (bidder), head_weight (bidder,
embedding, class), head_bias (bidder, class), expert_weight_L (seller, in, out), expert_bias_L (seller, out);
layered_flow: flow_l, weight_l (in, out), bias_l (out).
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List, Optional, Sequence, Tuple

import numpy as np

Parameters = Dict[str, np.ndarray]
State = dict  # name -> array, everything one forward pass computes

OBJECTIVES = ("own_payoff", "mean_payoff", "mean_utility")

# A bid that exceeds the price by no more is equal to it: bidders who bid alike would otherwise buy what the rounding of
# their mean bid leaves.
ROUNDING = 1e-12


def activation(kind: str, x: np.ndarray) -> np.ndarray:
    if kind == "relu":
        return np.maximum(x, 0.0)
    return np.tanh(x) if kind == "tanh" else x


def activation_slope(kind: str, x: np.ndarray) -> np.ndarray:
    """Derivative where the activation was given x; relu'(0) = 0."""
    if kind == "relu":
        return np.where(x > 0.0, 1.0, 0.0)
    return 1.0 - np.tanh(x) ** 2 if kind == "tanh" else np.ones_like(x)


def softplus(x: np.ndarray) -> np.ndarray:
    return np.logaddexp(0.0, x)


def sigmoid(x: np.ndarray) -> np.ndarray:
    return np.exp(-np.logaddexp(0.0, -x))


def unit(x: np.ndarray) -> np.ndarray:
    """x / |x|"""
    return x / np.sqrt(np.sum(x * x))


def unit_pull_back(x: np.ndarray, bar: np.ndarray) -> np.ndarray:
    direction = unit(x)
    return (bar - direction * np.sum(direction * bar)) / np.sqrt(np.sum(x * x))


def cross_entropy(logits: np.ndarray, labels: np.ndarray) -> Tuple[float, float, np.ndarray]:
    """Mean loss, share of rows whose largest logit (the first of equals) is the label's, d mean loss / d logits."""
    rows = np.arange(len(labels))
    shifted = logits - np.max(logits, axis=1, keepdims=True)
    log_sum = np.log(np.sum(np.exp(shifted), axis=1))
    loss = float(np.mean(log_sum - shifted[rows, labels]))
    accuracy = float(np.mean(np.argmax(logits, axis=1) == labels))
    bar = np.exp(shifted - log_sum[:, None])
    bar[rows, labels] -= 1.0
    return loss, accuracy, bar / len(labels)


# ----------------------------------------------------------------------------------------------- mixture_of_experts


@dataclass(frozen=True)
class ExpertMarket:
    """Bidders route their samples to sellers (experts), and how much of a seller's answer they get depends on bids."""

    bidders: int
    sellers: int
    top_k: int
    noise: bool = True
    noise_floor: float = 0.01
    activation: str = "relu"
    fixed_price: Optional[float] = None  # None: the mean of the bids on the seller
    alignment: str = "seller"  # which weight is the bid on seller i: "seller" i + 1, "published" i
    loss: float = -1.0
    revenue: float = 1.0
    balance: float = 0.0

    @property
    def first_bid(self) -> int:
        return 1 if self.alignment == "seller" else 0


def kept_sellers(logits: np.ndarray, top_k: int) -> np.ndarray:
    """Which top_k sellers every row keeps: the largest logit again and again, the lower index among equals."""
    left, kept, rows = logits.copy(), np.zeros(logits.shape, dtype=bool), np.arange(len(logits))
    for _ in range(top_k):
        best = np.argmax(left, axis=1)
        kept[rows, best] = True
        left[rows, best] = -np.inf
    return kept


def balance_cost(sums: np.ndarray) -> float:
    """CV^2: population variance over squared mean of what the sellers were given."""
    return float(np.var(sums) / np.mean(sums) ** 2)


def balance_slope(sums: np.ndarray) -> np.ndarray:
    mean, variance, count = np.mean(sums), np.var(sums), len(sums)
    return 2.0 * (sums - mean) / (count * mean**2) - 2.0 * variance / (count * mean**3)


def gating(
    market: ExpertMarket, gate: np.ndarray, spread: np.ndarray, x: np.ndarray, noise: Optional[np.ndarray]
) -> State:
    """One bidder's gates (row, seller); noise None: switched off."""
    clean = x @ gate
    spread_in = x @ spread
    logits = clean if noise is None else clean + noise * (softplus(spread_in) + market.noise_floor)
    kept = kept_sellers(logits, market.top_k)
    powers = np.where(kept, np.exp(logits - np.max(logits, axis=1, keepdims=True)), 0.0)
    return {"gates": powers / np.sum(powers, axis=1, keepdims=True), "spread_in": spread_in, "noise": noise}


def expert_layers(parameters: Parameters) -> int:
    return sum(name.startswith("expert_weight_") for name in parameters)


def expert(market: ExpertMarket, parameters: Parameters, seller: int, x: np.ndarray) -> Tuple[np.ndarray, List]:
    """The seller's embedding of every row, and every layer's (input, result before its activation)."""
    layers, tape = expert_layers(parameters), []
    for layer in range(layers):
        before = x @ parameters[f"expert_weight_{layer}"][seller] + parameters[f"expert_bias_{layer}"][seller]
        tape.append((x, before))
        x = activation(market.activation, before) if layer < layers - 1 else before
    return x, tape


def expert_pull_back(
    market: ExpertMarket, parameters: Parameters, seller: int, tape: List, bar: np.ndarray, gradient: Parameters
) -> None:
    """Adds what `bar` (row, embedding) means for the seller's parameters."""
    for layer in reversed(range(len(tape))):
        x, before = tape[layer]
        if layer < len(tape) - 1:
            bar = bar * activation_slope(market.activation, before)
        gradient[f"expert_weight_{layer}"][seller] += x.T @ bar
        gradient[f"expert_bias_{layer}"][seller] += np.sum(bar, axis=0)
        bar = bar @ parameters[f"expert_weight_{layer}"][seller].T


def expert_forward(
    market: ExpertMarket,
    parameters: Parameters,
    images: Sequence[np.ndarray],
    labels: Sequence[np.ndarray],
    noise: Optional[Sequence[np.ndarray]],
) -> State:
    """One clearing. images[c] (rows, pixels), labels[c] (rows), noise[c] (rows, sellers) of bidder c.

    Result: per bidder payoff, loss, accuracy, revenue; (bidder, seller) importance, load, bid, mask; per seller price,
    samples; scalars welfare, mask_density; and under "tape" what the reverse pass needs.
    """
    bidders, sellers = market.bidders, market.sellers
    route = [
        gating(market, parameters["gate_weight"][c], parameters["noise_weight"][c], images[c],
               noise[c] if market.noise and noise is not None else None)
        for c in range(bidders)
    ]  # fmt: skip
    gates = [one["gates"] for one in route]
    sums = np.array([np.sum(g, axis=0) for g in gates])
    importance = np.array([unit(s) for s in sums])
    budget = np.concatenate([parameters["self_weight"][:, None], importance], axis=1)
    weights = np.array([unit(one) for one in budget])
    bid = weights[:, market.first_bid : market.first_bid + sellers]
    price = np.mean(bid, axis=0) if market.fixed_price is None else np.full(sellers, market.fixed_price)
    mask = np.where(bid - price > ROUNDING, bid - price, 0.0)

    state = {
        "importance": importance, "bid": bid, "price": price, "mask": mask, "revenue": weights[:, 0],
        "load": np.array([np.mean(g > 0.0, axis=0) for g in gates]),
        "samples": np.sum([np.sum((g > 0.0) & (m > 0.0), axis=0) for g, m in zip(gates, mask)], axis=0),
        "mask_density": np.mean(mask > 0.0),
    }  # fmt: skip
    outputs, tapes, embeddings, losses = [], [], [], []
    for c in range(bidders):
        answers = [expert(market, parameters, i, images[c]) for i in range(sellers)]
        outputs.append([y for y, _ in answers])
        tapes.append([tape for _, tape in answers])
        embedding = sum(gates[c][:, i : i + 1] * mask[c, i] * outputs[c][i] for i in range(sellers))
        embeddings.append(embedding)
        logits = embedding @ parameters["head_weight"][c] + parameters["head_bias"][c]
        losses.append(cross_entropy(logits, labels[c]))
    state["loss"] = np.array([loss for loss, _, _ in losses])
    state["accuracy"] = np.array([accuracy for _, accuracy, _ in losses])
    state["balance"] = np.array([balance_cost(s) for s in sums])
    state["payoff"] = (
        market.loss * state["loss"] + market.revenue * state["revenue"] + market.balance * state["balance"]
    )
    state["welfare"] = np.mean(state["payoff"])
    state["tape"] = {
        "images": images, "route": route, "sums": sums, "budget": budget, "outputs": outputs, "tapes": tapes,
        "embeddings": embeddings, "logits_bar": [bar for _, _, bar in losses],
    }  # fmt: skip
    return state


def mask_to_bids(market: ExpertMarket, mask: np.ndarray, bar: np.ndarray, objective: str) -> np.ndarray:
    """d objective / d bids from d loss terms / d mask, both (bidder, seller).

    A mean price moves with every bid on the seller. Under own payoffs a bidder holds the other bidders' bids constant
    and sees its own mask alone; under a common objective its bid moves everybody's price.
    """
    through = np.where(mask > 0.0, bar, 0.0)
    if market.fixed_price is not None:
        return through
    if objective == "own_payoff":
        return through * (1.0 - 1.0 / market.bidders)
    return through - np.mean(through, axis=0)


def expert_gradient(market: ExpertMarket, parameters: Parameters, state: State, objective: str) -> Parameters:
    """Of every variable: what its owner climbs. State: as `expert_forward` left it."""
    gradient = {name: np.zeros_like(value) for name, value in parameters.items()}
    tape, mask, bidders, sellers = state["tape"], state["mask"], market.bidders, market.sellers
    mask_bar, gates_bar = np.zeros_like(mask), []
    # 1. From the loss back to heads, sellers, masks and gates.
    for c in range(bidders):
        gates = tape["route"][c]["gates"]
        logits_bar = market.loss * tape["logits_bar"][c]
        gradient["head_weight"][c] = tape["embeddings"][c].T @ logits_bar
        gradient["head_bias"][c] = np.sum(logits_bar, axis=0)
        embedding_bar = logits_bar @ parameters["head_weight"][c].T
        gates_bar.append(np.zeros_like(gates))
        for i in range(sellers):
            agreement = np.sum(embedding_bar * tape["outputs"][c][i], axis=1)
            mask_bar[c, i] = np.sum(gates[:, i] * agreement)
            gates_bar[c][:, i] = mask[c, i] * agreement
            output_bar = gates[:, i : i + 1] * mask[c, i] * embedding_bar
            expert_pull_back(market, parameters, i, tape["tapes"][c][i], output_bar, gradient)
    # 2. From masks to bids, then through both normalisations to the self weight and the gates.
    bid_bar = mask_to_bids(market, mask, mask_bar, objective)
    is_paid = objective != "mean_utility"
    for c in range(bidders):
        weights_bar = np.zeros(sellers + 1)
        weights_bar[market.first_bid : market.first_bid + sellers] = bid_bar[c]
        weights_bar[0] += market.revenue if is_paid else 0.0
        budget_bar = unit_pull_back(tape["budget"][c], weights_bar)
        gradient["self_weight"][c] = budget_bar[0]
        sums_bar = unit_pull_back(tape["sums"][c], budget_bar[1:])
        if is_paid:
            sums_bar = sums_bar + market.balance * balance_slope(tape["sums"][c])
        # 3. Through the softmax over the kept to the two gating maps.
        route, x = tape["route"][c], tape["images"][c]
        gates, bar = route["gates"], gates_bar[c] + sums_bar
        logits_bar = gates * (bar - np.sum(gates * bar, axis=1, keepdims=True))
        gradient["gate_weight"][c] = x.T @ logits_bar
        if route["noise"] is not None:
            gradient["noise_weight"][c] = x.T @ (logits_bar * route["noise"] * sigmoid(route["spread_in"]))
    return gradient


# ----------------------------------------------------------------------------------------------------- layered_flow


@dataclass(frozen=True)
class FlowMarket:
    """Neurons (columns) divide what they take from the layer before; what exceeds the mean gets through."""

    squash: str = "l1"  # l1 | softmax
    scale: str = "none"  # none | keep_signal
    activation: str = "identity"
    loss: float = -1.0
    flow: float = -1e-5


def shares(squash: str, flow: np.ndarray) -> np.ndarray:
    """F: every column divided by its sum of absolute values, or the softmax of every column."""
    if squash == "l1":
        return flow / np.sum(np.abs(flow), axis=0)
    powers = np.exp(flow - np.max(flow, axis=0))
    return powers / np.sum(powers, axis=0)


def shares_pull_back(squash: str, flow: np.ndarray, bar: np.ndarray) -> np.ndarray:
    share = shares(squash, flow)
    inner = np.sum(bar * share, axis=0)
    if squash == "l1":
        return (bar - np.sign(flow) * inner) / np.sum(np.abs(flow), axis=0)
    return share * (bar - inner)


def column_scale(mask: np.ndarray) -> np.ndarray:
    """keep_signal: sqrt(n_in) / |mask_j|; 0 where the column is zero."""
    norms = np.sqrt(np.sum(mask * mask, axis=0))
    return np.where(norms > 0.0, np.sqrt(len(mask)) / np.where(norms > 0.0, norms, 1.0), 0.0)


def flow_layers(parameters: Parameters) -> int:
    return sum(name.startswith("flow_") for name in parameters)


def flow_forward(market: FlowMarket, parameters: Parameters, images: np.ndarray, labels: np.ndarray) -> State:
    """Scalars payoff = welfare, loss, accuracy, norm_sum, mask_density; sparsity (layer); mask_l (in, out), scaled."""
    layers, x = flow_layers(parameters), images
    state, tape = {}, []
    for layer in range(layers):
        flow, weight, bias = (parameters[f"{name}_{layer}"] for name in ("flow", "weight", "bias"))
        share = shares(market.squash, flow)
        mask = np.maximum(share - np.mean(share, axis=0), 0.0)
        scaled = mask * column_scale(mask) if market.scale == "keep_signal" else mask
        before = x @ (weight * scaled) + bias
        tape.append((x, mask, scaled, before))
        state[f"mask_{layer}"] = scaled
        x = activation(market.activation, before) if layer < layers - 1 else before
    loss, accuracy, bar = cross_entropy(x, labels)
    masks = [state[f"mask_{layer}"] for layer in range(layers)]
    norm_sum = sum(np.sum(np.abs(parameters[f"flow_{layer}"])) for layer in range(layers))
    payoff = market.loss * loss + market.flow * norm_sum
    state.update(
        loss=loss, accuracy=accuracy, norm_sum=norm_sum, payoff=payoff, welfare=payoff, tape=(tape, bar),
        sparsity=np.array([np.mean(mask == 0.0) for mask in masks]),
        mask_density=sum(np.count_nonzero(mask) for mask in masks) / sum(mask.size for mask in masks),
    )  # fmt: skip
    return state


def flow_gradient(market: FlowMarket, parameters: Parameters, state: State) -> Parameters:
    """d payoff: all neurons have one interest, so every objective climbs this."""
    gradient: Parameters = {}
    tape, loss_bar = state["tape"]
    bar = market.loss * loss_bar
    for layer in reversed(range(len(tape))):
        flow, weight = parameters[f"flow_{layer}"], parameters[f"weight_{layer}"]
        x, mask, scaled, before = tape[layer]
        if layer < len(tape) - 1:
            bar = bar * activation_slope(market.activation, before)
        product_bar = x.T @ bar
        gradient[f"bias_{layer}"] = np.sum(bar, axis=0)
        gradient[f"weight_{layer}"] = product_bar * scaled
        bar = bar @ (weight * scaled).T
        mask_bar = product_bar * weight
        if market.scale == "keep_signal":
            # scaled = c mask with c = sqrt(n) / |mask|: what lies along the mask does not count.
            along = np.sum(mask_bar * scaled, axis=0) / len(mask)
            mask_bar = column_scale(mask) * (mask_bar - scaled * along)
        share_bar = np.where(mask > 0.0, mask_bar, 0.0)
        share_bar = share_bar - np.mean(share_bar, axis=0)
        gradient[f"flow_{layer}"] = shares_pull_back(market.squash, flow, share_bar) + market.flow * np.sign(flow)
    return gradient
