# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""The published single-bidder run again, on MNIST, beside the log that was printed with it.

By hand, since MNIST does not come along and 10,000 steps take minutes:

    GBID_PROGRAM=build/release/gbid /usr/bin/python3 tests/reference/published_single_bidder.py MNIST_FOLDER [SEED...]

The published program was not seeded, so that loss and accuracy are compared as noise allows; revenue hardly depends on
the data. Iteration i of the log is the state after i + 1 updates.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np

# iteration: revenue, loss and accuracy on the batch
LOG = {
    0: (0.70746, 1.818, 0.523),
    100: (0.74034, 0.239, 0.930),
    200: (0.76653, 0.178, 0.938),
    500: (0.82039, 0.220, 0.934),
    1000: (0.86954, 0.107, 0.965),
    1200: (0.88192, 0.130, 0.949),
    9400: (0.93704, 0.074, 0.973),
    9700: (0.93696, 0.036, 0.988),
    9900: (0.93807, 0.048, 0.980),
}
SCENARIO = Path(__file__).resolve().parents[2] / "scenarios" / "mixture_of_experts" / "single_bidder_published.toml"


def played(folder: str, seed: int, out: Path) -> dict[str, np.ndarray]:
    overrides = [f'market.data={{idx="{Path(folder).resolve()}"}}', "market.skip=5000", "record.every=1", "market.evaluate=0"]
    overrides.append('record.trajectory=["revenue", "loss", "accuracy", "held_out_accuracy"]')
    command = [os.environ["GBID_PROGRAM"], "run", str(SCENARIO), "-o", str(out), "--force", "--quiet", "--seed", str(seed)]
    subprocess.run(command + [word for pair in overrides for word in ("--set", pair)], check=True)
    with h5py.File(out) as file:
        group = file["coordinated"]
        return {name: group[name][0, :, 0] for name in ("revenue", "loss", "accuracy", "held_out_accuracy")}


def main() -> None:
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    seeds = [int(word) for word in sys.argv[2:]] or [1]
    with tempfile.TemporaryDirectory() as folder:
        runs = [played(sys.argv[1], seed, Path(folder) / "run.h5") for seed in seeds]
    print("iteration   revenue: published, here        loss: published, here (of 100 around)   accuracy")
    for iteration, (revenue, loss, accuracy) in LOG.items():
        state = iteration + 1
        around = slice(state, state + 1) if iteration < 100 else slice(max(1, state - 50), state + 50)
        here = np.mean([run["revenue"][state] for run in runs])
        losses = np.concatenate([run["loss"][around] for run in runs])
        accuracies = np.concatenate([run["accuracy"][around] for run in runs])
        print(
            f"{iteration:9d}   {revenue:.5f}  {here:.5f}   {loss:.3f}  {losses.mean():.3f} [{losses.min():.3f}, {losses.max():.3f}]"
            f"   {accuracy:.3f}  {accuracies.mean():.3f} [{accuracies.min():.3f}, {accuracies.max():.3f}]"
        )
    late = slice(8001, 9901)
    for seed, run in zip(seeds, runs):
        windows = ", ".join(f"{name} {run[name][late].mean():.4f}" for name in ("revenue", "loss", "accuracy"))
        print(f"seed {seed}, iterations 8000 to 9900: {windows}; held-out accuracy {run['held_out_accuracy'][-1]:.4f}")


if __name__ == "__main__":
    main()
