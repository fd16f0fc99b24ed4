"""The pace of a core, beside what was done on it."""

import os
import time

import pytest

from benchmarks.pace import Moment, Watch, by_pace, pace


def test_what_was_done_is_told_by_the_pace():
    moments = [Moment(at, count, ms) for at, count, ms in (
        (0, 0, 40), (1, 10, 40), (2, 30, 45), (3, 35, 85), (4, 40, 40), (5, 60, 62), (6, 90, 40))]
    assert by_pace(moments, 1, 5.5) == [("under 50 ms", 1, 20), ("60 to 70 ms", 1, 20), ("over 80 ms", 2, 5)]
    assert by_pace(moments, 5.2, 5.8) == []


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system ties no thread to a core")
def test_a_watch_looks_until_it_is_stopped():
    before, looks = os.sched_getaffinity(0), []
    watch = Watch(min(before), lambda: (time.monotonic(), looks.append(1) or len(looks)))
    watch.start()
    while len(watch.moments) < 2:
        time.sleep(0.05)
    first, second = watch.stop()[:2]
    assert first.at < second.at
    assert (first.count, second.count) == (1, 2)
    assert second.pace > 0
    assert os.sched_getaffinity(0) == before
    assert pace(min(before), 1_000) > 0
