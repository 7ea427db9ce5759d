# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""The shipped auctions of several units, sides and of common values: their ends are the equilibria in the files' comments."""

from __future__ import annotations

from pathlib import Path

import gbid_cli as cli
import numpy as np
import pytest

FOLDER = cli.SCENARIOS.parent / "auctions"
ROOT_8 = np.sqrt(8)
# File -> bid of the first agent as a function of its type, missing where it is free; surplus, and price of anarchy.
ANSWERS = {
    "double_auction": (lambda v: np.where(v > 0.25, 2 * v / 3 + 1 / 12, np.nan), 9 / 64, 32 / 27),
    "llg_nearest_zero": (lambda v: np.maximum(0, 1 + np.log(np.maximum(v, 1e-9))), None, None),
    "llg_nearest_vcg": (lambda v: np.maximum(0, v - (3 - ROOT_8)), None, None),
    "llg_nearest_bid": (lambda v: np.log(2 / (2 - v)), None, None),
    "llg_vcg": (lambda v: v, 31 / 24, 1.0),
    "discriminatory": (lambda v: v / 2, 4 / 3, 1.0),
    "affiliated": (lambda x: 2 * x / 3, 1.0, 1.0),
    "mineral_rights": (lambda x: 2 * x / (2 + x), 0.5, 1.0),
    "uniform_price": (None, 4 / 3, 21 / 20),
    "uniform_price_three": (None, 9 / 5, 1.0),
}


def played(folder: Path, name: str) -> Path:
    cli.assert_done(cli.gbid("run", FOLDER / f"{name}.toml", "-o", "r.h5", "--quiet", cwd=folder))
    return folder / "r.h5"


@pytest.mark.parametrize("name", ANSWERS)
def test_agents_learn_the_known_equilibrium(tmp_path: Path, name: str) -> None:
    known, surplus, anarchy = ANSWERS[name]
    file = played(tmp_path, name)
    last = {part: cli.values(file, f"competitive/{part}")[0, -1]
            for part in ("l2_distance", "relative_utility_loss", "surplus", "price_of_anarchy")}
    assert np.all(last["l2_distance"] < 0.005)
    # Bids above the known ones cost nothing in mineral rights: what others are off by is gained in the first order.
    assert np.all(last["relative_utility_loss"] < {"mineral_rights": 0.005}.get(name, 0.001))
    if surplus is not None:
        assert last["surplus"] == pytest.approx(surplus, rel=2e-3)
        assert last["price_of_anarchy"] == pytest.approx(anarchy, rel=2e-3)
    if known is not None:
        value, bid = (cli.values(file, f"competitive/{part}")[0, 0] for part in ("value", "bid"))
        gap = (bid.T - known(value)).T  # of two bids, both are the same
        if name == "mineral_rights":  # its nodes are uniform, not equally likely; the highest signals are rare
            gap = gap[value < 1.8]
        assert np.sqrt(np.nanmean(gap**2)) < 0.006


def test_first_bids_are_true_and_second_bids_nothing_where_demand_is_reduced(tmp_path: Path) -> None:
    file = played(tmp_path, "uniform_price")
    value, bid = (cli.values(file, f"competitive/{part}")[0, 0] for part in ("value", "bid"))
    assert value.shape == bid.shape and value.shape[1] == 2
    assert np.all(value[:, 0] >= value[:, 1])
    np.testing.assert_allclose(bid[:, 0], value[:, 0], atol=0.01)
    assert np.all(bid[:, 1] == 0)
    assert cli.values(file, "competitive/revenue")[0, -1] == pytest.approx(0, abs=1e-6)


def test_vcg_payments_alone_are_truthful(tmp_path: Path) -> None:
    for name, verdict in (("llg_vcg", "No agent gains by misreporting"), ("llg_nearest_zero", "not a dominant strategy")):
        done = cli.gbid("certify", "--truthful", FOLDER / f"{name}.toml", cwd=tmp_path)
        cli.assert_done(done)
        assert verdict in " ".join(done.stdout.split())
    changed = ["certify", "--truthful", FOLDER / "llg_nearest_zero.toml", *cli.sets('market.format.payment="vcg"')]
    done = cli.gbid(*changed, cwd=tmp_path)
    cli.assert_done(done)
    assert "No agent gains by misreporting" in " ".join(done.stdout.split())


def test_no_trade_has_no_price_of_anarchy(tmp_path: Path) -> None:
    # A step so long that the bids pass by each other.
    done = cli.gbid("run", FOLDER / "double_auction.toml", "-o", "r.h5", "--quiet",
                    *cli.sets("steps=200", 'learning.learner={kind="sgd",rate=100}'), cwd=tmp_path)
    cli.assert_done(done)
    surplus = cli.values(tmp_path / "r.h5", "competitive/surplus")[0, -1]
    assert surplus == pytest.approx(0, abs=1e-9)
    assert np.isnan(cli.values(tmp_path / "r.h5", "competitive/price_of_anarchy")[0, -1])
