# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Read a sweep's file: tables of what came out, and the trajectories of every point."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import Any

import h5py
import numpy as np
import pandas as pd
import xarray as xr

from gbid import _file

TEXT_OF_A_POINT = "scenario_toml"  # long: in `summary` alone
OBSTACLES = "obstacles"  # why a point may not be quoted, one a line
IDENTIFIERS = ("point", "trial", "regime")  # the first columns of the table


class Sweep(_file.GbidFile):
    """A sweep: one scenario played at many points, which differ in the values of some keys.

    The tables are in memory; trajectories are read when they are first used, so keep the sweep
    open until then: use it as a context manager, or call `close`.

    Attributes
    ----------
    path : pathlib.Path
        The file.
    attributes : dict
        Attributes of the file: ``seed``, ``status``, ``title``, ``gbid_version`` and so on.
    scenario : dict
        The scenario that the points vary, as TOML tables.
    keys : list of str
        The keys that vary, such as ``market.agents``, in the user's order.
    points : pandas.DataFrame
        One row per point, its number as the index: the keys, how it went, and estimates over its
        trials (``price_of_anarchy``, ``welfare_competitive`` ...), each with the bounds of a 95%
        interval (``_low``, ``_high``).
    quotable : pandas.Index
        Numbers of the points that may be quoted: settled, certified, planners above.
    table : pandas.DataFrame
        One row per point, trial and regime.
    summary : xarray.Dataset
        What `points` was made of, with long names and units, and every point's scenario.
    """

    def __init__(
        self, root: _file.Root, summary: xr.Dataset, table: pd.DataFrame, resources: ExitStack
    ) -> None:
        super().__init__(root, resources)
        self.summary = summary
        self.keys = swept_keys(root, summary)
        self.points = _points(root, summary, self.keys)
        may_be_quoted = [not self.obstacles(point) for point in self.points.index]
        self.quotable = self.points.index[may_be_quoted]
        others = [name for name in table if name not in (*IDENTIFIERS, *self.keys)]
        self.table = table[[*IDENTIFIERS, *self.keys, *others]]
        self._groups = _groups_by_shape(root)
        self._opened: dict[int, dict[str, xr.Dataset]] = {}
        resources.callback(self._opened.clear)
        self._is_closed = False

    def __repr__(self) -> str:
        count = len(self.points)
        points = f"{count} point" + ("s" if count != 1 else "")
        over = ", ".join(self.keys)
        return f"<gbid.Sweep {self.path.name}: {points} over {over} ({self.status})>"

    @property
    def regimes(self) -> list[str]:
        """Names of the regimes, in the order in which they ran."""
        prefix = "settled_share_"
        names = [str(n)[len(prefix) :] for n in self.points if str(n).startswith(prefix)]
        return list(dict.fromkeys([*names, *self.table["regime"].unique()]))

    @property
    def shapes(self) -> list[int]:
        """Numbers of the shapes: points of one shape have arrays of the same sizes."""
        return sorted(self._groups)

    def obstacles(self, point: int) -> list[str]:
        """Why a point's numbers may not be quoted, as ``gbid analyze`` judged; none where they may.

        Parameters
        ----------
        point : int
            Its number.
        """
        if OBSTACLES not in self.points:
            return ["the file does not say whether it may be quoted: gbid merge --force writes it anew"]
        return str(self.points.at[point, OBSTACLES]).splitlines()

    def close(self) -> None:
        """Close the file. Closing twice is harmless."""
        self._is_closed = True
        super().close()

    def trajectories(self, point: int) -> dict[str, xr.Dataset]:
        """What one point recorded, as a run of its own would have.

        Parameters
        ----------
        point : int
            Its number.

        Returns
        -------
        dict of str to xarray.Dataset
            Regime name -> dataset with the dimensions trial, step, agent ..., read lazily.

        Raises
        ------
        KeyError
            If there is no such point, or it recorded nothing.
        ValueError
            If the sweep was closed.
        """
        if point not in self.points.index:
            last = len(self.points) - 1
            raise KeyError(f"{self.path.name} has no point {point}; its points: 0 to {last}")
        row = self.points.loc[point]
        if row["shape"] < 0 or row["place"] < 0:
            why = str(row["status"]) + (f": {row['message']}" if row["message"] else "")
            raise KeyError(f"point {point} of {self.path.name} recorded nothing: {why}")
        stacked = self.stacked(int(row["shape"]))
        return {name: dataset.isel(point=int(row["place"])) for name, dataset in stacked.items()}

    def stacked(self, shape: int) -> dict[str, xr.Dataset]:
        """What all points of one shape recorded, side by side.

        Parameters
        ----------
        shape : int
            One of `shapes`.

        Returns
        -------
        dict of str to xarray.Dataset
            Regime name -> dataset with the dimensions point, trial, step, agent ..., read lazily;
            the coordinate ``point`` holds the points' numbers in the sweep.

        Raises
        ------
        KeyError
            If there is no such shape.
        ValueError
            If the sweep was closed.
        """
        if self._is_closed:
            raise ValueError(f"{self.path.name} is closed; what it recorded cannot be read")
        if shape not in self._groups:
            known = ", ".join(map(str, self.shapes)) or "none"
            raise KeyError(f"{self.path.name} has no shape {shape}; its shapes: {known}")
        if shape not in self._opened:
            self._opened[shape] = {
                group.rsplit("/", 1)[-1]: self._resources.enter_context(
                    _file.open_group(self.path, group)
                )
                for group in self._groups[shape]
            }
        return dict(self._opened[shape])


