# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""The command ``python -m gbid.plot``."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import warnings
from pathlib import Path
from typing import NoReturn

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from gbid import _style, plot
from gbid._file import NotAGbidFileError, PartialRunWarning, read_root
from gbid._load import Run, load
from gbid._sweep import Sweep, load_sweep

# Exit codes of the program, after BSD's sysexits.
OK = 0
USAGE = 64
BAD_DATA = 65
MISSING_INPUT = 66
CANNOT_CREATE = 73

LOWEST_DPI, HIGHEST_DPI = 20, 1200


class _Fault(Exception):
    """What ends the command: an exit code and one line for the user."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(" ".join(message.split()))
        self.code = code


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise _Fault(USAGE, f"{message} (see --help)")


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit code; faults are one line on standard error."""
    try:
        _draw(_parser().parse_args(arguments))
    except _Fault as fault:
        print(f"gbid.plot: {fault}", file=sys.stderr)
        return fault.code
    return OK


def _parser() -> _Parser:
    parser = _Parser(
        prog="python -m gbid.plot",
        description="Draw a run: an overview, or one variable over the steps; or a sweep.",
        allow_abbrev=False,
    )
    parser.add_argument("file", metavar="FILE.h5", help="a published run or sweep")
    parser.add_argument("-o", "--output", required=True, metavar="FIGURE", help="png, pdf or svg")
    parser.add_argument(
        "--dpi", type=int, default=100, help="pixels per inch of 16 x 10 (default 100)"
    )
    parser.add_argument("--variable", metavar="NAME", help="draw only this variable of a run")
    parser.add_argument("--force", action="store_true", help="replace the figure if it exists")
    return parser


def _draw(options: argparse.Namespace) -> None:
    output = Path(options.output)
    kind = output.suffix.lstrip(".").lower()
    if kind not in ("png", "pdf", "svg"):
        got = f"got the ending {output.suffix!r}"
        raise _Fault(USAGE, f"{output}: {got}, expected .png, .pdf or .svg")
    if not LOWEST_DPI <= options.dpi <= HIGHEST_DPI:
        raise _Fault(USAGE, f"--dpi {options.dpi}: expected {LOWEST_DPI} to {HIGHEST_DPI}")
    if output.exists() and not options.force:
        raise _Fault(CANNOT_CREATE, f"{output} exists; --force replaces it")
    figure = _figure(Path(options.file), options.variable)
    _save(figure, output, kind, options.dpi)


def _figure(file: Path, variable: str | None) -> Figure:
    try:
        is_sweep = read_root(file).kind == "sweep"
        if is_sweep and variable is not None:
            raise _Fault(USAGE, f"{file}: --variable: expected a run, got a sweep")
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", PartialRunWarning)
            opened: Run | Sweep = load_sweep(file) if is_sweep else load(file)
        for warning in caught:
            print(f"gbid.plot: {warning.message}", file=sys.stderr)
        with opened:
            if isinstance(opened, Sweep):
                return plot.sweep_overview(opened)
            return plot.overview(opened) if variable is None else _one_variable(opened, variable)
    except FileNotFoundError as error:
        raise _Fault(MISSING_INPUT, str(error)) from error
    except PermissionError as error:
        raise _Fault(MISSING_INPUT, f"{file}: {error.strerror or error}") from error
    except KeyError as error:
        raise _Fault(USAGE if variable else BAD_DATA, f"{file}: {error.args[0]}") from error
    except NotAGbidFileError as error:
        raise _Fault(BAD_DATA, str(error)) from error
    except (OSError, ValueError) as error:
        raise _Fault(BAD_DATA, f"{file}: {error}") from error


def _one_variable(run: Run, variable: str) -> Figure:
    with mpl.rc_context(_style.RC):
        figure = Figure(figsize=_style.PAGE_INCHES, layout="constrained")
        ax = plot.trajectories(run, variable, figure.add_subplot())
        ax.set_title(run.title)
        ax.legend(frameon=False, handlelength=3.2)
        return figure


def _save(figure: Figure, output: Path, kind: str, dpi: int) -> None:
    """Write to a temporary name beside the output, then rename: never a half-written figure."""
    FigureCanvasAgg(figure)
    try:
        descriptor, name = tempfile.mkstemp(prefix=output.name + ".tmp.", dir=output.parent)
    except OSError as error:
        raise _Fault(CANNOT_CREATE, f"{output}: {error.strerror}") from error
    try:
        with os.fdopen(descriptor, "wb") as stream:
            figure.savefig(stream, format=kind, dpi=dpi)
            stream.flush()
            os.fsync(stream.fileno())
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(name, 0o666 & ~mask)  # mkstemp's files are private; figures are as others are
        os.replace(name, output)
    except BaseException as error:
        os.unlink(name)
        if isinstance(error, OSError):
            raise _Fault(CANNOT_CREATE, f"{output}: {error.strerror}") from error
        raise
