# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""The shipped auctions of one item, played as a user would: their ends are the equilibria in the files' comments."""

from __future__ import annotations

from pathlib import Path

import gbid_cli as cli
import h5py
import numpy as np
import pytest

FOLDER = cli.SCENARIOS.parent / "auctions"
# File -> bid of the last bidder as a function of its value, where that is not free; revenue and its tolerance.
ANSWERS = {
    "first_price": (lambda v: v / 2, 1 / 3, 1e-3),
    "second_price": (lambda v: v, 1 / 3, 1e-3),
    "third_price": (lambda v: 2 * v, 1 / 2, 1e-3),
    "all_pay": (lambda v: v**2 / 2, 1 / 3, 1e-3),
    "reserve": (lambda v: np.where(v >= 0.5, v / 2 + 1 / (8 * np.maximum(v, 0.5)), np.nan), 5 / 12, 1e-3),
    "crra": (lambda v: 2 * v / 3, 4 / 9, 1e-3),
    "asymmetric": (lambda v: v / (1 + np.sqrt(1 + 3 * v**2)), 0.229503, 1e-3),
}


def played(folder: Path, name: str, *assignments: str) -> Path:
    cli.assert_done(cli.gbid("run", FOLDER / f"{name}.toml", "-o", "r.h5", "--quiet", *cli.sets(*assignments), cwd=folder))
    return folder / "r.h5"


@pytest.mark.parametrize("name", ANSWERS)
def test_bidders_learn_the_known_equilibrium(tmp_path: Path, name: str) -> None:
    known, revenue, off = ANSWERS[name]
    file = played(tmp_path, name)
    value, bid = (cli.values(file, f"competitive/{part}")[0, -1] for part in ("value", "bid"))
    # Types are equally likely. What is asked of every equilibrium: a distance of 0.005, a relative loss of 0.001.
    assert np.sqrt(np.nanmean((bid - known(value)) ** 2)) < 0.005
    assert np.all(cli.values(file, "competitive/l2_distance")[0, -1] < 0.005)
    loss = cli.values(file, "competitive/relative_utility_loss")[0, -1]
    assert np.all(loss < 0.001)
    assert cli.values(file, "competitive/revenue")[0, -1] == pytest.approx(revenue, abs=off)
    assert cli.values(file, "competitive/is_exact")[0] == 1
    # The same gains in two places: relative to the utility of the best response, and as they are.
    gain = cli.values(file, "competitive/gain")[0]
    utility = cli.values(file, "competitive/utility")[0, -1]
    np.testing.assert_allclose(loss, gain / (utility + gain), rtol=1e-9)


def test_unlike_bidders_waste_what_theory_says_and_a_planner_does_not(tmp_path: Path) -> None:
    file = played(tmp_path, "asymmetric")
    ends = {regime: cli.values(file, f"{regime}/price_of_anarchy")[0, -1] for regime in ("competitive", "coordinated")}
    assert ends["competitive"] == pytest.approx(1.019286, abs=1e-3)
    assert ends["coordinated"] == pytest.approx(1.0, abs=1e-4)


def test_a_seller_learns_the_best_reserve(tmp_path: Path) -> None:
    file = played(tmp_path, "learned_reserve")
    reserve = cli.values(file, "competitive/bid")[0, 2, 0]
    assert reserve == pytest.approx(0.5, rel=0.01)
    assert cli.values(file, "competitive/revenue")[0, -1] == pytest.approx(5 / 12, rel=0.01)
    assert cli.values(file, "competitive/utility")[0, -1, 2] == cli.values(file, "competitive/revenue")[0, -1]
    # The seller has one type: the rest of its row is missing.
    assert np.all(np.isnan(cli.values(file, "competitive/bid")[0, 2, 1:]))


# Auctions that ended in another place, or nowhere, and said nothing: what is changed in a shipped file, the bid of the first
# bidder, and the seller's revenue.
ONCE_WRONG = {
    "third_price": (['market.prior={kind="uniform",low=[1.0],high=[2.0]}'], lambda v: 2 * v - 1, 1.5),
    "first_price": (['market.prior={kind="uniform",high=[1e-6]}'], lambda v: v / 2, 1e-6 / 3),
    "all_pay": (["market.bidders=3", 'market.prior={kind="uniform",low=[1.0],high=[2.0]}', "steps=3000"],
                lambda v: v * (v - 1) ** 2 - (v - 1) ** 3 / 3, 1.5),
    "reserve": (["market.format.reserve=0.7"], lambda v: np.where(v >= 0.7, v / 2 + 0.49 / (2 * np.maximum(v, 0.7)), np.nan), 0.366),
    "learned_reserve": (["market.bidders=1", "market.format.reserve=0.0"], lambda v: np.where(v > 0.51, v, np.nan), 0.25),
}


