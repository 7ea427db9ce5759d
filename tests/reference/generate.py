# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Write the golden files data/<experiment>.h5 and data/learners.h5 from the NumPy reference.

    /usr/bin/python3 tests/reference/generate.py            # all files
    /usr/bin/python3 tests/reference/generate.py --drift    # also how far 80-bit arithmetic ends from float64

Layout: /inputs/{contribution | hessians, alpha}; per regime /<regime>/{movers (steps), variables (steps + 1, ...),
matrices (3, n, n) at the steps of the root attribute `matrix_steps`}. raw_bids[0] is the start.
"""
from __future__ import annotations

import argparse
from pathlib import Path
from typing import Dict

import h5py
import numpy as np

from bid_matrix_reference import Inputs, Market, forward
from experiments import MARKETS, MATRICES, RATE, SCALARS, SEEDS, STEPS, VECTORS, Case, draw_case
from learning_reference import Adam, Extragradient, Momentum, Optimistic, Regime, Sgd, run

DATA = Path(__file__).resolve().parent / "data"
LEARNER_STEPS = 100

# Rates large enough that 100 steps change the bids visibly (gradients start near 0.01), small enough to be smooth.
# learner -> (TOML of the scenario, factory, whether one agent moves at a time). Where every agent moves at every
# step the two Adam clocks are one, so the per-agent clock is also played one agent at a time.
LEARNERS = {
    "sgd": ('{ kind = "sgd", rate = 10.0 }', lambda: Sgd(10.0), False),
    "momentum": ('{ kind = "momentum", rate = 2.0, beta = 0.9 }', lambda: Momentum(2.0, 0.9), False),
    "momentum_one_agent": ('{ kind = "momentum", rate = 20.0, beta = 0.5 }', lambda: Momentum(20.0, 0.5), True),
    "optimistic": ('{ kind = "optimistic", rate = 10.0 }', lambda: Optimistic(10.0), False),
    "extragradient": ('{ kind = "extragradient", rate = 10.0 }', lambda: Extragradient(10.0), False),
    "adam_per_agent": (
        '{ kind = "adam", rate = 0.05, clock = "per_agent" }', lambda: Adam(0.05, "per_agent"), False,
    ),
    "adam_per_agent_one_agent": (
        '{ kind = "adam", rate = 0.05, clock = "per_agent" }', lambda: Adam(0.05, "per_agent"), True,
    ),
}  # fmt: skip
LEARNER_VECTORS = ("payoff", "self_bid", "price", "updates")


def record_regime(
    market: Market, inputs: Inputs, regime: Regime, raw: np.ndarray, learner, steps: int, vectors
) -> Dict[str, np.ndarray]:
    """One regime with its matrices at the start, half way and at the end."""
    kept = (0, steps // 2, steps)
    result = run(market, inputs, regime, raw, learner, steps, tuple(vectors) + SCALARS, keep_raw_at=kept)
    states = [forward(market, inputs, at) for at in result["raw_bids"]]
    for matrix in MATRICES[1:]:
        if matrix in states[0]:
            result[matrix] = np.array([state[matrix] for state in states])
    if regime.movers is not None:
        result["movers"] = regime.movers
    return result


def experiment(name: str) -> Dict[str, Dict[str, np.ndarray]]:
    """inputs and every regime of one experiment."""
    case = draw_case(name)
    groups = {"inputs": named_inputs(case.inputs)}
    for regime, rule in case.regimes.items():
        groups[regime] = record_regime(
            case.market, case.inputs, rule, case.initial[regime], Adam(RATE), STEPS, VECTORS[name]
        )
    return groups


def learners() -> Dict[str, Dict[str, np.ndarray]]:
    """price_of_anarchy under own payoffs with every other learner, all from one start."""
    rng = np.random.default_rng(SEEDS["learners"])
    case: Case = draw_case("price_of_anarchy", SEEDS["learners"])
    movers = rng.integers(len(case.inputs.alpha), size=LEARNER_STEPS)
    start = case.initial["simultaneous"]
    groups = {"inputs": named_inputs(case.inputs)}
    for name, (_, make, one_moves) in LEARNERS.items():
        rule = Regime("own_payoff", movers if one_moves else None)
        groups[name] = record_regime(
            case.market, case.inputs, rule, start, make(), LEARNER_STEPS, LEARNER_VECTORS
        )
    return groups


def named_inputs(inputs: Inputs) -> Dict[str, np.ndarray]:
    return {name: value for name, value in vars(inputs).items() if value is not None}


def write(path: Path, groups: Dict[str, Dict[str, np.ndarray]], steps: int, seed: int) -> None:
    """One chunk per dataset, the newest layout (a third smaller) and no time stamps: equal data give equal bytes."""
    of_file, of_group, of_access = (
        h5py.h5p.create(kind) for kind in (h5py.h5p.FILE_CREATE, h5py.h5p.GROUP_CREATE, h5py.h5p.FILE_ACCESS)
    )
    of_file.set_obj_track_times(False)
    of_group.set_obj_track_times(False)
    of_access.set_libver_bounds(h5py.h5f.LIBVER_LATEST, h5py.h5f.LIBVER_LATEST)
    with h5py.File(h5py.h5f.create(str(path).encode(), h5py.h5f.ACC_TRUNC, of_file, of_access)) as file:
        file.attrs["source"] = "tests/reference/generate.py"
        file.attrs["steps"] = steps
        file.attrs["matrix_steps"] = (0, steps // 2, steps)
        file.attrs["numpy_seed"] = seed
        for group, variables in groups.items():
            folder = h5py.Group(h5py.h5g.create(file.id, group.encode(), gcpl=of_group))
            for name, value in variables.items():
                folder.create_dataset(
                    name, data=value, chunks=value.shape, compression="gzip", compression_opts=9, shuffle=True,
                    track_times=False,
                )  # fmt: skip


def print_drift(name: str) -> None:
    """max |bids| difference between float64 and long double, at half way and over the whole run."""
    case = draw_case(name)
    long_inputs = Inputs(**{key: value.astype(np.longdouble) for key, value in named_inputs(case.inputs).items()})
    for regime, rule in case.regimes.items():
        start = case.initial[regime]
        narrow = run(case.market, case.inputs, rule, start, Adam(RATE), STEPS, ["bids"])["bids"]
        wide = run(case.market, long_inputs, rule, start.astype(np.longdouble), Adam(RATE), STEPS, ["bids"])["bids"]
        apart = np.abs(narrow - wide).max(axis=(1, 2)).astype(float)
        print(f"{name:17} {regime:13} step {STEPS // 2}: {apart[STEPS // 2]:.1e}   largest: {apart.max():.1e}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--drift", action="store_true", help="compare with 80-bit arithmetic and print")
    arguments = parser.parse_args()
    DATA.mkdir(exist_ok=True)
    for name in MARKETS:
        write(DATA / f"{name}.h5", experiment(name), STEPS, SEEDS[name])
        if arguments.drift:
            print_drift(name)
    write(DATA / "learners.h5", learners(), LEARNER_STEPS, SEEDS["learners"])


if __name__ == "__main__":
    main()
