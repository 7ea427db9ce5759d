# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""A copy of the sources in which something can be added, and the program built from it.

Only what depends on a changed file is compiled; the rest is linked from the build folder of GBID_PROGRAM, which is left as
it is. Objects stand before the libraries on the link line, so that they take the place of those inside.
"""

from __future__ import annotations

import difflib
import json
import os
import shlex
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ("engine", "agents", "scenarios", "analysis")
LIMIT_S = 1800.0  # of one compilation, on a machine that is busy otherwise


def build_folder() -> Path:
    return Path(os.environ["GBID_PROGRAM"]).resolve().parent


def output_of(*command: str, cwd: Path) -> str:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=True).stdout


class ScratchTree:
    def __init__(self, folder: Path) -> None:
        self.root = folder / "tree"
        self.build = build_folder()
        for floor in FLOORS:  # with their times, by which the compiler tells that a header was read already
            shutil.copytree(ROOT / floor, self.root / floor, ignore=shutil.ignore_patterns("*.png", "__pycache__"))
        self.new: list[str] = []
        self.changed: list[str] = []
        self.compiled = 0

    # --- What a contributor does ------------------------------------------------------------------------------------------

    def add_file(self, name: str, text: str) -> None:
        path = self.root / name
        assert not path.exists(), f"{name} is there already"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("// SPDX-License-Identifier: MIT\n// SPDX-FileCopyrightText: Gradient Bidding contributors\n" + text)
        self.new.append(name)

    def add_line(self, name: str, line: str, *, before: str) -> None:
        """One line more, above the only one that holds `before`."""
        path = self.root / name
        lines = path.read_text().split("\n")
        places = [number for number, each in enumerate(lines) if before in each]
        assert len(places) == 1, f"{name}: {len(places)} lines hold {before!r}"
        lines.insert(places[0], line)
        path.write_text("\n".join(lines))
        if name not in self.changed:
            self.changed.append(name)

    def lines_changed(self) -> dict[str, int]:
        """Of every file that was there: lines that are new or gone. An include that belongs to a new line is not counted."""
        counts = {}
        for name in self.changed:
            old, new = ((root / name).read_text().splitlines() for root in (ROOT, self.root))
            changes = [one for one in difflib.ndiff(old, new) if one[:2] in ("+ ", "- ")]
            counts[name] = sum(not one[2:].startswith("#include") for one in changes)
        return counts

    # --- The program ------------------------------------------------------------------------------------------------------

    def make(self) -> Path:
        """Compiles what has to be, and links. @return the program."""
        commands = json.loads((self.build / "compile_commands.json").read_text())
        by_object = {self._argument_after(shlex.split(each["command"]), "-o"): each for each in commands}
        changed = {ROOT / name for name in self.changed}
        affected = [each for each in by_object if self._is_of_program(each) and changed & self._files_of(each)]
        assert affected, "nothing depends on what was changed"
        jobs = [self._command(by_object[each], each) for each in affected]
        added = []
        for name in (each for each in self.new if each.endswith(".cpp")):
            like = next(each for each in by_object if each.startswith(self._target(name)) and each.endswith(".o"))
            own = f"{self._target(name)}{name}.o"
            jobs.append(self._command(by_object[like], own, source=self.root / name))
            added.append(own)
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for done in pool.map(self._run, jobs):
                assert done.returncode == 0, done.stderr[-4000:]
        self.compiled = len(jobs)
        program = self.root.parent / "gbid"
        done = self._run(self._link_command(affected, added, program))
        assert done.returncode == 0, done.stderr[-4000:]
        return program

    def _target(self, name: str) -> str:
        return "CMakeFiles/gbid.dir/" if name.startswith("engine/cli/") else f"CMakeFiles/gbid_{name.split('/')[0]}.dir/"

    def _is_of_program(self, output: str) -> bool:
        return output.endswith(".o") and output.split("/")[1] in {"gbid.dir", *(f"gbid_{floor}.dir" for floor in FLOORS)}

    def _files_of(self, output: str) -> set[Path]:
        """What an object was compiled from."""
        if not hasattr(self, "_deps"):
            self._deps: dict[str, set[Path]] = {}
            files: set[Path] = set()
            for line in output_of("ninja", "-t", "deps", cwd=self.build).splitlines():
                if line.startswith("    "):
                    files.add(Path(os.path.normpath(self.build / line.strip())))
                elif line:
                    files = self._deps.setdefault(line.split(":")[0], set())
        return self._deps.get(output, set())

    def _command(self, entry: dict[str, str], output: str, source: Path | None = None) -> list[str]:
        """As the build compiles it, with the files of this tree."""
        words = shlex.split(entry["command"])
        at = words.index("-c") + 1
        if source is None:
            source = self._here(Path(entry["file"]))
        own = self.root.parent / "objects" / output
        own.parent.mkdir(parents=True, exist_ok=True)
        words[at] = str(source)
        words[words.index("-o") + 1] = str(own)
        return [f"-I{self.root}" if word == f"-I{ROOT}" else word for word in words]

    def _here(self, source: Path) -> Path:
        if source.is_relative_to(self.build):  # several sources in one, which it names
            own = self.root.parent / "united" / source.relative_to(self.build)
            own.parent.mkdir(parents=True, exist_ok=True)
            own.write_text(source.read_text().replace(f'"{ROOT}/', f'"{self.root}/'))
            return own
        return self.root / source.relative_to(ROOT)

    def _link_command(self, affected: list[str], added: list[str], program: Path) -> list[str]:
        line = output_of("ninja", "-t", "commands", "-s", "gbid", cwd=self.build).strip().splitlines()[-1]
        words = [word for word in shlex.split(line) if word not in (":", "&&")]
        objects = self.root.parent / "objects"
        replaced = [str(objects / word) if word in affected else word for word in words]
        more = [str(objects / each) for each in (*affected, *added) if each not in words]
        at = replaced.index("-o")
        return [*replaced[:at], *more, "-o", str(program), *replaced[at + 2 :]]

    def _run(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=self.build, capture_output=True, text=True, timeout=LIMIT_S, check=False)

    @staticmethod
    def _argument_after(words: list[str], option: str) -> str:
        return words[words.index(option) + 1]
