# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""gbid list, init and check: what they name can be used as it is named."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import gbid_cli as cli
import pytest

# Where each kind is named in a scenario; {} is the name.
USES = {
    "markets": ['market.structure="{}"'],
    "terms": ["market.payoff.{}=0.5"],
    "squashes": ["market.bids.squash={}"],
    "masks": ["market.bids.mask={}"],
    # On two sides nobody is reachable from everybody, which a divergence in the payoff would need.
    "topologies": ["market.graph={}", "market.agents=6", "market.payoff={{utility=1.0,emission=1.0}}"],
    "roads": ['market={{structure="selfish_routing",network={{kind="{}"}}}}', 'record.final=["links"]'],
    "networks": ["agents.network={}"],
    "observations": ['agents.network={{kind="mlp",observe=["{}"]}}'],
    "learners": ["learning.learner={}"],
    "objectives": ["regimes.competitive.objective={}"],
    "schedules": ["regimes.competitive.schedule={}"],
    "trajectories": ['record.trajectory=["{}"]'],
    "finals": ['record.final=["{}"]'],
}


def listed(folder: Path, *arguments: str) -> str:
    done = cli.gbid("list", *arguments, cwd=folder)
    cli.assert_done(done)
    assert done.stderr == ""
    return done.stdout


def names_of(folder: Path, kind: str) -> list[str]:
    return re.findall(r"^([a-z0-9_]+)$", listed(folder, kind), flags=re.MULTILINE)


OF_NETWORKS = ("mixture_of_experts", "layered_flow")
CLASSICAL = ("proportional_share", "tullock", "cournot", "bertrand", "common_pool", "linear_quadratic", "bilinear")
STRUCTURES = ("bid_matrix", *OF_NETWORKS, *CLASSICAL, "selfish_routing", "auction")
NEED_KEYS = ("file", "links", "tntp")  # kinds that say nothing by their name alone
SMALL_DATA = 'market.data={kind="synthetic",train=100,held_out=20}'


def write_example(folder: Path, structure: str) -> list[str]:
    """The scenario that init gives, and the overrides that make it small."""
    cli.assert_done(cli.gbid("init", structure, "-o", f"{structure}.toml", cwd=folder))
    return cli.sets(SMALL_DATA, "market.batch=10") if structure in OF_NETWORKS else []


def structures_of(folder: Path, kind: str) -> dict[str, list[str]]:
    """Name -> structures that record it, from the brackets behind its help."""
    found = re.findall(r"^([a-z0-9_]+)\n    .*\[([a-z_, ]+)\]$", listed(folder, kind), flags=re.MULTILINE)
    return {name: list(STRUCTURES) if of == "all" else of.split(", ") for name, of in found}


def test_the_overview_names_every_kind(tmp_path: Path) -> None:
    overview = listed(tmp_path)
    assert re.findall(r"^(\w+) +[\w.]+\n-", overview, flags=re.MULTILINE) == list(USES)
    for kind in USES:
        for name in names_of(tmp_path, kind):
            assert f"\n{name} " in overview


@pytest.mark.parametrize("kind", ["trajectories", "finals"])
def test_what_is_listed_can_be_recorded_by_the_structures_that_it_names(tmp_path: Path, kind: str) -> None:
    named = structures_of(tmp_path, kind)
    assert list(named) == names_of(tmp_path, kind)
    key = USES[kind][0].split("=")[0]
    for structure in STRUCTURES:
        small = write_example(tmp_path, structure)
        mine = [name for name, structures in named.items() if structure in structures]
        assert mine
        check = ["check", f"{structure}.toml", *small]
        cli.assert_done(cli.gbid(*check, *cli.sets(f"{key}={mine}".replace("'", '"')), cwd=tmp_path))
        for name in named.keys() - set(mine):
            done = cli.gbid(*check, *cli.sets(f'{key}=["{name}"]'), cwd=tmp_path)
            cli.assert_refused(done, cli.BAD_DATA, f'a {structure} does not record "{name}"')


def test_every_structure_has_an_example_that_checks(tmp_path: Path) -> None:
    assert names_of(tmp_path, "markets") == list(STRUCTURES)
    for structure in STRUCTURES:
        small = write_example(tmp_path, structure)
        cli.assert_done(cli.gbid("check", f"{structure}.toml", *small, cwd=tmp_path))
        cli.assert_done(cli.gbid("list", "markets", structure, cwd=tmp_path))


