# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""What `compare_programs.py` plays: every shipped scenario, shortened, and variants that reach what those do not."""
from __future__ import annotations

import re
import subprocess
import tomllib
from dataclasses import dataclass
from itertools import cycle, product
from pathlib import Path
from typing import Dict, Iterator, List, Sequence, Tuple

import numpy as np

SCENARIOS = Path(__file__).resolve().parents[2] / "scenarios"
MAIN = SCENARIOS / "bid_matrix" / "price_of_anarchy_notebook_budget.toml"
MAIN_AGENTS, MAIN_STEPS, MAIN_TRIALS = 10, 40, 2
BAD_DATA = 65  # exit code of a scenario that is refused

CLASSICAL = ("bertrand", "common_pool", "cournot", "linear_quadratic", "matching_pennies", "proportional_share", "tullock")
# Few trials and steps; records that do not fall on every step; small networks and data sets for those that learn from data.
SHORT: Dict[str, Tuple[str, ...]] = {
    "bid_matrix": (f"steps={MAIN_STEPS}", f"trials={MAIN_TRIALS}", "record.every=3"),
    "classical": ("steps=60", "trials=2", "record.every=7"),
    "routing": ("steps=15",),
    "auctions": ("steps=12", "record.every=5"),
    "mixture_of_experts": (
        "steps=7", "trials=2", "record.every=2", "market.batch=40", "market.evaluate=3", "market.experts.hidden=[20,17]",
        "market.experts.embedding=13", "market.data={kind='synthetic',train=300,held_out=100}",
    ),
    "layered_flow": (
        "steps=7", "trials=2", "record.every=2", "market.batch=40", "market.evaluate=3", "market.hidden=[20,17]",
        "market.data={kind='synthetic',train=300,held_out=100}",
    ),
}
QUICK_SEARCH = ("certificate.search.climbs=2", "certificate.search.iterations=10", "certificate.search.agents=3")

LEARNERS = {
    "sgd": "{kind='sgd',rate=0.05}",
    "momentum": "{kind='momentum',rate=0.02}",
    "adam": "{kind='adam',rate=0.05}",
    "adam_per_agent": "{kind='adam',rate=0.05,clock='per_agent'}",
    "optimistic": "{kind='optimistic',rate=0.05}",
    "extragradient": "{kind='extragradient',rate=0.05}",
    "two_timescale": "{kind='two_timescale',rate=0.05,ratio=0.3}",
    "best_response": "{kind='best_response',rate=0.5}",
    "fictitious_play": "{kind='best_response',rate=0.5,averaging='fictitious_play'}",
}
SMALL = {"million_agents": ("market.agents=500",)}
BY_GRADIENT = tuple(name for name in LEARNERS if name not in ("best_response", "fictitious_play"))
SCHEDULES = {
    "all_agents": "all_agents",
    "one_random": "one_random",
    "round_robin": "round_robin",
    "random_subset": "{kind='random_subset',size=3}",
    "file": "{kind='file',file='MOVERS'}",
}


@dataclass(frozen=True)
class Case:
    """One call of both programs: `gbid COMMAND SCENARIO --set ... OPTIONS`."""

    name: str
    scenario: Path
    settings: Tuple[str, ...] = ()
    command: str = "run"
    options: Tuple[str, ...] = ()
    exit_codes: Tuple[int, ...] = (0, 1)  # any other is no comparison


def cases(program: str, folder: Path) -> List[Case]:
    """All cases. The program says what can be recorded; the folder takes files that scenarios refer to."""
    found = [
        *shipped(), *main_learners(folder), *main_variants(), *classical_learners(), *experts(), *flows(), *auctions(), *routes(),
        *recorded_whole(program), *sweeps(),
    ]
    names = [case.name for case in found]
    assert len(set(names)) == len(names), "two cases of one name"
    return found


def shortened(scenario: Path) -> Tuple[str, ...]:
    return SHORT[scenario.parent.name] + QUICK_SEARCH + SMALL.get(scenario.stem, ())


def name_of(scenario: Path) -> str:
    return f"{scenario.parent.name}/{scenario.stem}"


