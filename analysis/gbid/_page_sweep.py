# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""What the page about a sweep shows, as plain values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gbid import _page_run
from gbid import _sweep_values as sv
from gbid._sweep import Sweep, load_sweep

MOST_POINTS = 2000  # in the table
MOST_PATHS = 200  # points whose trajectories are on the page
PATH_RECORDS = 60
ROUNDING = 1e-9  # relative: welfare of equal ends differs by less


def data(path: Path) -> dict[str, Any]:
    """Everything on the page of a sweep."""
    with load_sweep(path) as sweep:
        thinned: list[str] = []
        gaps = sv.Quantity(sv.GAP, sv._columns(sweep, sv.GAP))
        shown_first = sv.anarchy(sweep)
        quantities = [shown_first, *([gaps] if shown_first.kind == sv.PRICE and gaps.columns else []), sv.welfare(sweep)]
        shown = sweep.points.index[:MOST_POINTS]
        _page_run._say(thinned, f"the first {MOST_POINTS} of {len(sweep.points)} points", len(shown) < len(sweep.points))
        return {
            "kind": "sweep",
            "title": sweep.title,
            "status": sweep.status,
            "keys": sv.varying(sweep),
            "regimes": sweep.regimes,
            "quantities": [_columns(each) for each in quantities],
            "points": _points(sweep, shown),
            "paths": _paths(sweep, shown, thinned),
            "about": _page_run.about(sweep),
            "thinned": thinned,
        }


def _columns(quantity: sv.Quantity) -> dict[str, Any]:
    return {"title": quantity.title, "label": quantity.label, "note": quantity.note, "neutral": quantity.neutral, "columns": quantity.columns}


def _points(sweep: Sweep, shown: pd.Index) -> list[dict[str, Any]]:
    reasons = unquotable(sweep)
    left_out = ("shape", "place", "seed")
    rows = sweep.points.loc[shown].drop(columns=[n for n in left_out if n in sweep.points])
    return [{"point": int(number), "reasons": reasons[number], **row} for number, row in zip(shown, rows.to_dict("records"), strict=True)]


def unquotable(sweep: Sweep) -> dict[int, list[str]]:
    """Point -> why its numbers may not be quoted; an empty list where they may.

    Failed, not settled, a planner that ended below selfish agents, or ends without a certificate that
    they pass: as for a run, from the table of trials.
    """
    reasons: dict[int, list[str]] = {}
    by_point = dict(tuple(sweep.table.groupby("point", sort=False)))
    tolerances = _tolerances(sweep)
    for number, row in sweep.points.iterrows():
        found: list[str] = []
        if row["status"] != "complete":
            found.append(str(row["status"]).replace("_", " ") + (f": {row['message']}" if row["message"] else ""))
        trials = by_point.get(number)
        if trials is not None:
            found += _reasons(trials, tolerances.get(int(row["shape"]), {}))
        reasons[int(number)] = found
    return reasons


def _tolerances(sweep: Sweep) -> dict[int, dict[str, float]]:
    """Shape -> regime -> largest relative gain of an equilibrium."""
    return {
        shape: {name: float(dataset.attrs.get("certificate_tolerance", "nan")) for name, dataset in sweep.stacked(shape).items()}
        for shape in sweep.shapes
    }


def _reasons(trials: pd.DataFrame, tolerances: dict[str, float]) -> list[str]:
    found = []
    planners = trials[trials["objective"].isin(["mean_payoff", "mean_utility"])]
    best = planners.groupby("trial")["welfare"].max()
    for regime, rows in trials.groupby("regime", sort=False):
        moving = int((rows["settled"] != "yes").sum())
        if moving:
            found.append(f"{regime} has not settled in {moving} of {len(rows)} trials")
        if rows["objective"].iloc[0] != "own_payoff":
            continue
        welfare = rows.set_index("trial")["welfare"]
        planned = best.reindex(welfare.index)
        scale = np.maximum(welfare.abs(), planned.abs())
        below = int((welfare > planned + ROUNDING * scale).sum())
        if below:
            found.append(f"the planner ended below {regime} in {below} of {len(rows)} trials")
        gains = rows["relative_gain"] if "relative_gain" in rows else pd.Series(np.nan, rows.index)
        passed = int((gains <= tolerances.get(str(regime), np.nan)).sum())
        if passed < len(rows):
            what = "have no certificate" if gains.isna().all() else "are not certified equilibria"
            found.append(f"{len(rows) - passed} of {len(rows)} ends of {regime} {what}")
    return found


def _paths(sweep: Sweep, shown: pd.Index, thinned: list[str]) -> dict[str, Any]:
    """Point -> trajectories of welfare."""
    recorded = [number for number in shown if sweep.points.at[number, "shape"] >= 0]
    _page_run._say(thinned, f"trajectories of the first {MOST_PATHS} points", len(recorded) > MOST_PATHS)
    thinned.append(f"trajectories have at most {PATH_RECORDS} records each")
    return {str(number): _page_run.series(sweep.trajectories(number), "welfare", PATH_RECORDS) for number in recorded[:MOST_PATHS]}
