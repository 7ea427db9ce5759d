# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""gbid list, init and check: what they name can be used as it is named."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import NamedTuple

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
        if name == "natural":  # of bid functions
            done = cli.gbid("check", "tiny.toml", *cli.sets(*assignments), cwd=tmp_path)
            cli.assert_refused(done, cli.BAD_DATA, "learning.learner", "has no natural gradients")
            assignments = ['market={structure="auction"}', 'regimes={r={learner="natural"}}', 'record={every=1}']
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


class Key(NamedTuple):
    """A key as list prints it."""

    kinds: tuple[tuple[str, str], ...]  # what must be for it to be there: ("market.structure", "cournot"), ...
    path: str
    default: str  # empty: none
    is_required: bool


def listed_keys(text: str) -> list[Key]:
    """Keys in what list prints: a key, and four columns deeper its help, type and default; below "with KEY = KIND:", two
    columns deeper, the keys of that kind."""
    found = []
    kinds: list[tuple[int, str, str]] = []
    lines = [*text.splitlines(), "", ""]
    for line, help_line, type_line in zip(lines, lines[1:], lines[2:]):
        indent = len(line) - len(line.lstrip())
        kind = re.fullmatch(r' *with ([a-zA-Z0-9_.]+) = "(\w+)":', line)
        below = rf" {{{indent + 4}}}\S"  # a kind that is listed has its keys there, a key its type
        is_key = re.fullmatch(r" *[a-zA-Z0-9_.]+", line) and re.match(below, help_line) and re.match(below, type_line)
        if not kind and not is_key:
            continue
        if kind:
            kinds = [*(outer for outer in kinds if outer[0] < indent), (indent, kind[1], kind[2])]
            continue
        default = re.search(r"\bdefault (.*)", type_line)
        around = tuple((key, name) for column, key, name in kinds if column < indent)
        found.append(Key(around, line.strip(), default[1] if default else "", bool(re.search(r"\brequired$", type_line))))
    return found


def leaf_defaults(text: str) -> dict[str, str]:
    """Keys and default values in what list prints, but for those that only some kinds have."""
    return {key.path: key.default for key in listed_keys(text) if key.default and not key.kinds}


def kind_tables(keys: list[Key]) -> dict[tuple[str, tuple[tuple[str, str], ...]], str]:
    """Of every kind that can be spelled out: the key it stands at, and the table that names it with all its defaults."""
    tables = {}
    for kinds in dict.fromkeys(key.kinds for key in keys if key.kinds):
        mine = [key for key in keys if key.kinds == kinds]
        if any(key.is_required for key in mine):  # which has no default
            continue
        at, tag = kinds[-1][0].rsplit(".", 1)
        values = [f"{key.path.removeprefix(at + '.')}={key.default}" for key in mine if key.default]
        tables[at, kinds] = "{" + ",".join([f'{tag}="{kinds[-1][1]}"', *values]) + "}"
    return tables


