"""What the owner of a service may choose about its HTTP door."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from parsers.errors import UsageError

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayOptions:
    """Every default is for one machine that answers itself alone."""

    host: str = "127.0.0.1"
    port: int = 8600
    keys: bool | None = None
    """Whether a request needs an API key. None: unless the server listens on loopback only, has no ``public_hosts`` and
    no key was made."""
    public_hosts: tuple[str, ...] = ()
    """Names, without a port, under which others reach this server; ``*`` for any."""
    most_bytes: int = 100 << 20
    """Of a request's body."""
    rate: int = 600
    """Requests a minute of one tenant; 0: no limit."""
    unfinished_jobs: int = 1_000
    """Jobs that a tenant may have waiting and running."""
    capacity: int = 20_000
    """Jobs of all tenants that may be waiting and running. † 10,000 queued ones are swept in time."""
    webhooks: bool = False
    """Whether the server may call URLs that its users name."""
    grace: float = 20.0
    """Seconds for which requests may go on when the server is told to stop."""

    @property
    def loopback(self) -> bool:
        """Only this machine can reach the server."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def needs_keys(self, *, made: bool) -> bool:
        """Whether requests need a key; ``made``: some exist. Raises UsageError for a door that would be open to all."""
        private = self.loopback and not self.public_hosts
        if self.keys is False and not private:
            raise UsageError("Without API keys the server answers only this machine; listen on 127.0.0.1, or let it "
                             "ask for keys.")
        return self.keys if self.keys is not None else made or not private

    @property
    def hosts(self) -> frozenset[str]:
        """What may stand in ``Host``; empty: anything. A web page that has pointed its own name at this machine cannot
        ask in that name."""
        if "*" in self.public_hosts:
            return frozenset()
        wild = self.host in {"", "0.0.0.0", "::"} and not self.public_hosts  # noqa: S104 (compared, not bound)
        return frozenset() if wild else LOOPBACK_NAMES | {self.host.lower(), *map(str.lower, self.public_hosts)}
