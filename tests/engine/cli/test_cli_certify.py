# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""gbid certify, certify = true and starts: which ends are equilibria, and what the files say of them."""

from __future__ import annotations

import json
from pathlib import Path

import gbid_cli as cli
import h5py
import numpy as np
import pytest

# Emission alone: whoever bids on itself alone has payoff one, the most there is.
EMISSION = {"utility    = 1.0\nemission   = 1.0\ndivergence = -0.5": "emission = 1.0"}
SETTLED = cli.sets("steps=3000", "record.every=100", "learning.learner.rate=0.1", 'learning.budget="updates_per_agent"')


def play(folder: Path, *assignments: str, replace: dict[str, str] | None = None) -> Path:
    cli.write_tiny(folder, replace=replace)
    cli.assert_done(cli.gbid("run", "tiny.toml", *cli.sets(*assignments), "-o", "out.h5", "--force", "--quiet", cwd=folder))
    return folder / "out.h5"


def certify(folder: Path, *arguments: str) -> dict:
    done = cli.gbid("certify", "out.h5", "--json", *arguments, cwd=folder)
    found = json.loads(done.stdout)["equilibria"]
    # One exit code says whether some end had neither settled nor passed.
    is_unconverged = any(regime["unconverged"] for regime in found["regimes"])
    assert done.returncode == (cli.SOME_FAILED if is_unconverged else 0), done.stderr
    assert ("had not converged" in done.stderr) == is_unconverged
    return found


def test_bids_that_nobody_can_better_are_an_equilibrium_and_random_ones_are_not(tmp_path: Path) -> None:
    play(tmp_path, "steps=3000", "record.every=100", "learning.learner.rate=0.1", replace=EMISSION)
    competitive = {each["name"]: each for each in certify(tmp_path)["regimes"]}["competitive"]
    assert competitive["examined"] == 2 and competitive["equilibria"] == 2
    assert max(competitive["epsilon"]) < 1e-3
    play(tmp_path, "steps=0", replace=EMISSION)
    start = certify(tmp_path)["regimes"]
    assert [each["equilibria"] for each in start] == [0, 0]
    assert min(start[0]["epsilon"]) > 0.1


def test_what_is_certified_as_it_is_played_is_what_is_certified_from_the_file(tmp_path: Path) -> None:
    play(tmp_path, "certify=true")
    recorded = certify(tmp_path)
    assert certify(tmp_path, "--afresh") == recorded
    assert recorded["regimes"][1]["nash_conv"][0] > 0
    with h5py.File(tmp_path / "out.h5") as file:
        group = file["competitive"]
        assert group["gain"].shape == (2, 4)
        np.testing.assert_allclose(group["gain"][...].sum(axis=1), group["nash_conv"][...], rtol=1e-12)
        np.testing.assert_array_equal(group["gain"][...].max(axis=1), group["largest_gain"][...])
        assert recorded["regimes"][1]["nash_conv"] == group["nash_conv"][...].tolist()
        assert "epsilon_competitive" in file["summary"]
        assert file["summary/epsilon_competitive"].attrs["best_responses"] == b"lower bounds" or (
            file["summary/epsilon_competitive"].attrs["best_responses"] == "lower bounds"
        )


def test_a_file_without_raw_bids_is_certified_from_its_bids(tmp_path: Path) -> None:
    play(tmp_path)
    both = certify(tmp_path)
    play(tmp_path, 'record.final=["bids"]')
    for a, b in zip(both["regimes"], certify(tmp_path)["regimes"], strict=True):
        np.testing.assert_allclose(a["epsilon"], b["epsilon"], atol=1e-9)


def test_a_file_that_holds_no_state_is_played_again(tmp_path: Path) -> None:
    play(tmp_path)
    both = certify(tmp_path)
    play(tmp_path, 'record.final=["mask"]')
    for a, b in zip(both["regimes"], certify(tmp_path)["regimes"], strict=True):
        np.testing.assert_allclose(a["epsilon"], b["epsilon"], atol=1e-9)