def variant(scenario: str, name: str, *settings: str, **fields: object) -> Case:
    path = SCENARIOS / f"{scenario}.toml"
    return Case(f"{scenario}/{name}", path, shortened(path) + settings, **fields)


def shipped() -> Iterator[Case]:
    for path in sorted(SCENARIOS.glob("*/*.toml")):
        assert path.parent.name in SHORT, f"{path.parent.name}: a new kind of market needs short settings"
        yield Case(name_of(path), path, shortened(path))


def main_learners(folder: Path) -> Iterator[Case]:
    """Every learner and schedule in both regimes of the main market, with certificates of one schedule's ends."""
    movers = folder / "movers.npy"
    np.save(movers, np.random.default_rng(1).integers(0, MAIN_AGENTS, (MAIN_TRIALS, MAIN_STEPS)))
    for learner, schedule in product(LEARNERS, SCHEDULES):
        kind = SCHEDULES[schedule].replace("MOVERS", str(movers))
        settings = [f"learning.learner={LEARNERS[learner]}", f"certify={'true' if schedule == 'one_random' else 'false'}"]
        settings += [f"regimes.{regime}.schedule={kind}" for regime in ("coordinated", "competitive")]
        refused = {} if learner in BY_GRADIENT else {"exit_codes": (BAD_DATA,)}
        yield variant("bid_matrix/price_of_anarchy", f"{learner}_{schedule}", *settings, **refused)


def main_variants() -> Iterator[Case]:
    main = "bid_matrix/price_of_anarchy"
    for network, learner in (("mlp", "adam"), ("mlp", "extragradient"), ("mlp", "momentum"), ("mlp", "adam_per_agent")):
        sees = "['constant','prices','rankings','own_payoff']"
        yield variant(
            main, f"{network}_{learner}", f"agents.network={{kind='mlp',hidden=[5,4],observe={sees}}}",
            f"learning.learner={LEARNERS[learner]}", "certify=true",
        )
    for activation in ("relu", "gelu", "identity"):
        yield variant(main, f"mlp_{activation}", f"agents.network={{kind='mlp',hidden=[6],activation='{activation}',observe=['prices']}}")
    for squash, mask in product(("sigmoid", "clip", "softmax"), ("relu", "hard", "sigmoid", "relu6")):
        yield variant(main, f"{squash}_{mask}", f"market.bids.squash={squash}", f"market.bids.mask={mask}", "market.bids.shift=column_mean")
    for kind in ("erdos_renyi", "small_world", "scale_free", "ring", "grid", "bipartite"):
        reachable = ["market.payoff={utility=1.0,emission=1.0}"] if kind == "bipartite" else []  # as the divergence demands
        yield variant(main, f"graph_{kind}", f"market.graph={kind}", *reachable, "record.final=['raw_bids','bids','mask','adjacency','graph','cycling']", "certify=true")
    yield variant(main, "updates_per_agent", "learning.budget=updates_per_agent")
    yield variant(main, "settled", "learning.until=settled", "steps=400", "learning.settled.tolerance=0.01", "learning.settled.window=5")
    yield variant(main, "paired_start", "agents.paired_start=true", "trials=4", "starts=2")
    yield variant(main, "minmax_rows", "agents.initial_bids=minmax_rows", "regimes.coordinated.objective=mean_utility")
    # The way to compute may depend on the number of agents.
    for agents in (2, 3, 5, 8, 17, 33, 64, 150):
        yield variant(main, f"agents_{agents}", f"market.agents={agents}", "trials=3", "steps=9", "record.every=1")


def classical_learners() -> Iterator[Case]:
    """A third regime of every learner, beside the two of the scenario."""
    for game in CLASSICAL:
        schedules = cycle(("all_agents", "one_random", "round_robin", "{kind='random_subset',size=2}"))
        for learner, schedule in zip(LEARNERS, schedules):
            yield variant(
                f"classical/{game}", learner, f"regimes.third.learner={LEARNERS[learner]}", f"regimes.third.schedule={schedule}",
                "record.every=1", "record.final=['strategy','known_equilibrium','known_optimum','cycling']",
            )


