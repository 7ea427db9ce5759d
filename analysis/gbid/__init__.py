# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Load runs of Gradient Bidding as labelled arrays and draw them.

>>> import gbid
>>> with gbid.load("run.h5") as run:
...     print(run["competitive"].welfare.isel(step=-1).values)
"""

import importlib
from types import ModuleType

from gbid._load import NotAGbidFileError, PartialRunWarning, Run, load

__all__ = ["NotAGbidFileError", "PartialRunWarning", "Run", "load"]


def __getattr__(name: str) -> ModuleType:
    """``gbid.plot`` without importing it first; matplotlib is loaded only by those who draw."""
    if name == "plot":
        return importlib.import_module("gbid.plot")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