def test_a_file_that_was_played_otherwise_is_not_certified_by_another_end(tmp_path: Path) -> None:
    path = play(tmp_path, 'record.final=["mask"]')
    with h5py.File(path, "r+") as file:
        file["coordinated/welfare"][0, -1] += 0.5
    done = cli.gbid("certify", "out.h5", cwd=tmp_path)
    cli.assert_refused(done, cli.BAD_DATA, "coordinated, trial 0", "played again", "certify = true")


def test_starts_play_one_game_and_are_compared_within_it(tmp_path: Path) -> None:
    path = play(tmp_path, "trials=4", "starts=2", "certify=true", "steps=50")
    with h5py.File(path) as file:
        best = file["summary/best_known_welfare"][...]
        assert best[0] == best[1] and best[2] == best[3] and best[0] != best[2]
        ends = file["competitive/bids"][...]
        assert not np.array_equal(ends[0], ends[1])
    found = certify(tmp_path)
    assert [game["first_trial"] for game in found["games"]] == [0, 2]
    done = cli.gbid("analyze", "out.h5", cwd=tmp_path)
    assert "4 trials of 2 games, 2 starts each" in done.stdout


def test_one_start_a_game_gives_the_same_bits_as_ever(tmp_path: Path) -> None:
    one = play(tmp_path, "trials=2")
    with h5py.File(one) as file:
        before = file["competitive/bids"][...]
    two = play(tmp_path, "trials=2", "starts=2")
    with h5py.File(two) as file:
        np.testing.assert_array_equal(before[0], file["competitive/bids"][0])
        assert not np.array_equal(before[1], file["competitive/bids"][1])


def test_the_tolerance_decides_what_counts(tmp_path: Path) -> None:
    play(tmp_path, "steps=200", replace=EMISSION)
    gains = np.array(certify(tmp_path)["regimes"][1]["relative_gain"])
    between = float(np.sort(gains)[:2].mean())
    assert certify(tmp_path, "--tolerance", str(between))["regimes"][1]["equilibria"] == 1
    assert certify(tmp_path, "--tolerance", "0")["regimes"][1]["equilibria"] == 0
    assert certify(tmp_path, "--tolerance", "1e9")["regimes"][1]["equilibria"] == 2


def test_a_longer_search_finds_at_least_as_much(tmp_path: Path) -> None:
    play(tmp_path, "market.agents=8", "steps=100")
    short = certify(tmp_path, *cli.sets("certificate.search.climbs=1", "certificate.search.iterations=1"))
    longer = certify(tmp_path, *cli.sets("certificate.search.climbs=12"))
    for a, b in zip(short["regimes"], longer["regimes"], strict=True):
        assert all(y >= x - 1e-9 for x, y in zip(a["nash_conv"], b["nash_conv"], strict=True))


@pytest.mark.parametrize("threads", [1, 2, 8])
def test_certificates_do_not_depend_on_threads(tmp_path: Path, threads: int) -> None:
    play(tmp_path, "market.agents=20", "steps=30")
    assert certify(tmp_path, "--threads", str(threads)) == certify(tmp_path)


def test_a_sweep_has_the_exploitability_of_every_row_when_asked(tmp_path: Path) -> None:
    cli.write_tiny(tmp_path)
    over = ["--over", "market.agents=3,5", *cli.sets("certify=true")]
    cli.assert_done(cli.gbid("sweep", "tiny.toml", *over, "-o", "s.h5", cwd=tmp_path))
    with h5py.File(tmp_path / "s.h5") as file:
        rows = file["table/nash_conv"][...]
        assert rows.shape == (8,) and np.isfinite(rows).all() and (rows > 0).all()
        names = set(file["summary"])
        assert {"nash_conv_competitive", "relative_gain_competitive", "largest_gain_coordinated"} <= names
        point = file["points/0/competitive/nash_conv"][...].ravel()
        assert file["summary/nash_conv_competitive"][0] == pytest.approx(np.median(point))
    done = cli.gbid("analyze", "s.h5", cwd=tmp_path)
    assert "gain competitive" in done.stdout
    csv = cli.gbid("analyze", "s.h5", "--csv", cwd=tmp_path).stdout
    assert "nash_conv" in csv.splitlines()[0]
    refused = cli.gbid("certify", "s.h5", cwd=tmp_path)
    cli.assert_refused(refused, cli.USAGE, "holds a sweep", "--set certify=true")


