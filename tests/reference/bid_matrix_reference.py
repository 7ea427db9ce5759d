# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""The bid-matrix market in plain NumPy: every forward variable and its gradient, as slowly and as readably as possible.

This is the judge of the engine, so it shares nothing with it: the inverse comes from LAPACK, and every gradient
from one reverse pass that follows the forward pass line by line (`pull_back`), never from a closed form.

Row i belongs to agent i. Shapes: raw, bids, mask, interranking (agent x counterpart); everything else (agent).
The arithmetic has the precision of `raw`: float64 as a rule, long double to measure how fast rounding grows.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Mapping, Optional, Union

import numpy as np

Coefficient = Union[float, str]  # a number, or "alpha" / "one_minus_alpha"
HARD_SLOPE = 10.0  # slope of the hard mask, clip(10 relu(x), 0, 1)
RELU6_TOP = 6.0


@dataclass(frozen=True)
class Market:
    """How bids become payoffs; the names are those of the scenario files."""

    squash: str  # sigmoid | clip
    shift: str  # row_mean | column_mean
    mask: str  # relu | hard | sigmoid | relu6
    utility: str  # linear | quadratic
    utility_scaled_by_alpha: bool = False
    ranking_source: Optional[str] = None  # bids | interranking
    ranking_normalise: str = "l1"  # l1 | minmax | softmax
    ranking_offset: float = 0.0
    divergence_source: Optional[str] = None  # bids | interranking
    divergence_form: str = "cross_entropy"  # cross_entropy | softmax
    payoff: Mapping[str, Coefficient] = field(default_factory=dict)

    @property
    def has_interranking(self) -> bool:
        return "interranking" in (self.ranking_source, self.divergence_source) or "emission" in self.payoff


@dataclass(frozen=True)
class Inputs:
    """What nature draws. contribution (n, n) for a linear utility, hessians (n, n, n) for a quadratic one."""

    alpha: np.ndarray
    contribution: Optional[np.ndarray] = None
    hessians: Optional[np.ndarray] = None


State = dict  # name -> array, everything one forward pass computes


def coefficient(market: Market, inputs: Inputs, term: str) -> np.ndarray:
    """The weight of a term in each agent's payoff, zero where the payoff does not name it. Shape (n,)."""
    value = market.payoff.get(term, 0.0)
    if value == "alpha":
        return inputs.alpha
    if value == "one_minus_alpha":
        return 1.0 - inputs.alpha
    return np.full(inputs.alpha.shape, float(value))


def inverse(matrix: np.ndarray) -> np.ndarray:
    """LAPACK in float64. LAPACK has no long double: there Gauss-Jordan, which an M-matrix takes without pivoting."""
    if matrix.dtype == np.float64:
        return np.linalg.inv(matrix)
    n = len(matrix)
    both = np.concatenate([matrix, np.eye(n, dtype=matrix.dtype)], axis=1)
    for k in range(n):
        both[k] = both[k] / both[k, k]
        for i in range(n):
            if i != k:
                both[i] = both[i] - both[i, k] * both[k]
    return both[:, n:]


# --- the pieces: each value beside its derivative at kinks ---------------------------------------------------------


def squash(kind: str, raw: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-raw)) if kind == "sigmoid" else np.clip(raw, 0.0, 1.0)


def squash_slope(kind: str, raw: np.ndarray) -> np.ndarray:
    """The clip has slope 1 on the CLOSED interval."""
    if kind == "sigmoid":
        s = squash(kind, raw)
        return s * (1.0 - s)
    return ((raw >= 0.0) & (raw <= 1.0)).astype(raw.dtype)


def mask(kind: str, x: np.ndarray) -> np.ndarray:
    if kind == "sigmoid":
        return 1.0 / (1.0 + np.exp(-x))
    relu = np.maximum(x, 0.0)
    if kind == "hard":
        return np.clip(HARD_SLOPE * relu, 0.0, 1.0)
    return np.minimum(relu, RELU6_TOP) if kind == "relu6" else relu


def mask_slope(kind: str, x: np.ndarray) -> np.ndarray:
    """relu'(0) = 0; relu6 is flat at 0 and at 6; the hard mask's clip has slope 1 where 10 relu(x) = 1."""
    if kind == "sigmoid":
        m = mask(kind, x)
        return m * (1.0 - m)
    rising = x > 0.0
    if kind == "hard":
        return HARD_SLOPE * (rising & (HARD_SLOPE * x <= 1.0)).astype(x.dtype)
    if kind == "relu6":
        rising = rising & (x < RELU6_TOP)
    return rising.astype(x.dtype)


def softmax(x: np.ndarray) -> np.ndarray:
    e = np.exp(x - np.max(x))
    return e / np.sum(e)


