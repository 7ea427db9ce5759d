# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""The house rules that a reader can break without any compiler noticing.

Each rule is a function from a tree to its faults, one line each; the tests at the end plant one fault of every kind in a
small tree of their own, so that a rule that has gone blind is seen.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

FLOORS = ("engine", "agents", "scenarios", "analysis")
COMMAND_LINE = "engine/cli/"
FOLDERS = {*FLOORS, "tests"}

# The rooms of a folder from the left: a file includes from its own room and from those to the left. Rooms of one group
# do not know each other: a market structure needs nothing of another. A file that is named is a room of its own, and
# the other files that lie in the folder itself are in the room LOOSE.
LOOSE = "(loose files)"
ROOMS: dict[str, tuple[tuple[str, ...], ...]] = {
    "engine": (
        ("core", "package"),
        ("device", "stepping", "text"),
        ("config", "math", "record"),
        ("data", "random", "sweep"),
        ("schedule",),
        ("simulation",),
        ("cli",),
    ),
    "scenarios": (
        ("data",),
        ("equilibrium",),
        ("structure",),
        ("graph",),
        ("bidding", "networks"),
        ("auctions", "bid_matrix", "classical", "layered_flow", "mixture_of_experts", "routing"),
        ("loading",),
        ("play",),
        ("sweep",),
    ),
    "scenarios/auctions": (("distributions",), ("formats",), ("config.hpp",), ("learning",), (LOOSE,)),
}
ROOT_FILES = {
    "CMakeLists.txt",
    "CMakePresets.json",
    "README.md",
    "bootstrap",
    "LICENSE",
    "CHANGELOG.md",
    "CITATION.cff",
}
NOT_OURS = {"build", "out"}  # what builds and runs leave behind

BANNER = (
    "SPDX-License-Identifier: MIT",
    "SPDX-FileCopyrightText: Gradient Bidding contributors",
)
BANNERED = {".hpp", ".cpp", ".py", ".cmake", ".toml", ".in", ".cff"}
INCLUDE = re.compile(rb'^[ \t]*#[ \t]*include[ \t]*"([^"]*)"', re.MULTILINE)

# Somebody's home, or the place where a machine keeps its checkouts. Put together here so that this file has none.
HOMES = re.compile(("/" + r"(?:home|Users|root|work|workspace|github/workspace)" + r"/[\w.~-]+").encode())
START_OF_PATH = re.compile(rb"[\w.~$}/-]$")  # the middle of a path, or a path that begins with a variable


def files_of(root: Path) -> list[str]:
    """All files of the project, relative to its root: what git tracks, or without git what lies there.

    A user's own scenario or figure in the folder is no fault of the project.
    """
    try:
        listed = subprocess.run(
            ["git", "-C", str(root), "ls-files", "-z"],
            check=True,
            capture_output=True,
        ).stdout.decode()
        if (root / ".git").exists():
            return sorted(name for name in listed.split("\0") if (root / name).is_file())
    except (OSError, subprocess.CalledProcessError):
        pass
    found = []
    for folder, names, files in os.walk(root):
        here = Path(folder)
        if here == root:
            names[:] = [n for n in names if n.split("-")[0] not in NOT_OURS and n != ".git"]
        names[:] = [n for n in names if n not in {"__pycache__", ".pytest_cache"}]
        found += [(here / name).relative_to(root).as_posix() for name in files]
    return sorted(found)


def floors_open_to(name: str) -> tuple[str, ...]:
    """The folders that a file may include from."""
    floor = name.split("/")[0]
    if name.startswith(COMMAND_LINE):
        return FLOORS
    if floor in FLOORS:
        return FLOORS[: FLOORS.index(floor) + 1]
    return (*FLOORS, "tests")