SMALL_NETWORKS = (
    'market.data={kind="synthetic",train=60,held_out=30}',
    "market.batch=10",
    "trials=2",
    "steps=12",
    "certificate.search.climbs=2",
    "certificate.search.iterations=5",
)


@pytest.mark.parametrize("structure", ["mixture_of_experts", "layered_flow"])
def test_networks_are_certified_alike_as_played_from_the_file_and_played_again(tmp_path: Path, structure: str) -> None:
    cli.assert_done(cli.gbid("init", structure, "-o", "n.toml", cwd=tmp_path))

    def run(*assignments: str) -> dict:
        hidden = "market.hidden=[8]" if structure == "layered_flow" else "market.experts={hidden=[8],embedding=8}"
        sets = cli.sets(*SMALL_NETWORKS, hidden, *assignments)
        cli.assert_done(cli.gbid("run", "n.toml", *sets, "-o", "out.h5", "--force", "--quiet", cwd=tmp_path))
        return certify(tmp_path)

    played = run("certify=true")
    assert certify(tmp_path, "--afresh") == played
    with h5py.File(tmp_path / "out.h5") as file:
        for regime in played["regimes"]:
            group = file[regime["name"]]
            assert (group["gain"][...] >= 0).all() and group["gain"][...].max() > 0
            assert group["gain"].shape == group["certified_payoff"].shape == (2, regime["agents"])
            assert (group["is_exact"][...] == 0).all() and not regime["is_exact"]
            assert regime["residual"] == group["residual"][...].tolist()
    assert run() == played  # from the networks that the file holds
    assert run("record.final=[]") == played  # played again
    few = certify(tmp_path, *cli.sets("certificate.search.agents=2"))["regimes"][0]
    assert few["examined_agents"] == 2 < few["agents"]
    assert all(a <= b for a, b in zip(few["nash_conv"], played["regimes"][0]["nash_conv"], strict=True))
    report = cli.gbid("certify", "out.h5", *cli.sets("certificate.search.agents=2"), cwd=tmp_path)
    assert f"2 of {few['agents']} agents were examined" in report.stdout


def test_some_agents_of_many_are_examined_when_asked(tmp_path: Path) -> None:
    play(tmp_path, "market.agents=12", "steps=50", "certify=true", "certificate.search.agents=3")
    with h5py.File(tmp_path / "out.h5") as file:
        gain = file["competitive/gain"][...]
        assert (np.isfinite(gain).nonzero()[1].reshape(2, 3) == [2, 6, 10]).all()
        np.testing.assert_allclose(np.nansum(gain, axis=1), file["competitive/nash_conv"][...], rtol=1e-12)
        assert (file["competitive/is_exact"][...] == 0).all()
        some = gain[:, [2, 6, 10]]
    certify(tmp_path, "--afresh")
    play(tmp_path, "market.agents=12", "steps=50", "certify=true")
    with h5py.File(tmp_path / "out.h5") as file:
        np.testing.assert_allclose(file["competitive/gain"][...][:, [2, 6, 10]], some, rtol=1e-9)


