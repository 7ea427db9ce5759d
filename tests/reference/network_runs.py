# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Scenario texts and IDX files for markets of networks, and what the reference makes of the same case."""
from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Dict, List, Sequence, Tuple, Union

import numpy as np

from engine_runs import quoted, read, run_engine
from network_reference import ExpertMarket, FlowMarket, Parameters, State
from network_training import EXPERT_TRAINING, FLOW_TRAINING, SCALARS, ExpertGame, FlowGame, Game, ImageSet, Plan, play

ROWS, COLUMNS, CLASSES, TRAIN, HELD_OUT = 5, 4, 3, 60, 20
UNSIGNED_BYTE = 0x08  # element type of an IDX file

HELD_OUT_VARIABLES = ("held_out_loss", "held_out_accuracy")
COSTS = ("multiply_adds", "dense_multiply_adds")


def draw_images(count: int, seed: int) -> ImageSet:
    """Noisy pictures of three patterns, hard enough that 60 steps do not end at a loss of zero. A dark corner."""
    patterns = np.random.default_rng(100).uniform(60.0, 200.0, (CLASSES, ROWS * COLUMNS))
    rng = np.random.default_rng(seed)
    labels = np.resize(rng.permutation(CLASSES), count)[rng.permutation(count)]
    pixels = np.clip(patterns[labels] + rng.normal(0.0, 60.0, (count, ROWS * COLUMNS)), 0.0, 255.0).astype(np.uint8)
    pixels[:, 0] = 0
    return ImageSet(pixels, labels.astype(np.uint8))


def draw_train_and_held_out() -> Tuple[ImageSet, ImageSet]:
    return draw_images(TRAIN, 1), draw_images(HELD_OUT, 2)


def idx_bytes(values: np.ndarray) -> bytes:
    """An IDX file of unsigned bytes: two zeros, type, number of dimensions, sizes (big-endian), values."""
    header = struct.pack(">HBB", 0, UNSIGNED_BYTE, values.ndim) + struct.pack(f">{values.ndim}I", *values.shape)
    return header + np.ascontiguousarray(values, dtype=np.uint8).tobytes()


def write_images(folder: Path, train: ImageSet, held_out: ImageSet) -> None:
    """The four standard files."""
    folder.mkdir()
    for prefix, images in (("train", train), ("t10k", held_out)):
        (folder / f"{prefix}-images-idx3-ubyte").write_bytes(idx_bytes(images.pixels.reshape(-1, ROWS, COLUMNS)))
        (folder / f"{prefix}-labels-idx1-ubyte").write_bytes(idx_bytes(images.labels))


@dataclass(frozen=True)
class Case:
    """One scenario and what the reference has to know to replay it."""

    market: Union[ExpertMarket, FlowMarket]
    plan: Plan
    learner: Tuple[str, object]  # TOML and a factory
    regimes: Dict[str, str]  # name -> objective
    hidden: Sequence[int] = (6, 5)
    embedding: int = 4
    init: str = "published"
    precision: str = "float64"
    trials: int = 1

    @property
    def is_flow(self) -> bool:
        return isinstance(self.market, FlowMarket)

    @property
    def trajectory(self) -> Tuple[str, ...]:
        own = FLOW_TRAINING if self.is_flow else EXPERT_TRAINING + ("updates",)
        return own + SCALARS + HELD_OUT_VARIABLES

    @property
    def final(self) -> Tuple[str, ...]:
        """Variables besides the networks."""
        if self.is_flow:
            return tuple(f"mask_{layer}" for layer in range(len(self.hidden) + 1))
        return ("bid_final", "mask_final")


def boolean(value: bool) -> str:
    return "true" if value else "false"


def market_toml(case: Case) -> str:
    plan, market = case.plan, case.market
    common = (
        f'batch = {plan.batch}\nprecision = "{case.precision}"\ndata = {{ idx = "images" }}\nskip = {plan.skip}\n'
        f"evaluate = {plan.evaluate}\n"
    )
    if case.is_flow:
        return (
            f'[market]\nstructure = "layered_flow"\nhidden = {list(case.hidden)}\nactivation = "{market.activation}"\n'
            f'init = "{case.init}"\n{common}'
            f'[market.flows]\nsquash = "{market.squash}"\nspread = 0.1\nscale = "{market.scale}"\n'
            f"[market.payoff]\nloss = {market.loss}\nflow = {market.flow}\n"
        )
    price = '"mean_bid"' if market.fixed_price is None else f'{{ kind = "fixed", value = {market.fixed_price} }}'
    return (
        f'[market]\nstructure = "mixture_of_experts"\nbidders = {market.bidders}\nsellers = {market.sellers}\n{common}'
        f"specialise = {boolean(plan.specialise)}\n"
        f"[market.gating]\ntop_k = {market.top_k}\nnoise = {boolean(market.noise)}\n"
        f"noise_floor = {market.noise_floor}\n"
        f"[market.experts]\nhidden = {list(case.hidden)}\nembedding = {case.embedding}\n"
        f'activation = "{market.activation}"\ninit = "{case.init}"\n'
        f'[market.bids]\nprice = {price}\nalignment = "{market.alignment}"\n'
        f"[market.payoff]\nloss = {market.loss}\nrevenue = {market.revenue}\nbalance = {market.balance}\n"
    )


