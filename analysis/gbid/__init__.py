# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Load runs of Gradient Bidding as labelled arrays and draw them.

>>> import gbid
>>> with gbid.load("run.h5") as run:
...     print(run["competitive"].welfare.isel(step=-1).values)
"""

from gbid._load import NotAGbidFileError, PartialRunWarning, Run, load

__all__ = ["NotAGbidFileError", "PartialRunWarning", "Run", "load"]
