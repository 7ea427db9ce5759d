# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Load runs and sweeps of Gradient Bidding as labelled arrays and tables, and draw them.

>>> import gbid
>>> with gbid.load("run.h5") as run:
...     print(run["competitive"].welfare.isel(step=-1).values)

A sweep is one scenario at many points, which differ in the values of some keys:

>>> with gbid.load_sweep("sweep.h5") as sweep:
...     print(sweep.points[[*sweep.keys, "price_of_anarchy", "status"]])
...     print(sweep.table.groupby(["market.agents", "regime"])["welfare"].median())
...     print(sweep.trajectories(3)["competitive"].welfare.isel(step=-1).values)
...     gbid.plot.sweep_overview(sweep).savefig("sweep.png")
"""

import importlib
from types import ModuleType

from gbid._file import NotAGbidFileError, PartialRunWarning
from gbid._load import Run, load
from gbid._sweep import Sweep, load_sweep

__all__ = ["NotAGbidFileError", "PartialRunWarning", "Run", "Sweep", "load", "load_sweep"]


def __getattr__(name: str) -> ModuleType:
    """``gbid.plot`` without importing it first; matplotlib is loaded only where something is drawn."""
    if name == "plot":
        return importlib.import_module("gbid.plot")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
