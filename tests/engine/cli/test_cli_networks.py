# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Markets of networks through the program: run, evaluate, graph, and what goes wrong."""

from __future__ import annotations

import gzip
import json
import struct
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import gbid_cli as cli
import h5py
import numpy as np
import pytest

FOLDER = Path(__file__).resolve().parents[3] / "scenarios"
FILES = (
    "mixture_of_experts/single_bidder",
    "mixture_of_experts/single_bidder_published",
    "mixture_of_experts/multiple_bidder",
    "layered_flow/ffnn_bidding",
    "layered_flow/ffnn_bidding_published",
)

# Two bidders, three sellers, a second of images of 4 x 4 pixels.
MARKET = """\
title  = "Small"
seed   = 3
trials = 2
steps  = 30

[market]
structure = "mixture_of_experts"
bidders   = 2
sellers   = 3
batch     = 16
evaluate  = 10
data      = { idx = "images" }
experts   = { hidden = [12], embedding = 8 }

[learning]
learner = { kind = "adam", rate = 0.01 }

[regimes.competitive]
objective = "own_payoff"

[regimes.coordinated]
objective = "mean_payoff"

[record]
every = 5
trajectory = ["loss", "accuracy", "revenue", "held_out_accuracy", "held_out_loss", "bid", "mask", "multiply_adds", "dense_multiply_adds", "samples"]
"""

NAMES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")


def idx(array: np.ndarray) -> bytes:
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.astype(np.uint8).tobytes()


def write_images(folder: Path, *, size: int = 4, seed: int = 0) -> Path:
    """Images whose brightest quarter tells the class, so that there is something to learn."""
    folder.mkdir()
    draw = np.random.default_rng(seed)
    for count, images, labels in ((200, NAMES[0], NAMES[1]), (60, NAMES[2], NAMES[3])):
        kind = draw.integers(0, 3, count)
        pixels = draw.integers(0, 100, (count, size, size))
        for k, label in enumerate(kind):
            pixels[k, :2, :2] += 150 * (label == 0)
            pixels[k, 2:, :2] += 150 * (label == 1)
            pixels[k, 2:, 2:] += 150 * (label == 2)
        (folder / images).write_bytes(idx(pixels))
        (folder / labels).write_bytes(idx(kind))
    return folder


@pytest.fixture
def market(tmp_path: Path) -> Path:
    write_images(tmp_path / "images")
    path = tmp_path / "small.toml"
    path.write_text(MARKET)
    return path


def run(market: Path, *arguments: object, out: str = "small.h5") -> Path:
    cli.assert_done(cli.gbid("run", market, "-o", out, "--quiet", *arguments, cwd=market.parent))
    return market.parent / out


FLOW = """\
title  = "Small flow"
seed   = 3
steps  = 400

[market]
structure = "layered_flow"
hidden    = [20, 12]
activation = "relu"
init      = "scaled"
batch     = 16
evaluate  = 10
data      = { idx = "images" }
flows     = { squash = "softmax", spread = 2.0, scale = "keep_signal" }

[learning]
learner = { kind = "adam", rate = 0.01 }

[regimes.coordinated]
objective = "mean_payoff"

[record]
every = 5
final = ["networks", "masks"]
"""


@pytest.fixture
def flow(tmp_path: Path) -> Path:
    write_images(tmp_path / "images")
    path = tmp_path / "flow.toml"
    path.write_text(FLOW)
    return path


def test_every_file_is_tried() -> None:
    found = [path.relative_to(FOLDER).with_suffix("").as_posix() for path in FOLDER.glob("*/*.toml")]
    assert sorted(FILES) == sorted(name for name in found if not name.startswith(("bid_matrix/", "routing/", "classical/", "auctions/")))


@pytest.mark.parametrize("name", FILES)
def test_the_files_that_come_along_run_and_say_what_was_learned(tmp_path: Path, name: str) -> None:
    short = cli.sets(
        "steps=2", "trials=1", "market.batch=32", 'market.data={kind="synthetic",train=100,held_out=50}', "market.skip=0"
    )
    done = cli.gbid("run", FOLDER / f"{name}.toml", "-o", "run.h5", *short, cwd=tmp_path)
    cli.assert_done(done)
    assert "What was learned" in done.stdout and "synthetic, drawn by the program" in done.stdout
    assert "What was computed at the end" in done.stdout
    with h5py.File(tmp_path / "run.h5") as file:
        regime = next(name for name in file if name not in ("summary", "scenario_toml"))
        assert file[regime].attrs["data"] == "synthetic"


