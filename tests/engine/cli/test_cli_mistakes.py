# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Odd but likely: awkward names, odd outputs, files from other systems."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import gbid_cli as cli
import numpy as np
import pytest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    cli.write_tiny(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", ["summary", "scenario_toml"])
def test_a_regime_may_not_take_a_name_that_the_file_needs(folder: Path, name: str) -> None:
    cli.write_tiny(folder, replace={"[regimes.competitive]": f"[regimes.{name}]"})
    for command in ("check", "run"):
        cli.assert_refused(cli.gbid(command, "tiny.toml", cwd=folder), cli.BAD_DATA, "tiny.toml:22:", f"regimes.{name}")
    assert cli.leftovers(folder) == []


@pytest.mark.parametrize("name", ['""', '"."', '".."', '"a/b"', '"a b"', '"1"', '"u\\u0308"', '"a\\u0000b"'])
def test_a_regime_that_cannot_be_a_group_is_refused(folder: Path, name: str) -> None:
    cli.write_tiny(folder, replace={"[regimes.competitive]": f"[regimes.{name}]"})
    cli.assert_refused(cli.gbid("run", "tiny.toml", cwd=folder), cli.BAD_DATA, "tiny.toml:22:1", "letters, digits")
    assert cli.leftovers(folder) == []


@pytest.mark.parametrize("name", ["title", "trial", "a", "_", "x" * 200])
def test_any_other_name_of_a_regime_works(folder: Path, name: str) -> None:
    cli.write_tiny(folder, replace={"[regimes.competitive]": f"[regimes.{name}]"})
    cli.assert_done(cli.gbid("run", "tiny.toml", "--quiet", cwd=folder))
    assert cli.values(folder / "tiny.h5", f"{name}/welfare").shape == (2, 21)


def test_an_empty_output_name_is_refused(folder: Path) -> None:
    done = cli.gbid("run", "tiny.toml", "-o", "", cwd=folder)
    assert done.returncode in (cli.USAGE, cli.CANNOT_CREATE) and done.stdout == "", done
    assert [path.name for path in folder.iterdir()] == ["tiny.toml"]


@pytest.mark.parametrize("force", [[], ["--force"]], ids=["plain", "force"])
def test_only_a_plain_file_is_ever_replaced(folder: Path, force: list[str]) -> None:
    # With --force as root, /dev/null would become a file; here it is a pipe.
    os.mkfifo(folder / "pipe")
    done = cli.gbid("run", "tiny.toml", "-o", "pipe", *force, cwd=folder)
    assert stat.S_ISFIFO((folder / "pipe").stat().st_mode)
    cli.assert_refused(done, cli.CANNOT_CREATE, "pipe")
    assert sorted(path.name for path in folder.iterdir()) == ["pipe", "tiny.toml"]


def test_a_data_file_is_never_the_output_even_by_force(folder: Path) -> None:
    np.savetxt(folder / "contribution.csv", np.ones((4, 4)), delimiter=",")
    text = (folder / "contribution.csv").read_bytes()
    source = cli.sets('market.utility.contribution={file="contribution.csv"}')
    done = cli.gbid("run", "tiny.toml", *source, "-o", "contribution.csv", "--force", "--quiet", cwd=folder)
    assert (folder / "contribution.csv").read_bytes() == text
    assert done.returncode in (cli.USAGE, cli.CANNOT_CREATE), done


def test_a_link_to_nowhere_is_found_out_before_the_run(folder: Path) -> None:
    (folder / "link.h5").symlink_to("nowhere.h5")
    done = cli.gbid("run", "tiny.toml", "-o", "link.h5", "--quiet", cwd=folder)
    if done.returncode == cli.OK:  # or else it is followed
        assert cli.status(folder / "link.h5") == "complete"
        return
    cli.assert_refused(done, cli.CANNOT_CREATE, "link.h5")
    assert cli.leftovers(folder) == ["link.h5"], "a journal was left"


def test_options_may_stand_before_the_file_and_end_with_two_dashes(folder: Path) -> None:
    cli.assert_done(cli.gbid("run", "--quiet", "tiny.toml", cwd=folder))
    cli.assert_done(cli.gbid("run", "--quiet", "--force", "--", "tiny.toml", cwd=folder))
    (folder / "-odd.toml").write_text(cli.TINY)
    cli.assert_done(cli.gbid("check", "--", "-odd.toml", cwd=folder))


def test_a_scenario_from_elsewhere_writes_where_the_user_is(folder: Path) -> None:
    here = folder / "here"
    here.mkdir()
    cli.assert_done(cli.gbid("run", "../tiny.toml", "--quiet", cwd=here))
    assert cli.leftovers(here) == ["tiny.h5"]
    assert cli.leftovers(folder) == []


@pytest.mark.parametrize("system", ["Windows", "byte order mark"])
def test_scenarios_from_other_editors_are_read(folder: Path, system: str) -> None:
    text = cli.TINY.replace("\n", "\r\n") if system == "Windows" else "\ufeff" + cli.TINY
    (folder / "other.toml").write_bytes(text.encode())
    cli.assert_done(cli.gbid("run", "other.toml", "--quiet", cwd=folder))
    cli.assert_done(cli.gbid("run", "tiny.toml", "--quiet", cwd=folder))
    assert cli.differences(folder / "tiny.h5", folder / "other.h5") == []


@pytest.mark.parametrize(
    "text",
    [b"\xff\xfea", b"a = [*a]", b"\xc3\xbc = 1", b"a" + b".a" * 200000 + b" = 1", b"a = " + b"[" * 100000, b"#" * 2000000,
     b"a = \"\"\"", b"[[market]]\n", b"\0", b"market = 1", b"a = 1\na.b = 2"],
    ids=["utf16", "star", "umlaut", "long key", "deep", "large", "open text", "array", "zero", "number", "redefined"],
)  # fmt: skip
def test_what_is_no_scenario_is_refused_with_its_place(folder: Path, text: bytes) -> None:
    (folder / "odd.toml").write_bytes(text)
    done = cli.gbid("check", "odd.toml", cwd=folder)
    assert done.returncode == cli.BAD_DATA and done.stdout == "", done
    assert done.stderr.startswith(("odd.toml:", "gbid: odd.toml:")), done.stderr
    assert max(len(line) for line in done.stderr.splitlines()) < 300


def test_the_later_of_two_overrides_counts(folder: Path) -> None:
    done = cli.gbid("check", "tiny.toml", *cli.sets("steps=3", "steps=7"), cwd=folder)
    cli.assert_done(done)
    assert "\nsteps = 7\n" in done.stdout


@pytest.mark.parametrize(
    ("assignments", "expected"),
    [
        (["learning.learner=sgd", "learning.learner.rate=0.1"], 'learner = { kind = "sgd", rate = 0.1 }'),
        (["agents.network=mlp", "agents.network.hidden=[8]"], "hidden = [8]"),
        (["regimes.extra.objective=mean_payoff"], "[regimes.extra]"),
        (["market.agents = 5"], "agents = 5"),
        (["title=a=b"], 'title = "a=b"'),
        (["steps=1_000"], "steps = 1000"),
    ],
)
def test_overrides_build_on_each_other(folder: Path, assignments: list[str], expected: str) -> None:
    done = cli.gbid("check", "tiny.toml", *cli.sets(*assignments), cwd=folder)
    cli.assert_done(done)
    assert expected in done.stdout
