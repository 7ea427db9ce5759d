# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Points without a value, and why: how they are distinguished, counted and marked."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from gbid import _style
from gbid import _sweep_values as sv
from gbid._sweep import Sweep

KNOWN, SOME_FAILED, FAILED = "known", "some_failed", "failed"
NOT_RUN, UNDEFINED, ABSENT = "not_run", "undefined", "absent"
UNQUOTABLE = "unquotable"  # has a value that may not be quoted
STATUSES = ("complete", "some_failed", "failed", "refused", "not_run")  # as they are counted
PALE_ALARM, PALE = "#fbe7da", "#efefef"


class Mark(NamedTuple):
    """How a state is marked in curves (marker, stroke) and in heat maps (hatch on a face)."""

    marker: str
    color: str
    stroke: float
    hatch: str
    face: str


MARKS = {
    FAILED: Mark("x", _style.ALARM, 2.5, "xxx", PALE_ALARM),
    SOME_FAILED: Mark("^", _style.ALARM, 1.5, "", "none"),
    UNQUOTABLE: Mark("o", _style.INK, 1.2, "", "none"),
    NOT_RUN: Mark("o", _style.MUTED, 1.5, "..", "white"),
    UNDEFINED: Mark("D", _style.MUTED, 1.5, "////", PALE),
}


def state(sweep: Sweep, points: pd.Index, is_known: bool) -> str:
    """What to say of points that share a place, given whether there is a value to show."""
    if len(points) == 0:
        return ABSENT
    statuses = set(sweep.points["status"].loc[points])
    if is_known:
        if statuses & {*sv.FAILED, sv.SOME_FAILED}:
            return SOME_FAILED
        return KNOWN if len(points.difference(sweep.quotable)) == 0 else UNQUOTABLE
    if statuses & set(sv.FAILED):
        return FAILED
    return NOT_RUN if sv.NOT_RUN in statuses else UNDEFINED


def label(sweep: Sweep, quantity: sv.Quantity, what: str) -> str:
    """What a mark stands for and how many points of the sweep it is about."""
    status = sweep.points["status"]
    if what == UNDEFINED:
        count = len(undefined(sweep, quantity))
        return f"{quantity.title.lower()} not defined: {sv.count_of(count, 'point')}"
    if what == UNQUOTABLE:
        count = len(played(sweep).difference(sweep.quotable))
        return f"not to be quoted: {sv.count_of(count, 'point')}"
    states, text = {
        FAILED: (sv.FAILED, "failed or refused"),
        SOME_FAILED: ((sv.SOME_FAILED,), "some trials failed"),
        NOT_RUN: ((sv.NOT_RUN,), "not run"),
    }[what]
    count = int(status.isin(states).sum())
    if what == SOME_FAILED and count == 0:
        return "pooled with failed points"
    return f"{text}: {sv.count_of(count, 'point')}"


def by_status(sweep: Sweep, points: pd.Index) -> dict[str, pd.Index]:
    """Status in words -> those of the points that have it; none is empty."""
    status = sweep.points["status"].loc[points]
    names = dict.fromkeys([*STATUSES, *map(str, status.unique())])
    found = {name.replace("_", " "): points[(status == name).to_numpy()] for name in names}
    return {name: members for name, members in found.items() if len(members)}


def played(sweep: Sweep) -> pd.Index:
    """Points that have at least some trials to show."""
    return sweep.points.index[~sweep.points["status"].isin([*sv.FAILED, sv.NOT_RUN])]


def undefined(sweep: Sweep, quantity: sv.Quantity) -> pd.Index:
    """Points that were played and have no value in some regime."""
    columns = list(quantity.columns.values())
    is_known = np.isfinite(sweep.points[columns].to_numpy(dtype=float)).all(axis=1)
    return sweep.points.index[~is_known].intersection(played(sweep))


def unsettled(sweep: Sweep) -> pd.Index:
    """Points at which some trial that counts had not settled."""
    shares = sweep.points[[n for n in sweep.points if str(n).startswith("settled_share_")]]
    return sweep.points.index[(shares < 1.0).any(axis=1)]
