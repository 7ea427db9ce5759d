# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Play, load and draw runs and sweeps of Gradient Bidding, as labelled arrays and tables.

>>> import gbid
>>> scenario = {"market": {"structure": "tullock", "agents": 2}, "regimes": {"selfish": {"objective": "own_payoff"}}}
>>> with gbid.run(scenario, trials=2, progress=False) as run:
...     print(run.ends()["selfish"].welfare.sizes["trial"])
2

A file that the program wrote is opened by `load`:

>>> with gbid.load("run.h5") as run:  # doctest: +SKIP
...     print(run.ends()["competitive"].welfare.values)

A sweep is one scenario at many points, which differ in the values of some keys:

>>> with gbid.load_sweep("sweep.h5") as sweep:  # doctest: +SKIP
...     print(sweep.points[[*sweep.keys, "price_of_anarchy", "status"]])
...     print(sweep.table.groupby(["market.agents", "regime"])["welfare"].median())
...     print(sweep.trajectories(3)["competitive"].welfare.isel(step=-1).values)
...     gbid.plot.sweep_overview(sweep).savefig("sweep.png")
"""

import importlib
from types import ModuleType

from gbid._file import NotAGbidFileError, PartialRunWarning
from gbid._load import Run, load
from gbid._play import certify, init, run, sweep
from gbid._program import GbidError
from gbid._sweep import Sweep, load_sweep

__version__ = "0.1.0"
__all__ = [
    "GbidError",
    "NotAGbidFileError",
    "PartialRunWarning",
    "Run",
    "Sweep",
    "certify",
    "init",
    "load",
    "load_sweep",
    "run",
    "sweep",
]


def __getattr__(name: str) -> ModuleType:
    """``gbid.plot`` and ``gbid.report`` without importing them first; matplotlib is loaded only where something is drawn."""
    if name in ("plot", "report"):
        return importlib.import_module(f"gbid.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
