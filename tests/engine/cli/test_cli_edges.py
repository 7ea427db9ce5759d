# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""The bid matrix held on edges: its file, read by others and drawn, against the same market held as a matrix."""

from __future__ import annotations

from pathlib import Path

import gbid_cli as cli
import h5py
import matplotlib.pyplot as plt
import numpy as np
import pytest

import gbid
import gbid.plot

AGENTS = 30
SETS = (
    f"market.agents={AGENTS}", "market.graph={kind='erdos_renyi',probability=0.2}", "market.utility.contribution=random_bids",
    "market.payoff={utility=1.0,ranking=10.0}", "record.trajectory=['payoff','ranking']", "record.final=['bids','mask']",
)


def run(folder: Path, storage: str, *more: str) -> Path:
    cli.write_tiny(folder)
    out = folder / f"{'matrix' if storage == 'matrix' else 'edges'}.h5"
    sets = cli.sets(f"market.storage={storage}", *SETS, *more)
    cli.assert_done(cli.gbid("run", "tiny.toml", *sets, "--force", "--quiet", "-o", out, cwd=folder))
    return out


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    return run(tmp_path, "{kind='edges',tolerance=1e-13,push_error=1e-10}"), run(tmp_path, "matrix")


def test_every_edge_says_whose_bid_it_is_and_trials_with_fewer_end_in_nan(pair: tuple[Path, Path]) -> None:
    edges, matrix = (h5py.File(path) for path in pair)
    lengths = set()
    for regime in (name for name, group in edges.items() if isinstance(group, h5py.Group) and "bids" in group):
        for trial, whole in enumerate(matrix[regime]["bids"]):
            source, target, bids, mask = (edges[regime][name][trial] for name in ("source", "target", "bids", "mask"))
            known = ~np.isnan(source)
            assert not known[np.count_nonzero(known) :].any()
            for values in (target, bids, mask):
                assert (np.isnan(values) == ~known).all()
            at = source[known].astype(int), target[known].astype(int)
            assert len(set(zip(*at, strict=True))) == known.sum()  # each pair once
            assert np.abs(np.bincount(at[0], bids[known]) - 1.0).max() < 1e-12
            lengths.add(int(known.sum()))
            # Two programs of one market: what their solves leave, after twenty steps of Adam.
            dense = np.zeros((AGENTS, AGENTS))
            dense[at] = bids[known]
            assert np.abs(dense - whole).max() < 1e-8
            assert np.abs(mask[known] - matrix[regime]["mask"][trial][at]).max() < 1e-8
    assert len(lengths) > 1  # every trial draws its own graph


def test_a_figure_of_bids_is_the_same_from_edges(pair: tuple[Path, Path]) -> None:
    images = []
    for path in pair:
        loaded = gbid.load(path)
        figure, ax = plt.subplots()
        images.append(gbid.plot.bid_matrix(loaded[next(iter(loaded))], ax).images[-1].get_array())
        plt.close(figure)
    assert np.abs(images[0] - images[1]).max() < 1e-8
    assert images[0].max() > 0.1


def test_what_edges_cannot_do_is_refused_with_its_place(tmp_path: Path) -> None:
    cli.write_tiny(tmp_path)
    for more, key in (
        ("market.payoff.divergence=-0.5", "market.payoff.divergence"),
        ("certify=true", "record.final"),
        ("record.final=['interranking']", "record.final"),
    ):
        refused = cli.gbid("check", "tiny.toml", *cli.sets("market.storage=edges", *SETS, more), cwd=tmp_path)
        assert refused.returncode == cli.BAD_DATA
        assert key in refused.stderr


def test_random_graphs_of_many_agents_are_played(tmp_path: Path) -> None:
    for graph in ("{kind='random_out',links=16}", "{kind='small_world',neighbours=16}", "{kind='erdos_renyi',probability=0.0005}"):
        out = run(tmp_path, "edges", "market.agents=30000", f"market.graph={graph}", "trials=1", "steps=1", "market.payoff={utility=1.0}", "record.trajectory=[]", "record.final=[]")
        with h5py.File(out) as file:
            welfare = np.concatenate([group["welfare"][()].ravel() for group in file.values() if isinstance(group, h5py.Group) and "welfare" in group])
        assert np.isfinite(welfare).all() and (welfare > 0.0).all()