@pytest.mark.parametrize("name", ONCE_WRONG)
def test_other_supports_units_and_reserves_end_in_the_right_place_too(tmp_path: Path, name: str) -> None:
    changes, known, revenue = ONCE_WRONG[name]
    file = played(tmp_path, name, *changes)
    value, bid = (cli.values(file, f"competitive/{part}")[0, 0] for part in ("value", "bid"))
    width = np.ptp(value)
    assert np.sqrt(np.nanmean((bid - known(value)) ** 2)) < 0.005 * width
    assert cli.values(file, "competitive/revenue")[0, -1] == pytest.approx(revenue, rel=3e-3)
    assert np.all(cli.values(file, "competitive/relative_utility_loss")[0, -1] < 0.001)


def test_the_report_says_where_bidders_would_have_to_mix(tmp_path: Path) -> None:
    np.savetxt(tmp_path / "values.csv", np.repeat([0.2, 0.8], 50))
    (tmp_path / "s.toml").write_text((FOLDER / "first_price.toml").read_text().replace('"uniform"', '{ file = "values.csv" }'))
    for strategies, is_said in (("pure", True), ("mixed", False)):
        done = cli.gbid("run", "s.toml", "-o", f"{strategies}.h5",
                        *cli.sets("steps=50", f'market.strategies="{strategies}"'), cwd=tmp_path)
        cli.assert_done(done)
        assert ("in equilibrium bidders mix" in " ".join(done.stdout.split())) == is_said
        last = {part: cli.values(tmp_path / f"{strategies}.h5", f"competitive/{part}")[0, -1]
                for part in ("surplus", "efficiency", "price_of_anarchy", "l2_distance")}
        assert last["surplus"] < 0.655 and last["efficiency"] < 1 + 1e-6 and last["price_of_anarchy"] > 1 - 1e-6
        assert np.all(np.isnan(last["l2_distance"]))


def test_values_may_come_from_a_file(tmp_path: Path) -> None:
    # Quantiles of F(v) = v^2: the equilibrium of two bidders is 2 v / 3.
    np.savetxt(tmp_path / "values.csv", np.sqrt(np.linspace(0, 1, 401))[None, :], delimiter=",")
    (tmp_path / "s.toml").write_text((FOLDER / "first_price.toml").read_text().replace('"uniform"', '{ file = "values.csv" }'))
    cli.assert_done(cli.gbid("run", "s.toml", "-o", "r.h5", "--quiet", cwd=tmp_path))
    value, bid = (cli.values(tmp_path / "r.h5", f"competitive/{part}")[0, -1] for part in ("value", "bid"))
    assert np.sqrt(np.mean((bid - 2 * value / 3) ** 2)) < 0.005


def test_bids_do_not_depend_on_the_number_of_threads(tmp_path: Path) -> None:
    bids = []
    for threads in (1, 2, 8):
        done = cli.gbid("run", FOLDER / "first_price.toml", "-o", f"{threads}.h5", "--quiet", "--threads", threads,
                        *cli.sets("market.bidders=5", "steps=100"), cwd=tmp_path)
        cli.assert_done(done)
        bids.append(cli.values(tmp_path / f"{threads}.h5", "competitive/bid"))
    assert np.array_equal(bids[0], bids[1]) and np.array_equal(bids[0], bids[2])


@pytest.mark.parametrize("path", sorted(cli.SCENARIOS.parent.glob("auctions/*.toml")), ids=lambda path: path.stem)
def test_every_shipped_auction_plays(tmp_path: Path, path: Path) -> None:
    done = cli.gbid("run", path, "-o", "out.h5", "--quiet", *cli.sets("steps=3", "record.every=1", "certify=false"), cwd=tmp_path)
    cli.assert_done(done)
    with h5py.File(tmp_path / "out.h5") as file:
        assert np.isfinite(file["competitive/welfare"][...]).all()
