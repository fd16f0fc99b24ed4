"""Several hosts on one machine: network namespaces on a bridge, each with an address of its own."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

NET = "10.83.7"
BRIDGE = "dgbr0"
NEEDS = "several hosts need root and the command ip (Debian and Ubuntu: apt install iproute2)"


def run(*command: str, check: bool = True) -> None:
    subprocess.run(command, check=check, capture_output=True, timeout=30)


def possible() -> bool:
    """Whether namespaces can be made here."""
    if os.getuid() != 0 or shutil.which("ip") is None:
        return False
    made = subprocess.run(["ip", "netns", "add", "dg-trial"], check=False, capture_output=True).returncode == 0
    run("ip", "netns", "delete", "dg-trial", check=False)
    return made


class Host:
    """One namespace."""

    def __init__(self, name: str, number: int) -> None:
        self.name, self.address, self._link = f"dg-{name}", f"{NET}.{number}", f"dgv{number}"
        self.prefix = ("ip", "netns", "exec", self.name)
        """Before a command that this host is to run."""
        run("ip", "netns", "add", self.name)
        run("ip", "link", "add", self._link, "type", "veth", "peer", "name", "eth0", "netns", self.name)
        run("ip", "link", "set", self._link, "master", BRIDGE, "up")
        run(*self.prefix, "ip", "address", "add", f"{self.address}/24", "dev", "eth0")
        run(*self.prefix, "ip", "link", "set", "eth0", "up")
        run(*self.prefix, "ip", "link", "set", "lo", "up")

    def cut_off(self) -> None:
        """No packet comes or goes; nobody is told."""
        run("ip", "link", "set", self._link, "down")

    def bring_back(self) -> None:
        run("ip", "link", "set", self._link, "up")

    def close(self) -> None:
        run("ip", "netns", "delete", self.name, check=False)
        run("ip", "link", "delete", self._link, check=False)


@contextmanager
def network(*names: str) -> Iterator[dict[str, Host]]:
    """Hosts by name. This process is on their network too, at ``.254``."""
    run("ip", "link", "delete", BRIDGE, check=False)
    hosts: dict[str, Host] = {}
    try:
        run("ip", "link", "add", BRIDGE, "type", "bridge")
        run("ip", "address", "add", f"{NET}.254/24", "dev", BRIDGE)
        run("ip", "link", "set", BRIDGE, "up")
        for number, name in enumerate(names, start=1):
            run("ip", "netns", "delete", f"dg-{name}", check=False)
            hosts[name] = Host(name, number)
        yield hosts
    finally:
        for host in hosts.values():
            host.close()
        run("ip", "link", "delete", BRIDGE, check=False)
