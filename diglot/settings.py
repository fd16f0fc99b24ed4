"""Settings of the command line: options first, then the environment (``DIGLOT_…``), then diglot.toml.

The file is the one that --config or DIGLOT_CONFIG names, else ``diglot.toml`` in this folder or the
nearest above it, else the user's own (``~/.config/diglot/diglot.toml`` on Linux). Its paths are
relative to its own folder.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from annotated_types import Ge, Gt, Le

from diglot.exits import shown
from diglot.watch_settings import placed
from parsers.errors import UsageError
from pipeline.engines import ServerOptions
from pipeline.machine import cores

if TYPE_CHECKING:
    from gateway.options import GatewayOptions
    from workers.deployment import Deployment

NAME = "diglot.toml"
KEY = "DIGLOT_API_KEY"
"""From the environment alone: files are copied and committed, command lines are seen by others."""
DEFAULTS = ServerOptions()


def _data_folder() -> Path:
    """Where programs of this user keep data (XDG Base Directory Specification)."""
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "diglot"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What may be set once for many commands."""

    engine: str = "embedded"
    base_url: str = DEFAULTS.base_url
    model: str = DEFAULTS.model
    profile: str = DEFAULTS.profile
    most_at_once: Annotated[int, Ge(1), Le(10_000)] = DEFAULTS.most_at_once
    patience: Annotated[float, Ge(0)] = DEFAULTS.patience
    answer_timeout: Annotated[float, Gt(0)] = DEFAULTS.answer_timeout
    priority: int = DEFAULTS.priority
    glossary: tuple[Path, ...] = ()
    memory: Path | None = None
    data: Path = field(default_factory=_data_folder)
    """Where the service of one machine keeps what it keeps, unless the following say otherwise."""
    database: str = ""
    documents: str = ""
    broker: str = ""
    """Empty: a broker of its own is started."""
    host: str = "127.0.0.1"
    port: Annotated[int, Ge(0), Le(65_535)] = 8600
    keys: bool | None = None
    """Whether requests need an API key; None: as `gateway.options.GatewayOptions` decides."""
    public_hosts: str = ""
    """Names under which others reach the gateway, with commas between."""
    largest_upload: Annotated[int, Ge(1), Le(10_000)] = 100
    """MB."""
    rate: Annotated[int, Ge(0)] = 600
    """Requests a minute of one tenant; 0: no limit."""
    unfinished_jobs: Annotated[int, Ge(1)] = 1_000
    """Of one tenant."""
    webhooks: bool = False
    """Whether the gateway may call URLs that its users name."""
    metrics_port: Annotated[int, Ge(0), Le(65_535)] = 0
    """0: no metrics are served."""
    metrics_host: str = "127.0.0.1"
    log_level: str = "info"
    processes: Annotated[int, Ge(1), Le(1024)] = field(default_factory=cores)
    """Of a worker."""
    keep_documents: Annotated[float, Ge(0), Le(876_000)] = 24.0
    """Hours."""
    keep_jobs: Annotated[float, Ge(0), Le(36_500)] = 30.0
    """Days."""
    task_folder: Path | None = None
    watch: Mapping[str, Any] = field(default_factory=dict)
    """The table of the watched folder; see `diglot.watch_settings`."""

    @property
    def deployment(self) -> Deployment:
        """Where the parts of the service are. Raises UsageError."""
        from storage.vocabulary import DAY, Periods
        from workers.deployment import Deployment

        return Deployment(
            database=self.database or f"sqlite:///{self.data / 'jobs.db'}",
            documents=self.documents or str(self.data / "documents"), broker=self.broker, engine=self.engine,
            server=self.server, periods=Periods(documents=self.keep_documents * DAY / 24, rows=self.keep_jobs * DAY))

    @property
    def gateway(self) -> GatewayOptions:
        """The HTTP door. Needs the libraries of the service."""
        from gateway.options import GatewayOptions

        hosts = tuple(name.strip() for name in self.public_hosts.split(",") if name.strip())
        return GatewayOptions(
            host=self.host, port=self.port, keys=self.keys, public_hosts=hosts, most_bytes=self.largest_upload << 20,
            rate=self.rate, unfinished_jobs=self.unfinished_jobs, webhooks=self.webhooks)

    @property
    def server(self) -> ServerOptions:
        """Where the model server is and how to speak to it. Raises UsageError for a key that no header can carry."""
        key = os.environ.get(KEY, "").strip()
        if not (key.isascii() and key.isprintable()):
            raise UsageError(f"{KEY} holds characters that no API key has; set it again.")
        return ServerOptions(self.base_url, self.model, self.profile, key, self.most_at_once, self.patience,
                             self.priority, self.answer_timeout)


