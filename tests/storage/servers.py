"""Servers that the tests of stores need: a Postgres cluster of their own, an S3-compatible server."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.workers.hosts import Host

INSTALL = "no Postgres here: install it (Debian and Ubuntu: apt install postgresql), or name a database for tests, " \
    "whose contents will be lost, in DIGLOT_TEST_POSTGRES"
SETTINGS = "-c listen_addresses='' -c fsync=off -c max_connections=60 -c log_min_messages=fatal"


def find_binaries() -> Path | None:
    """The folder of initdb and pg_ctl; Debian keeps it off the PATH."""
    found = shutil.which("pg_ctl")
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    for folder in [*([Path(found).resolve().parent] if found else []), *folders]:
        if (folder / "initdb").exists():
            return folder
    return None


def unprivileged() -> str | None:
    """Whom to run Postgres as, which refuses to run as root. None: as ourselves."""
    if os.getuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


@contextmanager
def postgres(binaries: Path, host: Host | None = None) -> Iterator[str]:
    """The URL of a database in a fresh cluster, which listens on a socket in its folder alone; or at the address of a
    host that runs it."""
    user = unprivileged()
    folder = Path(tempfile.mkdtemp(prefix="diglot-pg-", dir="/tmp"))      # a socket's path may have 107 bytes
    if user:
        shutil.chown(folder, user)

    def run(*command: str) -> None:
        if host:
            command = (*host.prefix, "runuser", "-u", user or "root", "--", *command)
        done = subprocess.run(command, check=False, user=None if host else user, cwd=folder, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=120, env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"})
        assert done.returncode == 0, done.stdout + done.stderr

    data = str(folder / "data")
    try:
        run(str(binaries / "initdb"), "-D", data, "-U", "diglot", "-A", "trust", "-E", "UTF8", "-N")
        settings = SETTINGS.replace("listen_addresses=''", f"listen_addresses='{host.address if host else ''}'")
        if host:
            with Path(data, "pg_hba.conf").open("a") as rules:
                rules.write("host all all samenet trust\n")
        run(str(binaries / "pg_ctl"), "-D", data, "-w", "-l", str(folder / "log"), "-o", f"{settings} -k {folder}", "start")
        try:
            yield f"postgresql://diglot@{host.address}/postgres" if host else f"postgresql://diglot@/postgres?host={folder}"
        finally:
            run(str(binaries / "pg_ctl"), "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder)


def restart_postgres(url: str) -> None:
    """Restart the cluster of a URL that `postgres` gave, as after a crash: what was not committed is gone."""
    binaries, folder = find_binaries(), url.rpartition("=")[2]
    assert binaries is not None
    for action in ("stop", "start"):
        subprocess.run([binaries / "pg_ctl", "-D", f"{folder}/data", "-m", "immediate", "-w", "-l", f"{folder}/log",
                        "-o", f"{SETTINGS} -k {folder}", action],
                       check=True, user=unprivileged(), cwd=folder, capture_output=True, timeout=120)
