# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""What the figures of a sweep show: quantities, the values of keys, and points that share them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from numpy.typing import NDArray
from gbid import _ends, _style
from gbid._sweep import Sweep

FAILED = ("failed", "refused")
SOME_FAILED, NOT_RUN = "some_failed", "not_run"
FAILED_TRIALS = ("not_started", "failed")
DECADE = 10.0
WORD_ENDS = " =.,/[{(\""  # where names may be cut
EVEN = 1e-3  # steps that differ relatively by less are even: values are often rounded decimals

PRICE, GAP, WELFARE = "price_of_anarchy", "welfare_gap", "welfare"
TITLES = {PRICE: "Price of anarchy", GAP: "Welfare gap", WELFARE: "Welfare"}
LABELS = {
    PRICE: "Price of anarchy (1 is no loss)",
    GAP: "Welfare gap: best known \N{MINUS SIGN} each for itself (0 is no loss)",
    WELFARE: "Welfare (higher is better)",
}
NEUTRAL = {PRICE: 1.0, GAP: 0.0}


@dataclass(frozen=True)
class Quantity:
    """A quantity of one or more regimes.

    Attributes
    ----------
    kind : str
        ``price_of_anarchy``, ``welfare_gap`` or ``welfare``: its column in the table.
    columns : dict of str to str
        Regime -> column of the points.
    note : str
        What a reader must know; may be empty.
    """

    kind: str
    columns: dict[str, str]
    note: str = ""

    @property
    def title(self) -> str:
        return TITLES[self.kind]

    @property
    def label(self) -> str:
        return LABELS[self.kind]

    @property
    def neutral(self) -> float | None:
        """The value that means "no loss"."""
        return NEUTRAL.get(self.kind)

    @property
    def is_better_low(self) -> bool:
        return self.kind != WELFARE


@dataclass(frozen=True)
class Estimate:
    """A median over trials and its 95% interval; NaN where there is none."""

    value: float = np.nan
    low: float = np.nan
    high: float = np.nan


def anarchy(sweep: Sweep) -> Quantity:
    """What anarchy costs: the price where any point has one, otherwise the gap.

    A sweep without an equilibrium regime, or without anything to compare it with, has welfare.
    """
    prices, gaps = _columns(sweep, PRICE), _columns(sweep, GAP)
    if _any_known(sweep, prices):
        return Quantity(PRICE, prices)
    if _any_known(sweep, gaps):
        shares = sweep.points[[n for n in sweep.points if str(n).startswith("converged_share")]]
        has_converged = shares.empty or bool((shares > 0.0).any(axis=None))
        reason = "payoffs are not all positive" if has_converged else "no trial has converged"
        return Quantity(GAP, gaps, f"price of anarchy not defined: {reason}")
    if prices or gaps:
        return Quantity(PRICE, prices or gaps, "no point has a price of anarchy")
    note = "no price of anarchy: there is no competitive regime to compare"
    return Quantity(WELFARE, welfare(sweep).columns, note)


def welfare(sweep: Sweep) -> Quantity:
    """The end welfare of every regime."""
    columns = {name: f"{WELFARE}_{name}" for name in sweep.regimes}
    return Quantity(WELFARE, {n: column for n, column in columns.items() if column in sweep.points})


def _columns(sweep: Sweep, kind: str) -> dict[str, str]:
    """Regime -> column; the only equilibrium regime's column carries no suffix."""
    if kind not in sweep.points:
        return {n: f"{kind}_{n}" for n in sweep.regimes if f"{kind}_{n}" in sweep.points}
    return {regime: kind for regime in _competitive(sweep)[:1]}


def _competitive(sweep: Sweep) -> list[str]:
    """Regimes in which every agent maximises its own payoff; by the scenario if nothing was played."""
    rows = sweep.table
    played = rows.loc[rows["objective"] == "own_payoff", "regime"] if "objective" in rows else []
    planned = sweep.scenario.get("regimes", {})
    objectives = {name: planned.get(name, {}).get("objective") for name in sweep.regimes}
    wished = [name for name, objective in objectives.items() if objective == "own_payoff"]
    return list(dict.fromkeys(played)) or wished or sweep.regimes[-1:]


def _any_known(sweep: Sweep, columns: Mapping[str, str]) -> bool:
    return any(np.isfinite(sweep.points[column]).any() for column in columns.values())


def estimate(sweep: Sweep, quantity: Quantity, regime: str, points: pd.Index) -> Estimate:
    """Estimate at one point as the file has it; of several, over all their trials."""
    column = quantity.columns[regime]
    if len(points) == 1:
        row = sweep.points.loc[points[0]]
        return Estimate(*(float(row.get(column + end, np.nan)) for end in ("", "_low", "_high")))
    values = pooled(sweep, quantity, regime, points)
    if not values.size:
        return Estimate()
    interval = _ends.bootstrap_median(values)
    return Estimate(float(np.median(values)), *(interval or (np.nan, np.nan)))


