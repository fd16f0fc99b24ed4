"""The sweeper beside a pool that is forked from the same process."""

import os
import threading

from workers import sweeping
from workers.deployment import Deployment
from workers.sweeping import UNDIVIDED, Sweeper


def test_no_process_is_forked_in_the_middle_of_a_sweep(tmp_path, monkeypatch):
    monkeypatch.setattr(sweeping, "EVERY", 0.01)
    began, may_end, swept = threading.Event(), threading.Event(), []

    class Slow(Sweeper):
        def sweep(self, stores) -> None:
            began.set()
            may_end.wait(30)
            swept.append(stores)

    sweeper = Slow(Deployment(database=f"sqlite:///{tmp_path}/jobs.db", documents=str(tmp_path / "documents"), broker=""), None, "w")
    sweeper.start()
    assert began.wait(30)
    threading.Timer(0.3, may_end.set).start()
    child = os.fork()
    if child == 0:
        os._exit(0 if swept and UNDIVIDED.acquire(blocking=False) else 1)
    _, status = os.waitpid(child, 0)
    sweeper.stop()
    sweeper.join(30)
    assert status == 0
    assert not UNDIVIDED.locked()