def test_a_linear_classifier_stays_clearly_below_a_network_on_the_drawn_images(tmp_path: Path) -> None:
    # One seller without hidden layers and a linear head are one matrix. Found: 0.81 against 0.89.
    small = cli.sets(
        'market.data={kind="synthetic",train=6000,held_out=1000}', "market.sellers=1", "market.gating.top_k=1",
        "market.payoff.balance=0.0", "market.experts.embedding=64", "market.batch=64", "steps=600", "record.every=600",
    )  # fmt: skip
    accuracy = {}
    for hidden in ("[]", "[128]"):
        scenario = FOLDER / "mixture_of_experts" / "single_bidder.toml"
        arguments = ["run", scenario, "-o", "run.h5", "--quiet", "--force", *small]
        cli.assert_done(cli.gbid(*arguments, *cli.sets(f"market.experts.hidden={hidden}"), cwd=tmp_path))
        accuracy[hidden] = cli.values(tmp_path / "run.h5", "coordinated/held_out_accuracy")[0, -1, 0]
    assert 0.6 < accuracy["[]"] < accuracy["[128]"] - 0.05


def test_a_market_learns_and_evaluate_finds_the_same_accuracy(market: Path) -> None:
    out = run(market, *cli.sets("steps=100"))
    recorded = cli.values(out, "competitive/held_out_accuracy")
    assert recorded[:, -1].min() > 0.9 > recorded[:, 0].max()
    for trial in (0, 1):
        done = cli.gbid("evaluate", out, "--json", "--regime", "competitive", "--trial", trial, cwd=market.parent)
        cli.assert_done(done)
        found = json.loads(done.stdout)["evaluations"][0]
        assert [a["accuracy"] for a in found["agents"]] == list(recorded[trial, -1])
        assert np.allclose([a["loss"] for a in found["agents"]], cli.values(out, "competitive/held_out_loss")[trial, -1])
        assert [a["images"] for a in found["agents"]] == [60, 60]


def test_a_flow_learns_prunes_and_is_evaluated_again(flow: Path) -> None:
    out = run(flow)
    accuracy, sparsity = (cli.values(out, f"coordinated/{name}")[0] for name in ("held_out_accuracy", "sparsity"))
    assert accuracy[-1] > 0.9 > accuracy[0]
    masks = [cli.values(out, f"coordinated/mask_{layer}")[0] for layer in range(3)]
    assert np.allclose(sparsity[-1], [np.mean(mask == 0) for mask in masks], rtol=1e-12)
    assert sparsity[-1].min() > 0.5
    done = cli.gbid("evaluate", out, "--json", cwd=flow.parent)
    cli.assert_done(done)
    (agent,) = json.loads(done.stdout)["evaluations"][0]["agents"]
    assert (agent["agent"], agent["accuracy"], agent["images"]) == ("network", accuracy[-1], 60)
    said = cli.gbid("analyze", out, cwd=flow.parent).stdout
    assert "not bought, layer by layer" in said and f"{100 * sparsity[-1][0]:.1f}%" in said


def test_a_flow_does_not_depend_on_threads(flow: Path) -> None:
    one = run(flow, "--threads", "1", out="one.h5")
    three = run(flow, "--threads", "3", out="three.h5")
    assert cli.differences(one, three) == []


def test_a_flow_that_diverges_is_told_with_its_step(flow: Path) -> None:
    rate = cli.sets('learning.learner={kind="sgd",rate=1e30}', "record.every=1")
    done = cli.gbid("run", flow, "-o", "wild.h5", *rate, cwd=flow.parent)
    assert done.returncode == cli.SOME_FAILED, done.stderr
    assert "coordinated, trial 0: step " in done.stderr and "not finite" in done.stderr
    assert np.isfinite(cli.values(flow.parent / "wild.h5", "coordinated/loss")[0, 0])


def test_evaluate_takes_other_images(market: Path) -> None:
    out = run(market, *cli.sets("steps=100"))
    write_images(market.parent / "others", seed=9)
    done = cli.gbid("evaluate", out, "--data", "others", cwd=market.parent)
    cli.assert_done(done)
    assert done.stdout.count("bidder 0") == 2  # both regimes
    own = json.loads(cli.gbid("evaluate", out, "--json", cwd=market.parent).stdout)
    others = json.loads(cli.gbid("evaluate", out, "--json", "--data", "others", cwd=market.parent).stdout)
    assert own != others


def test_evaluate_refuses_images_of_another_size(market: Path) -> None:
    out = run(market)
    write_images(market.parent / "larger", size=5)
    done = cli.gbid("evaluate", out, "--data", "larger", cwd=market.parent)
    cli.assert_refused(done, cli.BAD_DATA, "gate_weight", "(2, 25, 3)", "(2, 16, 3)")


def test_evaluate_says_when_networks_were_not_kept(market: Path) -> None:
    out = run(market, *cli.sets('record.final=["market"]'))
    cli.assert_refused(cli.gbid("evaluate", out, cwd=market.parent), cli.BAD_DATA, "networks", "record.final")