@pytest.mark.parametrize("structure", OF_NETWORKS)
def test_every_listed_key_of_a_market_of_networks_can_be_set_to_its_default(tmp_path: Path, structure: str) -> None:
    small = write_example(tmp_path, structure)
    defaults = leaf_defaults(listed(tmp_path, "markets", structure))
    assert {"batch", "evaluate", "payoff.loss", "precision"} <= defaults.keys()
    for key, value in defaults.items():
        if key in ("batch", "data"):  # made small
            continue
        done = cli.gbid("check", f"{structure}.toml", *small, *cli.sets(f"market.{key}={value}"), cwd=tmp_path)
        assert done.returncode == cli.OK, f"{key}={value}: {done.stderr}"


@pytest.mark.parametrize("kind", [kind for kind in USES if kind not in ("markets", "trajectories", "finals")])
def test_everything_listed_can_be_used_in_a_scenario(tmp_path: Path, kind: str) -> None:
    cli.write_tiny(tmp_path)
    names = names_of(tmp_path, kind)
    assert names
    for name in names:
        cli.assert_done(cli.gbid("list", kind, name, cwd=tmp_path))
        if name in NEED_KEYS:
            continue
        assignments = [use.format(name) for use in USES[kind]]
        if name == "best_response":  # which a bid matrix has no exact ones of
            done = cli.gbid("check", "tiny.toml", *cli.sets(*assignments), cwd=tmp_path)
            cli.assert_refused(done, cli.BAD_DATA, "learning.learner", "has no exact best responses")
            assignments = ['market={structure="cournot"}', 'regimes={r={learner="best_response"}}', 'record={every=1}']
        done = cli.gbid("check", "tiny.toml", *cli.sets(*assignments), cwd=tmp_path)
        cli.assert_done(done)
        assert name in done.stdout


@pytest.mark.parametrize("kind", ["trajectories", "finals", "observations", "masks", "squashes"])
def test_all_that_a_scenario_accepts_is_listed(tmp_path: Path, kind: str) -> None:
    # The message for a wrong name gives every right one, or, of very many, those that fit.
    cli.write_tiny(tmp_path)
    assignment = USES[kind][0].format("qqqqq")
    said = cli.gbid("check", "tiny.toml", *cli.sets(assignment), cwd=tmp_path).stderr
    accepted = re.search(r"expected one of (.*), got", said)
    assert accepted, said
    told, listed_names = accepted[1].split(", "), names_of(tmp_path, kind)
    if "..." in told:
        told.remove("...")
        assert len(told) > 20 and set(told) <= set(listed_names)
    else:
        assert sorted(told) == sorted(listed_names)


@pytest.mark.parametrize("kind", USES)
def test_a_wrong_name_gets_the_nearest_right_one(tmp_path: Path, kind: str) -> None:
    name = names_of(tmp_path, kind)[0]
    wrong = name[:-1] + ("x" if name[-1] != "x" else "y")
    done = cli.gbid("list", kind, wrong, cwd=tmp_path)
    cli.assert_refused(done, cli.USAGE, wrong, f'did you mean "{name}"?')


def leaf_defaults(text: str) -> dict[str, str]:
    """Keys and default values in what list prints: a key, and four columns deeper its help, type and default."""
    found = {}
    lines = text.splitlines()
    for number, line in enumerate(lines):
        help_line = lines[number + 1] if number + 1 < len(lines) else ""
        indent = len(line) - len(line.lstrip())
        if not re.fullmatch(r" *[a-zA-Z0-9_.]+", line) or not re.match(rf" {{{indent + 4}}}\S", help_line):
            continue
        of_type = re.search(r"\bdefault (.*)", lines[number + 2] if number + 2 < len(lines) else "")
        if of_type:
            found[line.strip()] = of_type[1]
    return found


