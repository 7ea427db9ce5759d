#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""How much more a machine's cores do than one of them: steps a second of whole runs on 1, 2, 4, ... threads.

    python3 tests/bench/scaling.py build/release/gbid --peak build/release/tests/bench/gbid_peak

A rate is the difference of two runs of one scenario, a short one and a long one, so that starting and ending cancel.
Beside the gains stands what `gbid_peak` gains in the same minutes: multiply-adds on registers, and reading 8 MB that
the threads share out. Standard library only; about two minutes on 16 cores.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

SCENARIOS = Path(__file__).resolve().parents[2] / "scenarios"
BIDS, ONE, SEVERAL = "bid_matrix/price_of_anarchy_notebook_budget.toml", "mixture_of_experts/single_bidder.toml", "mixture_of_experts/multiple_bidder.toml"
NOTHING = ["record.trajectory=[]", "record.final=[]"]
IMAGES = ["market.data={kind='synthetic',train=5000,held_out=256}", "market.evaluate=1000000"]


def regime(objective: str, schedule: str) -> str:
    return f"regimes={{only={{objective='{objective}',schedule='{schedule}'}}}}"


ONE_RANDOM, PLANNER, AT_ONCE = regime("own_payoff", "one_random"), regime("mean_payoff", "all_agents"), regime("own_payoff", "all_agents")


@dataclass(frozen=True)
class Row:
    name: str
    scenario: str
    trials: int
    sets: list[str]
    rate: float  # steps a second of all trials on one thread, roughly
    goal: float  # gain of 16 threads


ROWS = [
    Row("n = 10, one random agent, 1000 trials", BIDS, 1000, [ONE_RANDOM], 4e6, 12),
    Row("n = 10, planner, 1000 trials", BIDS, 1000, [PLANNER], 1e6, 12),
    Row("n = 100, one random agent, 64 trials", BIDS, 64, [ONE_RANDOM, "market.agents=100"], 2e5, 12),
    Row("n = 1000, one random agent", BIDS, 1, [ONE_RANDOM, "market.agents=1000"], 1300, 6),
    Row("n = 1000, planner", BIDS, 1, [PLANNER, "market.agents=1000"], 6, 9),
    Row("n = 1000, all agents at once", BIDS, 1, [AT_ONCE, "market.agents=1000"], 7, 9),
    Row("one bidder, three sellers, batch 256", ONE, 1, [regime("mean_payoff", "all_agents"), *IMAGES], 120, 7),
    Row("three bidders, three sellers, batch 256", SEVERAL, 1, [regime("own_payoff", "all_agents"), *IMAGES], 70, 7),
]


def seconds(gbid: str, row: Row, threads: int, steps: int) -> float:
    sets = [f"steps={steps}", f"record.every={steps}", *NOTHING, *row.sets]
    with tempfile.TemporaryDirectory() as folder:
        command = [gbid, "run", str(SCENARIOS / row.scenario), "--trials", str(row.trials), "--threads", str(threads), "--quiet", "-o", f"{folder}/out.h5"]
        for assignment in sets:
            command += ["--set", assignment]
        start = time.monotonic()
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        elapsed = time.monotonic() - start
    if done.returncode != 0:
        raise SystemExit(f"{row.name}: {done.stderr}")
    return elapsed


def measure(gbid: str, row: Row, threads: int, expected: float, wanted_s: float) -> float:
    """Steps of all trials a second."""
    few = max(1, round(0.1 * wanted_s * expected / row.trials))
    many = few + max(2, round(wanted_s * expected / row.trials))
    return (many - few) * row.trials / max(1e-9, seconds(gbid, row, threads, many) - seconds(gbid, row, threads, few))


def peaks(program: str | None, most: int) -> dict[int, dict[str, float]]:
    if program is None:
        return {}
    lines = subprocess.run([program, str(most)], capture_output=True, text=True, check=True).stdout.splitlines()
    return {line["threads"]: line for line in map(json.loads, lines)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("gbid", help="the program")
    parser.add_argument("--peak", help="gbid_peak, for what the machine itself gains")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, help="up to so many; default: all")
    parser.add_argument("--seconds", type=float, default=1.5, help="of one measurement")
    parser.add_argument("--only", default="", help="rows whose name holds this")
    parser.add_argument("--limit", type=float, default=150.0, help="seconds of the whole; rows that do not fit are left out")
    options = parser.parse_args()
    begin = time.monotonic()
    counts = [2**k for k in range(12) if 2**k <= options.threads]
    model = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), platform.machine())
    print(f"{model}, {os.cpu_count()} cores\n")
    machine = peaks(options.peak, options.threads)
    for key, name in (("fma_gflops", "multiply-adds, GFLOP/s"), ("read_gb_s", "reading 8 MB, GB/s")) if machine else ():
        report(name, {t: machine[t][key] for t in counts}, None)
    for row in ROWS:
        if options.only not in row.name:
            continue
        found: dict[int, float] = {}
        expected = row.rate
        for threads in counts:
            if time.monotonic() - begin > options.limit - 2.0 * options.seconds:
                print(f"{row.name}: no time left for {threads} threads")
                break
            found[threads] = measure(options.gbid, row, threads, expected, options.seconds)
            expected = 1.5 * found[threads]
        if found:
            report(row.name, found, row.goal)
    print(f"\n{time.monotonic() - begin:.0f} s")


def report(name: str, found: dict[int, float], goal: float | None) -> None:
    cells = "".join(f"  {threads:>3} {rate:>11,.5g}" for threads, rate in found.items())
    most = max(found)
    aim = f"  (goal of 16: {goal:g})" if goal else ""
    print(f"{name:<42}{cells}   gain of {most}: {found[most] / found[1]:.2f}{aim}", flush=True)
    print("RESULT " + json.dumps({"name": name, "rates": found, "gain": found[most] / found[1]}), flush=True)


if __name__ == "__main__":
    main()
