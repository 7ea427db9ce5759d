# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""End points of a run's regimes: what the distribution panel shows.

The engine's analysis writes the same numbers into /summary; they are recomputed here only for files
that have none, by the same definitions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from gbid._load import Run

WINDOW_SHARE = 0.1  # of the recorded steps, as in the engine's analysis
RESAMPLES = 2000
MOST_VALUES = 1 << 20  # redrawn at a time
ANARCHY = "What anarchy costs, per trial"
SETTLED_OUTCOME = 2
FAILED_OUTCOMES = (0, 3)  # not_started, failed

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Distribution:
    """Values over trials, one row per name, and what they are.

    Attributes
    ----------
    title : str
        For the panel.
    rows : dict of str to array
        Name -> finite values, possibly none.
    label : str
        For the axis.
    note : str
        What a reader must know; may be empty.
    neutral : float or None
        The value that means "no loss".
    """

    title: str
    rows: dict[str, Values]
    label: str
    note: str
    neutral: float | None


def counted_trials(dataset: xr.Dataset) -> NDArray[np.bool_]:
    """Trials that neither failed nor were left unstarted."""
    if "outcome" not in dataset:
        return np.ones(dataset.sizes["trial"], dtype=bool)
    return ~np.isin(dataset.outcome.values, FAILED_OUTCOMES)


def settled_trials(dataset: xr.Dataset) -> NDArray[np.bool_]:
    """Trials that ended because they had settled."""
    if "outcome" not in dataset:
        return np.zeros(dataset.sizes["trial"], dtype=bool)
    return np.asarray(dataset.outcome.values == SETTLED_OUTCOME)


def common_trial(run: Run, names: list[str]) -> int:
    """The first trial that counts in all these regimes; the first of all if there is none."""
    counted = [counted_trials(run[name]) for name in names]
    shortest = min(map(len, counted))
    common = np.flatnonzero(np.all([c[:shortest] for c in counted], axis=0))
    return int(common[0]) if common.size else 0


def end_welfare(dataset: xr.Dataset) -> Values:
    """Mean welfare (trial) over the last window of each trial; NaN where it does not count."""
    welfare = dataset.welfare.transpose("trial", "step").values
    ends = np.full(len(welfare), np.nan)
    for trial in np.flatnonzero(counted_trials(dataset)):
        known = np.flatnonzero(~np.isnan(welfare[trial]))
        if known.size == 0:
            continue
        end = known[-1] + 1
        length = max(1, int(np.ceil(WINDOW_SHARE * end)))
        ends[trial] = np.nanmean(welfare[trial, end - length : end])
    return ends


def bootstrap_median(values: Values, seed: int = 1) -> tuple[float, float] | None:
    """95% percentile bootstrap interval of the median; None for fewer than two values."""
    if len(values) < 2:
        return None
    random = np.random.default_rng(seed)
    block = max(1, MOST_VALUES // len(values))
    medians = [
        np.median(values[random.integers(len(values), size=(count, len(values)))], axis=1)
        for count in np.diff([*range(0, RESAMPLES, block), RESAMPLES])
    ]
    low, high = np.quantile(np.concatenate(medians), [0.025, 0.975])
    return float(low), float(high)


def anarchy(run: Run) -> Distribution:
    """What anarchy costs, per trial and equilibrium regime.

    The price of anarchy (best known / equilibrium welfare) where it is defined in every trial that
    counts, that is where welfare is positive, or minus a cost that is (equilibrium / best known
    cost); otherwise the welfare gap. Without an equilibrium
    regime (objective own_payoff), the end welfare of every regime.
    """
    ends = {name: end_welfare(dataset) for name, dataset in run.items() if "welfare" in dataset}
    equilibria = [name for name in ends if run[name].attrs.get("objective") == "own_payoff"]
    if not equilibria or len(ends) < 2:
        rows = {name: _finite(values) for name, values in ends.items()}
        label = "End welfare (higher is better)"
        return Distribution("Where the trials ended", rows, label, "", None)

    best = _best_known(run, ends)
    against = {name: _from_summary(run, "welfare_gap", name, equilibria) for name in equilibria}
    gaps = {n: best - ends[n] if v is None else v for n, v in against.items()}
    known = [_finite(ends[name]) for name in equilibria]
    is_cost = all(run[name].attrs.get("welfare_sign") == "cost" for name in equilibria)
    is_defined = all(values.size and np.all(values < 0 if is_cost else values > 0) for values in known)
    if is_defined:
        prices = {name: _prices(run, name, equilibria, gaps[name], ends[name], is_cost) for name in equilibria}
        rows = {name: _finite(values) for name, values in prices.items()}
        label = "cost each for itself / best known cost" if is_cost else "best known / each for itself"
        if any(values.size for values in rows.values()):
            missing = sum(np.isfinite(ends[n]).sum() - rows[n].size for n in equilibria)
            note = f"{missing} trials left out: not converged" if missing else ""
            return Distribution(ANARCHY, rows, f"Price of anarchy: {label} (1 is no loss)", note, 1.0)
    label = "Welfare gap: best known \N{MINUS SIGN} each for itself (0 is no loss)"
    note = "no trial has converged: not a price of anarchy"
    if not is_defined:
        note = "price of anarchy not defined: payoffs are not all positive"
    rows = {name: _finite(values) for name, values in gaps.items()}
    return Distribution(ANARCHY, rows, label, note, 0.0)


def _prices(run: Run, regime: str, equilibria: list[str], gap: Values, end: Values, is_cost: bool) -> Values:
    """The file's own prices of anarchy, which leave out trials that have not converged; else best known by end."""
    recorded = _from_summary(run, "price_of_anarchy", regime, equilibria)
    if recorded is not None:
        return recorded
    return end / (gap + end) if is_cost else (gap + end) / end


def _best_known(run: Run, ends: dict[str, Values]) -> Values:
    """Best welfare of any regime, per trial, or over all trials where they share one game."""
    table = np.stack(list(ends.values()))
    if any(run[name].attrs.get("shared_game") == "true" for name in ends):
        known = _finite(table)
        return np.full(table.shape[1], known.max() if known.size else np.nan)
    filled = np.where(np.isnan(table), -np.inf, table).max(axis=0)
    return np.where(np.isneginf(filled), np.nan, filled)


def _from_summary(run: Run, name: str, regime: str, equilibria: list[str]) -> Values | None:
    """A variable of the file's own summary, suffixed by the regime if there are several."""
    key = name if len(equilibria) == 1 else f"{name}_{regime}"
    if run.summary is None or key not in run.summary:
        return None
    return np.asarray(run.summary[key].values, dtype=float)


def _finite(values: Values) -> Values:
    return np.asarray(values[np.isfinite(values)])
