# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""What the head of a sweep's page says in words."""

from __future__ import annotations

from gbid import _style
from gbid import _sweep_marks as marks
from gbid import _sweep_values as sv
from gbid._sweep import Sweep

DOT = " \N{MIDDLE DOT} "
MOST_VALUE = 30  # letters of a value that all points have


def facts(sweep: Sweep) -> list[str]:
    """What was swept, and how many points there are and how they went: two lines."""
    return [_what_varies(sweep), DOT.join(_counts(sweep))]


def caveats(sweep: Sweep, multiples: int, most_prices: int) -> list[str]:
    """What a reader must know, as one line or none.

    Parameters
    ----------
    sweep : Sweep
        The sweep.
    multiples : int
        How many values of the third key are drawn.
    most_prices : int
        Of how many competitive regimes two keys have heat maps.

    Returns
    -------
    list of str
        Empty, or one line.
    """
    notes = [*_pooling(sweep, multiples, most_prices), *_unsettled(sweep)]
    return [DOT.join(notes)] if notes else []


def _what_varies(sweep: Sweep) -> str:
    parts = []
    for key in sweep.keys:
        values = sv.values_of(sweep, key)
        if len(values) == 1:
            parts.append(f"{key} = {_style.shortened(sv.name_of(values[0]), MOST_VALUE)}")
        elif sv.is_text(sweep, key):
            parts.append(f"{key}: {len(values)} values")
        else:
            span = f"{sv.name_of(values[0])} to {sv.name_of(values[-1])}"
            parts.append(f"{key}: {len(values)} values, {span}")
    return "Swept: " + DOT.join(parts)


def _counts(sweep: Sweep) -> list[str]:
    everything = sweep.points.index
    parts = [sv.count_of(len(everything), "point")]
    found = marks.by_status(sweep, everything)
    if list(found) != ["complete"]:
        parts += [f"{len(points)} {name}" for name, points in found.items()]
    trials_of = sweep.points["trials"].loc[marks.played(sweep)] if "trials" in sweep.points else []
    if len(trials_of):
        least, most = int(trials_of.min()), int(trials_of.max())
        trials = sv.count_of(most, "trial")
        parts.append(f"{trials} each" if least == most else f"{least} to {trials}")
        if most > 1:
            parts.append("medians over trials with their 95% intervals")
        else:
            parts.append("no intervals: they need more than one trial")
    return parts


def _pooling(sweep: Sweep, multiples: int, most_prices: int) -> list[str]:
    """What three keys and a few panels cannot show."""
    notes = []
    keys = sv.varying(sweep)
    if len(keys) > 3:
        notes.append(f"Pooled over {', '.join(keys[3:])}")
    if multiples and multiples < len(values := sv.values_of(sweep, keys[2])):
        notes.append(f"{multiples} of {len(values)} values of {keys[2]} are drawn")
    quantity = sv.anarchy(sweep)
    equilibria = list(quantity.columns)
    shown = {1: len(equilibria), 2: most_prices}.get(len(keys), 1)
    if len(equilibria) > shown:
        names = ", ".join(equilibria[:shown])
        notes.append(f"{quantity.title} of {names} alone is drawn")
    if quantity.note and len(keys) > 1:
        notes.append(quantity.note[:1].upper() + quantity.note[1:])
    return notes


def _unsettled(sweep: Sweep) -> list[str]:
    count = len(marks.unsettled(sweep))
    played = len(marks.played(sweep))
    if not count:
        return []
    where = f"At {count} of {sv.count_of(played, 'point')}" if played > 1 else "Here"
    return [f"{where} some trials had not settled: values may still move"]
