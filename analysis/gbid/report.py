# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""A page about a run, a sweep, a validation or a comparison: one file that opens without a network.

From a shell: ``gbid report FILE -o report.html``. The page holds its data as JSON; ``page/page.js`` draws
it with Observable Plot and d3, which are put inside the page.
"""

from __future__ import annotations

import argparse
import html
import json
import math
import os
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np

import gbid
from gbid import _page_run, _page_sweep, _program, _style
from gbid._file import NotAGbidFileError, PartialRunWarning, read_root

PARTS = Path(__file__).resolve().parent / "page"
BAD_DATA, MISSING_INPUT, CANNOT_CREATE = 65, 66, 73


def build(*files: str | os.PathLike[str]) -> str:
    """The page about a file, or about several runs side by side, as HTML.

    Parameters
    ----------
    *files : path-like
        A run, a sweep, or what ``gbid validate --json`` printed; of several, all must be runs.

    Returns
    -------
    str
        A whole document.

    Raises
    ------
    FileNotFoundError, NotAGbidFileError
        If a file cannot be read.
    gbid.GbidError
        If the program cannot analyse it.
    """
    if len(files) > 1:
        page: dict[str, Any] = {"kind": "comparison", **_program.call_json("compare", *files)}
        page["title"] = " against ".join(run["title"] for run in page["runs"])
    else:
        page = _data(Path(files[0]))
    page["colors"] = list(_style.COLORS)
    page["gbid"] = gbid.__version__
    data = json.dumps(_plain(page), allow_nan=False, separators=(",", ":"))
    parts = {
        "title": html.escape(page["title"]),
        "style": (PARTS / "page.css").read_text(),
        "d3": (PARTS / "vendor" / "d3.min.js").read_text(),
        "plot": (PARTS / "vendor" / "plot.umd.min.js").read_text(),
        "data": data.replace("</", "<\\/"),
        "script": (PARTS / "page.js").read_text(),
    }
    text = (PARTS / "page.html").read_text()
    before, *rest = text.split("{{")
    return before + "".join(parts[name] + after for name, _, after in (r.partition("}}") for r in rest))


def write(output: str | os.PathLike[str], *files: str | os.PathLike[str], force: bool = False) -> None:
    """Build the page and write it, never half.

    Raises
    ------
    FileExistsError
        If the output exists, unless it may be replaced.
    """
    path = Path(output)
    if path.exists() and not force:
        raise FileExistsError(f"{path} exists; --force replaces it")
    text = build(*files)
    descriptor, draft = tempfile.mkstemp(prefix=path.name + ".tmp.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w") as stream:
            stream.write(text)
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(draft, 0o666 & ~mask)
        os.replace(draft, path)
    except BaseException:
        os.unlink(draft)
        raise


def main(arguments: list[str]) -> int:
    """Run the command and return its exit code; faults are one line on standard error."""
    parser = argparse.ArgumentParser(prog="gbid report", allow_abbrev=False)
    parser.add_argument("files", metavar="FILE", nargs="+", help="a run, sweep or validation; several runs to compare")
    parser.add_argument("-o", "--output", required=True, metavar="PAGE.html")
    parser.add_argument("--force", action="store_true", help="replace the page if it exists")
    options = parser.parse_args(arguments)
    try:
        write(options.output, *options.files, force=options.force)
    except (NotAGbidFileError, _program.GbidError) as error:
        code, message = getattr(error, "code", BAD_DATA), str(error).removeprefix("gbid: ")
    except FileNotFoundError as error:
        code, message = MISSING_INPUT, str(error)
    except OSError as error:
        code, message = CANNOT_CREATE, str(error)
    else:
        print(f"wrote {options.output}", file=sys.stderr)
        return 0
    print(f"gbid report: {message}", file=sys.stderr)
    return int(code)


def _data(path: Path) -> dict[str, Any]:
    if path.suffix == ".json" and path.exists():
        return _validation(path)
    kind = read_root(path).kind
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PartialRunWarning)  # the page says so itself
        return _page_run.data(path) if kind == "run" else _page_sweep.data(path)


def _validation(path: Path) -> dict[str, Any]:
    try:
        page = json.loads(path.read_text())
        cases = page["cases"]
        page["families"] = list(dict.fromkeys(case["family"] for case in cases))
    except (ValueError, KeyError, TypeError) as error:
        raise NotAGbidFileError(f"{path}: expected what gbid validate --json prints: {error}") from error
    return {"kind": "validation", "title": "Games with known answers", **page}


def _plain(value: Any) -> Any:
    """JSON without NaN and infinities, which it lacks; floats with seven digits, to keep the page small."""
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float):
        return float(f"{value:.7g}") if math.isfinite(value) else None
    return value


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
