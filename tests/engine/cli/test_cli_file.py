# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""The finished file, read by everything that is not ours."""

from __future__ import annotations

import getpass
import hashlib
import re
import shutil
import socket
import subprocess
import tomllib
from pathlib import Path

import gbid_cli as cli
import h5py
import numpy as np
import pytest
import xarray


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("file")
    every_final = 'record.final=["raw_bids","bids","mask","interranking"]'
    names = '"payoff","utility","emission","ranking","weighted_ranking","divergence","self_bid","price","updates"'
    scalars = '"mean_utility","mask_density","dead_gradient_share"'
    everything = cli.sets(every_final, f"record.trajectory=[{names},{scalars}]", "market.agents=5")
    cli.write_tiny(folder)
    cli.assert_done(cli.gbid("run", "tiny.toml", *everything, "--seed", "18", cwd=folder))
    return folder / "tiny.h5"


@pytest.mark.parametrize("engine", ["h5netcdf", "netcdf4"])
@pytest.mark.parametrize("group", ["competitive", "coordinated", "summary"])
def test_xarray_opens_every_group(file: Path, engine: str, group: str) -> None:
    with xarray.open_dataset(file, group=group, engine=engine) as dataset:
        dataset.load()
        for dimension in dataset.dims:
            assert dimension in dataset.coords, f"{dimension} has no coordinate"
        if group == "summary":
            assert dataset.sizes == {"trial": 2}
            return
        assert dict(dataset.sizes) == {"trial": 2, "step": 21, "agent": 5, "counterpart": 5}
        assert dataset.step.values.tolist() == list(range(21))
        assert dataset.agent.values.tolist() == dataset.counterpart.values.tolist() == list(range(5))
        assert dataset.welfare.dims == ("trial", "step")
        assert dataset.payoff.dims == ("trial", "step", "agent")
        for name in ("raw_bids", "bids", "mask", "interranking"):
            assert dataset[name].dims == ("trial", "agent", "counterpart")
        assert dataset.payoff.dtype == np.float64 and dataset.payoff.sel(trial=1, step=20, agent=4).ndim == 0
        np.testing.assert_allclose(dataset.bids.sum("counterpart"), 1.0, rtol=1e-14)
        np.testing.assert_allclose(dataset.payoff.mean("agent"), dataset.welfare, rtol=1e-13)


@pytest.mark.parametrize("tool", [["ncdump", "-h"], ["ncdump"], ["h5dump", "-H"], ["h5dump"], ["h5ls", "-r"]], ids=" ".join)
def test_the_standard_tools_open_it(file: Path, tool: list[str]) -> None:
    if not shutil.which(tool[0]):
        pytest.skip(f"{tool[0]} is not installed")
    done = subprocess.run([*tool, str(file)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    for name in ("competitive", "coordinated", "summary", "scenario_toml"):
        assert name in done.stdout


def test_every_variable_has_units_and_a_long_name(file: Path) -> None:
    lacking = []

    def visit(name: str, node: h5py.HLObject) -> None:
        if isinstance(node, h5py.Dataset):
            lacking.extend(f"{name}@{key}" for key in ("units", "long_name") if not node.attrs.get(key))

    with h5py.File(file) as opened:
        opened.visititems(visit)
    assert lacking == []


def test_every_axis_has_a_scale_in_its_own_group(file: Path) -> None:
    def visit(name: str, node: h5py.HLObject) -> None:
        if not isinstance(node, h5py.Dataset) or h5py.h5ds.is_scale(node.id):
            return
        for dimension in node.dims:
            assert len(dimension) == 1, f"an axis of {name} has {len(dimension)} scales"
            assert dimension[0].parent == node.parent

    with h5py.File(file) as opened:
        opened.visititems(visit)


def test_the_scenario_is_in_the_file_and_runs_again(file: Path, tmp_path: Path) -> None:
    with h5py.File(file) as opened:
        text = opened["scenario_toml"].asstr()[()]
        digest = opened.attrs["scenario_sha256"]
    scenario = tomllib.loads(text)
    assert scenario["seed"] == 18 and scenario["market"]["agents"] == 5
    assert hashlib.sha256(text.encode()).hexdigest() == digest
    (tmp_path / "again.toml").write_text(text)
    cli.assert_done(cli.gbid("run", "again.toml", "--quiet", cwd=tmp_path))
    assert cli.differences(file, tmp_path / "again.h5") == []


def test_the_root_says_what_made_the_file(file: Path) -> None:
    with h5py.File(file) as opened:
        attributes = dict(opened.attrs)
        assert attributes["Conventions"] == "GradientBidding-1.0"
        assert attributes["gbid_format_version"].tolist() == [1, 0]
        assert re.fullmatch(r"\d+\.\d+\.\d+", attributes["gbid_version"])
        assert re.fullmatch(r"[0-9a-f]{64}", attributes["scenario_sha256"])
        assert attributes["seed"] == 18 and attributes["seed"].dtype == np.uint64
        assert attributes["command_line"].startswith("gbid run tiny.toml --set ")
        assert attributes["build"]
        assert attributes["status"] == "complete"
        assert attributes["title"] == "Tiny"
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", attributes["created"])


def test_the_file_says_nothing_of_the_host_or_the_user(file: Path) -> None:
    content = file.read_bytes()
    assert str(file.parent).encode() not in content
    for secret in {socket.gethostname(), str(Path.home())} | ({getpass.getuser()} - {"root"}):
        if len(secret) > 5:
            assert secret.encode() not in content


def test_the_regimes_say_how_they_were_played(file: Path) -> None:
    with h5py.File(file) as opened:
        assert opened["competitive"].attrs["objective"] == "own_payoff"
        assert opened["competitive"].attrs["schedule"] == "one_random"
        assert opened["coordinated"].attrs["objective"] == "mean_payoff"
        assert opened["coordinated"].attrs["learner"] == "adam"


def test_floats_have_nan_for_what_is_missing(file: Path) -> None:
    def visit(name: str, node: h5py.HLObject) -> None:
        if isinstance(node, h5py.Dataset) and node.dtype.kind == "f":
            assert np.isnan(node.fillvalue), name
            assert np.isnan(node.attrs["_FillValue"]), name

    with h5py.File(file) as opened:
        opened.visititems(visit)


@pytest.mark.parametrize("level", [0, 9])
def test_compression_changes_no_number(tmp_path: Path, level: int) -> None:
    cli.write_tiny(tmp_path)
    for name, value in (("default", 4), ("other", level)):
        options = cli.sets(f"record.compression={value}", "trials=3", "steps=200")
        cli.assert_done(cli.gbid("run", "tiny.toml", *options, "-o", f"{name}.h5", "--quiet", cwd=tmp_path))
    text = ("scenario_toml", "/@scenario_sha256")
    assert cli.differences(tmp_path / "default.h5", tmp_path / "other.h5", but=text) == []
