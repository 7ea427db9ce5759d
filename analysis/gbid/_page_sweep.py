# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""What the page about a sweep shows, as plain values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from gbid import _page_run
from gbid import _sweep_values as sv
from gbid._sweep import Sweep, load_sweep

MOST_POINTS = 2000  # in the table
MOST_PATHS = 200  # points whose trajectories are on the page
PATH_RECORDS = 60


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
    left_out = ("shape", "place", "seed", "obstacles", "cures")
    rows = sweep.points.loc[shown].drop(columns=[n for n in left_out if n in sweep.points])
    return [{"point": int(number), "reasons": sweep.obstacles(number), **row} for number, row in zip(shown, rows.to_dict("records"), strict=True)]


def _paths(sweep: Sweep, shown: pd.Index, thinned: list[str]) -> dict[str, Any]:
    """Point -> trajectories of welfare."""
    recorded = [number for number in shown if sweep.points.at[number, "shape"] >= 0]
    _page_run._say(thinned, f"trajectories of the first {MOST_PATHS} points", len(recorded) > MOST_PATHS)
    thinned.append(f"trajectories have at most {PATH_RECORDS} records each")
    return {str(number): _page_run.series(sweep.trajectories(number), "welfare", PATH_RECORDS) for number in recorded[:MOST_PATHS]}
