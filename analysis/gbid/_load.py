# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Read a run's file into xarray datasets, one per regime."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack

import numpy as np
import pandas as pd
import xarray as xr

from gbid import _file


class Run(_file.GbidFile, Mapping[str, xr.Dataset]):
    """A run: regime name -> dataset, in the order in which the regimes ran.

    Values are read when they are first used, so keep the run open until then: use it as a context
    manager, or call `close`. What was read stays available afterwards.

    Attributes
    ----------
    path : pathlib.Path
        The file.
    attributes : dict
        Attributes of the file: ``seed``, ``status``, ``title``, ``gbid_version`` and so on.
    scenario : dict
        The scenario with every default filled in, as TOML tables.
    summary : xarray.Dataset or None
        One value per trial and result; None if the file has none.
    """

    def __init__(
        self,
        root: _file.Root,
        regimes: dict[str, xr.Dataset],
        summary: xr.Dataset | None,
        resources: ExitStack,
    ) -> None:
        super().__init__(root, resources)
        self.summary = summary
        self._regimes = regimes

    def __getitem__(self, name: str) -> xr.Dataset:
        try:
            return self._regimes[name]
        except KeyError:
            known = ", ".join(self._regimes) or "none"
            message = f"{self.path.name} has no regime {name!r}; its regimes: {known}"
            raise KeyError(message) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._regimes)

    def __len__(self) -> int:
        return len(self._regimes)

    def __repr__(self) -> str:
        regimes = ", ".join(self._regimes) or "no regimes"
        return f"<gbid.Run {self.path.name}: {regimes} ({self.status})>"

    def ends(self) -> dict[str, xr.Dataset]:
        """What every trial recorded last: no step, and no NaN of trials that ended before others.

        Returns
        -------
        dict of str to xarray.Dataset
            Regime name -> dataset without the dimension step; of a variable over steps, each trial's
            last record that is known (NaN only where a trial recorded nothing), with that record's
            step as the coordinate ``step`` of the welfare.

        Examples
        --------
        >>> with gbid.load("run.h5") as run:  # doctest: +SKIP
        ...     last = run.ends()["coordinated"].welfare.median("trial").item()
        """
        return {name: _ends_of(dataset) for name, dataset in self._regimes.items()}

    def combined(self, variables: Sequence[str] | None = None) -> xr.Dataset:
        """Put what the regimes share into one dataset with a leading dimension ``regime``.

        Parameters
        ----------
        variables : sequence of str, optional
            Which variables; by default all that every regime has with the same dimensions.

        Returns
        -------
        xarray.Dataset
            In memory. Steps that only some regimes recorded are NaN in the others.

        Raises
        ------
        KeyError
            If a named variable is not shared by all regimes.
        ValueError
            If the run has no regime.
        """
        if not self._regimes:
            raise ValueError(f"{self.path.name} has no regimes to combine")
        datasets = list(self._regimes.values())
        shared = [
            str(name)
            for name, variable in datasets[0].data_vars.items()
            if all(name in d and d[name].dims == variable.dims for d in datasets)
        ]
        if variables is not None:
            missing = sorted(set(variables) - set(shared))
            if missing:
                listed = ", ".join(missing)
                raise KeyError(f"not shared by all regimes of {self.path.name}: {listed}")
            shared = list(variables)
        return xr.concat(
            [dataset[shared] for dataset in datasets],
            dim=pd.Index(list(self._regimes), name="regime"),
            join="outer",
            combine_attrs="drop_conflicts",
        )


def _ends_of(dataset: xr.Dataset) -> xr.Dataset:
    ends = {}
    for name, variable in dataset.data_vars.items():
        if "step" not in variable.dims:
            ends[name] = variable
            continue
        if not variable.sizes["step"]:
            continue
        is_known = variable.notnull()
        others = [d for d in is_known.dims if d not in ("trial", "step")]
        records = is_known.any(others).astype(int) * (1 + np.arange(variable.sizes["step"])).reshape(
            [-1 if d == "step" else 1 for d in is_known.any(others).dims]
        )
        last = (records.max("step") - 1).clip(min=0).drop_vars("step", errors="ignore")
        found = variable.isel(step=last)
        ends[name] = found if name == "welfare" else found.drop_vars("step", errors="ignore")
    return xr.Dataset(ends, attrs=dataset.attrs)


def regime_of(run: Run, name: str | None) -> str:
    """The regime that a figure is asked for: by default the first."""
    return next(iter(run)) if name is None else name


def of_trial(values: xr.DataArray, trial: int) -> xr.DataArray:
    """One trial of a variable; there is no counting from the end."""
    if not 0 <= trial < values.sizes["trial"]:
        raise IndexError(f"trial {trial} of {values.sizes['trial']}")
    return values.isel(trial=trial)


def load(file: str | os.PathLike[str]) -> Run:
    """Open a run's file.

    Parameters
    ----------
    file : path-like
        A file that ``gbid run`` or ``gbid recover`` has published.

    Returns
    -------
    Run
        Lazily loaded; close it, or use it in a ``with`` statement.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    NotAGbidFileError
        If it is something else, a sweep, or of a later format.

    Warns
    -----
    PartialRunWarning
        If the run had not ended when the file was written.

    Examples
    --------
    >>> with gbid.load("run.h5") as run:  # doctest: +SKIP
    ...     last = run["coordinated"].welfare.isel(step=-1).median("trial").item()
    """
    root = _file.read_root(file)
    _file.expect_kind(root, "run")
    names = [name for name in root.groups if name != "points"]
    with ExitStack() as stack:
        opened = {name: stack.enter_context(_file.open_group(root.path, name)) for name in names}
        summary = opened.pop("summary", None)
        run = Run(root, opened, summary, stack.pop_all())
    _file.warn_if_partial(run, "run")
    return run
