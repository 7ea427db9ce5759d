# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""What files of runs and of sweeps have in common: how they are opened, refused and closed."""

from __future__ import annotations

import os
import tomllib
import warnings
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import h5py
import numpy as np
import xarray as xr

CONVENTIONS = "GradientBidding-"
FORMAT_MAJOR = 1
INVENTED_DIMENSION = "phony_dim_"  # as h5netcdf begins the names that it invents
# What the readers below raise where a group is broken; AttributeError where a variable is damaged.
UNREADABLE = (OSError, KeyError, ValueError, RuntimeError, AttributeError)
LOADERS = {"run": "gbid.load", "sweep": "gbid.load_sweep"}

_File = TypeVar("_File", bound="GbidFile")


class NotAGbidFileError(ValueError):
    """The file exists but is not one that this version of gbid can read."""


class PartialRunWarning(UserWarning):
    """The file holds a run or a sweep that has not reached its end."""


@dataclass(frozen=True)
class Root:
    """What a file says of itself.

    Attributes
    ----------
    path : pathlib.Path
        The file.
    attributes : dict
        Its attributes as Python values.
    scenario : dict
        The scenario as TOML tables; empty if there is none.
    groups : list of str
        The groups at the root, in the order in which they were written.
    """

    path: Path
    attributes: dict[str, Any]
    scenario: dict[str, Any]
    groups: list[str]

    @property
    def kind(self) -> str:
        """``run`` or ``sweep``."""
        return str(self.attributes.get("kind", "run"))


class GbidFile:
    """A file that stays open while its values are read: a context manager.

    Its attributes ``path``, ``attributes`` and ``scenario`` are those of its `Root`.
    """

    def __init__(self, root: Root, resources: ExitStack) -> None:
        self.path = root.path
        self.attributes = root.attributes
        self.scenario = root.scenario
        self._resources = resources

    def __enter__(self: _File) -> _File:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

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


def read_root(file: str | os.PathLike[str]) -> Root:
    """Read what a file says of itself, and close it.

    Parameters
    ----------
    file : path-like
        The file.

    Returns
    -------
    Root
        Of a run or of a sweep.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    NotAGbidFileError
        If it is something else, of a later format, or of an unknown kind.
    """
    path = Path(file)
    if not path.exists():
        journal = path.with_name(path.name + ".journal")
        hint = f"; only its journal exists: try `gbid recover {path}`" if journal.exists() else ""
        raise FileNotFoundError(f"{path}: no such file{hint}")
    if path.is_dir() or not h5py.is_hdf5(path):
        raise NotAGbidFileError(f"{path}: not an HDF5 file")
    try:
        with h5py.File(path, "r") as opened:
            attributes = {name: _plain(value) for name, value in opened.attrs.items()}
            _check_format(path, attributes)
            scenario = _read_scenario(path, opened)
            root = Root(path, attributes, scenario, groups_of(opened))
    except RuntimeError as error:  # of h5py, where bytes are damaged
        raise NotAGbidFileError(f"{path}: cannot be read: {error}") from error
    if root.kind not in LOADERS:
        raise NotAGbidFileError(f"{path}: kind is {root.kind!r}, expected run or sweep")
    return root


def expect_kind(root: Root, kind: str) -> None:
    """Refuse a sweep where a run is expected and the other way round, naming the function that reads it."""
    if root.kind != kind:
        reader = LOADERS[root.kind]
        message = f"{root.path}: expected a {kind}, got a {root.kind}: open it with {reader}"
        raise NotAGbidFileError(message)


def open_group(path: Path, name: str) -> xr.Dataset:
    """A group as a dataset whose values are read when they are used.

    Every dimension of a variable must have a name. Readers differ in what they do otherwise:
    older ones raise, newer ones invent names.
    """
    try:
        # No variable has units such as "steps since ...": nothing is decoded as a time.
        opened = xr.open_dataset(
            path, group=name, engine="h5netcdf", decode_times=False, phony_dims="access"
        )
    except UNREADABLE as error:
        raise NotAGbidFileError(f"{path}: group /{name} cannot be read: {error}") from error
    for variable, values in opened.variables.items():
        if any(str(dimension).startswith(INVENTED_DIMENSION) for dimension in values.dims):
            opened.close()
            message = f"{variable} has a dimension without a name"
            raise NotAGbidFileError(f"{path}: group /{name} cannot be read: {message}")
    return opened


def groups_of(group: h5py.Group) -> list[str]:
    """Names of the groups directly inside another, in the order in which they were written."""
    names = _names_in_creation_order(group)
    return [name for name in names if group.get(name, getclass=True) is h5py.Group]


def warn_if_partial(opened: GbidFile, kind: str) -> None:
    """Warn the caller of the loader that this file is not complete."""
    if opened.status != "complete":
        message = f"{opened.path}: the {kind} is {opened.status}"
        warnings.warn(message, PartialRunWarning, stacklevel=3)


def _check_format(path: Path, attributes: dict[str, Any]) -> None:
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


def _names_in_creation_order(group: h5py.Group) -> list[str]:
    opened = h5py.h5g.open(group.id, b".")
    if not opened.get_create_plist().get_link_creation_order() & h5py.h5p.CRT_ORDER_TRACKED:
        return list(group)
    names: list[str] = []
    opened.links.iterate(lambda name: names.append(name.decode()), idx_type=h5py.h5.INDEX_CRT_ORDER)
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