def test_mistakes_are_told(tmp_path: Path) -> None:
    play(tmp_path)
    refused = cli.gbid("certify", "out.h5", *cli.sets("market.agents=5"), cwd=tmp_path)
    cli.assert_refused(refused, cli.USAGE, "certificate.", "market.agents=5")
    refused = cli.gbid("certify", "out.h5", "--tolerance", "-1", cwd=tmp_path)
    cli.assert_refused(refused, cli.BAD_DATA, "tolerance")
    refused = cli.gbid("certify", "nothing.h5", cwd=tmp_path)
    cli.assert_refused(refused, cli.MISSING, "nothing.h5")
    refused = cli.gbid("check", "tiny.toml", *cli.sets("starts=3"), cwd=tmp_path)
    cli.assert_refused(refused, cli.BAD_DATA, "starts", "divisor of the 2 trials")
    refused = cli.gbid("certify", "out.h5", *cli.sets("certificate.search.agents=-1"), cwd=tmp_path)
    cli.assert_refused(refused, cli.BAD_DATA, "certificate.search.agents")


AUCTION = """\
title = "Auction"
steps = 1
[market]
structure = "auction"
bidders = 2
format = "{}"
[regimes.competitive]
"""


def test_truth_is_dominant_in_a_second_price_auction_and_not_in_a_first_price_one(tmp_path: Path) -> None:
    def report(name: str, *arguments: str) -> dict:
        (tmp_path / "a.toml").write_text(AUCTION.format(name))
        done = cli.gbid("certify", "--truthful", "a.toml", "--json", *arguments, cwd=tmp_path)
        cli.assert_done(done)
        return json.loads(done.stdout)

    second = report("second_price")
    assert second["is_truthful"] and second["largest_gain"] == 0.0
    first = report("first_price", "--points", "11")
    # A value of one wins with the lowest report above the rival's zero, the first of the grid.
    assert not first["is_truthful"]
    assert first["largest_gain"] == pytest.approx(0.9, abs=1e-12)
    assert first["type"] == [1.0] and first["others"] == [0.0]
    assert first["report"] == [pytest.approx(0.1)]


def test_truthfulness_does_not_depend_on_the_unit_of_values(tmp_path: Path) -> None:
    for name in ("first_price", "second_price"):
        gains = {}
        for high in (1.0, 1e-15):
            (tmp_path / "a.toml").write_text(AUCTION.format(name))
            prior = cli.sets(f'market.prior={{kind="uniform",low=[0.0],high=[{high}]}}')
            done = cli.gbid("certify", "--truthful", "a.toml", "--json", *prior, cwd=tmp_path)
            cli.assert_done(done)
            report = json.loads(done.stdout)
            assert report["is_truthful"] == (name == "second_price")
            gains[high] = report["largest_gain"] / high
        assert gains[1e-15] == pytest.approx(gains[1.0], rel=1e-9, abs=1e-12)


def test_truthfulness_is_of_rules_that_have_types(tmp_path: Path) -> None:
    cli.write_tiny(tmp_path)
    refused = cli.gbid("certify", "--truthful", "tiny.toml", cwd=tmp_path)
    cli.assert_refused(refused, cli.USAGE, "no types to report")
    refused = cli.gbid("certify", "tiny.toml", cwd=tmp_path)
    cli.assert_refused(refused, cli.USAGE, "expected the file of a run")
    (tmp_path / "a.toml").write_text(AUCTION.format("second_price"))
    refused = cli.gbid("certify", "--truthful", "a.toml", "--points", "1", cwd=tmp_path)
    cli.assert_refused(refused, cli.USAGE, "--points from 2 to 1000")


def test_a_file_with_half_a_certificate_or_absurd_attributes_is_read_without_harm(tmp_path: Path) -> None:
    path = play(tmp_path, "certify=true")
    with h5py.File(path, "r+") as file:
        for name in ("relative_gain", "nash_conv", "is_exact", "curvature"):
            del file["competitive"][name]
        for name, value in (("trials_per_game", "-inf"), ("certificate_tolerance", "nan"), ("theory_bound", "x")):
            file["competitive"].attrs[name] = value
    done = cli.gbid("analyze", "out.h5", cwd=tmp_path)
    cli.assert_done(done)
    assert "competitive: no end is an equilibrium" in done.stdout


