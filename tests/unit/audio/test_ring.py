from __future__ import annotations

import threading

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from perser_gui.audio.ring import Ring


@settings(max_examples=100, deadline=None)
@given(
    capacity=st.integers(1, 50),
    steps=st.lists(st.tuples(st.integers(0, 80), st.booleans()), max_size=30),
)
def test_what_is_read_and_what_is_lost_is_all_that_was_written(
    capacity: int, steps: list[tuple[int, bool]]
) -> None:
    ring = Ring(capacity)
    written = 0
    expected: list[float] = []
    for count, read in steps:
        ring.write(np.arange(written, written + count, dtype=np.float32))
        expected += range(written, written + count)
        written += count
        if read:
            samples, lost = ring.read()
            assert lost == max(0, len(expected) - capacity)
            assert samples.tolist() == expected[-capacity:]
            expected = []
    assert ring.written == written


def test_a_reader_beside_a_writer_gets_every_sample_once_and_in_order() -> None:
    ring = Ring(1 << 18)
    total = 200_000

    def write() -> None:
        place = 0
        sizes = np.random.default_rng(0).integers(1, 400, 2000)
        for size in sizes:
            end = min(place + int(size), total)
            ring.write(np.arange(place, end, dtype=np.float32))
            place = end

    writer = threading.Thread(target=write)
    writer.start()
    parts, lost = [], 0
    while writer.is_alive() or ring.written > sum(map(len, parts)):
        samples, missed = ring.read()
        parts.append(samples)
        lost += missed
    writer.join()
    assert lost == 0
    assert np.array_equal(np.concatenate(parts), np.arange(total, dtype=np.float32))