def test_evaluate_and_graph_name_near_regimes_and_known_trials(market: Path) -> None:
    out = run(market)
    for command in ("evaluate", "graph"):
        done = cli.gbid(command, out, "--regime", "competitve", cwd=market.parent)
        cli.assert_refused(done, cli.USAGE, 'did you mean "competitive"?')
        done = cli.gbid(command, out, "--trial", "2", cwd=market.parent)
        cli.assert_refused(done, cli.USAGE, "--trial: expected a number from 0 to 1, got 2")


def test_a_bid_matrix_has_no_networks_to_evaluate(tmp_path: Path) -> None:
    cli.write_tiny(tmp_path)
    cli.assert_done(cli.gbid("run", "tiny.toml", "--quiet", cwd=tmp_path))
    cli.assert_refused(cli.gbid("evaluate", "tiny.h5", cwd=tmp_path), cli.BAD_DATA, "no networks")


def test_the_graph_holds_who_buys_from_whom(market: Path) -> None:
    out = run(market)
    cli.assert_done(cli.gbid("graph", out, "-o", "market.graphml", "--regime", "coordinated", cwd=market.parent))
    space = "{http://graphml.graphdrawing.org/xmlns}"
    root = ElementTree.parse(market.parent / "market.graphml").getroot()
    keys = {key.get("id"): key.get("attr.name") for key in root.iter(f"{space}key")}
    names = {}
    for node in root.iter(f"{space}node"):
        data = {keys[d.get("key")]: d.text for d in node.iter(f"{space}data")}
        names[node.get("id")] = data["name"]
    assert sorted(names.values()) == ["bidder 0", "bidder 1", "seller 0", "seller 1", "seller 2"]
    edges = {}
    for edge in root.iter(f"{space}edge"):
        data = {keys[d.get("key")]: float(d.text) for d in edge.iter(f"{space}data")}
        buyer, seller = names[edge.get("source")], names[edge.get("target")]
        edges[int(buyer.split()[1]), int(seller.split()[1])] = data["mask"]
    mask = cli.values(out, "coordinated/mask")[0, -1]
    assert edges == {(c, i): mask[c, i] for c in range(2) for i in range(3) if mask[c, i] > 0}
    assert edges


def test_the_graph_of_a_bid_matrix_and_dot_on_standard_output(tmp_path: Path) -> None:
    cli.write_tiny(tmp_path, replace={'["bids", "raw_bids"]': '["bids", "mask"]'})
    cli.assert_done(cli.gbid("run", "tiny.toml", "--quiet", cwd=tmp_path))
    done = cli.gbid("graph", "tiny.h5", cwd=tmp_path)
    cli.assert_done(done)
    assert done.stdout.startswith("digraph") and "agent 3" in done.stdout
    mask = cli.values(tmp_path / "tiny.h5", "coordinated/mask")[0]
    assert done.stdout.count("->") == int((mask > 0).sum())
    everything = cli.gbid("graph", "tiny.h5", "--all-bids", cwd=tmp_path).stdout
    assert everything.count("->") == 16


def test_graph_replaces_no_file_unasked(market: Path) -> None:
    out = run(market)
    (market.parent / "market.dot").write_text("mine")
    done = cli.gbid("graph", out, "-o", "market.dot", cwd=market.parent)
    cli.assert_refused(done, cli.CANNOT_CREATE, "exists already")
    cli.assert_refused(cli.gbid("graph", out, "-o", "market.svg", cwd=market.parent), cli.USAGE, ".graphml or .dot")
    assert (market.parent / "market.dot").read_text() == "mine"


def test_results_do_not_depend_on_threads(market: Path) -> None:
    one = run(market, "--threads", "1", out="one.h5")
    three = run(market, "--threads", "3", out="three.h5")
    assert cli.differences(one, three) == []


def test_held_out_values_are_missing_between_evaluations(market: Path) -> None:
    out = run(market)
    steps = cli.values(out, "competitive/step")
    known = ~np.isnan(cli.values(out, "competitive/held_out_accuracy")[0, :, 0])
    assert list(steps[known]) == [0, 10, 20, 30]
    assert not np.isnan(cli.values(out, "competitive/loss")).any()


def test_a_diverging_rate_names_agent_step_and_term_and_keeps_the_records(market: Path) -> None:
    rate = cli.sets('learning.learner={kind="sgd",rate=1e10}', "trials=1", "record.every=1")
    done = cli.gbid("run", market, "-o", "wild.h5", *rate, cwd=market.parent)
    assert done.returncode == cli.SOME_FAILED, done.stderr
    assert "competitive, trial 0: step " in done.stderr and "bidder" in done.stderr and "not finite" in done.stderr
    out = market.parent / "wild.h5"
    assert np.isfinite(cli.values(out, "competitive/loss")[0, 0]).all()
    assert "not finite" in cli.text(out, "competitive/message")[0]
    done = cli.gbid("evaluate", out, "--regime", "competitive", cwd=market.parent)
    cli.assert_refused(done, cli.BAD_DATA, "trial 0 has no end")


