# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""``python -m gbid COMMAND ...``: ``report`` and ``watch`` are this package's; other commands are those of the program."""

import importlib.util
import os
import sys
from pathlib import Path

NEEDED = ("h5netcdf", "h5py", "matplotlib", "numpy", "pandas", "xarray")
UNAVAILABLE = 69


def main(arguments: list[str]) -> int:
    """Run a command and return its exit code."""
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        listed = " ".join(f"python3-{name}" for name in missing)
        print(f"gbid: {sys.executable} lacks packages; Debian calls them {listed}", file=sys.stderr)
        return UNAVAILABLE
    if not __package__:  # started as a folder, from the program
        sys.path[0] = str(Path(__file__).resolve().parent.parent)
    if arguments[:1] == ["report"]:
        from gbid import report

        return report.main(arguments[1:])
    if arguments[:1] == ["watch"]:
        from gbid import watch

        return watch.main(arguments[1:])
    from gbid import _program

    try:
        found = _program.program()
    except FileNotFoundError as error:
        print(f"gbid: {error}", file=sys.stderr)
        return UNAVAILABLE
    os.execv(found, [found, *arguments])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
