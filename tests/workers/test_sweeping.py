"""The sweeper beside a pool that is forked from the same process."""

import os
import threading

from storage import marks
from storage.documents import NO_JOB, document_id
from storage.vocabulary import NewJob, new_id
from workers import sweeping
from workers.deployment import Deployment, Stores
from workers.sweeping import UNDIVIDED, Sweeper, forget_expired, forget_orphans


def test_forgetting_takes_no_longer_than_it_may(tmp_path):
    """Work waits for the sweep that forgets."""
    with Stores.opened(Deployment(database=f"sqlite:///{tmp_path}/jobs.db", documents=str(tmp_path / "d"), broker="")) as stores:
        marks.leave(stores.database, stores.documents)
        for _ in range(150):
            job = stores.jobs.create(NewJob("ann", "a.md", "en", "fr", "", 1)).job.id
            stores.jobs.cancel("ann", job)
        stores.retention.cut_short(-1)
        assert forget_expired(stores, 0.0) == 0
        assert forget_expired(stores, 1e-9) in (0, 25)
        assert forget_expired(stores) >= 125
        assert stores.retention.expired() == ()


def test_a_store_of_two_databases_is_not_searched_for_orphans(tmp_path):
    def opened(name: str):
        return Stores.opened(Deployment(database=f"sqlite:///{tmp_path}/{name}.db", documents=str(tmp_path / "d"), broker=""))

    with opened("one") as one, opened("two") as two:
        orphan = document_id(new_id(), "source")
        one.documents.put(orphan, (b"text",))
        path = next((tmp_path / "d").glob(f"*/{orphan}"))
        os.utime(path, (1, 1))
        assert forget_orphans(one) is None                  # nobody has said whose documents these are
        assert not marks.shared(one.documents)
        marks.leave(two.database, two.documents)
        assert forget_orphans(one) is None
        marks.leave(one.database, one.documents)
        marks.leave(one.database, one.documents)
        assert forget_orphans(one) is None and forget_orphans(two) is None and path.exists()
        assert marks.shared(one.documents)
        two.documents.delete(next(kept.id for kept in two.documents.listed(NO_JOB) if kept.id == marks._mark(two.database)))
        assert forget_orphans(one) == 1 and not path.exists()
        assert list(one.documents.listed()) == []


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