def wrong_includes(root: Path) -> Iterable[str]:
    for name in files_of(root):
        if Path(name).suffix not in {".hpp", ".cpp"}:
            continue
        is_test = name.startswith("tests/")
        for match in INCLUDE.finditer((root / name).read_bytes()):
            included = match[1].decode()
            target = included.split("/")[0]
            if is_test and target not in FLOORS:
                continue  # a helper of the tests, from tests/
            if included.startswith(COMMAND_LINE) and not (is_test or name.startswith(COMMAND_LINE)):
                yield f"{name} includes {included}: engine/cli is a leaf"
            elif target not in floors_open_to(name):
                yield f"{name} includes {included}: its floor may only include {', '.join(floors_open_to(name))}"
            elif not (root / included).is_file():
                yield f"{name} includes {included}: no such file from the root"


def room_of(house: str, name: str) -> str:
    """The room of a folder that a file below it lies in."""
    first, _, rest = name.removeprefix(f"{house}/").partition("/")
    return first if rest or any(first in group for group in ROOMS[house]) else LOOSE


def room_arrows(root: Path, house: str) -> dict[tuple[str, str], list[str]]:
    """The arrows between rooms of a folder, each with the includes that draw it."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for name in files_of(root):
        if not name.startswith(f"{house}/") or Path(name).suffix not in {".hpp", ".cpp"}:
            continue
        for match in INCLUDE.finditer((root / name).read_bytes()):
            included = match[1].decode()
            arrow = (room_of(house, name), room_of(house, included))
            if included.startswith(f"{house}/") and arrow[0] != arrow[1]:
                arrows.setdefault(arrow, []).append(f"{name} includes {included}")
    return arrows


def arrows_back(root: Path, house: str) -> Iterable[str]:
    rank = {room: k for k, group in enumerate(ROOMS[house]) for room in group}
    for name in files_of(root):
        is_ours = name.startswith(f"{house}/") and Path(name).suffix in {".hpp", ".cpp"}
        if is_ours and room_of(house, name) not in rank:
            yield f"{name}: the order of rooms in {house}/ does not know its folder"
    for (room, target), includes in sorted(room_arrows(root, house).items()):
        if room in rank and not rank.get(target, len(ROOMS[house])) < rank[room]:
            yield from (f"{include}: an arrow that runs back, from {room} to {target}" for include in includes)


def arrows_that_run_back(root: Path) -> Iterable[str]:
    for house in ROOMS:
        yield from arrows_back(root, house)


def missing_banners(root: Path) -> Iterable[str]:
    for name in files_of(root):
        if Path(name).suffix not in BANNERED and Path(name).name not in {"CMakeLists.txt", "bootstrap"}:
            continue
        if name.startswith("scenarios/") and name.endswith(".toml"):
            continue  # these open with what they show; people start their own from them
        head = (root / name).read_text(errors="replace").splitlines()[:3]
        lines = [line.lstrip("#/ ").rstrip() for line in head if not line.startswith("#!")]
        if tuple(lines[:2]) != BANNER:
            yield f"{name} does not open with the two-line SPDX banner"


def missing_pragma_once(root: Path) -> Iterable[str]:
    for name in files_of(root):
        if name.endswith(".hpp") and "#pragma once" not in (root / name).read_text().splitlines():
            yield f"{name} has no #pragma once"


def strangers_at_the_root(root: Path) -> Iterable[str]:
    for entry in sorted({name.split("/")[0] for name in files_of(root)}):
        is_folder = (root / entry).is_dir()
        allowed = FOLDERS if is_folder else ROOT_FILES
        if not entry.startswith(".") and entry not in allowed:
            yield f"{entry}: no other {'folder' if is_folder else 'file'} belongs at the root"


def absolute_paths(root: Path) -> Iterable[str]:
    for name in files_of(root):
        content = (root / name).read_bytes()
        if b"\0" in content[:8192] and not name.endswith((".h5", ".npy")):
            continue
        for match in HOMES.finditer(content):
            before = content[max(0, match.start() - 1) : match.start()]
            if START_OF_PATH.search(before):
                continue
            line = content.count(b"\n", 0, match.start()) + 1
            yield f"{name}:{line} mentions {match[0].decode()}"


RULES = [wrong_includes, arrows_that_run_back, missing_banners, missing_pragma_once, strangers_at_the_root, absolute_paths]


@pytest.mark.parametrize("rule", RULES)
def test_the_project_keeps_the_rule(rule: Callable[[Path], Iterable[str]]) -> None:
    assert files_of(ROOT), "no files found: the check would pass for nothing"
    assert not list(rule(ROOT))


@pytest.mark.parametrize("house", ROOMS)
def test_the_rooms_and_their_arrows(house: str) -> None:
    """Prints the rooms with `-s`."""
    arrows = room_arrows(ROOT, house)
    for group in ROOMS[house]:
        for room in group:
            targets = sorted(target for source, target in arrows if source == room)
            print(f"{room:20s} -> {', '.join(targets) or '-'}")
    back = list(arrows_back(ROOT, house))
    print(f"{house}: {sum(len(group) for group in ROOMS[house])} rooms, {len(back)} arrows that run back")
    assert arrows, "no arrows found: the check would pass for nothing"
    assert not back


# --- The rules themselves, on a small tree with one fault -------------------------------------------------------------

CPP_BANNER = "".join(f"// {line}\n" for line in BANNER)
HEADER = CPP_BANNER + "#pragma once\n"
SMALL_TREE = {
    "CMakeLists.txt": "".join(f"# {line}\n" for line in BANNER),
    "engine/core/error.hpp": HEADER,
    "engine/cli/run.hpp": HEADER,
    "engine/cli/main.cpp": CPP_BANNER + '#include "analysis/report.hpp"\n#include "engine/cli/run.hpp"\n',
    "agents/cohort.hpp": HEADER + '#include "engine/core/error.hpp"\n',
    "scenarios/bidding/market.hpp": HEADER + '#include "agents/cohort.hpp"\n',
    "scenarios/classical/game.hpp": HEADER + '#include "scenarios/bidding/market.hpp"\n',
    "scenarios/routing/road.hpp": HEADER,
    "scenarios/auctions/distributions/grid.hpp": HEADER,
    "scenarios/auctions/formats/format.hpp": HEADER + '#include "scenarios/auctions/distributions/grid.hpp"\n',
    "scenarios/auctions/config.hpp": HEADER + '#include "scenarios/auctions/formats/format.hpp"\n',
    "scenarios/auctions/learning/records.hpp": HEADER + '#include "scenarios/auctions/config.hpp"\n',
    "scenarios/auctions/structure.hpp": HEADER + '#include "scenarios/auctions/learning/records.hpp"\n',
    "scenarios/loading/scenario.hpp": HEADER + '#include "scenarios/classical/game.hpp"\n',
    "analysis/report.hpp": HEADER + '#include "scenarios/bidding/market.hpp"\n',
    "tests/test_report.cpp": CPP_BANNER
    + '#include "analysis/report.hpp"\n#include "helper.hpp"\n#include "engine/cli/run.hpp"\n',
    "tests/helper.hpp": HEADER,
    "build/release/any.hpp": "made by the build\n",
    "out/run.h5": "\0made by a run\n",
}


def plant(root: Path, tree: dict[str, str]) -> Path:
    for name, text in tree.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return plant(tmp_path, SMALL_TREE)


WITH_AND_WITHOUT_GIT = pytest.mark.parametrize(
    "with_git",
    [
        False,
        pytest.param(True, marks=pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")),
    ],
)


def as_git_repository(root: Path) -> None:
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    (root / ".gitignore").write_text("/build/\n/out/\n")
    subprocess.run(["git", "-C", str(root), "add", "--all"], check=True)


@pytest.mark.parametrize("rule", RULES)
@WITH_AND_WITHOUT_GIT
def test_a_tree_without_fault_passes(rule: Callable[[Path], Iterable[str]], with_git: bool, tree: Path) -> None:
    if with_git:
        as_git_repository(tree)
    assert not list(rule(tree))


SOMEBODYS_FILE = "/" + "home/somebody/run.h5"


@pytest.mark.parametrize(
    ("rule", "name", "text"),
    [
        (wrong_includes, "engine/core/error.hpp", HEADER + '#include "agents/cohort.hpp"\n'),
        (wrong_includes, "engine/core/error.hpp", HEADER + '  #  include\t"analysis/report.hpp"\n'),
        (wrong_includes, "agents/cohort.cpp", CPP_BANNER + '#include "scenarios/bidding/market.hpp"\n'),
        (wrong_includes, "scenarios/bidding/market.cpp", CPP_BANNER + '#include "analysis/report.hpp"\n'),
        (wrong_includes, "analysis/report.cpp", CPP_BANNER + '#include "engine/cli/run.hpp"\n'),
        (wrong_includes, "engine/core/error.cpp", CPP_BANNER + '#include "engine/cli/run.hpp"\n'),
        (wrong_includes, "analysis/report.cpp", CPP_BANNER + '#include "tests/helper.hpp"\n'),
        (wrong_includes, "analysis/report.cpp", CPP_BANNER + '#include "report.hpp"\n'),
        (wrong_includes, "analysis/report.cpp", CPP_BANNER + '#include "analysis/reprot.hpp"\n'),
        (arrows_that_run_back, "scenarios/bidding/market.cpp", CPP_BANNER + '#include "scenarios/classical/game.hpp"\n'),
        (arrows_that_run_back, "scenarios/classical/game.cpp", CPP_BANNER + '#include "scenarios/loading/scenario.hpp"\n'),
        (arrows_that_run_back, "scenarios/classical/game.cpp", CPP_BANNER + '#include "scenarios/routing/road.hpp"\n'),
        (arrows_that_run_back, "scenarios/cellar/wine.hpp", HEADER),
        (arrows_that_run_back, "scenarios/market.hpp", HEADER),
        (arrows_that_run_back, "scenarios/auctions/cellar/wine.hpp", HEADER),
        *(
            (arrows_that_run_back, f"scenarios/auctions/{name}", CPP_BANNER + f'#include "scenarios/auctions/{included}"\n')
            for name, included in [
                ("distributions/grid.cpp", "formats/format.hpp"),
                ("distributions/grid.cpp", "config.hpp"),
                ("formats/format.cpp", "learning/records.hpp"),
                ("formats/format.cpp", "config.hpp"),
                ("learning/records.cpp", "structure.hpp"),
            ]
        ),
        (missing_banners, "agents/seller.hpp", "#pragma once\n"),
        (missing_banners, "tests/test_seller.py", "import os\n"),
        (missing_pragma_once, "agents/seller.hpp", CPP_BANNER + "// #pragma once\n"),
        (strangers_at_the_root, "src/main.cpp", CPP_BANNER),
        (strangers_at_the_root, "notes.txt", "remember\n"),
        (absolute_paths, "scenarios/bidding/market.md", f"see {SOMEBODYS_FILE}\n"),
        (absolute_paths, "scenarios/data.h5", f"\0\0{SOMEBODYS_FILE}\0"),
    ],
)
@WITH_AND_WITHOUT_GIT
def test_a_planted_fault_is_named(
    rule: Callable[[Path], Iterable[str]], name: str, text: str, with_git: bool, tree: Path
) -> None:
    plant(tree, {name: text})
    if with_git:
        as_git_repository(tree)
    faults = list(rule(tree))
    assert len(faults) == 1
    assert faults[0].startswith(name.split("/")[0])


def test_a_relative_path_that_looks_like_a_home_is_none(tree: Path) -> None:
    plant(tree, {"README.md": "out" + SOMEBODYS_FILE + " and $X" + SOMEBODYS_FILE})
    assert not list(absolute_paths(tree))
