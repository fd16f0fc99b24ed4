"""The long form of the tests of faults: workers killed two hundred times, and at every named point.

    python -m tests.workers.proof [--kills 200] [--store sqlite|postgres] [--points | --recovery]

Each round gives three documents to a service of real parts and kills its worker with all its processes, again and
again at random moments, until they are done; a new worker starts each time. At the end of each round: no job is lost
or stuck, each output is that of the command line byte for byte, no progress went back, and the engine was asked
again for no more segments than were asked for and not yet kept when a worker was killed.
"""

import argparse
import os
import random
import signal
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

from storage.vocabulary import State
from tests.servers.scripted import ScriptedServer, Settings, Speed
from tests.storage.servers import INSTALL, find_binaries, postgres, restart_postgres
from tests.workers.cluster import SHORT, Cluster, guide, running
from tests.workers.entry import POINTS
from tests.workers.watchfulness import Watch, undisturbed

SPEED = Speed(32, 0.02)
PERIODS = {**SHORT, "lease": 8.0}


@contextmanager
def service(store: str, server: ScriptedServer, periods: dict[str, float] = PERIODS):
    with ExitStack() as open_, tempfile.TemporaryDirectory(prefix="diglot-proof-") as folder:
        url = ""
        if store == "postgres":
            binaries = find_binaries()
            if binaries is None:
                sys.exit(INSTALL)
            url = open_.enter_context(postgres(binaries))
        yield open_.enter_context(running(Path(folder), url, server.base_url, periods))


def killed(cluster: Cluster, server: ScriptedServer, chance: random.Random, most: int, seed: int) -> tuple[Watch, list[float]]:
    """One round. Gives what was seen, and the seconds from each kill to the next segment that is kept."""
    documents = [guide(seed * 10 + n, 250) for n in range(3)]
    server.reset()
    kept = cluster.translated()
    jobs = [cluster.submit(data) for data in documents]
    cluster.worker()
    pauses: list[float] = []

    def over() -> bool:
        return all(cluster.job(job).state.ended for job in jobs)

    with Watch(cluster, server, jobs, kept_before=kept) as watch:
        cluster.until(lambda: cluster.translated() > kept)
        while len(pauses) < most:
            time.sleep(chance.uniform(0, 1.5))
            if over():
                break
            cluster.workers[-1].kill()
            watch.note()
            done, began = cluster.translated(), time.monotonic()
            cluster.worker()
            cluster.until(lambda done=done: cluster.translated() > done or over(), seconds=120)
            pauses.append(time.monotonic() - began)
        cluster.ended(*jobs)
        watch.judge(documents)
        cluster.workers[-1].kill()
    return watch, pauses


def kills(store: str, wanted: int) -> None:
    """So many kills."""
    chance = random.Random(20)
    pauses: list[float] = []
    lost: list[int] = []
    repeated = rounds = 0
    with ScriptedServer(Settings(SPEED)) as server:
        while len(pauses) < wanted:
            with service(store, server) as cluster:
                rounds += 1
                watch, some = killed(cluster, server, chance, wanted - len(pauses), rounds)
                pauses += some
                lost += [one.segments for one in watch.lost]
                repeated += watch.repeated_at_end
            say(f"{store}: {len(pauses)} kills, {rounds} rounds of 3 documents; segments asked for again {repeated}, in "
                f"flight at the kills {sum(lost)} (at most {max(lost)}); seconds to the next kept segment "
                f"{statistics.median(pauses):.1f} (median), {max(pauses):.1f} (most)")


def points(store: str) -> None:
    """Every named point, reached the first and the third time."""
    with ScriptedServer(Settings(SPEED)) as server:
        for point in POINTS:
            for occurrence in (1, 3):
                with service(store, server) as cluster:
                    server.reset()
                    documents = [guide(n, 80) for n in range(2)]
                    jobs = [cluster.submit(data) for data in documents]
                    dying = cluster.worker(die_at=point, die_time=occurrence, processes=1)
                    with Watch(cluster, server, jobs) as watch:
                        cluster.until(lambda dying=dying, cluster=cluster, jobs=jobs: dying.lost_a_process()
                                      or all(cluster.job(job).state.ended for job in jobs))
                        dying.kill()
                        watch.note()
                        cluster.worker()
                        cluster.ended(*jobs)
                        watch.judge(documents)
                say(f"{store}: ended {point}, time {occurrence}: asked for again {watch.repeated_at_end}, in flight "
                    f"{watch.lost[0].segments}")


def recovery(store: str, only: str) -> None:
    """How long work stands still after each fault, with the periods that a service has."""
    faults = {
        "a worker is killed": lambda cluster, _server: cluster.workers[0].kill(),
        "a process of the pool is killed": lambda cluster, _server: os.kill(cluster.workers[0].children()[0], signal.SIGKILL),
        "a worker stands still for good": lambda cluster, _server: cluster.workers[0].signal(signal.SIGSTOP),
        "the broker forgets everything": lambda cluster, _server: cluster.flush_broker(),
        "the broker is restarted": lambda cluster, _server: cluster.restart_broker(),
        "the broker stands still for 30 s": lambda cluster, _server: cluster.freeze_broker(30.0),
        "the engine is away for 60 s": lambda _cluster, server: server.restart(),
    }
    if store == "postgres":
        faults["the database is restarted"] = lambda cluster, _server: restart_postgres(cluster.settings["database"])
    settings = Settings(SPEED)
    settings.schedule.restart_s = 60.0
    for name, make in ((name, make) for name, make in faults.items() if only in name):
        with ScriptedServer(settings) as server, service(store, server, {}) as cluster:
            documents = [guide(n, 300) for n in range(3)]
            for _ in range(2):
                cluster.worker(processes=1)
            jobs = [cluster.submit(data) for data in documents]
            with Watch(cluster, server, jobs) as watch:
                cluster.until(lambda cluster=cluster: cluster.translated() > 50)
                held = cluster.held_by(cluster.workers[0])
                watch.longest_pause, began = 0.0, time.monotonic()
                make(cluster, server)
                if "worker" in name or "pool" in name:
                    cluster.until(lambda cluster=cluster, held=held: not held & cluster.held(), seconds=120)
                    again = f"what it held was taken up by another after {time.monotonic() - began:.0f} s; "
                else:
                    again = ""
                later = cluster.submit(guide(9, 20))
                ended = cluster.ended(*jobs, later, seconds=300)
            assert all(job.state is State.SUCCEEDED for job in ended), ended
            assert not watch.backward, watch.backward
            for job, data in zip(jobs, documents, strict=True):
                assert cluster.result(job) == undisturbed(data, server.base_url)
            say(f"{store}: {name}: {again}at most {watch.longest_pause:.0f} s without progress of any job")


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--store", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--points", action="store_true", help="every named point instead")
    parser.add_argument("--recovery", action="store_true", help="how long work stands still after each fault, instead")
    parser.add_argument("--only", default="", metavar="WORD", help="of these faults those whose names hold this")
    given = parser.parse_args()
    if given.recovery:
        recovery(given.store, given.only)
    elif given.points:
        points(given.store)
    else:
        kills(given.store, given.kills)


if __name__ == "__main__":
    main()
