# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""The published single-bidder run, as far as it does not depend on the data: revenue, by its printed log.

The bidder's self weight climbs with nothing against it, one Adam step of at most 0.001 after the other, whatever the
images are. Loss and accuracy need MNIST: `published_single_bidder.py` compares them by hand.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import h5py
import numpy as np
from published_single_bidder import LOG, SCENARIO

STEPS = 201


def test_revenue_follows_the_published_log(tmp_path: Path) -> None:
    overrides = [f"steps={STEPS}", "record.every=1", "market.batch=64", 'record.trajectory=["revenue", "mask"]']
    overrides += ['market.data={kind="synthetic",train=2000,held_out=10}', 'record.final=["market"]']
    command = [os.environ["GBID_PROGRAM"], "run", str(SCENARIO), "-o", str(tmp_path / "run.h5"), "--quiet"]
    subprocess.run(command + [word for pair in overrides for word in ("--set", pair)], check=True, timeout=300)
    with h5py.File(tmp_path / "run.h5") as file:
        revenue = file["coordinated/revenue"][0, :, 0]
        mask = file["coordinated/mask"][0, 0, 0]
    assert abs(revenue[0] - np.sqrt(0.5)) < 1e-7
    assert abs(revenue[1] - LOG[0][0]) < 5e-6  # five digits were printed
    # The one thing that pulls the other way is the mask of seller 0, by the data's own gradient.
    for iteration in (100, 200):
        assert abs(revenue[iteration + 1] - LOG[iteration][0]) < 0.004
    # Seller 0 is masked by the self weight: 0.7071 - 0.2, and not by the importance that it has.
    assert abs(mask[0] - (np.sqrt(0.5) - 0.2)) < 1e-6