def middle(sweep: Sweep, quantity: Quantity, regime: str, points: pd.Index) -> float:
    """The median alone, which is much faster than its interval where there are many cells."""
    if len(points) == 1:
        return float(sweep.points.at[points[0], quantity.columns[regime]])
    values = pooled(sweep, quantity, regime, points)
    return float(np.median(values)) if values.size else np.nan


def pooled(sweep: Sweep, quantity: Quantity, regime: str, points: pd.Index) -> _ends.Values:
    """Finite values over all trials of these points that count."""
    rows = sweep.table
    chosen = rows["point"].isin(points) & (rows["regime"] == regime)
    if "outcome" in rows:
        chosen &= ~rows["outcome"].isin(FAILED_TRIALS)
    values = rows.loc[chosen, quantity.kind].to_numpy(dtype=float)
    return np.asarray(values[np.isfinite(values)])


def varying(sweep: Sweep) -> list[str]:
    """The keys that take more than one value; the first key if none does."""
    return [key for key in sweep.keys if sweep.points[key].nunique() > 1] or sweep.keys[:1]


def is_text(sweep: Sweep, key: str) -> bool:
    return not pd.api.types.is_numeric_dtype(sweep.points[key])


def values_of(sweep: Sweep, key: str) -> list[Any]:
    """The values of a key: numbers ascending, texts in the order of the points."""
    values = list(dict.fromkeys(sweep.points[key].tolist()))
    return values if is_text(sweep, key) else sorted(values)


def at(sweep: Sweep, where: Mapping[str, Any]) -> pd.Index:
    """The points at which these keys have these values."""
    chosen = np.ones(len(sweep.points), dtype=bool)
    for key, value in where.items():
        chosen &= (sweep.points[key] == value).to_numpy()
    return sweep.points.index[chosen]


def scale(values: list[float]) -> str:
    """The axis that numbers ask for: ``linear``, ``log``, or ``symlog`` if they begin at zero.

    Logarithmic are numbers whose ratios are more uniform than their differences, and those that span
    more than a decade, unless their differences are even: 0.1, 0.2, ... 2.0 are not.
    """
    numbers = np.unique(np.asarray(values, dtype=float))
    positive = numbers[numbers > 0]
    if positive.size < 2 or numbers[0] < 0 or not np.isfinite(numbers).all():
        return "linear"
    differences, ratios = np.diff(positive), np.diff(np.log(positive))
    spans = positive[-1] > DECADE * positive[0]
    if numbers.size > positive.size:
        return "symlog" if spans and _unevenness(np.diff(numbers)) > EVEN else "linear"
    is_even = positive.size > 2 and _unevenness(differences) < EVEN
    more_even = positive.size > 2 and _unevenness(ratios) < _unevenness(differences)
    return "log" if not is_even and (spans or more_even) else "linear"


def _unevenness(steps: NDArray[Any]) -> float:
    return float(steps.std() / steps.mean())


def name_of(value: Any) -> str:
    """A value as it is written beside an axis."""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def names_of(values: list[Any], limit: int) -> list[str]:
    """Values as they are written where so many letters have room, distinct if possible."""
    names = [name_of(value) for value in values]
    if len(set(names)) < len(set(values)):
        names = [str(value) for value in values]  # numbers that differ beyond six digits
    if len(names) > 1 and max(map(len, names)) > limit:
        prefix = os.path.commonprefix(names)
        begin = max(prefix.rfind(letter) for letter in WORD_ENDS) + 1
        if begin > 1:  # what all have in common says nothing
            names = ["\N{HORIZONTAL ELLIPSIS}" + name[begin:] for name in names]
    return [_style.shortened(name, limit) for name in names]


def short_names(keys: list[str]) -> dict[str, str]:
    """Key -> its last words, as many as distinguish it from the others."""
    short = {}
    for key in keys:
        words = key.split(".")
        tails = [".".join(words[-count:]) for count in range(1, len(words) + 1)]
        others = [other for other in keys if other != key]
        unique = (t for t in tails if not any(("." + other).endswith("." + t) for other in others))
        short[key] = next(unique, key)
    return short


def units(sweep: Sweep, column: str) -> str:
    """Units in brackets, with a space before; empty if there are none."""
    found = str(sweep.summary[column].attrs.get("units", "1")) if column in sweep.summary else "1"
    return "" if found in ("1", "") else f" [{found}]"


def label_of(sweep: Sweep, key: str) -> str:
    """A key as the label of an axis: as the user writes it."""
    return _style.shortened(key, 60) + units(sweep, key)


def count_of(count: int, what: str) -> str:
    return f"{count} {what}" + ("s" if count != 1 else "")
