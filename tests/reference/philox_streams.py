# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""The engine's random numbers in Python, and the batches drawn from them.

Philox4x64-10 with key (seed, purpose | regime << 16) and counter (trial, agent, block, step). The bits come from
numpy's Philox; numpy adds one to its counter before it makes a block, and counts in word 0 where a stream counts in
word 2, so every block is asked for by its own counter, one too low.
"""
from __future__ import annotations

from typing import List, Sequence

import numpy as np

# What a number is for. Only those that a market of networks draws while it runs.
NETWORK, BATCHES, GATING_NOISE, RECORD_NOISE = 5, 7, 8, 9

WORD = (1 << 64) - 1
COUNTER = (1 << 256) - 1
GENERATOR = np.random.Philox(key=0)  # given a new key and counter for every block: five times as fast as a new one
STATE = GENERATOR.state  # with an empty buffer


def philox_block(key: Sequence[int], counter: Sequence[int]) -> List[int]:
    """The four 64-bit words of Philox4x64-10 for a key of two and a counter of four words, lowest word first."""
    before = (sum(word << 64 * k for k, word in enumerate(counter)) - 1) & COUNTER
    STATE["state"]["key"][:] = key
    STATE["state"]["counter"][:] = [before >> 64 * k & WORD for k in range(4)]
    GENERATOR.state = STATE
    return GENERATOR.random_raw(4).tolist()


class Stream:
    """Numbers of one key and counter: `bits_at` and `below_at` for any place, `uniform` and `normal` one by one."""

    def __init__(self, seed: int, purpose: int, trial: int = 0, agent: int = 0, step: int = 0, regime: int = 0):
        self.key = (seed, purpose | regime << 16)
        self.trial, self.agent, self.step = trial, agent, step
        self.block, self.words = -1, []
        self.next, self.spare = 0, None

    def bits_at(self, k: int) -> int:
        """The k-th 64 random bits."""
        if k // 4 != self.block:
            self.block = k // 4
            self.words = philox_block(self.key, (self.trial, self.agent, self.block, self.step))
        return self.words[k % 4]

    def below_at(self, k: int, count: int) -> int:
        """A number in 0 .. count - 1 from the k-th bits: the high word of their product with `count`."""
        return self.bits_at(k) * count >> 64

    def uniform(self) -> float:
        """In [0, 1), 53 bits."""
        self.next += 1
        return (self.bits_at(self.next - 1) >> 11) * 2.0**-53

    def normal(self) -> float:
        """Standard normal, Marsaglia's polar method: of each accepted pair the first number, then the second."""
        if self.spare is not None:
            value, self.spare = self.spare, None
            return value
        while True:
            u = 2.0 * self.uniform() - 1.0
            v = 2.0 * self.uniform() - 1.0
            square = u * u + v * v
            if 0.0 < square < 1.0:
                break
        scale = float(np.sqrt(-2.0 * np.log(square) / square))
        self.spare = v * scale
        return u * scale

    def normals(self, *shape: int) -> np.ndarray:
        """So many normal numbers, row after row."""
        return np.array([self.normal() for _ in range(int(np.prod(shape)))]).reshape(shape)


class Batches:
    """Which images a bidder learns from in every step: shuffled epochs of floor(N / B) batches each.

    An epoch's order is a Fisher-Yates shuffle of the usable images: for k = N - 1 down to 1, entries k and
    below_at(k, k + 1) change places.
    """

    def __init__(self, seed: int, trial: int, bidder: int, usable: Sequence[int], batch: int):
        assert 1 <= batch <= len(usable), f"a batch of {batch} out of {len(usable)} images"
        self.seed, self.trial, self.bidder = seed, trial, bidder
        self.usable, self.batch = np.array(usable), batch
        self.per_epoch = len(usable) // batch
        self.epoch, self.order = -1, self.usable

    def at(self, step: int) -> np.ndarray:
        """The images of training step `step` (whose update makes state step + 1). Any step, in any order."""
        epoch, position = divmod(step, self.per_epoch)
        if epoch != self.epoch:
            self.epoch, self.order = epoch, self.shuffled(epoch)
        return self.order[position * self.batch : (position + 1) * self.batch]

    def shuffled(self, epoch: int) -> np.ndarray:
        stream = Stream(self.seed, BATCHES, self.trial, self.bidder, step=epoch)
        order = self.usable.copy()
        for k in range(len(order) - 1, 0, -1):
            j = stream.below_at(k, k + 1)
            order[k], order[j] = order[j], order[k]
        return order
