# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""A published file, read by everything that is not the program that wrote it."""
import os
import pathlib
import shutil
import subprocess

import h5py
import numpy as np
import pytest
import xarray

WRITER = os.environ["GBID_WRITE_SAMPLE"]  # ctest knows it
TRIALS, RECORDS, AGENTS = 3, 5, 4


def write(path: pathlib.Path, mode: str = "complete", size=(TRIALS, RECORDS, AGENTS)) -> pathlib.Path:
    subprocess.run([WRITER, str(path), *map(str, size), mode], check=True)
    return path


@pytest.fixture(scope="module")
def sample(tmp_path_factory) -> pathlib.Path:
    return write(tmp_path_factory.mktemp("sample") / "out.h5")


def welfare(regime: int, size=(TRIALS, RECORDS)) -> np.ndarray:
    trial, record = np.indices(size)
    return regime * 1e6 + trial * 1e3 + record


def payoff(regime: int, size=(TRIALS, RECORDS, AGENTS)) -> np.ndarray:
    return welfare(regime, size[:2])[..., None] + (np.arange(size[2]) + 1) / 1024


@pytest.mark.parametrize("engine", ["h5netcdf", "netcdf4"])
@pytest.mark.parametrize("regime", ["competitive", "coordinated"])
def test_xarray_reads_values_coordinates_and_attributes(sample, engine, regime):
    index = ["competitive", "coordinated"].index(regime)
    with xarray.open_dataset(sample, group=regime, engine=engine) as data:
        assert dict(data.sizes) == {"trial": 3, "step": 5, "agent": 4, "counterpart": 4}
        assert data.welfare.dims == ("trial", "step")
        assert data.payoff.dims == ("trial", "step", "agent")
        assert data.weights.dims == ("trial", "agent", "counterpart")
        assert data.score.dims == ("trial",)
        np.testing.assert_array_equal(data.step, [0, 10, 20, 30, 37])
        np.testing.assert_array_equal(data.welfare, welfare(index))
        np.testing.assert_array_equal(data.payoff, payoff(index))
        assert data.attrs["objective"] == "own_payoff"
        assert data.payoff.attrs == {"long_name": "payoff per agent", "units": "1"}
        assert data.outcome.attrs["flag_meanings"] == "not_started completed settled failed stopped"
        np.testing.assert_array_equal(data.outcome.attrs["flag_values"], range(5))
        np.testing.assert_array_equal(data.outcome, [1, 3, 1] if index else [1, 1, 1])
        assert data.message.values[1] == ("agent 3: overflow ↑" if index else "")
        assert float(data.payoff.sel(trial=2, step=37, agent=3)) == payoff(index)[2, 4, 3]


@pytest.mark.parametrize("engine", ["h5netcdf", "netcdf4"])
def test_xarray_reads_root_and_summary(sample, engine):
    with xarray.open_dataset(sample, engine=engine) as root:
        assert root.attrs["Conventions"] == "GradientBidding-1.0"
        assert list(root.attrs["gbid_format_version"]) == [1, 0]
        assert root.attrs["seed"] == 0xFEDCBA9876543210
        assert root.attrs["status"] == "complete"
        assert root.attrs["title"] == 'A "sample" of\nmany économies'
        assert str(root.scenario_toml.values[()]).startswith('title = "sample"\n[market]')
    with xarray.open_dataset(sample, group="summary", engine=engine) as summary:
        np.testing.assert_array_equal(summary.welfare, welfare(0)[:, -1])
        np.testing.assert_array_equal(summary.visits, [0, 1, 4])
        assert float(summary["mean"]) == 0.5 and summary["mean"].attrs["note"] == "by hand"
        assert int(summary.seed) == 0xFEDCBA9876543210


def test_every_axis_has_a_scale_and_every_dataset_its_texts(sample):
    with h5py.File(sample) as file:
        datasets = []
        file.visititems(lambda _, item: datasets.append(item) if isinstance(item, h5py.Dataset) else None)
        assert len(datasets) > 20
        for dataset in datasets:
            assert dataset.attrs["long_name"] and dataset.attrs["units"], dataset.name
            for dimension in dataset.dims:
                assert h5py.h5ds.is_scale(dataset.id) or len(dimension) == 1, dataset.name
            if dataset.dtype.kind == "f":
                assert np.isnan(dataset.fillvalue) and np.isnan(dataset.attrs["_FillValue"])
        assert set(file) == {"scenario_toml", "competitive", "coordinated", "summary"}
        ids = [d.attrs["_Netcdf4Dimid"] for d in datasets if h5py.h5ds.is_scale(d.id)]
        assert sorted(ids) == list(range(len(ids)))
        payoff_set = file["competitive/payoff"]
        assert payoff_set.compression == "gzip" and payoff_set.shuffle


def test_a_stopped_run_is_partial_and_padded_with_nan(tmp_path):
    path = write(tmp_path / "out.h5", "partial")
    with xarray.open_dataset(path, group="competitive") as data:
        assert data.sizes["step"] == RECORDS - 1
        np.testing.assert_array_equal(data.welfare[0], welfare(0)[0, :4])
        assert np.isnan(data.welfare[1, 1:]).all() and np.isnan(data.welfare[2]).all()
        np.testing.assert_array_equal(data.outcome, [1, 4, 0])
    with h5py.File(path) as file:
        assert file.attrs["status"] == "partial"


@pytest.mark.parametrize("size", [(1, 1, 1), (40, 101, 10), (2, 700, 300), (1, 3, 700)])
def test_tiles_are_read_back_by_hdf5_itself(tmp_path, size):
    path = write(tmp_path / "out.h5", "complete", size)
    with h5py.File(path) as file:
        np.testing.assert_array_equal(file["coordinated/welfare"], welfare(1, size[:2]))
        np.testing.assert_array_equal(file["coordinated/payoff"], payoff(1, size))
        weights = -1 - (welfare(0, (size[0], 1)) + np.arange(size[2] ** 2) / 1024)
        np.testing.assert_array_equal(
            file["competitive/weights"], weights.reshape(size[0], size[2], size[2]))


def test_equal_runs_give_equal_bytes(tmp_path):
    first, second = write(tmp_path / "a.h5"), write(tmp_path / "b.h5")
    assert first.read_bytes() == second.read_bytes()


def test_noise_is_read_back_by_hdf5_itself(tmp_path):
    """Chunks whose byte planes are passed through undeflated are ordinary gzip chunks to a reader."""
    path = write(tmp_path / "out.h5", "random", (20, 101, 69))
    with h5py.File(path) as file:
        walk = file["competitive/payoff"][()]
    steps = np.diff(walk, axis=1)
    assert np.isfinite(walk).all()
    # 138,000 normal numbers: mean and variance within five standard errors (chance of error below 2e-6).
    assert abs(steps.mean()) < 5 / np.sqrt(steps.size)
    assert abs(steps.var() - 1) < 5 * np.sqrt(2 / steps.size)


@pytest.mark.parametrize("tool", [["ncdump"], ["ncdump", "-h"], ["h5dump"], ["h5dump", "-H"]])
def test_the_usual_tools_open_it(sample, tool):
    if shutil.which(tool[0]) is None:
        pytest.skip(tool[0] + " is not installed")
    done = subprocess.run([*tool, str(sample)], capture_output=True, text=True)
    assert done.returncode == 0 and done.stderr == ""
    assert "welfare" in done.stdout and "counterpart" in done.stdout
