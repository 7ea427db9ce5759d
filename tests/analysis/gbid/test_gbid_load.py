# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Loading runs: contents, laziness, errors, and no file left open."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

import gbid
from gbid_files import COMPETITIVE, COORDINATED, write_run


def open_files(path: Path) -> int:
    """How many descriptors of this process point at the file."""
    found = 0
    for entry in Path("/proc/self/fd").iterdir():
        try:
            found += os.readlink(entry) == str(path)
        except FileNotFoundError:
            pass  # the descriptor of the listing itself
    return found


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_run(tmp_path / "run.h5", trials=4, agents=3, with_summary=True)


def test_regimes_scenario_and_attributes_are_those_of_the_file(file: Path) -> None:
    with gbid.load(file) as run:
        assert list(run) == ["coordinated", "competitive"]  # as written, not alphabetical
        assert run.scenario["market"] == {"structure": "bid_matrix", "agents": 3}
        assert run.attributes["seed"] == 1
        assert run.status == "complete"
        assert run.title == "Price of anarchy in a ten-node bidding market"
        dataset = run["competitive"]
        assert dataset.payoff.dims == ("trial", "step", "agent")
        assert dataset.bids.dims == ("trial", "agent", "counterpart")
        assert dataset.attrs["objective"] == "own_payoff"
        assert dataset.welfare.attrs["long_name"] == "mean payoff over agents"
        assert dataset.step.values[-1] == 1000
        assert set(run.summary.data_vars) == {"welfare_coordinated", "welfare_competitive"}
        with h5py.File(file) as raw:
            np.testing.assert_array_equal(dataset.welfare.values, raw["competitive/welfare"][()])


def test_an_unknown_regime_names_the_known_ones(file: Path) -> None:
    with gbid.load(file) as run, pytest.raises(KeyError, match="coordinated, competitive"):
        run["idealised"]


def test_the_file_is_closed_at_the_end_and_after_an_error(file: Path) -> None:
    with gbid.load(file) as run:
        assert open_files(file) >= 1
        values = run["coordinated"].welfare.load()
    assert open_files(file) == 0
    assert np.isfinite(values).all()  # what was read stays
    run.close()
    with pytest.raises(RuntimeError), gbid.load(file):
        raise RuntimeError
    assert open_files(file) == 0


def test_a_file_with_a_broken_group_is_refused_and_not_left_open(file: Path) -> None:
    with h5py.File(file, "a") as raw:
        bad = raw.create_group("zz_bad")
        bad.create_dataset("no_scale", data=np.zeros(3))
    with pytest.raises(gbid.NotAGbidFileError, match="group /zz_bad cannot be read: no_scale"):
        gbid.load(file)
    assert open_files(file) == 0


@pytest.mark.parametrize("damaged", ["competitive", "competitive/payoff"])
def test_a_file_with_damaged_bytes_is_refused_and_not_left_open(file: Path, damaged: str) -> None:
    with h5py.File(file, "r") as raw:
        place = h5py.h5o.get_info(raw[damaged].id).addr
    with file.open("r+b") as stream:
        stream.seek(place)
        stream.write(bytes(8))
    with pytest.raises(gbid.NotAGbidFileError, match="cannot be read"):
        gbid.load(file)
    assert open_files(file) == 0


def test_combined_joins_the_steps_and_keeps_what_is_shared(tmp_path: Path) -> None:
    short = replace(COMPETITIVE, steps=[0, 5, 10])
    other = replace(COORDINATED, steps=[0, 10, 20])
    path = write_run(tmp_path / "run.h5", (other, short), trials=2)
    with h5py.File(path, "a") as raw:
        del raw["competitive/mask_density"]
    with gbid.load(path) as run:
        both = run.combined()
        assert both.welfare.dims == ("regime", "trial", "step")
        assert list(both.regime.values) == ["coordinated", "competitive"]
        assert list(both.step.values) == [0, 5, 10, 20]
        assert "mask_density" not in both
        assert np.isnan(both.welfare.sel(regime="competitive", step=20)).all()
        np.testing.assert_array_equal(
            both.welfare.sel(regime="coordinated", step=[0, 10, 20]), run["coordinated"].welfare
        )
        assert set(run.combined(["welfare"]).data_vars) == {"welfare"}
        with pytest.raises(KeyError, match="mask_density"):
            run.combined(["mask_density"])
    assert open_files(path) == 0


def test_a_partial_run_warns_and_a_complete_one_does_not(file: Path, tmp_path: Path) -> None:
    partial = write_run(tmp_path / "partial.h5", trials=1, status="partial")
    with pytest.warns(gbid.PartialRunWarning, match="is partial"):
        gbid.load(partial).close()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        gbid.load(file).close()


def test_missing_files_are_named_and_a_journal_is_hinted_at(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="none.h5: no such file$"):
        gbid.load(tmp_path / "none.h5")
    (tmp_path / "none.h5.journal").touch()
    with pytest.raises(FileNotFoundError, match="gbid recover"):
        gbid.load(tmp_path / "none.h5")


def test_other_files_are_refused_with_a_reason(tmp_path: Path) -> None:
    text = tmp_path / "text.h5"
    text.write_text("not HDF5")
    with pytest.raises(gbid.NotAGbidFileError, match="not an HDF5 file"):
        gbid.load(text)
    with pytest.raises(gbid.NotAGbidFileError, match="not an HDF5 file"):
        gbid.load(tmp_path)
    other = tmp_path / "other.h5"
    with h5py.File(other, "w") as raw:
        raw.attrs["Conventions"] = "CF-1.8"
    with pytest.raises(gbid.NotAGbidFileError, match="Conventions is 'CF-1.8'"):
        gbid.load(other)
    with h5py.File(other, "a") as raw:
        raw.attrs["Conventions"] = "GradientBidding-2.0"
        raw.attrs["gbid_format_version"] = [2, 0]
    with pytest.raises(gbid.NotAGbidFileError, match="format version 2"):
        gbid.load(other)
    with h5py.File(other, "a") as raw:
        raw.attrs["gbid_format_version"] = [1, 3]  # a later minor version stays readable
        raw["scenario_toml"] = "not = = toml"
    with pytest.raises(gbid.NotAGbidFileError, match="scenario_toml"):
        gbid.load(other)


def test_a_file_without_regimes_loads_but_cannot_be_combined(tmp_path: Path) -> None:
    path = write_run(tmp_path / "sweep.h5", regimes=(), with_summary=True)
    with h5py.File(path, "a") as raw:
        raw.create_group("points/000000")
    with gbid.load(path) as run:
        assert len(run) == 0
        assert run.summary is not None
        with pytest.raises(ValueError, match="no regimes"):
            run.combined()


def test_plot_is_there_without_importing_it_and_costs_nothing_until_then() -> None:
    code = (
        "import sys, gbid; assert 'matplotlib' not in sys.modules; "
        "gbid.plot.overview; assert 'matplotlib' in sys.modules; gbid.nothing"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "module 'gbid' has no attribute 'nothing'" in done.stderr, done.stderr
