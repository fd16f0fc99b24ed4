"""Clients of the service, for Locust: each uploads a document, waits for its end, fetches the result, pauses.

`benchmarks/load.py` runs this and says in the environment what to do. Every request becomes a line of JSON.
"""

import json
import os
import random
import time

from locust import FastHttpUser, constant_pacing, events, task

SIZE = int(os.environ["LOAD_SIZE"])
OUT = os.environ["LOAD_OUT"]
BOUNDARY = b"load-7f1c0a"
FILLING = ("x" * 1022 + " \n").encode()
"""Of a code fence, which no engine is asked for: the documents are large, their translation is small."""

out = open(OUT, "a", buffering=1 << 16)  # noqa: SIM115, PTH123 (as long as the process)


@events.quitting.add_listener
def _close(**_: object) -> None:
    out.close()


def document(size: int) -> bytes:
    """Markdown like no other of this run: some words and a large fence."""
    head = f"# Guide {random.getrandbits(64):x}\n\nSome words about what follows.\n\n```text\n".encode()
    return head + FILLING * ((size - len(head)) // len(FILLING)) + b"```\n\nThe end.\n"


def form(data: bytes) -> bytes:
    """A form with a document, into French."""
    return (b'--%b\r\nContent-Disposition: form-data; name="target_lang"\r\n\r\nfr\r\n'
            b'--%b\r\nContent-Disposition: form-data; name="source_lang"\r\n\r\nen\r\n'
            b'--%b\r\nContent-Disposition: form-data; name="file"; filename="a.md"\r\n\r\n%b\r\n--%b--\r\n'
            % (BOUNDARY, BOUNDARY, BOUNDARY, data, BOUNDARY))


class Client(FastHttpUser):
    """Somebody with a document now and then."""

    wait_time = constant_pacing(float(os.environ["LOAD_PACE"]))
    connection_timeout = network_timeout = 120.0

    @task
    def translate(self) -> None:
        """One document."""
        data = document(SIZE)
        began = time.time()
        posted = self._asked("POST", "/v1/translations", form(data), {
            "Content-Type": f"multipart/form-data; boundary={BOUNDARY.decode()}"})
        if posted is None or posted.status_code != 202:
            return
        job = posted.json()["id"]
        out.write(json.dumps({"job": job, "at": began}) + "\n")
        if os.environ.get("LOAD_POST_ONLY"):
            return
        while True:
            seen = self._asked("GET", f"/v1/translations/{job}?wait=60")
            if seen is None or seen.status_code != 200:
                return
            if seen.json()["state"] not in {"queued", "running"}:
                break
        result = self._asked("GET", f"/v1/translations/{job}/result")
        if result is not None and result.status_code == 200:
            out.write(json.dumps({"result": job, "same": result.content == data}) + "\n")

    def _asked(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None):
        began = time.perf_counter()
        answer = self.client.request(method, path, name=method, data=body, headers=headers)
        out.write(json.dumps({"method": method, "status": answer.status_code, "at": time.time(),
                              "seconds": time.perf_counter() - began}) + "\n")
        return answer if answer.status_code else None
