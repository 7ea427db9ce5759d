# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""What the page about a run shows, as plain values."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from numpy.typing import NDArray
from gbid import _ends, _market_graph, _program, _series
from gbid._auctions import has_bid_functions
from gbid._load import Run, load

MOST_POINTS = 300  # of a line
MOST_VARIABLES = 16  # to choose from
MOST_AGENTS = 8  # with a bid function of their own
MOST_NODES = 160  # of a bid function
MOST_LINKS = 300  # of a network or market
MOST_PATH = 1500  # points of a phase portrait


def data(path: Path) -> dict[str, Any]:
    """Everything on the page of a run; the verdict and all statistics are those of ``gbid analyze``."""
    report = _program.call_json("analyze", path)
    with load(path) as run:
        thinned: list[str] = []
        return {
            "kind": "run",
            "title": run.title,
            "status": run.status,
            "report": report,
            "regimes": list(run),
            "series": _all_series(run, thinned),
            "family": _family(run, thinned),
            "differs": _differences(run),
            "about": about(run),
            "thinned": thinned,
        }


def about(opened: Any) -> dict[str, Any]:
    """How to repeat it."""
    names = ("seed", "scenario_sha256", "gbid_version", "build", "created", "command_line")
    return {name: opened.attributes.get(name, "") for name in names}


