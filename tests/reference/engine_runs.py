# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Run the engine on inputs of the reference: scenario texts, overrides and the comparison of what comes back."""
from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Dict, List, Optional, Sequence

import h5py
import numpy as np

SCENARIOS = Path(__file__).resolve().parents[2] / "scenarios" / "bid_matrix"
RUN_LIMIT_S = 300  # a 200-step run takes milliseconds: only a hang takes so long, on the slowest machine

# The market sections of the shipped scenarios, repeated here so that a variant is a whole file of its own.
MARKET_TOML: Dict[str, str] = {
    "price_of_anarchy": """
[market.bids]
squash = "sigmoid"
shift = "row_mean"
mask = "relu"
[market.utility]
kind = "linear"
contribution = { file = "contribution.npy" }
[market.divergence]
source = "interranking"
form = "cross_entropy"
[market.payoff]
utility = 1.0
emission = 1.0
divergence = -0.5
""",
    "poa": """
[market.bids]
squash = "sigmoid"
shift = "column_mean"
mask = "hard"
[market.utility]
kind = "quadratic"
scale = "alpha"
hessians = { file = "hessians.npy" }
[market.ranking]
source = "interranking"
normalise = "l1"
[market.divergence]
source = "interranking"
form = "softmax"
[market.payoff]
utility = 1.0
ranking = 1.0
""",
    "nash": """
[market.bids]
squash = "clip"
shift = "column_mean"
mask = "hard"
[market.utility]
kind = "quadratic"
hessians = { file = "hessians.npy" }
[market.ranking]
source = "bids"
normalise = "minmax"
offset = 1e-5
[market.divergence]
source = "bids"
form = "softmax"
[market.payoff]
utility = { weight = 1.0, by = "alpha" }
ranking = { weight = 1.0, by = "one_minus_alpha" }
""",
    "divergence": """
[market.bids]
squash = "sigmoid"
shift = "column_mean"
mask = "sigmoid"
[market.utility]
kind = "quadratic"
scale = "alpha"
hessians = { file = "hessians.npy" }
[market.ranking]
source = "interranking"
normalise = "minmax"
[market.divergence]
source = "interranking"
form = "softmax"
[market.payoff]
utility = 1.0
ranking = 1.0
""",
    "rank": """
[market.bids]
squash = "sigmoid"
shift = "column_mean"
mask = "relu6"
[market.utility]
kind = "quadratic"
hessians = { file = "hessians.npy" }
[market.ranking]
source = "bids"
normalise = "softmax"
[market.divergence]
source = "bids"
form = "softmax"
[market.payoff]
utility = 1.0
""",
}


def quoted(names: Sequence[str]) -> str:
    return "[" + ", ".join(f'"{name}"' for name in names) + "]"


def save_inputs(folder: Path, inputs: Dict[str, np.ndarray]) -> None:
    """contribution.npy, hessians.npy, alpha.npy: the names that MARKET_TOML refers to."""
    for name, value in inputs.items():
        np.save(folder / f"{name}.npy", np.ascontiguousarray(value))


def regime_toml(name: str, objective: str, initial: Path, movers: Optional[Path] = None) -> str:
    schedule = '"all_agents"' if movers is None else f'{{ kind = "file", file = "{movers.name}" }}'
    return f"""
[regimes.{name}]
objective = "{objective}"
schedule = {schedule}
initial_bids = {{ file = "{initial.name}" }}
"""


def scenario_toml(
    market: str,
    agents: int,
    steps: int,
    learner: str,
    regimes: Sequence[str],
    trajectory: Sequence[str],
    final: Sequence[str],
    trials: int = 1,
) -> str:
    """A whole scenario around one of the five markets; file names are relative to where it is written."""
    alpha = "" if market == "price_of_anarchy" else 'alpha = { file = "alpha.npy" }\n'
    return (
        f'title = "{market} against the reference"\nseed = 1\ntrials = {trials}\nsteps = {steps}\n'
        f'[market]\nstructure = "bid_matrix"\nagents = {agents}\n{alpha}'
        f"{MARKET_TOML[market]}"
        f"[learning]\nlearner = {learner}\n"
        f"[record]\nevery = 1\ntrajectory = {quoted(trajectory)}\nfinal = {quoted(final)}\n" + "".join(regimes)
    )


def start_engine(scenario: Path, output: Path, overrides: Sequence[str] = ()) -> subprocess.CompletedProcess:
    program = os.environ.get("GBID_PROGRAM")
    assert program, "GBID_PROGRAM must name the gbid program"
    command: List[str] = [program, "run", str(scenario)]
    for override in overrides:
        command += ["--set", override]
    command += ["-o", str(output), "--quiet"]
    return subprocess.run(command, capture_output=True, text=True, timeout=RUN_LIMIT_S, check=False)


def run_engine(scenario: Path, output: Path, overrides: Sequence[str] = ()) -> Path:
    """The finished HDF5 file; a failed run shows what the engine said."""
    done = start_engine(scenario, output, overrides)
    assert done.returncode == 0, f"exit code {done.returncode}: {' '.join(done.args)}\n{done.stderr}{done.stdout}"
    assert output.exists(), f"no {output.name} after {' '.join(done.args)}\n{done.stderr}"
    return output


def read(path: Path, regime: str, names: Sequence[str]) -> Dict[str, np.ndarray]:
    """Variables of one regime with their leading trial axis."""
    with h5py.File(path, "r") as file:
        assert regime in file, f"{path.name} has no group '{regime}', only {list(file)}"
        missing = [name for name in names if name not in file[regime]]
        assert not missing, f"{path.name}:/{regime} lacks {missing}, it has {list(file[regime])}"
        return {name: file[f"{regime}/{name}"][()] for name in names}


def difference(name: str, got: np.ndarray, want: np.ndarray, rtol: float, atol: float) -> Optional[str]:
    """None where |got - want| <= atol max|want| + rtol |want| everywhere (NaN equals NaN), else what is wrong."""
    if got.shape != want.shape:
        return f"{name}: shape {got.shape}, expected {want.shape}"
    finite = np.abs(want[np.isfinite(want)])
    scale = float(np.max(finite)) if finite.size else 0.0
    wrong = ~np.isclose(got, want, rtol=rtol, atol=atol * scale, equal_nan=True)
    if not np.any(wrong):
        return None
    first = tuple(int(k) for k in np.argwhere(wrong)[0])
    with np.errstate(invalid="ignore"):
        worst = np.nanmax(np.abs(got - want)) if np.any(np.isfinite(got - want)) else np.nan
    return (
        f"{name}: {np.count_nonzero(wrong)} of {wrong.size} entries differ, first at {first}: "
        f"got {got[first]!r}, expected {want[first]!r}; largest difference {worst:.2e} (scale {scale:.2e})"
    )


def assert_same(got: Dict[str, np.ndarray], want: Dict[str, np.ndarray], rtol: float, atol: float) -> None:
    """All differences at once, each with the first step and agent that shows it."""
    messages = [difference(name, got[name], want[name], rtol, atol) for name in want]
    messages = [message for message in messages if message]
    assert not messages, "\n".join(messages)
