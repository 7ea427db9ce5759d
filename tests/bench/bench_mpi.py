# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""How much of two processes' time under mpirun is work: one process with one thread, then two with one each.

    python3 tests/bench/bench_mpi.py build/release/gbid [scenario.toml]

Prints, for each pair, both wall-clock times and their ratio / 2. Launching is part of the time, as it is for a user;
`launch` is a sweep of nothing, and the efficiency without it is printed beside.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ENVIRONMENT = {**os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
WORK = ["--over", "market.payoff.divergence=lin:-1:-0.1:64", "--trials", "32", "--set", "steps=2000", "--set", "record.every=20",
        "--set", 'record.trajectory=["payoff"]', "--set", "record.final=[]", "--threads", "1", "--quiet"]
NOTHING = ["--over", "seed=1,2", "--trials", "1", "--set", "steps=1", "--threads", "1", "--quiet"]


def seconds(gbid: str, scenario: str, processes: int, work: list[str]) -> float:
    with tempfile.TemporaryDirectory() as folder:
        launcher = ["mpirun", "--oversubscribe", "-n", str(processes)] if processes > 1 else []
        command = [*launcher, gbid, "sweep", scenario, *work, "-o", str(Path(folder) / "out.h5")]
        start = time.monotonic()
        subprocess.run(command, check=True, env=ENVIRONMENT)
        return time.monotonic() - start


def main() -> None:
    gbid = str(Path(sys.argv[1]).resolve())
    default = Path(__file__).resolve().parents[2] / "scenarios" / "bid_matrix" / "price_of_anarchy_notebook_budget.toml"
    scenario = sys.argv[2] if len(sys.argv) > 2 else str(default)
    launch = statistics.median(seconds(gbid, scenario, 2, NOTHING) for _ in range(3))
    print(f"launch of two processes: {launch:.2f} s")
    found = []
    for _ in range(3):
        one, two = seconds(gbid, scenario, 1, WORK), seconds(gbid, scenario, 2, WORK)
        found.append(one / two / 2)
        print(f"one process {one:.2f} s, two {two:.2f} s: efficiency {found[-1]:.3f}, {one / (two - launch) / 2:.3f} without launching")
    print(f"median efficiency {statistics.median(found):.3f}")


if __name__ == "__main__":
    main()