def load_sweep(file: str | os.PathLike[str]) -> Sweep:
    """Open a sweep's file.

    Parameters
    ----------
    file : path-like
        A file that ``gbid sweep`` has published.

    Returns
    -------
    Sweep
        Close it, or use it in a ``with`` statement.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    NotAGbidFileError
        If it is something else, a single run, or of a later format.

    Warns
    -----
    PartialRunWarning
        If the sweep had not ended when the file was written.

    Examples
    --------
    >>> with gbid.load_sweep("sweep.h5") as sweep:  # doctest: +SKIP
    ...     prices = sweep.points.set_index("market.agents")["price_of_anarchy"]
    ...     last = sweep.trajectories(0)["competitive"].welfare.isel(step=-1).values
    """
    root = _file.read_root(file)
    _file.expect_kind(root, "sweep")
    missing = [name for name in ("summary", "table") if name not in root.groups]
    if missing:
        raise _file.NotAGbidFileError(f"{root.path}: expected a group /{missing[0]}, got none")
    with _file.open_group(root.path, "summary") as lazy:
        summary = lazy.load()
    with _file.open_group(root.path, "table") as lazy:
        table = _frame(root, lazy, "table", "row")
    _check_columns(root, "table", table, [*IDENTIFIERS, *swept_keys(root, summary)])
    with ExitStack() as stack:
        sweep = Sweep(root, summary, table.reset_index(drop=True), stack.pop_all())
    _file.warn_if_partial(sweep, "sweep")
    return sweep


def swept_keys(root: _file.Root, summary: xr.Dataset) -> list[str]:
    """The keys that the summary says were swept; refused if it does not hold their values."""
    keys = [k for k in str(summary.attrs.get("swept_keys", "")).splitlines() if k.strip()]
    if not keys:
        raise _file.NotAGbidFileError(f"{root.path}: /summary swept_keys: expected keys, got none")
    return keys


def _points(root: _file.Root, summary: xr.Dataset, keys: list[str]) -> pd.DataFrame:
    frame = _frame(root, summary, "summary", "point")
    _check_columns(root, "summary", frame, [*keys, "status", "message", "shape", "place"])
    names = [name for name in frame if name not in (*keys, TEXT_OF_A_POINT)]
    return frame[[*keys, *names]]


def _check_columns(root: _file.Root, group: str, frame: pd.DataFrame, names: list[str]) -> None:
    for name in names:
        if name not in frame:
            message = f"{root.path}: /{group}: expected a variable {name!r}, got none"
            raise _file.NotAGbidFileError(message)


def _frame(root: _file.Root, dataset: xr.Dataset, group: str, dimension: str) -> pd.DataFrame:
    """Every variable over one dimension as a column; the dimension's coordinate is the index."""
    if dimension not in dataset.sizes:
        message = f"{root.path}: /{group}: expected a dimension {dimension!r}, got none"
        raise _file.NotAGbidFileError(message)
    columns = {
        str(name): _column(f"{root.path}: /{group}/{name}", variable)
        for name, variable in dataset.variables.items()
        if variable.dims == (dimension,) and name != dimension
    }
    numbers = np.arange(dataset.sizes[dimension])
    index = dataset[dimension].values if dimension in dataset.coords else numbers
    return pd.DataFrame(columns, index=pd.Index(index, name=dimension))


def _column(place: str, variable: xr.Variable) -> Any:
    """Values as a column: flags as their meanings, whole numbers as such."""
    values = variable.values
    if "flag_meanings" in variable.attrs:
        return _decoded(place, variable)
    stored = np.dtype(variable.encoding.get("dtype", values.dtype))
    if stored.kind in "iu" and values.dtype.kind == "f" and np.isfinite(values).all():
        return values.astype(stored)  # a fill value had made them floating-point
    return values


def _decoded(place: str, variable: xr.Variable) -> pd.Categorical:
    meanings = str(variable.attrs["flag_meanings"]).split()
    flags = list(np.atleast_1d(variable.attrs.get("flag_values", np.arange(len(meanings)))))
    strange = sorted(set(variable.values.tolist()) - set(flags))
    if strange:
        expected = ", ".join(map(str, flags))
        message = f"{place}: expected a flag out of {expected}, got {strange[0]}"
        raise _file.NotAGbidFileError(message)
    meaning_of = dict(zip(flags, meanings, strict=True))
    return pd.Categorical([meaning_of[flag] for flag in variable.values], categories=meanings)


def _groups_by_shape(root: _file.Root) -> dict[int, list[str]]:
    """Shape -> paths of its regimes' groups, in the order in which they were written."""
    if "points" not in root.groups:
        return {}
    with h5py.File(root.path, "r") as file:
        return {
            int(shape): [
                f"points/{shape}/{regime}" for regime in _file.groups_of(file["points"][shape])
            ]
            for shape in _file.groups_of(file["points"])
            if shape.isdecimal()
        }