BERTRAND = """\
title = "Planner on its way"
steps = 2000
certify = true
[market]
structure = "bertrand"
substitution = 0.999
costs = 0.1
[agents]
initial_bids = { kind = "uniform", low = 0.1, high = 0.4 }
[learning]
learner = { kind = "sgd", rate = 0.05 }
[regimes.competitive]
[regimes.coordinated]
objective = "mean_payoff"
[record]
every = 50
"""


def test_a_planner_on_its_way_prices_nothing_unless_the_optimum_is_known(tmp_path: Path) -> None:
    (tmp_path / "b.toml").write_text(BERTRAND)

    def report(command: str, *assignments: str) -> tuple[int, dict, str]:
        cli.assert_done(cli.gbid("run", "b.toml", *cli.sets(*assignments), "-o", "b.h5", "--force", "--quiet", cwd=tmp_path))
        done = cli.gbid(command, "b.h5", "--json", cwd=tmp_path)
        return done.returncode, json.loads(done.stdout), cli.gbid(command, "b.h5", cwd=tmp_path).stdout

    # The file holds both closed forms.
    code, told, text = report("analyze")
    known = cli.values(tmp_path / "b.h5", "competitive/known_price_of_anarchy")[0]
    assert code == 0  # of a fixed number of steps
    assert told["best"]["optimum"] == ["closed_form"]
    assert told["comparisons"][0]["price_of_anarchy"][0] == pytest.approx(known, rel=1e-6)
    assert told["equilibria"]["games"][0]["price_of_anarchy"] == pytest.approx(known, rel=1e-6)
    assert "coordinated has not settled in 1 of 1 trials" in text
    # Without it, a lower bound with its side.
    final = 'record.final=["strategy","certificate"]'
    code, told, text = report("certify", final)
    assert code == cli.SOME_FAILED
    game = told["equilibria"]["games"][0]
    assert game["price_of_anarchy"] is None
    assert game["price_of_anarchy_not_known"] == "the planner has not converged"
    assert 1 < game["price_of_anarchy_at_least"] < known
    assert "price of anarchy, at least" in text
    code, told, text = report("analyze", final)
    assert told["comparisons"][0]["price_of_anarchy"] == [None]
    assert told["comparisons"][0]["price_of_anarchy_not_defined"] == "not known: the planner has not converged"
    assert "welfare gap, 1 of 1 not converged" in text


def test_a_sweep_has_no_price_where_an_end_had_not_settled(tmp_path: Path) -> None:
    (tmp_path / "b.toml").write_text(BERTRAND.replace("certify = true\n", "").replace("0.999", "0.5"))
    over = ["--over", "steps=10,2000", *cli.sets("record.every=1", 'record.final=["strategy"]')]
    cli.assert_done(cli.gbid("sweep", "b.toml", *over, "-o", "s.h5", cwd=tmp_path))
    with h5py.File(tmp_path / "s.h5") as file:
        summary = file["summary"]
        assert summary["converged_share"][...].tolist() == [0.0, 1.0]
        prices = summary["price_of_anarchy"][...]
        assert np.isnan(prices[0]) and prices[1] == pytest.approx(9 / 8, rel=1e-6)
        assert np.isfinite(summary["welfare_gap"][...]).all()
    text = cli.gbid("analyze", "s.h5", cwd=tmp_path).stdout
    assert "(gap): not converged" in text
    lines = [line.split() for line in text.splitlines()]
    first = next(words for words in lines if words[:2] == ["0*", "10"])
    second = next(words for words in lines if words[:2] == ["1*", "2000"])
    assert first[2] == "-" and first[3].startswith("(")
    assert second[2] == "1.125" and not second[3].startswith("(")
