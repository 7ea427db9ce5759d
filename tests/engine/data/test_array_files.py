# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Files written by NumPy and h5py, read by the engine: `gbid_write_sample read FILE [DATASET]` prints shape and values."""
import os
import subprocess

import h5py
import numpy as np
import pytest

WRITER = os.environ["GBID_WRITE_SAMPLE"]  # ctest knows it
TYPES = ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "?", ">f2", ">f8", ">i4", ">u8"]


def read(path, *dataset):
    done = subprocess.run([WRITER, "read", str(path), *dataset], capture_output=True, text=True)
    if done.returncode != 0:
        return done.returncode, done.stderr.strip()
    shape, _, values = done.stdout.partition("|")
    return tuple(map(int, shape.split())), np.array(values.split(), float)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("kind", TYPES)
def test_npy_of_every_type_and_order(tmp_path, kind, order):
    array = np.array(np.arange(24).reshape(2, 3, 4) % 5, kind, order=order)
    np.save(tmp_path / "x.npy", array)
    shape, values = read(tmp_path / "x.npy")
    assert shape == (2, 3, 4)
    np.testing.assert_array_equal(values, array.astype(float).ravel())


@pytest.mark.parametrize("kind", ["c16", "f16", "U3", "M8[s]"])
def test_npy_of_other_types_is_refused(tmp_path, kind):
    np.save(tmp_path / "x.npy", np.zeros(2, kind))
    code, message = read(tmp_path / "x.npy")
    assert code == 65 and "expected floats or integers" in message


@pytest.mark.parametrize("options", [{}, {"chunks": (2, 2)}, {"compression": "gzip", "shuffle": True}])
@pytest.mark.parametrize("kind", ["f4", "f8", ">f8", "i2", "u8"])
def test_hdf5_of_every_storage(tmp_path, kind, options):
    array = np.arange(12).reshape(3, 4).astype(kind)
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file.create_dataset("a/b", data=array, **options)
    shape, values = read(tmp_path / "x.h5", "a/b")
    assert shape == (3, 4)
    np.testing.assert_array_equal(values, array.astype(float).ravel())


def test_hdf5_that_is_not_what_it_seems_is_refused(tmp_path):
    path = tmp_path / "x.h5"
    with h5py.File(tmp_path / "y.h5", "w") as other:
        other["secret"] = [1.0]
    with h5py.File(path, "w") as file:
        file["external"] = h5py.ExternalLink("y.h5", "secret")
        file["soft"] = h5py.SoftLink("/good")
        file["good"] = [1.0]
        file["text"] = "words"
        file["record"] = np.zeros(2, [("a", "f8")])
        file["large"] = np.array([2**60])
        file.create_dataset("claim", (10**12,), "f8", chunks=(1000,))
        file.create_dataset("lzf", data=np.zeros(100), compression="lzf", chunks=(10,))
        file.create_dataset("elsewhere", (10,), "f8", external=[("raw.bin", 0, 80)])
        layout = h5py.VirtualLayout((1,), "f8")
        layout[:] = h5py.VirtualSource("y.h5", "secret", (1,))
        file.create_virtual_dataset("virtual", layout)
        file.create_group("group")
    expected = {
        "external": "is a link to elsewhere", "soft": "is a link to elsewhere",
        "none": "not found in the file", "good/more": "not found in the file",
        "text": "expected integers or floats", "record": "expected integers or floats",
        "large": "beyond 2^53", "claim": "claims 8000000000000 bytes but stores 0",
        "lzf": "filter 32000", "elsewhere": "in other files", "virtual": "in other files",
        "group": "is not a dataset"}
    for dataset, reason in expected.items():
        code, message = read(path, dataset)
        assert code == 65 and reason in message, dataset
        assert message.startswith(f"{path}: dataset {dataset}: ")
    assert read(path, "good")[0] == (1,)


def test_a_csv_saved_by_numpy(tmp_path):
    array = np.random.default_rng(1).normal(size=(3, 4)) * 1e-200
    np.savetxt(tmp_path / "x.csv", array, delimiter=",", fmt="%.17g", header="four columns")
    shape, values = read(tmp_path / "x.csv")
    assert shape == (3, 4)
    np.testing.assert_array_equal(values, array.ravel())