def experts() -> Iterator[Case]:
    several = "mixture_of_experts/multiple_bidder"
    for precision, learner in product(("float32", "float64"), BY_GRADIENT):
        yield variant(several, f"{precision}_{learner}", f"market.precision={precision}", f"learning.learner={LEARNERS[learner]}")
    for price, alignment in product(("mean_bid", "ask", "{kind='fixed',value=0.2}"), ("seller", "published")):
        name = re.sub(r"\W.*?'(\w+)'.*", r"\1", price)
        paid = ["market.payoff.payment=-1.0"] if price == "ask" else []
        yield variant(several, f"{name}_{alignment}", f"market.bids.price={price}", *paid, f"market.bids.alignment={alignment}", "market.precision=float64", "certify=true")
    for name, setting in {
        "specialise": "market.specialise=true", "no_noise": "market.gating.noise=false", "top_1": "market.gating.top_k=1",
        "tanh": "market.experts.activation=tanh", "identity": "market.experts.activation=identity",
        "published_start": "market.experts.init=published", "settled": "learning.until=settled", "many": "market.sellers=9",
        "round_robin": "regimes.competitive.schedule=round_robin", "one_random": "regimes.competitive.schedule=one_random",
        "random_subset": "regimes.competitive.schedule={kind='random_subset',size=2}", "balance": "market.payoff.balance=-0.1",
    }.items():
        yield variant(several, name, setting)


def flows() -> Iterator[Case]:
    flow = "layered_flow/ffnn_bidding"
    for precision, learner in product(("float32", "float64"), BY_GRADIENT):
        yield variant(flow, f"{precision}_{learner}", f"market.precision={precision}", f"learning.learner={LEARNERS[learner]}")
    for squash, activation in product(("l1", "softmax"), ("relu", "tanh", "identity")):
        yield variant(flow, f"{squash}_{activation}", f"market.flows.squash={squash}", f"market.activation={activation}", "market.precision=float64", "certify=true")


def auctions() -> Iterator[Case]:
    for learner in BY_GRADIENT:
        yield variant("auctions/first_price", learner, f"learning.learner={LEARNERS[learner]}", "regimes.competitive.schedule=round_robin")
    for name, setting in {
        "four": "market.bidders=4", "power": "market.prior={kind='power',exponent=[2.0]}", "gaussian": "market.prior=gaussian",
        "relu": "market.network={hidden=[7,5],activation='relu'}", "same_start": "market.network={hidden=[8],same_start=true}",
        "evaluated": "market.evaluate_every=5",
    }.items():
        yield variant("auctions/first_price", name, setting)


def routes() -> Iterator[Case]:
    for network in ("braess", "pigou", "grid"):
        yield variant(f"routing/{network}", "certified", "certify=true", "record.every=2")


def sweeps() -> Iterator[Case]:
    over = ("--over", "market.agents=4,7", "--over", "market.payoff.divergence=-1,0")
    for name, options in {"product": over, "zip": (*over, "--zip"), "common_seeds": (*over, "--seeds", "common")}.items():
        yield variant("bid_matrix/price_of_anarchy", f"sweep_{name}", command="sweep", options=options)


def recorded_whole(program: str) -> Iterator[Case]:
    """Of every market all that the program says can be recorded."""
    variables = {kind: recordables(program, kind) for kind in ("trajectories", "finals")}
    for path in {structure_of(path): path for path in sorted(SCENARIOS.glob("*/*.toml"), reverse=True)}.values():
        structure = structure_of(path)
        lists = [
            f"record.{key}={[name for name, markets in variables[kind].items() if {structure, 'all'} & set(markets)]}"
            for key, kind in (("trajectory", "trajectories"), ("final", "finals"))
        ]
        yield variant(name_of(path), "all_recorded", *lists)


def structure_of(path: Path) -> str:
    return str(tomllib.loads(path.read_text())["market"]["structure"])


def recordables(program: str, kind: str) -> Dict[str, Sequence[str]]:
    """Variable -> markets that have it, from `gbid list`."""
    said = subprocess.run([program, "list", kind], capture_output=True, text=True, check=True).stdout
    rows = re.findall(r"^(\w+)\n +.*\[([\w, ]+)\]$", said, re.MULTILINE)
    assert rows, f"gbid list {kind} names no markets"
    return {name: markets.split(", ") for name, markets in rows}