def softmax_pull_back(value: np.ndarray, bar: np.ndarray) -> np.ndarray:
    return value * (bar - np.dot(value, bar))


def l1(x: np.ndarray) -> np.ndarray:
    return x / np.sum(np.abs(x))


def l1_pull_back(x: np.ndarray, bar: np.ndarray) -> np.ndarray:
    norm = np.sum(np.abs(x))
    return bar / norm - np.sign(x) * np.dot(bar, x) / norm**2


def minmax(c: np.ndarray) -> np.ndarray:
    return (c - np.min(c)) / (np.max(c) - np.min(c))


def minmax_pull_back(c: np.ndarray, bar: np.ndarray) -> np.ndarray:
    """min and max share what they receive evenly among ties."""
    span = np.max(c) - np.min(c)
    span_bar = -np.dot(bar, c - np.min(c)) / span**2
    low_bar = -np.sum(bar) / span - span_bar
    is_low, is_high = c == np.min(c), c == np.max(c)
    return bar / span + low_bar * is_low / np.sum(is_low) + span_bar * is_high / np.sum(is_high)


def rank(kind: str, column_sums: np.ndarray) -> np.ndarray:
    if kind == "softmax":
        return softmax(column_sums)
    return l1(minmax(column_sums)) if kind == "minmax" else l1(column_sums)


def rank_pull_back(kind: str, column_sums: np.ndarray, bar: np.ndarray) -> np.ndarray:
    if kind == "softmax":
        return softmax_pull_back(softmax(column_sums), bar)
    if kind == "minmax":
        return minmax_pull_back(column_sums, l1_pull_back(minmax(column_sums), bar))
    return l1_pull_back(column_sums, bar)


# --- forward -------------------------------------------------------------------------------------------------------


def forward(market: Market, inputs: Inputs, raw: np.ndarray) -> State:
    """All variables of the market at these raw bids."""
    n = len(raw)
    state: State = {"raw_bids": raw}

    # 1. Bids: squashed, then every row sums to one.
    s = squash(market.squash, raw)
    state["squashed"] = s
    state["row_norm"] = np.sum(np.abs(s), axis=1, keepdims=True)
    bids = s / state["row_norm"]
    state["bids"] = bids
    state["price"] = np.mean(bids, axis=0)
    state["self_bid"] = np.diagonal(bids).copy()

    # 2. Mask. The mean of a row is 1/n whatever the bids are: a constant without gradient.
    state["shifted"] = bids - (state["price"] if market.shift == "column_mean" else 1.0 / n)
    state["mask"] = mask(market.mask, state["shifted"])
    state["mask_density"] = np.count_nonzero(state["mask"]) / n**2

    # 3. Utility.
    if market.utility == "linear":
        utility = np.sum(inputs.contribution * state["mask"], axis=1)
    else:
        utility = 0.5 * np.einsum("ik,ikl,il->i", state["mask"], inputs.hessians, state["mask"])
        if market.utility_scaled_by_alpha:
            utility = inputs.alpha * utility
    state["utility"] = utility
    state["mean_utility"] = np.mean(utility)

    # 4. Inter-ranking: expected visits of the walk that is absorbed where agents keep their own bid.
    if market.has_interranking:
        state["visits"] = inverse(np.eye(n, dtype=raw.dtype) - bids + np.diag(np.diagonal(bids)))
        state["visit_norm"] = np.sum(np.abs(state["visits"]), axis=1, keepdims=True)
        state["interranking"] = state["visits"] / state["visit_norm"]
        state["emission"] = np.diagonal(state["interranking"]) * state["self_bid"]

    # 5. Ranking.
    if market.ranking_source is not None:
        sums = np.sum(state[market.ranking_source], axis=0)
        state["column_sums"] = sums
        with np.errstate(invalid="ignore"):
            state["ranking"] = rank(market.ranking_normalise, sums) + market.ranking_offset
            state["weighted_ranking"] = l1(minmax(sums) * (1.0 - inputs.alpha)) + market.ranking_offset

    # 6. Divergence from the mean row; "softmax" is taken over the agents. A bid of exactly zero makes it undefined.
    if market.divergence_source is not None:
        rows = state[market.divergence_source]
        with np.errstate(divide="ignore", invalid="ignore"):
            entropy = -np.sum(np.mean(rows, axis=0) * np.log(rows), axis=1)
            state["cross_entropy"] = entropy
            if market.divergence_form == "cross_entropy":
                state["divergence"] = entropy
            elif np.all(np.isfinite(entropy)):
                state["divergence"] = softmax(entropy)
            else:
                state["divergence"] = np.full(n, np.nan, dtype=raw.dtype)

    # 7. Payoff.
    state["payoff"] = sum(coefficient(market, inputs, term) * state[term] for term in market.payoff)
    state["welfare"] = np.mean(state["payoff"])
    return state


