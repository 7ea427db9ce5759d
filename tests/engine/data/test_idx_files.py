# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""IDX files written by NumPy and gzip, read by the engine: `gbid_write_sample read-idx FILE` prints shape and values."""
import gzip
import os
import resource
import struct
import subprocess

import numpy as np
import pytest

WRITER = os.environ["GBID_WRITE_SAMPLE"]  # ctest knows it


def idx(array):
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def read(path):
    done = subprocess.run([WRITER, "read-idx", str(path)], capture_output=True, text=True)
    if done.returncode != 0:
        return done.returncode, done.stderr.strip()
    shape, _, values = done.stdout.partition("|")
    return tuple(map(int, shape.split())), np.array(values.split(), float)


@pytest.mark.parametrize("level", [None, 0, 1, 9])
@pytest.mark.parametrize("shape", [(300,), (7, 28, 28), (2, 3, 4, 3)])
def test_bytes_of_every_shape_and_packing(tmp_path, shape, level):
    array = np.random.default_rng(1).integers(0, 256, shape, np.uint8)
    content = idx(array)
    (tmp_path / "x").write_bytes(content if level is None else gzip.compress(content, level))
    got, values = read(tmp_path / "x")
    assert got == shape
    np.testing.assert_array_equal(values, array.ravel())


def test_gzip_with_a_name_in_its_header(tmp_path):
    array = np.arange(256, dtype=np.uint8)
    with gzip.open(tmp_path / "a-name.gz", "wb") as file:
        file.write(idx(array))
    np.testing.assert_array_equal(read(tmp_path / "a-name.gz")[1], array)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_claim_takes_no_memory(tmp_path, pack):
    """2 GB are claimed and 4 bytes are there; 500 MB leave room for a sanitizer."""
    (tmp_path / "x").write_bytes(pack(bytes([0, 0, 8, 1]) + struct.pack(">I", 2**31) + b"abcd"))
    running = subprocess.Popen([WRITER, "read-idx", str(tmp_path / "x")], stderr=subprocess.PIPE, text=True)
    with running.stderr:
        message = running.stderr.read()
    _, status, usage = os.wait4(running.pid, 0)
    running.returncode = os.waitstatus_to_exitcode(status)
    assert running.returncode == 65
    assert message.strip().endswith("its shape (2147483648) needs 2147483648 bytes, but it holds 4")
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # which a child has until it is another program
    assert usage.ru_maxrss < max(500_000, own + 100_000)  # KiB


def test_a_missing_file_and_a_wrong_one(tmp_path):
    assert read(tmp_path / "none")[0] == 66
    np.save(tmp_path / "x.npy", np.zeros(3, np.uint8))
    code, message = read(tmp_path / "x.npy")
    assert code == 65 and message.startswith(f"{tmp_path / 'x.npy'}: is not an IDX file")
