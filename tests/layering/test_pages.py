# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Pages and words: what the project says of itself is short, current, and in plain words.

Each rule is a function from a tree to its faults, one line each; the last tests plant one fault of every kind.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from test_layering import FLOORS, ROOT, files_of

README_LINES = 150
PAGE_LINES = 130
GENERATED = "scenarios/KNOWN_ANSWERS.md"

# Words that stop a reader whose English comes from papers, or that make people of agents and programs. Instead: no agent,
# all agents, any caller; is reported, says, shows; internal error; win probability, midpoints, truthful bidders.
WORDS = re.compile(
    r"\b(nobody|everybody|everyone|anybody|anyone|somebody|someone|whoever|whomever|told|tells"
    r"|odds|middles|outsiders?|fault of ours|none of ours)\b",
    re.IGNORECASE,
)
KEY_VALUE = re.compile(r'\\?"everyone\\?"|society=everyone')  # of the key market.society
CPP_TEXT = re.compile(r"""'(?:[^'\\\n]|\\.)'|(//[^\n]*|R"\(.*?\)"|"(?:[^"\\\n]|\\.)*")""", re.DOTALL)
PYTHON_TEXT = re.compile(r"""(#[^\n]*|\"{3}.*?\"{3}|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')""", re.DOTALL)
WHOLE = {".md", ".toml", ".cmake", ".txt", ".sbatch", ".cff"}

LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
FILE_CELL = re.compile(r"`([\w./-]+(?:\.(?:cpp|hpp|py|toml|sbatch|\*)|/))`")


def texts_of(name: str, content: str) -> Iterable[tuple[int, str]]:
    """What a file says to a reader, comments and strings of code, each with its first line."""
    suffix = Path(name).suffix
    if suffix in WHOLE or Path(name).name in {"bootstrap", "README.md"}:
        yield 1, content
    pattern = {".cpp": CPP_TEXT, ".hpp": CPP_TEXT, ".py": PYTHON_TEXT}.get(suffix)
    for match in pattern.finditer(content) if pattern else ():
        if match[1]:
            yield content.count("\n", 0, match.start()) + 1, match[1]


def hard_words(root: Path) -> Iterable[str]:
    for name in files_of(root):
        if name.startswith("tests/") and not name.endswith(".md"):
            continue  # read by contributors, and this list stands there
        if Path(name).suffix in {".h5", ".png", ".csv", ".npy"}:
            continue
        for first, text in texts_of(name, (root / name).read_text(errors="replace")):
            for match in WORDS.finditer(KEY_VALUE.sub(lambda m: " " * len(m[0]), text)):
                yield f'{name}:{first + text.count(chr(10), 0, match.start())} says "{match[0]}"'


def pages_of(root: Path) -> list[str]:
    return [name for name in files_of(root) if name.endswith("README.md")]


def missing_pages(root: Path) -> Iterable[str]:
    files = files_of(root)
    folders = {name.split("/")[0] for name in files if name.split("/")[0] in {*FLOORS, "tests"}}
    folders |= {"/".join(name.split("/")[:2]) for name in files if name.startswith("scenarios/") and name.count("/") > 1}
    for folder in sorted(folders):
        if f"{folder}/README.md" not in files:
            yield f"{folder} has no README.md"


def long_pages(root: Path) -> Iterable[str]:
    for name in pages_of(root):
        lines = len((root / name).read_text().splitlines())
        most = README_LINES if name == "README.md" else PAGE_LINES
        if lines > most:
            yield f"{name} has {lines} lines, more than {most}"


def dead_links(root: Path) -> Iterable[str]:
    for name in pages_of(root):
        for target in LINK.findall((root / name).read_text()):
            if "://" not in target and not (root / name).parent.joinpath(target).exists():
                yield f"{name} links to {target}, which is not there"


def unknown_files(root: Path) -> Iterable[str]:
    """Files in the first column of a page's tables that are not in its folder."""
    for name in pages_of(root):
        for line in (root / name).read_text().splitlines():
            first = line.split("|")[1] if line.startswith("|") and line.count("|") > 1 else ""
            for file in FILE_CELL.findall(first):
                if not any((root / name).parent.glob(file.rstrip("/"))):
                    yield f"{name} describes {file}, which is not there"


RULES = [hard_words, missing_pages, long_pages, dead_links, unknown_files]


@pytest.mark.parametrize("rule", RULES)
def test_the_project_keeps_the_rule(rule: Callable[[Path], Iterable[str]]) -> None:
    assert len(pages_of(ROOT)) > 15, "no pages found: the check would pass for nothing"
    assert not list(rule(ROOT))


# --- The rules themselves, on a small tree with one fault -------------------------------------------------------------

SMALL_TREE = {
    "README.md": "# A market\n\nSee [scenarios](scenarios/README.md).\n",
    GENERATED: "line\n" * 200,
    "engine/README.md": "| file | holds |\n|---|---|\n| `clear.*` | clearing |\n",
    "engine/clear.cpp": '// Set for market.society = "everyone".\nconst char* kName = "all agents";\nint everyone = 0;\n',
    "scenarios/README.md": "The key is `society = \"everyone\"`.\n",
    "scenarios/game/README.md": "A game.\n",
    "scenarios/game/game.hpp": "// All agents play.\n",
    "tests/README.md": "Tests.\n",
    "tests/test_game.py": '"""Nobody reads this."""\n',
}


def plant(root: Path, tree: dict[str, str]) -> Path:
    for name, text in tree.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


@pytest.mark.parametrize("rule", RULES)
def test_a_tree_without_fault_passes(rule: Callable[[Path], Iterable[str]], tmp_path: Path) -> None:
    assert not list(rule(plant(tmp_path, SMALL_TREE)))


@pytest.mark.parametrize(
    ("rule", "name", "text"),
    [
        (hard_words, "engine/clear.cpp", "// Nobody buys.\n"),
        (hard_words, "engine/clear.cpp", "const char c = '\"';  // whoever buys\n"),
        (hard_words, "engine/clear.cpp", 'auto text = "the user is told";\n'),
        (hard_words, "engine/clear.cpp", 'auto text = R"(two lines\nfor everybody)";\n'),
        (hard_words, "analysis/plot.py", 'def f():\n    """Tell.\n\n    It tells all.\n    """\n'),
        (hard_words, "scenarios/game/game.toml", "# everyone moves\n"),
        (missing_pages, "scenarios/other/other.hpp", "// A room.\n"),
        (missing_pages, "agents/cohort.hpp", "// A floor.\n"),
        (long_pages, "README.md", "line\n" * 151),
        (long_pages, "scenarios/game/README.md", "line\n" * 131),
        (dead_links, "README.md", "[a page](scenarios/none/README.md)\n"),
        (unknown_files, "engine/README.md", "| `clear.cpp`, `old.cpp` | clearing |\n"),
    ],
)
def test_a_planted_fault_is_named(
    rule: Callable[[Path], Iterable[str]], name: str, text: str, tmp_path: Path
) -> None:
    plant(tmp_path, {**SMALL_TREE, name: text})
    if name.startswith("analysis/"):
        plant(tmp_path, {"analysis/README.md": "Analysis.\n"})
    faults = list(rule(tmp_path))
    assert len(faults) == 1
    assert faults[0].startswith(name.split("/")[0])