def test_every_listed_key_can_be_set_to_its_default(tmp_path: Path) -> None:
    cli.write_tiny(tmp_path)
    of_scenario = leaf_defaults(listed(tmp_path, "keys"))
    of_market = leaf_defaults(listed(tmp_path, "markets", "bid_matrix"))
    assert {"trials", "record.every", "learning.budget", "regimes.NAME.objective"} <= of_scenario.keys()
    assert {"agents", "bids.mask", "payoff.NAME.weight"} <= of_market.keys()
    keys = {**of_scenario, **{f"market.{key}": value for key, value in of_market.items()}}
    keys.update({"regimes.NAME.learner": '"sgd"', "regimes.NAME.initial_bids": '"uniform"'})
    for key, value in keys.items():
        key = key.replace("payoff.NAME", "payoff.ranking").replace("NAME", "competitive")
        done = cli.gbid("check", "tiny.toml", *cli.sets(f"{key}={value}"), cwd=tmp_path)
        assert done.returncode == cli.OK, f"{key}={value}: {done.stderr}"
        assert done.stdout.endswith("# ok\n")


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("learners", "learning.learner"),
        ("networks", "agents.network"),
        ("topologies", "market.graph"),
        ("roads", "market.network"),
    ],
)
def test_every_key_of_a_choice_can_be_set_to_its_default(tmp_path: Path, kind: str, key: str) -> None:
    cli.write_tiny(tmp_path, replace={"agents    = 4": "agents    = 6"})
    of_roads = ['market={structure="selfish_routing"}', 'record.final=["links"]'] if kind == "roads" else []
    for name in names_of(tmp_path, kind):
        if name in (*NEED_KEYS, "best_response"):  # which needs another market
            continue
        for inner, value in leaf_defaults(listed(tmp_path, kind, name)).items():
            table = f'{key}={{kind="{name}",{inner}={value}}}'
            done = cli.gbid("check", "tiny.toml", *cli.sets(*of_roads, table), cwd=tmp_path)
            assert done.returncode == cli.OK, f"{table}: {done.stderr}"


def test_init_writes_a_scenario_that_checks_and_runs(tmp_path: Path) -> None:
    done = cli.gbid("init", "bid_matrix", "-o", "f.toml", cwd=tmp_path)
    cli.assert_done(done)
    assert done.stdout == "" and "f.toml" in done.stderr
    assert (tmp_path / "f.toml").read_text() == cli.gbid("init", "bid_matrix", cwd=tmp_path).stdout
    cli.assert_done(cli.gbid("check", "f.toml", cwd=tmp_path))
    cli.assert_done(cli.gbid("run", "f.toml", *cli.sets("steps=20", "trials=2"), "--quiet", cwd=tmp_path))
    assert cli.values(tmp_path / "f.h5", "competitive/welfare").shape == (2, 3)


@pytest.mark.parametrize("structure", STRUCTURES)
def test_what_init_comments_out_can_be_uncommented(tmp_path: Path, structure: str) -> None:
    small = write_example(tmp_path, structure)
    lines = (tmp_path / f"{structure}.toml").read_text().splitlines()
    hidden = [number for number, line in enumerate(lines) if re.match(r"#[a-z_]+ = ", line)]
    if structure in (*OF_NETWORKS, "auction"):  # whose agents start from no bids
        hidden = [number for number in hidden if not lines[number].startswith("#initial_bids")]
    assert len(hidden) >= 5
    uncommented = [line[1:] if number in hidden else line for number, line in enumerate(lines)]
    (tmp_path / "all.toml").write_text("\n".join(uncommented) + "\n")
    cli.assert_done(cli.gbid("check", "all.toml", *small, cwd=tmp_path))


def test_init_has_a_market_table_to_edit(tmp_path: Path) -> None:
    # What a user changes first must not be one line of 500 characters.
    written = cli.gbid("init", "bid_matrix", cwd=tmp_path).stdout
    assert "\n[market]\n" in written
    assert max(len(line) for line in written.splitlines()) <= 140


def test_check_prints_a_scenario_with_everything_in_it(tmp_path: Path) -> None:
    cli.write_tiny(tmp_path)
    done = cli.gbid("check", "tiny.toml", "--set", "market.agents=6", "--seed", "9", "--trials", "3", cwd=tmp_path)
    cli.assert_done(done)
    assert done.stderr == ""
    resolved = tomllib.loads(done.stdout)
    assert (resolved["market"]["agents"], resolved["seed"], resolved["trials"]) == (6, 9, 3)
    assert resolved["market"]["bids"]["squash"] == "sigmoid"  # a default
    assert resolved["learning"]["learner"]["epsilon"] == 1e-8
    for what in ("parameters", "memory", "file", "work"):
        assert re.search(rf"^# {what} +\d", done.stdout, flags=re.MULTILINE), done.stdout
    assert cli.leftovers(tmp_path) == []


def test_resolving_twice_is_resolving_once(tmp_path: Path) -> None:
    cli.write_tiny(tmp_path, replace={'title  = "Tiny"': 'title  = "Quotes \\" and \\\\ and \u00fc"'})
    once = cli.gbid("check", "tiny.toml", cwd=tmp_path)
    cli.assert_done(once)
    (tmp_path / "again.toml").write_text(once.stdout)
    assert cli.gbid("check", "again.toml", cwd=tmp_path).stdout == once.stdout