@pytest.mark.parametrize("structure", STRUCTURES)
def test_every_listed_key_can_be_set_to_its_default(tmp_path: Path, structure: str) -> None:
    """One call for the keys that are always there, and one for every kind with its keys."""
    small = write_example(tmp_path, structure)
    mine = ("market.structure", structure)
    keys = [key for key in listed_keys(listed(tmp_path, "keys")) if not key.kinds or key.kinds[0][0] != mine[0] or key.kinds[0] == mine]
    unused = ("market.data", "market.batch", "regimes.NAME.groups")  # made small; a group needs its agents
    if structure in (*OF_NETWORKS, "auction", "selfish_routing"):  # whose agents have no bids to start from
        unused = (*unused, "agents", "regimes.NAME.initial_bids")
    keys = [key for key in keys if not key.path.startswith(unused)]
    here = {(): [], (mine,): []}
    for key in keys:
        if key.kinds in here and key.default:
            here[key.kinds].append(f"{key.path}={key.default}")
    assert {"trials=1", "record.every=10", 'learning.budget="steps"', 'regimes.NAME.objective="own_payoff"'} <= set(here[()])
    assert len(here[mine,]) >= 2
    sets = [*here[()], *here[mine,]]
    tables = [(at, table) for (at, kinds), table in kind_tables(keys).items() if kinds != (mine,)]
    assert any(at == "learning.learner" for at, _ in tables)
    calls = [sets, *([f"{at}={table}"] for at, table in tables if '"best_response"' not in table and '"natural"' not in table)]
    for call in calls:
        call = [one.replace("payoff.NAME", "payoff.utility").replace("NAME", "coordinated") for one in call]
        done = cli.gbid("check", f"{structure}.toml", *small, *cli.sets(*call), cwd=tmp_path)
        if done.returncode != cli.OK and len(call) == 1:
            # A kind need not suit the rest of the example; its keys and their values are known all the same.
            assert done.returncode == cli.BAD_DATA, f"{call}: {done.stderr}"
            assert not re.search(r"unknown|missing|expected (a|an) (number|integer|text|table),", done.stderr), done.stderr
            continue
        assert done.returncode == cli.OK, f"{call}: {done.stderr}"
        assert done.stdout.endswith("# ok\n")


@pytest.mark.parametrize("structure", STRUCTURES)
def test_the_keys_of_every_market_are_among_all_keys(tmp_path: Path, structure: str) -> None:
    mine = ("market.structure", structure)
    of_all = [key for key in listed_keys(listed(tmp_path, "keys")) if mine in key.kinds]
    of_market = listed_keys(listed(tmp_path, "markets", structure))
    assert of_market
    assert {key.path for key in of_all} == {f"market.{key.path}" for key in of_market}


def test_one_key_can_be_listed(tmp_path: Path) -> None:
    assert [key.path for key in listed_keys(listed(tmp_path, "keys", "record.every"))] == ["record.every"]
    firms = listed_keys(listed(tmp_path, "keys", "market.intercept"))
    assert [key.kinds[-1][1] for key in firms] == ["cournot", "bertrand"]
    below = [key.path for key in listed_keys(listed(tmp_path, "keys", "record"))]
    assert below == ["record", "record.every", "record.trajectory", "record.final", "record.compression", "record.checkpoint"]


@pytest.mark.parametrize(("wrong", "right"), [("record.evry", "record.every"), ("market.intercpt", "market.intercept")])
def test_an_unknown_key_gets_the_nearest_right_one(tmp_path: Path, wrong: str, right: str) -> None:
    done = cli.gbid("list", "keys", wrong, cwd=tmp_path)
    cli.assert_refused(done, cli.USAGE, wrong, f'did you mean "{right}"?')


@pytest.mark.parametrize("kind", ["learners", "networks", "topologies", "roads"])
def test_every_key_of_a_kind_is_listed_with_it(tmp_path: Path, kind: str) -> None:
    keys = listed_keys(listed(tmp_path, "keys"))
    at = USES[kind][0].split("=")[0] if kind != "roads" else "market.network"
    with_keys = 0
    for name in names_of(tmp_path, kind):
        own = listed_keys(listed(tmp_path, kind, name))
        among = [key for key in keys if key.kinds and key.kinds[-1] == (f"{at}.kind", name)]
        assert [key.path for key in among] == [f"{at}.{key.path}" for key in own]
        with_keys += bool(own)
    assert with_keys >= 1


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
    hidden, in_hidden_table = [], False
    for number, line in enumerate(lines):
        if line.startswith(("[", "#[")):
            in_hidden_table = line.startswith("#")  # its keys are of no use without its heading
        if re.match(r"#[a-z_]+ = ", line) and not in_hidden_table:
            hidden.append(number)
    if structure in (*OF_NETWORKS, "auction"):  # whose agents start from no bids
        hidden = [number for number in hidden if not lines[number].startswith("#initial_bids")]
    if structure in (*OF_NETWORKS, "auction", "selfish_routing"):  # whose best responses are not searched for
        hidden = [number for number in hidden if not lines[number].startswith("#refine")]
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