def series(run: dict[str, xr.Dataset] | Run, variable: str, most: int = MOST_POINTS) -> dict[str, Any]:
    """Median and band of a variable per regime, over updates per agent."""
    lines, attributes, was_thinned = [], {}, False
    for name, dataset in run.items():
        if not _series.is_recorded(dataset, variable):
            continue
        attributes = dataset[variable].attrs
        steps, low, middle, high = _series.known_quantiles(dataset, dataset[variable])
        stride = max(1, -(-len(steps) // most))
        was_thinned |= stride > 1 or dataset.sizes["step"] > _series.MOST_STEPS
        kept = np.arange(len(steps) - 1, -1, -stride)[::-1]  # with the last one
        updates = _series.updates_at(dataset, steps[kept])
        lines.append({"regime": name, "x": updates, "step": steps[kept], "low": low[kept], "middle": middle[kept], "high": high[kept]})
    units = str(attributes.get("units", "1"))
    return {"name": variable, "label": str(attributes.get("long_name", variable)), "units": "" if units == "1" else units, "lines": lines, "thinned": was_thinned}


def _all_series(run: Run, thinned: list[str]) -> list[dict[str, Any]]:
    names = dict.fromkeys(["welfare"])
    for dataset in run.values():
        for name, variable in dataset.data_vars.items():
            if {"trial", "step"} <= set(variable.dims) and variable.size and name != "updates":
                names[str(name)] = None
    chosen = list(names)[:MOST_VARIABLES]
    if len(names) > len(chosen):
        thinned.append(f"{len(chosen)} of {len(names)} recorded variables can be chosen")
    found = [each for each in (series(run, name) for name in chosen) if any(len(line["x"]) for line in each["lines"])]
    if any(each["thinned"] for each in found):
        thinned.append(f"lines are thinned to at most {MOST_POINTS} records each, the last one among them")
    return found


def _differences(run: Run) -> list[dict[str, str]]:
    """Keys of the scenario whose values are not the defaults of its structure, or not those of `gbid init`."""
    market = run.scenario.get("market", {}).get("structure", "")
    regimes = "".join(f'[regimes."{name}"]\nobjective = "{each.get("objective", "own_payoff")}"\n' for name, each in run.scenario.get("regimes", {}).items())
    try:
        text = _program.call("check", "-", text=f'[market]\nstructure = "{market}"\n{regimes}')
    except _program.GbidError:  # it has keys without a default: those of the scenario to start from
        text = _program.call("check", "-", text=_program.call("init", market))
    defaults = _flat(tomllib.loads(text))
    own = _flat(run.scenario)
    return [{"key": key, "value": str(value), "default": str(defaults.get(key, "none"))} for key, value in own.items() if defaults.get(key) != value and key != "market.structure"]


def _flat(table: dict[str, Any], path: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{path}{key}.")
        else:
            flat[path + key] = value
    return flat


def _family(run: Run, thinned: list[str]) -> list[dict[str, Any]]:
    """Panels of the family that the game belongs to."""
    panels: list[dict[str, Any]] = []
    for name, dataset in run.items():
        trial = _ends.common_trial(run, [name])
        if not _ends.counted_trials(dataset)[trial]:
            continue
        if has_bid_functions(dataset):
            panels.append(_bid_functions(name, dataset, trial, thinned))
        elif "link_flow" in dataset:
            panels.append(_network(name, dataset, trial, thinned))
        elif "strategies" in dataset and dataset.sizes.get("agent") == 2:
            panels.append(_portrait(name, dataset, trial))
        elif any(bid in dataset for bid in ("bids", "bid_final", "bid")):
            market = _market(name, dataset, trial, thinned)
            panels += [market] if market else []
        if "mask_0" in dataset:
            panels.append(_masks(name, dataset, trial))
    return panels


def _bid_functions(name: str, dataset: xr.Dataset, trial: int, thinned: list[str]) -> dict[str, Any]:
    agents, nodes = dataset.value.shape[1:]
    kept = np.unique(np.linspace(0, nodes - 1, min(nodes, MOST_NODES)).astype(int))
    shown = min(agents, MOST_AGENTS)
    _say(thinned, f"bid functions: {shown} of {agents} agents, {len(kept)} of {nodes} types", shown < agents or len(kept) < nodes)
    known = dataset.get("known_bid")
    has_known = known is not None and known.dims == dataset.bid.dims
    return {
        "panel": "bid_functions",
        "regime": name,
        "trial": trial,
        "units": str(dataset.bid.attrs.get("units", "")),
        "agents": [
            {
                "value": dataset.value.values[trial, agent, kept],
                "bid": dataset.bid.values[trial, agent, kept],
                "known": known.values[trial, agent, kept] if known is not None and has_known else [],
            }
            for agent in range(shown)
        ],
    }


def _network(name: str, dataset: xr.Dataset, trial: int, thinned: list[str]) -> dict[str, Any]:
    flow = dataset.link_flow.values[trial]
    kept = np.sort(np.argsort(-flow, kind="stable")[:MOST_LINKS])
    _say(thinned, f"network: the {len(kept)} links with the largest flow of {len(flow)}", len(kept) < len(flow))
    return {
        "panel": "network",
        "regime": name,
        "trial": trial,
        "units": str(dataset.link_flow.attrs.get("units", "")),
        "origins": sorted(set(dataset.origin.values[trial].astype(int).tolist())),
        "destinations": sorted(set(dataset.destination.values[trial].astype(int).tolist())),
        "links": [
            {"from": int(dataset.from_node.values[trial, k]), "to": int(dataset.to_node.values[trial, k]), "flow": flow[k], "cost": dataset.link_cost.values[trial, k]}
            for k in kept
        ],
    }


def _portrait(name: str, dataset: xr.Dataset, trial: int) -> dict[str, Any]:
    path = dataset.strategies.values[trial]
    path = path[np.isfinite(path).all(axis=1)]
    stride = max(1, -(-len(path) // MOST_PATH))
    kept = np.arange(len(path) - 1, -1, -stride)[::-1]
    known = dataset.known_equilibrium.values[trial] if "known_equilibrium" in dataset else []
    return {"panel": "portrait", "regime": name, "trial": trial, "path": path[kept], "known": known}


def _market(name: str, dataset: xr.Dataset, trial: int, thinned: list[str]) -> dict[str, Any] | None:
    try:
        trades = _market_graph.read_trades(dataset, trial)
    except KeyError:
        return None
    if trades is None:
        return None
    pairs = np.argwhere(trades.weight > 0)
    order = np.argsort(-trades.weight[tuple(pairs.T)], kind="stable")[:MOST_LINKS]
    _say(thinned, f"market graph: the {MOST_LINKS} strongest of {len(pairs)} links", len(pairs) > MOST_LINKS)
    buyers, sellers = trades.bid.shape
    return {
        "panel": "market",
        "regime": name,
        "trial": trial,
        "is_between_agents": trades.is_between_agents,
        "buyers": buyers,
        "sellers": sellers,
        "what": "bid" if trades.mask is None else "mask",
        "links": [{"buyer": int(b), "seller": int(s), "bid": trades.bid[b, s], "weight": trades.weight[b, s]} for b, s in pairs[order]],
    }


def _masks(name: str, dataset: xr.Dataset, trial: int) -> dict[str, Any]:
    layers = sorted(int(str(n)[5:]) for n in dataset.data_vars if str(n).startswith("mask_") and str(n)[5:].isdecimal())
    first = dataset.mask_0.values[trial]
    side = int(round(np.sqrt(first.shape[0])))
    image = first.mean(axis=1) if side * side == first.shape[0] else np.empty(0)
    shares = [float((dataset[f"mask_{k}"].values[trial] != 0).mean()) for k in layers]
    return {"panel": "masks", "regime": name, "trial": trial, "open": shares, "side": side, "image": image}


def _say(thinned: list[str], text: str, is_thinned: bool) -> None:
    if is_thinned and text not in thinned:
        thinned.append(text)
