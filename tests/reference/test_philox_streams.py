# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Random numbers of the reference: published vectors, numbers printed by the engine's Stream, shuffles by hand."""
from __future__ import annotations

import numpy as np
import pytest

from philox_streams import BATCHES, GATING_NOISE, Batches, Stream, philox_block

ONES = (1 << 64) - 1

# (counter, key, words): Random123's known answers for philox4x64-10, and one with every word of its own from the same
# library, which tells the order of the words.
KNOWN_ANSWERS = (
    ((0, 0, 0, 0), (0, 0), (0x16554D9ECA36314C, 0xDB20FE9D672D0FDC, 0xD7E772CEE186176B, 0x7E68B68AEC7BA23B)),
    ((ONES,) * 4, (ONES,) * 2, (0x87B092C3013FE90B, 0x438C3C67BE8D0224, 0x9CC7D7C69CD777B6, 0xA09CAEBF594F0BA0)),
    (
        (0x243F6A8885A308D3, 0x13198A2E03707344, 0xA4093822299F31D0, 0x082EFA98EC4E6C89),
        (0x452821E638D01377, 0xBE5466CF34E90C6C),
        (0xA528F45403E61D95, 0x38C72DBD566E9788, 0xA5A1610E72FD18B5, 0x57BD43B5E52B7FE6),
    ),
    ((2, 1, 3, 59), (7, 8), (0x6E26E61EF226C609, 0xC2F7F122FF432AD4, 0xAAD4C660C9E001A8, 0x303F04436B707EF3)),
)

# The first twelve normals of seed 7, purpose 8, trial 1, agent 3, printed by the engine's Stream.
NORMALS = (
    0.8885495026352872, -0.3238569037867593, -0.16256993061815259, 1.0846281788875818,
    -0.38830562362718146, -0.60412776610748964, -1.4429014639029094, 1.7162983292885821,
    0.53852339018015638, 0.42578727507345271, -0.93236038501125429, -0.32230121763882341,
)  # fmt: skip


@pytest.mark.parametrize("counter,key,words", KNOWN_ANSWERS)
def test_blocks_are_those_of_random123(counter, key, words):
    assert tuple(philox_block(key, counter)) == words


def test_bits_and_uniforms_are_those_of_the_engine():
    # seed 7, purpose 8, regime 2, trial 1, agent 3, printed by the engine's Stream
    stream = Stream(7, GATING_NOISE, trial=1, agent=3, regime=2)
    expected = {0: 0x7C6A69AF5612C80E, 3: 0xA206B8519DEEFE6D, 4: 0xB473C42B767C910A, 1000: 0x9C31310C3E12BF28}
    assert {k: stream.bits_at(k) for k in expected} == expected
    assert [stream.below_at(k, k + 1) for k in (0, 5, 9)] == [0, 2, 2]
    assert [stream.uniform() for _ in range(3)] == [0.48599873095197232, 0.49230637693555457, 0.89837130307569135]


def test_normals_are_those_of_the_engine():
    # Its logarithm and numpy's may differ in the last bits.
    normals = Stream(7, GATING_NOISE, trial=1, agent=3).normals(3, 4)
    np.testing.assert_allclose(normals.ravel(), NORMALS, rtol=1e-15)


def test_normals_have_the_moments_of_a_normal():
    # 20,000 numbers: the mean lies within 5 standard errors (0.035) and so does the mean square (0.05) but for a
    # chance of 1e-6; the numbers are fixed, so the test does not flicker.
    normals = Stream(1, GATING_NOISE).normals(20000)
    assert abs(np.mean(normals)) < 0.035 and abs(np.mean(normals**2) - 1.0) < 0.05


def test_every_word_of_the_counter_and_the_key_matters():
    base = dict(seed=1, purpose=BATCHES, trial=2, agent=3, step=4, regime=0)
    seen = {Stream(**base).bits_at(0)}
    for name in base:
        seen.add(Stream(**{**base, name: base[name] + 1}).bits_at(0))
    assert len(seen) == 1 + len(base)


def test_a_shuffle_of_three_by_hand():
    stream = Stream(5, BATCHES, trial=1, agent=2, step=9)
    j2, j1 = stream.bits_at(2) * 3 >> 64, stream.bits_at(1) * 2 >> 64
    order = [10, 11, 12]
    order[2], order[j2] = order[j2], order[2]
    order[1], order[j1] = order[j1], order[1]
    batches = Batches(5, 1, 2, [10, 11, 12], 1)
    assert [int(batches.at(27 + position)[0]) for position in range(3)] == order


def test_shuffles_are_even():
    # 6 orders of 3 images over 3,000 epochs: 500 each, standard deviation 20.4; 5 of them is a chance of 3e-6.
    batches = Batches(1, 0, 0, range(3), 3)
    orders = [tuple(batches.at(epoch)) for epoch in range(3000)]
    counts = [orders.count(order) for order in set(orders)]
    assert len(counts) == 6 and max(abs(count - 500) for count in counts) < 102


def test_an_epoch_holds_every_image_at_most_once_and_steps_may_be_asked_for_in_any_order():
    batches = Batches(3, 0, 1, range(5, 60), 16)
    assert batches.per_epoch == 3
    forward = [batches.at(step) for step in range(12)]
    for epoch in range(4):
        drawn = np.concatenate(forward[3 * epoch : 3 * epoch + 3])
        assert len(set(drawn)) == 48 and set(drawn) <= set(range(5, 60))
    backward = [batches.at(step) for step in reversed(range(12))][::-1]
    assert all(np.array_equal(a, b) for a, b in zip(forward, backward))
    assert not np.array_equal(forward[0], forward[3])
