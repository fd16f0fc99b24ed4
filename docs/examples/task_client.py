"""Translate a document through the Celery tasks of a Diglot service. Needs ``celery[redis]``, and nothing of Diglot.

    python task_client.py BROKER_URL SHARED_FOLDER DOCUMENT LANGUAGE OUTPUT
"""

import shutil
import sys
import time
import uuid
from pathlib import Path

from celery import Celery

PATIENCE = 600
"""Seconds for which this program waits for a translation."""


def main(broker: str, shared: str, document: str, language: str, output: str) -> int:
    """Hand the document over, wait, take the result. Gives an exit code."""
    app = Celery(broker=broker, backend=broker)
    app.conf.task_publish_retry = False

    def ask(task: str, **arguments: object) -> object:
        return app.send_task(f"diglot.{task}", kwargs=arguments, queue="api").get(timeout=30)

    mine = f"{uuid.uuid4()}{Path(document).suffix}"         # a name in the shared folder that no other program takes
    try:
        shutil.copyfile(document, Path(shared, mine))
        job = ask("translate_document", path=mine, to=language, name=Path(document).name)
        deadline = time.monotonic() + PATIENCE
        while (now := ask("job", job=job))["state"] in ("queued", "running"):
            if time.monotonic() > deadline:
                print(f"Job {job} has not ended; ask again later.", file=sys.stderr)
                return 1
            time.sleep(0.5)
        if now["state"] not in ("succeeded", "warnings"):
            print(now["problem"]["message"] if now["problem"] else f"The job is {now['state']}.", file=sys.stderr)
            return 1
        ask("save_result", job=job, path=mine)              # over the source, which is not needed any more
        shutil.copyfile(Path(shared, mine), output)
    except app.AsyncResult.TimeoutError:
        print("No worker has answered.", file=sys.stderr)
        return 1
    except Exception as error:
        if type(error).__name__ != "TaskRefused":
            raise
        kind, sentence = error.args
        print(f"{sentence} ({kind})", file=sys.stderr)
        return 2
    finally:
        Path(shared, mine).unlink(missing_ok=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
