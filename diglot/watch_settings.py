"""The table ``[watch]`` of the settings: which folder is watched, and what is done with each of its folders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parsers.errors import UsageError

if TYPE_CHECKING:
    from workers.watching.profiles import Profile, Profiles
    from workers.watching.watcher import WatchOptions

TIMES = ("interval", "idle_interval", "quiet", "patience", "scans", "most_unfinished")
"""Numbers of `workers.watching.watcher.WatchOptions`."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What is to be watched, and how."""

    folder: Path
    profiles: Profiles
    options: WatchOptions


def read(table: Mapping[str, Any], edition: str = "") -> Watch:
    """The table as it was meant. ``edition`` names who translates. Raises UsageError for what makes no sense."""
    from workers.watching.profiles import Profiles
    from workers.watching.watcher import WatchOptions

    rest = dict(table)
    folder, named = rest.pop("folder", None), rest.pop("profiles", {})
    if not isinstance(folder, str | Path) or not str(folder):
        raise UsageError("Name the folder to watch: diglot watch DIR, or folder in the table [watch] of the settings.")
    if not (isinstance(named, Mapping) and all(isinstance(one, Mapping) for one in named.values())):
        raise UsageError("Profiles of the watched folder are tables of the settings, such as [watch.profiles.press].")
    numbers = {name: _number(name, rest.pop(name)) for name in TIMES if name in rest}
    tenant = rest.pop("tenant", "local")
    if not isinstance(tenant, str):
        raise UsageError("The tenant of the watched folder is a name.")
    profiles = Profiles({name: _profile(one, f"watch.profiles.{name}") for name, one in named.items()},
                        _profile(rest, "watch"))
    return Watch(Path(folder), profiles, WatchOptions(tenant=tenant, edition=edition, **numbers))


def placed(base: Path, table: Mapping[str, Any]) -> dict[str, Any]:
    """The table with its paths as seen from a folder, ready to be told to another process."""
    values = dict(table)
    if isinstance(values.get("folder"), str):
        values["folder"] = _from(base, values["folder"])
    if "glossary" in values:
        values["glossary"] = [_from(base, path) for path in _texts("glossary", values["glossary"])]
    if isinstance(values.get("profiles"), Mapping):
        values["profiles"] = {name: placed(base, one) if isinstance(one, Mapping) else one
                              for name, one in values["profiles"].items()}
    return values


def _profile(table: Mapping[str, Any], place: str) -> Profile:
    from parsers.locales import Locale
    from storage.vocabulary import ServiceClass
    from workers.options import Options
    from workers.watching.profiles import Profile

    rest = dict(table)
    try:
        targets = tuple(map(Locale.parse, _texts("to", rest.pop("to", ()))))
        (source,) = _texts("from", rest.pop("from", "auto"))
        glossaries = tuple(map(Path, _texts("glossary", rest.pop("glossary", ()))))
        service = str(rest.pop("class", ServiceClass.BATCH.value))
        if service not in set(ServiceClass):
            raise UsageError(f"There is no class “{service}”; there are {', '.join(ServiceClass)}.")
        return Profile(targets=targets, source=None if source == "auto" else Locale.parse(source),
                       glossary_files=glossaries, options=Options.read(rest), service=ServiceClass(service))
    except UsageError as error:
        raise UsageError(f"In [{place}] of the settings: {error}") from error


def _texts(name: str, value: object) -> Sequence[str]:
    several = [value] if isinstance(value, str) else value
    if not (isinstance(several, list | tuple) and all(isinstance(one, str) for one in several)):
        raise UsageError(f"The setting {name} of the watched folder is a text, or a list of texts.")
    return several


def _number(name: str, value: object) -> Any:
    if not isinstance(value, int | float) or isinstance(value, bool) or value < 0:
        raise UsageError(f"The setting {name} of the watched folder is a number from 0 on.")
    return value


def _from(base: Path, path: str) -> str:
    return str(base / Path(path).expanduser())