@pytest.mark.parametrize(
    ("assignment", "fragments"),
    [
        ("market.gating.top_k=4", ["market.gating.top_k", "at most the 3 sellers, got 4"]),
        ("market.batch=0", ["market.batch", ">= 1"]),
        ("market.batch=201", ["market.batch", "200"]),
        ("market.skip=200", ["market.skip", "200"]),
        ("market.sellers=0", ["market.sellers", ">= 1"]),
        ("market.bidders=1", ["market.bids.price", "one bidder"]),
        ('market.bids.price="mean"', ["market.bids.price", 'did you mean "mean_bid"?']),
        ('market.bids.price="ask"', ["market.payoff.payment", "less than 0"]),
        ("market.payoff.payment=-1.0", ["market.payoff.payment", "ask"]),
        ('agents.network="table"', ["agents", "mixture_of_experts"]),
        ('record.trajectory=["self_bid"]', ["record.trajectory", "mixture_of_experts does not record", "self_bid"]),
        ('record.final=["bids"]', ["record.final", "networks"]),
        ("regimes.competitive.initial_bids=uniform", ["regimes.competitive.initial_bids", "expected none"]),
        ("market.precision=float16", ["market.precision", "float32"]),
        ('market.experts.activation="gelu"', ["market.experts.activation", "relu"]),
    ],
)
def test_what_a_market_cannot_be_is_refused_in_one_line(market: Path, assignment: str, fragments: list[str]) -> None:
    done = cli.gbid("run", market, *cli.sets(assignment), cwd=market.parent)
    cli.assert_refused(done, cli.BAD_DATA, *fragments)
    assert cli.leftovers(market.parent) == []


def test_missing_images_are_told_with_the_way_to_get_them(market: Path) -> None:
    done = cli.gbid("run", market, *cli.sets('market.data={idx="nowhere"}'), cwd=market.parent)
    cli.assert_refused(done, cli.MISSING, "market.data", "nowhere", "train-images-idx3-ubyte")


@pytest.mark.parametrize("damage", ["truncated", "longer", "magic", "count", "labels", "gzip"])
def test_damaged_images_are_refused_in_one_line(market: Path, damage: str) -> None:
    images = market.parent / "images" / NAMES[0]
    content = images.read_bytes()
    if damage == "truncated":
        images.write_bytes(content[:-1])
    elif damage == "longer":
        images.write_bytes(content + b"x")
    elif damage == "magic":
        images.write_bytes(b"\0\0\x0d\3" + content[4:])
    elif damage == "count":
        images.write_bytes(content[:4] + struct.pack(">I", 2**31) + content[8:])
    elif damage == "labels":
        (images.parent / NAMES[1]).write_bytes(idx(np.zeros(199)))
    else:
        packed = bytearray(gzip.compress(content))
        packed[len(packed) // 2] ^= 255
        images.write_bytes(bytes(packed))
    done = cli.gbid("run", market, cwd=market.parent)
    cli.assert_refused(done, cli.BAD_DATA, "market.data", "images/")
    assert cli.leftovers(market.parent) == []


def test_specialists_are_tested_on_their_own_classes(market: Path) -> None:
    out = run(market, *cli.sets("market.specialise=true", "trials=1"))
    done = cli.gbid("evaluate", out, "--json", cwd=market.parent)
    cli.assert_done(done)
    counts = [agent["images"] for agent in json.loads(done.stdout)["evaluations"][0]["agents"]]
    assert sum(counts) == 60 and min(counts) > 0 and counts[0] != counts[1]


def test_json_reports_what_was_learned(market: Path) -> None:
    out = run(market)
    learning = json.loads(cli.gbid("analyze", out, "--json", cwd=market.parent).stdout)["learning"]
    assert learning["data"] == "idx"
    assert [(row["regime"], row["agent"]) for row in learning["learners"]] == [
        (regime, f"bidder {c}") for regime in ("competitive", "coordinated") for c in (0, 1)
    ]
    last = cli.values(out, "competitive/held_out_accuracy")[:, -1, 0]
    assert learning["learners"][0]["held_out_accuracy"] == list(last)
    done, dense = (cli.values(out, f"competitive/{name}")[:, -1] for name in ("multiply_adds", "dense_multiply_adds"))
    assert np.allclose(learning["computation"][0]["computed_share"], done / dense, rtol=1e-15)