KNOWN = tuple(one.name for one in fields(Settings))
PATHS = ("glossary", "memory", "data", "task_folder")
"""Settings whose values are paths."""


def settings(given: Mapping[str, Any], config: Path | None = None) -> Settings:
    """All settings; ``given`` are the options of the command line, None where one was not used.

    Raises UsageError with the place where a value makes no sense.
    """
    options = {name: value for name, value in given.items() if value is not None}
    variables = {name: _typed(name, os.environ[_variable(name)]) for name in KNOWN if os.environ.get(_variable(name))}
    file = _file(config)
    held = _read(file) if file is not None else {}
    places = {**dict.fromkeys(held, f"in {shown(file)}"), **{name: f"({_variable(name)})" for name in variables},
              **dict.fromkeys(options, "")}
    return _checked({**held, **variables, **options}, places)


def _checked(values: Mapping[str, Any], places: Mapping[str, str]) -> Settings:
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(Settings).validate_python(values)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        message = first["msg"][:1].lower() + first["msg"][1:].rstrip(".")
        raise UsageError(f"The setting {name} {places[name]} makes no sense: {message}.") from error


def _variable(name: str) -> str:
    return f"DIGLOT_{name.upper()}"


def _typed(name: str, value: str) -> Any:
    """A variable's value; several paths stand in it as in PATH."""
    if name == "glossary":
        return [Path(one).expanduser() for one in value.split(os.pathsep) if one]
    if name == "watch":
        return _table(name, value)
    return Path(value).expanduser() if name in PATHS else value


def _table(name: str, value: str) -> Any:
    """A table in a variable, as JSON. Raises UsageError."""
    try:
        return json.loads(value)
    except ValueError as error:
        raise UsageError(f"The variable {_variable(name)} is no JSON: {error}.") from error


def _file(config: Path | None) -> Path | None:
    named = config or (Path(os.environ["DIGLOT_CONFIG"]) if os.environ.get("DIGLOT_CONFIG") else None)
    if named is not None:
        return named
    here = Path.cwd()
    places = [*(folder / NAME for folder in (here, *here.parents)), Path(typer.get_app_dir("diglot"), NAME)]
    return next((place for place in places if os.path.isfile(place)), None)  # noqa: PTH113 - raises nothing


def _read(file: Path) -> dict[str, Any]:
    """The settings in a file. Raises UsageError if it cannot be read or has one that nobody knows."""
    try:
        held = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UsageError(f"The settings {shown(file)} cannot be read: {error.strerror or error}.") from error
    except ValueError as error:
        raise UsageError(f"The settings {shown(file)} are no TOML: {error}.") from error
    if "api_key" in held:
        raise UsageError(f"An API key does not belong into {shown(file)}; set it in the environment, as {KEY}.")
    strange = [name for name in held if name not in KNOWN]
    if strange:
        raise UsageError(f"{shown(file)} has “{strange[0]}”, which is no setting; there are {', '.join(KNOWN)}.")
    if isinstance(held.get("glossary"), str):
        held["glossary"] = [held["glossary"]]
    if isinstance(held.get("watch"), dict):
        held["watch"] = placed(file.parent, held["watch"])
    return {name: _from(file.parent, value) if name in PATHS else value for name, value in held.items()}


def _from(folder: Path, value: Any) -> Any:
    """A path, or several, relative to a folder; what is neither is refused later."""
    if isinstance(value, list):
        return [_from(folder, one) for one in value]
    return folder / Path(value).expanduser() if isinstance(value, str) else value