def scenario_toml(case: Case) -> str:
    groups = ["networks", "masks" if case.is_flow else "market"]
    return (
        f'title = "Against the reference"\nseed = {case.plan.seed}\ntrials = {case.trials}\nsteps = {case.plan.steps}\n'
        f"{market_toml(case)}"
        f"[learning]\nlearner = {case.learner[0]}\n"
        f"[record]\nevery = {case.plan.every}\ntrajectory = {quoted(case.trajectory + COSTS)}\n"
        f"final = {quoted(groups)}\n"
        + "".join(f'[regimes.{name}]\nobjective = "{objective}"\n' for name, objective in case.regimes.items())
    )


def network_shapes(case: Case) -> Dict[str, Tuple[int, ...]]:
    """Names and shapes of the final "networks"."""
    pixels, market = ROWS * COLUMNS, case.market
    if case.is_flow:
        sizes = [pixels, *case.hidden, CLASSES]
        shapes: Dict[str, Tuple[int, ...]] = {}
        for layer, (fan_in, fan_out) in enumerate(zip(sizes, sizes[1:])):
            shapes[f"flow_{layer}"] = shapes[f"weight_{layer}"] = (fan_in, fan_out)
            shapes[f"bias_{layer}"] = (fan_out,)
        return shapes
    shapes = {
        "gate_weight": (market.bidders, pixels, market.sellers),
        "noise_weight": (market.bidders, pixels, market.sellers),
        "self_weight": (market.bidders,),
        "head_weight": (market.bidders, case.embedding, CLASSES),
        "head_bias": (market.bidders, CLASSES),
    }
    sizes = [pixels, *case.hidden, case.embedding]
    for layer, (fan_in, fan_out) in enumerate(zip(sizes, sizes[1:])):
        shapes[f"expert_weight_{layer}"] = (market.sellers, fan_in, fan_out)
        shapes[f"expert_bias_{layer}"] = (market.sellers, fan_out)
    return shapes


def fan_in_scale(case: Case, shape: Tuple[int, ...]) -> float:
    return 0.1 if case.init == "published" else float(np.sqrt(2.0 / shape[-2]))


def draw_networks(case: Case, seed: int = 1) -> Parameters:
    """A start like the engine's, drawn here: truncated normal weights, gates 0, self weights 1."""
    rng = np.random.default_rng(seed)
    found: Parameters = {}
    for name, shape in network_shapes(case).items():
        if name in ("gate_weight", "noise_weight"):
            found[name] = np.zeros(shape)
        elif name == "self_weight":
            found[name] = np.ones(shape)
        elif "bias" in name:
            found[name] = np.full(shape, 0.1 if case.init == "published" else 0.0)
        else:
            normal = rng.standard_normal(shape)
            while np.any(far := np.abs(normal) > 2.0):
                normal[far] = rng.standard_normal(np.count_nonzero(far))
            found[name] = normal * (0.1 if name.startswith("flow_") else fan_in_scale(case, shape))
    return found


def game_of(case: Case, trial: int) -> Tuple[Game, Plan]:
    plan = replace(case.plan, trial=trial)
    make = FlowGame if case.is_flow else ExpertGame
    return make(case.market, plan, *draw_train_and_held_out()), plan


def replay(case: Case, objective: str, start: Parameters, trial: int = 0) -> Tuple[Dict[str, np.ndarray], State]:
    """The reference's trajectory and final state from given networks."""
    game, plan = game_of(case, trial)
    trajectory, final = play(game, plan, start, case.learner[1](), objective)
    return {name: trajectory[name] for name in case.trajectory}, final


def write_case(case: Case, folder: Path) -> Path:
    write_images(folder / "images", *draw_train_and_held_out())
    scenario = folder / "case.toml"
    scenario.write_text(scenario_toml(case))
    return scenario


def initial_networks(case: Case, scenario: Path, regime: str) -> Parameters:
    """What the engine starts from: the final networks of a run of no steps. With their trial axis."""
    path = scenario.with_name("start.h5")
    if not path.exists():
        run_engine(scenario, path, ["steps=0", 'record.final=["networks"]'])
    return read(path, regime, list(network_shapes(case)))


def stack_trials(results: List[Dict[str, np.ndarray]]) -> Dict[str, np.ndarray]:
    return {name: np.stack([result[name] for result in results]) for name in results[0]}
