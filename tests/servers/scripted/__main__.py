"""``python -m tests.servers.scripted [OPTIONS]``: serves until it is stopped; its first line is its port.

    python -m tests.servers.scripted --port 8000 --slots 256 --step-ms 12.8 --fault status_503=0.02 --fault hang=0.01

``/_stats`` tells what has come and how busy the model has been, ``/_reset`` begins to count again.
"""

import argparse
import asyncio
import gc
import sys

from tests.servers.scripted.batching import Speed
from tests.servers.scripted.faults import Fault, Schedule
from tests.servers.scripted.running import Listener
from tests.servers.scripted.service import Service, Settings


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0, help="0: any that is free")
    parser.add_argument("--model", default="scripted")
    parser.add_argument("--slots", type=int, default=256, help="sequences that run at once")
    parser.add_argument("--step-ms", type=float, default=12.8, help="one decode step, a token for each sequence")
    parser.add_argument("--prefill-us", type=float, default=0.0, help="for each token of a prompt")
    parser.add_argument("--max-model-len", type=int, default=8192)
    parser.add_argument("--most-waiting", type=int, default=0, help="waiting sequences from which 503 is answered")
    parser.add_argument("--api-key", default="")
    parser.add_argument("--fault", action="append", default=[], metavar="KIND=SHARE", help=", ".join(Fault))
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    shares = {Fault(kind): float(share) for kind, _, share in (fault.partition("=") for fault in given.fault)}
    settings = Settings(
        Speed(given.slots, given.step_ms / 1e3, given.prefill_us / 1e6), Schedule(shares=shares, seed=given.seed),
        model=given.model, max_model_len=given.max_model_len, api_key=given.api_key, most_waiting=given.most_waiting)
    gc.freeze()
    asyncio.run(serve(settings, given.port))


async def serve(settings: Settings, port: int) -> None:
    """Serve for ever."""
    loop = asyncio.get_running_loop()
    listener = Listener(loop, Service(loop, settings), port)
    await listener.open()
    sys.stdout.write(f"{listener.port}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    main()
