# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Read a run's file into xarray datasets, one per regime."""

from __future__ import annotations

import os
import tomllib
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

import h5py
import numpy as np
import pandas as pd
import xarray as xr

CONVENTIONS = "GradientBidding-"
FORMAT_MAJOR = 1


class NotAGbidFileError(ValueError):
    """The file exists but is not one that this version of gbid can read."""


class PartialRunWarning(UserWarning):
    """The file holds a run that has not reached its end."""


class Run(Mapping[str, xr.Dataset]):
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
        One value per trial (or per point of a sweep) and result; None if the file has none.
    """

    def __init__(
        self,
        path: Path,
        regimes: dict[str, xr.Dataset],
        summary: xr.Dataset | None,
        scenario: dict[str, Any],
        attributes: dict[str, Any],
        resources: ExitStack,
    ) -> None:
        self.path = path
        self.attributes = attributes
        self.scenario = scenario
        self.summary = summary
        self._regimes = regimes
        self._resources = resources

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

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        regimes = ", ".join(self._regimes) or "no regimes"
        return f"<gbid.Run {self.path.name}: {regimes} ({self.status})>"

    @property
    def status(self) -> str:
        """``complete`` or ``partial``."""
        return str(self.attributes.get("status", "complete"))

    @property
    def title(self) -> str:
        """What the scenario calls itself; the file's name if it does not."""
        return str(self.attributes.get("title") or self.scenario.get("title") or self.path.stem)

    def close(self) -> None:
        """Close the file. Closing twice is harmless."""
        self._resources.close()

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
        If it is something else, or of a later format.

    Warns
    -----
    PartialRunWarning
        If the run had not ended when the file was written.

    Examples
    --------
    >>> with gbid.load("run.h5") as run:
    ...     last = run["coordinated"].welfare.isel(step=-1).median("trial").item()
    """
    path = Path(file)
    if not path.exists():
        journal = path.with_name(path.name + ".journal")
        hint = f"; only its journal exists: try `gbid recover {path}`" if journal.exists() else ""
        raise FileNotFoundError(f"{path}: no such file{hint}")
    if path.is_dir() or not h5py.is_hdf5(path):
        raise NotAGbidFileError(f"{path}: not an HDF5 file")

    attributes, scenario, groups = _read_root(path)
    with ExitStack() as stack:
        opened = {name: stack.enter_context(_open_group(path, name)) for name in groups}
        summary = opened.pop("summary", None)
        resources = stack.pop_all()
    run = Run(path, opened, summary, scenario, attributes, resources)
    if run.status != "complete":
        warnings.warn(f"{path}: the run is {run.status}", PartialRunWarning, stacklevel=2)
    return run


def _read_root(path: Path) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
    """Attributes, scenario, and the names of the groups that become datasets."""
    with h5py.File(path, "r") as file:
        attributes = {name: _plain(value) for name, value in file.attrs.items()}
        conventions = str(attributes.get("Conventions", ""))
        if not conventions.startswith(CONVENTIONS):
            raise NotAGbidFileError(
                f"{path}: not a gbid file: Conventions is {conventions!r}, "
                f"expected {CONVENTIONS}{FORMAT_MAJOR}.x"
            )
        major = np.atleast_1d(attributes.get("gbid_format_version", [FORMAT_MAJOR]))[0]
        if major != FORMAT_MAJOR:
            raise NotAGbidFileError(
                f"{path}: format version {major}; this package reads version {FORMAT_MAJOR}"
            )
        scenario = _read_scenario(path, file)
        groups = [
            name
            for name in _names_in_creation_order(file)
            if file.get(name, getclass=True) is h5py.Group and name != "points"
        ]
    return attributes, scenario, groups


def _names_in_creation_order(file: h5py.File) -> list[str]:
    root = h5py.h5g.open(file.id, b"/")
    if not root.get_create_plist().get_link_creation_order() & h5py.h5p.CRT_ORDER_TRACKED:
        return list(file)
    names: list[str] = []
    root.links.iterate(lambda name: names.append(name.decode()), idx_type=h5py.h5.INDEX_CRT_ORDER)
    return names


def _read_scenario(path: Path, file: h5py.File) -> dict[str, Any]:
    if "scenario_toml" not in file:
        return {}
    try:
        return tomllib.loads(file["scenario_toml"].asstr()[()])
    except (tomllib.TOMLDecodeError, TypeError) as error:
        raise NotAGbidFileError(f"{path}: /scenario_toml cannot be read: {error}") from error


def _plain(value: Any) -> Any:
    """An attribute as a Python value: scalars for single elements, text for bytes."""
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray) and value.ndim == 0:
        return value.item()
    return value


def _open_group(path: Path, name: str) -> xr.Dataset:
    try:
        # Units such as "steps since ..." are none of ours: nothing is decoded as a time.
        return xr.open_dataset(path, group=name, engine="h5netcdf", decode_times=False)
    except (OSError, KeyError, ValueError) as error:
        raise NotAGbidFileError(f"{path}: group /{name} cannot be read: {error}") from error
