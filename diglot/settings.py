"""Settings of the command line: options first, then the environment (``DIGLOT_…``), then diglot.toml.

The file is the one that --config or DIGLOT_CONFIG names, else ``diglot.toml`` in this folder or the
nearest above it, else ``~/.config/diglot/diglot.toml``. Its paths are relative to its own folder.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from diglot.exits import shown
from parsers.errors import UsageError
from pipeline.engines import ServerOptions

NAME = "diglot.toml"
PATHS = ("glossary", "memory")
"""Keys whose values are paths."""


DEFAULTS = ServerOptions()


class Settings(BaseSettings):
    """What may be set once for many commands."""

    model_config = SettingsConfigDict(env_prefix="DIGLOT_", extra="forbid", frozen=True)

    engine: str = "embedded"
    base_url: str = DEFAULTS.base_url
    model: str = ""
    profile: str = ""
    most_at_once: int = Field(DEFAULTS.most_at_once, ge=1, le=10_000)
    patience: float = Field(DEFAULTS.patience, ge=0)
    priority: int = 0
    answer_timeout: float = Field(DEFAULTS.answer_timeout, gt=0)
    glossary: Annotated[tuple[Path, ...], NoDecode] = ()
    memory: Path | None = None
    api_key: SecretStr = SecretStr("")
    """From the environment alone: files are copied and committed."""

    @field_validator("glossary", mode="before")
    @classmethod
    def _several(cls, value: Any) -> Any:
        """A variable holds several paths as PATH does."""
        return value.split(os.pathsep) if isinstance(value, str) else value

    @property
    def server(self) -> ServerOptions:
        """Where the model server is and how to speak to it."""
        return ServerOptions(self.base_url, self.model, self.profile, self.api_key.get_secret_value(),
                             self.most_at_once, self.patience, self.priority, self.answer_timeout)

    @classmethod
    def settings_customise_sources(  # noqa: D102 - of pydantic-settings; the file stands among the options
            cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource,  # noqa: ARG003
            env_settings: PydanticBaseSettingsSource, *_: PydanticBaseSettingsSource, **__: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings


def settings(given: Mapping[str, Any], config: Path | None = None) -> Settings:
    """All settings; ``given`` are the options of the command line, None where one was not used.

    Raises UsageError with the place where a value makes no sense.
    """
    file = _file(config)
    options = {name: value for name, value in given.items() if value is not None}
    held = _read(file) if file is not None else {}
    unsaid = {name: value for name, value in held.items() if f"DIGLOT_{name.upper()}" not in os.environ}
    try:
        return Settings(**{**unsaid, **options})
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else ""
        place = (f"--{name.replace('_', '-')}" if name in options else
                 f"DIGLOT_{name.upper()}" if name not in unsaid else f"{name} in {shown(file)}")
        raise UsageError(f"{place}: {_sentence(first['msg'])}") from error


def _sentence(message: str) -> str:
    return f"{message[:1].upper()}{message[1:].rstrip('.')}."


def _file(config: Path | None) -> Path | None:
    named = config or (Path(os.environ["DIGLOT_CONFIG"]) if os.environ.get("DIGLOT_CONFIG") else None)
    if named is not None:
        return named
    here = Path.cwd()
    places = [folder / NAME for folder in (here, *here.parents)]
    return next((place for place in (*places, Path.home() / ".config" / "diglot" / NAME) if place.is_file()), None)


def _read(file: Path) -> dict[str, Any]:
    """The keys of a file. Raises UsageError for one that cannot be read or has a key that nobody knows."""
    try:
        held = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"The settings {shown(file)} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise UsageError(f"The settings {shown(file)} are no TOML: {error}.") from error
    for name in held:
        if name == "api_key":
            raise UsageError(f"An API key does not belong into {shown(file)}; set it in DIGLOT_API_KEY.")
        if name not in Settings.model_fields:
            known = ", ".join(sorted(Settings.model_fields.keys() - {"api_key"}))
            raise UsageError(f"{shown(file)} has “{name}”, which is no setting; there are {known}.")
    for name in PATHS:
        if name in held:
            held[name] = _from(file.parent, held[name])
    return held


def _from(folder: Path, value: Any) -> Any:
    """Paths of a file, relative to its folder."""
    if isinstance(value, str):
        return folder / value
    return [_from(folder, one) for one in value] if isinstance(value, list) else value