# --- reverse -------------------------------------------------------------------------------------------------------


def pull_back(
    market: Market, inputs: Inputs, state: State, payoff_bar: np.ndarray, utility_bar: np.ndarray
) -> np.ndarray:
    """Gradient of sum_i (payoff_bar_i P_i + utility_bar_i U_i) with respect to the raw bids. Shape (n, n)."""
    bids = state["bids"]
    n = len(bids)
    bids_bar = np.zeros_like(bids)
    bars = {term: payoff_bar * coefficient(market, inputs, term) for term in market.payoff}

    # 3. Utility -> mask -> bids. The column mean hands every row its share.
    through_utility = bars.get("utility", 0.0) + utility_bar
    if market.utility == "linear":
        mask_bar = through_utility[:, None] * inputs.contribution
    else:
        if market.utility_scaled_by_alpha:
            through_utility = through_utility * inputs.alpha
        symmetric = inputs.hessians + np.swapaxes(inputs.hessians, 1, 2)
        mask_bar = 0.5 * through_utility[:, None] * np.einsum("ikl,il->ik", symmetric, state["mask"])
    shifted_bar = mask_bar * mask_slope(market.mask, state["shifted"])
    bids_bar += shifted_bar
    if market.shift == "column_mean":
        bids_bar -= np.mean(shifted_bar, axis=0)

    # 4-6. Ranking, divergence and emission end in the bids, the inter-ranking or both.
    rows_bar = {"bids": bids_bar, "interranking": np.zeros_like(bids)}
    if "ranking" in bars:
        rows_bar[market.ranking_source] += rank_pull_back(
            market.ranking_normalise, state["column_sums"], bars["ranking"]
        )
    if "divergence" in bars:
        rows_bar[market.divergence_source] += divergence_pull_back(market, state, bars["divergence"])
    if "emission" in bars:
        bids_bar[np.diag_indices(n)] += bars["emission"] * np.diagonal(state["interranking"])
        rows_bar["interranking"][np.diag_indices(n)] += bars["emission"] * state["self_bid"]
    if market.has_interranking:
        bids_bar += interranking_pull_back(state, rows_bar["interranking"])

    # 1. Row normalisation with |s|, sign(0) = 0; then the squash.
    inner = np.sum(bids_bar * bids, axis=1, keepdims=True)
    squashed_bar = (bids_bar - np.sign(state["squashed"]) * inner) / state["row_norm"]
    return squashed_bar * squash_slope(market.squash, state["raw_bids"])


def divergence_pull_back(market: Market, state: State, bar: np.ndarray) -> np.ndarray:
    """Through - sum_j xbar_j log X_ij (and the softmax over agents), to the rows X."""
    if market.divergence_form == "softmax":
        bar = softmax_pull_back(state["divergence"], bar)
    rows = state[market.divergence_source]
    through_log = -bar[:, None] * np.mean(rows, axis=0) / rows
    through_mean = -np.sum(bar[:, None] * np.log(rows), axis=0) / len(rows)
    return through_log + through_mean


def interranking_pull_back(state: State, interranking_bar: np.ndarray) -> np.ndarray:
    """Through the row normalisation and the inverse of I - W + diag W, whose diagonal does not see W."""
    visits, norm = state["visits"], state["visit_norm"]
    inner = np.sum(interranking_bar * state["interranking"], axis=1, keepdims=True)
    visits_bar = (interranking_bar - np.sign(visits) * inner) / norm
    bids_bar = visits.T @ visits_bar @ visits.T
    np.fill_diagonal(bids_bar, 0.0)
    return bids_bar


OBJECTIVES = ("own_payoff", "mean_payoff", "mean_utility")


def gradient(
    market: Market, inputs: Inputs, raw: np.ndarray, objective: str, mover: Optional[int] = None
) -> np.ndarray:
    """Row i: the gradient of what agent i climbs with respect to its own raw bids. Only the mover's row if one moves.

    own_payoff costs one reverse pass per agent and keeps one row of each: slow, and beyond doubt.
    """
    state = forward(market, inputs, raw)
    n = len(raw)
    nothing, evenly = np.zeros(n, dtype=raw.dtype), np.full(n, 1.0, dtype=raw.dtype) / n
    rows = range(n) if mover is None else [mover]
    if objective == "mean_payoff":
        everything = pull_back(market, inputs, state, evenly, nothing)
    elif objective == "mean_utility":
        everything = pull_back(market, inputs, state, nothing, evenly)
    else:
        everything = np.zeros_like(raw)
        for i in rows:
            only_i = nothing.copy()
            only_i[i] = 1.0
            everything[i] = pull_back(market, inputs, state, only_i, nothing)[i]
    result = np.zeros_like(raw)
    result[list(rows)] = everything[list(rows)]
    return result
